//! Settings of the process: chosen a few at a time, corrected, and fixed with the first use; one process for all of it.
//!
//! By operations, as bindings without a layer of their own choose them: with a look-out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::mpsc::channel;
use wasm_sandbox_bridge::ops::{Answer, Request, Stop, invoke};
use wasm_sandbox_bridge::policy::{Result, Value};

fn done(operation: &str, options: Value) -> Result<Answer> {
    let (tell, told) = channel();
    let arguments = Value::object([("options", options)]);
    let request = Request { target: None, operation, arguments, host: None };
    invoke(request, &Stop::default(), true, move |answer| tell.send(answer).unwrap());
    told.recv().unwrap()
}

fn refused(options: Value) -> (String, String) {
    let error = done("configure", options).map(drop).unwrap_err();
    let path = error.details.get("path").and_then(|path| path.as_str()).unwrap_or_default();
    (error.code.as_str().to_owned(), path.to_owned())
}

fn refusal(path: &str) -> (String, String) {
    ("invalid_argument".to_owned(), path.to_owned())
}

#[test]
fn they_are_chosen_until_the_first_use() {
    let one = |name: &str, value: Value| Value::object([(name, value)]);
    done("configure", one("cacheDir", Value::Null)).unwrap();
    assert_eq!(refused(one("maxInstances", Value::Int(0))), refusal("$.maxInstances"));
    assert_eq!(refused(one("queueTimeoutMs", Value::Float(f64::INFINITY))), refusal("$.queueTimeoutMs"));
    assert_eq!(refused(one("packsDir", Value::from("/"))), refusal("$.packsDir"));
    done("SecurityPolicy.strict", Value::Null).unwrap();
    done("configure", one("maxInstances", Value::Int(1))).unwrap();
    let module = || {
        let (tell, told) = channel();
        let bytes = Value::Bytes(wat::parse_str("(module)").unwrap());
        let arguments = Value::object([("bytes", bytes)]);
        let request = Request { target: None, operation: "WasmSandbox.fromBytes", arguments, host: None };
        invoke(request, &Stop::default(), true, move |answer| tell.send(answer).unwrap());
        told.recv().unwrap()
    };
    let _open = module().unwrap();
    let error = module().map(drop).unwrap_err();
    assert_eq!((error.code.as_str(), error.details["field"].as_str()), ("busy", Some("maxInstances")));
    assert_eq!(refused(one("maxInstances", Value::Int(2))), refusal(""));
}
