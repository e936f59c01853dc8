//! From JSON to a checked policy, and back: the order of the steps.

use super::{message, path, read, shape};
use crate::{Capability, Error, ErrorCode, Policy, Preset, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::fmt;

const PRESETS: [&str; 3] = ["strict", "moderate", "permissive"];

impl Policy {
    /// Reads a document, or the name of a preset as a JSON string.
    ///
    /// # Errors
    /// `invalid_policy` with `details.path`: also for a key that stands twice, for more than 1 MiB, and for text
    /// after the document.
    pub fn from_json(text: &str) -> Result<Policy> {
        let policy = Policy::from_value(read::json(text)?)?;
        // Defaults make a document longer, and the effective one is read again further down.
        if text.len() > read::MAX_BYTES / 2 && policy.to_json().len() > read::MAX_BYTES {
            return Err(invalid(
                "$",
                format_args!("with its defaults the document has more than {} bytes", read::MAX_BYTES),
            ));
        }
        Ok(policy)
    }

    /// Reads a document that is parsed already.
    ///
    /// # Errors
    /// `invalid_policy` with `details.path`.
    pub fn from_value(mut json: Json) -> Result<Policy> {
        if let Json::String(name) = &json {
            return Policy::from_preset(name);
        }
        if !json.is_object() {
            return Err(invalid("$", "a policy is an object, or the name of a preset"));
        }
        shape::whole_numbers(&mut json, "$", 0)?;
        version(&json)?;
        let preset = match json.get("preset") {
            None => Preset::Strict,
            Some(Json::String(name)) => preset(name, "$.preset")?,
            Some(_) => return Err(invalid("$.preset", format_args!("a preset is a name: {}", PRESETS.join(", ")))),
        };
        let mut whole = serde_json::to_value(Policy::of(preset)).map_err(|error| invalid("$", error))?;
        shape::merge(&mut whole, json);
        let policy: Policy = typed(&whole)?;
        policy.validate()?;
        Ok(policy)
    }

    /// The policy that a preset's name stands for.
    ///
    /// # Errors
    /// `invalid_policy` with the path `$`.
    pub fn from_preset(name: &str) -> Result<Policy> {
        preset(name, "$").map(Policy::of)
    }

    /// The effective policy with all defaults filled in, as compact JSON. Reading it gives the same policy.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// An `invalid_policy` error at a path.
pub(crate) fn invalid(path: &str, why: impl fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidPolicy, format_args!("{path}: {why}")).with("path", path)
}

/// A capability out of its document.
pub(crate) fn capability_from(text: &str) -> Result<Capability> {
    let mut json = read::json(text)?;
    shape::whole_numbers(&mut json, "$", 0)?;
    typed(&json)
}

/// JSON as a type of the document, in the one shape that is meant.
fn typed<T: DeserializeOwned + Serialize>(json: &Json) -> Result<T> {
    let read: T = serde_path_to_error::deserialize(json).map_err(|error| {
        let (mut at, why) = (path::of(error.path()), error.inner().to_string());
        if let Some(name) = message::missing(&why) {
            at = path::key(&at, name);
        } else if let (Some(name), "$", true) = (message::unknown_key(&why), at.as_str(), json.is_object()) {
            // Choices by `type` are read whole, so serde does not know where it is.
            at = path::key("$", name);
        }
        invalid(&at, message::plain(&why))
    })?;
    let again = serde_json::to_value(&read).map_err(|error| invalid("$", error))?;
    shape::same(json, &again, "$")?;
    Ok(read)
}

/// Said before anything else is looked at: the rest of another version's document means something else.
fn version(json: &Json) -> Result<()> {
    match json.get("version") {
        None => Ok(()),
        Some(version) if version.as_u64() == Some(1) => Ok(()),
        Some(Json::Number(version)) => {
            Err(invalid("$.version", format_args!("version {version} is not known; this is version 1")))
        }
        Some(_) => Err(invalid("$.version", "the version is the number 1")),
    }
}

fn preset(name: &str, at: &str) -> Result<Preset> {
    match name {
        "strict" => Ok(Preset::Strict),
        "moderate" => Ok(Preset::Moderate),
        "permissive" => Ok(Preset::Permissive),
        _ => {
            let near =
                message::nearest(name, &PRESETS).map(|near| format!(", did you mean `{near}`")).unwrap_or_default();
            Err(invalid(
                at,
                format_args!("there is no preset `{}`{near}; there are {}", path::shown(name), PRESETS.join(", ")),
            ))
        }
    }
}
