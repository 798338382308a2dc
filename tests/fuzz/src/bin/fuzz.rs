//! The program that libFuzzer drives. The variable `FUZZ_TARGET` names the target.
#![no_main]

use std::sync::OnceLock;

use fuzz::Target;

static TARGET: OnceLock<&'static Target> = OnceLock::new();

#[expect(
    clippy::disallowed_methods,
    reason = "libFuzzer reads the arguments, and refuses those that it does not know"
)]
fn chosen() -> &'static Target {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let Some(target) = Target::named(&name) else {
        let known: Vec<_> = fuzz::TARGETS.iter().map(|target| target.name).collect();
        eprintln!("FUZZ_TARGET must be one of {}", known.join(", "));
        std::process::exit(2);
    };
    target
}

libfuzzer_sys::fuzz_target!(
    init: { TARGET.get_or_init(chosen); },
    |data: &[u8]| (TARGET.get_or_init(chosen).run)(data)
);
