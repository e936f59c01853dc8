//! A program's first thread, whose stack grows as it is used, has room for calls. A test program without a harness,
//! because a harness gives every test a thread of its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use wasm_sandbox_core::policy::{Policy, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, PackLocation, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source,
};

fn main() {
    let left = wasm_sandbox_core::remaining_stack();
    // Windows gives a program of its own 1 MiB, others 8: a call takes less than either of what they say.
    let least = if cfg!(windows) { 512 << 10 } else { 2 << 20 };
    assert!(left.is_none_or(|left| left > least), "{left:?}");
    if cfg!(windows) {
        return;
    }
    let runtime = Runtime::new(RuntimeOptions { packs: PackLocation::Absent, cache_dir: None }).unwrap();
    // As deep as the guest may go, so that the stack is there and not only said to be.
    let deep = "(module (func $f (export \"f\") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0)))))";
    let options = SandboxOptions::new(Source::Wasm(wat::parse_str(deep).unwrap().into()), Policy::default());
    let mut sandbox = Sandbox::open(&runtime, options, &CancelToken::default()).unwrap();
    let result = sandbox.call("f", &[Value::Int(5_000)], &CallOptions::default()).unwrap();
    assert_eq!(result.value, Value::Int(5_000));
}
