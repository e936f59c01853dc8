//! What is refused before anything is compiled: every cap at its edge, bombs that compilers choke on, bytes that are
//! no module at all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bombs;
mod common;

use common::{open_in, runtime};
use std::time::{Duration, Instant};
use wasm_encoder::*;
use wasm_sandbox_core::policy::{Error, ErrorCode, Policy};
use wasm_sandbox_core::{CancelToken, Runtime, Sandbox, SandboxOptions, Source};

/// How the sandbox takes these bytes; policies are large, so that only caps and validity decide.
fn load(runtime: &Runtime, bytes: &[u8]) -> Result<(), Error> {
    let mut policy = Policy::default();
    policy.limits.memory_bytes = 1 << 30;
    (policy.limits.memories, policy.limits.tables) = (200, 200);
    policy.limits.table_elements = 100_000;
    Sandbox::open(runtime, SandboxOptions::new(Source::Wasm(bytes.into()), policy), &CancelToken::default()).map(drop)
}

/// The refused cap, and how much was over how much.
fn refused(runtime: &Runtime, bytes: &[u8]) -> (String, u64, u64) {
    let error = load(runtime, bytes).unwrap_err();
    assert_eq!(error.code, ErrorCode::ModuleLimit, "{}", error.message);
    assert_eq!(error.details["field"], "moduleCaps");
    let number = |key: &str| error.details[key].as_u64().unwrap();
    let cap = error.details["cap"].as_str().unwrap().to_owned();
    (cap, number("used"), number("limit"))
}

fn section(module: &mut Module, section: &impl Section) {
    module.section(section);
}

/// A module of types alone.
fn with_types(count: u32, params: usize) -> Vec<u8> {
    let (mut module, mut types) = (Module::new(), TypeSection::new());
    (0..count).for_each(|_| types.ty().function(vec![ValType::I32; params], []));
    section(&mut module, &types);
    module.finish()
}

fn with_imports(count: u32, name: &str) -> Vec<u8> {
    let (mut module, mut types, mut imports) = (Module::new(), TypeSection::new(), ImportSection::new());
    types.ty().function([], [ValType::I64]);
    (0..count).for_each(|_| {
        imports.import("env", name, EntityType::Function(0));
    });
    section(&mut module, &types);
    section(&mut module, &imports);
    module.finish()
}

fn with_functions(bodies: &[Function]) -> Vec<u8> {
    bombs::module(bodies)
}

