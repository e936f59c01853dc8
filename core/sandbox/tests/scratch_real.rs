use wasm_sandbox_core::policy::*;
use wasm_sandbox_core::*;
#[test]
fn real() {
    let runtime = Runtime::new(RuntimeOptions { packs_dir: None, cache_dir: None }).unwrap();
    let mut p = Policy::default();
    p.limits.module_bytes = 1 << 30; p.limits.memory_bytes = 4 << 30; p.limits.table_elements = 1 << 20;
    for path in std::env::var("WASMS").unwrap().split_whitespace() {
        let bytes = std::fs::read(path).unwrap();
        let start = std::time::Instant::now();
        let r = runtime.verify(&bytes, &p);
        println!("REAL {path} {} bytes {:?} kind {:?} refusals {:?}", bytes.len(), start.elapsed(), r.kind, r.refusals.iter().filter(|r| r.code != ErrorCode::InvalidModule).map(|r| &r.message).collect::<Vec<_>>());
        println!("   {:?}", r.refusals.iter().filter(|r| r.code == ErrorCode::InvalidModule).map(|r| &r.message).next());
    }
}
