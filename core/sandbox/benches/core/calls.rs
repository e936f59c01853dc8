//! Numeric calls and call-heavy code: plain wasmtime without limits against ours with all of them.

use super::Bench;
use super::table::{case, compare};
use wasm_sandbox_core::CallOptions;
use wasm_sandbox_core::policy::Value;
use wasmtime::{Engine, Instance, Module, Store};

const ADD: &str = r#"(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;
const FIB: &str = r#"(module (func $fib (export "fib") (param i32) (result i32)
    local.get 0 i32.const 2 i32.lt_u
    if (result i32) local.get 0
    else local.get 0 i32.const 1 i32.sub call $fib local.get 0 i32.const 2 i32.sub call $fib i32.add end))"#;
const FILL: &str = r#"(module (memory (export "memory") 1) (func (export "fill") (param $n i32) (local $at i32)
    loop $again
      local.get $at i32.const 65532 i32.and local.get $n i32.store
      local.get $at i32.const 4 i32.add local.set $at
      local.get $n i32.const 1 i32.sub local.tee $n br_if $again
    end))"#;

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = |text: &str| Module::new(&engine, wat::parse_str(text).expect("valid text")).expect("a module");

    let plain = Instance::new(&mut store, &module(ADD), &[]).expect("an instance");
    let plain = plain.get_typed_func::<(i32, i32), i32>(&mut store, "add").expect("add");
    let mut ours = bench.sandbox(&runtime, ADD);
    let mut prepared = ours.prepare("add").expect("add");
    let mut other = bench.sandbox(&runtime, ADD);
    let (args, options) = ([Value::Int(1), Value::Int(2)], CallOptions::default());
    compare(
        "numeric call (i32, i32) -> i32",
        31,
        20_000,
        vec![
            case("plain wasmtime, typed, no limits", || drop(std::hint::black_box(plain.call(&mut store, (1, 2))))),
            case("ours, prepared, all limits", || {
                let mut slots = [0; 16];
                (slots[0], slots[1]) = (1, 2);
                ours.call_prepared(&mut prepared, &mut slots).expect("a call");
                std::hint::black_box(slots[0]);
            }),
            case("ours, call by name", || drop(other.call("add", &args, &options.clone()).expect("a call"))),
        ],
    );
    kernel(bench, "fib(27), call-heavy", FIB, "fib", 27);
    kernel(bench, "one million stores in a four-instruction loop", FILL, "fill", 1_000_000);
}

/// One export with one i32 argument, plain against ours.
fn kernel(bench: &Bench, title: &str, text: &str, name: &str, argument: i32) {
    let runtime = bench.runtime();
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, wat::parse_str(text).expect("valid text")).expect("a module");
    let plain =
        Instance::new(&mut store, &module, &[]).expect("an instance").get_func(&mut store, name).expect("an export");
    let mut results = vec![wasmtime::Val::I32(0); plain.ty(&store).results().len()];
    let mut ours = bench.sandbox(&runtime, text);
    let mut prepared = ours.prepare(name).expect("an export");
    compare(
        title,
        15,
        1,
        vec![
            case("plain wasmtime, no limits", || {
                plain.call(&mut store, &[wasmtime::Val::I32(argument)], &mut results).expect("a call")
            }),
            case("ours, all limits", || {
                let mut slots = [0; 16];
                slots[0] = argument as u64;
                ours.call_prepared(&mut prepared, &mut slots).expect("a call");
            }),
        ],
    );
}
