//! Benchmarks of the core beside plain wasmtime, in turn, in one process: `npm run bench`.
//!
//! Every line is a ratio of medians against a baseline that was measured in the same rounds, because times on a
//! shared machine drift. Nothing here is a test; nothing fails when it is slow.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing to say")]

mod calls;
mod instances;
mod kernels;
mod limits;
mod scripts;
mod table;

use std::path::{Path, PathBuf};
use wasm_sandbox_core::policy::Policy;
use wasm_sandbox_core::{CancelToken, PackLocation, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source};

fn main() {
    // `cargo test --benches` runs this too; it then only shows that it starts.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let folder = std::env::temp_dir().join(format!("wasm-sandbox-bench-{}", std::process::id()));
    let bench = Bench { cache: folder.clone(), packs: packs() };
    // `-- scripts limits` measures those only.
    let named: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|one| one == name);
    let sections: [(&str, Section); 5] = [
        ("calls", calls::measure),
        ("instances", instances::measure),
        ("scripts", scripts::measure),
        ("kernels", kernels::measure),
        ("limits", limits::measure),
    ];
    for (_, measure) in sections.iter().filter(|(name, _)| wanted(name)) {
        measure(&bench);
    }
    let _ = std::fs::remove_dir_all(folder);
}

/// Measures one subject and prints what came of it.
type Section = fn(&Bench);

/// Where the language packs lie after set-up.
fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs")
}

/// What the measurements share.
struct Bench {
    cache: PathBuf,
    packs: PathBuf,
}

impl Bench {
    fn runtime(&self) -> Runtime {
        let options =
            RuntimeOptions { packs: PackLocation::Folder(self.packs.clone()), cache_dir: Some(self.cache.clone()) };
        Runtime::new(options).expect("a runtime")
    }

    fn sandbox(&self, runtime: &Runtime, wat: &str) -> Sandbox {
        let wasm = wat::parse_str(wat).expect("valid text");
        let options = SandboxOptions::new(Source::Wasm(wasm.into()), Policy::default());
        Sandbox::open(runtime, options, &CancelToken::default()).expect("a sandbox")
    }
}
