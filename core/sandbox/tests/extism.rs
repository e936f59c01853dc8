//! Extism plug-ins, plain imports of `env`, and the host's functions as imports: through the public API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::{Functions, call, open, open_with};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use wasm_sandbox_core::policy::{AuditOutcome, Clock, ErrorCode, Limits, Random, Value};
use wasm_sandbox_core::{CallOptions, HostCall, HostError, HostReply, OutputFormat, OutputSink, Sandbox, Stream};

/// Imports that most plug-ins here need, and a way to make a block out of memory.
const KERNEL: &str = r#"
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "length_unsafe" (func $length_unsafe (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load8 (param i64) (result i32)))
  (import "extism:host/env" "load_u64" (func $load64 (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store8 (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store64 (param i64 i64)))
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input64 (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error (param i64)))
  (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "log_info" (func $info (param i64)))
  (import "extism:host/env" "log_error" (func $log_error (param i64)))
  (import "extism:host/env" "get_log_level" (func $level (result i32)))
  (import "extism:host/env" "http_request" (func $http (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $status (result i32)))
  (import "extism:host/env" "memory_bytes" (func $memory_bytes (result i64)))"#;

const MEMORY: &str = r#"
  (memory (export "memory") 1)
  (data (i32.const 0) "key")
  (data (i32.const 16) "it went wrong")
  (data (i32.const 64) "{\"method\":\"GET\",\"headers\":{},\"url\":\"https://api.example.com:8443/v1?q=1\"}")
  (func $block (param $at i32) (param $len i32) (result i64)
    (local $new i64) (local $i i32)
    (local.set $new (call $alloc (i64.extend_i32_u (local.get $len))))
    (loop $next
      (call $store8 (i64.add (local.get $new) (i64.extend_i32_u (local.get $i)))
        (i32.load8_u (i32.add (local.get $at) (local.get $i))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $len))))
    (local.get $new))"#;

fn plugin(body: &str) -> String {
    format!("(module {KERNEL} {MEMORY} {body})")
}

fn code(sandbox: &mut Sandbox, name: &str) -> ErrorCode {
    call(sandbox, name, &[]).unwrap_err().code
}

const ECHO: &str = r#"
  (func (export "echo") (result i32)
    (call $output (call $input) (call $input_length)) (i32.const 0))
  (func (export "copy") (result i32)
    (local $new i64) (local $i i64)
    (local.set $new (call $alloc (call $input_length)))
    (block $done
      (loop $next
        (br_if $done (i64.gt_u (i64.add (local.get $i) (i64.const 8)) (call $input_length)))
        (call $store64 (i64.add (local.get $new) (local.get $i)) (call $input64 (local.get $i)))
        (local.set $i (i64.add (local.get $i) (i64.const 8)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $i) (call $input_length)))
        (call $store8 (i64.add (local.get $new) (local.get $i)) (call $input8 (local.get $i)))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (call $output (local.get $new) (call $length (local.get $new)))
    (call $free (local.get $new)) (call $free (call $input))
    (i32.const 0))
  (func (export "quiet"))"#;

#[test]
fn input_comes_back_as_it_was_given() {
    let mut sandbox = open(&plugin(ECHO), |_| {});
    for name in ["echo", "copy"] {
        let map = Value::object([("a", Value::List(vec![Value::Int(1), Value::Null])), ("b", Value::from("é"))]);
        for value in [
            Value::from("text"),
            Value::Bytes(vec![0, 159, 146, 150]),
            map,
            Value::Int(-7),
            Value::from(""),
            Value::from("seventeen letters"),
        ] {
            assert_eq!(call(&mut sandbox, name, std::slice::from_ref(&value)).unwrap(), value, "{name}");
        }
        let several = call(&mut sandbox, name, &[Value::from("a"), Value::Int(2)]).unwrap();
        assert_eq!(several, Value::List(vec![Value::from("a"), Value::Int(2)]));
        assert_eq!(call(&mut sandbox, name, &[]).unwrap(), Value::from(""));
    }
    assert_eq!(call(&mut sandbox, "quiet", &[Value::from("x")]).unwrap(), Value::from(""));
}

#[test]
fn the_output_option_overrides() {
    let mut sandbox = open(&plugin(ECHO), |_| {});
    let mut read = |format| {
        let options = CallOptions { output: Some(format), ..CallOptions::default() };
        sandbox.call("echo", &[Value::from("[1]")], &options).unwrap().value
    };
    assert_eq!(read(OutputFormat::Json), Value::List(vec![Value::Int(1)]));
    assert_eq!(read(OutputFormat::Bytes), Value::Bytes(b"[1]".to_vec()));
    assert_eq!(read(OutputFormat::String), Value::from("[1]"));
}

#[test]
fn a_mebibyte_in_and_out() {
    let mut sandbox = open(&plugin(ECHO), |_| {});
    let bytes = Value::Bytes((0..1 << 20).map(|i| i as u8).collect());
    assert_eq!(call(&mut sandbox, "copy", std::slice::from_ref(&bytes)).unwrap(), bytes);
    assert!(sandbox.memory_usage() < 200_000, "{}", sandbox.memory_usage());
    let error = call(&mut sandbox, "echo", &[Value::Bytes(vec![0; (8 << 20) + 1])]).unwrap_err();
    assert_eq!(error.code, ErrorCode::ValueLimit);
}

#[test]
fn values_that_json_cannot_say_are_refused_before_the_call() {
    let mut sandbox = open(&plugin(ECHO), |_| {});
    let error = call(&mut sandbox, "echo", &[Value::object([("f", Value::Float(f64::NAN))])]).unwrap_err();
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::InvalidArgument, &"$[0].f".into()));
    assert!(!error.details.contains_key("stateLost"));
}

