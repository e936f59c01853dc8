//! Tests of the memories that instances of a pack have one after the other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use std::io::Write;
use wasmtime::{Config, Engine, Instance, Module, Store};

const IMAGE_PAGES: usize = 64;
/// Its last 64 KiB are zeros.
const FILLED: usize = (IMAGE_PAGES - 1) * 65_536;

fn origin() -> Arc<Origin> {
    let mut file = File::from(rustix::fs::memfd_create("image", rustix::fs::MemfdFlags::CLOEXEC).unwrap());
    file.write_all(&vec![7; FILLED]).unwrap();
    file.set_len((IMAGE_PAGES * 65_536) as u64).unwrap();
    Origin::of(file, vec![2..4, 9..10]).unwrap()
}

fn engine() -> Engine {
    let mut config = Config::new();
    config.memory_reservation(1 << 30).memory_guard_size(1 << 20).memory_may_move(false);
    config.with_host_memory(Arc::new(Memories));
    Engine::new(&config).unwrap()
}

/// A guest that reads, writes and grows; with `more`, memories beyond the first.
fn guest(engine: &Engine, pages: usize, more: &str) -> Module {
    let text = format!(
        r#"(module (memory (export "memory") {pages}) {more}
          (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "set") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
          (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))"#
    );
    Module::new(engine, wat::parse_str(text).unwrap()).unwrap()
}

struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn new(origin: &Arc<Origin>, module: &Module) -> Guest {
        Guest::try_new(origin, module).unwrap()
    }

    fn try_new(origin: &Arc<Origin>, module: &Module) -> wasmtime::Result<Guest> {
        let mut store = Store::new(module.engine(), ());
        let (instance, _, _) = origin.serve(|| Instance::new(&mut store, module, &[]))?;
        Ok(Guest { store, instance })
    }

    fn get(&mut self, at: usize) -> wasmtime::Result<i32> {
        self.instance.get_typed_func::<i32, i32>(&mut self.store, "get")?.call(&mut self.store, at as i32)
    }

    fn set(&mut self, at: usize, to: i32) {
        let set = self.instance.get_typed_func::<(i32, i32), ()>(&mut self.store, "set").unwrap();
        set.call(&mut self.store, (at as i32, to)).unwrap();
    }

    fn grow(&mut self, pages: i32) -> i32 {
        self.instance.get_typed_func::<i32, i32>(&mut self.store, "grow").unwrap().call(&mut self.store, pages).unwrap()
    }

    fn bytes(&mut self) -> Vec<u8> {
        self.instance.get_memory(&mut self.store, "memory").unwrap().data(&self.store).to_vec()
    }

    fn start(&mut self) -> usize {
        self.instance.get_memory(&mut self.store, "memory").unwrap().data_ptr(&self.store) as usize
    }
}

fn image(origin: &Origin) -> Vec<u8> {
    let mut image = vec![7; FILLED];
    image.resize(IMAGE_PAGES * 65_536, 0);
    assert!(origin.image() == image);
    image
}

#[test]
fn the_next_instance_has_the_mapping_and_nothing_of_what_was_written() {
    let (origin, engine) = (origin(), engine());
    let (module, image) = (guest(&engine, IMAGE_PAGES, ""), image(&origin));
    let writes: [&dyn Fn(&mut Guest); 5] = [
        &|_| {},
        &|guest| guest.set(5, 1),
        // Pages of every kind: provided, of the file, zeros; the very last byte.
        &|guest| [0, 8_192, 12_000, 40_000, FILLED, IMAGE_PAGES * 65_536 - 1].iter().for_each(|at| guest.set(*at, 99)),
        // More than stays.
        &|guest| (0..=KEPT).for_each(|page| guest.set(page * PAGE + 3, 98)),
        &|guest| {
            assert_eq!(guest.grow(5), IMAGE_PAGES as i32);
            guest.set(IMAGE_PAGES * 65_536 + 1, 97);
            guest.set((IMAGE_PAGES + 5) * 65_536 - 1, 97);
            guest.set(1, 97);
        },
    ];
    let mut first = Guest::new(&origin, &module).start();
    for (case, write) in writes.iter().enumerate() {
        let mut tenant = Guest::new(&origin, &module);
        assert_eq!(tenant.start(), first, "case {case}");
        write(&mut tenant);
        drop(tenant);
        let mut next = Guest::new(&origin, &module);
        assert!(next.bytes() == image, "case {case}");
        assert!(next.get(IMAGE_PAGES * 65_536).is_err(), "case {case}");
        // What it grows by is zeros, not what somebody had there.
        assert_eq!(next.grow(6), IMAGE_PAGES as i32);
        assert!(next.bytes()[IMAGE_PAGES * 65_536..].iter().all(|byte| *byte == 0), "case {case}");
        assert!(next.get((IMAGE_PAGES + 6) * 65_536).is_err(), "case {case}");
        first = next.start();
    }
}

#[test]
fn instances_at_the_same_time_share_nothing_and_few_mappings_wait() {
    let (origin, engine) = (origin(), engine());
    let module = guest(&engine, IMAGE_PAGES, "(memory 1 1)");
    let mut tenants: Vec<Guest> = (0..cores() + IN_HAND + 5).map(|_| Guest::new(&origin, &module)).collect();
    for (number, tenant) in tenants.iter_mut().enumerate() {
        tenant.set(70_000, number as i32);
    }
    for (number, tenant) in tenants.iter_mut().enumerate() {
        assert_eq!(tenant.get(70_000).unwrap(), number as i32);
    }
    drop(tenants);
    assert_eq!(origin.waiting.lock().len(), cores() + IN_HAND);
    assert_eq!(origin.polls.lock().len(), cores() + IN_HAND);
}

#[test]
fn memories_end_where_their_reservation_does() {
    let (origin, engine) = (origin(), engine());
    let mut tenant = Guest::new(&origin, &guest(&engine, IMAGE_PAGES, ""));
    assert_eq!(tenant.grow(16_384), -1, "a gibibyte more than it has is beyond what was reserved");
    assert_eq!(tenant.grow((16_384 - IMAGE_PAGES) as i32), IMAGE_PAGES as i32);
    tenant.set((1 << 30) - 1, 1);
    assert!(tenant.get(1 << 30).is_err());
}

#[test]
fn only_a_pack_s_own_memories_are_served() {
    let (origin, engine) = (origin(), engine());
    for (pages, more) in [(IMAGE_PAGES + 1, ""), (IMAGE_PAGES, "(memory 2)"), (IMAGE_PAGES, "(memory 1) (memory 1)")] {
        let Err(error) = Guest::try_new(&origin, &guest(&engine, pages, more)) else { panic!("{pages} {more}") };
        assert!(format!("{error:#}").contains("a memory too many"), "{error:#}");
    }
    // Whatever else an engine makes a memory for has zeros.
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &guest(&engine, IMAGE_PAGES, ""), &[]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    assert!(memory.data(&store).iter().all(|byte| *byte == 0));
}

#[test]
fn without_room_for_another_the_error_is_typed() {
    let origin = origin();
    let mut config = Config::new();
    // As much as a process can address at all.
    config.memory_reservation(1 << 47).memory_may_move(false).with_host_memory(Arc::new(Memories));
    let engine = Engine::new(&config).unwrap();
    let Err(error) = Guest::try_new(&origin, &guest(&engine, IMAGE_PAGES, "")) else { panic!("there was room") };
    let error = error.downcast_ref::<Error>().unwrap();
    assert_eq!(error.code, ErrorCode::Busy);
    assert!(error.message.contains("no memory or address space left"), "{error:?}");
}
