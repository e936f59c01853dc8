//! JavaScript: a fresh session per run, and a session that is kept.

use super::Bench;
use super::table::{case, compare};
use wasm_sandbox_core::policy::{Policy, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, Language, Run, Runtime, Sandbox, SandboxOptions, Source};

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    let mut kept = session(&runtime);
    let mut ten = session(&runtime);
    compare(
        "JavaScript",
        31,
        50,
        vec![
            case("fresh sandbox, `1+1` to a value, dropped", || {
                assert_eq!(evaluate(&mut session(&runtime), "1+1"), Value::Int(2))
            }),
            case("kept session, `1+1` to a value", || drop(evaluate(&mut kept, "1+1"))),
            case("kept session, ten feeds", || {
                (0..10).for_each(|_| drop(evaluate(&mut ten, "var n = (globalThis.n ?? 0) + 1; n")))
            }),
        ],
    );
}

fn session(runtime: &Runtime) -> Sandbox {
    let options = SandboxOptions::new(Source::Language(Language::JavaScript), Policy::default());
    Sandbox::open(runtime, options, &CancelToken::default()).expect("a session; run the set-up first")
}

fn evaluate(session: &mut Sandbox, code: &str) -> Value {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    session.run(run, &CallOptions::default()).expect("a value").value
}
