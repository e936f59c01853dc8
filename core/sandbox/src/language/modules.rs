//! What programs import: modules among the files of the sandbox's own tree. Nothing else can be imported.
//!
//! Relative and absolute paths name files; bare names are packages below a `node_modules` of the tree, resolved by
//! their package.json as Node does. TypeScript is stripped when it is read. All texts are the guest's and hostile.

use super::typescript;
use crate::wasi::Wasi;
use serde_json::Value as Json;
use wasm_sandbox_policy::Limits;

/// Names of files that an error lists.
const SHOWN: usize = 20;
/// Packages are looked for in the folder of the importing file and this many above it.
const FOLDERS: usize = 64;
/// What there is without a file; the interpreter answers these names itself.
const BUILT_IN: &str = "the built-in modules are node:fs, node:fs/promises and node:path";
/// Conditions of a package's `exports` that hold here, the more special first.
const CONDITIONS: [&str; 3] = ["import", "module", "default"];

/// Why an import fails: the class of the exception and its message.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) kind: String,
    pub(super) message: String,
}

fn refused(message: String) -> Refused {
    Refused { kind: "Error".to_owned(), message }
}

/// The path of the file that `name`, imported in the file `base`, stands for.
pub(super) fn find(wasi: &Wasi, base: &str, name: &str) -> Result<String, Refused> {
    let base = absolute("/", base);
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = name.strip_prefix("file://").unwrap_or(name);
    let found =
        if path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || path == "." || path == ".." {
            file(wasi, &absolute(folder, path))
        } else if path.is_empty() || path.contains(':') || path.starts_with('#') {
            None
        } else {
            package(wasi, folder, path)?
        };
    found.ok_or_else(|| {
        if name.starts_with("node:") {
            let why = format!("Cannot find module '{}' imported from {base}; {BUILT_IN}", shown(name));
            return refused(why);
        }
        let names = wasi.file_names(SHOWN + 1);
        let listed = match names.len() {
            0 => "no files were given".to_owned(),
            n if n > SHOWN => format!("the files given are {}, and more", names[..SHOWN].join(", ")),
            _ => format!("the files given are {}", names.join(", ")),
        };
        let packages = wasi.package_names("node_modules", SHOWN);
        let listed = match packages.len() {
            0 => listed,
            _ => format!("{listed}; the packages given are {}", packages.join(", ")),
        };
        refused(format!("Cannot find module '{}' imported from {base}; {listed}", shown(name)))
    })
}

/// The source text of a module, as JavaScript or JSON.
pub(super) fn read(wasi: &Wasi, path: &str, limits: &Limits) -> Result<String, Refused> {
    let bytes = wasi.file(path).ok_or_else(|| refused(format!("Cannot find module '{}'", shown(path))))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(format!("{path} is not text in UTF-8")))?;
    if !(path.ends_with(".ts") || path.ends_with(".mts")) {
        return Ok(text);
    }
    typescript::strip(&text, path, limits).map_err(|error| {
        let detail = |key: &str| error.details.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        let kind = detail("type").unwrap_or_else(|| "Error".to_owned());
        // The place is in the error's own message only.
        let message = error.message.split_once(": ").map_or(error.message.as_str(), |(_, rest)| rest);
        let message = message.strip_prefix(&format!("{kind}: ")).unwrap_or(message).to_owned();
        Refused { kind, message }
    })
}

