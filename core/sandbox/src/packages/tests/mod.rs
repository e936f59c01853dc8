//! Tests of packages: ordinary archives, and those that somebody made to do harm. All are made here.
//! What guests see of them is tested by the shared cases of `packages`.

mod hostile;
mod make;
mod ordinary;

use super::set::PackageSet;
use super::{PackageSource, Packages};
use crate::cancel::CancelToken;
use crate::language::Language;
use wasm_sandbox_policy::{Error, Result};

fn load(language: Language, given: Vec<PackageSource>) -> Result<PackageSet> {
    PackageSet::new(language, given, &CancelToken::default())
}

fn python(archive: Vec<u8>) -> Result<PackageSet> {
    load(Language::Python, vec![PackageSource::Archive(archive)])
}

fn javascript(archive: Vec<u8>) -> Result<PackageSet> {
    load(Language::JavaScript, vec![PackageSource::Archive(archive)])
}

fn files(name: Option<&str>, files: &[(&str, &str)]) -> PackageSource {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    PackageSource::Files { name: name.map(str::to_owned), files }
}

/// The error of the first package.
fn error(outcome: Result<PackageSet>) -> Error {
    let error = outcome.unwrap_err();
    assert_eq!(error.details["path"], "$.packages[0]", "{}", error.message);
    error
}
