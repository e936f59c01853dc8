//! Writes core/schema, or says which file is stale (`--check`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wasm_sandbox_policy::schema_files;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let check = args.iter().any(|arg| arg == "--check");
    let out = args.iter().position(|arg| arg == "--out").and_then(|at| args.get(at + 1)).map(PathBuf::from);
    let folder = out.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema"));
    let mut stale = false;
    for file in schema_files() {
        let path = folder.join(file.name);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == file.text) {
            continue;
        }
        if check {
            eprintln!("core/schema/{} is stale; run `npm run generate`", file.name);
            stale = true;
        } else if let Err(error) = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, file.text)) {
            eprintln!("core/schema/{}: {error}", file.name);
            return ExitCode::FAILURE;
        }
    }
    if stale { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
