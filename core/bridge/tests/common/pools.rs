//! What tests of pools share: a pool as a binding holds it, by operations.

use super::{Closures, GUEST, adder, finish, int};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use wasm_sandbox_bridge::ops::{Answer, Guest, Pool, Request, Stop, Target, invoke, invoke_now};
use wasm_sandbox_bridge::policy::{Error, Result, Value};
use wasm_sandbox_bridge::{Host, PreparedCall};

pub type Waiting = Receiver<Result<Guest>>;

/// A pool as a binding holds it.
#[derive(Clone)]
pub struct Lender(pub Pool);

impl Lender {
    pub fn new(options: Vec<(&str, Value)>) -> Lender {
        Lender(made(options).unwrap())
    }

    pub fn of(sizes: [(&'static str, i64); 2]) -> Lender {
        let sizes = sizes.into_iter().map(|(name, size)| (name, Value::Int(size)));
        Lender::new(sizes.chain([("source", module())]).collect())
    }

    pub fn ask(&self, operation: &str) -> Result<Answer> {
        invoke_now(self.request(operation, Value::Null), &Stop::default())
    }

    pub fn request<'a>(&'a self, operation: &'a str, arguments: Value) -> Request<'a> {
        Request { target: Some(Target::Pool(&self.0)), operation, arguments, host: None }
    }

    /// Begins to acquire.
    pub fn wait(&self, stop: &Stop) -> Waiting {
        let (tell, told) = channel();
        invoke(self.request("SandboxPool.acquire", Value::Null), stop, false, move |answer| {
            let _ = tell.send(answer.map(lent));
        });
        told
    }

    pub fn acquire(&self) -> Guest {
        finish(&self.wait(&Stop::default())).unwrap()
    }

    pub fn give_back(&self, number: u64) -> Result<Answer> {
        let number = Value::object([("number", Value::Int(number as i64))]);
        invoke_now(self.request("SandboxPool.release", number), &Stop::default())
    }

    pub fn release(&self, guest: &Guest) {
        assert!(matches!(self.give_back(loan(guest)), Ok(Answer::Value(Value::Null))));
    }

    /// Size, idle, lent, waiting, opened.
    pub fn stats(&self) -> [i64; 5] {
        let Ok(Answer::Value(stats)) = self.ask("SandboxPool.stats") else { panic!("there are stats") };
        ["size", "idle", "lent", "waiting", "opened"].map(|name| int(stats.get(name).unwrap()))
    }

    pub fn until(&self, stats: [i64; 5]) {
        let begun = Instant::now();
        while self.stats() != stats {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?} is not {stats:?}", self.stats());
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

pub fn module() -> Value {
    Value::Bytes(wat::parse_str(GUEST).unwrap())
}

pub fn made(options: Vec<(&str, Value)>) -> Result<Pool> {
    made_with(options, adder())
}

/// A pool whose guests all have this host.
pub fn made_with(options: Vec<(&str, Value)>, host: Closures) -> Result<Pool> {
    let arguments = Value::object([("options", Value::object(options))]);
    let host: Option<Arc<dyn Host>> = Some(Arc::new(host));
    let request = Request { target: None, operation: "SandboxPool.constructor", arguments, host };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Pool(pool) => pool,
        _ => panic!("a pool was expected"),
    })
}

pub fn lent(answer: Answer) -> Guest {
    match answer {
        Answer::Guest(guest) => guest,
        _ => panic!("a guest was expected"),
    }
}

pub fn call(guest: &Guest, name: &str) -> Result<Value> {
    let arguments = Value::object([("name", Value::String(name.to_owned()))]);
    let request = Request { target: Some(Target::Guest(guest)), operation: "call", arguments, host: None };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Value(value) => value,
        _ => panic!("a value was expected"),
    })
}

pub fn loan(guest: &Guest) -> u64 {
    let request = Request { target: Some(Target::Guest(guest)), operation: "loan", arguments: Value::Null, host: None };
    let Ok(Answer::Value(number)) = invoke_now(request, &Stop::default()) else { panic!("it has a number") };
    int(&number) as u64
}

pub fn prepare(guest: &Guest) -> Result<PreparedCall> {
    let arguments = Value::object([("name", Value::String("count".to_owned()))]);
    let request = Request { target: Some(Target::Guest(guest)), operation: "prepare", arguments, host: None };
    invoke_now(request, &Stop::default()).map(|answer| match answer {
        Answer::Prepared(call) => call,
        _ => panic!("a prepared call was expected"),
    })
}

pub fn failed<T>(outcome: Result<T>) -> Error {
    outcome.err().expect("it should fail")
}

pub fn code<T>(outcome: Result<T>) -> String {
    failed(outcome).code.as_str().to_owned()
}
