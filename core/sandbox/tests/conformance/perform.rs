//! What each kind of step does to a sandbox.

use super::case::{Case, Source, Step};
use super::compare::Got;
use super::fast;
use serde_json::{Value as Json, json};
use std::time::Duration;
use wasm_sandbox_core::policy::{Error, ErrorCode, Policy, RunResult, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, OutputFormat, Run, Runtime, Sandbox, Stdin};

/// One step; `place` is empty after dispose.
pub fn perform(place: &mut Option<Sandbox>, step: &Step, case: &Case) -> Got {
    let Some(sandbox) = place else {
        let closed = Error::new(ErrorCode::Closed, "the sandbox was disposed of");
        return if step.kind == "dispose" { plain(Value::Null) } else { Got::Error(closed) };
    };
    let options = CallOptions { wall_time_ms: step.timeout_ms, output: output(step), cancel: cancel(step) };
    let args = values(&step.args);
    let of = |outcome: Result<RunResult, Error>| outcome.map_or_else(Got::Error, Got::Result);
    match step.kind.as_str() {
        "call" => of(sandbox.call(&step.name, &args, &options)),
        "prepare" => of(fast::call(sandbox, &step.name, &args, &options)),
        "run" => of(sandbox.run(request(step, case), &options)),
        "batch" => {
            let call = |(i, element): (usize, &Json)| {
                let args = values(element[1].as_array().map_or(&[], Vec::as_slice));
                let outcome = sandbox.call(element[0].as_str().unwrap_or_default(), &args, &options);
                outcome.map(|result| result.value).map_err(|error| error.with("index", i))
            };
            let all: Result<_, _> = step.args.iter().enumerate().map(call).collect();
            all.map_or_else(Got::Error, |values| plain(Value::List(values)))
        }
        "reset" => sandbox.reset(&options.cancel).map_or_else(Got::Error, |()| plain(Value::Null)),
        "collectGarbage" => {
            sandbox.collect_garbage(&options).map_or_else(Got::Error, |freed| plain(Value::Int(freed as i64)))
        }
        "stats" => Got::Result(RunResult { usage: sandbox.stats(), ..RunResult::default() }),
        "dispose" => {
            *place = None;
            plain(Value::Null)
        }
        "exports" => plain(value(&json!(sandbox.exports()))),
        "audit" => plain(value(&json!(sandbox.take_audit()))),
        other => Got::Error(Error::new(ErrorCode::InvalidArgument, format!("there is no step {other}"))),
    }
}

/// Looks at a module without opening it.
pub fn verify(case: &Case, runtime: &Runtime, bytes: &[u8]) -> Got {
    let policy = Policy::from_value(case.policy.clone().unwrap_or_else(|| json!({})));
    policy.map_or_else(Got::Error, |policy| Got::Report(json!(runtime.verify(bytes, &policy))))
}

pub fn plain(value: Value) -> Got {
    Got::Result(RunResult { value, ..RunResult::default() })
}

fn output(step: &Step) -> Option<OutputFormat> {
    step.output.as_ref().map(|name| serde_json::from_value(json!(name)).expect("a form of output"))
}

fn cancel(step: &Step) -> CancelToken {
    let token = CancelToken::default();
    if let Some(ms) = step.cancel_after_ms {
        let token = token.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            token.cancel();
        });
    }
    token
}

fn request(step: &Step, case: &Case) -> Run {
    let code = match &case.source {
        Source::Code(_, code) => Some(code.clone()),
        _ => step.code.clone(),
    };
    Run {
        code,
        inputs: step.inputs.iter().map(|(name, json)| (name.clone(), value(json))).collect(),
        call: step.function.as_ref().map(|name| (name.clone(), values(&step.args))),
        stdin: case.stdin.as_ref().map_or_else(Stdin::default, |text| Stdin::Bytes(text.clone().into_bytes())),
        ..Run::default()
    }
}

fn values(list: &[Json]) -> Vec<Value> {
    list.iter().map(value).collect()
}

fn value(json: &Json) -> Value {
    Value::from_tagged(json).expect("a case's value")
}
