//! What may stand for a policy: a preset, its name, a document as text, a document as JSON.

use crate::{Policy, Preset, Result};
use serde_json::Value as Json;

/// Whatever a caller gives as a policy.
#[derive(Clone, Debug)]
pub enum PolicyInput<'a> {
    Preset(Preset),
    /// A document, or a preset's name, bare or in quotes.
    Text(&'a str),
    /// A document, or a preset's name as a JSON string.
    Json(Json),
}

impl Policy {
    /// Reads whatever stands for a policy.
    ///
    /// # Errors
    /// `invalid_policy` with `details.path`.
    pub fn parse<'a>(input: impl Into<PolicyInput<'a>>) -> Result<Policy> {
        match input.into() {
            PolicyInput::Preset(preset) => Ok(Policy::of(preset)),
            PolicyInput::Text(text) if is_word(text.trim()) => Policy::from_preset(text.trim()),
            PolicyInput::Text(text) => Policy::from_json(text),
            PolicyInput::Json(json) => Policy::from_value(json),
        }
    }
}

/// `null`, `true` and `false` are JSON; any other word can only be a preset's name.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic()) && !["null", "true", "false"].contains(&text)
}

impl From<Preset> for PolicyInput<'_> {
    fn from(preset: Preset) -> Self {
        PolicyInput::Preset(preset)
    }
}

impl<'a> From<&'a str> for PolicyInput<'a> {
    fn from(text: &'a str) -> Self {
        PolicyInput::Text(text)
    }
}

impl From<Json> for PolicyInput<'_> {
    fn from(json: Json) -> Self {
        PolicyInput::Json(json)
    }
}
