//! WASI commands through the public API: what goes in, what comes out, what is refused.

mod common;

use common::{open, open_with};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use wasm_sandbox_core::policy::{AuditOutcome, Clock, Error, ErrorCode, Policy, Random, RunResult};
use wasm_sandbox_core::{CallOptions, Run, Stdin};

/// A command whose `_start` is `body`. There are two pages of memory, a buffer list at 16 for `$say` and friends,
/// and these functions: `$say (ptr len)` writes to stdout, `$check (errno)` exits with an errno that is not 0.
fn command(body: &str, data: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open"
            (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (memory (export "memory") 2)
        {data}
        (func $check (param i32) (if (local.get 0) (then (call $proc_exit (local.get 0)))))
        (func $put (param $fd i32) (param $ptr i32) (param $len i32)
            (i32.store (i32.const 16) (local.get $ptr))
            (i32.store (i32.const 20) (local.get $len))
            (call $check (call $fd_write (local.get $fd) (i32.const 16) (i32.const 1) (i32.const 24))))
        (func $say (param $ptr i32) (param $len i32) (call $put (i32.const 1) (local.get $ptr) (local.get $len)))
        (func $open (param $ptr i32) (param $len i32) (param $how i32) (param $rights i64) (result i32)
            (call $check (call $path_open (i32.const 3) (i32.const 1) (local.get $ptr) (local.get $len)
                (local.get $how) (local.get $rights) (local.get $rights) (i32.const 0) (i32.const 28)))
            (i32.load (i32.const 28)))
        (func (export "_start") {body}))"#
    )
}

