//! The table of limits: for each field the code that its breach ends in, and the range a document may give it.
//!
//! Validation, the published schema and the reference all read this table; nothing repeats it.

use crate::{ErrorCode, Limits};

/// The largest whole number that every JSON reader keeps exactly: 2^53 - 1.
pub(crate) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// 64 GiB: sixteen full memories of 32 bits. More is taken for a slip in the unit.
const MOST_BYTES: u64 = 64 << 30;
/// 1 GiB: what encoded lengths of 32 bits and the largest module that engines agree on leave room for.
const MOST_IN_ONE: u64 = 1 << 30;
/// Thirty days; nanoseconds of it fit everywhere. "No limit" is written as null.
const MOST_MS: u64 = 30 * 24 * 3_600_000;

/// One field of `limits`.
#[derive(Clone, Copy, Debug)]
pub struct LimitField {
    /// The field's name in a document.
    pub name: &'static str,
    /// What a run ends in that goes beyond it.
    pub code: ErrorCode,
    /// The least and the most that a document may say; `None` for fields that are names.
    pub range: Option<(u64, u64)>,
    /// The field's number; `None` for null, and for fields that are names.
    pub(crate) value: fn(&Limits) -> Option<u64>,
}

const fn number(
    name: &'static str,
    code: ErrorCode,
    least: u64,
    most: u64,
    value: fn(&Limits) -> Option<u64>,
) -> LimitField {
    LimitField { name, code, range: Some((least, most)), value }
}

const fn name(name: &'static str, code: ErrorCode) -> LimitField {
    LimitField { name, code, range: None, value: |_| None }
}

impl Limits {
    /// Every field, in the order of the reference.
    pub const FIELDS: &'static [LimitField] = &[
        number("memoryBytes", ErrorCode::MemoryLimit, 1 << 16, MOST_BYTES, |l| Some(l.memory_bytes)),
        number("wallTimeMs", ErrorCode::WallTimeout, 1, MOST_MS, |l| l.wall_time_ms),
        number("cpuTimeMs", ErrorCode::CpuTimeout, 1, MOST_MS, |l| l.cpu_time_ms),
        number("fuel", ErrorCode::FuelExhausted, 1, MAX_SAFE_INTEGER, |l| l.fuel),
        name("stack", ErrorCode::StackOverflow),
        // Ten million elements is what the JavaScript embedding of WebAssembly allows one table.
        number("tableElements", ErrorCode::MemoryLimit, 0, 10_000_000, |l| Some(l.table_elements)),
        number("instances", ErrorCode::MemoryLimit, 1, 10_000, |l| Some(l.instances.into())),
        // A hundred is what one slot of the engine's pool holds.
        number("memories", ErrorCode::MemoryLimit, 1, 100, |l| Some(l.memories.into())),
        number("tables", ErrorCode::MemoryLimit, 0, 100, |l| Some(l.tables.into())),
        number("outputBytes", ErrorCode::OutputLimit, 0, MOST_BYTES, |l| Some(l.output_bytes)),
        name("onOutputLimit", ErrorCode::OutputLimit),
        number("valueBytes", ErrorCode::ValueLimit, 1, MOST_IN_ONE, |l| Some(l.value_bytes)),
        // 128 is how deep every codec follows.
        number("valueDepth", ErrorCode::ValueLimit, 1, 128, |l| Some(l.value_depth.into())),
        number("hostCalls", ErrorCode::HostCallLimit, 0, MAX_SAFE_INTEGER, |l| Some(l.host_calls)),
        number("hostCallTimeMs", ErrorCode::HostCallLimit, 1, MOST_MS, |l| l.host_call_time_ms),
        number("files", ErrorCode::FileLimit, 0, 10_000_000, |l| Some(l.files)),
        number("fileBytes", ErrorCode::FileLimit, 0, MOST_BYTES, |l| Some(l.file_bytes)),
        number("openFiles", ErrorCode::FileLimit, 0, 1 << 20, |l| Some(l.open_files.into())),
        number("httpRequests", ErrorCode::NetworkLimit, 0, MAX_SAFE_INTEGER, |l| Some(l.http_requests)),
        // None at a time would make every request wait for good.
        number("httpConcurrency", ErrorCode::NetworkLimit, 1, 1_024, |l| Some(l.http_concurrency.into())),
        number("httpRequestBytes", ErrorCode::NetworkLimit, 0, MOST_BYTES, |l| Some(l.http_request_bytes)),
        number("httpResponseBytes", ErrorCode::NetworkLimit, 0, MOST_BYTES, |l| Some(l.http_response_bytes)),
        number("randomBytes", ErrorCode::HostCallLimit, 0, MAX_SAFE_INTEGER, |l| Some(l.random_bytes)),
        // Eight bytes are a module's preamble.
        number("moduleBytes", ErrorCode::ModuleLimit, 8, MOST_IN_ONE, |l| Some(l.module_bytes)),
        number("compileTimeMs", ErrorCode::ModuleLimit, 1, MOST_MS, |l| Some(l.compile_time_ms)),
    ];

    /// The code that a breach of this field ends in; `None` where there is no such field.
    pub fn code_of(field: &str) -> Option<ErrorCode> {
        Limits::FIELDS.iter().find(|known| known.name == field).map(|known| known.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_has_every_field_and_reads_its_own() {
        let limits = Limits { fuel: Some(77), ..Limits::default() };
        let json = serde_json::to_value(&limits).unwrap();
        let names: BTreeSet<&str> = Limits::FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), Limits::FIELDS.len());
        assert_eq!(names, json.as_object().unwrap().keys().map(String::as_str).collect());
        for field in Limits::FIELDS {
            assert_eq!((field.value)(&limits), json[field.name].as_u64(), "{}", field.name);
        }
    }

    #[test]
    fn every_preset_lies_within_the_ranges() {
        for policy in [Policy::strict(), Policy::moderate(), Policy::permissive()] {
            policy.validate().unwrap();
        }
        assert_eq!(Limits::code_of("randomBytes"), Some(ErrorCode::HostCallLimit));
        assert_eq!(Limits::code_of("compileTimeMs"), Some(ErrorCode::ModuleLimit));
        assert_eq!(Limits::code_of("memory"), None);
    }
}
