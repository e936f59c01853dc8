//! Modules and packages read from the host's files, at the caller's own request, never at a guest's.
//!
//! Nothing is read beyond its limit. The folder stays out of messages: they may reach people who should not know the
//! host. What is in the bytes is the core's business.

use super::address::schemed;
use super::arguments::{Arguments, bytes as bytes_of, files as files_of, refused};
use crate::PackageSource;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};

/// What packages may have at most: of one archive, of all files together, and of files.
const ARCHIVE: u64 = 64 << 20;
const BYTES: u64 = 256 << 20;
const FILES: u64 = 50_000;
/// Folders that a package does not need.
const SKIPPED: [&str; 2] = ["__pycache__", ".git"];

/// A module as it is given: its bytes, or where they are.
pub(super) enum Module {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Module {
    /// Bytes, a path or a file URL. Web addresses are fetched by the language's own library, before they come here.
    pub(super) fn of(given: Value, at: &str) -> Result<Module> {
        match given {
            Value::Bytes(bytes) => Ok(Module::Bytes(bytes)),
            Value::String(text) => match schemed(&text) {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => Module::file_of(rest, at),
                Some((scheme, _)) => Err(refused(
                    at,
                    format_args!("modules come from files, bytes and https addresses, not from {scheme}"),
                )),
                None => Ok(Module::File(PathBuf::from(text))),
            },
            other => {
                let why = format_args!("a source is a path, an address or bytes, not a value of kind {}", other.kind());
                Err(refused(at, why))
            }
        }
    }

    /// Of what follows `file://`.
    fn file_of(rest: &str, at: &str) -> Result<Module> {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let path = percent_decoded(rest.strip_prefix("localhost").unwrap_or(rest));
        if !path.starts_with('/') {
            return Err(refused(at, "a file's address names no other machine: file:///folder/a.wasm"));
        }
        // A drive stands behind the slash.
        let path = if cfg!(windows) { path.trim_start_matches('/') } else { &path };
        Ok(Module::File(PathBuf::from(path)))
    }

    /// Its bytes, at most `limit`, which is the policy's `moduleBytes`.
    pub(super) fn read(self, limit: u64) -> Result<Vec<u8>> {
        let path = match self {
            Module::Bytes(bytes) => return Ok(bytes),
            Module::File(path) => path,
        };
        let name = name_of(&path);
        match read_regular(&path, limit) {
            Ok(bytes) => Ok(bytes),
            Err(Failure::Unreadable(reason)) => Err(unreadable(&path, None, reason)),
            Err(Failure::TooLarge(used)) => {
                let why = format_args!("{name} has {used} bytes, {limit} are allowed (moduleBytes)");
                Err(Error::limit(ErrorCode::ModuleLimit, "moduleBytes", limit, used, why))
            }
        }
    }
}

/// The packages of a list: a path, an archive's bytes or `{name, files}` each.
pub(super) fn packages(given: Vec<Value>) -> Result<Vec<PackageSource>> {
    given.into_iter().enumerate().map(|(index, one)| package(one, &format!("$.packages[{index}]"))).collect()
}

fn package(one: Value, at: &str) -> Result<PackageSource> {
    match one {
        Value::String(path) => from_path(Path::new(&path), at),
        Value::Bytes(_) => bytes_of(one, at).map(PackageSource::Archive),
        Value::Map(_) => {
            let mut parts = Arguments::of(one, at)?.only(&["name", "files"], "a package")?;
            let name = Some(parts.needed_text("name")?);
            Ok(PackageSource::Files { name, files: files_of(parts.need("files")?, &format!("{at}.files"))? })
        }
        _ => Err(refused(at, "a package is a path, the bytes of an archive, or a name with its files")),
    }
}

fn from_path(path: &Path, at: &str) -> Result<PackageSource> {
    if !path.is_dir() {
        return match read_regular(path, ARCHIVE) {
            Ok(bytes) => Ok(PackageSource::Archive(bytes)),
            Err(Failure::Unreadable(reason)) => Err(unreadable(path, Some(at), reason)),
            Err(Failure::TooLarge(used)) => Err(too_much(at, "packageBytes", ARCHIVE, used)),
        };
    }
    let files = read_folder(path, at)?;
    // A Python package is imported by its folder's name. Any other folder is one with a package.json, which has the
    // name, or one that holds packages, as `pip install --target` makes it.
    let name = files.contains_key("__init__.py").then(|| name_of(&fs::canonicalize(path).unwrap_or_default()));
    Ok(PackageSource::Files { name, files })
}

/// All files below a folder. Links are left out: they may lead anywhere on the host.
fn read_folder(root: &Path, at: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let failed = |error: std::io::Error| unreadable(root, Some(at), reason_of(&error));
    let mut files = BTreeMap::new();
    let (mut bytes, mut count) = (0, 0);
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            count += 1;
            if count > FILES {
                return Err(too_much(at, "packageFiles", FILES, count));
            }
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let (kind, inner) = (entry.file_type().map_err(failed)?, format!("{prefix}{name}"));
            if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push((entry.path(), format!("{inner}/")));
            } else if kind.is_file() {
                let content = read_regular(&entry.path(), BYTES - bytes).map_err(|failure| match failure {
                    Failure::Unreadable(reason) => unreadable(root, Some(at), reason),
                    Failure::TooLarge(used) => too_much(at, "packageBytes", BYTES, bytes + used),
                })?;
                bytes += content.len() as u64;
                files.insert(inner, content);
            }
        }
    }
    Ok(files)
}

