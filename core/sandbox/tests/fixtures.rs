//! Guests in WebAssembly text and the binary committed beside each are the same; `WASM_SANDBOX_BLESS=1` writes them.

use std::path::Path;

#[test]
fn every_guest_is_built_from_its_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/guests");
    let bless = std::env::var_os("WASM_SANDBOX_BLESS").is_some();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "wat") {
            continue;
        }
        seen += 1;
        let wasm = wat::parse_file(&path).unwrap_or_else(|e| panic!("{e}"));
        assert!(wasm.len() <= 20 << 10, "{} is too large to be committed", path.display());
        let built = path.with_extension("wasm");
        if bless {
            std::fs::write(&built, &wasm).unwrap();
        }
        let same = std::fs::read(&built).is_ok_and(|committed| committed == wasm);
        assert!(same, "{} is stale; run the test with WASM_SANDBOX_BLESS=1", built.display());
    }
    assert!(seen >= 10);
}
