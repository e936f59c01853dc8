//! Opening and changing by path, links, listings, metadata.

use super::*;
use types::oflags::{DIRECTORY, EXCLUSIVE, TRUNCATE};

fn sample() -> Guest {
    let mut setup = Setup::default();
    setup.files.insert("/dir/file".into(), b"content".to_vec());
    setup.files.insert("/dir/sub/deep".into(), b"deep".to_vec());
    let mut guest = setup.guest();
    for (target, path) in [("dir/file", "link"), ("/dir", "dirlink"), ("nowhere", "dangling"), ("loop", "loop")] {
        symlink(&mut guest, target, path).unwrap();
    }
    guest
}

fn symlink(guest: &mut Guest, target: &str, path: &str) -> Result<(), Stopped> {
    let [target, target_len] = guest.put(TEXT2, target.as_bytes());
    let [at, len] = guest.put(TEXT, path.as_bytes());
    guest.call("path_symlink", &[target, target_len, 3, at, len])
}

fn rename(guest: &mut Guest, from: &str, to: &str) -> Result<(), Stopped> {
    let [from, from_len] = guest.put(TEXT2, from.as_bytes());
    let [to, to_len] = guest.put(TEXT, to.as_bytes());
    guest.call("path_rename", &[3, from, from_len, 3, to, to_len])
}

#[test]
fn opening() {
    for (path, how, rights, expected) in [
        ("dir/file", 0, BOTH, None),
        ("/dir/file", 0, READ, None),
        ("dir", 0, READ, None),
        ("dir/", 0, 0, None),
        ("/", 0, READ, None),
        (".", DIRECTORY, READ, None),
        ("..", DIRECTORY, READ, None),
        ("link", 0, READ, None),
        ("dirlink", DIRECTORY, READ, None),
        ("dirlink/file", CREATE, BOTH, None),
        ("new", CREATE, BOTH, None),
        ("dangling", CREATE, BOTH, None),
        ("tmp/new", CREATE | EXCLUSIVE, WRITE, None),
        ("dir/file", TRUNCATE, WRITE, None),
        ("dir/file", CREATE | TRUNCATE, WRITE, None),
        ("", 0, READ, Some(Errno::NotFound)),
        ("nowhere", 0, READ, Some(Errno::NotFound)),
        ("nowhere/x", CREATE, BOTH, Some(Errno::NotFound)),
        ("dangling", 0, READ, Some(Errno::NotFound)),
        ("loop", 0, READ, Some(Errno::Loop)),
        ("loop", CREATE, BOTH, Some(Errno::Loop)),
        ("dir/file/", 0, READ, Some(Errno::NotDirectory)),
        ("dir/file/", CREATE, BOTH, Some(Errno::NotDirectory)),
        ("dir/file/x", CREATE, BOTH, Some(Errno::NotDirectory)),
        ("new/", CREATE, BOTH, Some(Errno::IsDirectory)),
        ("dir/file", DIRECTORY, READ, Some(Errno::NotDirectory)),
        ("dir", 0, BOTH, Some(Errno::IsDirectory)),
        ("dir", CREATE, READ, Some(Errno::IsDirectory)),
        ("dir", TRUNCATE, WRITE, Some(Errno::IsDirectory)),
        ("dir/file", CREATE | EXCLUSIVE, BOTH, Some(Errno::Exists)),
        ("dangling", CREATE | EXCLUSIVE, BOTH, Some(Errno::Exists)),
        ("loop", CREATE | EXCLUSIVE, BOTH, Some(Errno::Exists)),
        ("dir", CREATE | EXCLUSIVE, BOTH, Some(Errno::Exists)),
        ("new", CREATE | DIRECTORY, READ, Some(Errno::Invalid)),
        ("dir/file", TRUNCATE, READ, Some(Errno::Invalid)),
        ("dir/file", 16, READ, Some(Errno::Invalid)),
        ("dir/\0file", 0, READ, Some(Errno::Invalid)),
    ] {
        let mut guest = sample();
        let opened = guest.open(path, how, rights);
        match (opened, expected) {
            (Ok(4), None) => {}
            (Err(stopped), Some(errno)) if stopped == errno => {}
            (opened, _) => panic!("{path:?} {how} {rights}: {opened:?}, not {expected:?}"),
        }
    }
    let mut guest = sample();
    // A link at the end, not followed.
    let [at, len] = guest.put(TEXT, b"link");
    assert_eq!(guest.call("path_open", &[3, 0, at, len, 0, 2, 0, 0, 0]).unwrap_err(), Errno::Loop);
    for lookup in [2, 3, -1] {
        assert_eq!(guest.call("path_open", &[3, lookup, at, len, 0, 2, 0, 0, 0]).unwrap_err(), Errno::Invalid);
    }
    assert_eq!(guest.call("path_open", &[3, 1, at, len, 0, 2, 0, 32, 0]).unwrap_err(), Errno::Invalid);
    let [at, len] = guest.put(TEXT, b"caf\xe9");
    assert_eq!(guest.call("path_open", &[3, 1, at, len, 1, 2, 0, 0, 0]).unwrap_err(), Errno::IllegalSequence);
    // From a directory of the guest's, and from what is none.
    let dir = guest.open("dir/sub", DIRECTORY, READ).unwrap();
    let fd = guest.open_at(dir, "../file", 0, READ, 0).unwrap();
    assert_eq!(guest.read(fd, 100).unwrap(), b"content");
    assert!(guest.open_at(dir, "/dir/file", 0, READ, 0).is_ok());
    assert_eq!(guest.open_at(fd, "x", 0, READ, 0).unwrap_err(), Errno::NotDirectory);
    for fd in [0, 1, 60] {
        assert_eq!(guest.open_at(fd, "x", 0, READ, 0).unwrap_err(), Errno::BadFd);
    }
    // A dangling link is written through to where it points.
    let fd = guest.open("dangling", CREATE, BOTH).unwrap();
    guest.write(fd, b"through").unwrap();
    assert_eq!(guest.data().wasi.changed_files()["/nowhere"], b"through");
    // Truncating really empties.
    let fd = guest.open("dir/file", TRUNCATE, WRITE).unwrap();
    assert_eq!(guest.size(fd), 0);
}

