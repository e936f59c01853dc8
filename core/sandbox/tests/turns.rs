//! Guests of many threads share the cores: no more run at once, all get on, none waits for itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Functions, call, open_in, runtime};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use wasm_sandbox_core::policy::{ErrorCode, Policy, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, HostCall, HostReply, taking_turns};

const ASK: &str = r#"(module (import "env" "ask" (func $ask)) (func (export "go") call $ask))"#;
const LOOP: &str = r#"(module (func (export "spin") (loop $again br $again)) (func (export "nothing")))"#;

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[test]
fn a_host_function_that_takes_its_time_keeps_no_guest_from_running() {
    let (runtime, now, most) = (runtime(), AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let (seen, guests) = (most.clone(), cores() * 3);
    // Each waits until all are there.
    let ask = Functions::new("ask", move |_: HostCall| {
        seen.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
        while seen.load(SeqCst) < guests {
            std::thread::sleep(Duration::from_millis(1));
        }
        HostReply::Now(Ok(Value::Null))
    });
    std::thread::scope(|scope| {
        for _ in 0..guests {
            scope.spawn(|| {
                let mut sandbox = open_in(&runtime, ASK, |_| {}, |o| o.functions = Some(ask.clone())).unwrap();
                taking_turns(|| call(&mut sandbox, "go", &[])).unwrap();
            });
        }
    });
    assert_eq!(most.load(SeqCst), guests);
}

#[test]
fn loops_take_turns_and_let_short_calls_through() {
    let runtime = runtime();
    std::thread::scope(|scope| {
        let stops: Vec<_> = (0..cores() * 3).map(|_| CancelToken::default()).collect();
        let hog = |stop: &CancelToken| {
            let (runtime, options) = (&runtime, CallOptions { cancel: stop.clone(), ..CallOptions::default() });
            scope.spawn(move || {
                let limits = |p: &mut Policy| (p.limits.wall_time_ms, p.limits.cpu_time_ms) = (Some(60_000), None);
                let mut hog = open_in(runtime, LOOP, limits, |_| {}).unwrap();
                taking_turns(|| hog.call("spin", &[], &options)).unwrap_err().code
            })
        };
        let hogs: Vec<_> = stops.iter().map(hog).collect();
        std::thread::sleep(Duration::from_millis(100));
        let mut short = open_in(&runtime, LOOP, |_| {}, |_| {}).unwrap();
        for _ in 0..10 {
            taking_turns(|| call(&mut short, "nothing", &[])).unwrap();
        }
        assert!(hogs.iter().all(|hog| !hog.is_finished()));
        stops.iter().for_each(CancelToken::cancel);
        hogs.into_iter().for_each(|hog| assert_eq!(hog.join().unwrap(), ErrorCode::Cancelled));
    });
}

#[test]
fn a_run_within_a_run_does_not_wait_for_its_own_turn() {
    let runtime = Arc::new(runtime());
    let inner = runtime.clone();
    let ask = Functions::new("ask", move |_: HostCall| {
        let mut nested = open_in(&inner, LOOP, |p| p.limits.wall_time_ms = Some(5_000), |_| {}).unwrap();
        HostReply::Now(call(&mut nested, "nothing", &[]).map_err(|error| panic!("{}", error.message)))
    });
    std::thread::scope(|scope| {
        for _ in 0..cores() * 2 {
            scope.spawn(|| {
                let mut sandbox = open_in(&runtime, ASK, |_| {}, |o| o.functions = Some(ask.clone())).unwrap();
                taking_turns(|| (0..20).for_each(|_| drop(call(&mut sandbox, "go", &[]).unwrap())));
            });
        }
    });
}

#[test]
fn who_waits_for_the_host_lets_others_run() {
    let runtime = runtime();
    let never = Functions::new("ask", |call: HostCall| {
        std::mem::forget(call.reply);
        HostReply::Later
    });
    std::thread::scope(|scope| {
        let stops: Vec<_> = (0..cores() * 2)
            .map(|_| {
                let (runtime, never, cancel) = (&runtime, never.clone(), CancelToken::default());
                let stop = cancel.clone();
                scope.spawn(move || {
                    let mut waits = open_in(runtime, ASK, |_| {}, |o| o.functions = Some(never)).unwrap();
                    let options = CallOptions { cancel, ..CallOptions::default() };
                    assert_eq!(
                        taking_turns(|| waits.call("go", &[], &options)).unwrap_err().code,
                        ErrorCode::Cancelled
                    );
                });
                stop
            })
            .collect();
        std::thread::sleep(Duration::from_millis(50));
        let mut other = open_in(&runtime, LOOP, |p| p.limits.wall_time_ms = Some(2_000), |_| {}).unwrap();
        taking_turns(|| call(&mut other, "nothing", &[])).unwrap();
        stops.iter().for_each(CancelToken::cancel);
    });
}
