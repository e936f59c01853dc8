//! Python's packages: wheels, zip files and folders, and where their files go below /site-packages.
//! Decides what is pure Python: by the wheel's tag, and by what its files are called.

use super::bounds::{Files, Outcome, Refused, invalid, no_compiled, put, shown};

/// The folder that the guest imports from.
pub(super) const FOLDER: &str = "site-packages";
/// Python's minor version here: wheels for a later one are refused.
const MINOR: u32 = 13;

/// What an archive holds, as it lies in the folder, and a name for people.
pub(super) fn archive(files: Files) -> Outcome<(String, Files)> {
    let found: Vec<&str> = files.keys().filter_map(|path| path.strip_suffix(".dist-info/WHEEL")).collect();
    match found.as_slice() {
        [stem] if !stem.contains('/') => {
            let stem = (*stem).to_owned();
            wheel(files, &stem).map(|files| (stem, files))
        }
        [] => plain(files),
        _ => invalid("it has more than one `*.dist-info/WHEEL`; give each wheel by itself"),
    }
}

/// A zip file without the marks of a wheel: what Python would import from it, were it on its path.
fn plain(files: Files) -> Outcome<(String, Files)> {
    let top = |path: &&String| path.ends_with(".py") && path.matches('/').count() < 2;
    let Some(module) = files.keys().find(top) else {
        let npm = files.keys().any(|path| path.rsplit('/').next() == Some("package.json"));
        return invalid(match npm {
            true => "it is an npm package, and this session runs Python",
            false => "there is no module or package at its top; give a wheel, or a zip file of what Python imports",
        });
    };
    let name = module.split('/').next().unwrap_or_default().trim_end_matches(".py").to_owned();
    no_compiled(&files, "pure-Python")?;
    Ok((name, files))
}

fn wheel(files: Files, stem: &str) -> Outcome<Files> {
    no_compiled(&files, "pure-Python")?;
    let about = files.get(&format!("{stem}.dist-info/WHEEL")).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let tags: Vec<String> = about
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| key.trim().eq_ignore_ascii_case("tag"))
        .map(|(_, tag)| tag.trim().to_owned())
        .collect();
    if !tags.iter().any(|tag| fits(tag)) {
        let why = format!(
            "the wheel `{}` is for {}; only pure-Python wheels for Python 3 work, whose tag ends in `none-any`",
            shown(stem),
            if tags.is_empty() { "nothing that it names".to_owned() } else { shown(&tags.join(", ")) },
        );
        return Err(Refused::Unsupported(why));
    }
    let data = format!("{stem}.data/");
    let mut placed = Files::new();
    for (path, bytes) in files {
        match path.strip_prefix(&data) {
            None => put(&mut placed, path, bytes)?,
            // The rest of it (scripts, headers, data) belongs outside of the folder, where a sandbox has no place.
            Some(inside) => {
                if let Some(inside) = inside.strip_prefix("purelib/").or_else(|| inside.strip_prefix("platlib/")) {
                    put(&mut placed, inside.to_owned(), bytes)?;
                }
            }
        }
    }
    Ok(placed)
}

/// Whether code with this tag runs here: `py3-none-any`, `py2.py3-none-any`, `py311-none-any`, `cp313-none-any`.
fn fits(tag: &str) -> bool {
    let Some(pythons) = tag.strip_suffix("-none-any") else { return false };
    pythons.split('.').any(|python| {
        let version = python.strip_prefix("py").or_else(|| python.strip_prefix("cp"));
        let minor = version.and_then(|version| version.strip_prefix('3'));
        minor.is_some_and(|minor| minor.is_empty() || minor.parse().is_ok_and(|minor: u32| minor <= MINOR))
    })
}

/// Files that were given one by one.
pub(super) fn given(name: Option<String>, files: Files) -> Outcome<(String, Files)> {
    let Some(name) = name else { return plain(files) };
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 100 || !name.chars().all(word) || name.starts_with(|c: char| c.is_numeric()) {
        return invalid(format!(
            "`{}` cannot be imported; the name of a Python package is letters, digits and underscores",
            shown(&name)
        ));
    }
    no_compiled(&files, "pure-Python")?;
    let placed = files.into_iter().map(|(path, bytes)| (format!("{name}/{path}"), bytes)).collect();
    Ok((name, placed))
}
