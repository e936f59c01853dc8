//! Errors and results as JSON, for bindings and for `--json`.

use crate::{Error, RunResult};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value as Json, json};

impl Error {
    /// `{code, family, message, details, result?}`.
    pub fn to_json(&self) -> Json {
        let mut json = json!({ "code": self.code, "family": self.code.family(), "message": self.message, "details": self.details });
        if let (Some(result), Some(object)) = (&self.result, json.as_object_mut()) {
            object.insert("result".into(), result.to_json());
        }
        json
    }
}

impl RunResult {
    /// `value` in tagged form; output as text, and as base64 beside it where it is not UTF-8; files as base64.
    pub fn to_json(&self) -> Json {
        let files: Map<String, Json> = self.files.iter().map(|(path, bytes)| (path.clone(), BASE64.encode(bytes).into())).collect();
        let mut json = json!({
            "value": self.value.to_tagged(),
            "stdout": String::from_utf8_lossy(&self.stdout),
            "stderr": String::from_utf8_lossy(&self.stderr),
            "truncated": self.truncated,
            "exitCode": self.exit_code,
            "files": files,
            "usage": self.usage,
        });
        for (name, bytes) in [("stdoutBase64", &self.stdout), ("stderrBase64", &self.stderr)] {
            if let (Err(_), Some(object)) = (std::str::from_utf8(bytes), json.as_object_mut()) {
                object.insert(name.into(), BASE64.encode(bytes).into());
            }
        }
        json
    }
}
