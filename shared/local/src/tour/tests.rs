use super::*;

#[test]
fn the_readme_has_the_tour_as_it_is_printed() {
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains(&tour("http://127.0.0.1:3000")));
}
