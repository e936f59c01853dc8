//! The class `KvStore`: the host's side of a key-value store. Every method answers at once.

use crate::entry::{entry, value_of};
use crate::from_js;
use crate::js::Val;
use crate::request::text;
use crate::to_js;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use wasm_sandbox_bridge::policy::Value;
use wasm_sandbox_bridge::{Bridge, KvStore};

type Given<'e> = Unknown<'e>;
type Answer<'e> = napi::Result<Unknown<'e>>;

#[napi(js_name = "KvStore")]
pub struct JsKvStore {
    store: KvStore,
}

/// The store of a namespace.
#[napi(js_name = "kvStore")]
pub fn kv_store<'e>(env: &'e Env, namespace: Given<'e>) -> Answer<'e> {
    entry(env, |js, _| {
        let namespace = text(js, Val::of(&namespace), "$.namespace")?;
        js.instance(JsKvStore { store: value_of(Bridge::process().and_then(|bridge| bridge.kv(&namespace)))? })
    })
}

#[napi]
impl JsKvStore {
    /// The value in an array, or an empty one.
    #[napi]
    pub fn get<'e>(&self, env: &'e Env, key: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let found = value_of(self.store.get(&text(js, Val::of(&key), "$.key")?))?;
            to_js::value(js, local, &Value::List(found.into_iter().collect()))
        })
    }

    #[napi]
    pub fn set<'e>(&self, env: &'e Env, key: Given<'e>, value: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let key = text(js, Val::of(&key), "$.key")?;
            value_of(self.store.set(&key, &from_js::value(js, local, Val::of(&value), "$.value")?))?;
            js.undefined()
        })
    }

    #[napi]
    pub fn delete<'e>(&self, env: &'e Env, key: Given<'e>) -> Answer<'e> {
        entry(env, |js, _| js.make_bool(self.store.delete(&text(js, Val::of(&key), "$.key")?)))
    }

    #[napi]
    pub fn keys<'e>(&self, env: &'e Env, prefix: Given<'e>) -> Answer<'e> {
        entry(env, |js, local| {
            let keys = self.store.keys(&text(js, Val::of(&prefix), "$.prefix")?);
            to_js::list(js, local, &keys.into_iter().map(Value::String).collect::<Vec<_>>())
        })
    }

    #[napi]
    pub fn clear<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, _| {
            self.store.clear();
            js.undefined()
        })
    }

    /// Number of keys, and bytes.
    #[napi]
    pub fn stats<'e>(&self, env: &'e Env) -> Answer<'e> {
        entry(env, |js, local| {
            let (keys, bytes) = self.store.stats();
            to_js::list(js, local, &[Value::Int(keys as i64), Value::Int(bytes as i64)])
        })
    }
}
