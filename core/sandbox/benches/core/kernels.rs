//! What the limits cost where the processor works: the same programs in the same pack, once in a session with all
//! limits of the default policy, once in plain wasmtime without epochs, fuel, meter or policy. Packs are shipped
//! as code for every processor of the platform; plain wasmtime is measured with such code and with this machine's.

use super::Bench;
use super::table::{case, compare};
use std::path::Path;
use wasm_sandbox_core::policy::{Policy, Value};
use wasm_sandbox_core::{CallOptions, CancelToken, Language, Run, Sandbox, SandboxOptions, Source};
use wasmtime::{Caller, Config, Engine, Extern, Instance, Linker, Memory, Module, OptLevel, Store, TypedFunc, Val};

/// Functions of the files that the SDK's benchmark measures as well.
const KERNELS: [&str; 5] = ["fib", "json_round_trips", "regular_expressions", "nbody", "small_classes"];
const LANGUAGES: [(Language, &str, &str); 2] =
    [(Language::JavaScript, "javascript", "kernels.js"), (Language::Python, "python", "kernels.py")];
/// Bytes of WebAssembly's own stack, as sessions have it.
const STACK: usize = 1 << 20;

pub(crate) fn measure(bench: &Bench) {
    let runtime = bench.runtime();
    for (language, name, file) in LANGUAGES {
        let code = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/bench/kernels").join(file));
        let code = String::from_utf8(code).expect("text");
        let wasm = zstd::decode_all(&*read(&bench.packs.join(format!("{name}.wasm.zst")))).expect("a pack");
        let mut plain = Plain::new(&wasm, Made::ForAnyProcessor);
        let mut tuned = Plain::new(&wasm, Made::ForThisProcessor);
        let mut epochs = Plain::new(&wasm, Made::WithEpochs);
        for one in [&mut plain, &mut tuned, &mut epochs] {
            one.evaluate(&code);
        }
        let options = SandboxOptions::new(Source::Language(language), Policy::default());
        let mut session = Sandbox::open(&runtime, options, &CancelToken::default()).expect("a session");
        evaluate(&mut session, &code);
        for kernel in KERNELS {
            let call = format!("{kernel}()");
            assert_eq!(plain.evaluate(&call), number(&evaluate(&mut session, &call)), "{name} {kernel}");
            let cases = vec![
                case("plain wasmtime, no limits", || {
                    plain.evaluate(&call);
                }),
                case("the same, code for this processor", || {
                    tuned.evaluate(&call);
                }),
                case("the same as the first, with epochs", || {
                    epochs.evaluate(&call);
                }),
                case("ours, all limits", || drop(evaluate(&mut session, &call))),
            ];
            compare(&format!("{name} {kernel}, the same pack"), 15, 2, cases);
        }
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file of this checkout; run the set-up first")
}

fn evaluate(session: &mut Sandbox, code: &str) -> Value {
    let run = Run { code: Some(code.to_owned()), ..Run::default() };
    session.run(run, &CallOptions::default()).expect("a value").value
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) => Some(*n),
        _ => None,
    }
}

/// What plain wasmtime compiles.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    ForAnyProcessor,
    ForThisProcessor,
    WithEpochs,
}

/// An instance of a pack in plain wasmtime: its clock and chance work, every other import fails.
struct Plain {
    store: Store<()>,
    memory: Memory,
    buffer: TypedFunc<u32, u32>,
    run: TypedFunc<u32, u32>,
}

impl Plain {
    fn new(wasm: &[u8], made: Made) -> Plain {
        let mut config = Config::new();
        config.cranelift_opt_level(OptLevel::Speed).max_wasm_stack(STACK);
        config.epoch_interruption(made == Made::WithEpochs);
        if made != Made::ForThisProcessor {
            config.target(env!("SANDBOX_TARGET")).expect("this platform");
        }
        let engine = Engine::new(&config).expect("an engine");
        let module = Module::new(&engine, wasm).expect("a module");
        let mut linker = Linker::new(&engine);
        stub_imports(&mut linker, &module);
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(u64::MAX >> 1);
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        let memory = instance.get_memory(&mut store, "memory").expect("a memory");
        let buffer = function(&instance, &mut store, "sbx_buf");
        let run = function(&instance, &mut store, "sbx_run");
        Plain { store, memory, buffer, run }
    }

