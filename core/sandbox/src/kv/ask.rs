//! What guests ask of their store: `kv.get`, `kv.set`, `kv.delete`, `kv.has`, `kv.keys`, `kv.clear`, `kv.length`, which
//! language packs call as host functions of these names. Denied without the policy's grant.

use super::store::{KvStore, Quota, check_key};
use crate::audit::AuditLog;
use crate::host::HostError;
use crate::language::{decode, encode};
use crate::store::Meter;
use wasm_sandbox_policy::{AuditOutcome, Details, Error, ErrorCode, Kv, Limits, Result, Value};

/// Host functions whose names begin like this are the store's.
pub(crate) const PREFIX: &str = "kv.";

/// What a policy grants of a store.
#[derive(Clone)]
pub(crate) struct Grant {
    store: KvStore,
    namespace: String,
    quota: Quota,
    /// What the quota refused last. An uncaught error of the guest's is this one, not what the guest says it is.
    refusal: Option<Error>,
    /// Whether its use is in the audit log already.
    noted: bool,
}

impl Grant {
    pub(crate) fn new(store: KvStore, rule: &Kv) -> Grant {
        let quota = Quota { bytes: rule.max_bytes, keys: rule.max_keys };
        Grant { store, namespace: rule.namespace.clone(), quota, refusal: None, noted: false }
    }

    pub(crate) fn refusal(&self) -> Option<&Error> {
        self.refusal.as_ref()
    }
}

/// The encoded answer, or what the guest raises. An `Err` ends the run.
pub(crate) fn answer(
    grant: Option<&mut Grant>,
    audit: &AuditLog,
    limits: &Limits,
    meter: &mut Meter,
    op: &str,
    args: &[Value],
) -> Result<std::result::Result<Vec<u8>, HostError>> {
    let Some(grant) = grant else {
        audit.access("kv", op, "capabilities.kv", AuditOutcome::Denied);
        return Ok(Err(denied(op)));
    };
    // A loop over the store is one decision.
    if !std::mem::replace(&mut grant.noted, true) {
        audit.access("kv", &grant.namespace, "capabilities.kv", AuditOutcome::Allowed);
    }
    match perform(grant, limits, meter, op, args) {
        Ok(bytes) => Ok(Ok(bytes)),
        Err(error) => match error.code {
            ErrorCode::FileLimit => {
                grant.refusal = Some(error.clone());
                Ok(Err(refused("QuotaExceededError", error)))
            }
            ErrorCode::InvalidArgument => Ok(Err(refused("TypeError", error))),
            // Memory, or a value limit.
            _ => Err(error),
        },
    }
}

fn perform(grant: &Grant, limits: &Limits, meter: &mut Meter, op: &str, args: &[Value]) -> Result<Vec<u8>> {
    let store = &grant.store;
    match op {
        // What is there stands in a list, so that it differs from null. Who wrote it may have had wider limits.
        "get" => {
            let mut found = Vec::new();
            if let Some(bytes) = store.raw(key(args)?) {
                let decoded = decode(&bytes, limits, meter)?;
                meter.release(decoded.charged);
                found.push(decoded.value);
            }
            encode(&Value::List(found), &Limits { value_depth: limits.value_depth + 1, ..limits.clone() })
        }
        "set" => {
            let value = args.get(1).unwrap_or(&Value::Null);
            store.put(key(args)?, encode(value, limits)?, grant.quota)?;
            encode(&Value::Null, limits)
        }
        "has" => encode(&Value::Bool(store.raw(key(args)?).is_some()), limits),
        "delete" => encode(&Value::Bool(store.delete(key(args)?)), limits),
        "keys" => {
            let prefix = match args.first() {
                None | Some(Value::Null) => "",
                Some(Value::String(prefix)) => prefix,
                Some(_) => return Err(wrong("a prefix has to be a string")),
            };
            let bytes = store.key_bytes();
            meter.charge(bytes)?;
            let keys = Value::List(store.keys(prefix).into_iter().map(Value::String).collect());
            let encoded = encode(&keys, limits);
            meter.release(bytes);
            encoded
        }
        "clear" => {
            store.clear();
            encode(&Value::Null, limits)
        }
        "length" => encode(&Value::Int(store.stats().0 as i64), limits),
        _ => Err(wrong("the key-value store has no such function")),
    }
}

fn key(args: &[Value]) -> Result<&str> {
    match args.first() {
        Some(Value::String(key)) => check_key(key).map(|()| key.as_str()),
        _ => Err(wrong("a key has to be a string")),
    }
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, why)
}

fn refused(kind: &str, error: Error) -> HostError {
    let code = (error.code == ErrorCode::FileLimit).then_some(error.code);
    HostError { kind: kind.to_owned(), message: error.message, code, details: error.details }
}

fn denied(op: &str) -> HostError {
    let message =
        "Access denied: the policy grants no key-value store; add capabilities.kv with a namespace to allow it";
    let mut details = Details::new();
    for (name, value) in [("capability", "kv"), ("target", op), ("rule", "capabilities.kv")] {
        details.insert(name.into(), value.into());
    }
    HostError { kind: "AccessDenied".into(), message: message.into(), code: Some(ErrorCode::AccessDenied), details }
}
