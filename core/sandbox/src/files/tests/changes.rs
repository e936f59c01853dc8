//! Making, moving, removing; files that are open while their names go; listings while entries come and go.

use super::*;

#[test]
fn rename_as_posix_has_it() {
    let mut bench = Bench::new(Limits::default());
    for dir in ["/a", "/a/in", "/b", "/full", "/full/x"] {
        bench.mkdir(dir).unwrap();
    }
    bench.file("/f", b"f");
    bench.file("/g", b"g");
    for (from, to, expected) in [
        ("/nowhere", "/x", Err(Errno::NotFound)),
        ("/", "/x", Err(Errno::Busy)),
        ("/a", "/", Err(Errno::Busy)),
        ("/a/.", "/x", Err(Errno::Busy)),
        ("/a/in/..", "/x", Err(Errno::Busy)),
        ("/a", "/b/..", Err(Errno::Busy)),
        ("/a", "/a", Ok(())),
        ("/a", "/a/in", Err(Errno::Invalid)),
        ("/a", "/a/new", Err(Errno::Invalid)),
        ("/a", "/a/in/new", Err(Errno::Invalid)),
        ("/a/in", "/a", Err(Errno::NotEmpty)),
        ("/b", "/full", Err(Errno::NotEmpty)),
        ("/b", "/f", Err(Errno::NotDirectory)),
        ("/f", "/b", Err(Errno::IsDirectory)),
        ("/f/", "/x", Err(Errno::NotDirectory)),
        ("/f", "/x/", Err(Errno::NotDirectory)),
        ("/f", "/f", Ok(())),
        ("/f", "/g", Ok(())),
        ("/full/x", "/b/", Ok(())),
        ("/b", "/full", Ok(())),
    ] {
        assert_eq!(bench.rename(from, to), expected, "{from} -> {to}");
    }
    assert_eq!(bench.read("/g").unwrap(), b"f");
    assert_eq!(bench.find("/f"), Err(Errno::NotFound));
    assert_eq!(bench.names("/"), ["tmp", "a", "g", "full"]);
}

#[test]
fn removal_as_posix_has_it() {
    let mut bench = Bench::new(Limits::default());
    bench.mkdir("/d").unwrap();
    bench.file("/d/f", b"f");
    bench.link("d", "/l").unwrap();
    for (path, unlink, rmdir) in [
        ("/", Errno::IsDirectory, Errno::Busy),
        ("/d/.", Errno::IsDirectory, Errno::Invalid),
        ("/d/..", Errno::IsDirectory, Errno::Busy),
        ("/tmp/../d/../d/.", Errno::IsDirectory, Errno::Invalid),
        ("/d", Errno::IsDirectory, Errno::NotEmpty),
        ("/d/", Errno::IsDirectory, Errno::NotEmpty),
        ("/d/f/", Errno::NotDirectory, Errno::NotDirectory),
        ("/no", Errno::NotFound, Errno::NotFound),
        ("/no/", Errno::NotFound, Errno::NotFound),
    ] {
        assert_eq!(bench.unlink(path), Err(unlink), "unlink {path}");
        assert_eq!(bench.rmdir(path), Err(rmdir), "rmdir {path}");
    }
    assert_eq!(bench.rmdir("/l"), Err(Errno::NotDirectory));
    assert_eq!(bench.unlink("/l"), Ok(()));
    assert_eq!(bench.unlink("/d/f"), Ok(()));
    assert_eq!(bench.rmdir("/d/"), Ok(()));
    assert_eq!(bench.mkdir("/tmp"), Err(Errno::Exists));
    assert_eq!(bench.mkdir("/tmp/."), Err(Errno::Exists));
    assert_eq!(bench.rmdir("/tmp"), Ok(()));
    assert_eq!(bench.mkdir("/tmp").map(drop), Ok(()));
    assert_eq!(bench.tree.used_nodes(), 1);
}

