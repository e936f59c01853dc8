//! Limits and what they do to the sandbox, through the public API: time, memory, stack, fuel, output, state.

mod common;

use common::{Functions, call, open, open_with, policy, runtime};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};
use wasm_sandbox_core::policy::{ErrorCode, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, HostCall, HostReply, Run};

const LOOP: &str =
    r#"(module (func (export "spin") (loop $again br $again)) (func (export "one") (result i32) i32.const 1))"#;

#[test]
fn a_loop_ends_at_its_wall_limit_and_the_next_call_works() {
    let mut sandbox = open(LOOP, |p| p.limits.wall_time_ms = Some(50));
    let start = Instant::now();
    let error = call(&mut sandbox, "spin", &[]).unwrap_err();
    assert!(start.elapsed() >= Duration::from_millis(50) && start.elapsed() < Duration::from_millis(1500));
    assert_eq!(error.code, ErrorCode::WallTimeout);
    assert!(error.message.starts_with("Wall timeout exceeded"), "{}", error.message);
    assert_eq!((&error.details["field"], &error.details["limit"]), (&"wallTimeMs".into(), &50.into()));
    assert_eq!(error.details["stateLost"], true);
    assert_eq!(call(&mut sandbox, "one", &[]).unwrap(), Value::Int(1));
}

#[test]
fn a_loop_ends_at_its_cpu_limit() {
    let mut sandbox = open(LOOP, |p| p.limits.cpu_time_ms = Some(60));
    let error = call(&mut sandbox, "spin", &[]).unwrap_err();
    assert_eq!(error.code, ErrorCode::CpuTimeout);
    assert!(error.result.unwrap().usage.cpu_time_ms >= 60);
}

#[test]
fn sleeping_costs_no_cpu_time() {
    const SLEEP: &str = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 16) "\01\00\00\00") (data (i32.const 24) "\00\a3\e1\11\00\00\00\00")
      (func (export "nap") (result i32) i32.const 0 i32.const 64 i32.const 1 i32.const 128 call $poll))"#;
    let mut sandbox = open(SLEEP, |p| p.limits.cpu_time_ms = Some(100));
    let result = sandbox.call("nap", &[], &CallOptions::default()).unwrap();
    assert_eq!(result.value, Value::Int(0));
    assert!(result.usage.wall_time_ms >= 300, "{:?}", result.usage);
    assert!(result.usage.cpu_time_ms < 100, "{:?}", result.usage);
}

#[test]
fn a_loop_in_the_start_function_ends_too() {
    let text = r#"(module (func $forever (loop $again br $again)) (start $forever))"#;
    let error = open_with(text, |p| p.limits.wall_time_ms = Some(50), |_| {}).err().unwrap();
    assert_eq!(error.code, ErrorCode::WallTimeout);
}

