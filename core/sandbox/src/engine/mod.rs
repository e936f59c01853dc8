//! Engine variants: one wasmtime engine per kind and stack class, made when first needed.
//!
//! Each carries its own linker with everything that guests may import; nothing here knows a sandbox.

mod config;

use crate::lock::Mutex;
use crate::store::StoreData;
use crate::time::Watchdog;
use std::collections::HashMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Clock, Error, ErrorCode, Policy, Random, Result, StackClass};
use wasmtime::{Engine, Linker};

pub(crate) use config::features;

/// What an engine is for; wasmtime fixes these choices per engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EngineKind {
    /// Without fuel.
    Standard,
    /// With fuel.
    Metered,
    /// As metered, with canonical NaNs and deterministic relaxed SIMD.
    Deterministic,
}

/// How a run of the engine's code is made to ask whether it may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Interrupt {
    /// The compiler puts a test of the epoch at every loop and function: for code that others wrote.
    Epochs,
    /// The code looks at a page that can be taken away: for packs, whose code we prepare (`language/polls.rs`).
    Polls,
}

impl Interrupt {
    /// Packs' own on this platform. Elsewhere faults cannot be answered the same way.
    pub(crate) const PACKS: Interrupt = if cfg!(unix) { Interrupt::Polls } else { Interrupt::Epochs };
}

/// Names one engine variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EngineKey {
    pub(crate) kind: EngineKind,
    pub(crate) stack: StackClass,
    pub(crate) interrupt: Interrupt,
}

impl EngineKey {
    /// The variant that a policy needs; `default_stack` is the kind of source's own wish.
    pub(crate) fn of(policy: &Policy, default_stack: StackClass) -> EngineKey {
        let frozen = matches!(policy.capabilities.clock, Clock::Frozen(_));
        let seeded = matches!(policy.capabilities.random, Random::Seed(_));
        let kind = match (frozen && seeded, policy.limits.fuel) {
            (true, _) => EngineKind::Deterministic,
            (false, Some(_)) => EngineKind::Metered,
            (false, None) => EngineKind::Standard,
        };
        let stack = policy.limits.stack.unwrap_or(default_stack);
        EngineKey { kind, stack, interrupt: Interrupt::Epochs }
    }

    /// The variant of most modules and, with another `interrupt`, of most sessions.
    pub(crate) const fn usual(interrupt: Interrupt) -> EngineKey {
        EngineKey { kind: EngineKind::Standard, stack: StackClass::Medium, interrupt }
    }

    /// Whether instances have memories of ours (`state/origin.rs`), and packs no image in their modules.
    pub(crate) fn own_memories(self) -> bool {
        cfg!(target_os = "linux") && self.interrupt == Interrupt::Polls
    }

    pub(crate) fn metered(self) -> bool {
        self.kind != EngineKind::Standard
    }
}

/// How an engine gets memory for instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allocation {
    /// Reserved slots with copy-on-write images.
    Pooling,
    /// Memories of ours, one per instance, for packs.
    Own,
    /// A mapping per instance, because the pool could not be had.
    OnDemand { reason: String },
}

/// One engine with its linker.
pub(crate) struct EngineSet {
    pub(crate) key: EngineKey,
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<StoreData>,
    pub(crate) allocation: Allocation,
}

/// All engine variants of one runtime.
pub(crate) struct Engines {
    watchdog: Arc<Watchdog>,
    sets: Mutex<HashMap<EngineKey, Arc<EngineSet>>>,
}

impl Engines {
    pub(crate) fn new(watchdog: Arc<Watchdog>) -> Engines {
        Engines { watchdog, sets: Mutex::default() }
    }

    /// The variant `key`, made now if it was not needed before.
    pub(crate) fn get(&self, key: EngineKey) -> Result<Arc<EngineSet>> {
        let mut sets = self.sets.lock();
        if let Some(set) = sets.get(&key) {
            return Ok(set.clone());
        }
        let set = Arc::new(EngineSet::new(key)?);
        if key.interrupt == Interrupt::Epochs {
            self.watchdog.add_engine(&set.engine);
        }
        sets.insert(key, set.clone());
        Ok(set)
    }
}

impl EngineSet {
    fn new(key: EngineKey) -> Result<EngineSet> {
        let (engine, allocation) = if key.own_memories() {
            (Engine::new(&config::config(key, false)).map_err(internal)?, Allocation::Own)
        } else {
            match Engine::new(&config::config(key, true)) {
                Ok(engine) => (engine, Allocation::Pooling),
                Err(pooling) => {
                    let engine = Engine::new(&config::config(key, false)).map_err(internal)?;
                    (engine, Allocation::OnDemand { reason: format!("{pooling:#}") })
                }
            }
        };
        crate::time::fault::remember();
        let mut linker = Linker::new(&engine);
        crate::host::add_to_linker(&mut linker).map_err(internal)?;
        Ok(EngineSet { key, engine, linker, allocation })
    }
}

fn internal(error: wasmtime::Error) -> Error {
    Error::new(ErrorCode::Internal, format_args!("the wasm engine could not be set up: {error:#}"))
}

/// An engine whose native code runs on every processor of this platform, for packs that are shipped.
pub(crate) fn baseline() -> Result<Engine> {
    let mut config = config::config(EngineKey::usual(Interrupt::PACKS), false);
    config.target(config::TRIPLE).map_err(internal)?;
    Engine::new(&config).map_err(internal)
}