#[test]
fn a_removed_file_lives_while_it_is_open() {
    let mut bench = Bench::new(Limits::default());
    let id = bench.file("/f", &[7; 5000]);
    bench.tree.open(id).unwrap();
    bench.tree.open(id).unwrap();
    assert_eq!(bench.unlink("/f"), Ok(()));
    assert_eq!(bench.tree.stat(id).unwrap().links, 0);
    assert_eq!((bench.tree.used_nodes(), bench.tree.used_bytes()), (1, 5000));
    assert_eq!(bench.write_at(id, 5000, b"more"), Ok(4));
    let mut byte = [0];
    assert_eq!(bench.tree.read(id, 4999, &mut byte), Ok(1));
    assert_eq!(byte, [7]);
    // The name is free again, and the new file is another one.
    let other = bench.file("/f", b"new");
    assert_ne!(bench.tree.stat(id).unwrap().inode, bench.tree.stat(other).unwrap().inode);
    bench.with(|tree, terms| tree.close(terms, id));
    assert_eq!(bench.tree.used_bytes(), 5007);
    bench.with(|tree, terms| tree.close(terms, id));
    assert_eq!((bench.tree.used_nodes(), bench.tree.used_bytes()), (1, 3));
    assert_eq!(bench.tree.read(id, 0, &mut byte), Err(Errno::BadFd));
}

#[test]
fn nothing_is_made_in_a_removed_directory() {
    let mut bench = Bench::new(Limits::default());
    let id = bench.mkdir("/d").unwrap();
    bench.tree.open(id).unwrap();
    bench.rmdir("/d").unwrap();
    for path in ["x", ".", "..", "../tmp", "./x"] {
        assert_eq!(bench.tree.resolve(id, path, Last::Follow).err(), Some(Errno::NotFound), "{path}");
    }
    assert!(bench.tree.resolve(id, "/tmp", Last::Follow).is_ok());
    assert_eq!(bench.tree.list(id, 2).unwrap().count(), 0);
    bench.with(|tree, terms| tree.close(terms, id));
    assert_eq!((bench.tree.used_nodes(), bench.meter.used()), (0, 0));
}

#[test]
fn listings_go_on_where_they_were() {
    let mut bench = Bench::new(Limits::default());
    for n in 0..20 {
        bench.file(&format!("/tmp/f{n}"), b"");
    }
    let dir = bench.find("/tmp").unwrap();
    let page = |bench: &Bench, after: u64| -> Vec<(u64, String)> {
        bench.tree.list(dir, after).unwrap().take(7).map(|(cookie, .., name)| (cookie, name.to_owned())).collect()
    };
    let first = page(&bench, 0);
    assert_eq!(
        first.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
        [".", "..", "f0", "f1", "f2", "f3", "f4"]
    );
    // Removing what was listed, as `rm -r` does, must not make the rest be missed.
    for n in 0..5 {
        bench.unlink(&format!("/tmp/f{n}")).unwrap();
    }
    bench.file("/tmp/late", b"");
    let (mut after, mut names) = (first[6].0, Vec::new());
    loop {
        let entries = page(&bench, after);
        let Some(last) = entries.last() else { break };
        after = last.0;
        names.extend(entries.into_iter().map(|(_, name)| name));
    }
    let expected: Vec<String> = (5..20).map(|n| format!("f{n}")).chain(["late".to_owned()]).collect();
    assert_eq!(names, expected);
    assert_eq!(bench.tree.list(dir, u64::MAX).unwrap().count(), 0);
    assert_eq!(bench.tree.list(dir, u64::MAX - 1).unwrap().count(), 0);
}

#[test]
fn times_follow_what_happens() {
    let mut bench = Bench::new(Limits::default());
    let id = bench.file("/tmp/f", b"x");
    let dir = bench.find("/tmp").unwrap();
    let made = bench.tree.stat(id).unwrap().times;
    let dir_made = bench.tree.stat(dir).unwrap().times;
    bench.write_at(id, 0, b"y").unwrap();
    let written = bench.tree.stat(id).unwrap().times;
    assert!(written.modified > made.modified && written.changed > made.changed);
    assert_eq!(written.accessed, made.accessed);
    assert_eq!(bench.tree.stat(dir).unwrap().times, dir_made);
    bench.rename("/tmp/f", "/tmp/g").unwrap();
    assert!(bench.tree.stat(dir).unwrap().times.modified > dir_made.modified);
    assert_eq!(bench.tree.stat(id).unwrap().times.modified, written.modified);
    bench.tree.set_times(id, Some(5), None, 99).unwrap();
    let times = bench.tree.stat(id).unwrap().times;
    assert_eq!((times.accessed, times.modified, times.changed), (5, written.modified, 99));
}
