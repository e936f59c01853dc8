//! The tree as a list and back.

use super::*;

fn filled() -> Bench {
    let mut bench = Bench::new(Limits::default());
    bench.mkdir("/d").unwrap();
    bench.mkdir("/d/e").unwrap();
    for (path, text) in [("/d/e/f", "deep"), ("/g", ""), ("/tmp/h", "in tmp")] {
        bench.with(|tree, terms| tree.give(terms, path, text.as_bytes())).unwrap();
    }
    bench.link("d/e/f", "/l").unwrap();
    bench.link("nowhere", "/d/broken").unwrap();
    bench
}

#[test]
fn a_tree_is_put_back_into_an_empty_one_and_over_another() {
    let saved = filled().tree.saved();
    assert_eq!(
        saved.iter().map(|saved| saved.path.as_str()).collect::<Vec<_>>(),
        ["/d", "/d/broken", "/d/e", "/d/e/f", "/g", "/l", "/tmp", "/tmp/h"]
    );
    let mut empty = Bench::new(Limits::default());
    let mut other = Bench::new(Limits::default());
    other.mkdir("/l").unwrap();
    other.with(|tree, terms| tree.give(terms, "/l/x/y", b"goes")).unwrap();
    other.with(|tree, terms| tree.give(terms, "/d", b"a file where a directory comes")).unwrap();
    for bench in [&mut empty, &mut other] {
        bench.with(|tree, terms| tree.put_back(terms, &saved)).unwrap();
        assert_eq!(bench.tree.saved(), saved);
        assert_eq!(bench.read("/l").unwrap(), b"deep");
        assert_eq!(bench.read("/tmp/h").unwrap(), b"in tmp");
        // The host has put it there: it is no file that the guest changed.
        assert!(bench.tree.changed().is_empty());
    }
    assert_eq!(empty.meter.used(), filled().meter.used());
    assert_eq!(other.meter.used(), empty.meter.used());
}

#[test]
fn quotas_hold_and_an_empty_tree_costs_nothing() {
    let none = Limits { files: 0, file_bytes: 0, ..Limits::default() };
    let mut bench = Bench::new(none);
    let empty = bench.tree.saved();
    bench.with(|tree, terms| tree.put_back(terms, &empty)).unwrap();
    assert_eq!(bench.meter.used(), 0);
    let saved = filled().tree.saved();
    assert_eq!(bench.with(|tree, terms| tree.put_back(terms, &saved)), Err(Errno::NoSpace));
    let mut few = Bench::new(Limits { file_bytes: 5, ..Limits::default() });
    assert!(few.with(|tree, terms| tree.put_back(terms, &saved)).is_err());
    assert!(few.refusals.error().is_some());
}
