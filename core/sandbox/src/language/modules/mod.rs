//! What programs import: modules among the files of the sandbox's own tree. Nothing else can be imported.
//!
//! Relative and absolute paths name files; bare names are packages below a `node_modules` of the tree (`package.rs`),
//! found by their package.json as Node does. TypeScript is stripped when it is read. All texts are the guest's and hostile.

mod description;
mod package;

use super::typescript;
use crate::wasi::Wasi;
use wasm_sandbox_policy::Limits;

/// Names of files that an error lists.
const SHOWN: usize = 20;
/// What there is without a file; the interpreter answers these names itself.
const BUILT_IN: &str = "the built-in modules are node:fs, node:fs/promises and node:path";

/// Who asks: `import` of an ES module, or `require` of a CommonJS one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum How {
    Import,
    Require,
}

impl How {
    /// Conditions of a package's `exports` that hold, besides `default`.
    fn conditions(self) -> &'static [&'static str] {
        match self {
            How::Import => &["node", "import"],
            How::Require => &["node", "require"],
        }
    }

    /// What may be left out at the end of a path.
    fn endings(self) -> &'static [&'static str] {
        match self {
            How::Import => &[".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"],
            How::Require => &[".js", ".json", ".cjs", ".ts", ".cts"],
        }
    }
}

/// Why an import fails: the class of the exception, its message, and its `code` if it has one.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) code: Option<&'static str>,
}

fn refused(message: String) -> Refused {
    Refused { kind: "Error".to_owned(), message, code: None }
}

/// The path of the file that `name`, imported in the file `base`, stands for.
pub(super) fn find(wasi: &Wasi, base: &str, name: &str, how: How) -> Result<String, Refused> {
    let base = absolute("/", base);
    let from = folder(&base);
    let path = name.strip_prefix("file://").filter(|_| how == How::Import).unwrap_or(name);
    let found =
        if path.starts_with("./") || path.starts_with("../") || path.starts_with('/') || matches!(path, "." | "..") {
            let path = absolute(from, path);
            match file(wasi, &path, how) {
                None => package::main(wasi, &path, how)?,
                found => found,
            }
        } else if path.starts_with('#') {
            package::internal(wasi, from, path, how)?
        } else if path.is_empty() || path.contains(':') {
            None
        } else {
            package::find(wasi, from, path, how)?
        };
    found.ok_or_else(|| missing(wasi, &base, name, how))
}

fn missing(wasi: &Wasi, base: &str, name: &str, how: How) -> Refused {
    let code = Some(match how {
        How::Import => "ERR_MODULE_NOT_FOUND",
        How::Require => "MODULE_NOT_FOUND",
    });
    let named = format!("Cannot find module '{}' imported from {}", shown(name), shown(base));
    if name.starts_with("node:") {
        return Refused { code, ..refused(format!("{named}; {BUILT_IN}")) };
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
    Refused { code, ..refused(format!("{named}; {listed}")) }
}

/// A module as it is read. `format`: `module`, `commonjs`, `json`, or `either` where only the text tells which of the
/// first two it is.
pub(super) struct Source {
    pub(super) text: String,
    pub(super) format: &'static str,
}

pub(super) fn read(wasi: &Wasi, path: &str, limits: &Limits) -> Result<Source, Refused> {
    let format = format(wasi, path)?;
    Ok(Source { text: text(wasi, path, limits)?, format })
}

fn format(wasi: &Wasi, path: &str) -> Result<&'static str, Refused> {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    Ok(match ending {
        "mjs" | "mts" => "module",
        "cjs" | "cts" => "commonjs",
        "json" => "json",
        _ => match package::kind(wasi, path)?.as_deref() {
            Some("module") => "module",
            Some("commonjs") => "commonjs",
            _ => "either",
        },
    })
}

/// The text as JavaScript or JSON.
fn text(wasi: &Wasi, path: &str, limits: &Limits) -> Result<String, Refused> {
    let bytes = wasi.file(path).ok_or_else(|| refused(format!("Cannot find module '{}'", shown(path))))?;
    let text = String::from_utf8(bytes).map_err(|_| refused(format!("{path} is not text in UTF-8")))?;
    if ![".ts", ".mts", ".cts"].iter().any(|ending| path.ends_with(ending)) {
        return Ok(text);
    }
    typescript::strip(&text, path, limits).map_err(|error| {
        let detail = |key: &str| error.details.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        let kind = detail("type").unwrap_or_else(|| "Error".to_owned());
        // The place is in the error's own message only.
        let message = error.message.split_once(": ").map_or(error.message.as_str(), |(_, rest)| rest);
        let message = message.strip_prefix(&format!("{kind}: ")).unwrap_or(message).to_owned();
        Refused { kind, message, code: None }
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

/// The folder of a file, empty for the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The file itself, its TypeScript source where it is named as JavaScript, or what lacks its ending.
fn file(wasi: &Wasi, path: &str, how: How) -> Option<String> {
    let exists = |path: &String| wasi.is_file(path);
    let typed = [(".js", ".ts"), (".mjs", ".mts"), (".cjs", ".cts")].into_iter();
    let typed = typed.filter_map(|(from, to)| path.strip_suffix(from).map(|stem| format!("{stem}{to}")));
    let stem = path.trim_end_matches('/');
    let ended =
        ["", "/index"].into_iter().flat_map(|index| how.endings().iter().map(move |end| format!("{stem}{index}{end}")));
    std::iter::once(path.to_owned()).chain(typed).chain(ended).find(exists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(absolute("/a/b", "../c.js"), "/a/c.js");
        assert_eq!(absolute("/a", "../../../x"), "/x");
        assert_eq!(absolute("/a", "/b//./c"), "/b/c");
        assert_eq!((folder("/a.js"), folder("/x/a.js")), ("", "/x"));
    }
}