#[test]
fn changing() {
    let mut guest = sample();
    guest.path("path_create_directory", "a").unwrap();
    guest.path("path_create_directory", "a/b/").unwrap();
    assert_eq!(guest.path("path_create_directory", "a").unwrap_err(), Errno::Exists);
    assert_eq!(guest.path("path_remove_directory", "a").unwrap_err(), Errno::NotEmpty);
    assert_eq!(guest.path("path_unlink_file", "a").unwrap_err(), Errno::IsDirectory);
    assert_eq!(guest.path("path_remove_directory", "/").unwrap_err(), Errno::Busy);
    rename(&mut guest, "a/b", "c").unwrap();
    assert_eq!(rename(&mut guest, "c", "c/d").unwrap_err(), Errno::Invalid);
    guest.path("path_remove_directory", "a/").unwrap();
    guest.path("path_unlink_file", "link").unwrap();
    assert_eq!(guest.path("path_unlink_file", "link").unwrap_err(), Errno::NotFound);
    rename(&mut guest, "dir/file", "moved").unwrap();
    let fd = guest.open("moved", 0, READ).unwrap();
    assert_eq!(guest.read(fd, 100).unwrap(), b"content");
    // Hard links are refused, after the usual checks.
    let [old, old_len] = guest.put(TEXT2, b"moved");
    let [new, new_len] = guest.put(TEXT, b"second");
    assert_eq!(guest.call("path_link", &[3, 0, old, old_len, 3, new, new_len]).unwrap_err(), Errno::NotSupported);
    assert_eq!(guest.call("path_link", &[3, 0, new, new_len, 3, old, old_len]).unwrap_err(), Errno::NotFound);
    assert_eq!(guest.call("path_link", &[9, 0, old, old_len, 3, new, new_len]).unwrap_err(), Errno::BadFd);
    assert_eq!(guest.open("second", 0, READ).unwrap_err(), Errno::NotFound);
}