const STATE: &str = r#"
  (func (export "get") (result i32)
    (local $value i64)
    (local.set $value (call $var_get (call $block (i32.const 0) (i32.const 3))))
    (call $output (local.get $value) (call $length_unsafe (local.get $value))) (i32.const 0))
  (func (export "set") (result i32)
    (call $var_set (call $block (i32.const 0) (i32.const 3)) (call $input)) (i32.const 0))
  (func (export "forget") (result i32)
    (call $var_set (call $block (i32.const 0) (i32.const 3)) (i64.const 0)) (i32.const 0))
  (func (export "config") (result i32)
    (local $value i64)
    (local.set $value (call $config (call $block (i32.const 0) (i32.const 3))))
    (call $output (local.get $value) (call $length (local.get $value))) (i32.const 0))
  (func (export "fill") (loop $again (call $var_set (call $block (i32.const 0) (i32.const 3)) (call $input)) (br $again)))
  (func (export "trap") unreachable)"#;

#[test]
fn variables_live_from_call_to_call_until_the_state_is_lost() {
    let mut sandbox = open(&plugin(STATE), |_| {});
    assert_eq!(call(&mut sandbox, "get", &[]).unwrap(), Value::from(""));
    call(&mut sandbox, "set", &[Value::from("kept")]).unwrap();
    assert_eq!(call(&mut sandbox, "get", &[]).unwrap(), Value::from("kept"));
    call(&mut sandbox, "set", &[Value::from("kept on")]).unwrap();
    assert_eq!(call(&mut sandbox, "get", &[]).unwrap(), Value::from("kept on"));
    call(&mut sandbox, "forget", &[]).unwrap();
    assert_eq!(call(&mut sandbox, "get", &[]).unwrap(), Value::from(""));
    call(&mut sandbox, "set", &[Value::from("lost")]).unwrap();
    let error = call(&mut sandbox, "trap", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["stateLost"]), (ErrorCode::GuestTrap, &true.into()));
    assert_eq!(call(&mut sandbox, "get", &[]).unwrap(), Value::from(""));
}

