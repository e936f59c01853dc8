//! Extism's host ABI, so that plug-ins made with the existing PDKs work as they are.
//!
//! `blocks.rs` is the kernel's memory, held by the host and charged to the sandbox; `kernel.rs` the functions
//! that plug-ins import; `convert.rs` what users pass and get.

mod blocks;
mod convert;
mod kernel;

pub use convert::OutputFormat;
pub(crate) use convert::{decode_output, encode_input};
pub(crate) use kernel::{Extism, add_to_linker};

/// Module name of the kernel's functions.
pub(crate) const KERNEL_MODULE: &str = "extism:host/env";
/// Module name of the host's own functions.
pub(crate) const USER_MODULE: &str = "extism:host/user";
