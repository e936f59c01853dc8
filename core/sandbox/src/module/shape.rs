//! What a module begins with, read without compiling it, and held against each policy it is loaded under.

use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result};
use wasmparser::{MemoryType, TableType};

/// Bytes of a page of linear memory, unless a module says otherwise.
const PAGE: u64 = 65_536;

/// Memories and tables, imported ones included, and what they begin with together.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    pub(super) memories: u64,
    pub(super) memory_bytes: u64,
    pub(super) tables: u64,
    pub(super) table_elements: u64,
    shared_memory: bool,
    /// Places of exports that end by themselves, in the list of exports.
    pub(super) brief: Box<[u32]>,
}

impl Shape {
    /// Counts a memory; the bytes that it begins with.
    pub(super) fn memory(&mut self, ty: &MemoryType) -> u64 {
        let bytes = bytes_of(ty, ty.initial);
        self.memories += 1;
        self.memory_bytes = self.memory_bytes.saturating_add(bytes);
        self.shared_memory |= ty.shared;
        bytes
    }

    pub(super) fn table(&mut self, ty: &TableType) {
        self.tables += 1;
        self.table_elements = self.table_elements.saturating_add(ty.initial);
        self.shared_memory |= ty.shared;
    }

    /// Refuses what no guest gets, and what does not fit the policy from the start.
    pub(super) fn check(&self, limits: &Limits) -> Result<()> {
        self.refusals(limits).into_iter().next().map_or(Ok(()), Err)
    }

    /// Every reason against loading it under `limits`.
    pub(super) fn refusals(&self, limits: &Limits) -> Vec<Error> {
        let shared = self.shared_memory.then(|| {
            let why = "the module asks for shared memory, which guests are never given";
            Error::new(ErrorCode::Unsupported, why).with("feature", "threads")
        });
        let counted = [
            ("memories", self.memories, limits.memories.into()),
            ("tables", self.tables, limits.tables.into()),
            ("tableElements", self.table_elements, limits.table_elements),
            ("memoryBytes", self.memory_bytes, limits.memory_bytes),
        ];
        let beyond = counted.into_iter().filter(|(_, used, limit)| used > limit);
        shared
            .into_iter()
            .chain(beyond.map(|(field, used, limit)| {
                let why = format_args!("the module begins with {used}, the policy allows {limit} ({field})");
                Error::limit(ErrorCode::MemoryLimit, field, limit, used, why)
            }))
            .collect()
    }
}

/// `pages` of a memory in bytes.
pub(super) fn bytes_of(ty: &MemoryType, pages: u64) -> u64 {
    let page = ty.page_size_log2.map_or(PAGE, |log2| 1_u64.checked_shl(log2).unwrap_or(u64::MAX));
    pages.saturating_mul(page)
}