/// For programs, and for people.
type Reason = (&'static str, &'static str);

enum Failure {
    Unreadable(Reason),
    TooLarge(u64),
}

/// A regular file's bytes. A pipe or a device has no size and may never end.
fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Unreadable(reason_of(&error));
    // Before opening it: opening a pipe waits for a writer.
    let facts = fs::metadata(path).map_err(unreadable)?;
    if facts.is_dir() {
        return Err(Failure::Unreadable(FOLDER));
    }
    if !facts.is_file() {
        return Err(Failure::Unreadable(("irregular", "it is not a regular file")));
    }
    if facts.len() > limit {
        return Err(Failure::TooLarge(facts.len()));
    }
    let mut bytes = Vec::with_capacity(facts.len() as usize);
    File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > limit { Err(Failure::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
}

const FOLDER: Reason = ("EISDIR", "it is a folder");

fn reason_of(error: &std::io::Error) -> Reason {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ("ENOENT", "there is no such file"),
        ErrorKind::PermissionDenied => ("EACCES", "it may not be read"),
        ErrorKind::IsADirectory => FOLDER,
        _ => ("unreadable", "it cannot be read"),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn unreadable(path: &Path, at: Option<&str>, (reason, words): Reason) -> Error {
    let name = name_of(path);
    let place = at.map(|at| format!("{at}: ")).unwrap_or_default();
    let error = Error::new(ErrorCode::NotFound, format_args!("{place}{name}: {words}"));
    let error = error.with("name", name).with("reason", reason);
    match at {
        Some(at) => error.with("path", at),
        None => error,
    }
}

fn too_much(at: &str, field: &str, limit: u64, used: u64) -> Error {
    let why = format_args!("{at}: at least {used} {field}, {limit} are the most that packages may have");
    Error::limit(ErrorCode::FileLimit, field, limit, used, why).with("path", at)
}

/// The path of a file URL.
fn percent_decoded(path: &str) -> String {
    let (mut out, mut rest) = (Vec::with_capacity(path.len()), path.as_bytes());
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let hex = |digits: &[u8]| std::str::from_utf8(digits).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
        match tail.get(..2).filter(|_| *byte == b'%').and_then(hex) {
            Some(decoded) => {
                out.push(decoded);
                rest = &tail[2..];
            }
            None => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
