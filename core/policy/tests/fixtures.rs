//! Every document of fixtures/policies, as its README says: the same files that the other languages run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use serde::Deserialize;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use wasm_sandbox_policy::{Error, Policy, PolicyInput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Valid {
    why: String,
    policy: Json,
    ceiling: Option<Json>,
    effective: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invalid {
    why: String,
    #[serde(default, deserialize_with = "present")]
    policy: Option<Json>,
    text: Option<String>,
    error: Expected,
    #[allow(dead_code, reason = "what the schema says is asked where the schema is read")]
    schema: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    path: String,
}

/// A policy of null is a policy that is given.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

fn cases<T: for<'de> Deserialize<'de>>(folder: &str) -> Vec<(PathBuf, T)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/policies").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, case)
    };
    files.into_iter().map(read).collect()
}

/// The first place at which `part` is not found in `whole`.
fn differs(part: &Json, whole: &Json, at: &str) -> Option<String> {
    match (part, whole) {
        (Json::Object(part), Json::Object(whole)) => part.iter().find_map(|(key, value)| match whole.get(key) {
            Some(whole) => differs(value, whole, &format!("{at}.{key}")),
            None => Some(format!("{at}.{key} is missing")),
        }),
        (Json::Array(part), Json::Array(whole)) if part.len() == whole.len() => part
            .iter()
            .zip(whole)
            .enumerate()
            .find_map(|(i, (part, whole))| differs(part, whole, &format!("{at}[{i}]"))),
        (part, whole) if part == whole => None,
        _ => Some(format!("{at}: {part} expected, {whole} found")),
    }
}

#[test]
fn valid_documents_mean_what_they_say() {
    let cases = cases::<Valid>("valid");
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    for (path, Valid { why, policy, ceiling, effective }) in cases {
        let context = format!("{}: {why}", path.display());
        let mut read = Policy::parse(policy).unwrap_or_else(|error| panic!("{context}: {error}"));
        if let Some(ceiling) = ceiling {
            read = read.intersect(&Policy::parse(ceiling).unwrap());
            read.validate().unwrap_or_else(|error| panic!("{context}: {error}"));
        }
        let text = read.to_json();
        let found = differs(&effective, &serde_json::from_str(&text).unwrap(), "$");
        assert_eq!(found, None, "{context}");
        assert_eq!(Policy::parse(text.as_str()).unwrap(), read, "{context}");
    }
}

#[test]
fn invalid_documents_are_refused_at_their_path() {
    let cases = cases::<Invalid>("invalid");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for (path, Invalid { why, policy, text, error: expected, .. }) in cases {
        let context = format!("{}: {why}", path.display());
        let refusals: Vec<Error> = match (policy, text) {
            (Some(policy), None) => {
                vec![Policy::from_json(&policy.to_string()), Policy::parse(PolicyInput::Json(policy))]
            }
            (None, Some(text)) => vec![Policy::from_json(&text)],
            _ => panic!("{context}: either policy or text"),
        }
        .into_iter()
        .map(|result: Result<Policy, Error>| result.expect_err(&context))
        .collect();
        for error in refusals {
            assert_eq!(error.code.as_str(), expected.code, "{context}");
            assert_eq!(error.details["path"], expected.path, "{context}: {error}");
            assert!(error.message.contains(&format!("{}: ", expected.path)), "{context}: {error}");
        }
    }
}
