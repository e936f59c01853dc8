//! The reference API's operations by name: opening, calls, runs, policies, builders, files, stopping.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::{Closures, GUEST, adder, finish};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::ops::{Answer, Guest, Request, Stop, Target, invoke, invoke_now};
use wasm_sandbox_bridge::policy::{Result, Value};
use wasm_sandbox_bridge::{Host, HostReply};

fn request<'a>(target: Option<&'a Guest>, operation: &'a str, arguments: Value) -> Request<'a> {
    Request { target: target.map(Target::Guest), operation, arguments, host: None }
}

fn value(answer: Answer) -> Value {
    match answer {
        Answer::Value(value) => value,
        _ => panic!("a value was expected"),
    }
}

fn ask(operation: &str, arguments: Value) -> Result<Value> {
    invoke_now(request(None, operation, arguments), &Stop::default()).map(value)
}

fn tell(guest: &Guest, operation: &str, arguments: Value) -> Result<Value> {
    invoke_now(request(Some(guest), operation, arguments), &Stop::default()).map(value)
}

/// A map out of JSON.
fn map(json: &str) -> Value {
    Value::from_tagged(&serde_json::from_str(json).unwrap()).unwrap()
}

fn module() -> Value {
    Value::Bytes(wat::parse_str(GUEST).unwrap())
}

fn opened(answer: Answer) -> Guest {
    match answer {
        Answer::Guest(guest) => guest,
        _ => panic!("a guest was expected"),
    }
}

fn open() -> Guest {
    open_with(adder())
}

fn open_with(host: Closures) -> Guest {
    let host: Arc<dyn Host> = Arc::new(host);
    let arguments = Value::object([("bytes", module())]);
    opened(
        invoke_now(Request { host: Some(host), ..request(None, "WasmSandbox.fromBytes", arguments) }, &Stop::default())
            .unwrap(),
    )
}

fn code<T>(outcome: Result<T>) -> (String, String) {
    let error = outcome.err().expect("it should fail");
    (
        error.code.as_str().to_owned(),
        error.details.get("path").map(|path| path.as_str().unwrap().to_owned()).unwrap_or_default(),
    )
}

