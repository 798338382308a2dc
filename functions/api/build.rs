//! Links the function at a fixed address: what an executable that may lie anywhere has to adjust at each of its cold starts
//! (some 27,000 addresses, on pages that are then its own) is settled once, here. See docs/adr/0018.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
