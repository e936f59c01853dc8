//! What an instance has that its pack does not give: pages, globals, files.

use super::pristine::{bits, broken, globals, memory, set_bits};
use super::written::{pages, written};
use super::{PAGE, Pristine};
use crate::files::Saved;
use crate::store::{StoreData, classify};
use wasm_sandbox_policy::{Error, ErrorCode, Result};
use wasmtime::{Instance, Store};

/// Bytes of a WebAssembly page.
const WASM_PAGE: usize = 65_536;

/// See the module's head.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    /// Size of the memory in WebAssembly pages.
    pub(super) size: u64,
    /// Bits of the mutable globals.
    pub(super) globals: Vec<u64>,
    /// Numbers of the pages that differ from the pack's, ascending.
    pub(super) numbers: Vec<u32>,
    /// Their bytes, `PAGE` each.
    pub(super) pages: Vec<u8>,
    /// The in-memory tree.
    pub(super) files: Vec<Saved>,
    /// How often randomness was drawn, so that a seeded session goes on where it was.
    pub(super) runs: u64,
}

impl Image {
    /// Takes a copy of what an instance, which is not running, has of its own.
    pub(crate) fn take(store: &mut Store<StoreData>, instance: &Instance, pristine: &Pristine) -> Result<Image> {
        let open = store.data().wasi.open_files();
        if open > 0 {
            let why = format_args!("the session has {open} open files; a snapshot cannot hold them, close them first");
            return Err(Error::new(ErrorCode::InvalidArgument, why).with("openFiles", open));
        }
        let memory = memory(instance, store)?;
        let globals = globals(instance, store).into_iter().map(|global| bits(global, store)).collect();
        let bytes = memory.data(&*store);
        let mut image = Image { size: (bytes.len() / WASM_PAGE) as u64, globals, ..Image::default() };
        for (number, page) in pages(bytes, &written(bytes)) {
            if page != pristine.page(number) {
                image.numbers.push(u32::try_from(number).map_err(broken)?);
                image.pages.extend_from_slice(page);
            }
        }
        image.files = store.data().wasi.saved_files();
        image.runs = store.data().host.runs();
        Ok(image)
    }

    /// Gives an instance that has just been made what this one had. Growing asks the meter.
    pub(crate) fn put(&self, store: &mut Store<StoreData>, instance: &Instance) -> Result<()> {
        let memory = memory(instance, store)?;
        let missing = self.size.checked_sub(memory.size(&*store)).ok_or_else(|| broken("its memory is larger"))?;
        if missing > 0 {
            memory.grow(&mut *store, missing).map_err(|error| {
                let data = store.data();
                data.meter.refusal().unwrap_or_else(|| classify(&error, data))
            })?;
        }
        // What is written here is nobody's run.
        store.data_mut().written = None;
        let bytes = memory.data_mut(&mut *store);
        for (number, page) in self.numbers.iter().zip(self.pages.chunks_exact(PAGE)) {
            let at = *number as usize * PAGE;
            bytes.get_mut(at..at + PAGE).ok_or_else(|| broken("a page lies outside its memory"))?.copy_from_slice(page);
        }
        let globals = globals(instance, store);
        if globals.len() != self.globals.len() {
            return Err(broken("its globals are others"));
        }
        for (global, bits) in globals.into_iter().zip(&self.globals) {
            set_bits(global, store, *bits)?;
        }
        let data = store.data_mut();
        data.host.set_runs(self.runs);
        data.wasi.put_back(&mut data.meter, &data.policy.limits, &self.files)
    }
}
