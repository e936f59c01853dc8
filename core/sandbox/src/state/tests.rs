//! The proof that an instance that was put back is as every instance begins: memory and globals, byte for byte, after
//! programs of every kind; and that nothing of one tenant reaches the next.

use super::pristine::{bits, globals, memory};
use crate::language::{Interpreter, Language};
use crate::{CallOptions, CancelToken, Run, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source};
use std::sync::Arc;
use wasm_sandbox_policy::{ErrorCode, Isolation, Policy, Value};

/// What a tenant leaves in every way that it can.
const SECRET: &str = "4f9c-the-canary-d1e7";

fn runtime() -> Runtime {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs");
    Runtime::new(RuntimeOptions { packs_dir: Some(packs), cache_dir: None }).unwrap()
}

fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy { isolation: Isolation::Rewind, ..Policy::default() };
    change(&mut policy);
    policy
}

fn session(runtime: &Runtime, policy: Policy) -> Sandbox {
    Sandbox::open(runtime, SandboxOptions::new(Source::Language(Language::JavaScript), policy), &CancelToken::default())
        .unwrap()
}

fn run(sandbox: &mut Sandbox, code: &str) -> Result<Value, wasm_sandbox_policy::Error> {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    sandbox.run(run, &CallOptions::default()).map(|result| result.value)
}

fn interpreter(runtime: &Runtime) -> Arc<Interpreter> {
    runtime.packs().load(Language::JavaScript, &policy(|_| {})).unwrap()
}

/// The one lane that waits, if there is one, looked at byte for byte, and put back.
fn assert_pristine(interpreter: &Interpreter, after: &str) -> bool {
    let pristine = interpreter.pristine().unwrap();
    let Some(mut lane) = interpreter.lanes.take() else { return false };
    let memory = memory(&lane.instance, &mut lane.store).unwrap();
    let held = memory.data(&lane.store);
    assert_eq!(held.len(), pristine.memory().len());
    let different = held.iter().zip(pristine.memory()).position(|(a, b)| a != b);
    assert_eq!(different, None, "after {after}");
    let globals = globals(&lane.instance, &mut lane.store);
    assert!(!globals.is_empty());
    let held: Vec<u64> = globals.into_iter().map(|global| bits(global, &mut lane.store)).collect();
    assert_eq!(held, pristine.globals(), "after {after}");
    assert!(lane.store.data().wasi.saved_files().is_empty());
    interpreter.lanes.put_back(lane, pristine, idle());
    true
}

fn idle() -> crate::store::StoreData {
    let watchdog = crate::time::Watchdog::start().unwrap();
    crate::store::StoreData::bare(Arc::new(Policy::default()), crate::time::Slot::new(&watchdog)).unwrap()
}

#[test]
fn after_any_program_the_instance_is_as_it_began() {
    let runtime = runtime();
    let interpreter = interpreter(&runtime);
    let fixed = [
        format!("globalThis.kept = '{SECRET}'.repeat(1000); Array.prototype.leak = kept; 1"),
        "for (let i = 0; i < 2000; i++) globalThis['name' + i] = { i, text: String(i).repeat(50) }; 1".to_owned(),
        "throw new Error('of the guest')".to_owned(),
        "const big = new Uint8Array(3_000_000).fill(7); big.length".to_owned(),
        "Object.freeze(Object.prototype); delete globalThis.Math; 1".to_owned(),
        "setTimeout(() => { globalThis.later = 1 }, 1); new Promise(() => {}); 1".to_owned(),
        "function deep(n) { return n ? deep(n - 1) : 0 } deep(500)".to_owned(),
        "JSON.parse('[' + '[],'.repeat(20000) + '[]]').length".to_owned(),
        "Math.random(); new Date().getTime(); /(a+)+$/.test('aaaaaaaaaaaaaaaaaaaa!'); console.log('x'.repeat(5000))"
            .to_owned(),
    ];
    let (mut seed, mut kept) = (12_345_u32, 0);
    for round in 0..150 {
        let mut sandbox = session(&runtime, policy(|_| {}));
        // One to four programs, drawn anew each round.
        for _ in 0..=(round % 4) {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let program = &fixed[(seed >> 16) as usize % fixed.len()];
            let _ = run(&mut sandbox, program);
        }
        drop(sandbox);
        kept += u32::from(assert_pristine(&interpreter, &format!("round {round}")));
    }
    // The others have grown.
    assert!(kept > 100, "{kept} of 150 instances were put back");
}

