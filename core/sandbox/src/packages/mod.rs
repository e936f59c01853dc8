//! Packages that a session is given: pure-Python and plain-JavaScript ones, from archives or files, read-only and offline.
//!
//! Owns how they are read (`zip.rs`, `tarball.rs`, within `bounds.rs`), where they appear (`python.rs`, `javascript.rs`)
//! and that one set is unpacked once per process (`set.rs`, `kept.rs`). Archives are as hostile as guests.

mod bounds;
mod javascript;
mod kept;
mod python;
mod set;
mod source;
mod tarball;
#[cfg(test)]
mod tests;
mod zip;

pub(crate) use set::PackageSet;
pub(crate) use source::none_for_modules;
pub use source::{PackageSource, Packages};
