//! Tests of the WASI functions through a module that passes each of them on, with the memory in the test's hands.

mod clocks;
mod descriptors;
mod hostile;
mod io;
mod paths;
mod poll;
mod random;
mod stdin;

use super::*;
use crate::files::Errno;
use crate::store::{StoreData, new_store};
use crate::time::{Budget, Slot, Watchdog};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use wasm_sandbox_policy::{Error, Policy};
use wasmtime::{Config, Engine, Instance, InstancePre, Linker, Memory, Module, Store, Val};

/// Every function with its parameters: `w` is an i32, `d` an i64. All but `proc_exit` return an i32.
const SIGNATURES: &[(&str, &str)] = &[
    ("args_get", "ww"),
    ("args_sizes_get", "ww"),
    ("environ_get", "ww"),
    ("environ_sizes_get", "ww"),
    ("clock_res_get", "ww"),
    ("clock_time_get", "wdw"),
    ("fd_advise", "wddw"),
    ("fd_allocate", "wdd"),
    ("fd_close", "w"),
    ("fd_datasync", "w"),
    ("fd_fdstat_get", "ww"),
    ("fd_fdstat_set_flags", "ww"),
    ("fd_fdstat_set_rights", "wdd"),
    ("fd_filestat_get", "ww"),
    ("fd_filestat_set_size", "wd"),
    ("fd_filestat_set_times", "wddw"),
    ("fd_pread", "wwwdw"),
    ("fd_prestat_get", "ww"),
    ("fd_prestat_dir_name", "www"),
    ("fd_pwrite", "wwwdw"),
    ("fd_read", "wwww"),
    ("fd_readdir", "wwwdw"),
    ("fd_renumber", "ww"),
    ("fd_seek", "wdww"),
    ("fd_sync", "w"),
    ("fd_tell", "ww"),
    ("fd_write", "wwww"),
    ("path_create_directory", "www"),
    ("path_filestat_get", "wwwww"),
    ("path_filestat_set_times", "wwwwddw"),
    ("path_link", "wwwwwww"),
    ("path_open", "wwwwwddww"),
    ("path_readlink", "wwwwww"),
    ("path_remove_directory", "www"),
    ("path_rename", "wwwwww"),
    ("path_symlink", "wwwww"),
    ("path_unlink_file", "www"),
    ("poll_oneoff", "wwww"),
    ("proc_exit", "w"),
    ("proc_raise", "w"),
    ("sched_yield", ""),
    ("random_get", "ww"),
    ("sock_accept", "www"),
    ("sock_recv", "wwwwww"),
    ("sock_send", "wwwww"),
    ("sock_shutdown", "ww"),
];

/// Bytes of the test guest's memory.
const MEMORY: u32 = 4 << 16;
/// Where paths are put; everything below is free for results.
const TEXT: u32 = 0x8000;
const TEXT2: u32 = 0xA000;
const READ: u64 = types::rights::FD_READ;
const WRITE: u64 = types::rights::FD_WRITE;
const BOTH: u64 = READ | WRITE;
const CREATE: u32 = types::oflags::CREATE;

struct Shared {
    watchdog: Arc<Watchdog>,
    pre: InstancePre<StoreData>,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let engine = Engine::new(Config::new().epoch_interruption(true)).unwrap();
        let watchdog = Watchdog::start().unwrap();
        watchdog.add_engine(&engine);
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker).unwrap();
        let module = Module::from_binary(&engine, &wat::parse_str(proxy()).unwrap()).unwrap();
        Shared { watchdog, pre: linker.instantiate_pre(&module).unwrap() }
    })
}

/// The module: imports of exactly these types, and an export for each that calls it.
fn proxy() -> String {
    let (mut imports, mut exports) = (String::new(), String::new());
    for (name, parameters) in SIGNATURES {
        let types: String = parameters.chars().map(|c| if c == 'w' { " i32" } else { " i64" }).collect();
        let result = if *name == "proc_exit" { "" } else { "(result i32)" };
        imports += &format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} (param{types}) {result}))\n");
        let gets: String = (0..parameters.len()).map(|n| format!("(local.get {n})")).collect();
        exports += &format!("(func (export \"{name}\") (param{types}) {result} (call ${name} {gets}))\n");
    }
    format!("(module {imports} (memory (export \"memory\") 4) {exports})")
}

/// What a test guest begins with.
#[derive(Default)]
struct Setup {
    policy: Policy,
    argv: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Stdin,
    files: BTreeMap<String, Vec<u8>>,
    wall_ms: Option<u64>,
}

/// An instance of the module with its memory.
struct Guest {
    store: Store<StoreData>,
    instance: Instance,
    memory: Memory,
    slot: Arc<Slot>,
}

/// The error of a call: a number, or the end of the run.
#[derive(Debug)]
enum Stopped {
    Errno(u16),
    End(wasmtime::Error),
}

impl Stopped {
    fn policy_error(self) -> Error {
        match self {
            Stopped::End(error) => error.downcast().unwrap(),
            Stopped::Errno(errno) => panic!("errno {errno}"),
        }
    }
}

