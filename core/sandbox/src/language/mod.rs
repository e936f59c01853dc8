//! Source languages: interpreters that are core modules with one small ABI (core/packs/javascript/README.md).
//!
//! `speak.rs` talks to an interpreter, `imports.rs` answers it, `pack.rs` finds and loads it, `snapshot.rs`
//! makes a pack out of a warmed-up instance. The guest side lives in core/packs.

mod codec;
mod imports;
mod pack;
mod snapshot;
mod speak;

pub(crate) use codec::{too_deep, too_large};
pub(crate) use imports::add_to_linker;
pub(crate) use pack::{Interpreter, Packs, allocation_words};
pub use snapshot::{PackFiles, build_pack};
pub(crate) use speak::{LanguageExports, Outcome, Request};

/// A source language with a pack of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    JavaScript,
}

impl Language {
    /// Name of its pack's files.
    pub fn name(self) -> &'static str {
        match self {
            Language::JavaScript => "javascript",
        }
    }

    /// The language that `name` gives this name.
    pub fn named(name: &str) -> Option<Language> {
        [Language::JavaScript].into_iter().find(|language| language.name() == name)
    }
}