#[test]
fn variables_have_a_limit_of_their_own() {
    let mut sandbox = open(&plugin(STATE), |_| {});
    let error = call(&mut sandbox, "set", &[Value::Bytes(vec![1; 1 << 20])]).unwrap_err();
    assert_eq!(error.code, ErrorCode::GuestTrap);
    assert!(error.message.contains("variables"), "{}", error.message);
}

#[test]
fn configuration_is_the_hosts() {
    let given = BTreeMap::from([("key".to_owned(), "from the host".to_owned())]);
    let mut sandbox = open_with(&plugin(STATE), |_| {}, |options| options.config = given).unwrap();
    assert_eq!(call(&mut sandbox, "config", &[]).unwrap(), Value::from("from the host"));
    let mut without = open(&plugin(STATE), |_| {});
    assert_eq!(call(&mut without, "config", &[]).unwrap(), Value::from(""));
}

#[test]
fn failures_are_exceptions_with_the_plugins_own_words() {
    let mut sandbox = open(
        &plugin(
            r#"
            (func $say (call $error (call $block (i32.const 16) (i32.const 13))))
            (func (export "fails") (result i32) (call $say) (i32.const 3))
            (func (export "says") (call $say))
            (func (export "returns") (result i32) (i32.const -2))
            (func (export "traps") (call $say) unreachable)
            (func (export "takes_it_back") (call $say) (call $error (i64.const 0)))
            (func (export "works") (result i32) (i32.const 0))"#,
        ),
        |_| {},
    );
    for name in ["fails", "says"] {
        let error = call(&mut sandbox, name, &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::GuestException);
        assert_eq!(
            (&error.details["type"], &error.details["message"]),
            (&"PluginError".into(), &"it went wrong".into())
        );
        assert!(!error.details.contains_key("stateLost"), "{name}");
    }
    let error = call(&mut sandbox, "returns", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["status"]), (ErrorCode::GuestException, &(-2).into()));
    let error = call(&mut sandbox, "traps", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["message"]), (ErrorCode::GuestException, &"it went wrong".into()));
    assert_eq!(error.details["stateLost"], true);
    call(&mut sandbox, "takes_it_back", &[]).unwrap();
    call(&mut sandbox, "works", &[]).unwrap();
}

#[test]
fn logs_are_lines_on_stderr_with_their_level() {
    let text = plugin(
        r#"(func (export "log")
            (call $info (call $input)) (call $log_error (call $block (i32.const 16) (i32.const 13)))
            (call $info (i64.const 0)))
        (func (export "level") (result i64) (i64.extend_i32_s (call $level)))"#,
    );
    let mut sandbox = open(&text, |p| p.limits.output_bytes = 60);
    let result = sandbox.call("log", &[Value::from("hello")], &CallOptions::default()).unwrap();
    assert_eq!(String::from_utf8(result.stderr).unwrap(), "[info] hello\n[error] it went wrong\n[info] \n");
    assert!(result.stdout.is_empty() && !result.truncated);
    let long = sandbox.call("log", &[Value::from("x".repeat(20_000))], &CallOptions::default()).unwrap();
    assert_eq!((long.stderr.len(), long.truncated), (60, true));
    assert_eq!(call(&mut sandbox, "level", &[]).unwrap(), Value::BigInt(0.into()));
}