fn hello() -> String {
    command("(call $say (i32.const 64) (i32.const 6))", r#"(data (i32.const 64) "hello\n")"#)
}

fn run(text: &str, change: impl FnOnce(&mut Policy), run: Run) -> Result<RunResult, Error> {
    open(text, change).run(run, &CallOptions::default())
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

#[test]
fn hello_world() {
    let result = run(&hello(), |_| {}, Run::default()).unwrap();
    assert_eq!(
        (result.stdout.as_slice(), result.stderr.as_slice(), result.exit_code),
        (&b"hello\n"[..], &b""[..], Some(0))
    );
    assert!(result.files.is_empty());
    assert_eq!(result.usage.output_bytes, 6);
}

#[test]
fn exit_codes_keep_the_output() {
    let text = command(
        "(call $say (i32.const 64) (i32.const 3)) (call $proc_exit (i32.const 42)) (call $say (i32.const 64) (i32.const 3))",
        r#"(data (i32.const 64) "out")"#,
    );
    let error = run(&text, |_| {}, Run::default()).unwrap_err();
    assert_eq!((error.code, error.details["exitCode"].as_i64()), (ErrorCode::GuestExit, Some(42)));
    assert_eq!(error.result.unwrap().stdout, b"out");
    let text = command("(call $proc_exit (i32.const 0)) unreachable", "");
    assert_eq!(run(&text, |_| {}, Run::default()).unwrap().exit_code, Some(0));
}

#[test]
fn input_arguments_and_environment_come_in() {
    let text = command(
        "(call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
        (call $check (call $args_get (i32.const 1000) (i32.const 2000)))
        (call $say (i32.const 2000) (i32.load (i32.const 4)))
        (call $check (call $environ_sizes_get (i32.const 0) (i32.const 4)))
        (call $check (call $environ_get (i32.const 1000) (i32.const 2000)))
        (call $say (i32.const 2000) (i32.load (i32.const 4)))
        (loop $more
            (i32.store (i32.const 16) (i32.const 2000))
            (i32.store (i32.const 20) (i32.const 7))
            (call $check (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))
            (if (i32.load (i32.const 24)) (then (call $say (i32.const 2000) (i32.load (i32.const 24))) (br $more))))",
        "",
    );
    let mut sandbox = open_with(
        &text,
        |policy| {
            policy.capabilities.environment.variables.insert("POLICY".into(), "p".into());
            policy.capabilities.environment.variables.insert("BOTH".into(), "policy".into());
        },
        |options| {
            options.argv = strings(&["prog", "x"]);
            options.env = vec![("BOTH".into(), "option".into())];
        },
    )
    .unwrap();
    let mut read = |run: Run| String::from_utf8(sandbox.run(run, &CallOptions::default()).unwrap().stdout).unwrap();
    assert_eq!(read(Run::default()), "prog\0x\0BOTH=option\0POLICY=p\0");
    let own = Run {
        argv: Some(strings(&["other"])),
        env: vec![("POLICY".into(), "run".into())],
        stdin: Stdin::Bytes(b"some longer input".to_vec()),
        ..Run::default()
    };
    assert_eq!(read(own), "other\0BOTH=option\0POLICY=run\0some longer input");
    let own = Run { stdin: Stdin::reader(&b"from a reader"[..]), ..Run::default() };
    assert_eq!(read(own), "prog\0x\0BOTH=option\0POLICY=p\0from a reader");
    assert_eq!(read(Run::default()), "prog\0x\0BOTH=option\0POLICY=p\0");
}

/// Copies `in.txt` to `/out/copy.txt`.
fn copier() -> String {
    command(
        "(local $in i32) (local $out i32)
        (local.set $in (call $open (i32.const 64) (i32.const 6) (i32.const 0) (i64.const 2)))
        (local.set $out (call $open (i32.const 80) (i32.const 13) (i32.const 5) (i64.const 64)))
        (loop $more
            (i32.store (i32.const 16) (i32.const 2000))
            (i32.store (i32.const 20) (i32.const 5))
            (call $check (call $fd_read (local.get $in) (i32.const 16) (i32.const 1) (i32.const 24)))
            (if (i32.load (i32.const 24)) (then
                (call $put (local.get $out) (i32.const 2000) (i32.load (i32.const 24)))
                (br $more))))",
        r#"(data (i32.const 64) "in.txt") (data (i32.const 80) "/out/copy.txt")"#,
    )
}

#[test]
fn files_go_in_and_come_out() {
    let files = BTreeMap::from([("/out/kept".to_owned(), b"kept".to_vec())]);
    let mut sandbox = open_with(&copier(), |_| {}, |options| options.files = files.clone()).unwrap();
    for content in ["first content", "second"] {
        let run = Run { files: BTreeMap::from([("in.txt".into(), content.into())]), ..Run::default() };
        // Exclusive creation succeeds twice: a command begins anew each time.
        let result = sandbox.run(run, &CallOptions::default()).unwrap();
        assert_eq!(result.files, BTreeMap::from([("/out/copy.txt".to_owned(), content.into())]));
        assert!(result.usage.filesystem_ops > 3);
    }
    let error = sandbox.run(Run::default(), &CallOptions::default()).unwrap_err();
    assert_eq!(error.details["exitCode"], 44, "the file of the last run is gone: {error}");
    for path in ["../x", "/a/../b", "", "/", "a\0b", "dir/"] {
        let files = BTreeMap::from([(path.to_owned(), Vec::new())]);
        let error = open_with(&copier(), |_| {}, |options| options.files = files.clone()).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{path:?}");
        let error = sandbox.run(Run { files, ..Run::default() }, &CallOptions::default()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidArgument, "{path:?}");
    }
    let files = BTreeMap::from([("big".to_owned(), vec![0; 1001])]);
    let error =
        open_with(&copier(), |policy| policy.limits.file_bytes = 1000, |options| options.files = files).err().unwrap();
    assert_eq!((error.code, error.details["field"].as_str()), (ErrorCode::FileLimit, Some("fileBytes")));
}

#[test]
fn a_guest_that_gives_up_at_a_quota_is_reported_so() {
    let fill = |end: &str| {
        command(
            &format!(
                "(local $out i32)
                (local.set $out (call $open (i32.const 64) (i32.const 3) (i32.const 1) (i64.const 64)))
                (i32.store (i32.const 16) (i32.const 0))
                (i32.store (i32.const 20) (i32.const 1000))
                (loop $more (br_if $more
                    (i32.eqz (call $fd_write (local.get $out) (i32.const 16) (i32.const 1) (i32.const 24)))))
                {end}"
            ),
            r#"(data (i32.const 64) "out")"#,
        )
    };
    for end in ["(call $proc_exit (i32.const 1))", "unreachable"] {
        let mut sandbox = open(&fill(end), |policy| policy.limits.file_bytes = 12_345);
        let error = sandbox.run(Run::default(), &CallOptions::default()).unwrap_err();
        assert_eq!(error.code, ErrorCode::FileLimit, "{end}: {error}");
        assert_eq!(
            (error.details["field"].as_str(), error.details["limit"].as_u64()),
            (Some("fileBytes"), Some(12_345))
        );
        assert_eq!(error.result.unwrap().files["/out"].len(), 12_345, "full to the byte");
        assert!(sandbox.take_audit().iter().any(|event| event.rule == "limits.fileBytes"));
    }
    // One that copes is fine.
    let result = run(&fill(""), |policy| policy.limits.file_bytes = 12_345, Run::default()).unwrap();
    assert_eq!(result.files["/out"].len(), 12_345);
}

#[test]
fn memory_held_for_the_guest_is_the_guests() {
    // 2 pages of its own, and files up to the limit on memory.
    let text = command(
        "(local $out i32)
        (local.set $out (call $open (i32.const 64) (i32.const 3) (i32.const 1) (i64.const 64)))
        (i32.store (i32.const 16) (i32.const 0))
        (i32.store (i32.const 20) (i32.const 65536))
        (loop $more (br_if $more
            (i32.eqz (call $fd_write (local.get $out) (i32.const 16) (i32.const 1) (i32.const 24)))))
        (call $proc_exit (i32.const 1))",
        r#"(data (i32.const 64) "out")"#,
    );
    let error = run(&text, |policy| policy.limits.memory_bytes = 1 << 20, Run::default()).unwrap_err();
    assert_eq!(error.code, ErrorCode::MemoryLimit, "{error}");
    assert!(error.result.unwrap().usage.peak_memory_bytes <= 1 << 20);
}

#[test]
fn sleep_ends_with_the_deadline() {
    // One relative subscription to the monotonic clock, for a billion seconds.
    let text = command(
        "(i32.store (i32.const 116) (i32.const 1))
        (i64.store (i32.const 124) (i64.const 1000000000000000000))
        (call $check (call $poll_oneoff (i32.const 100) (i32.const 200) (i32.const 1) (i32.const 24)))",
        "",
    );
    let started = Instant::now();
    let error = run(&text, |policy| policy.limits.wall_time_ms = Some(100), Run::default()).unwrap_err();
    assert_eq!(error.code, ErrorCode::WallTimeout);
    let usage = error.result.unwrap().usage;
    assert!((100..800).contains(&usage.wall_time_ms), "{usage:?}");
    assert!(usage.cpu_time_ms < 50, "sleeping is no computing: {usage:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn waiting_for_input_ends_with_the_deadline_and_on_cancel() {
    struct Silent;
    impl std::io::Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            std::thread::sleep(Duration::from_secs(3));
            Ok(0)
        }
    }
    let text = command(
        "(i32.store (i32.const 16) (i32.const 2000))
        (i32.store (i32.const 20) (i32.const 5))
        (call $check (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 24)))",
        "",
    );
    let mut sandbox = open(&text, |_| {});
    let input = || Run { stdin: Stdin::reader(Silent), ..Run::default() };
    let options = CallOptions { wall_time_ms: Some(100), ..CallOptions::default() };
    let started = Instant::now();
    assert_eq!(sandbox.run(input(), &options).unwrap_err().code, ErrorCode::WallTimeout);
    assert!(started.elapsed() < Duration::from_millis(1500), "{:?}", started.elapsed());
    let options = CallOptions::default();
    let token = options.cancel.clone();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        token.cancel();
    });
    assert_eq!(sandbox.run(input(), &options).unwrap_err().code, ErrorCode::Cancelled);
    assert!(started.elapsed() < Duration::from_millis(2800), "{:?}", started.elapsed());
    other.join().unwrap();
}

