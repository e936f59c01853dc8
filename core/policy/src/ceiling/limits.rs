//! The smaller of two limits, field by field; null is no limit.

use crate::{Limits, OutputLimitAction};

pub(super) fn both(a: &Limits, b: &Limits) -> Limits {
    let fails = [a.on_output_limit, b.on_output_limit].contains(&OutputLimitAction::Fail);
    Limits {
        memory_bytes: a.memory_bytes.min(b.memory_bytes),
        wall_time_ms: smaller(a.wall_time_ms, b.wall_time_ms),
        cpu_time_ms: smaller(a.cpu_time_ms, b.cpu_time_ms),
        fuel: smaller(a.fuel, b.fuel),
        stack: match (a.stack, b.stack) {
            (Some(a), Some(b)) if a.bytes() > b.bytes() => Some(b),
            (a, b) => a.or(b),
        },
        table_elements: a.table_elements.min(b.table_elements),
        instances: a.instances.min(b.instances),
        memories: a.memories.min(b.memories),
        tables: a.tables.min(b.tables),
        output_bytes: a.output_bytes.min(b.output_bytes),
        on_output_limit: if fails { OutputLimitAction::Fail } else { OutputLimitAction::Truncate },
        value_bytes: a.value_bytes.min(b.value_bytes),
        value_depth: a.value_depth.min(b.value_depth),
        host_calls: a.host_calls.min(b.host_calls),
        host_call_time_ms: smaller(a.host_call_time_ms, b.host_call_time_ms),
        files: a.files.min(b.files),
        file_bytes: a.file_bytes.min(b.file_bytes),
        open_files: a.open_files.min(b.open_files),
        http_requests: a.http_requests.min(b.http_requests),
        http_concurrency: a.http_concurrency.min(b.http_concurrency),
        http_request_bytes: a.http_request_bytes.min(b.http_request_bytes),
        http_response_bytes: a.http_response_bytes.min(b.http_response_bytes),
        random_bytes: a.random_bytes.min(b.random_bytes),
        module_bytes: a.module_bytes.min(b.module_bytes),
        compile_time_ms: a.compile_time_ms.min(b.compile_time_ms),
    }
}

/// The smaller of two limits that may be missing.
pub(super) fn smaller(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
