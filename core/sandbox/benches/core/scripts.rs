//! Source languages: a fresh session per run, one put back, one that is kept, saved, branched.

use super::Bench;
use super::table::{case, compare};
use wasm_sandbox_core::policy::{Isolation, Policy, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, Language, Run, Runtime, Sandbox, SandboxOptions, Source};

/// What is measured of one language.
struct Subject {
    language: Language,
    title: &'static str,
    /// As little as a run can be.
    nothing: &'static str,
    /// An expression whose value is 2.
    sum: &'static str,
    /// Makes 1,000 objects.
    objects: &'static str,
}

const SUBJECTS: [Subject; 2] = [
    Subject {
        language: Language::JavaScript,
        title: "JavaScript",
        nothing: "",
        sum: "1+1",
        objects: "const list = Array.from({ length: 1000 }, (_, i) => ({ i }))",
    },
    Subject {
        language: Language::Python,
        title: "Python",
        nothing: "pass",
        sum: "1+1",
        objects: "many = [{'i': i} for i in range(1000)]",
    },
];

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    for subject in &SUBJECTS {
        runs(&runtime, subject);
        copies(&runtime, subject);
    }
}

fn runs(runtime: &Runtime, subject: &Subject) {
    let Subject { language, title, nothing, sum, .. } = *subject;
    let mut kept = session(runtime, language, Isolation::Fresh);
    let mut ten = session(runtime, language, Isolation::Fresh);
    evaluate(&mut ten, "n = 0");
    let cases = vec![
        case("fresh sandbox, nothing to do, dropped", || {
            drop(evaluate(&mut session(runtime, language, Isolation::Fresh), nothing))
        }),
        case("fresh sandbox, `1+1` to a value, dropped", || {
            assert_eq!(evaluate(&mut session(runtime, language, Isolation::Fresh), sum), Value::Int(2))
        }),
        case("put back: `1+1` to a value, and put back", || {
            assert_eq!(evaluate(&mut session(runtime, language, Isolation::Rewind), sum), Value::Int(2))
        }),
        case("kept session, `1+1` to a value", || drop(evaluate(&mut kept, sum))),
        case("kept session, ten feeds", || (0..10).for_each(|_| drop(evaluate(&mut ten, "n += 1; n")))),
    ];
    compare(title, 31, 50, cases);
}

fn copies(runtime: &Runtime, subject: &Subject) {
    let Subject { language, title, objects, .. } = *subject;
    let mut saved = session(runtime, language, Isolation::Fresh);
    evaluate(&mut saved, objects);
    let image = saved.snapshot(None).expect("a snapshot");
    let restored = || {
        let options = SandboxOptions::new(Source::Language(language), Policy::default());
        Sandbox::restore(runtime, &image, None, options, &CancelToken::default()).expect("the session")
    };
    println!("\na snapshot of a session with 1,000 objects: {} bytes", image.len());
    compare(
        &format!("{title} sessions with 1,000 objects"),
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

fn session(runtime: &Runtime, language: Language, isolation: Isolation) -> Sandbox {
    let options = SandboxOptions::new(Source::Language(language), Policy { isolation, ..Policy::default() });
    Sandbox::open(runtime, options, &CancelToken::default()).expect("a session; run the set-up first")
}

fn evaluate(session: &mut Sandbox, code: &str) -> Value {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    session.run(run, &CallOptions::default()).expect("a value").value
}
