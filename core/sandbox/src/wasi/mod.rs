//! Our own WASI preview 1: the 46 functions of `wasi_snapshot_preview1` over the in-memory file tree.
//!
//! Each room owns one kind of function; `state.rs` is what one sandbox remembers between calls. Nothing here
//! reaches the host's file system, network, environment or arguments. What a guest sees may lag behind
//! POSIX in three places: there are no hard links, reading does not touch access times, and sockets are denied.

mod args;
mod clock;
mod descriptors;
mod dir;
mod fd;
mod guest;
mod input;
mod io;
mod path;
mod poll;
mod process;
mod random;
mod sock;
mod stat;
mod state;
#[cfg(test)]
mod tests;
mod types;

pub use input::Stdin;
pub(crate) use state::{Wasi, WasiOptions};

use crate::store::StoreData;
use wasmtime::Linker;

/// Registers all functions.
pub(crate) fn add_to_linker(linker: &mut Linker<StoreData>) -> wasmtime::Result<()> {
    args::add_to_linker(linker)?;
    clock::add_to_linker(linker)?;
    fd::add_to_linker(linker)?;
    io::add_to_linker(linker)?;
    dir::add_to_linker(linker)?;
    stat::add_to_linker(linker)?;
    path::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    process::add_to_linker(linker)?;
    random::add_to_linker(linker)?;
    sock::add_to_linker(linker)
}
