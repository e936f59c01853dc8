//! Paths that try to get out, to loop, or to be taken for something else.

use super::*;

/// What a path must lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leads {
    /// To the node with this plain path.
    To(&'static str),
    /// To a place where nothing is.
    Nothing,
    Fails(Errno),
}
use Leads::{Fails, Nothing, To};

fn bench() -> Bench {
    let mut bench = Bench::new(Limits::default());
    bench.mkdir("/dir").unwrap();
    bench.mkdir("/dir/sub").unwrap();
    bench.file("/file", b"root file");
    bench.file("/dir/file", b"file in dir");
    bench.file("/dir/sub/file", b"file in sub");
    for (path, target) in [
        ("/abs", "/dir/file"),
        ("/rel", "dir/file"),
        ("/up", "../../../../../../dir"),
        ("/dir/up", "../.."),
        ("/dir/root", "/"),
        ("/dir/parent", ".."),
        ("/dirlink", "dir"),
        ("/dirslash", "dir/"),
        ("/fileslash", "file/"),
        ("/filedot", "file/."),
        ("/dangling", "nowhere"),
        ("/danglingslash", "nowhere/"),
        ("/danglingdeep", "nowhere/deeper"),
        ("/self", "self"),
        ("/selfslash", "selfslash/"),
        ("/selfdeep", "selfdeep/file"),
        ("/a", "b"),
        ("/b", "a"),
        ("/dots", "./././dir/./.././dir"),
        ("/host", "/etc/passwd"),
        ("/procfs", "/proc/self/root/etc/passwd"),
        ("/slashes", "////dir////file"),
        ("/dir/sub/escape", "../../../../file"),
    ] {
        bench.link(target, path).unwrap();
    }
    // A chain of 32 links is followed, one of 33 is not.
    bench.link("dir/file", "/chain0").unwrap();
    for n in 1..=33 {
        bench.link(&format!("chain{}", n - 1), &format!("/chain{n}")).unwrap();
    }
    bench
}

