//! The line of one sandbox: order, one at a time, batches, synchronous calls, what is said when it is busy.
//!
//! Runs real guests.

mod common;

use common::*;
use std::sync::mpsc::channel;
use std::time::Duration;
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{BridgeOptions, CallSettings, HostReply, MAX_SCALARS, Origin};

#[test]
fn a_hundred_concurrent_calls_succeed_in_order() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let outcomes: Vec<_> = (0..100).map(|_| start(&handle, "count", &[], 0)).collect();
    for (i, outcome) in outcomes.iter().enumerate() {
        assert_eq!(int(&finish(outcome).unwrap()), i as i64 + 1);
    }
    assert_eq!(handle.stats().function_calls, 100);
}

#[test]
fn a_completion_may_be_followed_by_a_synchronous_call_at_once() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    for _ in 0..200 {
        let (done, outcome) = channel();
        let again = handle.clone();
        handle.call(call("count", &[]), CallSettings::default(), 0, move |first| {
            let second = again.call_now(call("count", &[]), CallSettings::default(), Origin::default());
            let _ = done.send((first.map(|r| r.value), second.map(|r| r.value)));
        });
        let (first, second) = finish(&outcome);
        assert_eq!(int(&first.unwrap()) + 1, int(&second.unwrap()));
    }
}

#[test]
fn synchronous_calls_are_busy_while_one_runs() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let add = handle.prepare("add".to_owned()).unwrap();
    let token = handle.new_token(Origin::default());
    let looping = start(&handle, "loop", &[], token);
    assert_eq!(
        code(handle.call_now(call("add", &[1, 2]), CallSettings::default(), Origin::default()).unwrap_err()),
        "busy"
    );
    assert_eq!(code(add.call(&mut [0; MAX_SCALARS]).unwrap_err()), "busy");
    handle.cancel(token);
    assert_eq!(code(finish(&looping).unwrap_err()), "cancelled");
    let mut slots = [0; MAX_SCALARS];
    (slots[0], slots[1]) = (4_000_000_000, 1);
    add.call(&mut slots).unwrap();
    assert_eq!(slots[0], 4_000_000_001);
}

#[test]
fn only_what_ends_by_itself_is_called_at_once() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let [add, trap, looping] = ["add", "trap", "loop"].map(|name| handle.prepare(name.to_owned()).unwrap());
    let five = || {
        let mut slots = [0; MAX_SCALARS];
        (slots[0], slots[1]) = (2, 3);
        slots
    };
    let mut slots = five();
    add.call_brief(&mut slots).unwrap().unwrap();
    assert_eq!(slots[0], 5);
    // It would run until its time is up.
    assert!(looping.call_brief(&mut five()).is_none());
    // It throws the instance away; to give that back, and to make the next one, may take long.
    assert_eq!(code(trap.call_brief(&mut five()).unwrap().unwrap_err()), "guest_trap");
    assert!(add.call_brief(&mut five()).is_none());
    trap.clear();
    add.call(&mut five()).unwrap();
    assert!(add.call_brief(&mut five()).is_some());
    // What somebody else uses is waited for by nobody.
    let token = handle.new_token(Origin::default());
    let outcome = start(&handle, "loop", &[], token);
    assert!(add.call_brief(&mut five()).is_none());
    handle.cancel(token);
    assert_eq!(code(finish(&outcome).unwrap_err()), "cancelled");
    assert!(handle.stats().function_calls >= 4);
}

#[test]
fn a_host_function_that_calls_its_own_sandbox_is_told_that_it_is_busy() {
    let bridge = bridge(BridgeOptions::default());
    let (handles, of_host) = channel::<wasm_sandbox_bridge::Handle>();
    let of_host = std::sync::Mutex::new(of_host);
    let host = Closures::with("ask", move |_| {
        let handle = of_host.lock().unwrap().recv().unwrap();
        let refused = handle.call_now(call("add", &[1, 2]), CallSettings::default(), Origin::default()).unwrap_err();
        HostReply::Now(Ok(Value::Int(i64::from(code(refused) == "busy"))))
    });
    let handle = open_with(&bridge, "{}", host).unwrap();
    handles.send(handle.clone()).unwrap();
    assert_eq!(
        handle.call_now(call("ask", &[1]), CallSettings::default(), Origin::default()).unwrap().value,
        Value::Int(1)
    );
    handles.send(handle.clone()).unwrap();
    let ask = handle.prepare("ask".to_owned()).unwrap();
    let mut slots = [0; MAX_SCALARS];
    ask.call(&mut slots).unwrap();
    assert_eq!(slots[0], 1);
}

#[test]
fn a_batch_gives_results_in_order_and_fails_with_the_index() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let batch = |calls| {
        let (done, outcome) = channel();
        handle.call_batch(calls, CallSettings::default(), 0, move |result| done.send(result).unwrap());
        finish(&outcome)
    };
    assert_eq!(
        batch(vec![call("add", &[1, 2]), call("count", &[]), call("count", &[])]).unwrap(),
        [3, 1, 2].map(Value::Int)
    );
    let error = batch(vec![call("add", &[1, 2]), call("trap", &[]), call("count", &[])]).unwrap_err();
    assert_eq!((error.code.as_str(), &error.details["index"]), ("guest_trap", &1.into()));
    // The trap threw the instance away, and the third element never ran.
    assert_eq!(batch(vec![call("count", &[])]).unwrap(), [Value::Int(1)]);
}

#[test]
fn a_batch_can_be_cancelled_in_the_middle() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let token = handle.new_token(Origin::default());
    let (done, outcome) = channel();
    let calls = vec![call("count", &[]), call("loop", &[]), call("count", &[])];
    handle.call_batch(calls, CallSettings::default(), token, move |result| done.send(result).unwrap());
    std::thread::sleep(Duration::from_millis(50));
    handle.cancel(token);
    let error = finish(&outcome).unwrap_err();
    assert_eq!((error.code.as_str(), &error.details["index"]), ("cancelled", &1.into()));
}

#[test]
fn audited_calls_have_their_own_events() {
    let bridge = bridge(BridgeOptions::default());
    let request = request_under(r#"{"audit":{"enabled":true,"level":"all"}}"#);
    let source = wat::parse_str(GUEST).unwrap();
    let handle =
        bridge.open_now(request, Some(source), Default::default(), Some(std::sync::Arc::new(adder()))).unwrap();
    finish(&start(&handle, "count", &[], 0)).unwrap();
    let [first, second] = [("add", [1, 2].as_slice()), ("ask", &[1])].map(|(function, args)| {
        let (done, outcome) = channel();
        handle.call_audited(call(function, args), CallSettings::default(), 0, move |r| done.send(r).unwrap());
        finish(&outcome).unwrap().1
    });
    assert_eq!(first.iter().map(|e| e.target.as_str()).collect::<Vec<_>>(), ["add"]);
    assert_eq!(second.iter().map(|e| e.capability.as_str()).collect::<Vec<_>>(), ["call", "host_function"]);
}

#[test]
fn tokens_serve_one_call() {
    let bridge = bridge(BridgeOptions::default());
    let handle = open(&bridge);
    let token = handle.new_token(Origin::default());
    handle.cancel(token);
    assert_eq!(code(finish(&start(&handle, "add", &[1, 2], token)).unwrap_err()), "cancelled");
    assert_eq!(code(finish(&start(&handle, "add", &[1, 2], token)).unwrap_err()), "invalid_argument");
    assert_eq!(int(&finish(&start(&handle, "add", &[1, 2], 0)).unwrap()), 3);
}
