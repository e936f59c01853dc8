//! Many sandboxes at once: limits hold for each by itself, threads are shared out, ends are clean.
//!
//! Runs real guests for real seconds.

mod common;

use common::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{BridgeOptions, CallSettings, HostReply, MAX_SCALARS, Origin};

#[test]
fn sixty_four_loops_get_their_full_time_and_one_is_cancelled() {
    let bridge = bridge(BridgeOptions::default());
    let limits = r#"{"wallTimeMs":1000,"cpuTimeMs":null}"#;
    let handles: Vec<_> = (0..64).map(|_| open_with(&bridge, limits, adder()).unwrap()).collect();
    let tokens: Vec<_> = handles.iter().map(|handle| handle.new_token(Origin::default())).collect();
    let outcomes: Vec<_> =
        handles.iter().zip(&tokens).map(|(handle, token)| start(handle, "loop", &[], *token)).collect();
    std::thread::sleep(Duration::from_millis(300));
    handles[7].cancel(tokens[7]);
    let asked = Instant::now();
    assert_eq!(code(finish(&outcomes[7]).unwrap_err()), "cancelled");
    assert!(asked.elapsed() < Duration::from_millis(500), "cancelling took {:?}", asked.elapsed());
    for (i, outcome) in outcomes.iter().enumerate().filter(|(i, _)| *i != 7) {
        let error = finish(outcome).unwrap_err();
        let used = error.details["used"].as_u64().unwrap();
        assert_eq!(error.code.as_str(), "wall_timeout", "{i}: {error}");
        assert!((1000..2000).contains(&used), "{i} ended after {used} ms");
    }
}

#[test]
fn who_waits_too_long_for_a_thread_is_busy_and_who_waits_for_its_own_sandbox_is_not() {
    let bridge = bridge(BridgeOptions { max_concurrency: 1, queue_timeout_ms: 200, ..BridgeOptions::default() });
    let (hog, other) = (open(&bridge), open(&bridge));
    let token = hog.new_token(Origin::default());
    let looping = start(&hog, "loop", &[], token);
    std::thread::sleep(Duration::from_millis(20));
    let behind = start(&hog, "add", &[1, 2], 0);
    let refused: Vec<_> = (0..3).map(|_| start(&other, "add", &[1, 2], 0)).collect();
    for outcome in &refused {
        let error = finish(outcome).unwrap_err();
        assert_eq!((error.code.as_str(), &error.details["field"]), ("busy", &"queueTimeoutMs".into()));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(behind.try_recv().is_err());
    hog.cancel(token);
    assert_eq!(code(finish(&looping).unwrap_err()), "cancelled");
    assert_eq!(int(&finish(&behind).unwrap()), 3);
    assert_eq!(int(&finish(&start(&other, "add", &[1, 2], 0)).unwrap()), 3);
}

#[test]
fn one_thread_serves_many_sandboxes_in_turn() {
    let bridge = bridge(BridgeOptions { max_concurrency: 1, ..BridgeOptions::default() });
    let handles: Vec<_> = (0..20).map(|_| open(&bridge)).collect();
    let outcomes: Vec<_> = (0..200).map(|i| start(&handles[i % 20], "count", &[], 0)).collect();
    for (i, outcome) in outcomes.iter().enumerate() {
        assert_eq!(int(&finish(outcome).unwrap()), i as i64 / 20 + 1);
    }
}

#[test]
fn no_more_run_at_once_than_may() {
    let bridge = bridge(BridgeOptions { max_concurrency: 3, ..BridgeOptions::default() });
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let host = || {
        let (now, most) = (now.clone(), most.clone());
        Closures::with("ask", move |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(10));
            now.fetch_sub(1, Ordering::SeqCst);
            HostReply::Now(Ok(Value::Int(0)))
        })
    };
    let handles: Vec<_> = (0..12).map(|_| open_with(&bridge, "{}", host()).unwrap()).collect();
    let outcomes: Vec<_> = handles.iter().map(|handle| start(handle, "ask", &[0], 0)).collect();
    outcomes.iter().for_each(|outcome| drop(finish(outcome).unwrap()));
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[test]
fn a_panic_in_a_host_function_closes_that_sandbox_only() {
    let bridge = bridge(BridgeOptions::default());
    let bad = open_with(&bridge, "{}", Closures::with("ask", |_| panic!("on purpose"))).unwrap();
    let good = open(&bridge);
    assert_eq!(code(finish(&start(&bad, "ask", &[1], 0)).unwrap_err()), "internal");
    assert_eq!(code(finish(&start(&bad, "add", &[1, 2], 0)).unwrap_err()), "closed");
    assert_eq!(int(&finish(&start(&good, "ask", &[1], 0)).unwrap()), 2);
    let bad = open_with(&bridge, "{}", Closures::with("ask", |_| panic!("on purpose"))).unwrap();
    let ask = bad.prepare("ask".to_owned()).unwrap();
    assert_eq!(code(ask.call(&mut [0; MAX_SCALARS]).unwrap_err()), "internal");
    assert_eq!(code(ask.call(&mut [0; MAX_SCALARS]).unwrap_err()), "closed");
}

