//! Packages among the files: which folder a bare name means, what it exports, and what format a file has.
//!
//! Asks the tree of files only. package.json is the guest's: what is too long or cannot be read is an error of its program.

use super::description::Description;
use super::{How, Refused, absolute, file, folder, refused, shown};
use crate::wasi::Wasi;

/// Packages are looked for in the folder of the importing file and this many above it.
const FOLDERS: usize = 64;
/// Longer ones are read at every import, which no program needs.
const DESCRIPTION_BYTES: usize = 1 << 20;

/// The file of a package that a bare name stands for, imported in a file of the folder `from`.
pub(super) fn find(wasi: &Wasi, from: &str, specifier: &str, how: How) -> Result<Option<String>, Refused> {
    let names = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(names - 1).map_or(specifier.len(), |(at, _)| at);
    let (name, inside) = specifier.split_at(end);
    for above in folders(from) {
        let root = absolute("/", &format!("{above}/node_modules/{name}"));
        if let Some(description) = read(wasi, &root)? {
            return entry(wasi, &root, &description, inside, how);
        }
        if let Some(found) = file(wasi, &format!("{root}{inside}"), how) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// What `#x` stands for in the package that the folder `from` is of: its `imports` say so.
pub(super) fn internal(wasi: &Wasi, from: &str, specifier: &str, how: How) -> Result<Option<String>, Refused> {
    let Some((root, Description { imports: Some(imports), .. })) = nearest(wasi, from)? else { return Ok(None) };
    match imports.find(specifier, how.conditions()) {
        Some(target) if target.starts_with("./") => Ok(inner(wasi, &root, &target)),
        Some(target) if !target.starts_with(['.', '/', '#']) => find(wasi, &root, &target, how),
        _ => Ok(None),
    }
}

/// `type` of the package that a file is of.
pub(super) fn kind(wasi: &Wasi, path: &str) -> Result<Option<String>, Refused> {
    Ok(nearest(wasi, folder(path))?.and_then(|(_, description)| description.kind))
}

/// The `main` of a folder that is no package of its own.
pub(super) fn main(wasi: &Wasi, root: &str, how: How) -> Result<Option<String>, Refused> {
    match read(wasi, root)? {
        Some(description) => Ok(named(wasi, root, &description, how)),
        None => Ok(None),
    }
}

/// A folder and those above it, as far as packages are looked for.
fn folders(from: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(from), |here| here.rsplit_once('/').map(|(above, _)| above)).take(FOLDERS)
}

/// The package.json that is in force in a folder, and where it lies.
fn nearest(wasi: &Wasi, from: &str) -> Result<Option<(String, Description)>, Refused> {
    for here in folders(from).take_while(|here| !here.ends_with("/node_modules")) {
        if let Some(description) = read(wasi, here)? {
            return Ok(Some((here.to_owned(), description)));
        }
    }
    Ok(None)
}

fn read(wasi: &Wasi, root: &str) -> Result<Option<Description>, Refused> {
    let Some(bytes) = wasi.file(&format!("{root}/package.json")) else { return Ok(None) };
    let broken = |why: String| refused(format!("{}/package.json cannot be read: {why}", shown(root)));
    if bytes.len() > DESCRIPTION_BYTES {
        return Err(broken(format!("it has more than {DESCRIPTION_BYTES} bytes")));
    }
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    serde_json::from_slice(text).map(Some).map_err(|error| broken(error.to_string()))
}

/// The file of a package for the part of the specifier behind its name, `/x` or nothing.
fn entry(
    wasi: &Wasi,
    root: &str,
    description: &Description,
    inside: &str,
    how: How,
) -> Result<Option<String>, Refused> {
    if let Some(exports) = &description.exports {
        let target = exports.find(&format!(".{inside}"), how.conditions());
        return Ok(target.and_then(|target| inner(wasi, root, &target)));
    }
    if inside.is_empty() {
        return Ok(named(wasi, root, description, how));
    }
    let path = absolute("/", &format!("{root}{inside}"));
    match file(wasi, &path, how) {
        Some(found) => Ok(Some(found)),
        None => main(wasi, &path, how),
    }
}

/// What a package names by `exports` and `imports` lies within it.
fn inner(wasi: &Wasi, root: &str, target: &str) -> Option<String> {
    let path = absolute(root, target);
    (target.starts_with("./") && path.starts_with(&format!("{root}/")) && wasi.is_file(&path)).then_some(path)
}

/// `main` as Node has it; `module`, which bundlers know, where there is none.
fn named(wasi: &Wasi, root: &str, description: &Description, how: How) -> Option<String> {
    let index = || file(wasi, &format!("{root}/index"), how);
    let names = [&description.main, &description.module].into_iter().flatten();
    names.map(|main| absolute(root, &format!("./{main}"))).find_map(|path| file(wasi, &path, how)).or_else(index)
}
