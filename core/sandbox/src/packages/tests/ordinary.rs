//! Packages as people have them.
//! Where their files come to lie, what they are called, and what is said of those that cannot work.

use super::make::{Block, Member, gzip, member, npm, tar, wheel, zip};
use super::*;
use crate::files::Tree;
use wasm_sandbox_policy::ErrorCode;

/// The text of a file of the set.
fn text(set: &PackageSet, path: &str) -> Option<String> {
    let tree = Tree::with_shared(1, set.tree.clone());
    tree.content(path).map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn a_wheel_lies_in_site_packages_with_what_tells_of_it() {
    let stored = Member { stored: true, ..member("tiny_more/__init__.py", "from tiny import answer") };
    let extra = [stored, member("tiny-1.0.data/purelib/pure.py", "x = 1"), member("tiny-1.0.data/scripts/tiny", "#!")];
    let set = python(wheel("py2.py3-none-any", &extra)).unwrap();
    assert_eq!(set.names, ["tiny-1.0"]);
    assert_eq!(text(&set, "/site-packages/tiny.py").unwrap(), "answer = 42\n");
    assert_eq!(text(&set, "/site-packages/tiny_more/__init__.py").unwrap(), "from tiny import answer");
    assert_eq!(text(&set, "/site-packages/pure.py").unwrap(), "x = 1");
    assert!(text(&set, "/site-packages/tiny-1.0.dist-info/METADATA").unwrap().contains("Name: tiny"));
    assert_eq!(text(&set, "/site-packages/tiny-1.0.data/scripts/tiny"), None);
}

#[test]
fn an_npm_tarball_lies_under_its_name() {
    let set =
        javascript(npm(&[("package.json", r#"{"name": "@me/tiny"}"#), ("lib/a.js", "export default 1")])).unwrap();
    assert_eq!(set.names, ["@me/tiny"]);
    assert_eq!(text(&set, "/node_modules/@me/tiny/lib/a.js").unwrap(), "export default 1");
    // With folders of their own, `./` before names, and what git writes first.
    let description = br#"{"name": "b"}"#;
    let blocks = [
        Block("pax_global_header", b'g', 0, b""),
        Block("./b-1/", b'5', 0, b""),
        Block("./b-1/package.json", b'0', description.len() as u64, description),
    ];
    assert_eq!(javascript(gzip(&tar(&blocks))).unwrap().names, ["b"]);
    assert_eq!(javascript(zip(&[member("package.json", r#"{"name": "c"}"#)])).unwrap().names, ["c"]);
}

#[test]
fn files_and_zip_files() {
    let set = load(
        Language::Python,
        vec![
            files(Some("mine"), &[("__init__.py", "1"), ("sub/x.py", "2")]),
            files(None, &[("other.py", "3"), ("other-1.dist-info/METADATA", "Name: other")]),
            PackageSource::Archive(zip(&[member("zipped/__init__.py", "4")])),
        ],
    )
    .unwrap();
    assert_eq!(set.names, ["mine", "other", "zipped"]);
    assert_eq!(text(&set, "/site-packages/mine/sub/x.py").unwrap(), "2");
    assert_eq!(text(&set, "/site-packages/other.py").unwrap(), "3");
    let set = load(Language::TypeScript, vec![files(Some("@a/b"), &[("index.js", "1")])]).unwrap();
    assert_eq!(text(&set, "/node_modules/@a/b/index.js").unwrap(), "1");
}

#[test]
fn the_same_packages_are_unpacked_once() {
    let given =
        || vec![PackageSource::Archive(wheel("py3-none-any", &[])), files(Some("once"), &[("__init__.py", "")])];
    let load = |given| Packages::new(given).load(Language::Python, &CancelToken::default()).unwrap().unwrap();
    let (first, second) = (load(given()), load(given()));
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    let other = load(vec![files(Some("once"), &[("__init__.py", "#")])]);
    assert_ne!(first.digest, other.digest);
    // The digest is of what is in them, not of how they came.
    let stored = Member { stored: true, ..member("a.py", "1") };
    let (packed, plain) = (python(zip(&[member("a.py", "1")])).unwrap(), python(zip(&[stored])).unwrap());
    assert_eq!(packed.digest, plain.digest);
}

#[test]
fn what_is_no_package_is_told() {
    let told = |outcome: Result<PackageSet>, code: ErrorCode, words: &str| {
        let error = error(outcome);
        assert_eq!(error.code, code, "{}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
    };
    let invalid = ErrorCode::InvalidArgument;
    told(python(b"hello".to_vec()), invalid, "neither a wheel nor");
    told(javascript(b"hello".to_vec()), invalid, "neither an npm tarball");
    told(python(Vec::new()), invalid, "neither");
    told(python(npm(&[("package.json", r#"{"name": "a"}"#)])), invalid, "give Python a wheel");
    told(python(zip(&[member("package/package.json", "{}")])), invalid, "npm package");
    told(python(zip(&[member("data.txt", "")])), invalid, "no module");
    told(javascript(wheel("py3-none-any", &[])), invalid, "Python wheel");
    told(javascript(npm(&[("index.js", "")])), invalid, "no package.json");
    told(javascript(npm(&[("package.json", "{")])), invalid, "cannot be read");
    told(javascript(npm(&[("package.json", "{}")])), invalid, "no name");
    for name in ["..", "../x", "@a", "@a/../b", "a/b", "", ".hidden", "node_modules", "@/x"] {
        told(
            load(Language::JavaScript, vec![files(Some(name), &[("i.js", "")])]),
            invalid,
            "no name of an npm package",
        );
    }
    for name in ["my-pkg", "", "1a", "a.b", "../x", "a/b"] {
        told(load(Language::Python, vec![files(Some(name), &[("__init__.py", "")])]), invalid, "cannot be imported");
    }
    told(load(Language::Python, vec![files(Some("a"), &[])]), invalid, "no files");
}

#[test]
fn compiled_code_is_refused_by_name_and_by_tag() {
    let refused = |outcome: Result<PackageSet>, words: &str| {
        let error = error(outcome);
        assert_eq!(error.code, ErrorCode::Unsupported, "{}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
    };
    for name in ["tiny/_speed.cpython-313-x86_64-linux-gnu.so", "a.pyd", "A.DYLIB", "tiny.libs/libx.so.1", "x.node"] {
        let words = format!("`{name}`: has compiled extensions; only pure-Python packages work");
        refused(python(wheel("py3-none-any", &[member(name, "")])), &words);
    }
    for tag in
        ["cp313-cp313-manylinux_2_17_x86_64", "py3-none-win_amd64", "py2-none-any", "py314-none-any", "cp314-none-any"]
    {
        refused(python(wheel(tag, &[])), tag);
    }
    for tag in ["py3-none-any", "py39-none-any", "cp313-none-any", "py2.py3-none-any"] {
        python(wheel(tag, &[])).unwrap();
    }
    let addon = npm(&[("package.json", r#"{"name": "a"}"#), ("build/a.node", "")]);
    refused(javascript(addon), "only plain-JavaScript packages work");
}

#[test]
fn packages_do_not_stand_in_each_others_way() {
    let second = |given: Vec<PackageSource>| {
        let error = load(Language::Python, given).unwrap_err();
        assert_eq!((error.code, error.details["path"].as_str()), (ErrorCode::InvalidArgument, Some("$.packages[1]")));
    };
    let one = || files(Some("a"), &[("__init__.py", "")]);
    second(vec![one(), one()]);
    second(vec![one(), files(None, &[("a/__init__.py", "")])]);
    second(vec![one(), files(None, &[("a", ""), ("b.py", "")])]);
    second(vec![files(None, &[("a", ""), ("b.py", "")]), one()]);
}