#[test]
fn sixty_four_loops_each_get_their_whole_second_and_one_is_cancelled() {
    let runtime = runtime();
    let (barrier, doomed) = (Arc::new(Barrier::new(64)), CancelToken::default());
    let threads: Vec<_> = (0..64)
        .map(|i| {
            let (runtime, barrier) = (runtime.clone(), barrier.clone());
            let cancel = if i == 7 { doomed.clone() } else { CancelToken::default() };
            std::thread::spawn(move || {
                let mut sandbox =
                    common::open_in(&runtime, LOOP, |p| p.limits.wall_time_ms = Some(1000), |_| {}).unwrap();
                barrier.wait();
                let start = Instant::now();
                let error = sandbox.call("spin", &[], &CallOptions { cancel, ..CallOptions::default() }).unwrap_err();
                (i, error.code, start.elapsed())
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(400));
    doomed.cancel();
    for thread in threads {
        match thread.join().unwrap() {
            (7, code, _) => assert_eq!(code, ErrorCode::Cancelled),
            (i, code, took) => {
                assert_eq!(code, ErrorCode::WallTimeout, "{i}");
                assert!(took >= Duration::from_millis(1000), "{i} ended after {took:?}");
            }
        }
    }
}

#[test]
fn a_host_function_that_never_answers_ends_at_the_limit_and_at_a_cancel() {
    let text = r#"(module (import "env" "wait" (func $wait)) (func (export "go") call $wait))"#;
    let never = Functions::new("wait", |call: HostCall| {
        std::mem::forget(call.reply);
        HostReply::Later
    });
    let mut sandbox =
        open_with(text, |p| p.limits.wall_time_ms = Some(80), |o| o.functions = Some(never.clone())).unwrap();
    assert_eq!(call(&mut sandbox, "go", &[]).unwrap_err().code, ErrorCode::WallTimeout);
    let mut sandbox =
        open_with(text, |p| p.limits.host_call_time_ms = Some(40), |o| o.functions = Some(never.clone())).unwrap();
    let error = call(&mut sandbox, "go", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::HostCallLimit, &"hostCallTimeMs".into()));
    let mut sandbox = open_with(text, |_| {}, |o| o.functions = Some(never)).unwrap();
    let cancel = CancelToken::default();
    let later = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        later.cancel();
    });
    let start = Instant::now();
    let error = sandbox.call("go", &[], &CallOptions { cancel, ..CallOptions::default() }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn cancelling_before_it_begins_and_after_it_ended() {
    let mut sandbox = open(LOOP, |_| {});
    let cancel = CancelToken::default();
    cancel.cancel();
    let error = sandbox.call("spin", &[], &CallOptions { cancel, ..CallOptions::default() }).unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
    let cancel = CancelToken::default();
    sandbox.call("one", &[], &CallOptions { cancel: cancel.clone(), ..CallOptions::default() }).unwrap();
    cancel.cancel();
    assert_eq!(call(&mut sandbox, "one", &[]).unwrap(), Value::Int(1));
}

#[test]
fn eight_memories_hold_no_more_than_the_cap_together() {
    let memories: String = (0..8).map(|i| format!("(memory $m{i} 1)")).collect();
    let grows: String = (0..8).map(|i| format!("(drop (memory.grow $m{i} (i32.const 1)))")).collect();
    let sizes: String = (0..8).map(|i| format!("(memory.size $m{i}) {}", if i > 0 { "i32.add" } else { "" })).collect();
    let text = format!(
        r#"(module {memories} (func (export "grow") (result i32) (local $n i32)
             (loop $again {grows} (local.set $n (i32.add (local.get $n) (i32.const 1))) (br_if $again (i32.lt_u (local.get $n) (i32.const 200))))
             {sizes}))"#
    );
    let mut sandbox = open(&text, |p| {
        p.limits.memories = 8;
        p.limits.memory_bytes = 4 << 20;
    });
    assert_eq!(call(&mut sandbox, "grow", &[]).unwrap(), Value::Int(64));
    assert!(sandbox.memory_usage() <= 4 << 20);
    let error = open_with(&text, |_| {}, |_| {}).err().unwrap();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::MemoryLimit, &"memories".into()));
}

#[test]
fn a_refused_grow_is_minus_one_and_a_guest_that_then_fails_has_hit_the_memory_limit() {
    let text = r#"(module (memory (export "memory") 1)
      (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
      (func (export "grow_or_die") local.get_dummy))"#;
    let text = text
        .replace("local.get_dummy", "(if (i32.eq (memory.grow (i32.const 30000)) (i32.const -1)) (then unreachable))");
    let mut sandbox = open(&text, |p| p.limits.memory_bytes = 1 << 20);
    assert_eq!(call(&mut sandbox, "grow", &[Value::Int(100)]).unwrap(), Value::Int(-1));
    assert_eq!(call(&mut sandbox, "grow", &[Value::Int(15)]).unwrap(), Value::Int(1));
    let error = call(&mut sandbox, "grow_or_die", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::MemoryLimit, &"memoryBytes".into()));
    assert!(error.message.starts_with("Memory limit exceeded"));
}