#[test]
fn a_log_line_reaches_the_sink_in_one_piece() {
    struct Pieces(Mutex<Vec<Vec<u8>>>);
    impl OutputSink for Pieces {
        fn write(&self, stream: Stream, bytes: &[u8]) {
            assert_eq!(stream, Stream::Stderr);
            self.0.lock().unwrap().push(bytes.to_vec());
        }
    }
    let text = plugin(r#"(func (export "log") (call $info (call $input)))"#);
    let pieces = Arc::new(Pieces(Mutex::default()));
    let sink = pieces.clone();
    let mut sandbox = open_with(&text, |_| {}, |options| options.output = Some(sink)).unwrap();
    call(&mut sandbox, "log", &[Value::from("one")]).unwrap();
    assert_eq!(*pieces.0.lock().unwrap(), [b"[info] one\n"]);
}

#[test]
fn a_request_ends_the_run_with_a_denial_that_names_its_target() {
    let text = plugin(
        r#"(func (export "get") (drop (call $http (call $block (i32.const 64) (i32.const 73)) (i64.const 0))))
        (func (export "nonsense") (drop (call $http (call $block (i32.const 0) (i32.const 3)) (i64.const 0))))
        (func (export "status") (result i64) (i64.extend_i32_u (call $status)))"#,
    );
    let mut sandbox = open(&text, |_| {});
    let error = call(&mut sandbox, "get", &[]).unwrap_err();
    assert_eq!(error.code, ErrorCode::AccessDenied);
    assert!(error.message.starts_with("Network access denied"), "{}", error.message);
    let details = ["capability", "target", "rule"].map(|key| error.details[key].as_str().unwrap().to_owned());
    assert_eq!(details, ["network_access", "api.example.com", "capabilities.network"]);
    let events = sandbox.take_audit();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].target.as_str(), events[0].outcome), ("api.example.com", AuditOutcome::Denied));
    assert_eq!(code(&mut sandbox, "nonsense"), ErrorCode::AccessDenied);
    assert_eq!(call(&mut sandbox, "status", &[]).unwrap(), Value::BigInt(0.into()));
}

#[test]
fn stray_offsets_and_lengths_end_the_run() {
    let accesses = [
        "(drop (call $load8 (i64.const 0)))",
        "(drop (call $load8 (i64.const -1)))",
        "(drop (call $load64 (i64.const -4)))",
        "(drop (call $load64 (i64.add (call $input) (i64.const 1))))",
        "(call $store8 (i64.const 0) (i32.const 1))",
        "(call $store64 (i64.const -8) (i64.const 1))",
        "(call $store64 (i64.add (call $input) (i64.const 1)) (i64.const 1))",
        "(drop (call $input8 (i64.const 8)))",
        "(drop (call $input8 (i64.const -1)))",
        "(drop (call $input64 (i64.const 1)))",
        "(drop (call $input64 (i64.const -7)))",
        "(call $output (call $input) (i64.const 9))",
        "(call $output (call $input) (i64.const -1))",
        "(call $output (i64.const -1) (i64.const 2))",
        "(call $error (i64.const 12345))",
        "(call $info (i64.const 12345))",
        "(drop (call $config (i64.const 12345)))",
        "(drop (call $var_get (i64.const -1)))",
        "(call $var_set (call $input) (i64.const 12345))",
        "(drop (call $http (i64.const 12345) (i64.const 0)))",
        "(call $free (call $input)) (drop (call $load8 (call $input)))",
    ];
    let mut body = String::new();
    for (index, access) in accesses.iter().enumerate() {
        body.push_str(&format!("(func (export \"f{index}\") {access})"));
    }
    body.push_str(
        r#"(func (export "harmless")
            (call $free (i64.const -1)) (call $free (i64.const 0)) (call $free (i64.const 17))
            (drop (call $length (i64.const -1))) (drop (call $length_unsafe (i64.const 3)))
            (call $output (i64.const -1) (i64.const 0)))"#,
    );
    let mut sandbox = open(&plugin(&body), |_| {});
    for (index, access) in accesses.iter().enumerate() {
        let error = call(&mut sandbox, &format!("f{index}"), &[Value::from("8 bytes.")]).unwrap_err();
        assert_eq!(error.code, ErrorCode::GuestTrap, "{access}: {}", error.message);
    }
    call(&mut sandbox, "harmless", &[Value::from("8 bytes.")]).unwrap();
}

