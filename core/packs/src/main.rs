//! `wasm-sandbox-packs build`: turns an interpreter's module into a language pack.

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
Builds a language pack: warms an interpreter up, snapshots it, compiles it ahead of time.

Usage: wasm-sandbox-packs build --name NAME --in FILE.wasm --warm-up FILE --out FOLDER

Writes NAME.json, NAME.wasm.zst and NAME.native.zst into FOLDER.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        let at = args.iter().position(|arg| arg == name);
        at.and_then(|at| args.get(at + 1)).ok_or_else(|| format!("{name} is missing\n\n{HELP}"))
    };
    if args.first().map(String::as_str) != Some("build") {
        return Err(HELP.to_owned());
    }
    let (name, input, warm_up, out) =
        (option("--name")?, option("--in")?, option("--warm-up")?, Path::new(option("--out")?));
    let wasm = std::fs::read(input).map_err(|e| format!("{input}: {e}"))?;
    let code = std::fs::read_to_string(warm_up).map_err(|e| format!("{warm_up}: {e}"))?;
    let pack = wasm_sandbox_core::build_pack(&wasm, &code).map_err(|e| e.message)?;
    std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
    for (extension, bytes) in [("json", &pack.json), ("wasm.zst", &pack.wasm), ("native.zst", &pack.native)] {
        let path = out.join(format!("{name}.{extension}"));
        let temporary = out.join(format!(".{name}.{extension}.new"));
        std::fs::write(&temporary, bytes)
            .and_then(|()| std::fs::rename(&temporary, &path))
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}