fn shown(name: &str) -> String {
    name.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A path from the root without `.`, `..` and doubled slashes.
fn absolute(folder: &str, path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let folder = if path.starts_with('/') { "" } else { folder };
    for name in folder.split('/').chain(path.split('/')) {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// The file itself, its TypeScript source where it is named as JavaScript, or what lacks its ending.
fn file(wasi: &Wasi, path: &str) -> Option<String> {
    let exists = |path: &String| wasi.is_file(path);
    let typed = [(".js", ".ts"), (".mjs", ".mts")].into_iter();
    let typed = typed.filter_map(|(from, to)| path.strip_suffix(from).map(|stem| format!("{stem}{to}")));
    let endings = [".js", ".mjs", ".ts", ".mts", "/index.js", "/index.mjs", "/index.ts"];
    let ended = endings.into_iter().map(|ending| format!("{}{ending}", path.trim_end_matches('/')));
    std::iter::once(path.to_owned()).chain(typed).chain(ended).find(exists)
}

fn package(wasi: &Wasi, folder: &str, specifier: &str) -> Result<Option<String>, Refused> {
    let names = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(names - 1).map_or(specifier.len(), |(at, _)| at);
    let (name, inside) = specifier.split_at(end);
    let mut above = Some(folder);
    for _ in 0..FOLDERS {
        let Some(here) = above else { break };
        let root = format!("{here}/node_modules/{name}");
        let root = absolute("/", &root);
        if let Some(description) = wasi.file(&format!("{root}/package.json")) {
            let description: Json = serde_json::from_slice(&description)
                .map_err(|error| refused(format!("{root}/package.json cannot be read: {error}")))?;
            return Ok(entry(wasi, &root, &description, inside));
        }
        if let Some(found) = file(wasi, &format!("{root}{inside}")) {
            return Ok(Some(found));
        }
        above = here.rsplit_once('/').map(|(above, _)| above);
    }
    Ok(None)
}

/// The file of a package for the part of the specifier behind its name, `/x` or nothing.
fn entry(wasi: &Wasi, root: &str, description: &Json, inside: &str) -> Option<String> {
    if let Some(exports) = description.get("exports").filter(|exports| !exports.is_null()) {
        let target = exported(exports, &format!(".{inside}"))?;
        let path = absolute(root, &target);
        // What a package exports lies within it.
        return (target.starts_with("./") && path.starts_with(&format!("{root}/")) && wasi.is_file(&path))
            .then_some(path);
    }
    if !inside.is_empty() {
        return file(wasi, &absolute("/", &format!("{root}{inside}")));
    }
    let named = ["module", "main"].into_iter().filter_map(|key| description.get(key).and_then(Json::as_str));
    named
        .map(|main| absolute(root, &format!("./{main}")))
        .find_map(|path| file(wasi, &path))
        .or_else(|| file(wasi, &format!("{root}/index.js")))
}

fn exported(exports: &Json, subpath: &str) -> Option<String> {
    let by_path = exports.as_object().filter(|map| map.keys().any(|key| key.starts_with('.')));
    let Some(map) = by_path else {
        return (subpath == ".").then(|| chosen(exports, "")).flatten();
    };
    if let Some(target) = map.get(subpath).filter(|_| !subpath.contains('*')) {
        return chosen(target, "");
    }
    let matching = map.iter().filter_map(|(key, target)| {
        let (head, tail) = key.split_once('*')?;
        let star = subpath.strip_prefix(head)?.strip_suffix(tail).filter(|star| !star.is_empty())?;
        Some((head.len(), star, target))
    });
    let (_, star, target) = matching.max_by_key(|(length, ..)| *length)?;
    chosen(target, star)
}

fn chosen(target: &Json, star: &str) -> Option<String> {
    match target {
        Json::String(path) => Some(path.replace('*', star)),
        Json::Array(list) => list.iter().find_map(|one| chosen(one, star)),
        Json::Object(map) => CONDITIONS.iter().filter_map(|key| map.get(*key)).find_map(|one| chosen(one, star)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(absolute("/a/b", "../c.js"), "/a/c.js");
        assert_eq!(absolute("/a", "../../../x"), "/x");
        assert_eq!(absolute("/a", "/b//./c"), "/b/c");
    }

    #[test]
    fn exports_are_chosen_as_node_does() {
        let exports = json!({
            ".": { "types": "./a.d.ts", "require": "./a.cjs", "import": { "default": "./a.mjs" } },
            "./x/*": "./lib/*.js",
            "./x/y/*": [{ "browser": "./no.js" }, "./deep/*.js"],
            "./secret": null,
        });
        assert_eq!(exported(&exports, ".").as_deref(), Some("./a.mjs"));
        assert_eq!(exported(&exports, "./x/b").as_deref(), Some("./lib/b.js"));
        assert_eq!(exported(&exports, "./x/y/z").as_deref(), Some("./deep/z.js"));
        assert_eq!(exported(&exports, "./secret"), None);
        assert_eq!(exported(&json!("./only.js"), ".").as_deref(), Some("./only.js"));
        assert_eq!(exported(&json!({ "require": "./a.cjs" }), "."), None);
    }
}
