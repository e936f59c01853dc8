//! Lengths, pointers and counts that no honest program would pass, to every function.

use super::*;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Buffers that reach outside, for each function that takes some.
#[test]
fn buffers_outside_of_memory() {
    let mut setup = Setup { stdin: Stdin::Bytes(vec![7; 100]), ..Setup::default() };
    setup.files.insert("f".into(), vec![7; 100]);
    let mut guest = setup.guest();
    let fd = i64::from(guest.open("f", 0, BOTH).unwrap());
    let before = guest.data().meter.used();
    let all = u32::MAX;
    let wrong: &[&[(u32, u32)]] = &[
        &[(0, all)],
        &[(all, all)],
        &[(all, 1)],
        &[(MEMORY, 1)],
        &[(MEMORY - 1, 2)],
        &[(0x1000, 8), (0, MEMORY + 1)],
        &[(0x1000, 8), (0x1000, 8), (0x8000_0000, 0x8000_0000)],
        &[(MEMORY + 1, 0)],
    ];
    for buffers in wrong {
        let [array, count] = guest.buffers(0x100, buffers);
        for (name, args) in [
            ("fd_read", vec![0, array, count, 0]),
            ("fd_read", vec![fd, array, count, 0]),
            ("fd_write", vec![1, array, count, 0]),
            ("fd_write", vec![fd, array, count, 0]),
            ("fd_pread", vec![fd, array, count, 0, 0]),
            ("fd_pwrite", vec![fd, array, count, 0, 0]),
        ] {
            assert_eq!(guest.call(name, &args).unwrap_err(), Errno::Fault, "{name} {buffers:?}");
        }
    }
    // Arrays outside, and too many buffers.
    for (array, count, errno) in [
        (i64::from(MEMORY) - 7, 1, Errno::Fault),
        (-1, 1, Errno::Fault),
        (-8, 1024, Errno::Fault),
        (0, 1025, Errno::Invalid),
        (0, -1, Errno::Invalid),
        (0, 1 << 29, Errno::Invalid),
    ] {
        for name in ["fd_read", "fd_write"] {
            for fd in [fd, i64::from(name == "fd_write")] {
                assert_eq!(guest.call(name, &[fd, array, count, 0]).unwrap_err(), errno, "{name} {array} {count}");
            }
        }
    }
    // A result that cannot be written keeps the call from doing anything.
    let [array, count] = guest.buffers(0x100, &[(0x1000, 8)]);
    for out in [i64::from(MEMORY) - 3, -1] {
        assert_eq!(guest.call("fd_write", &[1, array, count, out]).unwrap_err(), Errno::Fault);
        assert_eq!(guest.call("fd_write", &[fd, array, count, out]).unwrap_err(), Errno::Fault);
        assert_eq!(guest.call("fd_read", &[0, array, count, out]).unwrap_err(), Errno::Fault);
        let [at, len] = guest.put(TEXT, b"never");
        assert_eq!(guest.call("path_open", &[3, 1, at, len, 1, 2, 0, 0, out]).unwrap_err(), Errno::Fault);
    }
    assert_eq!(guest.open("never", 0, READ).unwrap_err(), Errno::NotFound);
    assert_eq!(guest.read(0, 200).unwrap().len(), 100, "no input was lost");
    assert_eq!((guest.size(fd as u32), guest.data().meter.used()), (100, before));
    let data = guest.data();
    assert_eq!(data.output.take(&mut data.meter).bytes, 0);
}

/// 1024 buffers that are each the whole memory: what they come to together is more than a result can say.
#[test]
fn the_same_memory_a_thousand_times() {
    let mut setup = Setup { wall_ms: Some(10_000), ..Setup::default() };
    setup.policy.limits.file_bytes = 1 << 20;
    let mut guest = setup.guest();
    let [array, count] = guest.buffers(0x100, &vec![(0, MEMORY); 1024]);
    guest.call("fd_write", &[1, array, count, 0x20]).unwrap();
    assert_eq!(guest.u32(0x20), 1024 * MEMORY);
    let fd = i64::from(guest.open("f", CREATE, BOTH).unwrap());
    guest.call("fd_write", &[fd, array, count, 0x20]).unwrap();
    assert_eq!(guest.u32(0x20), 1 << 20, "as much as the quota has room for");
}

