//! Errors and results as documents, for bindings and for `--json`, and how a result's is filled.

use crate::{Details, ErrorCode, ErrorFamily, RunResult, Usage};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A result as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultDocument {
    /// The value in tagged form: plain where JSON can say it, `{"$int": …}` and the like where it cannot.
    pub value: Json,
    /// Text; malformed UTF-8 shows as U+FFFD.
    pub stdout: String,
    /// Text; malformed UTF-8 shows as U+FFFD.
    pub stderr: String,
    /// The bytes, where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stdout_base64: Option<String>,
    /// The bytes, where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stderr_base64: Option<String>,
    /// Whether output was dropped because of `outputBytes`.
    pub truncated: bool,
    /// Exit status of a WASI command; null for anything else.
    pub exit_code: Option<i32>,
    /// Files that the guest made or changed: base64 by absolute path.
    pub files: BTreeMap<String, String>,
    /// What was used.
    pub usage: Usage,
}

/// An error as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDocument {
    /// What went wrong.
    pub code: ErrorCode,
    /// The code's family, which is the error's class in every language.
    pub family: ErrorFamily,
    /// For people.
    pub message: String,
    /// For programs.
    pub details: Details,
    /// What a failed run had produced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultDocument>,
}

impl From<&RunResult> for ResultDocument {
    fn from(result: &RunResult) -> ResultDocument {
        let unless_text = |bytes: &[u8]| std::str::from_utf8(bytes).is_err().then(|| BASE64.encode(bytes));
        ResultDocument {
            value: result.value.to_tagged(),
            stdout: String::from_utf8_lossy(&result.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&result.stderr).into_owned(),
            stdout_base64: unless_text(&result.stdout),
            stderr_base64: unless_text(&result.stderr),
            truncated: result.truncated,
            exit_code: result.exit_code,
            files: result.files.iter().map(|(path, bytes)| (path.clone(), BASE64.encode(bytes))).collect(),
            usage: result.usage.clone(),
        }
    }
}

impl RunResult {
    /// The value in tagged form; output as text, and as base64 beside it where it is not UTF-8; files as base64.
    pub fn to_json(&self) -> Json {
        serde_json::to_value(ResultDocument::from(self)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use serde_json::json;

    #[test]
    fn a_failed_run_keeps_what_it_wrote() {
        let result = RunResult {
            value: Value::Float(2.0),
            stdout: b"ok".to_vec(),
            stderr: vec![b'x', 0xff],
            exit_code: Some(3),
            files: [("/tmp/a".to_owned(), vec![0, 1])].into(),
            ..RunResult::default()
        };
        let result = &result.to_json();
        assert_eq!(
            (&result["value"], &result["stdout"], &result["stderr"]),
            (&json!({ "$float": "2" }), &json!("ok"), &json!("x\u{fffd}"))
        );
        assert_eq!((result.get("stdoutBase64"), &result["stderrBase64"]), (None, &json!("eP8=")));
        assert_eq!((&result["files"]["/tmp/a"], &result["exitCode"]), (&json!("AAE="), &json!(3)));
    }
}