#[test]
fn nothing_of_one_tenant_reaches_the_next() {
    let runtime = runtime();
    for _ in 0..20 {
        let mut first = session(&runtime, policy(|_| {}));
        let plant = format!(
            "globalThis.a = '{SECRET}'; Array.prototype.b = a; Math.c = [a, a + a]; console.log(a);
             var holes = []; for (let i = 0; i < 300; i++) holes.push(a + i); holes = null; a"
        );
        assert_eq!(run(&mut first, &plant).unwrap(), Value::from(SECRET));
        drop(first);
        let mut second = session(&runtime, policy(|_| {}));
        let seen = run(&mut second, "[typeof a, typeof [].b, typeof Math.c].join()").unwrap();
        assert_eq!(seen, Value::from("undefined,undefined,undefined"));
        let live = second.live_for_tests();
        let memory = live.0.data(live.1);
        let found = memory.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "the secret of an earlier tenant lies in memory");
    }
}

#[test]
fn what_cannot_be_put_back_is_dropped() {
    let runtime = runtime();
    let interpreter = interpreter(&runtime);
    type Case = (&'static str, &'static str, fn(&mut Policy));
    let cases: [Case; 3] = [
        ("a loop that is cut off", "for (;;);", |p| p.limits.wall_time_ms = Some(50)),
        ("a memory that grew", "globalThis.x = new Uint8Array(24_000_000).fill(1); x.length", |_| {}),
        ("a heap that is full", "const all = []; for (;;) all.push(new Uint8Array(1e6))", |p| {
            p.limits.memory_bytes = 32 << 20;
        }),
    ];
    for (what, code, change) in cases {
        let mut sandbox = session(&runtime, policy(change));
        let _ = run(&mut sandbox, code);
        drop(sandbox);
        assert!(interpreter.lanes.take().is_none(), "{what}");
    }
}

#[test]
fn a_lane_obeys_the_next_policy() {
    let runtime = runtime();
    drop(session(&runtime, policy(|_| {})));
    let mut small = session(&runtime, policy(|p| p.limits.memory_bytes = 12 << 20));
    let error = run(&mut small, "new Uint8Array(20_000_000).length").unwrap_err();
    assert_eq!(error.code, ErrorCode::MemoryLimit);
    drop(small);
    let open = |isolation| {
        let options = SandboxOptions::new(Source::Language(Language::JavaScript), policy(|p| p.isolation = isolation));
        Sandbox::open(&runtime, options, &CancelToken::default()).map(|sandbox| sandbox.memory_usage())
    };
    let fresh = open(Isolation::Fresh).unwrap();
    drop(session(&runtime, policy(|_| {})));
    assert_eq!(open(Isolation::Rewind).unwrap(), fresh);
}

#[test]
fn rewound_and_fresh_give_the_same() {
    let runtime = runtime();
    let seeded = |isolation| {
        let mut policy = Policy { isolation, ..Policy::default() };
        policy.capabilities.random = wasm_sandbox_policy::Random::Seed(5);
        policy
    };
    let programs = [
        "Math.random()",
        "[1, 2, 3].map((n) => n ** 2).join()",
        "try { null.x } catch (e) { String(e) + e.stack }",
        "Object.getOwnPropertyNames(globalThis).sort().join()",
        "let s = 0; for (let i = 0; i < 1e5; i++) s += i % 7; s",
    ];
    for _ in 0..3 {
        for program in programs {
            let fresh = run(&mut session(&runtime, seeded(Isolation::Fresh)), program).unwrap();
            let rewound = run(&mut session(&runtime, seeded(Isolation::Rewind)), program).unwrap();
            assert_eq!(fresh, rewound, "{program}");
        }
    }
}
