//! Extism's host ABI, so that plug-ins made with the existing PDKs work as they are.
//!
//! `blocks.rs` is the kernel's memory, held by the host and charged to the sandbox; `state.rs` and `vars.rs` what
//! one plug-in's kernel remembers; `kernel.rs` and `request.rs` the functions that plug-ins import; `encode.rs`,
//! `decode.rs` and `outcome.rs` what users pass and get. Plug-ins' logs go to stderr, a line each.

mod blocks;
mod decode;
mod encode;
mod kernel;
mod outcome;
mod request;
mod state;
mod vars;

pub use decode::OutputFormat;
pub(crate) use encode::{encode_input, encode_one};
pub(crate) use kernel::add_to_linker;
pub(crate) use outcome::{conclude, initialize, is_plugin_export};
pub(crate) use state::Extism;

/// Module name of the kernel's functions.
pub(crate) const KERNEL_MODULE: &str = "extism:host/env";
/// Module name of the host's own functions.
pub(crate) const USER_MODULE: &str = "extism:host/user";
