//! JavaScript's packages: npm tarballs, zip files and folders, and where their files go below /node_modules.
//! What is imported from them is found by `language/modules.rs`.

use super::bounds::{Files, Outcome, Refused, invalid, no_compiled, shown};
use serde_json::Value as Json;

/// The folder that bare names are looked for in.
pub(super) const FOLDER: &str = "node_modules";
/// Longest name that npm gives.
const NAME_BYTES: usize = 214;

/// What an archive holds, as it lies in the folder, and the package's name.
pub(super) fn archive(files: Files) -> Outcome<(String, Files)> {
    if files.keys().any(|path| path.ends_with(".dist-info/WHEEL")) {
        return invalid("it is a Python wheel, and this session runs JavaScript");
    }
    given(None, unfolded(files))
}

/// An npm tarball has one folder, `package`, with everything in it.
fn unfolded(files: Files) -> Files {
    let top = files.keys().next().and_then(|path| path.split_once('/')).map(|(top, _)| format!("{top}/"));
    match top.filter(|top| !files.contains_key("package.json") && files.keys().all(|path| path.starts_with(top))) {
        Some(top) => files.into_iter().map(|(path, bytes)| (path[top.len()..].to_owned(), bytes)).collect(),
        None => files,
    }
}

/// Files of one package; its package.json has the name where none is given.
pub(super) fn given(name: Option<String>, files: Files) -> Outcome<(String, Files)> {
    let name = match name {
        Some(name) => name,
        None => described(&files)?,
    };
    check(&name)?;
    no_compiled(&files, "plain-JavaScript")?;
    let placed = files.into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)).collect();
    Ok((name, placed))
}

fn described(files: &Files) -> Outcome<String> {
    let Some(bytes) = files.get("package.json") else {
        return invalid("there is no package.json; give what `npm pack` makes, or the package as { name, files }");
    };
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let description: Json = serde_json::from_slice(text)
        .map_err(|error| Refused::Invalid(format!("its package.json cannot be read: {error}")))?;
    match description.get("name").and_then(Json::as_str) {
        Some(name) => Ok(name.to_owned()),
        None => invalid("its package.json has no name; give the package as { name, files }"),
    }
}

/// A name as npm allows them, scope included: it becomes a path.
fn check(name: &str) -> Outcome<()> {
    let part = |part: &str| {
        let letters = part.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c));
        !part.is_empty() && !part.starts_with(['.', '_']) && letters
    };
    let fits = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
        Some(Some((scope, rest))) => part(scope) && part(rest),
        Some(None) => false,
        None => part(name) && name != FOLDER,
    };
    if fits && name.len() <= NAME_BYTES {
        return Ok(());
    }
    invalid(format!("`{}` is no name of an npm package, such as `left-pad` or `@scope/name`", shown(name)))
}
