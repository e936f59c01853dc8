//! Passes the target's name on: the baseline engine needs it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(target) = std::env::var("TARGET") {
        println!("cargo::rustc-env=SANDBOX_TARGET={target}");
    }
}
