//! From bytes to a module that can be instantiated: caps, cache in memory, cache on disk, compiler, linker.

use super::{DiskCache, Export, ModuleKind, Shape, caps};
use crate::cancel::CancelToken;
use crate::engine::{EngineKey, EngineSet, Engines};
use crate::lock::Mutex;
use crate::store::StoreData;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Policy, Result};
use wasmtime::{InstancePre, Module};

/// Modules kept compiled in memory; the one unused longest goes first.
const KEPT: usize = 256;

/// SHA-256 of a module's bytes.
pub(crate) type ModuleDigest = [u8; 32];

/// A module ready to be instantiated in stores of `set`'s engine.
pub(crate) struct Loaded {
    pub(crate) set: Arc<EngineSet>,
    pub(crate) kind: ModuleKind,
    pub(crate) exports: Vec<Export>,
    pub(crate) pre: InstancePre<StoreData>,
    /// What it declares, to be held against each policy it is loaded under.
    shape: Shape,
}

impl Loaded {
    /// Whether the export ends by itself within microseconds, whatever it is given.
    pub(crate) fn is_brief(&self, name: &str) -> bool {
        let place = self.exports.iter().position(|export| export.name == name);
        place.is_some_and(|place| self.shape.brief.binary_search(&(place as u32)).is_ok())
    }
}

/// Names a compiled module: its bytes, its engine, and the host functions that its imports were linked to.
type Key = (ModuleDigest, EngineKey, Vec<String>);

/// Compiles each module once per engine variant and process, and once per machine.
pub(crate) struct Loader {
    engines: Arc<Engines>,
    disk: Option<DiskCache>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    modules: HashMap<Key, (u64, Arc<Loaded>)>,
    clock: u64,
}

impl Loader {
    pub(crate) fn new(engines: Arc<Engines>, disk: Option<DiskCache>) -> Loader {
        Loader { engines, disk, kept: Mutex::default() }
    }

    /// Loads a module under a policy; `functions` are the names of the host's own functions.
    pub(crate) fn load(
        &self,
        bytes: &[u8],
        policy: &Policy,
        functions: &[String],
        cancel: &CancelToken,
    ) -> Result<Arc<Loaded>> {
        let limits = &policy.limits;
        caps::check_size(bytes, limits)?;
        let kind_stack = wasm_sandbox_policy::StackClass::Medium;
        let key: Key = (Sha256::digest(bytes).into(), EngineKey::of(policy, kind_stack), functions.to_vec());
        // Caps and minimums depend on the policy, so they are checked even when the module is at hand.
        if let Some(loaded) = self.kept(&key) {
            caps::check_minimums(&loaded.shape, limits)?;
            return Ok(loaded);
        }
        let shape = caps::check_caps(bytes, limits)?;
        let set = self.engines.get(key.1)?;
        let module = self.compile(&set, &key.0, bytes, limits, cancel)?;
        self.link(set, &module, shape, key)
    }

    /// Links a compiled module and keeps it.
    pub(crate) fn link(&self, set: Arc<EngineSet>, module: &Module, shape: Shape, key: Key) -> Result<Arc<Loaded>> {
        let kind = ModuleKind::of(module);
        let pre = if crate::host::needs_own_linker(module, &key.2) {
            crate::host::linker_for(&set.engine, module, &key.2)?.instantiate_pre(module)
        } else {
            set.linker.instantiate_pre(module)
        };
        let pre = pre.map_err(|error| super::describe::link_error(module, &error))?;
        let loaded = Arc::new(Loaded { set, kind, exports: super::describe::exports(module), pre, shape });
        let mut kept = self.kept.lock();
        kept.clock += 1;
        let clock = kept.clock;
        if kept.modules.len() >= KEPT
            && let Some(oldest) = kept.modules.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone())
        {
            kept.modules.remove(&oldest);
        }
        kept.modules.insert(key, (clock, loaded.clone()));
        Ok(loaded)
    }

    fn kept(&self, key: &Key) -> Option<Arc<Loaded>> {
        let mut kept = self.kept.lock();
        kept.clock += 1;
        let clock = kept.clock;
        let (used, loaded) = kept.modules.get_mut(key)?;
        *used = clock;
        Some(loaded.clone())
    }

    /// The module from disk, or compiled now and written there.
    fn compile(
        &self,
        set: &Arc<EngineSet>,
        digest: &ModuleDigest,
        bytes: &[u8],
        limits: &Limits,
        cancel: &CancelToken,
    ) -> Result<Module> {
        if let Some(module) = self.disk.as_ref().and_then(|disk| disk.open(&set.engine, digest)) {
            return Ok(module);
        }
        super::code::check_code(bytes)?;
        let module = compile_within(set, bytes, limits, cancel)?;
        if let Some(disk) = &self.disk
            && let Err(error) = disk.store(&set.engine, digest, &module)
        {
            tracing::debug!(%error, "the compiled module was not cached");
        }
        Ok(module)
    }

    pub(crate) fn disk(&self) -> Option<&DiskCache> {
        self.disk.as_ref()
    }

    pub(crate) fn engines(&self) -> &Engines {
        &self.engines
    }
}

/// How often somebody who waits for the compiler looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(10);

/// Compiles on a thread of its own. A compiler cannot be stopped: when the time is up or the caller changes its mind,
/// the caller gets its error and the thread ends by itself, which the caps on function sizes keep short.
fn compile_within(set: &Arc<EngineSet>, bytes: &[u8], limits: &Limits, cancel: &CancelToken) -> Result<Module> {
    let (send, receive) = sync_channel(1);
    let (engine, owned) = (set.engine.clone(), bytes.to_vec());
    let work = move || drop(send.send(Module::from_binary(&engine, &owned)));
    let thread = std::thread::Builder::new().name("wasm-sandbox-compile".into()).stack_size(8 << 20).spawn(work);
    thread.map_err(|error| Error::new(ErrorCode::Internal, format_args!("no thread to compile on: {error}")))?;
    let limit = limits.compile_time_ms;
    let until = Instant::now() + Duration::from_millis(limit);
    let outcome = loop {
        cancel.check()?;
        match receive.recv_timeout(until.saturating_duration_since(Instant::now()).min(LOOK)) {
            Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
            outcome => break outcome,
        }
    };
    match outcome {
        Ok(Ok(module)) => Ok(module),
        Ok(Err(error)) => Err(refused(&format!("{error:#}"))),
        Err(RecvTimeoutError::Timeout) => {
            let why = format_args!("compiling took longer than {limit} ms (compileTimeMs)");
            Err(Error::limit(ErrorCode::ModuleLimit, "compileTimeMs", limit, limit, why))
        }
        Err(RecvTimeoutError::Disconnected) => {
            Err(Error::new(ErrorCode::InvalidModule, "the compiler failed on this module"))
        }
    }
}

/// Valid modules can still be too large for the engine's instance slots.
fn refused(why: &str) -> Error {
    if why.contains("pooling allocator requirements") {
        return Error::new(
            ErrorCode::ModuleLimit,
            format_args!("the module does not fit the engine's instance slots: {why}"),
        )
        .with("field", "engine");
    }
    Error::new(ErrorCode::InvalidModule, why)
}
