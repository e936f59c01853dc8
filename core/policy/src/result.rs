//! What a run gives back: value, output, files, usage.

use crate::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outcome of one run or call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunResult {
    /// The last expression's value, or what the called function returned.
    pub value: Value,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// Whether output was dropped because of `outputBytes`.
    pub truncated: bool,
    /// Exit status of a WASI command; 0 when it returned.
    pub exit_code: Option<i32>,
    /// Files that the guest made or changed, by absolute path.
    pub files: BTreeMap<String, Vec<u8>>,
    pub usage: Usage,
}

/// What was used. Whole milliseconds are rounded up, so that any work shows; exact microseconds stand beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Elapsed milliseconds, host calls and sleeping included.
    pub wall_time_ms: u64,
    /// Elapsed microseconds.
    pub wall_time_us: u64,
    /// Milliseconds that the guest itself computed.
    pub cpu_time_ms: u64,
    /// Microseconds that the guest itself computed.
    pub cpu_time_us: u64,
    /// The most that memories, tables and host-held bytes came to together.
    pub peak_memory_bytes: u64,
    /// Null when fuel is not metered.
    pub fuel_consumed: Option<u64>,
    /// Calls of the guest's functions by the host.
    pub function_calls: u64,
    /// Calls of host functions by the guest.
    pub host_calls: u64,
    /// Requests that the guest made.
    pub network_requests: u64,
    /// Operations on files and directories.
    pub filesystem_ops: u64,
    /// Bytes that the guest wrote to stdout and stderr, dropped ones included.
    pub output_bytes: u64,
    /// Audit events that the bounded buffer had to drop.
    pub audit_dropped: u64,
}

impl Usage {
    /// Sets both time pairs from nanoseconds.
    pub fn set_times(&mut self, wall_ns: u64, cpu_ns: u64) {
        (self.wall_time_ms, self.wall_time_us) = (wall_ns.div_ceil(1_000_000), wall_ns / 1_000);
        (self.cpu_time_ms, self.cpu_time_us) = (cpu_ns.div_ceil(1_000_000), cpu_ns / 1_000);
    }
}