#[test]
fn a_prepared_call_with_a_small_stack_is_busy_like_any_other() {
    let bridge = Arc::new(bridge(BridgeOptions::default()));
    let work = move || {
        let (calls, of_host) = std::sync::mpsc::channel::<wasm_sandbox_bridge::PreparedCall>();
        let of_host = std::sync::Mutex::new(of_host);
        let host = Closures::with("ask", move |_| {
            let count = of_host.lock().unwrap().recv().unwrap();
            let refused = count.call(&mut [0; MAX_SCALARS]).unwrap_err();
            HostReply::Now(Ok(Value::Int(i64::from(code(refused) == "busy"))))
        });
        let handle = open_with(&bridge, "{}", host).unwrap();
        calls.send(handle.prepare("count".to_owned()).unwrap()).unwrap();
        // The guest waits for the host function that calls it.
        let asked = handle.call_now(call("ask", &[1]), CallSettings::default(), Origin::default()).unwrap();
        assert_eq!(asked.value, Value::Int(1));
    };
    for stack in [1 << 20, 3 << 19, 2 << 20, 8 << 20] {
        std::thread::Builder::new().stack_size(stack).spawn(work.clone()).unwrap().join().unwrap();
    }
}

#[test]
fn a_small_stack_moves_the_call_and_keeps_the_host_functions() {
    let bridge = Arc::new(bridge(BridgeOptions::default()));
    let work = move || {
        let own = std::thread::current().id();
        let host = Closures::with("ask", move |call| {
            let same = std::thread::current().id() == own;
            HostReply::Now(Ok(Value::Int(if same { int(&call.args[0]) + 1 } else { -1 })))
        });
        let handle = open_with(&bridge, "{}", host).unwrap();
        let ask = handle.prepare("ask".to_owned()).unwrap();
        let mut slots = [0; MAX_SCALARS];
        slots[0] = 41;
        ask.call(&mut slots).unwrap();
        let called = handle.call_now(call("ask", &[41]), CallSettings::default(), Origin::default()).unwrap();
        let panicking = open_with(&bridge, "{}", Closures::with("ask", |_| panic!("on purpose"))).unwrap();
        let panicked = panicking.call_now(call("ask", &[1]), CallSettings::default(), Origin::default()).unwrap_err();
        (slots[0], int(&called.value), code(panicked))
    };
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap();
    assert_eq!(small.join().unwrap(), (42, 42, "internal"));
}

#[test]
fn there_are_only_so_many_sandboxes() {
    let bridge = bridge(BridgeOptions { max_instances: 2, ..BridgeOptions::default() });
    let (one, _two) = (open(&bridge), open(&bridge));
    let refused = open_with(&bridge, "{}", adder()).map(drop).unwrap_err();
    assert_eq!(code(refused), "busy");
    finish(&dispose(&one));
    open(&bridge);
    // One that could not be opened leaves its place to others.
    let broken = bridge.open_now(request("{}"), Some(b"not a module".to_vec()), Default::default(), None);
    assert_eq!(code(broken.map(drop).unwrap_err()), "invalid_module");
    open(&bridge);
}
