//! Modules: checked, compiled, cached, described. Nothing here runs guest code.

mod brief;
mod cache;
mod caps;
mod code;
mod describe;
mod kind;
mod load;
mod outline;
mod shape;
mod sparse;
mod tally;
mod verify;

pub(crate) use cache::DiskCache;
pub use describe::Export;
pub(crate) use kind::ModuleKind;
pub(crate) use load::{Loaded, Loader};
pub(crate) use shape::Shape;
pub use verify::Report;
pub(crate) use verify::verify;

use crate::host::extism::KERNEL_MODULE as EXTISM_MODULE;
