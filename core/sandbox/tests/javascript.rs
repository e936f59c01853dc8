//! JavaScript sessions through the public API: values, state, host functions, errors, limits, isolation.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::{Functions, runtime};
use std::sync::Arc;
use std::time::Duration;
use wasm_sandbox_core::policy::{DateTime, Error, ErrorCode, Policy, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, HostCall, HostError, HostFunctions, HostReply, Language, Run, Sandbox, SandboxOptions,
    Source,
};

fn session(change: impl FnOnce(&mut Policy), functions: Option<Arc<dyn HostFunctions>>) -> Sandbox {
    let mut policy = Policy::default();
    change(&mut policy);
    let options = SandboxOptions { functions, ..SandboxOptions::new(Source::Language(Language::JavaScript), policy) };
    Sandbox::open(&runtime(), options, &CancelToken::default()).unwrap()
}

fn run(sandbox: &mut Sandbox, code: &str) -> Result<Value, Error> {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    sandbox.run(run, &CallOptions::default()).map(|result| result.value)
}

#[test]
fn state_stays_between_runs_and_resets() {
    let mut js = session(|_| {}, None);
    run(&mut js, "let x = 41; function f(a) { return a + x }").unwrap();
    assert_eq!(run(&mut js, "x + 1").unwrap(), Value::Int(42));
    assert_eq!(js.call("f", &[Value::Int(1)], &CallOptions::default()).unwrap().value, Value::Int(42));
    js.reset(&CancelToken::default()).unwrap();
    let error = run(&mut js, "x").unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::GuestException, &"ReferenceError".into()));
    let error = js.call("f", &[], &CallOptions::default()).unwrap_err();
    assert_eq!((error.code, &error.details["name"]), (ErrorCode::NotFound, &"f".into()));
}

#[test]
fn values_cross_exactly_in_both_directions() {
    let mut js = session(|_| {}, None);
    let values = Value::List(vec![
        Value::Null,
        Value::Bool(false),
        Value::Int(-(1 << 53) + 1),
        Value::BigInt("123456789012345678901234567890".parse().unwrap()),
        Value::BigInt(5.into()),
        Value::Float(0.1),
        Value::Float(f64::INFINITY),
        Value::from("a\0é🦀"),
        Value::Bytes(vec![0, 1, 255]),
        Value::object([("b", Value::Int(1)), ("a", Value::List(vec![])), ("__proto__", Value::Int(2))]),
        Value::Map(vec![(Value::Int(1), Value::from("one"))]),
        Value::DateTime(DateTime { micros: 1_767_225_600_123_000, offset_minutes: 0 }),
    ]);
    run(&mut js, "function same(v) { return v }").unwrap();
    let back = js.call("same", std::slice::from_ref(&values), &CallOptions::default()).unwrap().value;
    assert_eq!(back, values);
    assert!(matches!(run(&mut js, "-0").unwrap(), Value::Float(f) if f == 0.0 && f.is_sign_negative()));
    assert!(matches!(run(&mut js, "NaN").unwrap(), Value::Float(f) if f.is_nan()));
}

#[test]
fn inputs_output_and_top_level_await() {
    let mut js = session(|_| {}, None);
    let inputs = vec![("a".to_owned(), Value::Int(1)), ("b".to_owned(), Value::Int(2))];
    let code = "console.log('sum', a + b); console.error('oh'); await Promise.resolve(a + b)";
    let result = js.run(Run { code: Some(code.into()), inputs, ..Run::default() }, &CallOptions::default()).unwrap();
    assert_eq!(
        (result.value, result.stdout.as_slice(), result.stderr.as_slice()),
        (Value::Int(3), &b"sum 3\n"[..], &b"oh\n"[..])
    );
}

#[test]
fn what_cannot_leave_is_refused_with_its_path() {
    let mut js = session(|_| {}, None);
    for (code, path) in
        [("({a: [0, () => 1]})", "$.a[1]"), ("let c = {}; c.self = c; c", "$.self"), ("[Symbol('x')]", "$[0]")]
    {
        let error = run(&mut js, code).unwrap_err();
        assert_eq!((error.code, &error.details["path"]), (ErrorCode::InvalidArgument, &path.into()), "{code}");
    }
    assert_eq!(
        run(&mut js, "let d = []; for (let i = 0; i < 100000; i++) d = [d]; d").unwrap_err().code,
        ErrorCode::ValueLimit
    );
    assert_eq!(run(&mut js, "'x'.repeat(9 << 20)").unwrap_err().code, ErrorCode::ValueLimit);
    assert_eq!(run(&mut js, "1 + 1").unwrap(), Value::Int(2));
}

