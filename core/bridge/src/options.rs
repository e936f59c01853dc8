//! Options in the bridge's own form. Settings of the process come as JSON, unknown keys refused with their place.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use wasm_sandbox_core::{OutputFormat, PackLocation, RuntimeOptions};
use wasm_sandbox_policy::{Error, ErrorCode, Policy, Result};

/// Reads JSON options; an error is `invalid_argument` whose `details.path` names the place, as `$.files.a`.
pub fn parse_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => "$".to_owned(),
            path if path.starts_with('[') => format!("${path}"),
            path => format!("$.{path}"),
        };
        Error::new(ErrorCode::InvalidArgument, format_args!("{path}: {}", error.inner())).with("path", path)
    })?;
    json.end().map_err(|error| Error::new(ErrorCode::InvalidArgument, format_args!("$: {error}")).with("path", "$"))?;
    Ok(value)
}

/// Settings of the process.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BridgeOptions {
    /// The language packs: no setting, but a part of the binding.
    #[serde(skip)]
    pub packs: PackLocation,
    /// Folder for compiled modules. Null: nothing is kept on disk; absent: the user's cache folder.
    #[serde(deserialize_with = "present")]
    pub cache_dir: Option<Option<PathBuf>>,
    /// Calls that run at once, over all sandboxes.
    pub max_concurrency: usize,
    /// Milliseconds that a call waits for a thread before it is `busy`; fractions are rounded up.
    #[serde(deserialize_with = "whole_ms")]
    pub queue_timeout_ms: u64,
    /// Sandboxes that are open at once; opening one more is `busy`.
    pub max_instances: usize,
}

impl Default for BridgeOptions {
    fn default() -> BridgeOptions {
        BridgeOptions {
            packs: PackLocation::Absent,
            cache_dir: None,
            max_concurrency: 64,
            queue_timeout_ms: 30_000,
            max_instances: 4_096,
        }
    }
}

fn whole_ms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let ms = f64::deserialize(deserializer)?;
    if ms.is_finite() && ms >= 0.0 { Ok(ms.ceil() as u64) } else { Err(D::Error::custom("it is a time of 0 or more")) }
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<PathBuf>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl BridgeOptions {
    pub(crate) fn check(self) -> Result<BridgeOptions> {
        for (field, value) in [("maxConcurrency", self.max_concurrency), ("maxInstances", self.max_instances)] {
            if value == 0 {
                return Err(Error::new(ErrorCode::InvalidArgument, format_args!("$.{field}: at least 1"))
                    .with("path", format!("$.{field}")));
            }
        }
        Ok(self)
    }

    pub(crate) fn runtime(&self) -> RuntimeOptions {
        RuntimeOptions { packs: self.packs.clone(), cache_dir: self.cache_dir.clone().unwrap_or_else(user_cache) }
    }
}

/// The folder for compiled modules in the user's cache folder, if the environment names one.
fn user_cache() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        named("HOME").map(|home| home.join("Library/Caches"))
    } else {
        named("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| named("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("wasm-sandbox").join("modules"))
}

/// What a sandbox is opened with, besides its source's bytes, its files and its host. Clones share the policy.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// A source language instead of a module.
    pub language: Option<String>,
    /// The effective policy.
    pub policy: Arc<Policy>,
    pub instance_id: Option<String>,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    /// Configuration of an Extism plug-in.
    pub config: BTreeMap<String, String>,
}

/// What one call may have of its own.
#[derive(Clone, Debug, Default)]
pub struct CallSettings {
    /// A tighter limit on elapsed time, in milliseconds.
    pub wall_time_ms: Option<u64>,
    /// What an Extism plug-in's output is taken for.
    pub output: Option<OutputFormat>,
}