    /// Runs code; its value where that is a number.
    fn evaluate(&mut self, code: &str) -> Option<f64> {
        let request = request(code);
        let at = self.buffer.call(&mut self.store, request.len() as u32).expect("a buffer");
        self.memory.write(&mut self.store, at as usize, &request).expect("room");
        let at = self.run.call(&mut self.store, request.len() as u32).expect("an outcome") as usize;
        let data = self.memory.data(&self.store);
        let word = |i: usize| u32::from_le_bytes(data[at + i * 4..][..4].try_into().expect("four bytes")) as usize;
        let (status, value) = (word(0), &data[word(1)..][..word(2)]);
        assert_eq!(status, 0, "{}", String::from_utf8_lossy(value));
        let eight = || value[1..9].try_into().expect("eight bytes");
        match value[0] {
            3 => Some(i64::from_le_bytes(eight()) as f64),
            5 => Some(f64::from_le_bytes(eight())),
            _ => None,
        }
    }
}

fn function(instance: &Instance, store: &mut Store<()>, name: &str) -> TypedFunc<u32, u32> {
    instance.get_typed_func(store, name).expect("a function of the pack")
}

/// WASI's ENOSYS.
const NO_SUCH_CALL: i32 = 52;

fn stub_imports(linker: &mut Linker<()>, module: &Module) {
    for import in module.imports() {
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        let Some(ty) = import.ty().func().cloned() else { continue };
        let wasi = from.starts_with("wasi");
        let (called, results) = (name.clone(), ty.clone());
        let stub = move |mut caller: Caller<'_, ()>, args: &[Val], out: &mut [Val]| {
            for (slot, ty) in out.iter_mut().zip(results.results()) {
                *slot = Val::default_for_ty(&ty).expect("a number");
            }
            match (called.as_str(), args) {
                ("clock_time_get" | "clock_res_get", [.., at]) if wasi => put(&mut caller, at, &moment()),
                ("random_get", [at, length]) if wasi => {
                    put(&mut caller, at, &vec![7; length.i32().unwrap_or(0) as usize])
                }
                _ if wasi && !out.is_empty() => out[0] = Val::I32(NO_SUCH_CALL),
                _ => {}
            }
            Ok(())
        };
        linker.func_new(&from, &name, ty, stub).expect("an import");
    }
}

fn put(caller: &mut Caller<'_, ()>, at: &Val, bytes: &[u8]) {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else { return };
    memory.write(caller, at.i32().unwrap_or(0) as u32 as usize, bytes).expect("inside of the memory");
}

fn moment() -> [u8; 8] {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    (now.as_nanos() as u64).to_le_bytes()
}

/// A request as core/packs/javascript/README.md lays it out.
fn request(code: &str) -> Vec<u8> {
    let text = |tag: u8, bytes: &[u8]| [&[tag], &(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
    let string = |s: &str| text(6, s.as_bytes());
    let int = |n: i64| [&[3], &n.to_le_bytes()[..]].concat();
    let empty = |tag: u8| vec![tag, 0, 0, 0, 0];
    let entries = [
        ("op", string("run")),
        ("code", string(code)),
        ("file", string("main")),
        ("inputs", empty(9)),
        ("seed", text(7, &[7; 32])),
        ("stack", int(STACK as i64)),
        ("maxDepth", int(64)),
        ("maxBytes", int(1 << 20)),
        ("host", empty(8)),
        ("env", empty(9)),
        ("argv", empty(8)),
    ];
    let head = [&[9], &(entries.len() as u32).to_le_bytes()[..]].concat();
    entries.iter().fold(head, |mut all, (key, value)| {
        all.extend(string(key));
        all.extend(value);
        all
    })
}