#[test]
fn allocations_meet_the_meter_and_are_gone_after_the_call() {
    let text = plugin(
        r#"(func (export "many") (param $n i64) (result i64)
            (local $made i64)
            (loop $next
              (if (i64.ne (call $alloc (i64.const 1)) (i64.const 0))
                (then (local.set $made (i64.add (local.get $made) (i64.const 1)))))
              (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
            (local.get $made))
        (func (export "one") (param $n i64) (result i64) (i64.extend_i32_u (i64.ne (call $alloc (local.get $n)) (i64.const 0))))
        (func (export "hopeful") (call $store8 (call $alloc (i64.const -1)) (i32.const 1)))
        (func (export "gives_up") (result i32) (i32.wrap_i64 (i64.add (call $alloc (i64.const -1)) (i64.const 1))))"#,
    );
    let mut sandbox = open(&text, |p| p.limits = Limits { memory_bytes: 2 << 20, ..Limits::default() });
    let number = |n: i64| [Value::Int(n)];
    for _ in 0..2 {
        let made = call(&mut sandbox, "many", &number(1_000_000)).unwrap();
        let Value::BigInt(made) = made else { panic!("{made:?}") };
        let made = u64::try_from(made).unwrap();
        assert!((10_000..20_000).contains(&made), "{made}");
    }
    for hostile in [-1, i64::MIN, i64::MAX, 1 << 32, 1 << 31, (2 << 20) + 1] {
        assert_eq!(call(&mut sandbox, "one", &number(hostile)).unwrap(), Value::BigInt(0.into()), "{hostile}");
    }
    assert_eq!(call(&mut sandbox, "one", &number(1 << 20)).unwrap(), Value::BigInt(1.into()));
    for name in ["hopeful", "gives_up"] {
        let error = call(&mut sandbox, name, &[]).unwrap_err();
        assert_eq!((error.code, &error.details["field"]), (ErrorCode::MemoryLimit, &"memoryBytes".into()), "{name}");
    }
}

#[test]
fn an_input_beyond_memory_is_a_memory_limit() {
    let mut sandbox = open(&plugin(ECHO), |p| p.limits.memory_bytes = 1 << 20);
    let error = call(&mut sandbox, "echo", &[Value::Bytes(vec![0; 1 << 20])]).unwrap_err();
    assert_eq!(error.code, ErrorCode::MemoryLimit);
    assert_eq!(call(&mut sandbox, "echo", &[Value::from("ok")]).unwrap(), Value::from("ok"));
}

#[test]
fn a_plugins_language_is_initialised_once() {
    for init in [
        r#"(func (export "_initialize") (global.set $n (i64.add (global.get $n) (i64.const 1))))"#,
        r#"(func (export "__wasm_call_ctors") (global.set $n (i64.add (global.get $n) (i64.const 1))))
           (func (export "_initialize") unreachable)"#,
        r#"(func (export "hs_init") (param i32 i32) (global.set $n (i64.add (global.get $n) (i64.const 1))))"#,
    ] {
        let count = r#"(global $n (mut i64) (i64.const 0)) (func (export "count") (result i64) (global.get $n))"#;
        let mut sandbox = open(&plugin(&format!("{count} {init}")), |_| {});
        for _ in 0..2 {
            assert_eq!(call(&mut sandbox, "count", &[]).unwrap(), Value::BigInt(1.into()), "{init}");
        }
    }
}

const USER: &str = r#"
  (import "extism:host/user" "f" (func $f (param i64 f64) (result i64)))"#;

fn user_plugin() -> String {
    let call = r#"
      (func (export "ask") (result i32)
        (local $answer i64)
        (local.set $answer (call $f (call $input) (f64.const 1.5)))
        (call $output (local.get $answer) (call $length (local.get $answer))) (i32.const 0))
      (func (export "stray") (drop (call $f (i64.const 12345) (f64.const 0))))"#;
    format!("(module {KERNEL} {USER} {MEMORY} {call})")
}

fn with_function(text: &str, f: impl Fn(HostCall) -> HostReply + Send + Sync + 'static) -> Sandbox {
    open_with(text, |_| {}, |options| options.functions = Some(Functions::new("f", f))).unwrap()
}

#[test]
fn a_plugins_host_function_gets_and_gives_blocks() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let mut sandbox = with_function(&user_plugin(), move |call| {
        into.lock().unwrap().extend(call.args.clone());
        HostReply::Now(Ok(match &call.args[0] {
            Value::String(text) if text == "json" => Value::object([("n", Value::Int(1))]),
            Value::String(text) if text == "null" => Value::Null,
            other => other.clone(),
        }))
    });
    assert_eq!(call(&mut sandbox, "ask", &[Value::from("text")]).unwrap(), Value::from("text"));
    assert_eq!(*seen.lock().unwrap(), [Value::from("text"), Value::Float(1.5)]);
    let bytes = Value::Bytes(vec![255, 0]);
    assert_eq!(call(&mut sandbox, "ask", std::slice::from_ref(&bytes)).unwrap(), bytes);
    assert_eq!(call(&mut sandbox, "ask", &[Value::from("json")]).unwrap(), Value::from(r#"{"n":1}"#));
    assert_eq!(call(&mut sandbox, "ask", &[Value::from("null")]).unwrap(), Value::from(""));
    assert_eq!(call(&mut sandbox, "ask", &[]).unwrap(), Value::from(""));
    assert_eq!(code(&mut sandbox, "stray"), ErrorCode::GuestTrap);
}

#[test]
fn a_plugins_host_function_may_return_nothing_or_several() {
    let text = format!(
        r#"(module {KERNEL}
          (import "extism:host/user" "f" (func $f (param i64)))
          (import "host" "f" (func $pair (result i64 i32)))
          {MEMORY}
          (func (export "tell") (call $f (call $input)))
          (func (export "pair") (result i64) (local $b i32) (local.set $b) (call $pair) (local.set $b) (i64.add (i64.extend_i32_s (local.get $b)))))"#,
    );
    let text = text.replace("(local $b i32) (local.set $b) (call $pair)", "(local $b i32) (call $pair)");
    let text = text.replace("(i64.add (i64.extend_i32_s (local.get $b)))", "(i64.extend_i32_s (local.get $b)) i64.add");
    let mut sandbox = with_function(&text, |call| {
        HostReply::Now(Ok(match call.args.len() {
            1 => Value::from("ignored"),
            _ => Value::List(vec![Value::BigInt(40.into()), Value::Int(2)]),
        }))
    });
    call(&mut sandbox, "tell", &[Value::from("x")]).unwrap();
    assert_eq!(call(&mut sandbox, "pair", &[]).unwrap(), Value::BigInt(42.into()));
}

#[test]
fn a_host_functions_failure_ends_the_run_and_says_whose_it_was() {
    let mut sandbox = with_function(&user_plugin(), |call| {
        HostReply::Now(match call.args[0].as_str() {
            Some("throws") => {
                Err(HostError { kind: "KeyError".into(), message: "no such key".into(), ..HostError::default() })
            }
            _ => Ok(Value::Float(f64::INFINITY)),
        })
    });
    let error = call(&mut sandbox, "ask", &[Value::from("throws")]).unwrap_err();
    assert_eq!(error.code, ErrorCode::HostFunctionFailed);
    let details = ["function", "type", "message"].map(|key| error.details[key].as_str().unwrap().to_owned());
    assert_eq!(details, ["f", "KeyError", "no such key"]);
    let error = call(&mut sandbox, "ask", &[Value::from("unsayable")]).unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::HostFunctionFailed, &"TypeError".into()));
}

