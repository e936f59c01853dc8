//! Writes core/schema, or with --check says which file is stale and writes nothing.
//!
//! `--out DIR` writes elsewhere. Without it the folder is found from CARGO_MANIFEST_DIR, which cargo sets when it
//! runs a program, or else from the current folder, which is then the repository's.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wasm_sandbox_policy::schema_files;

const USAGE: &str = "usage: wasm-sandbox-schema [--check] [--out DIR]";

fn main() -> ExitCode {
    let mut check = false;
    let mut out = None;
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--check") => check = true,
            Some("--out") => match args.next() {
                Some(folder) => out = Some(PathBuf::from(folder)),
                None => return refuse("--out needs a folder"),
            },
            _ => return refuse(&format!("{} is not known", arg.display())),
        }
    }
    write(&out.unwrap_or_else(published), check)
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("{why}; {USAGE}");
    ExitCode::from(2)
}

fn published() -> PathBuf {
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => Path::new(&folder).join("../schema"),
        None => PathBuf::from("core/schema"),
    }
}

fn write(folder: &Path, check: bool) -> ExitCode {
    let mut stale = false;
    for file in schema_files() {
        let path = folder.join(file.name);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        if check {
            eprintln!("core/schema/{} is stale; run `npm run generate`", file.name);
            stale = true;
        } else if let Err(error) = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, file.text)) {
            eprintln!("{}: {error}", file.name);
            return ExitCode::FAILURE;
        }
    }
    if stale { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
