//! Downloads: every decision about one, by the operations that languages ask between their requests. Hostile servers
//! are played by the answers that are told; nothing here uses a network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use wasm_sandbox_bridge::ops::{Answer, Request, Stop, invoke_now};
use wasm_sandbox_bridge::policy::{Error, Result, Value};

const SHA256_OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn ask(operation: &str, arguments: Value) -> Result<Value> {
    match invoke_now(Request { target: None, operation, arguments, host: None }, &Stop::default())? {
        Answer::Value(value) => Ok(value),
        _ => panic!("a value was expected"),
    }
}

/// A map out of JSON.
fn map(json: &str) -> Value {
    Value::from_tagged(&serde_json::from_str(json).unwrap()).unwrap()
}

fn url(url: &str, options: &str) -> Result<Value> {
    ask("Download.of", Value::object([("url", Value::from(url)), ("options", map(options))]))
}

/// With an answer's status, and its header `location` or `length`.
fn answered(download: &Value, status: i64, header: &str, text: &str) -> Result<Value> {
    let given = [("download", download.clone()), ("status", Value::Int(status)), (header, Value::from(text))];
    ask("Download.answered", Value::object(given))
}

fn redirected(download: &Value, location: &str) -> Result<Value> {
    answered(download, 302, "location", location)
}

fn arrived(download: &Value, bytes: &[u8]) -> Result<Value> {
    let given = [("download", download.clone()), ("bytes", Value::Bytes(bytes.to_vec()))];
    ask("Download.arrived", Value::object(given))
}

fn next(download: &Value) -> &str {
    download.get("url").and_then(Value::as_str).unwrap()
}

fn detail<'e>(error: &'e Error, name: &str) -> &'e serde_json::Value {
    error.details.get(name).unwrap_or(&serde_json::Value::Null)
}

