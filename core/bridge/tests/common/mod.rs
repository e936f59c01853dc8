//! What the bridge's tests share: guests in WAT, a host made of closures, and waiting for completions.
//!
//! Holds no assertions; each test file uses a part of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(dead_code)]

pub mod pools;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasm_sandbox_bridge::policy::{AuditEvent, Error, Result, Value};
use wasm_sandbox_bridge::{
    Bridge, BridgeOptions, Call, CallSettings, Handle, Host, HostCall, HostReply, OpenRequest, Stream, Within, ops,
};

/// Adds, sleeps by looping, recurses, keeps a counter, calls the host.
pub const GUEST: &str = r#"(module
  (import "env" "ask" (func $ask (param i32) (result i32)))
  (global $n (mut i32) (i32.const 0))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "count") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func (export "loop") (loop (br 0)))
  (func (export "work") (param i32) (result i32)
    (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (local.get 0))
  (func (export "trap") unreachable)
  (func (export "ask") (param i32) (result i32) (call $ask (local.get 0))))"#;

type Function = Box<dyn Fn(HostCall) -> HostReply + Send + Sync>;

#[derive(Default)]
pub struct Closures {
    pub functions: HashMap<String, Function>,
    pub written: Mutex<Vec<u8>>,
}

impl Closures {
    pub fn with(name: &str, function: impl Fn(HostCall) -> HostReply + Send + Sync + 'static) -> Closures {
        Closures {
            functions: HashMap::from([(name.to_owned(), Box::new(function) as Function)]),
            ..Closures::default()
        }
    }
}

impl Host for Closures {
    fn names(&self) -> Vec<String> {
        self.functions.keys().cloned().collect()
    }
    fn call(&self, call: HostCall, _: Within) -> HostReply {
        self.functions[&call.name](call)
    }
    fn output(&self, _: u64, _: Stream, bytes: &[u8]) {
        self.written.lock().unwrap().extend_from_slice(bytes);
    }
    fn audit(&self, _: u64, _: &AuditEvent) {}
    fn wants_output(&self) -> bool {
        true
    }
    fn wants_audit(&self) -> bool {
        false
    }
}

/// A host whose `ask` adds one.
pub fn adder() -> Closures {
    Closures::with("ask", |call| HostReply::Now(Ok(Value::Int(int(&call.args[0]) + 1))))
}

pub fn int(value: &Value) -> i64 {
    match value {
        Value::Int(n) => *n,
        other => panic!("an integer was expected: {other:?}"),
    }
}

pub fn bridge(options: BridgeOptions) -> Bridge {
    Bridge::new(BridgeOptions { cache_dir: Some(None), ..options }).unwrap()
}

pub fn request(limits: &str) -> OpenRequest {
    request_under(&format!(r#"{{"limits":{limits}}}"#))
}

pub fn request_under(policy: &str) -> OpenRequest {
    let policy = Value::from_json_plain(&serde_json::from_str(policy).unwrap()).unwrap();
    ops::request(None, Value::object([("policy", policy)])).unwrap()
}

pub fn open_with(bridge: &Bridge, limits: &str, host: Closures) -> Result<Handle> {
    let source = wat::parse_str(GUEST).unwrap();
    bridge.open_now(request(limits), Some(source), Default::default(), Some(Arc::new(host)))
}

pub fn open(bridge: &Bridge) -> Handle {
    open_with(bridge, "{}", adder()).unwrap()
}

pub fn call(function: &str, args: &[i64]) -> Call {
    Call { function: function.to_owned(), args: args.iter().map(|n| Value::Int(*n)).collect() }
}

/// Starts a call; the receiver gets its value.
pub fn start(handle: &Handle, function: &str, args: &[i64], token: u32) -> Receiver<Result<Value>> {
    let (done, outcome) = channel();
    handle.call(call(function, args), CallSettings::default(), token, move |result| {
        let _ = done.send(result.map(|result| result.value));
    });
    outcome
}

pub fn finish<T>(outcome: &Receiver<T>) -> T {
    outcome.recv_timeout(Duration::from_secs(60)).expect("no completion within a minute")
}

pub fn dispose(handle: &Handle) -> Receiver<()> {
    let (done, closed) = channel();
    handle.dispose(move || {
        let _ = done.send(());
    });
    closed
}

pub fn code(error: Error) -> &'static str {
    error.code.as_str()
}
