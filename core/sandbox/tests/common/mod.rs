//! What the integration tests share: a runtime, sandboxes from text, host functions from closures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::Arc;
use wasm_sandbox_core::policy::{Error, Policy, Value};
use wasm_sandbox_core::{
    CallOptions, CancelToken, HostCall, HostFunctions, HostReply, PackLocation, Runtime, RuntimeOptions, Sandbox,
    SandboxOptions, Source,
};

pub fn runtime() -> Runtime {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs");
    Runtime::new(RuntimeOptions { packs: PackLocation::Folder(packs), cache_dir: None }).unwrap()
}

pub fn policy() -> Policy {
    Policy::default()
}

/// A sandbox of a module in text form, under the strict policy as changed.
pub fn open(text: &str, change: impl FnOnce(&mut Policy)) -> Sandbox {
    open_with(text, change, |_| {}).unwrap()
}

pub fn open_with(
    text: &str,
    change: impl FnOnce(&mut Policy),
    options: impl FnOnce(&mut SandboxOptions),
) -> Result<Sandbox, Error> {
    open_in(&runtime(), text, change, options)
}

pub fn open_in(
    runtime: &Runtime,
    text: &str,
    change: impl FnOnce(&mut Policy),
    options: impl FnOnce(&mut SandboxOptions),
) -> Result<Sandbox, Error> {
    let mut policy = Policy::default();
    change(&mut policy);
    let mut given = SandboxOptions::new(Source::Wasm(wat::parse_str(text).unwrap().into()), policy);
    options(&mut given);
    Sandbox::open(runtime, given, &CancelToken::default())
}

pub fn call(sandbox: &mut Sandbox, name: &str, args: &[Value]) -> Result<Value, Error> {
    sandbox.call(name, args, &CallOptions::default()).map(|result| result.value)
}

/// One host function, as a closure.
pub struct Functions<F>(String, F);

impl<F: Fn(HostCall) -> HostReply + Send + Sync + 'static> Functions<F> {
    #[allow(clippy::new_ret_no_self, reason = "callers want the trait object")]
    pub fn new(name: &str, function: F) -> Arc<dyn HostFunctions> {
        Arc::new(Functions(name.to_owned(), function))
    }
}

impl<F: Fn(HostCall) -> HostReply + Send + Sync> HostFunctions for Functions<F> {
    fn names(&self) -> Vec<String> {
        vec![self.0.clone()]
    }

    fn call(&self, call: HostCall) -> HostReply {
        (self.1)(call)
    }
}
