//! Sessions saved, restored and branched, through the public API.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{policy, runtime};
use wasm_sandbox_core::policy::{Error, ErrorCode, Policy, Random, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, Language, Run, Runtime, Sandbox, SandboxOptions, Source};

fn options(policy: Policy) -> SandboxOptions {
    SandboxOptions::new(Source::Language(Language::JavaScript), policy)
}

fn session(runtime: &Runtime, policy: Policy) -> Sandbox {
    Sandbox::open(runtime, options(policy), &CancelToken::default()).unwrap()
}

fn run(sandbox: &mut Sandbox, code: &str) -> Result<Value, Error> {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    sandbox.run(run, &CallOptions::default()).map(|result| result.value)
}

fn restore(runtime: &Runtime, image: &[u8], key: Option<&[u8]>, policy: Policy) -> Result<Sandbox, Error> {
    Sandbox::restore(runtime, image, key, options(policy), &CancelToken::default())
}

#[test]
fn a_session_goes_on_where_it_was() {
    let runtime = runtime();
    let mut first = session(&runtime, policy());
    run(&mut first, "let n = 41; const log = ['é', 2n ** 80n]; class C { add(x) { return n + x } } const c = new C()")
        .unwrap();
    let image = first.snapshot(None).unwrap();
    run(&mut first, "n = 0").unwrap();
    drop(first);
    for _ in 0..2 {
        let mut later = restore(&runtime, &image, None, policy()).unwrap();
        assert_eq!(
            run(&mut later, "n + ' ' + log.join() + ' ' + c.add(1)").unwrap(),
            Value::from("41 é,1208925819614629174706176 42")
        );
        run(&mut later, "n = 7").unwrap();
    }
}

#[test]
fn branches_see_nothing_of_each_other() {
    let runtime = runtime();
    let mut root = session(&runtime, policy());
    run(&mut root, "let name = 'root'; const list = Array.from({ length: 10_000 }, (_, i) => i)").unwrap();
    let cancel = CancelToken::default();
    let (mut left, mut right) = (root.fork(&cancel).unwrap(), root.fork(&cancel).unwrap());
    run(&mut left, "name = 'left'; list.length = 1").unwrap();
    run(&mut right, "name = 'right'; list.push(1)").unwrap();
    let mut grandchild = right.fork(&cancel).unwrap();
    run(&mut right, "name = 'changed'").unwrap();
    for (session, wanted) in [
        (&mut root, "root 10000"),
        (&mut left, "left 1"),
        (&mut right, "changed 10001"),
        (&mut grandchild, "right 10001"),
    ] {
        assert_eq!(run(session, "name + ' ' + list.length").unwrap(), Value::from(wanted));
    }
}

#[test]
fn a_session_that_grew_keeps_its_memory_and_obeys_the_new_policy() {
    let runtime = runtime();
    let mut first = session(&runtime, policy());
    run(&mut first, "const big = new Uint8Array(20_000_000).fill(3); big[19_999_999] = 9; 1").unwrap();
    let image = first.snapshot(None).unwrap();
    let mut later = restore(&runtime, &image, None, policy()).unwrap();
    assert_eq!(run(&mut later, "big[12_345] + big[19_999_999]").unwrap(), Value::Int(12));
    assert_eq!(later.memory_usage(), first.memory_usage());
    let mut small = policy();
    small.limits.memory_bytes = 16 << 20;
    let error = restore(&runtime, &image, None, small).err().unwrap();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::MemoryLimit, &"memoryBytes".into()));
}

#[test]
fn keys_and_changes_decide() {
    let (runtime, other) = (runtime(), runtime());
    let mut first = session(&runtime, policy());
    run(&mut first, "let n = 1").unwrap();
    let reason = |error: Option<Error>| {
        let error = error.unwrap();
        assert_eq!(error.code, ErrorCode::InvalidArgument);
        error.details["reason"].as_str().unwrap().to_owned()
    };
    let image = first.snapshot(Some(b"of two machines")).unwrap();
    // Another runtime without a cache folder is as another machine.
    assert!(restore(&other, &image, Some(b"of two machines"), policy()).is_ok());
    assert_eq!(reason(restore(&runtime, &image, None, policy()).err()), "tampered");
    assert_eq!(reason(restore(&runtime, &image, Some(b"another"), policy()).err()), "tampered");
    let own = first.snapshot(None).unwrap();
    assert!(restore(&runtime, &own, None, policy()).is_ok());
    assert_eq!(reason(restore(&other, &own, None, policy()).err()), "tampered");
    let mut changed = own.clone();
    changed[own.len() / 2] ^= 1;
    assert_eq!(reason(restore(&runtime, &changed, None, policy()).err()), "tampered");
    assert_eq!(reason(restore(&runtime, &[], None, policy()).err()), "notASnapshot");
    assert_eq!(run(&mut first, "n").unwrap(), Value::Int(1));
}

#[test]
fn seeded_randomness_goes_on() {
    let runtime = runtime();
    let seeded = || {
        let mut policy = policy();
        policy.capabilities.random = Random::Seed(3);
        policy
    };
    let mut first = session(&runtime, seeded());
    run(&mut first, "1").unwrap();
    let image = first.snapshot(None).unwrap();
    let next = run(&mut first, "Math.random()").unwrap();
    let mut later = restore(&runtime, &image, None, seeded()).unwrap();
    assert_eq!(run(&mut later, "Math.random()").unwrap(), next);
}

#[test]
fn what_cannot_be_saved_says_so() {
    let runtime = runtime();
    let mut module = common::open("(module)", |_| {});
    assert_eq!(module.snapshot(None).unwrap_err().code, ErrorCode::Unsupported);
    assert_eq!(module.fork(&CancelToken::default()).err().unwrap().code, ErrorCode::Unsupported);
    let mut lost = session(&runtime, {
        let mut policy = policy();
        policy.limits.wall_time_ms = Some(50);
        policy
    });
    run(&mut lost, "let n = 5").unwrap();
    let image = lost.snapshot(None).unwrap();
    assert_eq!(run(&mut lost, "for (;;);").unwrap_err().code, ErrorCode::WallTimeout);
    assert_eq!(lost.snapshot(None).unwrap_err().code, ErrorCode::Closed);
    // Its last snapshot is as good as before.
    assert_eq!(run(&mut restore(&runtime, &image, None, policy()).unwrap(), "n").unwrap(), Value::Int(5));
}
