//! Pools: who gets which guest and in which state, who waits and how waiting ends, what is replaced, what grows old.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::finish;
use common::pools::{Lender, call, code, failed, loan, made, module};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::ops::{Answer, Stop, invoke_now};
use wasm_sandbox_bridge::policy::Value;

#[test]
fn one_that_comes_back_is_reset_and_lent_again() {
    let pool = Lender::of([("minSize", 2), ("maxSize", 3)]);
    for _ in 0..2 {
        assert!(matches!(pool.ask("SandboxPool.initialize"), Ok(Answer::Value(Value::Null))));
        assert_eq!(pool.stats(), [2, 2, 0, 0, 2]);
    }
    let guest = pool.acquire();
    assert_eq!((call(&guest, "count").unwrap(), call(&guest, "count").unwrap()), (Value::Int(1), Value::Int(2)));
    pool.release(&guest);
    let again = pool.acquire();
    assert_eq!(call(&again, "count").unwrap(), Value::Int(1));
    assert_eq!(pool.stats(), [2, 1, 1, 0, 2]);
    pool.release(&again);
    for number in [loan(&again), loan(&guest), 0, u64::MAX >> 1] {
        let refused = failed(pool.give_back(number));
        assert_eq!((refused.code.as_str(), refused.details["path"].as_str()), ("invalid_argument", Some("$.sandbox")));
    }
    // Another's.
    let other = Lender::of([("minSize", 0), ("maxSize", 1)]);
    assert_eq!(code(other.give_back(loan(&pool.acquire()))), "invalid_argument");
}

#[test]
fn whoever_comes_first_is_served_first_and_may_leave_the_line() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let guest = pool.acquire();
    let (stays, leaves) = (Stop::default(), Stop::default());
    let (first, gone, second) = (pool.wait(&stays), pool.wait(&leaves), pool.wait(&stays));
    pool.until([1, 0, 1, 3, 1]);
    leaves.stop();
    assert_eq!(code(finish(&gone)), "cancelled");
    assert_eq!(code(finish(&pool.wait(&leaves))), "cancelled");
    pool.release(&guest);
    let guest = finish(&first).unwrap();
    assert_eq!(pool.stats(), [1, 0, 1, 1, 1]);
    // It comes too late to end anything.
    stays.stop();
    pool.until([1, 0, 1, 0, 1]);
    assert_eq!(code(finish(&second)), "cancelled");
    pool.release(&guest);
    assert_eq!(pool.stats(), [1, 1, 0, 0, 1]);
}

#[test]
fn what_is_lent_to_somebody_who_has_gone_goes_to_the_next() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    // Opened for nobody.
    drop(pool.wait(&Stop::default()));
    pool.until([1, 1, 0, 0, 1]);
    let guest = pool.acquire();
    let (gone, next) = (pool.wait(&Stop::default()), pool.wait(&Stop::default()));
    drop(gone);
    pool.release(&guest);
    let guest = finish(&next).unwrap();
    assert_eq!(pool.stats(), [1, 0, 1, 0, 1]);
    let untaken = pool.wait(&Stop::default());
    pool.release(&guest);
    drop(finish(&untaken));
    pool.until([1, 1, 0, 0, 1]);
}

#[test]
fn waiting_ends_as_busy() {
    let patience = ("acquireTimeoutMs", Value::Int(60));
    let pool = Lender::new(vec![("source", module()), ("maxSize", Value::Int(1)), patience]);
    let guest = pool.acquire();
    let begun = Instant::now();
    let late = [pool.wait(&Stop::default()), pool.wait(&Stop::default())];
    for one in late {
        let error = failed(finish(&one));
        assert!(begun.elapsed() >= Duration::from_millis(60));
        assert_eq!((error.code.as_str(), &error.details["limit"]), ("busy", &60.into()));
        assert_eq!(error.details["field"], "acquireTimeoutMs");
    }
    assert_eq!(pool.stats(), [1, 0, 1, 0, 1]);
    pool.release(&guest);
    assert_eq!(pool.stats(), [1, 1, 0, 0, 1]);
}

#[test]
fn what_died_or_still_runs_is_replaced() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let guest = pool.acquire();
    finish(&common::dispose(guest.handle()));
    let next = pool.wait(&Stop::default());
    pool.release(&guest);
    let guest = finish(&next).unwrap();
    assert_eq!(call(&guest, "count").unwrap(), Value::Int(1));
    let (running, pooled) = (channel(), guest.clone());
    std::thread::spawn(move || running.0.send(call(&pooled, "loop")));
    std::thread::sleep(Duration::from_millis(30));
    pool.release(&guest);
    assert_eq!(code(finish(&running.1)), "closed");
    assert_eq!(pool.stats(), [0, 0, 0, 0, 2]);
    // One whose instance died is reset.
    let guest = pool.acquire();
    assert!(call(&guest, "trap").is_err());
    pool.release(&guest);
    assert_eq!(pool.stats(), [1, 1, 0, 0, 3]);
}

