//! What a session's packages are given as, and the digest by which the same ones are known again.
//! Everything in it comes from the host's caller; nothing is unpacked here.

use super::PackageSet;
use super::kept;
use crate::cancel::CancelToken;
use crate::language::Language;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Error, ErrorCode, Result};

/// One package.
#[derive(Clone, Debug)]
pub enum PackageSource {
    /// A wheel, a zip file or an npm tarball; which one its first bytes say.
    Archive(Vec<u8>),
    /// The files of a package by path. Without a name, Python's are what lies in /site-packages itself and JavaScript's
    /// package.json has the name.
    Files { name: Option<String>, files: BTreeMap<String, Vec<u8>> },
}

/// The packages of one session.
#[derive(Clone, Default)]
pub struct Packages(Form);

#[derive(Clone, Default)]
enum Form {
    #[default]
    None,
    Given(Vec<PackageSource>),
    Ready(Arc<PackageSet>),
}

impl Packages {
    /// These, in any order; each name once.
    pub fn new(given: Vec<PackageSource>) -> Packages {
        Packages(if given.is_empty() { Form::None } else { Form::Given(given) })
    }

    /// A set that another session has.
    pub(crate) fn ready(set: Option<Arc<PackageSet>>) -> Packages {
        Packages(set.map_or(Form::None, Form::Ready))
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.0, Form::None)
    }

    /// The set for a language, unpacked unless this process has it already. `invalid_argument`, `unsupported` or
    /// `file_limit`, with the package's place in `details.path`.
    pub(crate) fn load(self, language: Language, cancel: &CancelToken) -> Result<Option<Arc<PackageSet>>> {
        match self.0 {
            Form::None => Ok(None),
            Form::Ready(set) => Ok(Some(set)),
            Form::Given(given) => kept::load(language.interpreter(), given, cancel).map(Some),
        }
    }
}

/// The error of packages that are given to something which is no session.
pub(crate) fn none_for_modules() -> Error {
    let why = "packages are for sessions of Python, JavaScript and TypeScript; a WebAssembly module has none, give it `files`";
    Error::new(ErrorCode::InvalidArgument, why).with("path", "$.packages")
}

/// The same for the same packages in the same order.
pub(super) fn digest(language: Language, given: &[PackageSource]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |tag: &[u8], bytes: &[u8]| {
        hash.update(tag);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(b"L", language.name().as_bytes());
    for package in given {
        match package {
            PackageSource::Archive(bytes) => part(b"A", bytes),
            PackageSource::Files { name, files } => {
                match name {
                    Some(name) => part(b"N", name.as_bytes()),
                    None => part(b"U", &[]),
                }
                for (path, bytes) in files {
                    part(b"P", path.as_bytes());
                    part(b"B", bytes);
                }
            }
        }
    }
    hash.finalize().into()
}
