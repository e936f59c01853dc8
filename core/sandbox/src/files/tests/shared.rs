//! The read-only part of a tree: a guest finds it and changes nothing, and nothing is left half done.
//! Every operation that could change something is tried on it, directly and through a link.

use super::*;
use std::sync::Arc;

fn bench() -> Bench {
    let large = (0..200_000).map(|i| i as u8).collect();
    let files = [("site-packages/a/x.py", b"one".to_vec()), ("site-packages/a/large", large), ("top", Vec::new())];
    let shared = SharedTree::new(files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes)).collect());
    let mut bench = Bench::new(Limits::default());
    bench.tree = Tree::with_shared(1, Arc::new(shared));
    bench
}

#[test]
fn it_is_found_read_and_listed() {
    let mut bench = bench();
    assert_eq!(bench.read("/site-packages/a/x.py").unwrap(), b"one");
    assert_eq!(bench.read("/site-packages/a/large").unwrap().len(), 200_000);
    assert_eq!(bench.read("/site-packages/a/large").unwrap()[70_000], 70_000u32 as u8);
    assert_eq!(bench.read("/site-packages/a/../../top").unwrap(), b"");
    assert_eq!(bench.names("/"), ["tmp", "site-packages", "top"]);
    assert_eq!(bench.names("/site-packages/a"), ["large", "x.py"]);
    let id = bench.find("/site-packages/a").unwrap();
    assert_eq!(bench.tree.stat(id).unwrap().kind, Kind::Directory);
    bench.tree.open(id).unwrap();
    bench.with(|tree, terms| tree.close(terms, id));
    assert_eq!(bench.read("/site-packages/a/x.py").unwrap(), b"one");
}

#[test]
fn nothing_in_it_changes_and_nothing_is_charged() {
    let mut bench = bench();
    bench.file("/mine", b"mine");
    bench.mkdir("/folder").unwrap();
    let before = (bench.meter.used(), bench.tree.used_nodes(), bench.tree.used_bytes());
    let file = bench.find("/site-packages/a/x.py").unwrap();
    let denied = Err(Errno::ReadOnly);
    assert_eq!(bench.write_at(file, 0, b"evil").map(drop), denied);
    assert_eq!(bench.write_at(file, 9, b"").map(drop), denied);
    assert_eq!(bench.set_size(file, 0), denied);
    assert_eq!(bench.set_size(file, 1 << 20), denied);
    assert_eq!(bench.tree.set_times(file, Some(1), Some(1), 2), denied);
    for path in ["/site-packages/new", "/site-packages/a/new"] {
        assert_eq!(bench.create(path).map(drop), denied);
        assert_eq!(bench.mkdir(path).map(drop), denied);
        assert_eq!(bench.link("/mine", path).map(drop), denied);
        assert_eq!(bench.rename("/mine", path), denied);
        assert_eq!(bench.rename("/folder", path), denied);
    }
    for path in ["/site-packages/a/x.py", "/top"] {
        assert_eq!(bench.unlink(path), denied);
        assert_eq!(bench.rename(path, "/moved"), denied);
        assert_eq!(bench.rename("/mine", path), denied);
        assert_eq!(bench.link("/mine", path).map(drop), Err(Errno::Exists));
    }
    for path in ["/site-packages", "/site-packages/a"] {
        assert_eq!(bench.rmdir(path), denied);
        assert_eq!(bench.rename(path, "/moved"), denied);
        assert_eq!(bench.rename("/folder", path), denied);
        assert_eq!(bench.mkdir(path).map(drop), Err(Errno::Exists));
    }
    // A link that leads there from outside opens no way.
    bench.link("/site-packages", "/way").unwrap();
    assert_eq!(bench.create("/way/new").map(drop), denied);
    assert_eq!(bench.unlink("/way/a/x.py"), denied);
    bench.unlink("/way").unwrap();
    assert_eq!((bench.meter.used(), bench.tree.used_nodes(), bench.tree.used_bytes()), before);
    assert_eq!(bench.read("/site-packages/a/x.py").unwrap(), b"one");
}

#[test]
fn it_is_neither_told_nor_saved_nor_given_over() {
    let mut bench = bench();
    bench.tree.mark();
    bench.file("/mine", b"mine");
    assert_eq!(bench.tree.changed().into_keys().collect::<Vec<_>>(), ["/mine"]);
    assert_eq!(bench.tree.file_names(10), ["/mine"]);
    let saved = bench.tree.saved();
    assert!(saved.iter().all(|saved| !saved.path.starts_with("/site-packages")));
    bench.with(|tree, terms| tree.put_back(terms, &saved)).unwrap();
    assert_eq!(bench.read("/site-packages/a/x.py").unwrap(), b"one");
    for path in ["/site-packages/new.py", "site-packages/a/x.py", "/top"] {
        let error = bench.with(|tree, terms| tree.give(terms, path, b"x")).unwrap_err();
        assert!(error.message.contains("read-only"), "{}", error.message);
    }
}