#[test]
fn one_that_goes_well() {
    let given = url("https://a.example/a b?key=1#part", &format!(r#"{{"sha256":"{}"}}"#, SHA256_OF_ABC.to_uppercase()));
    let first = given.unwrap();
    assert_eq!(next(&first), "https://a.example/a%20b?key=1");
    assert_eq!((first.get("read"), first.get("timeoutMs")), (Some(&Value::Bool(false)), Some(&Value::Int(30_000))));
    let second = redirected(&first, "../b").unwrap();
    assert_eq!(next(&second), "https://a.example/b");
    let there = answered(&second, 200, "length", "3").unwrap();
    assert_eq!((next(&there), there.get("read")), ("https://a.example/b", Some(&Value::Bool(true))));
    assert_eq!(arrived(&there, b"abc").unwrap(), Value::Null);
    let error = arrived(&there, b"abd").unwrap_err();
    assert_eq!(error.code.as_str(), "invalid_module");
    assert_eq!(detail(&error, "expected"), &SHA256_OF_ABC.to_uppercase());
    assert_ne!(detail(&error, "actual"), SHA256_OF_ABC);
}

#[test]
fn only_web_addresses_are_fetched() {
    let source = |source: Value| ask("Download.of", Value::object([("source", source)]));
    for path in ["a.wasm", "/a/b.wasm", "C:\\a.wasm", "c://a.wasm", "file:///a.wasm", "FILE:///a.wasm", ""] {
        assert_eq!(source(Value::from(path)).unwrap(), Value::Null, "{path}");
    }
    assert_eq!(source(Value::Bytes(b"https://a".to_vec())).unwrap(), Value::Null);
    assert_eq!(ask("Download.of", Value::Null).unwrap(), Value::Null);
    assert_eq!(next(&source(Value::from("https://a.example")).unwrap()), "https://a.example/");
    for bad in ["https://", "https://a b/", "https://a\n", "https://a\\b/"] {
        assert_eq!(detail(&source(Value::from(bad)).unwrap_err(), "path"), "$.source", "{bad:?}");
    }
    for bad in ["not an address", "a.wasm", "", "https:/a", "//a.example/a", "https://:1/"] {
        let error = url(bad, "{}").unwrap_err();
        assert_eq!(
            (error.code.as_str(), detail(&error, "path").as_str()),
            ("invalid_argument", Some("$.url")),
            "{bad}"
        );
    }
}

#[test]
fn every_step_is_https_and_without_credentials() {
    let here = url("https://a.example/a/b", "{}").unwrap();
    for bad in [
        "http://a.example/",
        "HTTP://a.example/",
        "ftp://a.example/a",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:x",
        "https://user:p4ss@a.example/",
        "https://p4ss@a.example/",
    ] {
        for error in [url(bad, "{}").unwrap_err(), redirected(&here, bad).unwrap_err()] {
            assert_eq!(error.code.as_str(), "invalid_argument", "{bad}");
            assert!(detail(&error, "url").is_string() && !error.to_string().contains("p4ss"), "{error}");
        }
    }
    // Of the host that was judged, or of none.
    assert_eq!(next(&redirected(&here, "//b.example/c").unwrap()), "https://b.example/c");
    for bad in ["https://", "//", "/\\b.example/c", "https://a.example\\b.example/", "/a\r\nb"] {
        let error = redirected(&here, bad).unwrap_err();
        assert_eq!((error.code.as_str(), detail(&error, "status").as_u64()), ("not_found", Some(302)), "{bad:?}");
    }
}

#[test]
fn redirects_come_to_an_end() {
    let follow = |options: &str| {
        let mut at = url("https://a.example/first?key=secret", options).unwrap();
        for step in 0.. {
            match redirected(&at, &format!("/{step}")) {
                Ok(next) => at = next,
                Err(error) => return (step, error),
            }
        }
        unreachable!("it comes to an end")
    };
    let (steps, error) = follow("{}");
    assert_eq!((steps, error.to_string().as_str()), (5, "Not found: https://a.example/first: more than 5 redirects"));
    assert_eq!(follow(r#"{"maxRedirects":0}"#).0, 0);
    let status = |status, text| answered(&url("https://a.example/", "{}").unwrap(), status, "location", text);
    // Without a place to go, and of any other kind, it is an answer like any other.
    for (code, location) in [(302, None), (404, Some("/a")), (500, None), (199, Some("/a")), (0, None)] {
        let outcome = match location {
            Some(location) => status(code, location),
            None => answered(&url("https://a.example/", "{}").unwrap(), code, "length", "0"),
        };
        let error = outcome.unwrap_err();
        assert_eq!((error.code.as_str(), detail(&error, "status").as_i64()), ("not_found", Some(code)));
    }
    assert_eq!(status(200, "http://elsewhere/").unwrap().get("read"), Some(&Value::Bool(true)));
    assert_eq!(detail(&status(-1, "/a").unwrap_err(), "path"), "$.status");
}

#[test]
fn no_more_comes_than_may() {
    let limits = |options: &str| url("https://a.example/m?key=secret", options).unwrap().get("maxBytes").cloned();
    assert_eq!(limits(r#"{"limits":{"moduleBytes":17}}"#), Some(Value::Int(17)));
    assert_eq!(limits(r#"{"policy":{"limits":{"moduleBytes":8}}}"#), Some(Value::Int(8)));
    assert_eq!(limits(r#"{"policy":{"limits":{"moduleBytes":8}},"maxBytes":9}"#), Some(Value::Int(9)));
    let built = r#"{"source":"https://a.example","steps":[["limits",{"limits":{"moduleBytes":16}}]]}"#;
    assert_eq!(ask("Download.of", map(built)).unwrap().get("maxBytes"), Some(&Value::Int(16)));

    let small = url("https://a.example/m?key=secret", r#"{"maxBytes":3}"#).unwrap();
    for (length, fits) in [
        ("3", true),
        ("4", false),
        ("99999999999999999999999999", false),
        // What is no size is not believed; what comes is counted.
        ("-4", true),
        ("4 bytes", true),
        ("", true),
    ] {
        assert_eq!(answered(&small, 200, "length", length).is_ok(), fits, "{length}");
    }
    assert_eq!(arrived(&small, b"abc").unwrap(), Value::Null);
    let error = arrived(&small, b"abcd").unwrap_err();
    assert_eq!(error.code.as_str(), "module_limit");
    assert_eq!(
        serde_json::Value::from(error.details.clone()),
        serde_json::json!({"field": "moduleBytes", "limit": 3, "used": 4})
    );
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (options, path) in [
        (r#"{"maxBytes":-1}"#, "$.maxBytes"),
        (r#"{"maxBytes":{"$float":"nan"}}"#, "$.maxBytes"),
        (r#"{"maxBytes":{"$float":"inf"}}"#, "$.maxBytes"),
        (r#"{"maxRedirects":-1}"#, "$.maxRedirects"),
        (r#"{"maxRedirects":{"$float":"0.5"}}"#, "$.maxRedirects"),
        (r#"{"timeoutMs":0}"#, "$.timeoutMs"),
        (r#"{"sha256":1}"#, "$.sha256"),
        (r#"{"sha512":"00"}"#, "$.sha512"),
        (r#"{"limits":{"moduleBytes":-1}}"#, "$.limits.moduleBytes"),
    ] {
        assert_eq!(detail(&url("https://a.example", options).unwrap_err(), "path"), path, "{options}");
    }
    let longest = url("https://a.example", r#"{"timeoutMs":1e300}"#).unwrap();
    assert_eq!(longest.get("timeoutMs"), Some(&Value::Int(i32::MAX.into())));
    for bad in [r#"{"download":{}}"#, r#"{"download":5}"#, "{}"] {
        assert_eq!(detail(&ask("Download.answered", map(bad)).unwrap_err(), "path"), "$.download", "{bad}");
    }
}

#[test]
fn a_failure_says_why_and_shows_no_secret() {
    let download = url("https://a.example/m?key=secret", r#"{"timeoutMs":19.5}"#).unwrap();
    // It is told by the address that was given.
    let download = redirected(&download, "/elsewhere").unwrap();
    let failed = |late: bool| {
        let given = [("download", download.clone()), ("late", Value::Bool(late))];
        ask("Download.failed", Value::object(given)).unwrap_err()
    };
    assert_eq!(failed(true).to_string(), "Not found: https://a.example/m: no answer within 20 ms");
    assert_eq!(failed(false).to_string(), "Not found: https://a.example/m: no connection");
    assert_eq!(detail(&failed(false), "url"), "https://a.example/m");
}
