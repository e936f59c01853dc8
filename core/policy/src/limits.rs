//! The limits of a policy as types. Every field has a default from its preset; units are in the names.
//!
//! Which code each field ends in, and what a document may give it, stands in `limit_table.rs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one sandbox may use. Memory, files and instances are counted per sandbox, the rest per run or call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Linear memories, tables, GC heap and the bytes that the host holds for the guest, together.
    pub memory_bytes: u64,
    /// Elapsed time of a run or call, host calls and sleeping included; null: only CPU time counts.
    pub wall_time_ms: Option<u64>,
    /// Time the guest itself computes; null: only elapsed time counts.
    pub cpu_time_ms: Option<u64>,
    /// Wasm instructions, roughly; null: not metered (metering costs time).
    pub fuel: Option<u64>,
    /// Native stack class; null: chosen by the kind of source.
    pub stack: Option<StackClass>,
    /// Elements of all tables together.
    pub table_elements: u64,
    /// Instances that one module or component may consist of.
    pub instances: u32,
    /// Linear memories, in all instances together.
    pub memories: u32,
    /// Tables, in all instances together.
    pub tables: u32,
    /// Bytes of stdout and stderr together that are kept and passed on.
    pub output_bytes: u64,
    /// What happens to output beyond `outputBytes`.
    pub on_output_limit: OutputLimitAction,
    /// Encoded size of one value that crosses the boundary, in either direction.
    pub value_bytes: u64,
    /// Nesting of one value that crosses the boundary.
    pub value_depth: u32,
    /// Calls of host functions.
    pub host_calls: u64,
    /// Elapsed time of one host function call; null: the run's own time is the only limit.
    pub host_call_time_ms: Option<u64>,
    /// Files, directories and links in the in-memory tree.
    pub files: u64,
    /// Bytes of all in-memory files.
    pub file_bytes: u64,
    /// Files and directories that are open at the same time.
    pub open_files: u32,
    /// Requests that the guest makes.
    pub http_requests: u64,
    /// Requests that are under way at the same time.
    pub http_concurrency: u32,
    /// Bytes of one request's body.
    pub http_request_bytes: u64,
    /// Bytes of one response's body.
    pub http_response_bytes: u64,
    /// Random bytes that the guest may draw.
    pub random_bytes: u64,
    /// Size of a module that is loaded.
    pub module_bytes: u64,
    /// Elapsed time of compiling a module.
    pub compile_time_ms: u64,
}

impl Default for Limits {
    /// The limits of the strict preset.
    fn default() -> Limits {
        Limits {
            memory_bytes: 64 << 20,
            wall_time_ms: Some(30_000),
            cpu_time_ms: Some(10_000),
            fuel: None,
            stack: None,
            table_elements: 20_000,
            instances: 32,
            memories: 4,
            tables: 16,
            output_bytes: 1 << 20,
            on_output_limit: OutputLimitAction::Truncate,
            value_bytes: 8 << 20,
            value_depth: 128,
            host_calls: 1_000,
            host_call_time_ms: Some(10_000),
            files: 1_024,
            file_bytes: 16 << 20,
            open_files: 64,
            http_requests: 100,
            http_concurrency: 8,
            http_request_bytes: 1 << 20,
            http_response_bytes: 10 << 20,
            random_bytes: 16 << 20,
            module_bytes: 32 << 20,
            compile_time_ms: 60_000,
        }
    }
}

/// What happens to output beyond `outputBytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OutputLimitAction {
    /// Drop it and say so in the result.
    Truncate,
    /// End the run with `output_limit`.
    Fail,
}

/// Native stack for wasm frames: a class, because the engine fixes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum StackClass {
    /// 256 KiB.
    #[serde(rename = "256k")]
    Small,
    /// 1 MiB.
    #[serde(rename = "1m")]
    Medium,
    /// 4 MiB.
    #[serde(rename = "4m")]
    Large,
}

impl StackClass {
    /// Bytes of stack that wasm code may use.
    pub fn bytes(self) -> usize {
        match self {
            StackClass::Small => 256 << 10,
            StackClass::Medium => 1 << 20,
            StackClass::Large => 4 << 20,
        }
    }
}
