//! The reference runner of the shared conformance cases, against the public API of the core.
//!
//! Ids are the test names. Each run writes `id outcome` lines to `.conformance/rust.txt` for the report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "conformance/branch.rs"]
mod branch;
#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/fast.rs"]
mod fast;
#[path = "conformance/host.rs"]
mod host;
#[path = "conformance/perform.rs"]
mod perform;

use case::{Case, Source as CaseSource};
use compare::Got;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use wasm_sandbox_core::policy::{Error, Policy};
use wasm_sandbox_core::{
    CancelToken, PackLocation, Packages, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source,
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let packs = repository().join("packages/sdk/packs");
    let cache = std::env::temp_dir().join(format!("wasm-sandbox-conformance-{}", std::process::id()));
    let options = RuntimeOptions { packs: PackLocation::Folder(packs), cache_dir: Some(cache.clone()) };
    let runtime = Runtime::new(options).expect("a runtime");
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let folder = repository().join("fixtures/conformance");
    let may_fail = case::expected_failures(&folder, "rust");
    let trials = case::read_all(&folder).into_iter().map(|case| {
        let (runtime, outcomes, may_fail) = (runtime.clone(), outcomes.clone(), may_fail.contains(&case.id));
        Trial::test(case.id.clone(), move || {
            let (word, outcome) = match (run_case(&case, &runtime), may_fail) {
                (Ok(()), false) => ("pass", Ok(())),
                (Ok(()), true) => ("unexpected-pass", Err("it passes, although it is an expected failure".to_owned())),
                (Err(_), true) => ("expected-failure", Ok(())),
                (Err(why), false) => ("fail", Err(why)),
            };
            outcomes.lock().expect("no panics").push(format!("{} {word}\n", case.id));
            outcome.map_err(Failed::from)
        })
    });
    let all = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let _ = std::fs::remove_dir_all(cache);
    if all {
        let folder = std::env::var_os("WASM_SANDBOX_CONFORMANCE_DIR");
        let folder = folder.map_or_else(|| repository().join(".conformance"), PathBuf::from);
        let mut lines = std::mem::take(&mut *outcomes.lock().expect("no panics"));
        lines.sort();
        let written =
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(folder.join("rust.txt"), lines.concat()));
        written.expect("a file for the report");
    }
    conclusion.exit_code()
}

fn run_case(case: &Case, runtime: &Runtime) -> Result<(), String> {
    // A case that only looks at a module needs none that can be opened.
    let looks = case.steps.iter().all(|step| step.kind == "verify");
    let mut sandbox = if looks { Ok(None) } else { open(case, runtime).map(Some) };
    let mut shelf = branch::Shelf::default();
    for (i, step) in case.steps.iter().enumerate() {
        let start = Instant::now();
        let got = match &mut sandbox {
            _ if step.kind == "verify" => perform::verify(case, runtime, &bytes_of(case)),
            Err(error) => Got::Error(error.clone()),
            Ok(sandbox) => branch::branch(&mut shelf, sandbox, step, case, runtime)
                .unwrap_or_else(|| perform::perform(sandbox, step, case)),
        };
        let last = i + 1 == case.steps.len();
        let expected = if last { Some(&case.expect) } else { step.expect.as_ref() };
        match (expected, &got) {
            (Some(expected), _) => {
                compare::check(expected, &got, start.elapsed()).map_err(|why| format!("step {}: {why}", i + 1))?;
            }
            (None, Got::Error(error)) => return Err(format!("step {}: {}", i + 1, error.message)),
            _ => {}
        }
    }
    Ok(())
}

fn open(case: &Case, runtime: &Runtime) -> Result<Sandbox, Error> {
    let policy = Policy::from_value(case.policy.clone().unwrap_or_else(|| json!({})))?;
    let source = match &case.source {
        CaseSource::Session(language) | CaseSource::Code(language, _) => Source::Language(*language),
        CaseSource::Wasm(_) | CaseSource::Bytes(_) => Source::Wasm(bytes_of(case).into()),
    };
    let options = SandboxOptions { source, ..options_of(case, policy) };
    Sandbox::open(runtime, options, &CancelToken::default())
}

/// What a case's sandbox is opened with, whatever its source is.
fn options_of(case: &Case, policy: Policy) -> SandboxOptions {
    SandboxOptions {
        argv: case.argv.clone(),
        env: case.env.clone().into_iter().collect(),
        files: case.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect(),
        packages: Packages::new(case.packages.clone()),
        config: case.config.clone(),
        functions: host::functions(&case.host),
        ..SandboxOptions::new(Source::Wasm(Vec::new().into()), policy)
    }
}

fn bytes_of(case: &Case) -> Vec<u8> {
    match &case.source {
        CaseSource::Wasm(name) => case::guest(&repository(), name),
        CaseSource::Bytes(bytes) => bytes.clone(),
        CaseSource::Session(_) | CaseSource::Code(..) => Vec::new(),
    }
}