#[test]
fn reading_links() {
    let mut guest = sample();
    symlink(&mut guest, "/etc/passwd", "tmp/host").unwrap();
    let read = |guest: &mut Guest, path: &str, room: i64| {
        let [at, len] = guest.put(TEXT, path.as_bytes());
        guest.call("path_readlink", &[3, at, len, 0x1000, room, 0])?;
        Ok::<_, Stopped>(String::from_utf8(guest.bytes(0x1000, guest.u32(0))).unwrap())
    };
    assert_eq!(read(&mut guest, "link", 100).unwrap(), "dir/file");
    assert_eq!(read(&mut guest, "link", 3).unwrap(), "dir");
    assert_eq!(read(&mut guest, "link", 0).unwrap(), "");
    assert_eq!(read(&mut guest, "loop", 100).unwrap(), "loop");
    assert_eq!(read(&mut guest, "tmp/host", 100).unwrap(), "/etc/passwd");
    assert_eq!(read(&mut guest, "dirlink/", 100).unwrap_err(), Errno::Invalid);
    assert_eq!(read(&mut guest, "dir/file", 100).unwrap_err(), Errno::Invalid);
    assert_eq!(read(&mut guest, "no", 100).unwrap_err(), Errno::NotFound);
    assert_eq!(read(&mut guest, "link", i64::from(MEMORY)).unwrap_err(), Errno::Fault);
    assert_eq!(guest.open("tmp/host", 0, READ).unwrap_err(), Errno::NotFound);
    assert_eq!(symlink(&mut guest, "", "empty").unwrap_err(), Errno::NotFound);
    assert_eq!(symlink(&mut guest, "x", "link").unwrap_err(), Errno::Exists);
}

#[test]
fn metadata() {
    let mut guest = sample();
    let stat = |guest: &mut Guest, path: &str, lookup: i64| {
        let [at, len] = guest.put(TEXT, path.as_bytes());
        guest.call("path_filestat_get", &[3, lookup, at, len, 0x40])?;
        Ok::<_, Stopped>((guest.bytes(0x40 + 16, 1)[0], guest.u64(0x40 + 24), guest.u64(0x40 + 32)))
    };
    assert_eq!(stat(&mut guest, "dir/file", 0).unwrap(), (4, 1, 7));
    assert_eq!(stat(&mut guest, "dir", 0).unwrap(), (3, 1, 0));
    assert_eq!(stat(&mut guest, "link", 0).unwrap(), (7, 1, 8));
    assert_eq!(stat(&mut guest, "link", 1).unwrap(), (4, 1, 7));
    assert_eq!(stat(&mut guest, "no", 1).unwrap_err(), Errno::NotFound);
    assert_eq!(stat(&mut guest, "link", 2).unwrap_err(), Errno::Invalid);
    for (fd, kind) in [(0, 0), (1, 2), (2, 2), (3, 3)] {
        guest.call("fd_filestat_get", &[fd, 0x40]).unwrap();
        assert_eq!(guest.bytes(0x40 + 16, 1), [kind]);
    }
    // Times: given, now, left alone; both at once is a contradiction.
    let fd = i64::from(guest.open("dir/file", 0, BOTH).unwrap());
    let times = |guest: &mut Guest| {
        guest.call("fd_filestat_get", &[fd, 0x40]).unwrap();
        (guest.u64(0x40 + 40), guest.u64(0x40 + 48))
    };
    guest.call("fd_filestat_set_times", &[fd, 5, 6, 1 | 4]).unwrap();
    assert_eq!(times(&mut guest), (5, 6));
    guest.call("fd_filestat_set_times", &[fd, 7, 8, 1]).unwrap();
    assert_eq!(times(&mut guest), (7, 6));
    guest.call("fd_filestat_set_times", &[fd, 9, 10, 8]).unwrap();
    let (accessed, modified) = times(&mut guest);
    assert!(accessed == 7 && modified > 1_700_000_000_000_000_000);
    for flags in [3, 12, 15, 16, -1] {
        assert_eq!(guest.call("fd_filestat_set_times", &[fd, 0, 0, flags]).unwrap_err(), Errno::Invalid);
    }
    assert_eq!(guest.call("fd_filestat_set_times", &[1, 0, 0, 1]).unwrap_err(), Errno::BadFd);
    let [at, len] = guest.put(TEXT, b"link");
    guest.call("path_filestat_set_times", &[3, 1, at, len, 1, 2, 5]).unwrap();
    assert_eq!(times(&mut guest), (1, 2));
    guest.call("path_filestat_set_times", &[3, 0, at, len, 3, 4, 5]).unwrap();
    assert_eq!(times(&mut guest), (1, 2), "the link's own times");
}

