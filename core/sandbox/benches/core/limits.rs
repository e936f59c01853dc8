//! From limit to return: by how much runs outlast a limit of 20 ms on elapsed time, at most one run per core.

use super::Bench;
use super::table::overshoot;
use std::sync::Arc;
use std::time::Instant;
use wasm_sandbox_core::policy::{ErrorCode, Policy, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, HostCall, HostFunctions, HostReply, Reply, Sandbox, SandboxOptions, Source,
};

const LIMIT_MS: u64 = 20;
const RUNS: usize = 200;

const LOOP: &str = r#"(module (func (export "go") (loop $again br $again)))"#;
const START: &str = r#"(module (func $forever (loop $again br $again)) (start $forever) (func (export "go")))"#;
const SLEEP: &str = r#"(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; one subscription: a relative monotonic clock, an hour away
  (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\00\80\ca\39\76\34\00\00")
  (func (export "go") i32.const 0 i32.const 64 i32.const 1 i32.const 128 call $poll drop))"#;
const HOST: &str = r#"(module (import "env" "never" (func $never)) (func (export "go") call $never))"#;

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    println!("\nfrom a limit of {LIMIT_MS} ms to the error's return, beyond the limit");
    for (name, text) in
        [("endless loop", LOOP), ("sleep of an hour", SLEEP), ("host function that never answers", HOST)]
    {
        let mut sandbox = open(&runtime, text).expect("a sandbox");
        let over = (0..RUNS).map(|_| beyond(|| sandbox.call("go", &[], &CallOptions::default()).map(drop)));
        overshoot(name, 5.0, over.collect());
    }
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let over = std::thread::scope(|scope| {
        let one = || {
            let mut sandbox = open(&runtime, LOOP).expect("a sandbox");
            (0..RUNS / cores).map(|_| beyond(|| sandbox.call("go", &[], &CallOptions::default()).map(drop))).collect()
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(one)).collect();
        threads.into_iter().flat_map(|thread| -> Vec<f64> { thread.join().expect("no panics") }).collect()
    });
    overshoot("endless loop, one on each core", 5.0, over);
    let over = (0..RUNS).map(|_| beyond(|| open(&runtime, START).map(drop)));
    overshoot("endless loop in the start function", 5.0, over.collect());
}

/// Milliseconds by which `run` outlasts the limit.
fn beyond(run: impl FnOnce() -> Result<(), wasm_sandbox_core::policy::Error>) -> f64 {
    let start = Instant::now();
    let error = run().expect_err("a run that ends by its limit");
    assert_eq!(error.code, ErrorCode::WallTimeout);
    start.elapsed().as_secs_f64() * 1e3 - LIMIT_MS as f64
}

fn open(runtime: &wasm_sandbox_core::Runtime, text: &str) -> Result<Sandbox, wasm_sandbox_core::policy::Error> {
    let mut policy = Policy::default();
    policy.limits.wall_time_ms = Some(LIMIT_MS);
    let wasm = wat::parse_str(text).expect("valid text");
    let functions = Arc::new(Never::default());
    let options =
        SandboxOptions { functions: Some(functions), ..SandboxOptions::new(Source::Wasm(wasm.into()), policy) };
    Sandbox::open(runtime, options, &CancelToken::default())
}

/// A host function that keeps its callers waiting.
#[derive(Default)]
struct Never(std::sync::Mutex<Vec<Reply>>);

impl HostFunctions for Never {
    fn names(&self) -> Vec<String> {
        vec!["never".to_owned()]
    }

    fn call(&self, call: HostCall) -> HostReply {
        let _: &[Value] = &call.args;
        self.0.lock().expect("no panics").push(call.reply);
        HostReply::Later
    }
}