/// Writes 16 random bytes and the time.
fn oracle() -> String {
    command(
        "(call $check (call $random_get (i32.const 64) (i32.const 16)))
        (call $check (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 80)))
        (call $say (i32.const 64) (i32.const 24))",
        "",
    )
}

#[test]
fn randomness_and_time_follow_the_policy() {
    let outputs: Vec<Vec<u8>> = (0..3).map(|_| run(&oracle(), |_| {}, Run::default()).unwrap().stdout).collect();
    assert!(outputs[0][..16] != outputs[1][..16] && outputs[1][..16] != outputs[2][..16]);
    let fixed = |policy: &mut Policy| {
        policy.capabilities.clock = Clock::Frozen("2026-01-01T00:00:00Z".into());
        policy.capabilities.random = Random::Seed(7);
    };
    let first = run(&oracle(), fixed, Run::default()).unwrap().stdout;
    assert_eq!(first, run(&oracle(), fixed, Run::default()).unwrap().stdout);
    assert_eq!(first[16..], 1_767_225_600_000_000_000u64.to_le_bytes());
    let error = run(&oracle(), |policy| policy.limits.random_bytes = 15, Run::default()).unwrap_err();
    assert_eq!((error.code, error.details["field"].as_str()), (ErrorCode::HostCallLimit, Some("randomBytes")));
}

