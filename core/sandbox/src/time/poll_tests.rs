//! Whatever a pack's code does without end is stopped, goes on when it may, and costs nobody else anything: with modules
//! in which nothing but the looks touches a memory.

use super::*;
use crate::engine::{EngineKey, EngineSet, Engines, Interrupt};
use crate::language::{POLL_PAGE, with_polls};
use crate::store::{StoreData, classify, new_store};
use crate::time::{Budget, Cancel, Watchdog};
use std::time::{Duration, Instant};
use wasm_sandbox_policy::{ErrorCode, Policy};
use wasmtime::{Instance, Module};

struct World {
    watchdog: Arc<Watchdog>,
    set: Arc<EngineSet>,
}

impl World {
    fn new() -> World {
        let watchdog = Watchdog::start().unwrap();
        let set = Engines::new(watchdog.clone()).get(EngineKey::usual(Interrupt::Polls)).unwrap();
        World { watchdog, set }
    }

    fn instance(&self, text: &str) -> (Store<StoreData>, Instance) {
        let wasm = with_polls(&wat::parse_str(text).unwrap()).unwrap();
        let module = Module::from_binary(&self.set.engine, &wasm).unwrap();
        let data = StoreData::bare(Arc::new(Policy::default()), Slot::new(&self.watchdog)).unwrap();
        let mut store = new_store(&self.set.engine, data);
        let instance = self.set.linker.instantiate(&mut store, &module).unwrap();
        let page = instance.get_memory(&mut store, POLL_PAGE).unwrap();
        let poll = Poll::of(page, &mut store).unwrap();
        poll.serve(&store.data().slot);
        store.data_mut().poll = Some(poll);
        (store, instance)
    }
}

/// Runs `f` with a wall time; its value, or why it ended.
fn run(store: &mut Store<StoreData>, instance: &Instance, wall_ms: Option<u64>) -> Result<i32, Error> {
    let f = instance.get_typed_func::<(), i32>(&mut *store, "f").unwrap();
    store.data().slot.arm(Budget { wall_ms, cpu_ms: None });
    let outcome = f.call(&mut *store, ()).map_err(|error| classify(&error, store.data()));
    store.data().slot.disarm();
    outcome
}

/// Functions that never come back, each in another way, and none that touches its memory.
const ENDLESS: &[&str] = &[
    "(func (export \"f\") (result i32) (loop (br 0)) (unreachable))",
    "(func (export \"f\") (result i32) (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if 0 (i32.ne (local.get 0) (i32.const -1))) (local.set 0 (i32.const 0)) (br 0)) (unreachable))",
    "(func $f (export \"f\") (result i32) (return_call $f))",
    "(func $f (export \"f\") (result i32) (return_call $g)) (func $g (result i32) (return_call $f))",
    "(table 1 funcref) (type $t (func (result i32))) (elem (i32.const 0) $f)
        (func $f (export \"f\") (type $t) (return_call_indirect (type $t) (i32.const 0)))",
    // It never stops for want of stack: sixty deep, and 2^60 calls.
    "(func $f (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else
        (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
        (func (export \"f\") (result i32) (call $f (i32.const 60)))",
];

fn module(functions: &str) -> String {
    format!("(module (memory (export \"memory\") 1) {functions})")
}

#[test]
fn nothing_runs_on_beyond_its_limit() {
    let world = World::new();
    for functions in ENDLESS {
        let (mut store, instance) = world.instance(&module(functions));
        for _ in 0..3 {
            let began = Instant::now();
            let error = run(&mut store, &instance, Some(20)).unwrap_err();
            assert_eq!(error.code, ErrorCode::WallTimeout, "{functions}: {error}");
            assert!(began.elapsed() < Duration::from_secs(10), "{functions}");
        }
    }
    world.watchdog.stop();
}

#[test]
fn a_cancelled_run_ends_and_others_go_on() {
    let world = World::new();
    let counting = module(
        "(func (export \"f\") (result i32) (local i32)
            (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if 0 (i32.lt_s (local.get 0) (i32.const 200000000))))
            (local.get 0))",
    );
    let (mut endless, forever) = world.instance(&module(ENDLESS[0]));
    let (mut bounded, counts) = world.instance(&counting);
    let slot = endless.data().slot.clone();
    let other = bounded.data().slot.clone();
    std::thread::scope(|scope| {
        let cancelled = scope.spawn(|| run(&mut endless, &forever, None));
        let counted = scope.spawn(|| run(&mut bounded, &counts, None));
        for _ in 0..50 {
            // Asked for nothing, it goes on.
            other.interrupt();
            std::thread::sleep(Duration::from_millis(1));
        }
        slot.cancel(Cancel::Caller);
        assert_eq!(cancelled.join().unwrap().unwrap_err().code, ErrorCode::Cancelled);
        assert_eq!(counted.join().unwrap().unwrap(), 200_000_000);
    });
    world.watchdog.stop();
}

#[test]
fn a_page_that_was_taken_away_between_runs_is_there_for_the_next() {
    let world = World::new();
    let (mut store, instance) = world.instance(&module("(func (export \"f\") (result i32) (loop) (i32.const 7))"));
    for _ in 0..3 {
        store.data().slot.interrupt();
        store.data().slot.interrupt();
        assert_eq!(run(&mut store, &instance, Some(1_000)).unwrap(), 7);
    }
    world.watchdog.stop();
}

#[test]
fn an_instance_that_goes_leaves_its_memories_usable_to_others() {
    let world = World::new();
    let text = module("(func (export \"f\") (result i32) (loop) (i32.load (i32.const 0)))");
    for _ in 0..200 {
        let (mut store, instance) = world.instance(&text);
        let slot = store.data().slot.clone();
        slot.interrupt();
        drop(store.data_mut().poll.take());
        // It may be somebody else's by now.
        slot.interrupt();
        drop(store);
        slot.interrupt();
        let (mut next, its) = world.instance(&text);
        let memory = its.get_memory(&mut next, "memory").unwrap();
        memory.data_mut(&mut next).fill(1);
        assert_eq!(run(&mut next, &its, Some(1_000)).unwrap(), 0x0101_0101);
        let _ = instance;
    }
    world.watchdog.stop();
}

#[test]
fn a_guests_own_fault_is_still_its_own() {
    let world = World::new();
    let (mut store, instance) =
        world.instance(&module("(func (export \"f\") (result i32) (loop) (i32.load (i32.const 0x7fffffff)))"));
    let error = run(&mut store, &instance, Some(1_000)).unwrap_err();
    assert_eq!(error.code, ErrorCode::GuestTrap);
    world.watchdog.stop();
}

#[test]
fn looks_stand_where_they_are_needed_and_nowhere_else() {
    let looks = |functions: &str| {
        let plain = wat::parse_str(module(functions)).unwrap();
        let polled = with_polls(&plain).unwrap();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all()).validate_all(&polled).unwrap();
        polled.windows(5).filter(|at| *at == [0xfe, 0x12, 0x40, 1, 0]).count()
    };
    assert_eq!(looks("(func (export \"f\") (result i32) (i32.const 7)) (func (call 2)) (func)"), 0);
    assert_eq!(looks("(func (loop) (loop (loop)))"), 3);
    assert_eq!(looks("(func $f (call $f)) (func (call $f))"), 1);
    let two = "(module (memory 1) (memory 1))";
    assert!(with_polls(&wat::parse_str(two).unwrap()).is_err());
}