#[test]
fn a_sandbox_is_opened_called_and_ended() {
    let guest = open();
    let add = |arguments: &str| tell(&guest, "WasmSandbox.call", map(arguments));
    assert_eq!(add(r#"{"name":"add","args":[5,3]}"#).unwrap(), Value::Int(8));
    assert_eq!(add(r#"{"name":"ask","args":[5]}"#).unwrap(), Value::Int(6));
    assert_eq!(code(add(r#"{"name":"none"}"#)).0, "not_found");
    assert_eq!(
        code(add(r#"{"name":"add","args":[5,3],"options":{"colour":1}}"#)),
        ("invalid_argument".into(), "$.colour".into())
    );
    assert_eq!(code(add(r#"{"name":"add","args":[5,3],"options":{"timeoutMs":{"$float":"nan"}}}"#)).1, "$.timeoutMs");
    let calls = r#"{"calls":[{"function":"add","args":[1,2]},{"function":"count"}]}"#;
    assert_eq!(tell(&guest, "WasmSandbox.callBatch", map(calls)).unwrap(), map("[3,1]"));
    let audited = tell(&guest, "WasmSandbox.callWithAudit", map(r#"{"name":"add","args":[1,2]}"#)).unwrap();
    assert_eq!(audited.get("output"), Some(&Value::Int(3)));
    assert!(matches!(audited.get("stats").and_then(|stats| stats.get("functionCalls")), Some(Value::Int(_))));
    let exports = tell(&guest, "WasmSandbox.exports", Value::Null).unwrap();
    assert!(matches!(exports, Value::List(items) if items.len() == 6));
    let slow = map(r#"{"name":"loop","args":[],"ms":20}"#);
    assert_eq!(code(tell(&guest, "WasmSandbox.callWithTimeout", slow)).0, "wall_timeout");
    tell(&guest, "Guest.dispose", Value::Null).unwrap();
    assert_eq!(code(add(r#"{"name":"add","args":[5,3]}"#)).0, "closed");
}

#[test]
fn builders_replay_their_steps() {
    let steps = |more: &str| {
        let mut steps = vec![Value::List(vec![Value::from("source"), Value::object([("source", module())])])];
        if let Value::List(rest) = map(more) {
            steps.extend(rest);
        }
        let host: Arc<dyn Host> = Arc::new(adder());
        let arguments = Value::object([("steps", Value::List(steps))]);
        invoke_now(Request { host: Some(host), ..request(None, "SandboxBuilder.build", arguments) }, &Stop::default())
            .map(opened)
    };
    let guest = steps(
        r#"[["memoryLimit",{"bytes":1048576}],["cpuTimeout",{"ms":{"$float":"30"}}],["instanceId",{"id":null}]]"#,
    )
    .unwrap();
    assert_eq!(tell(&guest, "WasmSandbox.call", map(r#"{"name":"add","args":[5,3]}"#)).unwrap(), Value::Int(8));
    assert_eq!(code(steps(r#"[["memoryLimit",{"bytes":-1}]]"#)).0, "invalid_policy");
    assert_eq!(code(steps(r#"[["paint",{}]]"#)), ("invalid_argument".into(), "$.steps".into()));
    assert_eq!(code(ask("SandboxBuilder.build", map(r#"{"steps":[]}"#))).1, "$.source");
    // The policy alone needs no source. A wall time that nobody chose is raised, a chosen one stays.
    let wall = |steps: &str| {
        let policy = ask("SandboxBuilder.policy", map(&format!(r#"{{"steps":{steps}}}"#))).unwrap();
        let limits = ask("SecurityPolicy.limits", Value::object([("this", policy)])).unwrap();
        limits.get("wallTimeMs").cloned()
    };
    assert_eq!(wall(r#"[["cpuTimeout",{"ms":20000}]]"#), Some(Value::Int(40_000)));
    assert_eq!(wall(r#"[["cpuTimeout",{"ms":20000}],["limits",{"limits":{"wallTimeMs":50}}]]"#), Some(Value::Int(50)));
    let nan = map(r#"{"steps":[["cpuTimeout",{"ms":{"$float":"nan"}}]]}"#);
    assert_eq!(code(ask("SandboxBuilder.policy", nan)), ("invalid_policy".into(), "$.limits.cpuTimeMs".into()));
}

#[test]
fn policies_are_made_changed_and_told() {
    let strict = ask("SecurityPolicy.strict", Value::Null).unwrap();
    let limits = |policy: &Value| ask("SecurityPolicy.limits", Value::object([("this", policy.clone())])).unwrap();
    assert_eq!(limits(&strict).get("memoryBytes"), Some(&Value::Int(64 << 20)));
    let asked = Value::object([("this", strict.clone()), ("limits", map(r#"{"wallTimeMs":5}"#))]);
    let tighter = ask("SecurityPolicy.withLimits", asked).unwrap();
    assert_eq!(limits(&tighter).get("wallTimeMs"), Some(&Value::Int(5)));
    assert_eq!(tighter.get("ownWallTime"), Some(&Value::Bool(true)));
    let steps = r#"{"preset":"moderate","steps":[["allowFilesystemAccess",{"paths":["/data"],"options":{"readOnly":true}}],
        ["allowEnvironmentAccess",{"variables":["HOME"]}],["enableAuditLogging",{"enabled":true}],["maxExecutionTime",{"ms":30000}]]}"#;
    let built = ask("SecurityPolicyBuilder.build", map(steps)).unwrap();
    let document = ask("SecurityPolicy.toJSON", Value::object([("this", built)])).unwrap();
    assert_eq!(document.get("preset"), Some(&Value::from("moderate")));
    assert_eq!(document.get("limits").unwrap().get("wallTimeMs"), Some(&Value::Int(30_000)));
    let nan = map(r#"{"document":{"limits":{"memoryBytes":{"$float":"nan"}}}}"#);
    assert_eq!(code(ask("SecurityPolicy.fromJson", nan)), ("invalid_policy".into(), "$.limits.memoryBytes".into()));
    assert_eq!(code(ask("SecurityPolicy.fromJson", map(r#"{"document":{"limit":1}}"#))).0, "invalid_policy");
    let ceiling = map(r#"{"document":{"limits":{"memoryBytes":1073741824}},"options":{"ceiling":"strict"}}"#);
    assert_eq!(limits(&ask("parsePolicy", ceiling).unwrap()).get("memoryBytes"), Some(&Value::Int(64 << 20)));
}

#[test]
fn one_shot_runs_take_files_from_disk() {
    let folder = std::env::temp_dir().join(format!("ops-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("guest with space.wasm");
    std::fs::write(&file, wat::parse_str("(module (func (export \"two\") (result i32) i32.const 2))").unwrap())
        .unwrap();
    let run = |path: String| {
        let options = Value::object([("wasm", Value::from(path)), ("call", Value::from("two"))]);
        ask("run", Value::object([("options", options)]))
    };
    let path = file.to_string_lossy().into_owned();
    assert_eq!(run(path.clone()).unwrap().get("value"), Some(&Value::Int(2)));
    let below = path.replace('\\', "/").trim_start_matches('/').replace(' ', "%20");
    for url in ["file:///", "FILE://localhost/"].map(|start| format!("{start}{below}?not=it")) {
        assert_eq!(run(url).unwrap().get("value"), Some(&Value::Int(2)));
    }
    assert_eq!(code(run(format!("file://elsewhere/{below}"))).1, "$.wasm");
    let missing = run(format!("{path}.no")).err().unwrap();
    assert_eq!(missing.code.as_str(), "not_found");
    assert!(!missing.to_string().contains(&*folder.to_string_lossy()), "{missing}");
    assert_eq!(code(run("http://example.com/a.wasm".into())).1, "$.wasm");
    assert_eq!(code(run(folder.to_string_lossy().into_owned())).0, "not_found");
    let small = map(r#"{"moduleBytes":8}"#);
    let options = Value::object([("wasm", Value::from(path)), ("limits", small), ("call", Value::from("two"))]);
    assert_eq!(code(ask("run", Value::object([("options", options)]))).0, "module_limit");
    assert_eq!(code(ask("run", map(r#"{"options":{}}"#))).0, "invalid_argument");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_failed_run_can_be_told_as_a_record() {
    let options = Value::object([
        ("wasm", Value::Bytes(wat::parse_str("(module (func (export \"f\") unreachable))").unwrap())),
        ("call", Value::from("f")),
    ]);
    let record = ask("execute", Value::object([("options", options)])).unwrap();
    assert_eq!(record.get("success"), Some(&Value::Bool(false)));
    assert_eq!(record.get("error").unwrap().get("code"), Some(&Value::from("guest_trap")));
    assert_eq!(code(ask("execute", map(r#"{"options":{"colour":1,"python":""}}"#))).1, "$.colour");
}

#[test]
fn what_runs_or_waits_or_opens_can_be_stopped() {
    let guest = open();
    let looping = |stop: &Stop| {
        let (done, outcome) = channel();
        invoke(
            request(Some(&guest), "WasmSandbox.call", map(r#"{"name":"loop","args":[]}"#)),
            stop,
            false,
            move |answer| {
                let _ = done.send(answer.map(value));
            },
        );
        outcome
    };
    let (first, second) = (Stop::default(), Stop::default());
    let (running, waiting) = (looping(&first), looping(&second));
    std::thread::sleep(Duration::from_millis(20));
    let begun = Instant::now();
    second.stop();
    assert_eq!(code(finish(&waiting)).0, "cancelled");
    first.stop();
    assert_eq!(code(finish(&running)).0, "cancelled");
    let before = Stop::default();
    before.stop();
    assert_eq!(code(finish(&looping(&before))).0, "cancelled");
    let (done, outcome) = channel();
    let options = Value::object([("wasm", module()), ("call", Value::from("loop"))]);
    let (arguments, stop) = (Value::object([("options", options)]), Stop::default());
    let host: Arc<dyn Host> = Arc::new(adder());
    invoke(Request { host: Some(host), ..request(None, "run", arguments) }, &stop, false, move |answer| {
        let _ = done.send(answer.map(value));
    });
    std::thread::sleep(Duration::from_millis(20));
    stop.stop();
    assert_eq!(code(finish(&outcome)).0, "cancelled");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn whatever_waits_in_line_can_be_stopped_and_nothing_is_lost() {
    let ((release, held), (begin, begun)) = (channel(), channel());
    let held = std::sync::Mutex::new(held);
    let guest = open_with(Closures::with("ask", move |_| {
        begin.send(()).unwrap();
        HostReply::Now(Ok(held.lock().unwrap().recv().unwrap()))
    }));
    let count = || tell(&guest, "WasmSandbox.call", map(r#"{"name":"count"}"#)).unwrap();
    assert_eq!(count(), Value::Int(1));
    let start = |operation: &str, arguments: &str, stop: &Stop| {
        let (done, outcome) = channel();
        invoke(request(Some(&guest), operation, map(arguments)), stop, false, move |answer| {
            let _ = done.send(answer.map(drop));
        });
        outcome
    };
    let long = start("WasmSandbox.call", r#"{"name":"ask","args":[1]}"#, &Stop::default());
    finish(&begun);
    for operation in ["Guest.reset", "Guest.collectGarbage", "Session.snapshot", "Session.fork"] {
        let (before, meanwhile) = (Stop::default(), Stop::default());
        before.stop();
        assert_eq!(code(finish(&start(operation, "{}", &before))).0, "cancelled", "{operation}");
        let waiting = start(operation, "{}", &meanwhile);
        assert!(waiting.try_recv().is_err());
        meanwhile.stop();
        assert_eq!(code(finish(&waiting)).0, "cancelled", "{operation}");
    }
    assert!(long.try_recv().is_err());
    release.send(Value::Int(7)).unwrap();
    finish(&long).unwrap();
    assert_eq!(count(), Value::Int(2));
    tell(&guest, "Guest.reset", Value::Null).unwrap();
    assert_eq!(count(), Value::Int(1));
}

#[test]
fn key_value_stores_and_reports() {
    let ns = |rest: &str| map(&format!(r#"{{"namespace":"ops-test"{rest}}}"#));
    ask("KvStore.set", ns(r#","key":"a","value":[1,{"b":2}]"#)).unwrap();
    assert_eq!(ask("KvStore.get", ns(r#","key":"a""#)).unwrap(), map(r#"[[1,{"b":2}]]"#));
    assert_eq!(ask("KvStore.get", ns(r#","key":"b""#)).unwrap(), map("[]"));
    assert_eq!(ask("KvStore.keys", ns("")).unwrap(), map(r#"["a"]"#));
    assert_eq!(code(ask("KvStore.constructor", map(r#"{"namespace":"a/b"}"#))).0, "invalid_argument");
    let report = ask("verify", Value::object([("source", module())])).unwrap();
    assert_eq!(report.get("kind"), Some(&Value::from("numeric")));
    assert!(ask("doctor", Value::Null).unwrap().get("engine").is_some());
    assert_eq!(code(ask("WasmSandbox.dream", Value::Null)).0, "unsupported");
    assert_eq!(code(ask("configure", map(r#"{"options":{}}"#))).0, "invalid_argument");
}
