//! Data segments far apart: compiled, a memory's segments become one image of everything between them.
//!
//! A module of thirty bytes could so take as much of the host as its memory begins with, beside what is charged.

use super::caps::cap;
use wasm_sandbox_policy::Result;
use wasmparser::{Data, DataKind, Operator};

/// Bytes of holes that any module may have, and how many times its data it may have besides.
const HOLES: u64 = 16 << 20;
const RATIO: u64 = 8;

/// Where each memory's data lies.
#[derive(Default)]
pub(super) struct Sparse {
    memories: Vec<Memory>,
}

struct Memory {
    size: u64,
    first: u64,
    end: u64,
    data: u64,
}

impl Sparse {
    /// A memory that begins with `size` bytes.
    pub(super) fn memory(&mut self, size: u64) {
        self.memories.push(Memory { size, first: u64::MAX, end: 0, data: 0 });
    }

    /// Counts a segment that is put into place when the module is compiled: one at a constant offset inside.
    pub(super) fn segment(&mut self, data: &Data<'_>) {
        let DataKind::Active { memory_index, offset_expr } = &data.kind else {
            return;
        };
        let start = match offset_expr.get_operators_reader().read() {
            Ok(Operator::I32Const { value }) => u64::from(value as u32),
            Ok(Operator::I64Const { value }) => value as u64,
            _ => return,
        };
        let length = data.data.len() as u64;
        let end = start.saturating_add(length);
        let memory = self.memories.get_mut(*memory_index as usize);
        if let Some(memory) = memory.filter(|memory| end <= memory.size && length > 0) {
            memory.first = memory.first.min(start);
            memory.end = memory.end.max(end);
            memory.data = memory.data.saturating_add(length);
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        for memory in &self.memories {
            let holes = memory.end.saturating_sub(memory.first).saturating_sub(memory.data);
            let limit = HOLES.saturating_add(memory.data.saturating_mul(RATIO));
            cap("bytes between its data segments", holes, limit)?;
        }
        Ok(())
    }
}
