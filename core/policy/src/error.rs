//! The error of wasm-sandbox: a stable code in one of six families, a message for people, details for programs.
//!
//! The same codes stand in every language. A message says what happened, why, and what to do next; no
//! message or detail carries a host path or a secret.

use crate::RunResult;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every fallible operation returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Machine-readable facts about an error: `{field, limit, used}` for limits, `{capability, target, rule}` for denials.
pub type Details = serde_json::Map<String, serde_json::Value>;

macro_rules! codes {
    ($($variant:ident $name:literal $family:ident $title:literal),* $(,)?) => {
        /// What went wrong. The name in snake case is what programs compare.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($variant),* }

        impl ErrorCode {
            /// Every code, in the order of the reference.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),*];

            /// The code as programs see it.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $name),* }
            }

            /// The family, which is the error's class in every language.
            pub fn family(self) -> ErrorFamily {
                match self { $(ErrorCode::$variant => ErrorFamily::$family),* }
            }

            /// How a message of this code begins.
            pub fn title(self) -> &'static str {
                match self { $(ErrorCode::$variant => $title),* }
            }
        }
    };
}

codes! {
    AccessDenied "access_denied" Security "Access denied",
    MemoryLimit "memory_limit" Resource "Memory limit exceeded",
    CpuTimeout "cpu_timeout" Resource "CPU timeout exceeded",
    WallTimeout "wall_timeout" Resource "Wall timeout exceeded",
    FuelExhausted "fuel_exhausted" Resource "Fuel exhausted",
    StackOverflow "stack_overflow" Resource "Stack overflow",
    OutputLimit "output_limit" Resource "Output limit exceeded",
    HostCallLimit "host_call_limit" Resource "Host call limit exceeded",
    FileLimit "file_limit" Resource "File limit exceeded",
    NetworkLimit "network_limit" Resource "Network limit exceeded",
    ValueLimit "value_limit" Resource "Value limit exceeded",
    ModuleLimit "module_limit" Resource "Module limit exceeded",
    GuestTrap "guest_trap" Execution "Guest trapped",
    GuestExit "guest_exit" Execution "Guest exited",
    GuestException "guest_exception" Execution "Guest exception",
    HostFunctionFailed "host_function_failed" Execution "Host function failed",
    ComponentError "component_error" Execution "Component returned an error",
    InvalidArgument "invalid_argument" Usage "Invalid argument",
    InvalidPolicy "invalid_policy" Usage "Invalid policy",
    InvalidModule "invalid_module" Usage "Invalid module",
    NotFound "not_found" Usage "Not found",
    Unsupported "unsupported" Usage "Unsupported",
    Cancelled "cancelled" Lifecycle "Cancelled",
    Closed "closed" Lifecycle "Closed",
    Busy "busy" Lifecycle "Busy",
    Internal "internal" Internal "Internal error",
}

/// The six families: one class each in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorFamily {
    Security,
    Resource,
    Execution,
    Usage,
    Lifecycle,
    Internal,
}

/// One error. `result` is what a failed run had produced so far: output and usage are never lost.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Error {
    pub code: ErrorCode,
    pub message: String,
    pub details: Details,
    pub result: Option<Box<RunResult>>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    /// An error whose message is the code's title, a colon, and `message`.
    pub fn new(code: ErrorCode, message: impl fmt::Display) -> Error {
        Error { code, message: format!("{}: {message}", code.title()), details: Details::new(), result: None }
    }

    /// A limit of the policy was reached: details `{field, limit, used}`, in the unit of the field.
    pub fn limit(code: ErrorCode, field: &str, limit: u64, used: u64, message: impl fmt::Display) -> Error {
        Error::new(code, message).with("field", field).with("limit", limit).with("used", used)
    }

    /// Adds one detail.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Error {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Attaches what the run had produced when it failed.
    #[must_use]
    pub fn with_result(mut self, result: RunResult) -> Error {
        self.result = Some(Box::new(result));
        self
    }
}
