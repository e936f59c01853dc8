//! Quotas to the byte, and that nothing is kept or allocated beyond what was paid for.

use super::*;

fn limits(files: u64, file_bytes: u64, memory_bytes: u64) -> Limits {
    Limits { files, file_bytes, memory_bytes, ..Limits::default() }
}

fn refused(bench: &Bench) -> (String, u64, u64) {
    let error = bench.refusals.error().unwrap();
    let number = |key: &str| error.details[key].as_u64().unwrap();
    (error.details["field"].as_str().unwrap().to_owned(), number("limit"), number("used"))
}

#[test]
fn bytes_to_the_byte() {
    let mut bench = Bench::new(limits(10, 100_000, 64 << 20));
    let a = bench.file("/a", &[1; 60_000]);
    let b = bench.file("/b", &[2; 39_999]);
    assert!(bench.refusals.error().is_none());
    // One byte is left: a longer write is cut off there, the next one fails.
    assert_eq!(bench.write_at(b, 39_999, b"xy"), Ok(1));
    assert_eq!(bench.tree.used_bytes(), 100_000);
    assert_eq!(refused(&bench), ("fileBytes".to_owned(), 100_000, 100_001));
    assert_eq!(bench.write_at(b, 40_000, b"y"), Err(Errno::NoSpace));
    assert_eq!(bench.write_at(a, 59_999, b"in place"), Ok(1));
    assert_eq!(bench.write_at(a, 0, &[3; 60_000]), Ok(60_000));
    assert_eq!(bench.set_size(a, 60_001), Err(Errno::NoSpace));
    // What is cut off can be written again, here or elsewhere.
    assert_eq!(bench.set_size(a, 59_000), Ok(()));
    assert_eq!(bench.set_size(b, 41_000), Ok(()));
    assert_eq!(bench.write_at(b, 41_000, b"z"), Err(Errno::NoSpace));
    assert_eq!(bench.read("/b").unwrap()[40_000..], [0; 1000]);
    bench.unlink("/a").unwrap();
    assert_eq!(bench.write_at(b, 41_000, &[4; 60_000]), Ok(59_000));
    bench.unlink("/b").unwrap();
    assert_eq!((bench.tree.used_bytes(), bench.tree.used_nodes(), bench.meter.used()), (0, 0, 0));
}

#[test]
fn far_offsets_cost_their_whole_extent_and_allocate_nothing() {
    let mut bench = Bench::new(Limits::default());
    let id = bench.create("/f").unwrap();
    let before = bench.meter.used();
    for offset in [1 << 40, 16 << 20, 1 << 62, i64::MAX as u64, u64::MAX - 1] {
        assert_eq!(bench.write_at(id, offset, b"x"), Err(Errno::NoSpace), "{offset}");
    }
    assert_eq!(bench.write_at(id, u64::MAX, b"x"), Err(Errno::FileTooBig));
    for size in [1 << 40, (16 << 20) + 1, u64::MAX] {
        assert_eq!(bench.set_size(id, size), Err(Errno::NoSpace), "{size}");
    }
    assert_eq!((bench.meter.used(), bench.tree.allocated(id), bench.tree.used_bytes()), (before, 0, 0));
    // Inside the quota, a hole counts in full and yet takes no memory.
    assert_eq!(bench.write_at(id, (16 << 20) - 1, b"x"), Ok(1));
    assert_eq!(bench.tree.used_bytes(), 16 << 20);
    assert_eq!(bench.meter.used(), before + (16 << 20));
    assert!(bench.tree.allocated(id) <= 64 << 10);
    let mut around = [9; 3];
    assert_eq!(bench.tree.read(id, (16 << 20) - 3, &mut around), Ok(3));
    assert_eq!(around, [0, 0, b'x']);
}

#[test]
fn nodes_to_the_node() {
    let mut bench = Bench::new(limits(3, 1000, 64 << 20));
    bench.mkdir("/d").unwrap();
    bench.link("d", "/l").unwrap();
    bench.file("/d/f", b"");
    assert_eq!(bench.create("/g").err(), Some(Errno::NoSpace));
    assert_eq!(bench.mkdir("/e"), Err(Errno::NoSpace));
    assert_eq!(bench.link("x", "/m"), Err(Errno::NoSpace));
    assert_eq!(refused(&bench), ("files".to_owned(), 3, 4));
    // Renaming needs no node.
    assert_eq!(bench.rename("/d/f", "/f"), Ok(()));
    // An open file without a name still counts.
    let id = bench.find("/f").unwrap();
    bench.tree.open(id).unwrap();
    bench.unlink("/f").unwrap();
    assert_eq!(bench.create("/g").err(), Some(Errno::NoSpace));
    bench.with(|tree, terms| tree.close(terms, id));
    assert!(bench.create("/g").is_ok());
}

