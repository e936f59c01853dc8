//! Quotas hold whatever comes, namespaces never see each other, and what is given back can be had again.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::store::{Quota, Stores, full};
use super::{Grant, answer};
use crate::audit::AuditLog;
use crate::store::Meter;
use wasm_sandbox_policy::{ErrorCode, Kv, Limits, Policy, Value};

fn quota(bytes: u64, keys: u64) -> Quota {
    Quota { bytes, keys }
}

#[test]
fn values_are_kept_until_they_are_removed() {
    let stores = Stores::default();
    let (one, other) = (stores.named("one").unwrap(), stores.named("other").unwrap());
    let value = Value::List(vec![Value::Null, Value::from("\u{e9}"), Value::Int(i64::MIN)]);
    one.set("a", &value).unwrap();
    one.set("ab", &Value::Null).unwrap();
    assert_eq!(stores.named("one").unwrap().get("a").unwrap(), Some(value));
    assert_eq!(one.get("ab").unwrap(), Some(Value::Null));
    assert_eq!((one.get("b").unwrap(), other.get("a").unwrap()), (None, None));
    assert_eq!(
        (one.keys(""), one.keys("ab"), one.keys("b")),
        (vec!["a".into(), "ab".into()], vec!["ab".into()], vec![])
    );
    assert!(one.delete("a") && !one.delete("a"));
    one.clear();
    assert_eq!(one.stats(), (0, 0));
}

#[test]
fn quotas_hold_for_new_keys_and_for_larger_values() {
    let store = Stores::default().named("n").unwrap();
    store.put("a", vec![0; 50], quota(100, 2)).unwrap();
    let refused = |outcome: Result<(), wasm_sandbox_policy::Error>| outcome.unwrap_err();
    let error = refused(store.put("b", vec![0; 50], quota(100, 2)));
    assert_eq!((error.code, error.details), (ErrorCode::FileLimit, full("capabilities.kv.maxBytes", 100, 102).details));
    assert_eq!(refused(store.put("a", vec![0; 100], quota(100, 2))).details["used"], 101);
    store.put("b", vec![0; 10], quota(100, 2)).unwrap();
    assert_eq!(refused(store.put("c", vec![], quota(100, 2))).details["field"], "capabilities.kv.maxKeys");
    // Whoever may have less can still shrink what is there.
    store.put("a", vec![0; 20], quota(10, 1)).unwrap();
    assert_eq!(store.stats(), (2, 32));
}

#[test]
fn the_process_has_a_limit_of_its_own() {
    let stores = Stores::default();
    let unlimited = quota(u64::MAX, u64::MAX);
    let mut held = Vec::new();
    let mut refusal = None;
    for n in 0..40 {
        let store = stores.named(&format!("n{n}")).unwrap();
        if let Err(error) = store.put("k", vec![1; 8 << 20], unlimited) {
            refusal = Some(error);
            break;
        }
        held.push(store);
    }
    assert_eq!(held.len(), 31, "of 8 MiB each, in 256");
    assert_eq!(refusal.unwrap().code, ErrorCode::FileLimit);
    held[0].clear();
    held[1].put("k", vec![1; 12 << 20], unlimited).unwrap();
}

#[test]
fn threads_never_exceed_the_quota_together() {
    let store = Stores::default().named("n").unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for i in 0..500 {
                    let _ = store.put(&format!("{thread}-{}", i % 40), vec![0; i % 90], quota(2_000, 30));
                    let (keys, bytes) = store.stats();
                    assert!(keys <= 30 && bytes <= 2_000);
                    if i % 7 == 0 {
                        store.delete(&format!("{thread}-{}", i % 11));
                    }
                }
            });
        }
    });
    let sum: u64 = store.keys("").iter().map(|key| key.len() as u64 + store.raw(key).unwrap().len() as u64).sum();
    assert_eq!(store.stats().1, sum);
}

#[test]
fn hostile_questions_are_refused() {
    let store = Stores::default().named("n").unwrap();
    let rule = Kv { namespace: "n".into(), max_bytes: 1_000, max_keys: 10 };
    let mut grant = Grant::new(store.clone(), &rule);
    let policy = Policy::default();
    let audit = AuditLog::new(&policy, "test".into(), None);
    let mut meter = Meter::new(&policy.limits);
    let mut ask = |grant: Option<&mut Grant>, op: &str, args: &[Value]| {
        answer(grant, &audit, &Limits::default(), &mut meter, op, args).unwrap().map_err(|error| error.kind)
    };
    let text = |n: usize| Value::String("k".repeat(n));
    for (op, args) in [
        ("get", vec![]),
        ("get", vec![Value::Int(1)]),
        ("get", vec![text(0)]),
        ("set", vec![text(513), Value::Null]),
        ("keys", vec![Value::Bool(true)]),
        ("steal", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(ask(Some(&mut grant), op, &args), Err("TypeError".to_owned()), "{op}");
    }
    assert_eq!(ask(Some(&mut grant), "set", &[text(1), text(2_000)]), Err("QuotaExceededError".to_owned()));
    assert_eq!(ask(None, "get", &[text(1)]), Err("AccessDenied".to_owned()));
    assert_eq!(store.stats(), (0, 0));
    assert_eq!(meter.used(), 0);
}
