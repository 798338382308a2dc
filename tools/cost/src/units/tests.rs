use super::*;

#[test]
fn units_are_counted_as_aws_counts_them() {
    let cases = [
        (Units::read(0.0), 1.0, 0.0),
        (Units::read(4_096.0), 1.0, 0.0),
        (Units::read(4_097.0), 2.0, 0.0),
        // AWS's own example: 8 KB are 2 consistent, 4 in a transaction.
        (Units::read(8_192.0), 2.0, 0.0),
        (Units::read(8_192.0).in_transaction(), 4.0, 0.0),
        (Units::write(1_024.0), 0.0, 1.0),
        (Units::write(1_025.0), 0.0, 2.0),
        // And its other: three items of 500 bytes in a transaction are 6.
        (Units::write(500.0).in_transaction(), 0.0, 2.0),
    ];
    for (units, reads, writes) in cases {
        assert_eq!(units, Units { reads, writes });
    }
}
