use super::*;

#[test]
fn the_arguments_hold_together() {
    use clap::CommandFactory as _;
    Cli::command().debug_assert();
}