fn with_exports(count: u32, name_length: usize) -> Vec<u8> {
    let mut module = Module::new();
    let (mut types, mut functions, mut exports, mut code) =
        (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    types.ty().function([], []);
    functions.function(0);
    (0..count).for_each(|i| {
        exports.export(&format!("{i:0>name_length$}"), ExportKind::Func, 0);
    });
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    code.function(&body);
    section(&mut module, &types);
    section(&mut module, &functions);
    section(&mut module, &exports);
    section(&mut module, &code);
    module.finish()
}

fn with_globals(count: u32) -> Vec<u8> {
    let (mut module, mut globals) = (Module::new(), GlobalSection::new());
    let ty = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
    (0..count).for_each(|_| {
        globals.global(ty, &ConstExpr::i32_const(0));
    });
    section(&mut module, &globals);
    module.finish()
}

fn memory(pages: u64) -> MemoryType {
    MemoryType { minimum: pages, maximum: None, memory64: false, shared: false, page_size_log2: None }
}

fn with_data(pages: u64, segments: &[(i32, usize)]) -> Vec<u8> {
    let (mut module, mut memories, mut data) = (Module::new(), MemorySection::new(), DataSection::new());
    memories.memory(memory(pages));
    for (offset, length) in segments {
        data.active(0, &ConstExpr::i32_const(*offset), vec![1; *length]);
    }
    section(&mut module, &memories);
    section(&mut module, &data);
    module.finish()
}

fn with_passive_data(count: u32) -> Vec<u8> {
    let (mut module, mut data) = (Module::new(), DataSection::new());
    (0..count).for_each(|_| {
        data.passive([]);
    });
    section(&mut module, &DataCountSection { count });
    section(&mut module, &data);
    module.finish()
}

fn with_elements(segments: u32, each: usize) -> Vec<u8> {
    let mut module = Module::new();
    let (mut types, mut functions, mut elements, mut code) =
        (TypeSection::new(), FunctionSection::new(), ElementSection::new(), CodeSection::new());
    types.ty().function([], []);
    functions.function(0);
    (0..segments).for_each(|_| {
        elements.passive(Elements::Functions(vec![0; each].into()));
    });
    let mut body = Function::new([]);
    body.instruction(&Instruction::End);
    code.function(&body);
    section(&mut module, &types);
    section(&mut module, &functions);
    section(&mut module, &elements);
    section(&mut module, &code);
    module.finish()
}

fn with_memories(count: u32) -> Vec<u8> {
    let (mut module, mut memories) = (Module::new(), MemorySection::new());
    (0..count).for_each(|_| {
        memories.memory(memory(0));
    });
    section(&mut module, &memories);
    module.finish()
}

fn with_tables(count: u32) -> Vec<u8> {
    let (mut module, mut tables) = (Module::new(), TableSection::new());
    let ty = TableType { element_type: RefType::FUNCREF, minimum: 0, maximum: None, table64: false, shared: false };
    (0..count).for_each(|_| {
        tables.table(ty);
    });
    section(&mut module, &tables);
    module.finish()
}

fn with_tags(count: u32) -> Vec<u8> {
    let (mut module, mut types, mut tags) = (Module::new(), TypeSection::new(), TagSection::new());
    types.ty().function([], []);
    (0..count).for_each(|_| {
        tags.tag(TagType { kind: TagKind::Exception, func_type_idx: 0 });
    });
    section(&mut module, &types);
    section(&mut module, &tags);
    module.finish()
}

fn nops(count: usize) -> Function {
    let mut body = Function::new([]);
    (0..count).for_each(|_| {
        body.instruction(&Instruction::Nop);
    });
    body.instruction(&Instruction::End);
    body
}

fn with_locals(groups: &[u32]) -> Function {
    let mut body = Function::new(groups.iter().map(|count| (*count, ValType::I32)));
    body.instruction(&Instruction::End);
    body
}

#[test]
fn every_cap_holds_and_its_edge_is_let_through() {
    let runtime = runtime();
    type Made = Box<dyn Fn(u64) -> Vec<u8>>;
    let cases: Vec<(&str, u64, Made)> = vec![
        ("types", 10_000, Box::new(|n| with_types(n as u32, 0))),
        (
            "parameters, results and fields of all types",
            200_000,
            Box::new(|n| {
                // Four hundred parameters each, and one more where there is a rest.
                let mut types = TypeSection::new();
                (0..n / 400).for_each(|_| types.ty().function(vec![ValType::I32; 400], []));
                types.ty().function(vec![ValType::I32; (n % 400) as usize], []);
                let mut module = Module::new();
                module.section(&types);
                module.finish()
            }),
        ),
        ("imports", 10_000, Box::new(|n| with_imports(n as u32, "time"))),
        ("exports", 50_000, Box::new(|n| with_exports(n as u32, 1))),
        (
            "bytes of imported and exported names",
            4 << 20,
            Box::new(|n| {
                // A KiB each, and one short name that makes up the number.
                with_exports((n / 1024) as u32, 1024 + (n % 1024) as usize)
            }),
        ),
        ("globals", 50_000, Box::new(|n| with_globals(n as u32))),
        ("tags", 10_000, Box::new(|n| with_tags(n as u32))),
        ("memories", 100, Box::new(|n| with_memories(n as u32))),
        ("tables", 100, Box::new(|n| with_tables(n as u32))),
        ("data segments", 100_000, Box::new(|n| with_passive_data(n as u32))),
        ("element segments", 100_000, Box::new(|n| with_elements(n as u32, 0))),
        ("elements of segments", 1_000_000, Box::new(|n| with_elements(1, n as usize))),
        // A body's length counts its locals' count and its end.
        ("bytes in one function", 1 << 20, Box::new(|n| with_functions(&[nops(n as usize - 2)]))),
        ("locals in one function", 5_000, Box::new(|n| with_functions(&[with_locals(&[n as u32])]))),
        ("locals in one function", 5_000, Box::new(|n| with_functions(&[with_locals(&[3_000, n as u32 - 3_000])]))),
        ("loops in one function", 2_000, Box::new(|n| with_functions(&[bombs::loops_in_a_row(n as u32, 0)]))),
        ("loops within loops", 50, Box::new(|n| with_functions(&[bombs::nested_loops(n as u32, 0)]))),
        // The function itself is one block.
        ("blocks within blocks", 10_000, Box::new(|n| with_functions(&[bombs::nested_blocks(n as u32 - 1)]))),
        // A table has a default, too.
        (
            "targets of branch tables in one function",
            100_000,
            Box::new(|n| with_functions(&[bombs::branch_tables(4, (n / 4) as u32 - 1, (n % 4) as u32)])),
        ),
    ];
    for (cap, limit, module) in &cases {
        let (what, used, at_most) = refused(&runtime, &module(limit + 1));
        assert_eq!((what.as_str(), at_most), (*cap, *limit));
        assert!(used > *limit, "{cap}: {used}");
        // Whatever else becomes of a module at the edge, this cap has let it through.
        if let Err(error) = load(&runtime, &module(*limit)) {
            assert_ne!(error.details.get("cap"), Some(&(*cap).into()), "{cap}");
            assert_ne!(error.code, ErrorCode::InvalidModule, "{cap}: {}", error.message);
        }
    }
}

#[test]
fn functions_are_counted_before_their_bodies_are_seen() {
    let mut module = Module::new();
    let (mut types, mut functions) = (TypeSection::new(), FunctionSection::new());
    types.ty().function([], []);
    (0..100_001).for_each(|_| {
        functions.function(0);
    });
    section(&mut module, &types);
    section(&mut module, &functions);
    assert_eq!(refused(&runtime(), &module.finish()), ("functions".into(), 100_001, 100_000));
}

#[test]
fn bombs_are_refused_at_once() {
    let runtime = runtime();
    for (name, bytes) in bombs::all() {
        let start = Instant::now();
        let (cap, ..) = refused(&runtime, &bytes);
        let took = start.elapsed();
        println!("{name}: {} bytes, refused in {took:?} for {cap}", bytes.len());
        assert!(took < Duration::from_secs(3), "{name} took {took:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn bombs_take_no_memory() {
    // In a process of its own, since tests share one: this test runs itself again.
    const MARK: &str = "SANDBOX_TEST_ONE_BOMB";
    if let Ok(name) = std::env::var(MARK) {
        let bytes = bombs::all().into_iter().find(|(bomb, _)| *bomb == name).unwrap().1;
        let runtime = runtime();
        refused(&runtime, &with_types(10_001, 0));
        let before = peak_kib();
        refused(&runtime, &bytes);
        let grown = peak_kib() - before;
        assert!(grown < 64 << 10, "{name}: {grown} KiB");
        return;
    }
    let this = std::env::current_exe().unwrap();
    for (name, _) in bombs::all() {
        let one = std::process::Command::new(&this)
            .args(["bombs_take_no_memory", "--exact"])
            .env(MARK, name)
            .output()
            .unwrap();
        assert!(one.status.success(), "{}", String::from_utf8_lossy(&one.stdout));
    }
}

#[cfg(target_os = "linux")]
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_the_tally_lets_through_compiles_in_bounded_time() {
    let runtime = runtime();
    for (name, bytes) in bombs::heaviest_allowed() {
        let start = Instant::now();
        load(&runtime, &bytes).unwrap_or_else(|error| panic!("{name}: {}", error.message));
        let took = start.elapsed();
        println!("{name}: {} bytes, compiled in {took:?}", bytes.len());
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }
}

#[test]
fn what_a_module_begins_with_is_held_against_the_policy() {
    let runtime = runtime();
    for (text, field, limit, used) in [
        ("(module (memory 1025))", "memoryBytes", 64_u64 << 20, 1025_u64 << 16),
        ("(module (memory 513) (memory 512))", "memoryBytes", 64 << 20, 1025 << 16),
        ("(module (memory i64 0x1000000000000))", "memoryBytes", 64 << 20, u64::MAX),
        ("(module (table 20001 funcref))", "tableElements", 20_000, 20_001),
        ("(module (table 20000 funcref) (table 1 externref))", "tableElements", 20_000, 20_001),
        ("(module (memory 0) (memory 0) (memory 0) (memory 0) (memory 0))", "memories", 4, 5),
    ] {
        let error = open_in(&runtime, text, |_| {}, |_| {}).err().unwrap();
        assert_eq!(error.code, ErrorCode::MemoryLimit, "{text}: {}", error.message);
        assert_eq!(error.details["field"], field, "{text}");
        let numbers = ["limit", "used"].map(|key| error.details[key].as_u64());
        assert_eq!(numbers, [Some(limit), Some(used)], "{text}");
    }
    // All of memory is the guest's; nothing is left for what the host holds, which a bare module does not need.
    open_in(&runtime, "(module (memory 1024))", |_| {}, |_| {}).unwrap();
}

#[test]
fn a_known_module_is_held_against_each_policy_anew() {
    let (runtime, text) = (runtime(), "(module (memory 16))");
    open_in(&runtime, text, |_| {}, |_| {}).unwrap();
    let error = open_in(&runtime, text, |policy| policy.limits.memory_bytes = 1 << 19, |_| {}).err().unwrap();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::MemoryLimit, &"memoryBytes".into()));
    let error = open_in(&runtime, text, |policy| policy.limits.module_bytes = 8, |_| {}).err().unwrap();
    assert_eq!((error.code, &error.details["field"]), (ErrorCode::ModuleLimit, &"moduleBytes".into()));
}

#[test]
fn data_far_apart_would_take_the_hosts_memory() {
    let runtime = runtime();
    let (cap, ..) = refused(&runtime, &with_data(16_000, &[(0, 1), (1_000_000_000, 1)]));
    assert_eq!(cap, "bytes between its data segments");
    load(&runtime, &with_data(1_000, &[(0, 1), (16 << 20, 1)])).unwrap();
    load(&runtime, &with_data(1_000, &[(60 << 20, 100)])).unwrap();
}

#[test]
fn text_components_and_threads_are_named() {
    let runtime = runtime();
    let error = |bytes: &[u8]| load(&runtime, bytes).unwrap_err();
    for text in ["(module)", "  \n(module)", ";; a comment\n(module)"] {
        let refusal = error(text.as_bytes());
        assert_eq!(refusal.code, ErrorCode::InvalidModule);
        assert!(refusal.message.contains("text form") && refusal.message.contains("wat2wasm"), "{}", refusal.message);
    }
    for bytes in [&b""[..], b"\n", b"MZ\x90", b"\x7fELF", b"\0as", b"\0ASM\x01\0\0\0"] {
        assert_eq!(error(bytes).code, ErrorCode::InvalidModule, "{bytes:?}");
    }
    for bytes in [&b"\0asm\x02\0\0\0"[..], b"\0asm\xff\xff\xff\xff", b"\0asm"] {
        assert_eq!(error(bytes).code, ErrorCode::InvalidModule, "{bytes:?}");
    }
    let component = error(&wat::parse_str("(component)").unwrap());
    assert_eq!((component.code, &component.details["feature"]), (ErrorCode::Unsupported, &"components".into()));
    for shared in ["(module (memory 1 2 shared))", r#"(module (import "env" "memory" (memory 1 2 shared)))"#] {
        let threads = error(&wat::parse_str(shared).unwrap());
        assert_eq!((threads.code, &threads.details["feature"]), (ErrorCode::Unsupported, &"threads".into()));
    }
}

#[test]
fn invalid_code_names_its_place() {
    let runtime = runtime();
    for text in [
        "(module (func (result i32)))",
        "(module (func i32.add drop))",
        "(module (func (br 5)))",
        "(module (func (call 9)))",
        "(module (func (local.get 0) drop))",
        "(module (memory 1) (func (atomic.fence) (drop (i32.atomic.load (i32.const 0)))))",
    ] {
        let error = load(&runtime, &wat::parse_str(text).unwrap()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidModule, "{text}");
        assert!(error.details["offset"].as_u64().unwrap() > 8, "{text}");
    }
}

/// A module with something of everything.
fn everything() -> Vec<u8> {
    wat::parse_str(
        r#"(module
          (type $f (func (param i32 i64) (result f64)))
          (rec (type $s (struct (field i32) (field (mut i64)))) (type $a (array (mut i8))))
          (import "env" "time" (func $time (result i64)))
          (tag $t (param i32))
          (memory (export "memory") 1 2) (memory $m2 1)
          (table $tab 4 funcref)
          (global $g (mut i32) (i32.const 7)) (global $h i64 (i64.add (i64.const 1) (i64.const 2)))
          (elem (table $tab) (i32.const 1) func $go $thrower)
          (elem declare func $go)
          (data (i32.const 8) "some data") (data $p "passive")
          (func $go (export "go") (type $f) (local i32 f32)
            (block $b (loop $l (br_table $b $l (local.get 0))))
            (memory.init $p (i32.const 0) (i32.const 0) (i32.const 3))
            (drop (struct.new $s (i32.const 1) (call $time)))
            (f64.convert_i64_s (local.get 1)))
          (func $thrower (try_table (catch_all 0) (throw $t (i32.const 1))))
          (func (export "simd") (result i32) (i8x16.bitmask (v128.const i64x2 1 2)))
          (start $thrower))"#,
    )
    .unwrap()
}

