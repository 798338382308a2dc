use super::*;

fn summary(measured: &[u64]) -> Summary {
    let measured = measured.iter().map(|&n| Duration::from_micros(n));
    Summary::of(measured.collect()).unwrap()
}

#[test]
fn the_median_is_in_the_middle() {
    for (measured, median) in [
        (&[5, 1, 9][..], 5),
        (&[4, 1, 9, 6], 5),
        (&[7], 7),
        (&[1, 1, 1, 1_000], 1),
    ] {
        let expected = Duration::from_micros(median);
        assert_eq!(summary(measured).median, expected, "{measured:?}");
    }
    assert!(Summary::of(Vec::new()).is_err());
}

#[test]
fn the_extremes_the_mean_and_the_99th_percentile_are_kept() {
    let found = summary(&[5, 1, 9]);
    let micros = Duration::from_micros;
    assert_eq!((found.min, found.max), (micros(1), micros(9)));
    assert_eq!((found.mean, found.p99), (micros(5), micros(9)));
    let many: Vec<_> = (0..1_000).collect();
    assert_eq!(summary(&many).p99, micros(990));
}
