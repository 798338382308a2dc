use super::*;

#[test]
fn a_stage_is_found_by_its_exact_name() {
    for stage in Stage::ALL {
        assert_eq!(Stage::named(stage.name()), Some(stage));
    }
    for name in ["", "production", "Production ", "$default"] {
        assert_eq!(Stage::named(name), None, "{name}");
    }
}
