use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_number_is_refused() {
    for text in [
        "", "-", "+1", ".5", "5.", "1e", "1e+", "1e1.5", "1_0", "0x1", "NaN", " 1", "1 ", "--1",
        "1e-", "\u{661}",
    ] {
        assert_eq!(Decimal::parse(text), None, "{text:?}");
    }
}

#[test]
fn integers_are_told_from_what_is_nearly_one() {
    for (text, integer) in [
        ("0", Some(0)),
        ("-0.0", Some(0)),
        ("0e99999999999999999999", Some(0)),
        ("2016.000", Some(2016)),
        ("20160e-1", Some(2016)),
        ("0.2016e4", Some(2016)),
        ("-5e2", Some(-500)),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("1e30", None),
        ("1e99999999999999999999", None),
        ("2015.9999999999999999", None),
        ("1e-99999999999999999999", None),
        ("0.5", None),
    ] {
        let decimal = Decimal::parse(text).unwrap();
        assert_eq!(decimal.to_integer(), integer, "{text}");
    }
    assert!(
        Decimal::parse("1e99999999999999999999")
            .unwrap()
            .is_integer()
    );
    assert!(!Decimal::parse("1e-30").unwrap().is_integer());
}

proptest! {
    #[test]
    fn it_is_what_integer_arithmetic_says(
        number in 0_u64..100_000_000,
        places in 0_u32..9,
        zeros in 0_usize..4,
    ) {
        // number × 10^-places, written in one of many ways.
        let text = format!("{number}{}e-{}", "0".repeat(zeros), places as usize + zeros);
        let decimal = Decimal::parse(&text).unwrap();
        let one = 10_u64.pow(places);
        prop_assert_eq!(decimal.is_integer(), number % one == 0);
        prop_assert_eq!(decimal.exceeds(10), number > 10 * one);
        let hundredths = (number * 200 + one) / (2 * one);
        prop_assert_eq!(decimal.to_hundredths(), Some(hundredths));
        if number % one == 0 {
            prop_assert_eq!(decimal.to_integer(), i64::try_from(number / one).ok());
        }
    }
}
