//! Places in values, as refusals name them: `$.a[3]`.
//!
//! A binding's converter notes the steps on its way out of what cannot cross, innermost first. How deep a value may be
//! nested and what else can cross is for each language to look at; how that is told is the same in all of them.

use std::fmt::Display;
use wasm_sandbox_policy::{Error, ErrorCode, Value};

/// Deepest nesting that crosses.
pub const DEEPEST: usize = 128;

/// The place of an operation's parameter. Those that callers write in one row with the operation, or count from it, have
/// their places from the root.
pub fn parameter(name: &str) -> String {
    match name {
        "options" | "args" | "calls" => "$".to_owned(),
        other => format!("$.{other}"),
    }
}

/// What is wrong at a place: `invalid_argument` with `details.path`.
pub fn refused(at: &str, why: impl Display) -> Error {
    Error::new(ErrorCode::InvalidArgument, format_args!("{at}: {why}")).with("path", at)
}

/// What cannot cross, at a place that is not known yet.
pub fn cannot(why: impl Display) -> Error {
    Error::new(ErrorCode::InvalidArgument, why)
}

/// What contains itself.
pub fn endless() -> Error {
    cannot("the value contains itself")
}

/// What lies deeper than `DEEPEST`.
pub fn too_deep() -> Error {
    cannot(format_args!("the value is nested more than {DEEPEST} levels deep"))
}

/// One step from a container to what is in it.
enum Step {
    Key(String),
    Index(usize),
}

/// From the place of a failure outwards; filled only when something fails.
#[derive(Default)]
pub struct Trail(Vec<Step>);

impl Trail {
    /// Out of a list.
    pub fn index(&mut self, index: usize) {
        self.0.push(Step::Index(index));
    }

    /// Out of a property.
    pub fn name(&mut self, name: &str) {
        self.0.push(Step::Key(name.to_owned()));
    }

    /// Out of a map, whose keys may be no strings: those are counted.
    pub fn key(&mut self, key: &Value, index: usize) {
        match key {
            Value::String(name) => self.name(name),
            _ => self.index(index),
        }
    }

    /// Gives a refusal its place, which begins with `at`. Other errors stay as they are.
    pub fn placed(&self, error: Error, at: &str) -> Error {
        if error.code != ErrorCode::InvalidArgument {
            return error;
        }
        let place = self.0.iter().rev().fold(at.to_owned(), |place, step| match step {
            Step::Index(index) => format!("{place}[{index}]"),
            Step::Key(key) if is_plain(key) => format!("{place}.{key}"),
            Step::Key(key) => format!("{place}[{}]", serde_json::Value::from(key.as_str())),
        });
        refused(&place, error.message.split_once(": ").map_or("", |(_, why)| why))
    }
}

/// Whether a key can stand after a dot.
fn is_plain(key: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    !key.is_empty() && key.chars().all(word) && !key.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_the_outside() {
        let mut trail = Trail::default();
        trail.key(&Value::Int(5), 1);
        trail.name("b c\"");
        trail.index(3);
        trail.key(&Value::from("ä_1"), 0);
        let error = trail.placed(cannot("a function cannot be passed"), "$.inputs");
        let place = "$.inputs.ä_1[3][\"b c\\\"\"][1]";
        assert_eq!(error.message, format!("Invalid argument: {place}: a function cannot be passed"));
        assert_eq!(error.details.get("path").and_then(|path| path.as_str()), Some(place));
        for key in ["", "1a", "a.b", "a-b"] {
            assert!(!is_plain(key), "{key}");
        }
    }

    #[test]
    fn other_errors_stay_as_they_are() {
        let mut trail = Trail::default();
        trail.index(0);
        let error = trail.placed(Error::new(ErrorCode::Busy, "later"), "$");
        assert_eq!((error.code, error.message.as_str(), error.details.len()), (ErrorCode::Busy, "Busy: later", 0));
    }
}
