//! The proof that an instance that was put back is as every instance begins: memory and globals, byte for byte, after
//! programs of every kind; and that nothing of one tenant reaches the next.

use super::pristine::{bits, globals, memory};
use super::track::SPARED;
use crate::host::{HostCall, HostFunctions, HostReply};
use crate::language::{Interpreter, Language};
use crate::lock::Mutex;
use crate::{CallOptions, CancelToken, PackLocation, Run, Runtime, RuntimeOptions, Sandbox, SandboxOptions, Source};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use wasm_sandbox_policy::{ErrorCode, Isolation, Policy, Value};

/// What a tenant leaves in every way that it can.
const SECRET: &str = "4f9c-the-canary-d1e7";

fn runtime() -> Runtime {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs");
    Runtime::new(RuntimeOptions { packs: PackLocation::Folder(packs), cache_dir: None }).unwrap()
}

fn policy(change: impl FnOnce(&mut Policy)) -> Policy {
    let mut policy = Policy { isolation: Isolation::Rewind, ..Policy::default() };
    change(&mut policy);
    policy
}

fn session(runtime: &Runtime, language: Language, policy: Policy) -> Sandbox {
    Sandbox::open(runtime, SandboxOptions::new(Source::Language(language), policy), &CancelToken::default()).unwrap()
}

fn run(sandbox: &mut Sandbox, code: &str) -> Result<Value, wasm_sandbox_policy::Error> {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    sandbox.run(run, &CallOptions::default()).map(|result| result.value)
}

fn interpreter(runtime: &Runtime, language: Language) -> Arc<Interpreter> {
    runtime.packs().load(language, &policy(|_| {})).unwrap()
}

const BOTH: [Language; 2] = [Language::JavaScript, Language::Python];

/// The lane that waits for the next run, if there is one, looked at byte for byte, and put back.
fn assert_pristine(interpreter: &Interpreter, isolation: Isolation, after: &str) -> bool {
    let pristine = interpreter.pristine().unwrap();
    let Some(mut lane) = interpreter.take_waiting(isolation) else { return false };
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
    if let Some(list) = &lane.written {
        let covered = |page: &usize| list.stretches.iter().any(|stretch| stretch.contains(&(page * super::PAGE)));
        let bytes = memory.data(&lane.store);
        let wrote = super::written::written(bytes);
        let unknown = super::written::pages(bytes, &wrote).map(|(page, _)| page).find(|page| !covered(page));
        assert_eq!(unknown, None, "a page was written that nobody knows of, after {after}");
    }
    interpreter.put_waiting(isolation, lane);
    true
}

/// Programs of every kind; none is kept from growing the memory.
fn programs(language: Language) -> Vec<String> {
    let fixed: &[&str] = match language {
        Language::Python => &[
            "kept = 'SECRET' * 1000; import builtins; builtins.leak = kept; 1",
            "globals().update({f'name{i}': {'i': i, 'text': str(i) * 50} for i in range(2000)}); 1",
            "raise ValueError('of the guest')",
            "big = bytearray(b'7' * 3_000_000); len(big)",
            "import sys; sys.modules.clear(); del __builtins__.print; 1",
            "import asyncio; asyncio.get_event_loop_policy(); later = asyncio.sleep(1); 1",
            "def deep(n):\n  return deep(n - 1) if n else 0\ndeep(500)",
            "import json; len(json.loads('[' + '[],' * 20000 + '[]]'))",
            "import random, time, re, gc; random.random(); time.time(); re.findall('(a+)+b', 'a' * 20); gc.collect(); print('x' * 5000)",
            "open('/tmp/left', 'w').write('SECRET' * 100); import decimal, csv, sqlite3; sqlite3.connect(':memory:').execute('select 1').fetchall()",
            "class Loop: pass\na, b = Loop(), Loop(); a.b, b.a = b, a; del a, b",
        ],
        _ => &[
            "globalThis.kept = 'SECRET'.repeat(1000); Array.prototype.leak = kept; 1",
            "for (let i = 0; i < 2000; i++) globalThis['name' + i] = { i, text: String(i).repeat(50) }; 1",
            "throw new Error('of the guest')",
            "const big = new Uint8Array(3_000_000).fill(7); big.length",
            "Object.freeze(Object.prototype); delete globalThis.Math; 1",
            "setTimeout(() => { globalThis.later = 1 }, 1); new Promise(() => {}); 1",
            "function deep(n) { return n ? deep(n - 1) : 0 } deep(500)",
            "JSON.parse('[' + '[],'.repeat(20000) + '[]]').length",
            "Math.random(); new Date().getTime(); /(a+)+$/.test('aaaaaaaaaaaaaaaaaaaa!'); console.log('x'.repeat(5000))",
            "structuredClone(new URL('https://a.b/c?d').href); crypto.getRandomValues(new Uint8Array(8)).length",
        ],
    };
    fixed.iter().map(|program| program.replace("SECRET", SECRET)).collect()
}