impl PartialEq<Errno> for Stopped {
    fn eq(&self, errno: &Errno) -> bool {
        matches!(self, Stopped::Errno(n) if *n == *errno as u16)
    }
}

impl Setup {
    fn guest(self) -> Guest {
        let shared = shared();
        let slot = Slot::new(&shared.watchdog);
        let mut data = StoreData::bare(Arc::new(self.policy), slot.clone()).unwrap();
        let capabilities = data.policy.capabilities.clone();
        let options = WasiOptions {
            argv: self.argv,
            env: self.env,
            stdin: self.stdin,
            clock: capabilities.clock,
            random: capabilities.random,
            shared: None,
        };
        data.wasi = Wasi::new(options, &self.files, &data.policy.limits, &mut data.meter).unwrap();
        slot.arm(Budget { wall_ms: self.wall_ms, cpu_ms: None });
        let mut store = new_store(shared.pre.module().engine(), data);
        let instance = shared.pre.instantiate(&mut store).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        Guest { store, instance, memory, slot }
    }
}

/// A guest of the default policy.
fn guest() -> Guest {
    Setup::default().guest()
}

impl Guest {
    /// Calls a function; numbers are taken as the type that the parameter has.
    fn call(&mut self, name: &str, args: &[i64]) -> Result<(), Stopped> {
        let (_, parameters) = SIGNATURES.iter().find(|(n, _)| *n == name).unwrap();
        assert_eq!(args.len(), parameters.len(), "{name}");
        let values = args.iter().zip(parameters.chars());
        let values: Vec<Val> = values.map(|(n, c)| if c == 'w' { Val::I32(*n as i32) } else { Val::I64(*n) }).collect();
        let function = self.instance.get_func(&mut self.store, name).unwrap();
        let mut results = vec![Val::I32(0); usize::from(name != "proc_exit")];
        function.call(&mut self.store, &values, &mut results).map_err(Stopped::End)?;
        match results.first().map_or(0, |r| r.unwrap_i32()) {
            0 => Ok(()),
            errno => Err(Stopped::Errno(errno as u16)),
        }
    }

    fn data(&mut self) -> &mut StoreData {
        self.store.data_mut()
    }

    fn put(&mut self, at: u32, bytes: &[u8]) -> [i64; 2] {
        self.memory.write(&mut self.store, at as usize, bytes).unwrap();
        [i64::from(at), bytes.len() as i64]
    }

    fn bytes(&self, at: u32, len: u32) -> Vec<u8> {
        self.memory.data(&self.store)[at as usize..(at + len) as usize].to_vec()
    }

    fn u32(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    fn u64(&self, at: u32) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    /// Writes an array of buffers at `at`; its address and length.
    fn buffers(&mut self, at: u32, buffers: &[(u32, u32)]) -> [i64; 2] {
        let bytes: Vec<u8> =
            buffers.iter().flat_map(|(ptr, len)| [ptr.to_le_bytes(), len.to_le_bytes()].concat()).collect();
        self.put(at, &bytes);
        [i64::from(at), buffers.len() as i64]
    }

    fn open_at(&mut self, dir: u32, path: &str, how: u32, rights: u64, flags: u16) -> Result<u32, Stopped> {
        let [at, len] = self.put(TEXT, path.as_bytes());
        self.call("path_open", &[dir.into(), 1, at, len, how.into(), rights as i64, rights as i64, flags.into(), 0])?;
        Ok(self.u32(0))
    }

    /// Opens below `/`, following links.
    fn open(&mut self, path: &str, how: u32, rights: u64) -> Result<u32, Stopped> {
        self.open_at(3, path, how, rights, 0)
    }

    /// A function that takes a descriptor and a path.
    fn path(&mut self, name: &str, path: &str) -> Result<(), Stopped> {
        let [at, len] = self.put(TEXT, path.as_bytes());
        self.call(name, &[3, at, len])
    }

    /// Writes through one buffer; how much was taken.
    fn write(&mut self, fd: u32, bytes: &[u8]) -> Result<u32, Stopped> {
        let [at, len] = self.put(0x1000, bytes);
        let [array, count] = self.buffers(0x100, &[(at as u32, len as u32)]);
        self.call("fd_write", &[fd.into(), array, count, 0])?;
        Ok(self.u32(0))
    }

    /// Reads through one buffer of `len` bytes.
    fn read(&mut self, fd: u32, len: u32) -> Result<Vec<u8>, Stopped> {
        let [array, count] = self.buffers(0x100, &[(0x1000, len)]);
        self.call("fd_read", &[fd.into(), array, count, 0])?;
        Ok(self.bytes(0x1000, self.u32(0)))
    }

    fn close(&mut self, fd: u32) -> Result<(), Stopped> {
        self.call("fd_close", &[fd.into()])
    }

    /// Size by `fd_filestat_get`.
    fn size(&mut self, fd: u32) -> u64 {
        self.call("fd_filestat_get", &[fd.into(), 0x40]).unwrap();
        self.u64(0x40 + 32)
    }
}

/// Instantiating the proxy proves each type; this proves that no function is missing from it.
#[test]
fn all_functions_are_there() {
    assert_eq!(SIGNATURES.len(), 46);
    guest();
}