#[test]
fn memory_is_asked_first() {
    let mut bench = Bench::new(limits(1_000_000, 1 << 40, 1 << 20));
    let id = bench.create("/f").unwrap();
    assert_eq!(bench.write_at(id, 2 << 20, b"x"), Err(Errno::NoSpace));
    assert_eq!(bench.set_size(id, 1 << 39), Err(Errno::NoSpace));
    assert!(bench.refusals.error().is_none(), "the meter remembers this one");
    assert!(bench.meter.refusal().is_some());
    // Names and nodes are paid for as well: a megabyte holds so many and no more.
    let mut made = 0;
    while bench.create(&format!("/tmp/{made:0200}")).is_ok() {
        made += 1;
    }
    assert!((1000..2000).contains(&made), "{made}");
    for n in 0..made {
        bench.unlink(&format!("/tmp/{n:0200}")).unwrap();
    }
    bench.unlink("/f").unwrap();
    assert_eq!((bench.meter.used(), bench.tree.used_nodes()), (0, 0));
}

#[test]
fn no_file_allocates_more_than_it_paid_for() {
    let mut bench = Bench::new(limits(10, 16 << 20, 64 << 20));
    let node = bench.create("/f").unwrap();
    let empty = bench.meter.used();
    let check = |bench: &Bench, what: &str| {
        let (paid, held) = (bench.meter.used() - empty, bench.tree.allocated(node));
        assert!(held <= paid, "{what}: {held} allocated, {paid} paid");
    };
    for (offset, length) in
        [(0, 1), (1, 62), (63, 1), (64, 1), (10_000, 1), (65_535, 1), (65_536, 1), (70_000, 100_000), (1_000_000, 3)]
    {
        bench.write_at(node, offset, &vec![5; length]).unwrap();
        check(&bench, "write");
    }
    for size in [900_000, 131_073, 131_072, 65_537, 65_536, 65_535, 40_000, 65, 64, 1, 0] {
        bench.set_size(node, size).unwrap();
        check(&bench, "set_size");
        assert_eq!(bench.tree.bytes(node).unwrap().len() as u64, size);
    }
    assert_eq!((bench.meter.used(), bench.tree.allocated(node)), (empty, 0));
}

/// Bytes that were cut off must not come back when the file grows again.
#[test]
fn a_cut_end_comes_back_as_zeros() {
    let mut bench = Bench::new(Limits::default());
    let id = bench.file("/f", &vec![9; 200_000]);
    for cut in [150_000, 131_072, 65_537, 65_536, 100, 1] {
        bench.set_size(id, cut).unwrap();
        bench.set_size(id, 200_000).unwrap();
        let bytes = bench.read("/f").unwrap();
        assert!(
            bytes[..cut as usize].iter().all(|b| *b == 9) && bytes[cut as usize..].iter().all(|b| *b == 0),
            "{cut}"
        );
    }
}

#[test]
fn the_first_refusal_is_kept_and_each_kind_told_once() {
    let mut bench = Bench::new(limits(1, 10, 64 << 20));
    let id = bench.create("/f").unwrap();
    assert_eq!(bench.write_at(id, 0, &[0; 11]), Ok(10));
    assert_eq!(bench.create("/g").err(), Some(Errno::NoSpace));
    assert_eq!(bench.create("/g").err(), Some(Errno::NoSpace));
    assert_eq!(refused(&bench), ("fileBytes".to_owned(), 10, 11));
    assert_eq!(bench.refusals.take_news(), Some("files"));
    assert_eq!(bench.refusals.take_news(), Some("fileBytes"));
    assert_eq!(bench.refusals.take_news(), None);
    assert_eq!(bench.create("/h").err(), Some(Errno::NoSpace));
    assert_eq!(bench.refusals.take_news(), None);
}
