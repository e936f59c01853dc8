//! Source languages: interpreters that are core modules with one small ABI (core/packs/javascript/README.md).
//!
//! `speak.rs` talks to an interpreter, `imports.rs` answers it, `modules.rs` finds what programs import, `pack.rs`
//! finds and loads a pack, `snapshot.rs` makes one out of a warmed-up instance, `polls.rs` gives it places to be stopped
//! at, `typescript/` makes JavaScript of TypeScript. The guest side lives in core/packs.

mod calls;
mod codec;
mod imports;
mod interpreter;
mod modules;
mod pack;
mod polls;
mod snapshot;
mod speak;
mod typescript;
pub mod wire;

pub(crate) use codec::{decode, encode, too_deep, too_large};
pub(crate) use imports::add_to_linker;
pub(crate) use interpreter::Interpreter;
pub use pack::PackLocation;
pub(crate) use pack::{Packs, allocation_words};
#[cfg(all(test, unix))]
pub(crate) use polls::{PAGE as POLL_PAGE, with_polls};
pub use snapshot::{PackFiles, build_pack};
pub(crate) use speak::{LanguageExports, Outcome, Request};
pub(crate) use typescript::strip;

/// A source language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    JavaScript,
    /// Its types are taken out, unchecked; what is left is run as JavaScript.
    TypeScript,
    Python,
}

impl Language {
    /// Every language that there is.
    pub const ALL: [Language; 3] = [Language::JavaScript, Language::TypeScript, Language::Python];

    /// Its name in options and reports.
    pub fn name(self) -> &'static str {
        match self {
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Python => "python",
        }
    }

    /// The language of that name.
    pub fn named(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The language whose pack runs it; the pack's files have that one's name.
    pub(crate) fn interpreter(self) -> Language {
        match self {
            Language::JavaScript | Language::TypeScript => Language::JavaScript,
            Language::Python => Language::Python,
        }
    }
}
