//! Tells the linker how to lay out the function for its cold starts.
//!
//! - At a fixed address: what an executable that may lie anywhere has to adjust at each start (some 27,000 addresses, on
//!   pages that are then its own) is settled once, here. See docs/adr/0018.
//! - What a start runs lies together, so that few pages have to be mapped. See docs/adr/0019.
#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=first-used.ld");
    if var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        // A debug build has other functions; and no cold start that anyone waits for.
        if var("PROFILE").is_ok_and(|profile| profile == "release") {
            let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/first-used.ld");
        }
    }
}
