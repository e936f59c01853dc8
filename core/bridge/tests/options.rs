//! Options as JSON: what is unknown or wrong is refused with its place.
//!
//! Needs no guest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use wasm_sandbox_bridge::{BridgeOptions, parse_json};

#[test]
fn mistakes_have_a_place() {
    for (text, path) in
        [(r#"{"maxInstance":1}"#, "$.maxInstance"), (r#"{"maxInstances":-1}"#, "$.maxInstances"), ("{} {}", "$")]
    {
        let error = parse_json::<BridgeOptions>(text).map(drop).unwrap_err();
        assert_eq!((error.code.as_str(), error.details["path"].as_str()), ("invalid_argument", Some(path)));
    }
}

#[test]
fn a_null_cache_folder_is_not_an_absent_one() {
    let parse = |text| parse_json::<BridgeOptions>(text).unwrap().cache_dir;
    assert_eq!(parse("{}"), None);
    assert_eq!(parse(r#"{"cacheDir":null}"#), Some(None));
    assert_eq!(parse(r#"{"cacheDir":"/c"}"#), Some(Some("/c".into())));
}