#[test]
fn after_any_program_the_instance_is_as_it_began() {
    let runtime = runtime();
    let grades = [Isolation::Rewind, Isolation::Fresh];
    for (language, isolation) in BOTH.into_iter().flat_map(|language| grades.map(|grade| (language, grade))) {
        let interpreter = interpreter(&runtime, language);
        let fixed = programs(language);
        let (mut seed, mut kept) = (12_345_u32, 0);
        for round in 0..150 {
            let mut sandbox = session(&runtime, language, policy(|policy| policy.isolation = isolation));
            // One to four programs, drawn anew each round.
            for _ in 0..=(round % 4) {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let program = &fixed[(seed >> 16) as usize % fixed.len()];
                let _ = run(&mut sandbox, program);
            }
            drop(sandbox);
            let after = format!("round {round} of {}, {isolation:?}", language.name());
            kept += u32::from(assert_pristine(&interpreter, isolation, &after));
        }
        // The others have grown. Where nobody knows what was written, Python has too much to look through.
        let enough = kept > 100 || hopeless(language, isolation);
        assert!(enough, "{kept} of 150 instances of {}, {isolation:?}, were put back", language.name());
    }
}

fn hopeless(language: Language, isolation: Isolation) -> bool {
    language == Language::Python && isolation == Isolation::Rewind && !system_tells()
}

/// Whether the system knows which pages were written: of memory that nobody has touched, none.
fn system_tells() -> bool {
    let memory = vec![0_u8; 1 << 20];
    super::written::written(&memory[memory.as_ptr().align_offset(super::PAGE)..]).is_empty()
}

#[test]
fn who_writes_where_nobody_wrote_before_is_noticed_and_the_others_are_trusted() {
    let runtime = runtime();
    let programs = |language| match language {
        Language::Python => ("len([i for i in range(50)])", "kept = bytearray(range(256)) * SIZE; len(kept)"),
        _ => {
            ("[1, 2, 3].map((n) => n * 2).length", "globalThis.kept = new Uint8Array(SIZE * 256).fill(7); kept.length")
        }
    };
    for language in BOTH {
        let interpreter = interpreter(&runtime, language);
        for isolation in [Isolation::Rewind, Isolation::Fresh] {
            let begun = SPARED.load(Relaxed);
            let (small, large) = programs(language);
            for round in 0..120 {
                let mut sandbox = session(&runtime, language, policy(|policy| policy.isolation = isolation));
                let grows = round % 10 == 9;
                let code = if grows { large.replace("SIZE", &(40 * round).to_string()) } else { small.to_owned() };
                run(&mut sandbox, &code).unwrap();
                // On this thread or another one than it was made on.
                if round % 3 == 0 {
                    std::thread::scope(|scope| {
                        scope.spawn(|| run(&mut sandbox, &code).unwrap());
                    });
                }
                drop(sandbox);
                let after = format!("round {round} of {}, {isolation:?}", language.name());
                let pristine = assert_pristine(&interpreter, isolation, &after);
                assert!(pristine || hopeless(language, isolation), "{after}");
            }
            let spared = SPARED.load(Relaxed) - begun;
            // With musl's own allocator every run has a fault: what is freed goes back to the system at once.
            let gives_back = cfg!(target_env = "musl") && isolation == Isolation::Fresh;
            assert!(spared > 20 || !counted() || gives_back, "{language:?}, {isolation:?}: {spared}");
        }
    }
}

/// Runs another sandbox on the guest's thread, and never anything else.
struct Another(Mutex<Sandbox>);

impl HostFunctions for Another {
    fn names(&self) -> Vec<String> {
        vec!["another".to_owned()]
    }

