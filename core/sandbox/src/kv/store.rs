//! The stores of one runtime. Values are kept encoded; keys and values together count against the quota of whoever
//! writes, and everything against what one process may hold.

use crate::language::{decode, encode};
use crate::lock::Mutex;
use crate::store::Meter;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result, Value};

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 512;
/// What all stores of a runtime hold together at most, whatever policies allow.
const ALL_BYTES: u64 = 256 << 20;
/// Stores that a runtime has at most.
const NAMESPACES: usize = 10_000;
/// What an entry costs besides its key and value.
const ENTRY_BYTES: u64 = 64;

/// All stores, by namespace.
#[derive(Default)]
pub(crate) struct Stores {
    named: Mutex<HashMap<String, KvStore>>,
    total: Arc<AtomicU64>,
}

impl Stores {
    /// The store of this name, made when first asked for. `busy` when there are too many.
    pub(crate) fn named(&self, namespace: &str) -> Result<KvStore> {
        let mut named = self.named.lock();
        if let Some(known) = named.get(namespace) {
            return Ok(known.clone());
        }
        if named.len() >= NAMESPACES {
            // One that is empty and that nobody holds is as good as none.
            named.retain(|_, store| Arc::strong_count(&store.0) > 1 || !store.0.state.lock().entries.is_empty());
        }
        if named.len() >= NAMESPACES {
            let why = format_args!("this process has {NAMESPACES} key-value stores already; clear some");
            return Err(Error::new(ErrorCode::Busy, why).with("limit", NAMESPACES));
        }
        let store = KvStore(Arc::new(Inner { state: Mutex::default(), total: self.total.clone() }));
        named.insert(namespace.to_owned(), store.clone());
        Ok(store)
    }
}

/// A store; clones are the same one.
#[derive(Clone)]
pub struct KvStore(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    total: Arc<AtomicU64>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<String, Arc<[u8]>>,
    bytes: u64,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.total.fetch_sub(self.state.lock().bytes, SeqCst);
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    key.len() as u64 + value.len() as u64
}

/// What may be in a store.
#[derive(Clone, Copy)]
pub(super) struct Quota {
    pub(super) bytes: u64,
    pub(super) keys: u64,
}

/// A refusal of the quota named `field`.
pub(super) fn full(field: &str, limit: u64, wanted: u64) -> Error {
    let why = format_args!("{wanted} wanted, the store has room for {limit} ({field})");
    Error::limit(ErrorCode::FileLimit, field, limit, wanted, why)
}

impl KvStore {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Result<Option<Value>> {
        let Some(bytes) = self.raw(key) else { return Ok(None) };
        let limits = host_limits();
        decode(&bytes, &limits, &mut Meter::new(&limits)).map(|decoded| Some(decoded.value))
    }

    /// Sets it, in place of what was there. Refused where the process has no more room for stores.
    pub fn set(&self, key: &str, value: &Value) -> Result<()> {
        check_key(key)?;
        self.put(key, encode(value, &host_limits())?, Quota { bytes: u64::MAX, keys: u64::MAX })
    }

    /// Whether there was something to be removed.
    pub fn delete(&self, key: &str) -> bool {
        let mut state = self.0.state.lock();
        let Some(value) = state.entries.remove(key) else { return false };
        self.give_back(&mut state, size(key, &value), 1);
        true
    }

    /// Keys that begin with `prefix`, in order.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        let state = self.0.state.lock();
        let from = state.entries.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map(|(key, _)| key).take_while(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// Empties it.
    pub fn clear(&self) {
        let mut state = self.0.state.lock();
        let (bytes, entries) = (state.bytes, state.entries.len() as u64);
        state.entries.clear();
        self.give_back(&mut state, bytes, entries);
    }

    /// Number of keys, and bytes of keys and values.
    pub fn stats(&self) -> (u64, u64) {
        let state = self.0.state.lock();
        (state.entries.len() as u64, state.bytes)
    }

    pub(super) fn raw(&self, key: &str) -> Option<Arc<[u8]>> {
        self.0.state.lock().entries.get(key).cloned()
    }

    /// Bytes of all keys with this prefix, to be paid for before they are listed.
    pub(super) fn key_bytes(&self) -> u64 {
        let state = self.0.state.lock();
        state.entries.keys().map(|key| key.len() as u64 + ENTRY_BYTES).sum()
    }

    /// Sets an encoded value within a quota.
    pub(super) fn put(&self, key: &str, value: Vec<u8>, quota: Quota) -> Result<()> {
        let mut state = self.0.state.lock();
        let before = state.entries.get(key).map(|old| size(key, old));
        let keys = state.entries.len() as u64 + u64::from(before.is_none());
        if before.is_none() && keys > quota.keys {
            return Err(full("capabilities.kv.maxKeys", quota.keys, keys));
        }
        let (old, new) = (before.unwrap_or(0), size(key, &value));
        let wanted = state.bytes - old + new;
        if new > old && wanted > quota.bytes {
            return Err(full("capabilities.kv.maxBytes", quota.bytes, wanted));
        }
        let more = (new + if before.is_none() { ENTRY_BYTES } else { 0 }).saturating_sub(old);
        let total = self.0.total.fetch_add(more, SeqCst) + more;
        if more > 0 && total > ALL_BYTES {
            self.0.total.fetch_sub(more, SeqCst);
            // Not how much there is: others' stores are nobody's business.
            return Err(full("capabilities.kv", ALL_BYTES, ALL_BYTES + 1));
        }
        self.0.total.fetch_sub(old.saturating_sub(new), SeqCst);
        state.bytes = wanted;
        state.entries.insert(key.to_owned(), value.into());
        Ok(())
    }

    fn give_back(&self, state: &mut State, bytes: u64, entries: u64) {
        state.bytes -= bytes;
        self.0.total.fetch_sub(bytes + entries * ENTRY_BYTES, SeqCst);
    }
}

/// The host's own values are limited by the process's room alone.
fn host_limits() -> Limits {
    Limits { value_bytes: ALL_BYTES, memory_bytes: u64::MAX, value_depth: 1_000, ..Limits::default() }
}

/// A key is 1 to 512 bytes of text.
pub(super) fn check_key(key: &str) -> Result<()> {
    if (1..=KEY_BYTES).contains(&key.len()) {
        return Ok(());
    }
    let why = format_args!("a key has 1 to {KEY_BYTES} bytes, this one has {}", key.len());
    Err(Error::new(ErrorCode::InvalidArgument, why).with("path", "$.key"))
}
