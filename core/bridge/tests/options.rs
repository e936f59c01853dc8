//! Options as JSON: what is unknown or wrong is refused with its place.
//!
//! Needs no guest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use wasm_sandbox_bridge::{BridgeOptions, CallSettings, OpenRequest, parse_json};

fn path<T: serde::de::DeserializeOwned>(text: &str) -> String {
    let error = parse_json::<T>(text).map(drop).unwrap_err();
    assert_eq!(error.code.as_str(), "invalid_argument");
    error.details["path"].as_str().unwrap().to_owned()
}

#[test]
fn mistakes_have_a_place() {
    assert_eq!(path::<CallSettings>(r#"{"wallTimeMS":1}"#), "$.wallTimeMS");
    assert_eq!(path::<CallSettings>(r#"{"wallTimeMs":-1}"#), "$.wallTimeMs");
    assert_eq!(path::<CallSettings>(r#"{"output":"xml"}"#), "$.output");
    assert_eq!(path::<CallSettings>("{} {}"), "$");
    assert_eq!(path::<OpenRequest>(r#"{"policy":{"limits":{"memory":1}}}"#), "$.policy.limits.memory");
    assert_eq!(path::<OpenRequest>(r#"{"policy":{},"env":[["A"]]}"#), "$.env[0]");
}

#[test]
fn a_null_cache_folder_is_not_an_absent_one() {
    let parse = |text| parse_json::<BridgeOptions>(text).unwrap().cache_dir;
    assert_eq!(parse("{}"), None);
    assert_eq!(parse(r#"{"cacheDir":null}"#), Some(None));
    assert_eq!(parse(r#"{"cacheDir":"/c"}"#), Some(Some("/c".into())));
}
