//! What a guest may call besides WASI: the host's functions, Extism's kernel, plain `env` imports, packs' `sbx`.
//!
//! `functions.rs` owns calling out (counting, waiting, deadlines); the other files are the conventions by
//! which guests reach it.

mod catalog;
mod env;
pub(crate) mod extism;
mod functions;
mod imports;
mod line;

pub(crate) use catalog::{Signature, provided};
pub use extism::OutputFormat;
pub(crate) use functions::{Answer, HostState};
pub use functions::{HostCall, HostError, HostFunctions, HostReply, Reply};
pub(crate) use imports::{linker_for, may_be_user_import, needs_own_linker};

use crate::store::StoreData;
use wasmtime::Linker;

/// Everything that guests may import, whatever their kind; the policy decides at the call.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    crate::wasi::add_to_linker(linker)?;
    crate::language::add_to_linker(linker)?;
    env::add_to_linker(linker)?;
    extism::add_to_linker(linker)
}
