use super::*;

type Rating = Hundredths<10>;

#[test]
fn ratings_are_rounded_half_up_as_they_are_written() {
    for (given, kept) in [
        ("0", 0.0),
        ("-0.0", 0.0),
        ("8.3", 8.3),
        ("5.015", 5.02),
        ("7.005", 7.01),
        ("7.00499999999999999999999", 7.0),
        ("9.999", 10.0),
        ("1e-300", 0.0),
        ("1e1", 10.0),
    ] {
        let rating = Rating::parse(given).unwrap();
        assert_eq!(rating.get().to_bits(), f64::to_bits(kept), "{given}");
    }
    for bad in ["-0.001", "-1e-300", "10.0000001", "10.01", "1e300", "11"] {
        assert_eq!(Rating::parse(bad), Err(Invalid::OutOfRange(0, 10)), "{bad}");
    }
    let no_number = Err(Invalid::Malformed("a number"));
    for bad in ["", "NaN", "inf", "7."] {
        assert_eq!(Rating::parse(bad), no_number, "{bad}");
    }
}

#[test]
fn every_rating_is_read_from_the_number_that_it_is() {
    for hundredths in 0..=1_000 {
        let rating = Rating { hundredths };
        assert_eq!(Rating::parse(&rating.get().to_string()), Ok(rating));
    }
}
