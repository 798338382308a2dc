use super::Seeds;

#[test]
fn seeds_are_one_or_a_range_with_both_ends() {
    let parse = |text: &str| text.parse::<Seeds>();
    assert_eq!(parse("7"), Ok(Seeds(vec![7])));
    assert_eq!(parse("1..3"), Ok(Seeds(vec![1, 2, 3])));
    assert_eq!(parse("1..=3"), Ok(Seeds(vec![1, 2, 3])));
    assert!(parse("3..1").unwrap_err().contains("no seed"));
    for wrong in ["", "..", "a", "1..b", "-1"] {
        assert!(parse(wrong).unwrap_err().contains("is no seed"), "{wrong}");
    }
}