#[test]
fn sockets_are_denied_with_an_event() {
    let text = command("(call $check (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0)))", "");
    let mut sandbox = open(&text, |_| {});
    let error = sandbox.run(Run::default(), &CallOptions::default()).unwrap_err();
    assert_eq!(error.details["exitCode"], 57);
    let events = sandbox.take_audit();
    assert!(events.iter().any(|e| e.capability == "network_access" && e.outcome == AuditOutcome::Denied), "{events:?}");
}

#[test]
fn a_module_without_memory_is_told_so() {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
        (func (export "_start") (drop (call $random_get (i32.const 0) (i32.const 1)))))"#;
    assert_eq!(run(text, |_| {}, Run::default()).unwrap_err().code, ErrorCode::InvalidModule);
    // Ending oneself needs none.
    let text = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (func (export "_start") (call $proc_exit (i32.const 3))))"#;
    assert_eq!(run(text, |_| {}, Run::default()).unwrap_err().details["exitCode"], 3);
}

#[test]
fn no_word_of_the_host_in_errors() {
    let text = command(
        "(drop (call $open (i32.const 64) (i32.const 11) (i32.const 0) (i64.const 2)))",
        r#"(data (i32.const 64) "/etc/passwd")"#,
    );
    let error = run(&text, |_| {}, Run::default()).unwrap_err();
    let shown = format!("{error:?}");
    assert!(!shown.contains(env!("CARGO_MANIFEST_DIR")) && !shown.contains(".rs"), "{shown}");
}

#[test]
fn a_run_costs_microseconds() {
    let mut sandbox = open(&hello(), |_| {});
    let mut times: Vec<Duration> = (0..300)
        .map(|_| {
            let started = Instant::now();
            sandbox.run(Run::default(), &CallOptions::default()).unwrap();
            started.elapsed()
        })
        .collect();
    times.sort();
    println!("a fresh run of hello: median {:?}, tenth {:?}", times[150], times[30]);
    assert!(times[30] < Duration::from_millis(1), "{:?}", times[30]);
}
