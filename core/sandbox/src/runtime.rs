//! `Runtime`: what all sandboxes of a process share: engines, watchdog, module cache, language packs.

use crate::engine::{EngineKey, Engines, Interrupt};
use crate::kv::{KvStore, Stores};
use crate::language::{PackLocation, Packs, allocation_words};
use crate::module::{DiskCache, Loader, Report};
use crate::time::Watchdog;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use wasm_sandbox_policy::{Error, ErrorCode, Policy, Result};

/// Where a runtime finds and keeps things.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// The language packs.
    pub packs: PackLocation,
    /// Folder for compiled modules, private to this user; none: nothing is kept on disk.
    pub cache_dir: Option<PathBuf>,
}

/// Shared by all sandboxes made with it; clones are handles to the same one.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    watchdog: Arc<Watchdog>,
    engines: Arc<Engines>,
    loader: Arc<Loader>,
    packs: Packs,
    kv: Stores,
    cache_problem: Option<String>,
    instances: AtomicU64,
    secret: OnceLock<[u8; 32]>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.packs.stop();
        self.watchdog.stop();
    }
}

impl Runtime {
    /// Starts the watchdog and opens the cache. A cache folder that cannot be used is not an error: modules are
    /// then compiled anew in each process, and `doctor` says why.
    pub fn new(options: RuntimeOptions) -> Result<Runtime> {
        let watchdog = Watchdog::start()
            .map_err(|e| Error::new(ErrorCode::Internal, format_args!("no thread for the watchdog: {e}")))?;
        let engines = Arc::new(Engines::new(watchdog.clone()));
        let (disk, cache_problem) = match options.cache_dir.as_deref().map(DiskCache::open_at) {
            None => (None, Some("no cache folder was given".to_owned())),
            Some(Ok(disk)) => (Some(disk), None),
            Some(Err(error)) => (None, Some(error.to_string())),
        };
        let loader = Arc::new(Loader::new(engines.clone(), disk));
        let packs = Packs::new(options.packs, loader.clone(), watchdog.clone());
        let (instances, secret) = (AtomicU64::new(1), OnceLock::new());
        let kv = Stores::default();
        Ok(Runtime(Arc::new(Inner { watchdog, engines, loader, packs, kv, cache_problem, instances, secret })))
    }

    /// Does a piece of the clearing up that is left behind answers, if there is one that takes no longer than a short
    /// run: for a thread that has nothing to do but to wait for an answer.
    pub fn clear_up(&self) -> bool {
        self.0.packs.help()
    }

    /// What a module is and needs, and why a policy would refuse it. Nothing is compiled or run.
    pub fn verify(&self, bytes: &[u8], policy: &Policy) -> Report {
        crate::module::verify(bytes, policy)
    }

    /// What this machine gives the sandbox, and what it lacks.
    pub fn doctor(&self) -> Doctor {
        let inner = &self.0;
        let standard = inner.engines.get(EngineKey::usual(Interrupt::Epochs));
        let (allocation, allocation_reason) = match &standard {
            Ok(set) => allocation_words(&set.allocation),
            Err(_) => ("none", None),
        };
        let packs = inner.packs.available().into_iter().map(|(language, digest)| PackStatus {
            language: language.name(),
            available: digest.is_ok(),
            digest: digest.as_ref().ok().cloned(),
            problem: digest.err().map(|e| e.message),
        });
        Doctor {
            version: env!("CARGO_PKG_VERSION"),
            platform: env!("SANDBOX_TARGET"),
            engine: standard.as_ref().map_or_else(|e| e.message.clone(), |_| "wasmtime 48".to_owned()),
            allocation,
            allocation_reason: allocation_reason.map(str::to_owned),
            disk_cache: inner.loader.disk().is_some(),
            disk_cache_problem: inner.cache_problem.clone(),
            packs: packs.collect(),
            cores: crate::time::cores(),
        }
    }

    /// The key-value store of a namespace, which guests share whose policies name it.
    pub fn kv(&self, namespace: &str) -> Result<KvStore> {
        self.0.kv.named(namespace)
    }

    pub(crate) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.0.watchdog
    }

    pub(crate) fn loader(&self) -> &Loader {
        &self.0.loader
    }

    pub(crate) fn packs(&self) -> &Packs {
        &self.0.packs
    }

    /// What snapshots are sealed with where the caller gives no key: this installation's own secret, or, where there is
    /// no cache folder to keep one in, one of this process.
    pub(crate) fn snapshot_secret(&self) -> &[u8] {
        match self.0.loader.disk() {
            Some(disk) => disk.key(),
            None => self.0.secret.get_or_init(rand::random),
        }
    }

    pub(crate) fn next_instance_id(&self) -> String {
        format!("sandbox-{}", self.0.instances.fetch_add(1, Ordering::Relaxed))
    }
}

/// A report for people who set a machine up.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Doctor {
    pub version: &'static str,
    pub platform: &'static str,
    pub engine: String,
    /// `pooling`, or `on-demand` with the reason.
    pub allocation: &'static str,
    pub allocation_reason: Option<String>,
    pub disk_cache: bool,
    pub disk_cache_problem: Option<String>,
    pub packs: Vec<PackStatus>,
    pub cores: usize,
}

/// One language pack in the doctor's report.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackStatus {
    pub language: &'static str,
    pub available: bool,
    pub digest: Option<String>,
    pub problem: Option<String>,
}
