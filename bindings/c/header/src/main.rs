//! Writes `bindings/c/include/wasm_sandbox.h` out of the C library's sources; with `--check` it only compares.
//!
//! A stale header would let C programs call what is not there.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    // Asked when it runs: checkouts that share a target folder share this program's file, too.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into());
    match run(Path::new(&here), check) {
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
    // Go's compiler sees nothing outside its module: it has a copy.
    let places = [folder.join("include/wasm_sandbox.h"), folder.join("../go/internal/native/wasm_sandbox.h")];
    for file in places.into_iter().filter(|file| std::fs::read(file).ok().as_ref() != Some(&text)) {
        if check {
            return Err(format!("{} is stale; run `cargo run` in bindings/c/header", file.display()));
        }
        std::fs::write(file, &text).map_err(|error| error.to_string())?;
    }
    Ok(())
}