#[test]
fn arguments_of_a_host_function_share_one_limit() {
    let params = "i64 ".repeat(20);
    let args = "(call $input) ".repeat(20);
    let text = format!(
        r#"(module {KERNEL} (import "extism:host/user" "f" (func $f (param {params}))) {MEMORY}
          (func (export "flood") (call $f {args})))"#,
    );
    let mut sandbox = with_function(&text, |_| HostReply::Now(Ok(Value::Null)));
    call(&mut sandbox, "flood", &[Value::Bytes(vec![0; 1000])]).unwrap();
    let error = call(&mut sandbox, "flood", &[Value::Bytes(vec![0; 1 << 20])]).unwrap_err();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::ValueLimit, &"valueBytes".into()));
}

const PLAIN: &str = r#"(module
  (import "host" "f" (func $f (param i32 i64 f32 f64) (result f64)))
  (func (export "go") (param i32 i64 f32 f64) (result f64)
    (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3))))"#;

#[test]
fn a_plain_modules_host_function_gets_and_gives_numbers() {
    let mut sandbox = with_function(PLAIN, |call| {
        let expected = [Value::Int(-1), Value::BigInt((1_i64 << 60).into()), Value::Float(0.5), Value::Float(2.0)];
        assert_eq!((call.name.as_str(), call.args.as_slice()), ("f", &expected[..]));
        HostReply::Now(Ok(Value::Int(7)))
    });
    let args = [Value::Int(-1), Value::Int(1 << 60), Value::Float(0.5), Value::Int(2)];
    assert_eq!(call(&mut sandbox, "go", &args).unwrap(), Value::Float(7.0));
    let mut wrong = with_function(PLAIN, |_| HostReply::Now(Ok(Value::from("seven"))));
    let error = call(&mut wrong, "go", &args).unwrap_err();
    assert_eq!((error.code, &error.details["type"]), (ErrorCode::HostFunctionFailed, &"TypeError".into()));
    assert_eq!(error.message, "Host function failed: `f` threw TypeError: $: string given, number wanted");
}

