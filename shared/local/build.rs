//! Has the app built in anew when its files change.

fn main() {
    println!("cargo::rerun-if-changed=../../apps/quickstart/dist");
}
