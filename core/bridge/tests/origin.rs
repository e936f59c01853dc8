//! Host functions that call the sandbox which waits for them, by themselves, by way of others, and through a pool.
//!
//! They are refused instead of waiting for ever, and whoever listens is told of which operation it is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::GUEST;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wasm_sandbox_bridge::ops::{Answer, Guest, Pool, Request, Stop, Target, invoke, invoke_now};
use wasm_sandbox_bridge::policy::{Error, Result, Value};
use wasm_sandbox_bridge::{Host, HostCall, HostReply, Origin, Reply, Within};

type Work = Box<dyn Fn(Within) -> Result<Value> + Send + Sync>;

/// A host whose `ask` does some work and tells what came of it.
#[derive(Default)]
struct Asked {
    work: Mutex<Option<Work>>,
    seen: Mutex<Vec<Within>>,
    told: Mutex<Option<Sender<Result<Value>>>>,
}

impl Host for Asked {
    fn names(&self) -> Vec<String> {
        vec!["ask".to_owned()]
    }
    fn call(&self, _: HostCall, within: Within) -> HostReply {
        self.seen.lock().unwrap().push(within);
        if let (Some(work), Some(told)) = (self.work.lock().unwrap().as_ref(), self.told.lock().unwrap().as_ref()) {
            told.send(work(within)).unwrap();
        }
        HostReply::Now(Ok(Value::Int(1)))
    }
}

/// A host whose `ask` is answered later, by whoever takes it from where it is kept; at once where nothing keeps it.
#[derive(Default)]
struct Later {
    kept: Mutex<Option<Kept>>,
}

type Kept = Arc<Mutex<Option<(u64, Reply)>>>;

impl Host for Later {
    fn names(&self) -> Vec<String> {
        vec!["ask".to_owned()]
    }
    fn call(&self, call: HostCall, within: Within) -> HostReply {
        match self.kept.lock().unwrap().as_ref() {
            Some(kept) => *kept.lock().unwrap() = Some((within.frame, call.reply)),
            None => return HostReply::Now(Ok(Value::Int(1))),
        }
        HostReply::Later
    }
}

fn request<'a>(target: Option<Target<'a>>, operation: &'a str, arguments: Value) -> Request<'a> {
    Request { target, operation, arguments, host: None }
}

fn opened(host: &Arc<Asked>) -> Guest {
    opened_with(host.clone())
}

fn opened_with(host: Arc<dyn Host>) -> Guest {
    let arguments = Value::object([("bytes", Value::Bytes(wat::parse_str(GUEST).unwrap()))]);
    let request = Request { host: Some(host), ..request(None, "WasmSandbox.fromBytes", arguments) };
    match invoke_now(request, &Stop::default()).unwrap() {
        Answer::Guest(guest) => guest,
        _ => panic!("a guest was expected"),
    }
}

fn ask_arguments() -> Value {
    Value::object([("name", Value::from("ask")), ("args", Value::List(vec![Value::Int(1)]))])
}

/// Calls `ask` of `guest` in its turn, as an operation that comes from `origin`.
fn ask(guest: &Guest, origin: Origin) -> Result<Value> {
    let (done, outcome) = channel();
    let request = request(Some(Target::Guest(guest)), "WasmSandbox.call", ask_arguments());
    invoke(request, &Stop::of(origin), false, move |answer| done.send(answer.map(value)).unwrap());
    outcome.recv_timeout(Duration::from_secs(20)).expect("an answer, and no hang")
}

fn value(answer: Answer) -> Value {
    match answer {
        Answer::Value(value) => value,
        _ => Value::Null,
    }
}

/// What the work comes to when `ask` of `guest` is called.
fn outcome_of(
    guest: &Guest,
    host: &Asked,
    origin: Origin,
    work: impl Fn(Within) -> Result<Value> + Send + Sync + 'static,
) -> Result<Value> {
    let (told, outcome) = channel();
    *host.told.lock().unwrap() = Some(told);
    *host.work.lock().unwrap() = Some(Box::new(work));
    ask(guest, origin).unwrap();
    *host.work.lock().unwrap() = None;
    outcome.recv().unwrap()
}

fn refused(outcome: Result<Value>) {
    let error: Error = outcome.unwrap_err();
    assert_eq!((error.code.as_str(), error.details["reentrant"].as_bool()), ("busy", Some(true)), "{error:?}");
}