/// A deadline that passes within one long transfer ends it there, not after it.
#[test]
fn long_transfers_look_at_the_deadline() {
    let mut guest = guest();
    let [array, count] = guest.buffers(0x100, &vec![(0, MEMORY); 1024]);
    let memory = guest.memory;
    let (bytes, data) = memory.data_and_store_mut(&mut guest.store);
    data.slot.arm(Budget { wall_ms: Some(0), cpu_ms: None });
    let mut guest = crate::store::GuestMemory { bytes, data };
    let buffers = guest::Buffers::check(guest.bytes, array as u32, count as u32).unwrap();
    let mut moved = 0;
    let outcome = buffers.each(&mut guest, |_, _, len| {
        moved += len;
        Ok(len as usize)
    });
    let Err(guest::Fail::End(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.downcast::<Error>().unwrap().code, wasm_sandbox_policy::ErrorCode::WallTimeout);
    assert_eq!(moved, 1 << 20);
}

#[test]
fn strings_outside_of_memory() {
    let mut guest = guest();
    let end = i64::from(MEMORY);
    let [good, good_len] = guest.put(TEXT, b"tmp");
    for (at, len) in [(0, -1), (-1, -1), (end, 1), (end - 1, 2), (-1, 1), (1 << 31, 1 << 31)] {
        for (name, args) in [
            ("path_create_directory", vec![3, at, len]),
            ("path_remove_directory", vec![3, at, len]),
            ("path_unlink_file", vec![3, at, len]),
            ("path_filestat_get", vec![3, 0, at, len, 0]),
            ("path_filestat_set_times", vec![3, 0, at, len, 0, 0, 0]),
            ("path_open", vec![3, 0, at, len, 0, 0, 0, 0, 0]),
            ("path_readlink", vec![3, at, len, 0, 10, 0]),
            ("path_readlink", vec![3, good, good_len, at, len, 0]),
            ("path_rename", vec![3, at, len, 3, good, good_len]),
            ("path_rename", vec![3, good, good_len, 3, at, len]),
            ("path_symlink", vec![at, len, 3, good, good_len]),
            ("path_symlink", vec![good, good_len, 3, at, len]),
            ("path_link", vec![3, 0, at, len, 3, good, good_len]),
            ("path_link", vec![3, 0, good, good_len, 3, at, len]),
            ("fd_readdir", vec![3, at, len, 0, 0]),
            ("random_get", vec![at, len]),
        ] {
            assert_eq!(guest.call(name, &args).unwrap_err(), Errno::Fault, "{name} {at} {len}");
        }
    }
    // Results.
    for out in [end - 1, -1, -4] {
        for (name, args) in [
            ("fd_fdstat_get", vec![1, out]),
            ("fd_filestat_get", vec![1, out]),
            ("fd_filestat_get", vec![3, out]),
            ("fd_prestat_get", vec![3, out]),
            ("fd_readdir", vec![3, 0, 10, 0, out]),
            ("args_sizes_get", vec![0, out]),
            ("args_sizes_get", vec![out, 0]),
            ("environ_sizes_get", vec![0, out]),
            ("path_filestat_get", vec![3, 0, good, good_len, out]),
        ] {
            assert_eq!(guest.call(name, &args).unwrap_err(), Errno::Fault, "{name} {out}");
        }
    }
    let mut guest =
        Setup { argv: vec!["program".into()], env: vec![("A".into(), "B".into())], ..Setup::default() }.guest();
    for name in ["args_get", "environ_get"] {
        for (list, text) in [(end - 3, 0), (0, end - 3), (-1, 0), (0, -1)] {
            assert_eq!(guest.call(name, &[list, text]).unwrap_err(), Errno::Fault, "{name} {list} {text}");
        }
    }
}

/// Any function with any numbers, many thousand times: an error number or a clean end of the run, limits kept,
/// nothing left behind.
#[test]
fn any_call_with_any_numbers() {
    let numbers: &[i64] = &[
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        8,
        15,
        16,
        64,
        255,
        256,
        4096,
        0x7FFF,
        65_535,
        65_536,
        262_143,
        262_144,
        -1,
        -2,
        -8,
        1 << 31,
        1 << 40,
        i64::MAX,
        i64::MIN,
    ];
    let paths = ["tmp", "tmp/a", "a", "b/../a", "l", "l/x", "/", "..", "a/", "d", "d/e", "\0", "d/f"];
    for seed in 0..8 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut setup = Setup { stdin: Stdin::Bytes(vec![1; 1000]), wall_ms: Some(60_000), ..Setup::default() };
        (setup.policy.limits.files, setup.policy.limits.file_bytes, setup.policy.limits.open_files) = (20, 100_000, 8);
        setup.files.insert("d/f".into(), vec![1; 1000]);
        let mut guest = setup.guest();
        for step in 0..4000 {
            let (name, parameters) = SIGNATURES.choose(&mut rng).unwrap();
            // These end the run, or sleep.
            if matches!(*name, "proc_exit" | "proc_raise" | "random_get" | "poll_oneoff") {
                continue;
            }
            guest.put(0x4000, paths.choose(&mut rng).unwrap().as_bytes());
            guest.buffers(0x5000, &[(0x6000, rng.random_range(0..30_000)), (rng.random(), 4), (0x6000, 64)]);
            let mut args: Vec<i64> = parameters.chars().map(|_| *numbers.choose(&mut rng).unwrap()).collect();
            if rng.random_bool(0.8) && name.starts_with("path_") {
                // Mostly something sensible, so that calls get further than their first check.
                let length = |rng: &mut ChaCha20Rng| rng.random_range(0..8);
                match *name {
                    "path_open" => {
                        args[..4].copy_from_slice(&[3, rng.random_range(0..2), 0x4000, length(&mut rng)]);
                        (args[4], args[5], args[7]) = (rng.random_range(0..16), BOTH as i64, rng.random_range(0..32));
                    }
                    "path_rename" => {
                        args[..6].copy_from_slice(&[3, 0x4000, length(&mut rng), 3, 0x4000, length(&mut rng)])
                    }
                    "path_symlink" => {
                        args[..5].copy_from_slice(&[0x4000, length(&mut rng), 3, 0x4000, length(&mut rng)])
                    }
                    _ => args[..3].copy_from_slice(&[3, 0x4000, length(&mut rng)]),
                }
            } else if rng.random_bool(0.6) && ["fd_read", "fd_write", "fd_pread", "fd_pwrite"].contains(name) {
                args[..3].copy_from_slice(&[rng.random_range(0..9), 0x5000, rng.random_range(0..3)]);
            }
            if let Err(Stopped::End(error)) = guest.call(name, &args) {
                panic!("seed {seed} step {step} {name} {args:?}: {error:#}");
            }
            let data = guest.data();
            if let Some(tree) = &data.wasi.tree {
                assert!(tree.used_nodes() <= 20 && tree.used_bytes() <= 100_000, "{name} {args:?}");
            }
            assert!(data.wasi.descriptors.len() <= 12, "{name} {args:?}");
        }
        // Close everything, remove everything: the meter is back at the guest's memory and its output.
        for fd in 0..20 {
            let _ = guest.call("fd_close", &[fd]);
        }
        let data = guest.data();
        data.output.take(&mut data.meter);
        let tree = data.wasi.tree.as_ref().unwrap();
        let (nodes, bytes) = (tree.used_nodes(), tree.used_bytes());
        assert!(data.meter.used() >= u64::from(MEMORY) + nodes * 512 + bytes, "seed {seed}");
        assert!(data.meter.used() <= u64::from(MEMORY) + nodes * 5000 + bytes * 2 + 64, "seed {seed}");
    }
}