    fn call(&self, _: HostCall) -> HostReply {
        let mut other = self.0.lock();
        other.reset(&CancelToken::default()).unwrap();
        HostReply::Now(Ok(run(&mut other, "len('abc')").unwrap()))
    }
}

#[test]
fn a_sandbox_that_runs_within_a_host_function_takes_no_notice_away() {
    let runtime = runtime();
    let interpreter = interpreter(&runtime, Language::JavaScript);
    for isolation in [Isolation::Rewind, Isolation::Fresh] {
        let policy = policy(|policy| policy.isolation = isolation);
        let another = Arc::new(Another(Mutex::new(session(&runtime, Language::Python, policy.clone()))));
        for round in 0..60 {
            let mut options = SandboxOptions::new(Source::Language(Language::JavaScript), policy.clone());
            options.functions = Some(another.clone());
            let mut sandbox = Sandbox::open(&runtime, options, &CancelToken::default()).unwrap();
            // New pages each time, and none after the other sandbox has run.
            let code = format!("globalThis.kept = new Uint8Array({}).fill(7); another()", round * 12_288);
            assert_eq!(run(&mut sandbox, &code).unwrap(), Value::Int(3));
            drop(sandbox);
            let after = format!("round {round}, {isolation:?}");
            assert!(assert_pristine(&interpreter, isolation, &after), "{after}");
        }
    }
}

/// Whether the system counts page faults.
fn counted() -> bool {
    super::Watch::begin().no_fault();
    (0..10).any(|_| super::Watch::begin().no_fault())
}

#[test]
fn nothing_of_one_tenant_reaches_the_next() {
    let runtime = runtime();
    let plants = [
        (
            Language::JavaScript,
            "globalThis.a = 'SECRET'; Array.prototype.b = a; Math.c = [a, a + a]; console.log(a);
             var holes = []; for (let i = 0; i < 300; i++) holes.push(a + i); holes = null; a",
            "[typeof a, typeof [].b, typeof Math.c].join()",
            "undefined,undefined,undefined",
        ),
        (
            Language::Python,
            "a = 'SECRET'; import builtins, math, os; builtins.b = a; math.c = [a, a + a]; print(a); os.environ['e'] = a
holes = [a + str(i) for i in range(300)]; holes = None; open('/tmp/x', 'w').write(a); a",
            "import math, os; [n in dir(o) for n, o in (('b', __builtins__), ('c', math))] + ['a' in globals(), 'e' in os.environ, os.path.exists('/tmp/x')] == [False] * 5 and 'nothing'",
            "nothing",
        ),
    ];
    for (language, plant, look, nothing) in plants {
        for isolation in [Isolation::Rewind, Isolation::Fresh] {
            for round in 0..10 {
                let open = || session(&runtime, language, policy(|p| p.isolation = isolation));
                let mut first = open();
                assert_eq!(run(&mut first, &plant.replace("SECRET", SECRET)).unwrap(), Value::from(SECRET));
                // However its life ends: well, with an error, cut off.
                match round % 3 {
                    0 => {}
                    1 => drop(run(&mut first, "nonsense nonsense")),
                    _ => drop(first.run(
                        Run { code: Some(endless(language).to_owned()), ..Run::default() },
                        &CallOptions { wall_time_ms: Some(20), ..CallOptions::default() },
                    )),
                }
                drop(first);
                let mut second = open();
                assert_eq!(run(&mut second, look).unwrap(), Value::from(nothing));
                let live = second.live_for_tests();
                let memory = live.0.data(live.1);
                let found = memory.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
                assert!(!found, "the secret of an earlier tenant lies in memory");
            }
        }
    }
}

fn endless(language: Language) -> &'static str {
    match language {
        Language::Python => "while True: pass",
        _ => "for (;;);",
    }
}

