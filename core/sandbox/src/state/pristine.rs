//! What every instance of a pack begins with: one instance that never runs, read by all.
//!
//! Its pages are the shared pages of the pack's image, so it costs no memory of its own. One of the few modules with
//! `unsafe`: it reads that instance's memory without its store.

use super::PAGE;
use crate::lock::Mutex;
use crate::module::Loaded;
use crate::store::{StoreData, new_store};
use wasm_sandbox_policy::{Error, ErrorCode, Result};
use wasmtime::{Global, Instance, Memory, Mutability, Store, Val};

/// See the module's head.
pub(crate) struct Pristine {
    start: *const u8,
    bytes: usize,
    globals: Vec<u64>,
    /// Keeps the memory mapped. Nobody ever enters it.
    _store: Mutex<Store<StoreData>>,
}

// SAFETY: the memory behind `start` is only ever read, by everybody: the instance never runs, is never grown, and is
// dropped together with this.
unsafe impl Send for Pristine {}
// SAFETY: as above.
unsafe impl Sync for Pristine {}

impl Pristine {
    /// Makes the instance; `data` is what its store holds.
    pub(crate) fn of(loaded: &Loaded, data: StoreData) -> Result<Pristine> {
        let mut store = new_store(&loaded.set.engine, data);
        if loaded.set.key.metered() {
            // Only metered engines get here, so setting fuel cannot fail.
            let _ = store.set_fuel(u64::MAX);
        }
        let instance = loaded.pre.instantiate(&mut store).map_err(broken)?;
        let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| broken("it has no memory"))?;
        let globals = globals(&instance, &mut store);
        let globals = globals.iter().map(|global| bits(*global, &mut store)).collect();
        let (start, bytes) = (memory.data_ptr(&store).cast_const(), memory.data_size(&store));
        Ok(Pristine { start, bytes, globals, _store: Mutex::new(store) })
    }

    /// The memory, as every instance finds it.
    pub(super) fn memory(&self) -> &[u8] {
        // SAFETY: `start` and `bytes` are those of a memory that lives as long as the store beside them and is never
        // written to; see above.
        unsafe { std::slice::from_raw_parts(self.start, self.bytes) }
    }

    /// The page `number`: beyond the end there are zeros.
    pub(super) fn page(&self, number: usize) -> &[u8] {
        static ZEROS: [u8; PAGE] = [0; PAGE];
        self.memory().get(number * PAGE..(number + 1) * PAGE).unwrap_or(&ZEROS)
    }

    /// The mutable globals, in the order of `globals`.
    pub(super) fn globals(&self) -> &[u64] {
        &self.globals
    }
}

/// The mutable globals of a pack's instance, which all are exported.
pub(super) fn globals(instance: &Instance, store: &mut Store<StoreData>) -> Vec<Global> {
    let exported: Vec<Global> = instance.exports(&mut *store).filter_map(|export| export.into_global()).collect();
    exported.into_iter().filter(|global| global.ty(&*store).mutability() == Mutability::Var).collect()
}

pub(super) fn bits(global: Global, store: &mut Store<StoreData>) -> u64 {
    match global.get(&mut *store) {
        Val::I32(n) => u64::from(n as u32),
        Val::I64(n) => n as u64,
        Val::F32(bits) => u64::from(bits),
        Val::F64(bits) => bits,
        _ => 0,
    }
}

pub(super) fn set_bits(global: Global, store: &mut Store<StoreData>, bits: u64) -> Result<()> {
    let value = match global.ty(&*store).content() {
        wasmtime::ValType::I64 => Val::I64(bits as i64),
        wasmtime::ValType::F32 => Val::F32(bits as u32),
        wasmtime::ValType::F64 => Val::F64(bits),
        _ => Val::I32(bits as u32 as i32),
    };
    global.set(&mut *store, value).map_err(broken)
}

/// The memory of a pack's instance.
pub(super) fn memory(instance: &Instance, store: &mut Store<StoreData>) -> Result<Memory> {
    instance.get_memory(&mut *store, "memory").ok_or_else(|| broken("it has no memory"))
}

pub(super) fn broken(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::Internal, format_args!("the language pack cannot be used: {why}"))
}
