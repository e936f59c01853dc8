//! The reference runner of the shared conformance cases, against the public API of the core.
//!
//! Ids are the test names. Each run writes `id outcome` lines to `.conformance/rust.txt` for the report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "conformance/case.rs"]
mod case;
#[path = "conformance/compare.rs"]
mod compare;
#[path = "conformance/host.rs"]
mod host;

use case::{Case, Source as CaseSource, Step};
use compare::Got;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wasm_sandbox_core::policy::{Error, ErrorCode, Policy, RunResult, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, Language, Run, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source, Stdin,
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let packs = repository().join("packages/sdk/packs");
    let cache = std::env::temp_dir().join(format!("wasm-sandbox-conformance-{}", std::process::id()));
    let runtime =
        Runtime::new(RuntimeOptions { packs_dir: Some(packs), cache_dir: Some(cache.clone()) }).expect("a runtime");
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let trials = case::read_all(&repository().join("fixtures/conformance")).into_iter().map(|case| {
        let (runtime, outcomes) = (runtime.clone(), outcomes.clone());
        Trial::test(case.id.clone(), move || {
            let outcome = run_case(&case, &runtime);
            let word = if outcome.is_ok() { "pass" } else { "fail" };
            outcomes.lock().expect("no panics").push(format!("{} {word}\n", case.id));
            outcome.map_err(Failed::from)
        })
    });
    let all = arguments.filter.is_none() && !arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let _ = std::fs::remove_dir_all(cache);
    if all {
        let folder = repository().join(".conformance");
        let mut lines = std::mem::take(&mut *outcomes.lock().expect("no panics"));
        lines.sort();
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(folder.join("rust.txt"), lines.concat()))
            .expect("a file for the report");
    }
    conclusion.exit_code()
}

fn run_case(case: &Case, runtime: &Runtime) -> Result<(), String> {
    let mut sandbox = open(case, runtime);
    for (i, step) in case.steps.iter().enumerate() {
        let start = Instant::now();
        let got = match &mut sandbox {
            Err(error) => Got::Error(error.clone()),
            Ok(sandbox) => perform(sandbox, step, case),
        };
        let last = i + 1 == case.steps.len();
        let expected = if last { Some(&case.expect) } else { step.expect.as_ref() };
        match (expected, &got) {
            (Some(expected), _) => {
                compare::check(expected, &got, start.elapsed()).map_err(|why| format!("step {}: {why}", i + 1))?
            }
            (None, Got::Error(error)) => return Err(format!("step {}: {}", i + 1, error.message)),
            _ => {}
        }
    }
    Ok(())
}

/// A sandbox, or `None` after dispose.
fn open(case: &Case, runtime: &Runtime) -> Result<Option<Sandbox>, Error> {
    let policy = Policy::from_value(case.policy.clone().unwrap_or_else(|| json!({})))?;
    let source = match &case.source {
        CaseSource::JavaScript => Source::Language(Language::JavaScript),
        CaseSource::Wasm(name) => Source::Wasm(case::guest(&repository(), name).into()),
        CaseSource::Bytes(bytes) => Source::Wasm(bytes.clone().into()),
    };
    let options = SandboxOptions {
        argv: case.argv.clone(),
        env: case.env.clone().into_iter().collect(),
        files: case.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect(),
        config: case.config.clone(),
        functions: host::functions(&case.host),
        ..SandboxOptions::new(source, policy)
    };
    Sandbox::open(runtime, options, &CancelToken::default()).map(Some)
}

fn perform(place: &mut Option<Sandbox>, step: &Step, case: &Case) -> Got {
    let Some(sandbox) = place else {
        let closed = Error::new(ErrorCode::Closed, "the sandbox was disposed of");
        return if step.kind == "dispose" { Got::Result(RunResult::default()) } else { Got::Error(closed) };
    };
    let cancel = CancelToken::default();
    if let Some(ms) = step.cancel_after_ms {
        let cancel = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            cancel.cancel();
        });
    }
    let options = CallOptions { wall_time_ms: step.timeout_ms, cancel, ..CallOptions::default() };
    let args: Vec<Value> = step.args.iter().map(value).collect();
    let of = |outcome: Result<RunResult, Error>| outcome.map_or_else(Got::Error, Got::Result);
    let plain = |value: Value| Got::Result(RunResult { value, ..RunResult::default() });
    match step.kind.as_str() {
        "call" => of(sandbox.call(&step.name, &args, &options)),
        // Converting arguments for the fast path is each binding's own; here the export is resolved and called.
        "prepare" => of(sandbox.prepare(&step.name).and_then(|_| sandbox.call(&step.name, &args, &options))),
        "run" => of(sandbox.run(request(step, case), &options)),
        "batch" => {
            let call = |(i, element): (usize, &Json)| {
                let args: Vec<Value> =
                    element[1].as_array().map_or_else(Vec::new, |args| args.iter().map(value).collect());
                let outcome = sandbox.call(element[0].as_str().unwrap_or_default(), &args, &options);
                outcome.map(|result| result.value).map_err(|error| error.with("index", i))
            };
            step.args
                .iter()
                .enumerate()
                .map(call)
                .collect::<Result<Vec<_>, _>>()
                .map_or_else(Got::Error, |values| plain(Value::List(values)))
        }
        "reset" => sandbox.reset(&options.cancel).map_or_else(Got::Error, |()| plain(Value::Null)),
        "dispose" => {
            *place = None;
            plain(Value::Null)
        }
        "exports" => plain(value(&json!(sandbox.exports()))),
        "audit" => Got::Result(RunResult { value: value(&json!(sandbox.take_audit())), ..RunResult::default() }),
        other => Got::Error(Error::new(ErrorCode::InvalidArgument, format!("there is no step {other}"))),
    }
}

fn request(step: &Step, case: &Case) -> Run {
    Run {
        code: step.code.clone(),
        inputs: step.inputs.iter().map(|(name, json)| (name.clone(), value(json))).collect(),
        stdin: case.stdin.as_ref().map_or_else(Stdin::default, |text| Stdin::Bytes(text.clone().into_bytes())),
        ..Run::default()
    }
}

fn value(json: &Json) -> Value {
    Value::from_tagged(json).expect("a case's value")
}