#[test]
fn a_place_in_which_nothing_could_be_opened_goes_to_the_next() {
    let pool = Lender::new(vec![("source", Value::Bytes(vec![0; 8])), ("maxSize", Value::Int(1))]);
    let all = [0, 1, 2].map(|_| pool.wait(&Stop::default()));
    all.iter().for_each(|one| assert_eq!(code(finish(one)), "invalid_module"));
    assert_eq!(pool.stats(), [0; 5]);
    // What was fetched comes later.
    let arguments = Value::object([("source", module())]);
    invoke_now(pool.request("SandboxPool.fill", arguments), &Stop::default()).map(drop).unwrap();
    assert_eq!(call(&pool.acquire(), "count").unwrap(), Value::Int(1));
    let (first, second) = (Stop::default(), Stop::default());
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let (opening, waiting) = (pool.wait(&first), pool.wait(&second));
    first.stop();
    if let Ok(lent) = finish(&opening) {
        // It was too late.
        drop(lent);
    }
    assert_eq!(call(&finish(&waiting).unwrap(), "count").unwrap(), Value::Int(1));
}

#[test]
fn idle_ones_are_closed_after_a_while() {
    let idle = ("idleTimeoutMs", Value::Int(50));
    let pool = Lender::new(vec![("source", module()), ("minSize", Value::Int(1)), ("maxSize", Value::Int(3)), idle]);
    let all = [0, 1, 2].map(|_| pool.acquire());
    all.iter().for_each(|guest| pool.release(guest));
    assert_eq!(pool.stats(), [3, 3, 0, 0, 3]);
    pool.until([1, 1, 0, 0, 3]);
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(pool.stats(), [1, 1, 0, 0, 3]);
}

#[test]
fn its_end_reaches_lent_ones_and_whoever_waits() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let (guest, waiting) = (pool.acquire(), pool.wait(&Stop::default()));
    pool.ask("SandboxPool.dispose").unwrap();
    assert_eq!(code(finish(&waiting)), "closed");
    assert!(guest.handle().disposed());
    assert_eq!(pool.stats(), [0, 0, 0, 0, 1]);
    // Whoever had one gives it back without knowing.
    pool.release(&guest);
    assert_eq!(code(finish(&pool.wait(&Stop::default()))), "closed");
    assert!(matches!(pool.ask("SandboxPool.initialize"), Ok(Answer::Value(Value::Null))));
    pool.ask("SandboxPool.dispose").unwrap();
    // Between lending and taking; while one is being opened; and a pool that nobody has any more.
    let pool = Lender::of([("minSize", 0), ("maxSize", 2)]);
    let (untaken, opening) = (finish(&pool.wait(&Stop::default())).unwrap(), pool.wait(&Stop::default()));
    pool.ask("SandboxPool.dispose").unwrap();
    assert_eq!(code(call(&untaken, "count")), "closed");
    assert_eq!(code(finish(&opening).and_then(|guest| call(&guest, "count"))), "closed");
    // What it has lent keeps it.
    let pool = Lender::of([("minSize", 0), ("maxSize", 1)]);
    let guest = pool.acquire();
    drop(pool);
    assert_eq!(call(&guest, "count").unwrap(), Value::Int(1));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let source = || ("source", module());
    let python = || ("language", Value::String("python".into()));
    for (options, path) in [
        (vec![], "$.source"),
        (vec![source(), python()], "$.source"),
        (vec![("language", Value::String("perl".into()))], "$.language"),
        (vec![source(), ("minSize", Value::Int(-1))], "$.minSize"),
        (vec![source(), ("minSize", Value::Int(11))], "$.maxSize"),
        (vec![source(), ("maxSize", Value::Int(0))], "$.maxSize"),
        (vec![source(), ("maxSize", Value::Float(1.5))], "$.maxSize"),
        (vec![source(), ("idleTimeoutMs", Value::Float(f64::NAN))], "$.idleTimeoutMs"),
        (vec![source(), ("acquireTimeoutMs", Value::Int(-1))], "$.acquireTimeoutMs"),
        (vec![source(), ("polcy", Value::Null)], "$.polcy"),
    ] {
        let error = failed(made(options));
        assert_eq!((error.code.as_str(), error.details["path"].as_str()), ("invalid_argument", Some(path)));
    }
    made(vec![source(), ("acquireTimeoutMs", Value::Float(f64::INFINITY))]).unwrap();
}

#[test]
fn many_callers_who_leave_at_any_moment_lose_nothing() {
    let pool = Lender::of([("minSize", 0), ("maxSize", 3)]);
    let users: Vec<_> = (0..16)
        .map(|user| {
            let pool = pool.clone();
            std::thread::spawn(move || {
                for round in 0..40 {
                    let stop = Stop::default();
                    let waiting = pool.wait(&stop);
                    if (user + round) % 3 == 0 {
                        stop.stop();
                    }
                    let Ok(guest) = finish(&waiting) else { continue };
                    assert_eq!(call(&guest, "count").unwrap(), Value::Int(1));
                    if (user + round) % 7 == 0 {
                        finish(&common::dispose(guest.handle()));
                    }
                    if (user + round) % 5 > 0 {
                        pool.release(&guest);
                    }
                }
            })
        })
        .collect();
    users.into_iter().for_each(|user| user.join().unwrap());
    let begun = Instant::now();
    loop {
        // What was dropped may still be on its way back.
        let [size, idle, lent, waiting, _] = pool.stats();
        assert!(size <= 3 && waiting == 0 && begun.elapsed() < Duration::from_secs(20));
        if (size, lent) == (idle, 0) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    (0..3).for_each(|_| drop(pool.acquire()));
}