#[test]
fn what_cannot_be_put_back_is_dropped() {
    let runtime = runtime();
    type Case = (Language, &'static str, &'static str, fn(&mut Policy));
    let cases: [Case; 5] = [
        (Language::JavaScript, "a loop that is cut off", "for (;;);", |p| p.limits.wall_time_ms = Some(50)),
        (
            Language::JavaScript,
            "a memory that grew",
            "globalThis.x = new Uint8Array(24_000_000).fill(1); x.length",
            |_| {},
        ),
        (Language::JavaScript, "a heap that is full", "const all = []; for (;;) all.push(new Uint8Array(1e6))", |p| {
            p.limits.memory_bytes = 32 << 20;
        }),
        (Language::Python, "a loop that is cut off", "while True: pass", |p| p.limits.wall_time_ms = Some(50)),
        (Language::Python, "a memory that grew", "x = bytearray(30_000_000); len(x)", |_| {}),
    ];
    for (language, what, code, change) in cases {
        let mut sandbox = session(&runtime, language, policy(change));
        let _ = run(&mut sandbox, code);
        drop(sandbox);
        assert!(interpreter(&runtime, language).take_waiting(Isolation::Rewind).is_none(), "{what}");
    }
}

#[test]
fn a_lane_obeys_the_next_policy() {
    let runtime = runtime();
    drop(session(&runtime, Language::JavaScript, policy(|_| {})));
    let mut small = session(&runtime, Language::JavaScript, policy(|p| p.limits.memory_bytes = 12 << 20));
    let error = run(&mut small, "new Uint8Array(20_000_000).length").unwrap_err();
    assert_eq!(error.code, ErrorCode::MemoryLimit);
    drop(small);
    let open = |isolation| {
        let options = SandboxOptions::new(Source::Language(Language::JavaScript), policy(|p| p.isolation = isolation));
        Sandbox::open(&runtime, options, &CancelToken::default()).map(|sandbox| sandbox.memory_usage())
    };
    let fresh = open(Isolation::Fresh).unwrap();
    drop(session(&runtime, Language::JavaScript, policy(|_| {})));
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
        (Language::JavaScript, "Math.random()"),
        (Language::JavaScript, "[1, 2, 3].map((n) => n ** 2).join()"),
        (Language::JavaScript, "try { null.x } catch (e) { String(e) + e.stack }"),
        (Language::JavaScript, "Object.getOwnPropertyNames(globalThis).sort().join()"),
        (Language::JavaScript, "let s = 0; for (let i = 0; i < 1e5; i++) s += i % 7; s"),
        (Language::Python, "import random; random.random()"),
        (Language::Python, "sorted(globals()), sorted(__import__('sys').modules)"),
        (Language::Python, "import random; [random.Random(1).random(), random.choice('abc'), str({'a', 'b', 'c'})]"),
        (Language::Python, "sum(i % 7 for i in range(100_000))"),
    ];
    for _ in 0..3 {
        for (language, program) in programs {
            let fresh = run(&mut session(&runtime, language, seeded(Isolation::Fresh)), program).unwrap();
            let rewound = run(&mut session(&runtime, language, seeded(Isolation::Rewind)), program).unwrap();
            assert_eq!(fresh, rewound, "{program}");
        }
    }
}

#[test]
fn pages_that_are_as_before_are_given_back_and_nothing_changes() {
    let runtime = runtime();
    for language in BOTH {
        let mut sandbox = session(&runtime, language, policy(|policy| policy.isolation = Isolation::Fresh));
        let code = match language {
            Language::Python => "kept = [str(i) for i in range(1000)]",
            _ => "const kept = Array.from({ length: 1000 }, (_, i) => String(i))",
        };
        run(&mut sandbox, code).unwrap();
        let held = |sandbox: &mut Sandbox| {
            let (memory, store) = sandbox.live_for_tests();
            let bytes = memory.data(store);
            let wrote: usize = super::written::written(bytes).iter().map(|stretch| stretch.len()).sum();
            (bytes.to_vec(), wrote)
        };
        // Python's collector marks every object that it looks at, and clears the marks again.
        let freed = sandbox.collect_garbage(&CallOptions::default()).unwrap();
        let (before, wrote) = held(&mut sandbox);
        let again = sandbox.give_back().unwrap();
        let (after, left) = held(&mut sandbox);
        assert!(before == after, "{language:?}");
        assert_eq!((again, left), (0, wrote), "{language:?}");
        if language == Language::Python && wrote < before.len() {
            assert!(freed > 1 << 20, "{freed}");
            assert!(wrote < 4 << 20, "{wrote}");
        }
        let length = if language == Language::Python { "len(kept)" } else { "kept.length" };
        assert_eq!(run(&mut sandbox, length).unwrap(), Value::Int(1000));
    }
}