const CORPUS: &[(&str, Last, Leads)] = &[
    // Nothing, and too little.
    ("", Last::Follow, Fails(Errno::NotFound)),
    ("/", Last::Follow, To("/")),
    (".", Last::Follow, To("/")),
    ("..", Last::Follow, To("/")),
    ("./", Last::Follow, To("/")),
    ("../", Last::Follow, To("/")),
    ("//", Last::Follow, To("/")),
    ("////////", Last::Follow, To("/")),
    ("/.", Last::Follow, To("/")),
    ("/..", Last::Follow, To("/")),
    ("/../", Last::Follow, To("/")),
    ("/../..", Last::Follow, To("/")),
    ("../../../../../../../..", Last::Follow, To("/")),
    ("/../../../../../../../../", Last::Follow, To("/")),
    // Climbing.
    ("../file", Last::Follow, To("/file")),
    ("../../../file", Last::Follow, To("/file")),
    ("/../file", Last::Follow, To("/file")),
    ("dir/../file", Last::Follow, To("/file")),
    ("dir/../../file", Last::Follow, To("/file")),
    ("dir/../../../../dir/file", Last::Follow, To("/dir/file")),
    ("dir/sub/../../file", Last::Follow, To("/file")),
    ("dir/sub/../../../../file", Last::Follow, To("/file")),
    ("./dir/./sub/./.././file", Last::Follow, To("/dir/file")),
    ("dir//sub///..//file", Last::Follow, To("/dir/file")),
    ("//dir//file", Last::Follow, To("/dir/file")),
    ("../etc/passwd", Last::Follow, Fails(Errno::NotFound)),
    ("../../../../../etc/passwd", Last::Follow, Fails(Errno::NotFound)),
    ("/etc/passwd", Last::Follow, Fails(Errno::NotFound)),
    ("/proc/self/root", Last::Follow, Fails(Errno::NotFound)),
    ("dir/../../etc/shadow", Last::Follow, Fails(Errno::NotFound)),
    ("nowhere/../file", Last::Follow, Fails(Errno::NotFound)),
    ("nowhere/..", Last::Follow, Fails(Errno::NotFound)),
    ("nowhere/.", Last::Follow, Fails(Errno::NotFound)),
    ("file/..", Last::Follow, Fails(Errno::NotDirectory)),
    ("file/../file", Last::Follow, Fails(Errno::NotDirectory)),
    ("file/.", Last::Follow, Fails(Errno::NotDirectory)),
    ("file/x", Last::Follow, Fails(Errno::NotDirectory)),
    ("dir/file/..", Last::Follow, Fails(Errno::NotDirectory)),
    // Trailing slashes.
    ("file/", Last::Follow, Fails(Errno::NotDirectory)),
    ("file//", Last::Follow, Fails(Errno::NotDirectory)),
    ("file/", Last::Stay, Fails(Errno::NotDirectory)),
    ("file/", Last::Entry, To("/file")),
    ("dir/", Last::Follow, To("/dir")),
    ("dir///", Last::Follow, To("/dir")),
    ("dir/.", Last::Follow, To("/dir")),
    ("dir/./", Last::Follow, To("/dir")),
    ("dir/sub/..", Last::Follow, To("/dir")),
    ("dir/sub/../", Last::Follow, To("/dir")),
    ("dir/file/", Last::Follow, Fails(Errno::NotDirectory)),
    ("nowhere/", Last::Follow, Nothing),
    ("nowhere//", Last::Entry, Nothing),
    ("dir/nowhere", Last::Follow, Nothing),
    // Links.
    ("abs", Last::Follow, To("/dir/file")),
    ("abs", Last::Stay, To("link /abs")),
    ("abs", Last::Entry, To("link /abs")),
    ("abs/", Last::Follow, Fails(Errno::NotDirectory)),
    ("abs/", Last::Stay, Fails(Errno::NotDirectory)),
    ("abs/", Last::Entry, To("link /abs")),
    ("abs/x", Last::Follow, Fails(Errno::NotDirectory)),
    ("abs/..", Last::Follow, Fails(Errno::NotDirectory)),
    ("rel", Last::Follow, To("/dir/file")),
    ("up", Last::Follow, To("/dir")),
    ("up/file", Last::Follow, To("/dir/file")),
    ("up/../file", Last::Follow, To("/file")),
    ("up/../../../../file", Last::Follow, To("/file")),
    ("up/", Last::Stay, To("/dir")),
    ("up/", Last::Entry, To("link /up")),
    ("dir/up", Last::Follow, To("/")),
    ("dir/up/file", Last::Follow, To("/file")),
    ("dir/up/dir/up/dir/up/file", Last::Follow, To("/file")),
    ("dir/up/../../etc/passwd", Last::Follow, Fails(Errno::NotFound)),
    ("dir/root", Last::Follow, To("/")),
    ("dir/root/", Last::Stay, To("/")),
    ("dir/root/..", Last::Follow, To("/")),
    ("dir/root/../../file", Last::Follow, To("/file")),
    ("dir/root/dir/root/dir/root/file", Last::Follow, To("/file")),
    ("dir/parent/file", Last::Follow, To("/file")),
    ("dir/parent/../file", Last::Follow, To("/file")),
    ("dir/sub/escape", Last::Follow, To("/file")),
    ("dir/sub/escape/", Last::Follow, Fails(Errno::NotDirectory)),
    ("dirlink", Last::Follow, To("/dir")),
    ("dirlink", Last::Stay, To("link /dirlink")),
    ("dirlink/", Last::Stay, To("/dir")),
    ("dirlink/", Last::Entry, To("link /dirlink")),
    ("dirlink/.", Last::Stay, To("/dir")),
    ("dirlink/..", Last::Stay, To("/")),
    ("dirlink/sub/file", Last::Stay, To("/dir/sub/file")),
    ("dirlink/sub/../../file", Last::Stay, To("/file")),
    ("dirslash", Last::Follow, To("/dir")),
    ("dirslash/", Last::Follow, To("/dir")),
    ("dirslash/file", Last::Follow, To("/dir/file")),
    ("dirslash/../file", Last::Follow, To("/file")),
    ("fileslash", Last::Follow, Fails(Errno::NotDirectory)),
    ("fileslash", Last::Stay, To("link /fileslash")),
    ("fileslash/", Last::Stay, Fails(Errno::NotDirectory)),
    ("fileslash/..", Last::Follow, Fails(Errno::NotDirectory)),
    ("filedot", Last::Follow, Fails(Errno::NotDirectory)),
    ("dangling", Last::Follow, Nothing),
    ("dangling", Last::Stay, To("link /dangling")),
    ("dangling/", Last::Follow, Nothing),
    ("dangling/x", Last::Follow, Fails(Errno::NotFound)),
    ("danglingslash", Last::Follow, Nothing),
    ("danglingdeep", Last::Follow, Fails(Errno::NotFound)),
    ("dots", Last::Follow, To("/dir")),
    ("dots/file", Last::Follow, To("/dir/file")),
    ("slashes", Last::Follow, To("/dir/file")),
    ("slashes/", Last::Follow, Fails(Errno::NotDirectory)),
    ("host", Last::Follow, Fails(Errno::NotFound)),
    ("host", Last::Stay, To("link /host")),
    ("procfs", Last::Follow, Fails(Errno::NotFound)),
    // Loops.
    ("self", Last::Follow, Fails(Errno::Loop)),
    ("self", Last::Stay, To("link /self")),
    ("self/", Last::Stay, Fails(Errno::Loop)),
    ("self/x", Last::Stay, Fails(Errno::Loop)),
    ("self/..", Last::Stay, Fails(Errno::Loop)),
    ("selfslash", Last::Follow, Fails(Errno::Loop)),
    ("selfdeep", Last::Follow, Fails(Errno::Loop)),
    ("a", Last::Follow, Fails(Errno::Loop)),
    ("b", Last::Follow, Fails(Errno::Loop)),
    ("a/b/a/b", Last::Follow, Fails(Errno::Loop)),
    ("chain31", Last::Follow, To("/dir/file")),
    ("chain32", Last::Follow, Fails(Errno::Loop)),
    ("chain33", Last::Follow, Fails(Errno::Loop)),
    ("chain33", Last::Stay, To("link /chain33")),
    // NUL.
    ("\0", Last::Follow, Fails(Errno::Invalid)),
    ("file\0", Last::Follow, Fails(Errno::Invalid)),
    ("file\0/../dir", Last::Follow, Fails(Errno::Invalid)),
    ("dir/\0file", Last::Follow, Fails(Errno::Invalid)),
    // Names that mean something elsewhere are plain names here.
    ("..\\file", Last::Follow, Nothing),
    ("dir\\file", Last::Follow, Nothing),
    ("\\\\?\\C:\\file", Last::Follow, Nothing),
    ("C:", Last::Follow, Nothing),
    ("C:/file", Last::Follow, Fails(Errno::NotFound)),
    ("file::$DATA", Last::Follow, Nothing),
    ("CON", Last::Follow, Nothing),
    ("NUL", Last::Follow, Nothing),
    ("COM1.txt", Last::Follow, Nothing),
    ("FILE", Last::Follow, Nothing),
    ("file ", Last::Follow, Nothing),
    ("file.", Last::Follow, Nothing),
    ("...", Last::Follow, Nothing),
    (".. ", Last::Follow, Nothing),
    (" ..", Last::Follow, Nothing),
    (".../file", Last::Follow, Fails(Errno::NotFound)),
    ("%2e%2e/file", Last::Follow, Fails(Errno::NotFound)),
    ("..%2ffile", Last::Follow, Nothing),
    ("\u{2024}\u{2024}/file", Last::Follow, Fails(Errno::NotFound)),
    ("\u{ff0e}\u{ff0e}/file", Last::Follow, Fails(Errno::NotFound)),
    ("dir\u{2215}file", Last::Follow, Nothing),
    ("~", Last::Follow, Nothing),
    ("~/file", Last::Follow, Fails(Errno::NotFound)),
    ("file:///etc/passwd", Last::Follow, Fails(Errno::NotDirectory)),
    ("$HOME", Last::Follow, Nothing),
    ("*", Last::Follow, Nothing),
];