#[test]
fn a_call_of_the_sandbox_that_waits_is_refused_in_its_turn_and_on_the_callers_thread() {
    let host = Arc::new(Asked::default());
    let guest = opened(&host);
    let again = guest.clone();
    refused(outcome_of(&guest, &host, Origin::default(), move |within| {
        ask(&again, Origin { tag: 0, from: within.frame })
    }));
    let again = guest.clone();
    refused(outcome_of(&guest, &host, Origin::default(), move |within| {
        let request = request(Some(Target::Guest(&again)), "WasmSandbox.call", ask_arguments());
        invoke_now(request, &Stop::of(Origin { tag: 0, from: within.frame })).map(value)
    }));
    let over = host.seen.lock().unwrap().last().unwrap().frame;
    ask(&guest, Origin { tag: 0, from: over }).expect("the function is over");
}

#[test]
fn so_is_one_by_way_of_another_sandbox() {
    let (first, second) = (Arc::new(Asked::default()), Arc::new(Asked::default()));
    let (outer, inner) = (opened(&first), opened(&second));
    let (back, other) = (outer.clone(), second.clone());
    refused(outcome_of(&outer, &first, Origin::default(), move |within| {
        let back = back.clone();
        let from_inner = move |within: Within| ask(&back, Origin { tag: 0, from: within.frame });
        outcome_of(&inner, &other, Origin { tag: 0, from: within.frame }, from_inner)
    }));
}

#[test]
fn a_promise_is_waited_for_until_it_is_settled() {
    let (host, later) = (Arc::new(Later::default()), Arc::new(Mutex::new(None)));
    *host.kept.lock().unwrap() = Some(later.clone());
    let guest = opened_with(host.clone());
    let (done, outcome) = channel();
    let outer = request(Some(Target::Guest(&guest)), "WasmSandbox.call", ask_arguments());
    invoke(outer, &Stop::default(), false, move |answer| done.send(answer.map(value)).unwrap());
    let (frame, reply) = loop {
        if let Some(kept) = later.lock().unwrap().take() {
            break kept;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    refused(ask(&guest, Origin { tag: 0, from: frame }));
    reply.settle(Ok(Value::Int(5)));
    assert_eq!(outcome.recv().unwrap().unwrap(), Value::Int(5));
    *host.kept.lock().unwrap() = None;
    ask(&guest, Origin { tag: 0, from: frame }).expect("the function is over");
}

#[test]
fn a_pool_takes_no_guest_back_that_waits_for_whoever_gives_it() {
    let host = Arc::new(Asked::default());
    let bytes = Value::Bytes(wat::parse_str(GUEST).unwrap());
    let options = Value::object([("source", bytes)]);
    let made = request(None, "SandboxPool.constructor", Value::object([("options", options)]));
    let made = Request { host: Some(host.clone()), ..made };
    let Ok(Answer::Pool(pool)) = invoke_now(made, &Stop::default()) else { panic!("a pool was expected") };
    let acquire = request(Some(Target::Pool(&pool)), "SandboxPool.acquire", Value::Map(Vec::new()));
    let Ok(Answer::Guest(guest)) = invoke_now(acquire, &Stop::default()) else { panic!("a guest was expected") };
    let number =
        value(invoke_now(request(Some(Target::Guest(&guest)), "loan", Value::Null), &Stop::default()).unwrap());
    let giver = pool.clone();
    let release = move |pool: &Pool, from: u64| {
        let arguments = Value::object([("number", number.clone())]);
        let request = request(Some(Target::Pool(pool)), "SandboxPool.release", arguments);
        invoke_now(request, &Stop::of(Origin { tag: 0, from })).map(value)
    };
    let (inside, give_back) = (pool.clone(), release.clone());
    let given_back = move |within: Within| {
        assert!(inside.inside(within.frame));
        give_back(&giver, within.frame)
    };
    refused(outcome_of(&guest, &host, Origin::default(), given_back));
    assert!(!pool.inside(0));
    release(&pool, 0).unwrap();
}

#[test]
fn a_host_function_is_told_which_operation_it_belongs_to() {
    let host = Arc::new(Asked::default());
    let guest = opened(&host);
    ask(&guest, Origin { tag: 7, from: 0 }).unwrap();
    let request = request(Some(Target::Guest(&guest)), "WasmSandbox.call", ask_arguments());
    invoke_now(request, &Stop::of(Origin { tag: 8, from: 0 })).unwrap();
    let tags: Vec<_> = host.seen.lock().unwrap().iter().map(|within| within.tag).collect();
    assert_eq!(tags, [7, 8]);
}