#[test]
fn host_functions_answer_now_later_and_with_errors() {
    let host = Functions::new("host", |call: HostCall| match call.args.first().and_then(Value::as_str) {
        Some("later") => {
            call.reply.defer();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                call.reply.settle(Ok(Value::from("done")));
            });
            HostReply::Later
        }
        Some("bad") => HostReply::Now(Err(HostError {
            kind: "TypeError".into(),
            message: "no such thing".into(),
            ..HostError::default()
        })),
        _ => HostReply::Now(Ok(Value::List(call.args))),
    });
    let mut js = session(|_| {}, Some(host.clone()));
    assert_eq!(run(&mut js, "host(1, 'x')").unwrap(), Value::List(vec![Value::Int(1), Value::from("x")]));
    assert_eq!(
        run(&mut js, "(await Promise.all([host('later'), host('later')])).join()").unwrap(),
        Value::from("done,done")
    );
    assert_eq!(
        run(&mut js, "try { host('bad') } catch (e) { e.name + ': ' + e.message }").unwrap(),
        Value::from("TypeError: no such thing")
    );
    let error = run(&mut js, "host('bad')").unwrap_err();
    assert_eq!((error.code, &error.details["function"]), (ErrorCode::HostFunctionFailed, &"host".into()));
    assert_eq!(run(&mut js, "1").unwrap(), Value::Int(1));
    let mut js = session(|p| p.capabilities.host_functions = Some(vec![]), Some(host));
    let error = run(&mut js, "host(1)").unwrap_err();
    assert_eq!((error.code, &error.details["target"]), (ErrorCode::AccessDenied, &"host".into()));
    assert_eq!(js.take_audit().len(), 1);
}

#[test]
fn exceptions_have_type_message_and_the_users_lines() {
    let mut js = session(|_| {}, None);
    let run = Run {
        code: Some("let a = 1;\nfunction g() { null.x }\n\ng();".into()),
        file: Some("user.js".into()),
        ..Run::default()
    };
    let error = js.run(run, &CallOptions::default()).unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::GuestException, &"TypeError".into()));
    let stack = error.details["stack"].as_str().unwrap();
    assert!(stack.contains("user.js:2") && stack.contains("user.js:4"), "{stack}");
}

#[test]
fn hostile_programs_end_with_the_right_error() {
    let mut js = session(
        |p| {
            p.limits.wall_time_ms = Some(300);
            p.limits.memory_bytes = 32 << 20;
        },
        None,
    );
    let reset = |js: &mut Sandbox| js.reset(&CancelToken::default()).unwrap();
    for (code, expected) in [
        ("while (true) {}", ErrorCode::WallTimeout),
        ("await new Promise(r => setTimeout(r, 1e9))", ErrorCode::WallTimeout),
        ("let a = []; while (true) a.push(new Uint8Array(100000).fill(1))", ErrorCode::MemoryLimit),
    ] {
        let error = run(&mut js, code).unwrap_err();
        assert_eq!((error.code, &error.details["stateLost"]), (expected, &true.into()), "{code}: {}", error.message);
        assert_eq!(run(&mut js, "1").unwrap_err().code, ErrorCode::Closed, "{code}");
        reset(&mut js);
        assert_eq!(run(&mut js, "1").unwrap(), Value::Int(1), "{code}");
    }
    let error = run(&mut js, "await new Promise(() => {})").unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::GuestException, &"UnsettledPromise".into()));
    let error = run(&mut js, "(function f() { f() })()").unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::GuestException, &"RangeError".into()));
    assert_eq!(
        run(&mut js, "Object.prototype.a = 1; Array.prototype.push = null; JSON.parse = null; [1, {b: 2}]").unwrap(),
        Value::List(vec![Value::Int(1), Value::object([("b", Value::Int(2))])])
    );
}

#[test]
fn two_sandboxes_share_nothing_and_draw_different_numbers() {
    let (mut a, mut b) = (session(|_| {}, None), session(|_| {}, None));
    run(&mut a, "globalThis.secret = 'a-secret'; Object.prototype.leak = 1").unwrap();
    assert_eq!(run(&mut b, "typeof secret + typeof ({}).leak").unwrap(), Value::from("undefinedundefined"));
    assert_ne!(run(&mut a, "Math.random()").unwrap(), run(&mut b, "Math.random()").unwrap());
    let seeded = || session(|p| p.capabilities.random = wasm_sandbox_core::policy::Random::Seed(7), None);
    assert_eq!(run(&mut seeded(), "Math.random()").unwrap(), run(&mut seeded(), "Math.random()").unwrap());
}
