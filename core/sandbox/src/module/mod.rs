//! Modules: checked, compiled, cached, described. Nothing here runs guest code.

mod cache;
mod caps;
mod describe;
mod kind;
mod load;
mod verify;

pub(crate) use cache::DiskCache;
pub(crate) use caps::check_caps;
pub use describe::Export;
pub(crate) use kind::ModuleKind;
pub(crate) use load::{Loaded, Loader};
pub use verify::{Report, verify};