/// Lists a directory with a buffer of `room` bytes, as C libraries do.
fn list(guest: &mut Guest, fd: u32, room: u32) -> Vec<(String, u8)> {
    let (mut found, mut cookie) = (Vec::new(), 0);
    for _ in 0..10_000 {
        guest.call("fd_readdir", &[fd.into(), 0x1000, room.into(), cookie as i64, 0]).unwrap();
        let used = guest.u32(0);
        let bytes = guest.bytes(0x1000, used);
        let mut at = 0;
        while let Some(head) = bytes.get(at..at + 24) {
            let length = u32::from_le_bytes(head[16..20].try_into().unwrap()) as usize;
            let Some(name) = bytes.get(at + 24..at + 24 + length) else {
                break;
            };
            found.push((String::from_utf8(name.to_vec()).unwrap(), head[20]));
            cookie = u64::from_le_bytes(head[..8].try_into().unwrap());
            at += 24 + length;
        }
        if used < room {
            return found;
        }
    }
    panic!("the listing never ends");
}

#[test]
fn listings() {
    let mut guest = sample();
    for n in 0..50 {
        guest.path("path_create_directory", &format!("tmp/{}{n}", "n".repeat(n))).unwrap();
    }
    let fd = guest.open("tmp", DIRECTORY, READ).unwrap();
    let all = list(&mut guest, fd, 32_000);
    assert_eq!(all.len(), 52);
    assert_eq!(all[..3], [(".".into(), 3), ("..".into(), 3), ("0".into(), 3)]);
    for room in [75, 76, 100, 133, 500, 4096] {
        assert_eq!(list(&mut guest, fd, room), all, "{room}");
    }
    let root: Vec<_> = list(&mut guest, 3, 4096);
    let kinds =
        [(".", 3), ("..", 3), ("tmp", 3), ("dir", 3), ("link", 7), ("dirlink", 7), ("dangling", 7), ("loop", 7)];
    assert_eq!(root, kinds.map(|(name, kind)| (name.to_owned(), kind)));
    // Buffers too small for anything are filled, and nothing beyond them.
    for room in 0..30u32 {
        guest.put(0x1000, &[0xEE; 64]);
        guest.call("fd_readdir", &[fd.into(), 0x1000, room.into(), 0, 0]).unwrap();
        assert_eq!(guest.u32(0), room);
        assert_eq!(guest.bytes(0x1000 + room, 1), [0xEE]);
    }
    guest.call("fd_readdir", &[fd.into(), 0x1000, 4096, -1, 0]).unwrap();
    assert_eq!(guest.u32(0), 0);
    let file = guest.open("dir/file", 0, READ).unwrap();
    assert_eq!(guest.call("fd_readdir", &[file.into(), 0, 64, 0, 0]).unwrap_err(), Errno::NotDirectory);
    assert_eq!(guest.call("fd_readdir", &[1, 0, 64, 0, 0]).unwrap_err(), Errno::BadFd);
}
