//! How JavaScript enters: every call is guarded against panics, and what goes wrong is thrown or rejected with.
//!
//! An error of ours is a plain `Error` with all that is in it as its property `sandboxError`; what the caller's own code threw stays as it is.

use crate::js::{Js, Outcome, Thrown, Val};
use crate::local::{self, Local, Pending, defect};
use napi::bindgen_prelude::Unknown;
use napi::{Env, Status};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does `work` now.
pub(crate) fn entry<'e>(
    env: &'e Env,
    work: impl FnOnce(Js<'e>, &Local) -> Outcome<Val<'e>>,
) -> napi::Result<Unknown<'e>> {
    let js = Js::of(env);
    let done = catch_unwind(AssertUnwindSafe(|| work(js, &*local::here(js)?)));
    done.unwrap_or_else(|_| Err(defect())).map(|value| js.unknown(value)).map_err(|thrown| {
        js.throw(thrown);
        // The exception is pending; this status says so to napi's generated code.
        napi::Error::from_status(Status::PendingException)
    })
}

/// Starts work that settles a promise. What `prepare` cannot read is rejected with, not thrown.
pub(crate) fn promised<'e, Go: FnOnce(Pending)>(
    env: &'e Env,
    prepare: impl FnOnce(Js<'e>, &Local) -> Outcome<Go>,
) -> napi::Result<Unknown<'e>> {
    entry(env, |js, local| {
        let (pending, promise) = local.promise(js)?;
        match catch_unwind(AssertUnwindSafe(|| prepare(js, local))).unwrap_or_else(|_| Err(defect())) {
            Ok(go) => {
                go(pending);
                local.look_out(js);
            }
            Err(thrown) => pending.fail(js, local, thrown),
        }
        Ok(promise)
    })
}

/// The value of a result of the bridge.
pub(crate) fn value_of<T>(outcome: Result<T, wasm_sandbox_bridge::policy::Error>) -> Outcome<T> {
    outcome.map_err(Thrown::from)
}
