//! Disposal, cancellation of what waits, and what is left behind.
//!
//! Runs real guests.

mod common;

use common::*;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{BridgeOptions, CallSettings, Given, Handle, HostReply, MAX_SCALARS, Origin, Stop};

#[test]
fn dispose_ends_running_and_waiting_calls_with_closed() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let outcomes = [start(&handle, "loop", &[], 0), start(&handle, "count", &[], 0), start(&handle, "count", &[], 0)];
    std::thread::sleep(Duration::from_millis(50));
    let (first, second) = (dispose(&handle), dispose(&handle));
    assert!(handle.disposed());
    finish(&first);
    finish(&second);
    for outcome in outcomes {
        // Whoever is told of the disposal knows that everything else is over.
        assert_eq!(code(outcome.try_recv().unwrap().unwrap_err()), "closed");
    }
    finish(&dispose(&handle));
    assert_eq!(code(finish(&start(&handle, "count", &[], 0)).unwrap_err()), "closed");
    assert_eq!(
        code(handle.call_now(call("count", &[]), CallSettings::default(), Origin::default()).unwrap_err()),
        "closed"
    );
    assert_eq!(handle.memory_usage(), 0);
}

#[test]
fn a_waiting_call_is_cancelled_at_once_and_a_running_one_when_it_has_stopped() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let (running, waiting) = (handle.new_token(Origin::default()), handle.new_token(Origin::default()));
    let outcomes =
        [start(&handle, "loop", &[], running), start(&handle, "count", &[], waiting), start(&handle, "count", &[], 0)];
    std::thread::sleep(Duration::from_millis(20));
    handle.cancel(waiting);
    assert_eq!(code(outcomes[1].try_recv().unwrap().unwrap_err()), "cancelled");
    handle.cancel(running);
    let error = finish(&outcomes[0]).unwrap_err();
    assert_eq!((error.code.as_str(), &error.details["stateLost"]), ("cancelled", &true.into()));
    assert_eq!(int(&finish(&outcomes[2]).unwrap()), 1);
}

#[test]
fn a_host_function_may_dispose_of_its_own_sandbox() {
    let bridge = bridge(BridgeOptions::default());
    let (handles, of_host) = channel::<Handle>();
    let (done, disposed) = channel();
    let shared = std::sync::Mutex::new((of_host, done));
    let host = Closures::with("ask", move |_| {
        let (of_host, done) = &*shared.lock().unwrap();
        let done = done.clone();
        of_host.recv().unwrap().dispose(move || done.send(()).unwrap());
        HostReply::Now(Ok(Value::Int(0)))
    });
    let handle = open_with(&bridge, "{}", host).unwrap();
    handles.send(handle.clone()).unwrap();
    assert_eq!(
        code(handle.call_now(call("ask", &[1]), CallSettings::default(), Origin::default()).unwrap_err()),
        "closed"
    );
    finish(&disposed);
}

#[test]
fn a_prepared_call_survives_disposal_from_within() {
    let bridge = bridge(BridgeOptions::default());
    let (handles, of_host) = channel::<Handle>();
    let (done, disposed) = channel();
    let shared = std::sync::Mutex::new((of_host, done));
    let host = Closures::with("ask", move |_| {
        let (of_host, done) = &*shared.lock().unwrap();
        let done = done.clone();
        of_host.recv().unwrap().dispose(move || done.send(()).unwrap());
        HostReply::Now(Ok(Value::Int(5)))
    });
    let handle = open_with(&bridge, "{}", host).unwrap();
    handles.send(handle.clone()).unwrap();
    let ask = handle.prepare("ask".to_owned()).unwrap();
    let first = ask.call(&mut [0; MAX_SCALARS]);
    assert!(first.is_ok() || code(first.unwrap_err()) == "closed");
    finish(&disposed);
    assert_eq!(code(ask.call(&mut [0; MAX_SCALARS]).unwrap_err()), "closed");
}

#[test]
fn the_last_handle_dropped_stops_nothing_that_was_asked_for() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let outcome = start(&handle, "work", &[50_000_000], 0);
    let weak = handle.downgrade();
    drop(handle);
    assert_eq!(int(&finish(&outcome).unwrap()), 0);
    let dropped = Instant::now();
    while weak.upgrade().is_some() {
        assert!(dropped.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn opening_can_be_given_up() {
    let bridge = bridge(BridgeOptions::default());
    let source = wat::parse_str("(module (func $f (loop (br 0))) (start $f))").unwrap();
    let given = Given { source: Some(source), contents: Default::default() };
    let (done, outcome) = channel();
    let opening = bridge.open(
        request("{}"),
        move || Ok(given),
        None,
        &Stop::default(),
        move |r| {
            done.send(r.map(drop)).unwrap();
        },
    );
    std::thread::sleep(Duration::from_millis(100));
    finish(&dispose(&opening.unwrap()));
    assert_eq!(code(finish(&outcome).unwrap_err()), "closed");
}

#[test]
fn a_reset_brings_the_first_state_back() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let count = handle.prepare("count".to_owned()).unwrap();
    let next = || {
        let mut slots = [0; MAX_SCALARS];
        count.call(&mut slots).map(|()| slots[0]).unwrap()
    };
    assert_eq!((next(), next()), (1, 2));
    let (done, outcome) = channel();
    handle.reset(0, move |r| done.send(r).unwrap());
    finish(&outcome).unwrap();
    assert_eq!(next(), 1);
}

#[test]
fn ten_thousand_cancellations_leave_nothing_behind() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let threads = || std::fs::read_dir("/proc/self/task").map(|tasks| tasks.count()).unwrap_or(0);
    for i in 0..10_000 {
        let token = handle.new_token(Origin::default());
        let outcome = start(&handle, "loop", &[], token);
        if i % 10 == 0 {
            // Long enough to run.
            std::thread::sleep(Duration::from_millis(1));
        }
        handle.cancel(token);
        assert_eq!(code(finish(&outcome).unwrap_err()), "cancelled");
    }
    assert!(threads() < 100, "{} threads", threads());
    assert_eq!(int(&finish(&start(&handle, "count", &[], 0)).unwrap()), 1);
}
