//! What packages may be: how many, how large, and what their files may be called. Nothing that an archive declares is
//! believed; what is read is counted as it comes.

use crate::cancel::CancelToken;
use std::collections::BTreeMap;
use std::io::Read;
use wasm_sandbox_policy::{Error, ErrorCode};

/// Files of one package by their path in it, without a slash before it.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Packages of one set.
pub(super) const PACKAGES: usize = 256;
/// Bytes of one archive as it is given.
pub(super) const ARCHIVE_BYTES: u64 = 64 << 20;
/// Bytes of all files of a set.
pub(super) const SET_BYTES: u64 = 256 << 20;
/// Entries of all archives of a set, directories included.
pub(super) const SET_ENTRIES: u64 = 50_000;
/// Bytes of a path in a package and levels of it: what the tree of files can hold, less the folder it goes to.
const PATH_BYTES: usize = 3_072;
const LEVELS: usize = 56;
/// Bytes of one name.
const NAME_BYTES: usize = 255;
/// Endings of code for a processor.
const COMPILED: [&str; 4] = [".so", ".pyd", ".node", ".dylib"];

/// Why a package is refused; its place is added by whoever knows it.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is not what it should be.
    Invalid(String),
    /// It is in order, and cannot work here.
    Unsupported(String),
    /// More than `limit` of `field`.
    Limit { field: &'static str, limit: u64, used: u64 },
    /// The opening was ended meanwhile.
    Ended(Error),
}

pub(super) type Outcome<T> = Result<T, Refused>;

pub(super) fn invalid<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Refused::Invalid(why.into()))
}

impl Refused {
    /// The error, of the package at `index`.
    pub(super) fn at(self, index: usize) -> Error {
        let path = format!("$.packages[{index}]");
        let error = match self {
            Refused::Invalid(why) => Error::new(ErrorCode::InvalidArgument, format_args!("{path}: {why}")),
            Refused::Unsupported(why) => Error::new(ErrorCode::Unsupported, format_args!("{path}: {why}")),
            Refused::Limit { field, limit, used } => {
                let why = format_args!("{path}: at least {used} {field}, {limit} are the most that packages may have");
                Error::limit(ErrorCode::FileLimit, field, limit, used, why)
            }
            Refused::Ended(error) => return error,
        };
        error.with("path", path)
    }
}

/// What is left of the bounds of one set.
pub(super) struct Budget<'a> {
    bytes: u64,
    entries: u64,
    cancel: &'a CancelToken,
}

impl<'a> Budget<'a> {
    pub(super) fn new(cancel: &'a CancelToken) -> Budget<'a> {
        Budget { bytes: SET_BYTES, entries: SET_ENTRIES, cancel }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    /// One more entry.
    pub(super) fn entry(&mut self) -> Outcome<()> {
        self.cancel.check().map_err(Refused::Ended)?;
        let too_many = Refused::Limit { field: "packageFiles", limit: SET_ENTRIES, used: SET_ENTRIES + 1 };
        self.entries = self.entries.checked_sub(1).ok_or(too_many)?;
        Ok(())
    }

    /// So many more bytes of files.
    pub(super) fn take(&mut self, bytes: u64) -> Outcome<()> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| self.too_large(bytes))?;
        Ok(())
    }

    /// Reads all that there is, as long as there is room.
    pub(super) fn read(&mut self, mut from: impl Read) -> Outcome<Vec<u8>> {
        let mut all = Vec::new();
        let unreadable = |error: std::io::Error| Refused::Invalid(format!("the archive is damaged: {error}"));
        from.by_ref().take(self.bytes + 1).read_to_end(&mut all).map_err(unreadable)?;
        self.take(all.len() as u64)?;
        Ok(all)
    }

    pub(super) fn too_large(&self, more: u64) -> Refused {
        let used = (SET_BYTES - self.bytes).saturating_add(more);
        Refused::Limit { field: "packageBytes", limit: SET_BYTES, used }
    }
}

/// Text for an error: short, and without what could confuse a terminal.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A path inside a package in its simplest form; empty for the package's own folder.
pub(super) fn path(given: &[u8]) -> Outcome<String> {
    let Ok(text) = std::str::from_utf8(given) else {
        return invalid(format!("the name `{}` is not text in UTF-8", shown(&String::from_utf8_lossy(given))));
    };
    let bad = |why: &str| invalid(format!("the path `{}` {why}", shown(text)));
    let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if text.starts_with('/') || drive {
        return bad("is absolute; the paths of a package begin in its own folder");
    }
    if text.contains('\\') {
        return bad("has a backslash; paths are separated by `/`");
    }
    if text.chars().any(char::is_control) {
        return bad("has a control character");
    }
    let names: Vec<&str> = text.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    match names.as_slice() {
        names if names.contains(&"..") => bad("leads out of the package by `..`"),
        names if names.iter().any(|name| name.len() > NAME_BYTES) => bad("has a name of more than 255 bytes"),
        names if names.len() > LEVELS => bad("is too many levels deep"),
        _ if text.len() > PATH_BYTES => bad("is too long"),
        names => Ok(names.join("/")),
    }
}

/// Keeps a file whose path was checked; each path once.
pub(super) fn put(files: &mut Files, path: String, bytes: Vec<u8>) -> Outcome<()> {
    if path.is_empty() {
        return invalid("a file has no name");
    }
    if files.contains_key(&path) {
        return invalid(format!("it has `{}` twice", shown(&path)));
    }
    files.insert(path, bytes);
    Ok(())
}

/// Refuses what is compiled for a processor. `kind`: what would work instead.
pub(super) fn no_compiled(files: &Files, kind: &str) -> Outcome<()> {
    let compiled = |path: &&String| {
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        COMPILED.iter().any(|ending| name.ends_with(ending)) || name.contains(".so.")
    };
    match files.keys().find(compiled) {
        Some(path) => {
            let why = format!("`{}`: has compiled extensions; only {kind} packages work", shown(path));
            Err(Refused::Unsupported(why))
        }
        None => Ok(()),
    }
}