#[test]
fn a_module_cut_off_anywhere_is_invalid_and_nothing_worse() {
    let (runtime, bytes) = (runtime(), everything());
    load(&runtime, &bytes).unwrap();
    for cut in 0..bytes.len() {
        let whole = wasmparser::validate(&bytes[..cut]).is_ok();
        match load(&runtime, &bytes[..cut]) {
            Ok(()) => assert!(whole, "cut at {cut}"),
            Err(error) => assert!(whole || error.code == ErrorCode::InvalidModule, "cut at {cut}: {}", error.message),
        }
    }
}

#[test]
fn changed_bytes_are_refused_or_run_and_nothing_worse() {
    // A fixed sequence, so that a failure can be seen again.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (runtime, original) = (runtime(), everything());
    let mut policy = Policy::default();
    policy.limits.wall_time_ms = Some(200);
    let (mut refused, mut ran) = (0, 0);
    for round in 0..4_000 {
        let mut bytes = original.clone();
        for _ in 0..=random(4) {
            let at = 8 + random(bytes.len() - 8);
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes[at] ^= 1 << random(8),
                2 => bytes[at] = 0xff,
                _ => {
                    let end = at + random(bytes.len() - at);
                    bytes.drain(at..end.min(at + 8));
                }
            }
        }
        let report = runtime.verify(&bytes, &policy);
        match Sandbox::open(
            &runtime,
            SandboxOptions::new(Source::Wasm(bytes.into()), policy.clone()),
            &CancelToken::default(),
        ) {
            Ok(_) => {
                assert!(report.allowed, "round {round}: {:?}", report.refusals);
                ran += 1;
            }
            Err(error) => {
                assert_ne!(error.code, ErrorCode::Internal, "round {round}: {}", error.message);
                refused += 1;
            }
        }
    }
    assert!(refused > 100 && ran > 100, "{refused} refused, {ran} ran");
}

#[test]
fn who_cancels_need_not_wait_for_the_compiler() {
    let (runtime, cancel) = (runtime(), CancelToken::default());
    let (_, slow) = bombs::heaviest_allowed().into_iter().find(|(name, _)| name.contains("structs")).unwrap();
    let later = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        later.cancel();
    });
    let start = Instant::now();
    let options = SandboxOptions::new(Source::Wasm(slow.into()), Policy::default());
    assert_eq!(Sandbox::open(&runtime, options, &cancel).err().unwrap().code, ErrorCode::Cancelled);
    // The compiler takes 2.5 s.
    assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
}
