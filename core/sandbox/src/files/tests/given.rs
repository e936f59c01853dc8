//! Files that the host gives and takes.

use super::*;
use wasm_sandbox_policy::ErrorCode;

impl Bench {
    fn give(&mut self, path: &str, bytes: &[u8]) -> wasm_sandbox_policy::Result<()> {
        self.with(|tree, terms| tree.give(terms, path, bytes))
    }
}

#[test]
fn paths_of_the_host() {
    let mut bench = Bench::new(Limits::default());
    for (path, shown) in [
        ("/a/b/c", "/a/b/c"),
        ("d/e", "/d/e"),
        ("./f", "/f"),
        ("//g//./h", "/g/h"),
        ("/tmp/i", "/tmp/i"),
        ("C:\\x", "/C:\\x"),
    ] {
        bench.give(path, path.as_bytes()).unwrap();
        assert_eq!(bench.read(shown).unwrap(), path.as_bytes());
    }
    bench.link("/a", "/link").unwrap();
    let long = "n".repeat(256);
    let deep = "d/".repeat(64) + "f";
    let very_long = "n/".repeat(2048) + "f";
    for path in [
        "", "/", ".", "..", "/..", "a/../b", "../a", "a/..", "dir/", "/a/b/c/d", "a\0", "/a", "/link/x", &long, &deep,
        &very_long,
    ] {
        let error = bench.give(path, b"").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{path:?}: {error}");
    }
    // A link where the file is to be gives way; what it points to is not touched.
    bench.link("/a/b/c", "/over").unwrap();
    bench.give("/over", b"new").unwrap();
    assert_eq!(bench.read("/a/b/c").unwrap(), b"/a/b/c");
    assert_eq!(bench.read("/over").unwrap(), b"new");
}

#[test]
fn too_much_is_a_typed_error() {
    let mut bench = Bench::new(Limits { files: 2, file_bytes: 10, ..Limits::default() });
    assert_eq!(bench.give("/a", &[0; 11]).unwrap_err().details["field"], "fileBytes");
    bench.refusals = Refusals::default();
    assert_eq!(bench.give("/b/c/d", b"").unwrap_err().details["field"], "files");
    let mut bench = Bench::new(Limits { memory_bytes: 1000, ..Limits::default() });
    assert_eq!(bench.give("/a", &[0; 1000]).unwrap_err().code, ErrorCode::MemoryLimit);
}

#[test]
fn changed_files_are_those_of_the_guest() {
    let mut bench = Bench::new(Limits::default());
    bench.give("/in/given", b"given").unwrap();
    bench.give("/in/other", b"other").unwrap();
    bench.give("/tmp/given", b"given").unwrap();
    assert!(bench.tree.changed().is_empty());
    bench.file("/tmp/made", b"made");
    bench.link("made", "/tmp/link").unwrap();
    bench.mkdir("/tmp/empty").unwrap();
    let given = bench.find("/in/given").unwrap();
    bench.write_at(given, 0, b"G").unwrap();
    let found = bench.tree.changed();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["/in/given", "/tmp/made"]);
    assert_eq!(found["/in/given"], b"Given");
    // A new run: only what happens from now on.
    bench.tree.mark();
    bench.give("/tmp/made", b"by the host").unwrap();
    assert!(bench.tree.changed().is_empty());
    bench.rename("/in", "/out").unwrap();
    assert_eq!(bench.tree.changed().keys().collect::<Vec<_>>(), ["/out/given", "/out/other"]);
    bench.tree.mark();
    bench.unlink("/out/given").unwrap();
    let other = bench.find("/out/other").unwrap();
    bench.set_size(other, 1).unwrap();
    assert_eq!(bench.tree.changed().into_iter().collect::<Vec<_>>(), [("/out/other".to_owned(), b"o".to_vec())]);
}
