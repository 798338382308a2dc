use super::*;

#[test]
fn thousands_are_apart() {
    for (value, decimals, text) in [
        (0.0, 0, "0"),
        (999.0, 0, "999"),
        (1_000.0, 0, "1,000"),
        (1_234_567.891, 2, "1,234,567.89"),
        (-1_234.5, 1, "-1,234.5"),
        (0.5, 2, "0.50"),
    ] {
        assert_eq!(number(value, decimals), text);
    }
}

#[test]
fn columns_line_up() {
    let rows = [["a", "1"], ["long", "1,000"]].map(|row| row.map(str::to_owned).to_vec());
    assert_eq!(columns(&[0], &rows), "a         1\nlong  1,000\n");
}
