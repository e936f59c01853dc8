//! The one memory meter of a sandbox: linear memories, tables, GC heap and bytes that the host holds for the guest.
//!
//! Asked before every growth, and before the host allocates anything whose size the guest chose.

use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result};
use wasmtime::ResourceLimiter;

/// Bytes that one table element is counted as.
const TABLE_ELEMENT_BYTES: u64 = 8;

/// Counts bytes against `memoryBytes` and table elements against `tableElements`.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    limit: u64,
    used: u64,
    peak: u64,
    table_limit: u64,
    table_used: u64,
    /// Bytes of a language pack's own image, which are shared and therefore not counted.
    free: u64,
    refused: Option<Refusal>,
    counts: (usize, usize, usize),
}

/// What an instance's memories and tables take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Charge {
    bytes: u64,
    table_elements: u64,
}

/// The growth that was refused last.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    field: &'static str,
    limit: u64,
    wanted: u64,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Meter {
        Meter {
            limit: limits.memory_bytes,
            used: 0,
            peak: 0,
            table_limit: limits.table_elements,
            table_used: 0,
            free: 0,
            refused: None,
            counts: (limits.instances as usize, limits.tables as usize, limits.memories as usize),
        }
    }

    /// Lets the first `bytes` of linear memory and their tables go uncounted: a pack's shared image.
    pub(crate) fn set_free(&mut self, bytes: u64, table_elements: u64) {
        self.free = bytes;
        self.table_limit = self.table_limit.saturating_add(table_elements);
        // The page that its code looks at.
        self.counts.2 += 1;
    }

    /// Takes `bytes` for the host's own copy of something of the guest's; `memory_limit` when they do not fit.
    pub(crate) fn charge(&mut self, bytes: u64) -> Result<()> {
        if self.take(bytes) {
            return Ok(());
        }
        let (limit, wanted) = (self.limit, self.used.saturating_add(bytes));
        Err(memory_limit(Refusal { field: "memoryBytes", limit, wanted }))
    }

    /// Gives back what `charge` took.
    pub(crate) fn release(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// What was taken since `before`.
    pub(crate) fn since(&self, before: &Meter) -> Charge {
        Charge {
            bytes: self.used.saturating_sub(before.used),
            table_elements: self.table_used.saturating_sub(before.table_used),
        }
    }

    /// Takes over an instance that exists already; `memory_limit` when it does not fit.
    pub(crate) fn adopt(&mut self, instance: Charge) -> Result<()> {
        let wanted = self.table_used.saturating_add(instance.table_elements);
        if wanted > self.table_limit {
            return Err(memory_limit(Refusal { field: "tableElements", limit: self.table_limit, wanted }));
        }
        self.charge(instance.bytes)?;
        self.table_used = wanted;
        Ok(())
    }

    pub(crate) fn used(&self) -> u64 {
        self.used
    }

    /// Elements of all tables together.
    pub(crate) fn table_elements(&self) -> u64 {
        self.table_used
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    /// The error of the growth that was refused last; a guest that then fails has failed because of it.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.refused.map(memory_limit)
    }

    /// Forgets refusals: a new call begins.
    pub(crate) fn begin_call(&mut self) {
        self.refused = None;
    }

    fn take(&mut self, bytes: u64) -> bool {
        let wanted = self.used.saturating_add(bytes);
        if wanted > self.limit {
            self.refused = Some(Refusal { field: "memoryBytes", limit: self.limit, wanted });
            return false;
        }
        self.used = wanted;
        self.peak = self.peak.max(wanted);
        true
    }
}

fn memory_limit(refusal: Refusal) -> Error {
    let Refusal { field, limit, wanted } = refusal;
    Error::limit(
        ErrorCode::MemoryLimit,
        field,
        limit,
        wanted,
        format_args!("{wanted} wanted, the policy allows {limit} ({field})"),
    )
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        let counted = |bytes: usize| (bytes as u64).saturating_sub(self.free);
        let grown = counted(desired).saturating_sub(counted(current));
        Ok(self.take(grown))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        let grown = desired.saturating_sub(current) as u64;
        let wanted = self.table_used.saturating_add(grown);
        if wanted > self.table_limit {
            self.refused = Some(Refusal { field: "tableElements", limit: self.table_limit, wanted });
            return Ok(false);
        }
        let fits = self.take(grown.saturating_mul(TABLE_ELEMENT_BYTES));
        if fits {
            self.table_used = wanted;
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.counts.0
    }

    fn tables(&self) -> usize {
        self.counts.1
    }

    fn memories(&self) -> usize {
        self.counts.2
    }
}