#[test]
fn a_host_function_that_the_policy_does_not_list_is_denied_at_the_call() {
    let text = r#"(module (import "env" "f" (func $f)) (func (export "go") (call $f)) (func (export "ok")))"#;
    let mut sandbox = open_with(
        text,
        |policy| policy.capabilities.host_functions = Some(vec!["g".into()]),
        |options| options.functions = Some(Functions::new("f", |_| HostReply::Now(Ok(Value::Null)))),
    )
    .unwrap();
    call(&mut sandbox, "ok", &[]).unwrap();
    let error = call(&mut sandbox, "go", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["target"]), (ErrorCode::AccessDenied, &"f".into()));
}

#[test]
fn the_hosts_own_function_wins_over_ours() {
    let text = r#"(module (import "env" "time" (func $t (result i64))) (func (export "now") (result i64) (call $t)))"#;
    let functions = Functions::new("time", |_| HostReply::Now(Ok(Value::Int(5))));
    let mut sandbox = open_with(text, |_| {}, |options| options.functions = Some(functions)).unwrap();
    assert_eq!(call(&mut sandbox, "now", &[]).unwrap(), Value::BigInt(5.into()));
}

#[test]
fn an_import_that_nobody_gives_is_an_invalid_module_that_says_what_there_is() {
    for (text, import) in [
        (r#"(module (import "env" "nope" (func)))"#, "env.nope"),
        (r#"(module (import "other" "thing" (func)))"#, "other.thing"),
        (r#"(module (import "extism:host/user" "mine" (func (param i64))))"#, "extism:host/user.mine"),
        (r#"(module (import "env" "time" (func (result i32))))"#, "env.time"),
        (r#"(module (import "env" "memory" (memory 1)))"#, "env.memory"),
    ] {
        let error = open_with(text, |_| {}, |_| {}).err().unwrap();
        assert_eq!((error.code, &error.details["import"]), (ErrorCode::InvalidModule, &import.into()));
        assert!(error.message.contains("host functions"), "{}", error.message);
    }
    let vector = r#"(module (import "env" "f" (func (param v128))))"#;
    let functions = Functions::new("f", |_| HostReply::Now(Ok(Value::Null)));
    let error = open_with(vector, |_| {}, |options| options.functions = Some(functions)).err().unwrap();
    assert_eq!((error.code, &error.details["import"]), (ErrorCode::InvalidModule, &"env.f".into()));
}

const ENV: &str = r#"(module
  (import "env" "log" (func $log (param i32 i32)))
  (import "env" "time" (func $time (result i64)))
  (import "env" "random" (func $random (result i32)))
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello")
  (data (i32.const 16) "\0a\00\00\00b\00a\00d\00!\00\00\d8")
  (data (i32.const 48) "\08\00\00\00f\00.\00t\00s\00")
  (func (export "log") (param i32 i32) (call $log (local.get 0) (local.get 1)))
  (func (export "time") (result i64) (call $time))
  (func (export "random") (result i32) (call $random))
  (func (export "draw") (loop $again (drop (call $random)) (br $again)))
  (func (export "abort") (param i32 i32) (call $abort (local.get 0) (local.get 1) (i32.const 3) (i32.const 4))))"#;

#[test]
fn plain_log_writes_lines_and_ignores_what_is_no_text() {
    let mut sandbox = open(ENV, |_| {});
    let mut log = |ptr: i64, len: i64| {
        let args = [Value::Int(ptr), Value::Int(len)];
        let result = sandbox.call("log", &args, &CallOptions::default()).unwrap();
        (result.stderr, result.truncated)
    };
    assert_eq!(log(0, 5), (b"hello\n".to_vec(), false));
    for (ptr, len) in [(0, 0), (65_536, 1), (1, 65_536), (-1, -1), (0, -1), (-5, 5)] {
        assert_eq!(log(ptr, len), (Vec::new(), false), "{ptr} {len}");
    }
    assert!(log(0, 65_536).0.len() == 65_537);
    let mut small = open(ENV, |p| p.limits.output_bytes = 3);
    let result = small.call("log", &[Value::Int(0), Value::Int(5)], &CallOptions::default()).unwrap();
    assert_eq!((result.stderr.as_slice(), result.truncated), (&b"hel"[..], true));
}

#[test]
fn plain_time_is_the_policys_clock() {
    let mut sandbox = open(ENV, |_| {});
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let Value::BigInt(shown) = call(&mut sandbox, "time", &[]).unwrap() else { panic!("no integer") };
    let shown = u64::try_from(shown).unwrap();
    assert!(shown.abs_diff(now) <= 2, "{shown} {now}");
    let mut frozen = open(ENV, |p| p.capabilities.clock = Clock::Frozen("2026-01-01T00:00:00Z".into()));
    assert_eq!(call(&mut frozen, "time", &[]).unwrap(), Value::BigInt(1_767_225_600.into()));
}

#[test]
fn plain_random_is_never_negative_counted_and_reproducible_from_a_seed() {
    let draw = |sandbox: &mut Sandbox| -> Vec<i64> {
        let one = |_| match call(sandbox, "random", &[]).unwrap() {
            Value::Int(n) => n,
            other => panic!("{other:?}"),
        };
        (0..50).map(one).collect()
    };
    let secure = draw(&mut open(ENV, |_| {}));
    assert!(secure.iter().all(|n| *n >= 0));
    assert_ne!(secure, draw(&mut open(ENV, |_| {})));
    let seeded = || open(ENV, |p| p.capabilities.random = Random::Seed(7));
    assert_eq!(draw(&mut seeded()), draw(&mut seeded()));
    let mut limited = open(ENV, |p| p.limits.random_bytes = 400);
    let error = call(&mut limited, "draw", &[]).unwrap_err();
    assert_eq!(
        (error.code, &error.details["field"], &error.details["used"]),
        (ErrorCode::HostCallLimit, &"randomBytes".into(), &404.into())
    );
}

#[test]
fn abort_ends_the_run_with_its_message() {
    let mut sandbox = open(ENV, |_| {});
    let mut abort = |message: i64, file: i64| {
        let error = call(&mut sandbox, "abort", &[Value::Int(message), Value::Int(file)]).unwrap_err();
        assert_eq!(error.code, ErrorCode::GuestTrap);
        error.details["trap"].as_str().unwrap().to_owned()
    };
    assert_eq!(abort(20, 52), "abort: bad!\u{fffd} at f.ts:3:4");
    assert_eq!(abort(20, 0), "abort: bad!\u{fffd}");
    // Pointers to nowhere, and a length that leaves memory.
    for hostile in [0, 3, 65_534, 65_536, -1, -4] {
        assert_eq!(abort(hostile, hostile), "abort: ", "{hostile}");
    }
}
