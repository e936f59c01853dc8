//! Loans: for how long a pool's guest is somebody's, and what is left of it afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::pools::{Lender, call, code, made_with, module, prepare};
use common::{Closures, finish};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::ops::{Answer, Request, Stop, Target, invoke};
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{HostReply, MAX_SCALARS};

#[test]
fn who_has_given_one_back_has_it_no_more() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let before = pool.acquire();
    let count = prepare(&before).unwrap();
    let clone = before.clone();
    let counted = || {
        let mut slots = [0; MAX_SCALARS];
        count.call(&mut slots).map(|()| slots[0])
    };
    assert_eq!(counted().unwrap(), 1);
    pool.release(&before);
    let next = pool.acquire();
    assert_eq!(call(&next, "count").unwrap(), Value::Int(1));
    for one in [&before, &clone] {
        assert_eq!((code(call(one, "count")).as_str(), one.handle().disposed()), ("closed", true));
        assert_eq!(code(prepare(one).map(drop)), "closed");
        let (done, disposed) = channel();
        one.handle().dispose(move || done.send(()).unwrap());
        finish(&disposed);
    }
    assert_eq!((code(counted()), code(count.call_values(Vec::new()))), ("closed".into(), "closed".into()));
    assert!(count.call_brief(&mut [0; MAX_SCALARS]).is_none());
    assert_eq!((call(&next, "count").unwrap(), next.handle().disposed()), (Value::Int(2), false));
}

#[test]
fn nothing_of_an_earlier_loan_reaches_a_later_one() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        let guest = pool.acquire();
        let count = Arc::new(prepare(&guest).unwrap());
        let earlier: Vec<_> = [true, false]
            .map(|quick| {
                let (guest, count) = (guest.clone(), count.clone());
                std::thread::spawn(move || {
                    let called = || match quick {
                        true => count.call(&mut [0; MAX_SCALARS]),
                        false => call(&guest, "count").map(drop),
                    };
                    while called().err().is_none_or(|error| error.code.as_str() == "busy") {}
                })
            })
            .into();
        pool.release(&guest);
        let next = pool.acquire();
        for expected in 1..20 {
            let (done, outcome) = channel();
            let arguments = Value::object([("name", Value::String("count".to_owned()))]);
            let request = Request { target: Some(Target::Guest(&next)), operation: "call", arguments, host: None };
            invoke(request, &Stop::default(), false, move |answer| {
                done.send(answer.map(|answer| matches!(answer, Answer::Value(Value::Int(n)) if n == expected)))
                    .unwrap();
            });
            assert!(finish(&outcome).unwrap(), "{expected}");
        }
        earlier.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn who_has_nothing_any_more_is_in_nobodys_way() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let guest = pool.acquire();
    let count = prepare(&guest).unwrap();
    pool.release(&guest);
    let next = pool.acquire();
    let (running, held) = (channel(), next.clone());
    std::thread::spawn(move || running.0.send(call(&held, "loop")));
    std::thread::sleep(Duration::from_millis(30));
    // Not `busy`, whatever the next one does.
    assert_eq!(code(call(&guest, "count")), "closed");
    assert_eq!(code(prepare(&guest).map(drop)), "closed");
    assert_eq!(code(count.call(&mut [0; MAX_SCALARS])), "closed");
    finish(&common::dispose(guest.handle()));
    assert!(!next.handle().disposed());
    finish(&common::dispose(next.handle()));
    assert_eq!(code(finish(&running.1)), "closed");
}

#[test]
fn a_pool_is_kept_by_what_it_has_lent() {
    let (held, told) = channel::<()>();
    let host = Closures::with("ask", move |_| {
        let _ = &held;
        HostReply::Now(Ok(Value::Null))
    });
    let pool = Lender(made_with(vec![("source", module()), ("maxSize", Value::Int(2))], host).unwrap());
    let (back, lent) = (pool.acquire(), pool.acquire());
    let stale = prepare(&back).unwrap();
    pool.release(&back);
    drop((pool, back));
    assert_eq!(call(&lent, "count").unwrap(), Value::Int(1));
    assert_eq!(told.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(code(stale.call(&mut [0; MAX_SCALARS])), "closed");
    drop((lent, stale));
    // The last loan is over: everything is given back.
    assert_eq!(told.recv_timeout(Duration::from_secs(20)), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_prepared_export_keeps_the_loan() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    for _ in 0..3 {
        let count = prepare(&pool.acquire()).unwrap();
        assert_eq!(pool.stats(), [1, 0, 1, 0, 1]);
        let mut slots = [0; MAX_SCALARS];
        // It is as quick after a reset as before.
        count.call(&mut slots).unwrap();
        count.call_brief(&mut slots).unwrap().unwrap();
        assert_eq!(slots[0], 2);
    }
    pool.until([1, 1, 0, 0, 1]);
}

#[test]
fn one_that_nobody_has_any_more_goes_back() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let (guest, next) = (pool.acquire(), pool.wait(&Stop::default()));
    let second = guest.clone();
    drop(guest);
    assert_eq!(pool.stats(), [1, 0, 1, 1, 1]);
    // What was asked for is done first.
    let (done, outcome) = channel();
    let arguments =
        Value::object([("name", Value::String("work".into())), ("args", Value::List(vec![Value::Int(20_000_000)]))]);
    let request = Request { target: Some(Target::Guest(&second)), operation: "call", arguments, host: None };
    invoke(request, &Stop::default(), false, move |answer| done.send(answer.map(drop)).unwrap());
    drop(second);
    finish(&outcome).unwrap();
    assert_eq!(call(&finish(&next).unwrap(), "count").unwrap(), Value::Int(1));
    pool.until([1, 1, 0, 0, 1]);
}
