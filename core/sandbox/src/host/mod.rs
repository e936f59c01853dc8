//! What a guest may call besides WASI: the host's functions, Extism's kernel, plain `env` imports, packs' `sbx`.
//!
//! `functions.rs` owns calling out (counting, waiting, deadlines); the other files are the conventions by
//! which guests reach it.

mod env;
pub(crate) mod extism;
mod functions;
mod imports;
mod line;

pub use extism::OutputFormat;
pub(crate) use functions::{Answer, HostState};
pub use functions::{HostCall, HostError, HostFunctions, HostReply, Reply};
pub(crate) use imports::{linker_for, needs_own_linker};

use crate::store::StoreData;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use wasmtime::Linker;

/// Everything that guests may import, whatever their kind; the policy decides at the call.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    crate::wasi::add_to_linker(linker)?;
    crate::language::add_to_linker(linker)?;
    env::add_to_linker(linker)?;
    extism::add_to_linker(linker)
}

/// Whether a function of this name is given to every guest.
pub(crate) fn provides(module: &str, name: &str) -> bool {
    static NAMES: LazyLock<HashSet<(String, String)>> = LazyLock::new(|| {
        let engine = wasmtime::Engine::default();
        let mut linker = Linker::new(&engine);
        let mut names = HashSet::new();
        if add_to_linker(&mut linker).is_ok()
            && let Ok(mut store) = bare_store(&engine)
        {
            names.extend(linker.iter(&mut store).map(|(module, name, _)| (module.to_owned(), name.to_owned())));
        }
        names
    });
    NAMES.contains(&(module.to_owned(), name.to_owned()))
}

/// A store for asking the linker what it has; nothing runs in it.
fn bare_store(engine: &wasmtime::Engine) -> Result<wasmtime::Store<StoreData>, Box<dyn std::error::Error>> {
    let watchdog = crate::time::Watchdog::start()?;
    let slot = crate::time::Slot::new(&watchdog);
    watchdog.stop();
    Ok(wasmtime::Store::new(engine, StoreData::bare(Arc::default(), slot)?))
}