#[test]
fn the_corpus_leads_where_it_must() {
    assert!(CORPUS.len() >= 100);
    let mut bench = bench();
    // `file:` as a file makes a URL's first component exist.
    bench.file("/file:", b"");
    for &(path, last, expected) in CORPUS {
        let found = bench.place(path, last);
        let leads = match &found {
            Err(errno) => Fails(*errno),
            Ok(Place { node: None, .. }) => Nothing,
            Ok(Place { node: Some(id), .. }) => {
                let To(wanted) = expected else { panic!("{path:?} ({last:?}) leads to {id:?}, not to {expected:?}") };
                let (plain, kind) = match wanted.strip_prefix("link ") {
                    Some(plain) => (bench.place(plain, Last::Stay), Kind::Link),
                    None => (bench.place(wanted, Last::Stay), bench.tree.kind(*id).unwrap()),
                };
                assert_eq!(bench.tree.kind(*id), Ok(kind), "{path:?} ({last:?})");
                assert_eq!(plain.unwrap().node, Some(*id), "{path:?} ({last:?})");
                expected
            }
        };
        assert_eq!(leads, expected, "{path:?} ({last:?})");
    }
}

/// Every combination of five hostile components leads to an error or to a node whose plain path, made from its
/// parents, leads to the same node.
#[test]
fn combinations_stay_inside() {
    let bench = bench();
    let parts =
        ["..", ".", "", "dir", "dir/up", "dirlink", "dirslash", "up", "file", "self", "dir/root", "fileslash", "sub"];
    let mut seen = 0;
    for n in 0..parts.len().pow(4) {
        let pick = |k: u32| parts[n / parts.len().pow(k) % parts.len()];
        for (before, after) in [("", ""), ("/", ""), ("", "/"), ("/../", "/..")] {
            let path = format!("{before}{}/{}/{}/{}{after}", pick(0), pick(1), pick(2), pick(3));
            for last in [Last::Follow, Last::Stay, Last::Entry] {
                let Ok(place) = bench.place(&path, last) else {
                    continue;
                };
                let Some(mut id) = place.node else { continue };
                let (start, mut plain, mut steps) = (id, String::new(), 0);
                while id != ROOT {
                    let node = bench.tree.get(id).unwrap();
                    plain = format!("/{}{plain}", node.name);
                    id = node.parent;
                    steps += 1;
                    assert!(steps < 10, "{path:?}");
                }
                let plain = if plain.is_empty() { "/".to_owned() } else { plain };
                assert_eq!(bench.place(&plain, Last::Stay).unwrap().node, Some(start), "{path:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10_000, "{seen}");
}

#[test]
fn entries_with_a_slash_are_not_followed() {
    let mut bench = bench();
    // The shape of an escape in another runtime: a slash after a link made it act on the target.
    assert_eq!(bench.rmdir("dirlink/"), Err(Errno::NotDirectory));
    assert_eq!(bench.unlink("dirlink/"), Err(Errno::NotDirectory));
    assert_eq!(bench.unlink("abs/"), Err(Errno::NotDirectory));
    assert_eq!(bench.rename("dirlink/", "moved"), Err(Errno::NotDirectory));
    assert_eq!(bench.rename("file", "dirlink/"), Err(Errno::NotDirectory));
    assert_eq!(bench.rename("dir", "dirlink/"), Err(Errno::NotDirectory));
    assert_eq!(bench.mkdir("dangling/"), Err(Errno::Exists));
    assert_eq!(bench.link("x", "dangling/"), Err(Errno::NotDirectory));
    assert_eq!(bench.link("x", "new/"), Err(Errno::NotFound));
    assert_eq!(bench.link("x", "dir/"), Err(Errno::Exists));
    assert_eq!(bench.link("x", "file/"), Err(Errno::NotDirectory));
    assert_eq!(bench.create("new/").err(), Some(Errno::IsDirectory));
    assert_eq!(bench.create("danglingslash").err(), Some(Errno::IsDirectory));
    assert_eq!(bench.read("dir/file").unwrap(), b"file in dir");
    assert!(bench.find("dir/sub/file").is_ok());
}

#[test]
fn lengths_and_depths() {
    let mut bench = Bench::new(Limits::default());
    assert!(bench.mkdir(&"n".repeat(255)).is_ok());
    assert_eq!(bench.mkdir(&"n".repeat(256)), Err(Errno::NameTooLong));
    assert_eq!(bench.find(&format!("tmp/{}/x", "n".repeat(256))), Err(Errno::NameTooLong));
    assert_eq!(bench.find(&"/".repeat(4096)), Ok(ROOT));
    assert_eq!(bench.find(&"/".repeat(4097)), Err(Errno::NameTooLong));
    assert_eq!(bench.link(&"t".repeat(4097), "long"), Err(Errno::NameTooLong));
    assert!(bench.link(&"t".repeat(4096), "long").is_ok());
    assert_eq!(bench.link("", "empty"), Err(Errno::NotFound));
    assert_eq!(bench.link("a\0b", "nul"), Err(Errno::Invalid));
    // 64 levels, one at a time from the one before, as a guest with descriptors would.
    let mut here = ROOT;
    for level in 1..=65 {
        let place = bench.tree.resolve(here, "d", Last::Entry).unwrap();
        let made = bench.with(|tree, terms| tree.make_directory(terms, &place));
        if level == 65 {
            assert_eq!(made, Err(Errno::NameTooLong));
        } else {
            here = made.unwrap();
        }
    }
    // The same by moving: 40 levels below 40 levels.
    let mut bench = Bench::new(Limits::default());
    for top in ["a", "b"] {
        let mut path = top.to_owned();
        for _ in 0..40 {
            bench.mkdir(&path).unwrap();
            path += "/d";
        }
    }
    let below = format!("a{}/b", "/d".repeat(39));
    assert_eq!(bench.rename("b", &below), Err(Errno::NameTooLong));
    assert_eq!(bench.rename("b", &format!("a{}/b", "/d".repeat(22))), Ok(()));
    assert!(bench.find(&format!("a{}/b{}", "/d".repeat(22), "/d".repeat(39))).is_ok());
    // And the length of the whole path: 20 names of 200 bytes pass, 21 do not.
    let mut here = ROOT;
    for level in 1..=21 {
        let place = bench.tree.resolve(here, &"p".repeat(200), Last::Entry).unwrap();
        let made = bench.with(|tree, terms| tree.make_directory(terms, &place));
        assert_eq!(made.is_ok(), level <= 20, "{level}");
        here = made.unwrap_or(here);
    }
}

/// The most work one path can be: the longest path, and links that each expand to the longest target.
#[test]
fn the_worst_path_is_quick() {
    let mut bench = Bench::new(Limits::default());
    bench.mkdir("/d").unwrap();
    let dots = "d/../".repeat(800);
    bench.link(&format!("{dots}tmp"), "/l0").unwrap();
    for n in 1..40 {
        bench.link(&format!("{dots}l{}", n - 1), &format!("/l{n}")).unwrap();
    }
    let started = std::time::Instant::now();
    assert!(bench.find("/l31").is_ok());
    assert_eq!(bench.find("/l39"), Err(Errno::Loop));
    assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
}
