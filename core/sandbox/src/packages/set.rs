//! One set of packages: all of them in one read-only tree, with their names and a digest of what the guest sees.
//! The order in which they were given means nothing to a guest: a path that two of them have is an error.

use super::bounds::{ARCHIVE_BYTES, Budget, Files, Outcome, PACKAGES, Refused, invalid, path, put, shown};
use super::{PackageSource, javascript, python, tarball, zip};
use crate::cancel::CancelToken;
use crate::files::SharedTree;
use crate::language::Language;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use wasm_sandbox_policy::Result;

/// See the module's head. Sandboxes share it.
#[derive(Debug)]
pub(crate) struct PackageSet {
    pub(crate) tree: Arc<SharedTree>,
    /// Names of the packages, for people, in order.
    pub(crate) names: Vec<String>,
    /// Of paths and contents, in hex: two sets with the same one are the same to a guest.
    pub(crate) digest: String,
    /// Bytes of the files.
    pub(super) bytes: u64,
}

impl PackageSet {
    pub(super) fn new(language: Language, given: Vec<PackageSource>, cancel: &CancelToken) -> Result<PackageSet> {
        let mut budget = Budget::new(cancel);
        let (mut all, mut names) = (Files::new(), Vec::new());
        for (index, package) in given.into_iter().enumerate() {
            add(language, package, index, &mut budget, &mut all, &mut names).map_err(|refused| refused.at(index))?;
        }
        names.sort();
        let mut hash = Sha256::new();
        for (path, bytes) in &all {
            for part in [path.as_bytes(), bytes] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = all.values().map(|bytes| bytes.len() as u64).sum();
        Ok(PackageSet { tree: Arc::new(SharedTree::new(all)), names, digest, bytes })
    }
}

/// Reads one package and puts its files to those of the others.
fn add(
    language: Language,
    package: PackageSource,
    index: usize,
    budget: &mut Budget<'_>,
    all: &mut Files,
    names: &mut Vec<String>,
) -> Outcome<()> {
    if index >= PACKAGES {
        let (limit, used) = (PACKAGES as u64, index as u64 + 1);
        return Err(Refused::Limit { field: "packages", limit, used });
    }
    let python = language.interpreter() == Language::Python;
    let (name, files) = match package {
        PackageSource::Archive(bytes) => {
            let files = unpack(&bytes, python, budget)?;
            if python { python::archive(files) } else { javascript::archive(files) }
        }
        PackageSource::Files { name, files } => {
            let mut clean = Files::new();
            for (given, bytes) in files {
                budget.entry()?;
                budget.take(bytes.len() as u64)?;
                put(&mut clean, path(given.as_bytes())?, bytes)?;
            }
            if python { python::given(name, clean) } else { javascript::given(name, clean) }
        }
    }?;
    if files.is_empty() {
        return invalid("it has no files");
    }
    if names.contains(&name) {
        return invalid(format!("`{}` is there already; give each package once", shown(&name)));
    }
    names.push(name);
    let folder = if python { python::FOLDER } else { javascript::FOLDER };
    for (path, bytes) in files {
        let path = format!("{folder}/{path}");
        if let Some(other) = obstacle(all, &path) {
            return invalid(format!("`/{}` is in the way of `/{}`; both cannot be there", shown(&other), shown(&path)));
        }
        all.insert(path, bytes);
    }
    Ok(())
}

fn unpack(bytes: &[u8], python: bool, budget: &mut Budget<'_>) -> Outcome<Files> {
    let size = bytes.len() as u64;
    if size > ARCHIVE_BYTES {
        return Err(Refused::Limit { field: "packageBytes", limit: ARCHIVE_BYTES, used: size });
    }
    if zip::is_zip(bytes) {
        return zip::unpack(bytes, budget);
    }
    if !tarball::is_gzip(bytes) {
        return invalid(match python {
            true => "it is neither a wheel nor a zip file",
            false => "it is neither an npm tarball (.tgz) nor a zip file",
        });
    }
    if python {
        return invalid("a tarball is an npm package or a source distribution; give Python a wheel (`pip wheel NAME`)");
    }
    tarball::unpack(bytes, budget)
}

/// A file that is there already, or that stands where a folder is needed, or below where the file would be.
fn obstacle(all: &Files, path: &str) -> Option<String> {
    if all.contains_key(path) {
        return Some(path.to_owned());
    }
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).find(|above| all.contains_key(*above));
    let inside = format!("{path}/");
    let below = || all.range(inside.clone()..).next().filter(|(below, _)| below.starts_with(&inside));
    above.map(str::to_owned).or_else(|| below().map(|(below, _)| below.clone()))
}
