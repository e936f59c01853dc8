//! JavaScript: a fresh session per run, and a session that is kept.

use super::Bench;
use super::table::{case, compare};
use wasm_sandbox_core::policy::{Isolation, Policy, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, Language, Run, Runtime, Sandbox, SandboxOptions, Source};

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    let mut kept = session(&runtime, Isolation::Fresh);
    let mut ten = session(&runtime, Isolation::Fresh);
    let mut saved = session(&runtime, Isolation::Fresh);
    evaluate(&mut saved, "const list = Array.from({ length: 1000 }, (_, i) => ({ i }))");
    let image = saved.snapshot(None).expect("a snapshot");
    let restored = || {
        let options = SandboxOptions::new(Source::Language(Language::JavaScript), Policy::default());
        Sandbox::restore(&runtime, &image, None, options, &CancelToken::default()).expect("the session")
    };
    compare(
        "JavaScript",
        31,
        50,
        vec![
            case("fresh sandbox, `1+1` to a value, dropped", || {
                assert_eq!(evaluate(&mut session(&runtime, Isolation::Fresh), "1+1"), Value::Int(2))
            }),
            case("put back: `1+1` to a value, and put back", || {
                assert_eq!(evaluate(&mut session(&runtime, Isolation::Rewind), "1+1"), Value::Int(2))
            }),
            case("kept session, `1+1` to a value", || drop(evaluate(&mut kept, "1+1"))),
            case("kept session, ten feeds", || {
                (0..10).for_each(|_| drop(evaluate(&mut ten, "var n = (globalThis.n ?? 0) + 1; n")))
            }),
        ],
    );
    println!("\na snapshot of a session with 1,000 objects: {} bytes", image.len());
    compare(
        "JavaScript sessions with 1,000 objects",
        15,
        20,
        vec![case("saved", || drop(saved.snapshot(None).expect("a snapshot"))), case("restored", || drop(restored()))],
    );
    compare(
        "the same, branched",
        15,
        20,
        vec![case("forked", || drop(saved.fork(&CancelToken::default()).expect("a branch")))],
    );
}

fn session(runtime: &Runtime, isolation: Isolation) -> Sandbox {
    let options =
        SandboxOptions::new(Source::Language(Language::JavaScript), Policy { isolation, ..Policy::default() });
    Sandbox::open(runtime, options, &CancelToken::default()).expect("a session; run the set-up first")
}

fn evaluate(session: &mut Sandbox, code: &str) -> Value {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    session.run(run, &CallOptions::default()).expect("a value").value
}
