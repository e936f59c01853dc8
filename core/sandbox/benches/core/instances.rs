//! Instantiating, compiling, loading from cache: plain wasmtime (pooled, as ours) against ours.

use super::Bench;
use super::table::{case, compare};
use wasm_sandbox_core::policy::Policy;
use wasm_sandbox_core::{CallOptions, CancelToken, Run, Sandbox, SandboxOptions, Source};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, Linker, Module, PoolingAllocationConfig, Store};

const MEMORY: &str = r#"(module (memory (export "memory") 1) (func (export "f")))"#;
const HELLO: &str = r#"(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 8) "\10\00\00\00\06\00\00\00hello\n")
  (func (export "_start") i32.const 1 i32.const 8 i32.const 1 i32.const 0 call $write drop))"#;

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    let engine = pooled();
    let wasm = wat::parse_str(MEMORY).expect("valid text");
    let module = Module::new(&engine, &wasm).expect("a module");
    let pre = Linker::new(&engine).instantiate_pre(&module).expect("linked");
    let open = |text: &[u8]| {
        let options = SandboxOptions::new(Source::Wasm(text.into()), Policy::default());
        Sandbox::open(&runtime, options, &CancelToken::default()).expect("a sandbox")
    };
    compare(
        "store and instance of a module with 64 KiB of memory, made and dropped",
        31,
        200,
        vec![
            case("plain wasmtime, pooled", || {
                pre.instantiate(&mut Store::new(&engine, ())).expect("an instance");
            }),
            case("ours, module known", || drop(open(&wasm))),
        ],
    );

    let hello = wat::parse_str(HELLO).expect("valid text");
    compare(
        "WASI hello, from known bytes to output",
        31,
        50,
        vec![case("ours, fresh sandbox", || {
            let result = open(&hello).run(Run::default(), &CallOptions::default()).expect("a run");
            assert_eq!(result.stdout, b"hello\n");
        })],
    );

    let big = many_functions(2_000);
    let serialized = module_file(bench, &engine, &big);
    drop(bench_open(bench, &big));
    compare(
        "module of 2,000 functions",
        7,
        1,
        vec![
            case("plain wasmtime, compile", || drop(Module::new(&engine, &big).expect("a module"))),
            case("plain wasmtime, from its own file", || {
                // SAFETY: the file was written by this process from wasmtime's own serialisation a moment ago.
                drop(unsafe { Module::deserialize_file(&engine, &serialized) }.expect("a module"));
            }),
            case("ours, from cache, new runtime", || drop(bench_open(bench, &big))),
        ],
    );
}

fn bench_open(bench: &Bench, wasm: &[u8]) -> Sandbox {
    let options = SandboxOptions::new(Source::Wasm(wasm.into()), Policy::default());
    Sandbox::open(&bench.runtime(), options, &CancelToken::default()).expect("a sandbox")
}

fn pooled() -> Engine {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(64).total_memories(64).max_memory_size(4 << 30);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).expect("an engine")
}

/// A module with `count` small functions that call each other.
fn many_functions(count: usize) -> Vec<u8> {
    let body = |i: usize| {
        let next = (i + 1) % count;
        format!(
            "(func $f{i} (param i32) (result i32) local.get 0 i32.eqz if (result i32) i32.const {i} else local.get 0 i32.const 1 i32.sub call $f{next} end)"
        )
    };
    let functions: String = (0..count).map(body).collect();
    wat::parse_str(format!("(module {functions} (export \"f\" (func $f0)))")).expect("valid text")
}

fn module_file(bench: &Bench, engine: &Engine, wasm: &[u8]) -> std::path::PathBuf {
    let path = bench.cache.join("plain.cwasm");
    let bytes = Module::new(engine, wasm).and_then(|m| m.serialize()).expect("a module");
    std::fs::create_dir_all(&bench.cache).and_then(|()| std::fs::write(&path, bytes)).expect("a file");
    path
}
