//! Writes `bindings/c/include/wasm_sandbox.h` out of the C library's sources; with `--check` it only compares.
//!
//! A stale header would let C programs call what is not there.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match run(Path::new(env!("CARGO_MANIFEST_DIR")), check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(here: &Path, check: bool) -> Result<(), String> {
    let folder = here.join("..");
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    let builder = cbindgen::Builder::new().with_config(config).with_src(folder.join("src/lib.rs"));
    let mut text = Vec::new();
    builder.generate().map_err(|error| error.to_string())?.write(&mut text);
    let file = folder.join("include/wasm_sandbox.h");
    if std::fs::read(&file).is_ok_and(|committed| committed == text) {
        return Ok(());
    }
    if check {
        return Err("bindings/c/include/wasm_sandbox.h is stale; run `cargo run` in bindings/c/header".to_owned());
    }
    std::fs::create_dir_all(folder.join("include")).map_err(|error| error.to_string())?;
    std::fs::write(file, text).map_err(|error| error.to_string())
}