#[test]
fn recursion_fuel_and_traps_have_their_codes() {
    let mut sandbox = open(r#"(module (func $f (export "f") call $f) (func (export "trap") unreachable))"#, |_| {});
    for _ in 0..1000 {
        assert_eq!(call(&mut sandbox, "f", &[]).unwrap_err().code, ErrorCode::StackOverflow);
    }
    let error = call(&mut sandbox, "trap", &[]).unwrap_err();
    assert_eq!(error.code, ErrorCode::GuestTrap);
    assert!(error.details["trap"].as_str().unwrap().contains("unreachable"));
    let mut sandbox = open(LOOP, |p| p.limits.fuel = Some(10_000));
    let error = call(&mut sandbox, "spin", &[]).unwrap_err();
    assert_eq!((error.code, &error.details["limit"]), (ErrorCode::FuelExhausted, &10_000.into()));
    assert_eq!(sandbox.call("one", &[], &CallOptions::default()).unwrap().usage.fuel_consumed, Some(2));
}

#[test]
fn an_output_flood_is_cut_and_costs_no_memory() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\10\00\00\00\00\80\00\00")
      (func (export "_start") (local $n i32)
        (loop $again
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $n) (i32.const 10000))))))"#;
    let mut sandbox = open(text, |p| p.limits.output_bytes = 100_000);
    let result = sandbox.run(Run::default(), &CallOptions::default()).unwrap();
    assert!(result.truncated && result.stdout.len() == 100_000);
    assert_eq!(result.usage.output_bytes, 10_000 * 0x8000);
    assert!(result.usage.peak_memory_bytes < 1 << 20);
    let mut sandbox = open(text, |p| {
        p.limits.output_bytes = 100_000;
        p.limits.on_output_limit = wasm_sandbox_core::policy::OutputLimitAction::Fail;
    });
    let error = sandbox.run(Run::default(), &CallOptions::default()).unwrap_err();
    assert_eq!(error.code, ErrorCode::OutputLimit);
    assert_eq!(error.result.unwrap().stdout.len(), 100_000);
}

#[test]
fn a_panic_in_a_host_function_closes_that_sandbox_alone() {
    let text = r#"(module (import "env" "bad" (func $bad)) (func (export "go") call $bad) (func (export "one") (result i32) i32.const 1))"#;
    let bad = Functions::new("bad", |_: HostCall| panic!("a fault in the host's own code"));
    let mut sandbox = open_with(text, |_| {}, |o| o.functions = Some(bad)).unwrap();
    assert_eq!(call(&mut sandbox, "go", &[]).unwrap_err().code, ErrorCode::Internal);
    assert_eq!(call(&mut sandbox, "one", &[]).unwrap_err().code, ErrorCode::Closed);
    assert_eq!(sandbox.reset(&CancelToken::default()).unwrap_err().code, ErrorCode::Closed);
    let mut other = open(LOOP, |_| {});
    assert_eq!(call(&mut other, "one", &[]).unwrap(), Value::Int(1));
}

#[test]
fn prepared_calls_survive_a_trap_and_keep_their_limits() {
    let text = r#"(module (global $n (mut i32) (i32.const 0))
      (func (export "next") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then unreachable))
        (global.set $n (i32.add (global.get $n) (local.get 0))) (global.get $n))
      (func (export "spin") (param i64) (loop $again br $again)))"#;
    let mut sandbox = open(text, |p| p.limits.wall_time_ms = Some(60));
    let mut next = sandbox.prepare("next").unwrap();
    let mut spin = sandbox.prepare("spin").unwrap();
    let mut slots = [0; 16];
    let mut go = |sandbox: &mut wasm_sandbox_core::Sandbox, by: u64| {
        slots[0] = by;
        sandbox.call_prepared(&mut next, &mut slots).map(|()| slots[0])
    };
    assert_eq!((go(&mut sandbox, 2).unwrap(), go(&mut sandbox, 3).unwrap()), (2, 5));
    let error = go(&mut sandbox, 0).unwrap_err();
    assert_eq!((error.code, &error.details["stateLost"]), (ErrorCode::GuestTrap, &true.into()));
    assert_eq!(go(&mut sandbox, 7).unwrap(), 7);
    assert_eq!(sandbox.call_prepared(&mut spin, &mut [0; 16]).unwrap_err().code, ErrorCode::WallTimeout);
    assert_eq!(go(&mut sandbox, 1).unwrap(), 1);
    assert_eq!(sandbox.stats().function_calls, 6);
    let _ = policy();
}
