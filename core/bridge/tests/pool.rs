//! Pools: who gets which guest and in which state, who waits and how waiting ends, what is replaced, what grows old.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::{Closures, GUEST, adder, finish};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use wasm_sandbox_bridge::ops::{Answer, Guest, Pool, Request, Stop, Target, invoke, invoke_now};
use wasm_sandbox_bridge::policy::{Error, Result, Value};
use wasm_sandbox_bridge::{Host, HostReply, MAX_SCALARS, PreparedCall};

type Waiting = Receiver<Result<Guest>>;

/// A pool as a binding holds it.
#[derive(Clone)]
struct Lender(Pool);

impl Lender {
    fn new(options: Vec<(&str, Value)>) -> Lender {
        Lender(made(options).unwrap())
    }

    fn of(sizes: [(&'static str, i64); 2]) -> Lender {
        let sizes = sizes.into_iter().map(|(name, size)| (name, Value::Int(size)));
        Lender::new(sizes.chain([("source", module())]).collect())
    }

    fn ask(&self, operation: &str) -> Result<Answer> {
        invoke_now(self.request(operation, Value::Null), &Stop::default())
    }

    fn request<'a>(&'a self, operation: &'a str, arguments: Value) -> Request<'a> {
        Request { target: Some(Target::Pool(&self.0)), operation, arguments, host: None }
    }

    /// Begins to acquire.
    fn wait(&self, stop: &Stop) -> Waiting {
        let (tell, told) = channel();
        invoke(self.request("SandboxPool.acquire", Value::Null), stop, false, move |answer| {
            let _ = tell.send(answer.map(lent));
        });
        told
    }

    fn acquire(&self) -> Guest {
        finish(&self.wait(&Stop::default())).unwrap()
    }

    fn give_back(&self, number: u64) -> Result<Answer> {
        let number = Value::object([("number", Value::Int(number as i64))]);
        invoke_now(self.request("SandboxPool.release", number), &Stop::default())
    }

    fn release(&self, guest: &Guest) {
        assert!(matches!(self.give_back(loan(guest)), Ok(Answer::Value(Value::Null))));
    }

    /// Size, idle, lent, waiting, opened.
    fn stats(&self) -> [i64; 5] {
        let Ok(Answer::Value(stats)) = self.ask("SandboxPool.stats") else { panic!("there are stats") };
        ["size", "idle", "lent", "waiting", "opened"].map(|name| common::int(stats.get(name).unwrap()))
    }

    fn until(&self, stats: [i64; 5]) {
        let begun = Instant::now();
        while self.stats() != stats {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?} is not {stats:?}", self.stats());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn module() -> Value {
    Value::Bytes(wat::parse_str(GUEST).unwrap())
}

fn made(options: Vec<(&str, Value)>) -> Result<Pool> {
    let arguments = Value::object([("options", Value::object(options))]);
    let host: Option<Arc<dyn Host>> = Some(Arc::new(adder()));
    let request = Request { target: None, operation: "SandboxPool.constructor", arguments, host };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Pool(pool) => pool,
        _ => panic!("a pool was expected"),
    })
}

fn lent(answer: Answer) -> Guest {
    match answer {
        Answer::Guest(guest) => guest,
        _ => panic!("a guest was expected"),
    }
}

fn call(guest: &Guest, name: &str) -> Result<Value> {
    let arguments = Value::object([("name", Value::String(name.to_owned()))]);
    let request = Request { target: Some(Target::Guest(guest)), operation: "call", arguments, host: None };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Value(value) => value,
        _ => panic!("a value was expected"),
    })
}

fn loan(guest: &Guest) -> u64 {
    let request = Request { target: Some(Target::Guest(guest)), operation: "loan", arguments: Value::Null, host: None };
    let Ok(Answer::Value(number)) = invoke_now(request, &Stop::default()) else { panic!("it has a number") };
    common::int(&number) as u64
}

fn prepare(guest: &Guest) -> Result<PreparedCall> {
    let arguments = Value::object([("name", Value::String("count".to_owned()))]);
    let request = Request { target: Some(Target::Guest(guest)), operation: "prepare", arguments, host: None };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Prepared(call) => call,
        _ => panic!("a prepared call was expected"),
    })
}

fn failed<T>(outcome: Result<T>) -> Error {
    outcome.err().expect("it should fail")
}

fn code<T>(outcome: Result<T>) -> String {
    failed(outcome).code.as_str().to_owned()
}

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
    let options = Value::object([("source", module()), ("maxSize", Value::Int(2))]);
    let arguments = Value::object([("options", options)]);
    let host: Option<Arc<dyn Host>> = Some(Arc::new(Closures::with("ask", move |_| {
        let _ = &held;
        HostReply::Now(Ok(Value::Null))
    })));
    let request = Request { target: None, operation: "SandboxPool.constructor", arguments, host };
    let Ok(Answer::Pool(pool)) = invoke_now(request, &Stop::default()) else { panic!("a pool was expected") };
    let pool = Lender(pool);
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
