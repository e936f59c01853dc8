//! Tests of what a snapshot holds: its image, and what cannot be one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn plain_memory(wasm: &[u8]) -> Vec<u8> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &Module::new(&engine, wasm).unwrap(), &[]).unwrap();
    instance.get_memory(&mut store, "memory").unwrap().data(&store).to_vec()
}

#[test]
fn the_image_is_what_instances_of_the_snapshot_begin_with() {
    let text = r#"(module (memory (export "memory") 3) (global (mut i32) (i32.const 5))
        (data (i32.const 1000) "first") (data (i32.const 1003) "second") (data (i32.const 196600) "the last"))"#;
    let wasm = wat::parse_str(text).unwrap();
    let image = image(&wasm).unwrap();
    assert!(image == plain_memory(&wasm) && image.ends_with(b"the last"));
    let bare = without_image(&wasm).unwrap();
    assert!(plain_memory(&bare).iter().all(|byte| *byte == 0));
    // Written as a snapshot and read again, it is the same.
    let snapshot = write(&wasm, &image, &BTreeMap::new()).unwrap();
    assert!(super::image(&snapshot).unwrap() == image && plain_memory(&snapshot) == image);
}

#[test]
fn data_that_has_no_fixed_place_in_the_memory_is_refused() {
    for text in [
        r#"(module (memory (export "memory") 1) (data (i32.const 65535) "too long"))"#,
        r#"(module (memory (export "memory") 1) (data "passive"))"#,
        r#"(module (import "m" "at" (global i32)) (memory (export "memory") 1) (data (global.get 0) "where?"))"#,
    ] {
        assert!(image(&wat::parse_str(text).unwrap()).is_err(), "{text}");
    }
}
