//! A handler of faults that somebody installs after the first sandbox does not take guests' faults for crashes. A binary
//! of its own, because it changes the process.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use wasm_sandbox_core::policy::{ErrorCode, Policy, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, Language, PackLocation, Run, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source,
};

static SEEN: AtomicU32 = AtomicU32::new(0);

/// As a crash reporter: it ends the process.
extern "C" fn reporter(_: c_int) {
    SEEN.fetch_add(1, SeqCst);
    std::process::abort();
}

fn runtime() -> Runtime {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs");
    Runtime::new(RuntimeOptions { packs: PackLocation::Folder(packs), cache_dir: None }).unwrap()
}

fn session(runtime: &Runtime, wall_ms: u64) -> Sandbox {
    let mut policy = Policy::default();
    policy.limits.wall_time_ms = Some(wall_ms);
    let options = SandboxOptions::new(Source::Language(Language::JavaScript), policy);
    Sandbox::open(runtime, options, &CancelToken::default()).unwrap()
}

fn run(sandbox: &mut Sandbox, code: &str) -> Result<Value, ErrorCode> {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    sandbox.run(run, &CallOptions::default()).map(|result| result.value).map_err(|error| error.code)
}

fn install() {
    // SAFETY: a handler of this test's, for a process of its own.
    unsafe { libc::signal(libc::SIGSEGV, reporter as extern "C" fn(c_int) as libc::sighandler_t) };
}

#[test]
fn limits_and_traps_hold_behind_a_handler_that_came_later() {
    let runtime = runtime();
    let mut before = session(&runtime, 50);
    assert_eq!(run(&mut before, "1 + 1"), Ok(Value::Int(2)));
    install();
    // Opened before the handler came, and stopped by a fault.
    assert_eq!(run(&mut before, "for (;;);"), Err(ErrorCode::WallTimeout));
    install();
    let mut after = session(&runtime, 50);
    assert_eq!(run(&mut after, "1 + 1"), Ok(Value::Int(2)));
    assert_eq!(run(&mut after, "for (;;);"), Err(ErrorCode::WallTimeout));
    install();
    let wasm = wat::parse_str("(module (memory 1) (func (export \"f\") (drop (i32.load (i32.const 0x7fffffff)))))");
    let source = Source::Wasm(wasm.unwrap().into());
    let options = SandboxOptions::new(source, Policy::default());
    let mut module = Sandbox::open(&runtime, options, &CancelToken::default()).unwrap();
    let trapped = module.call("f", &[], &CallOptions::default()).map(|_| ()).map_err(|error| error.code);
    assert_eq!(trapped, Err(ErrorCode::GuestTrap));
    assert_eq!(SEEN.load(SeqCst), 0);
}
