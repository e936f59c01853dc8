//! Placeholder until the bridge has it.
#![allow(dead_code)]
use std::sync::Arc;
use wasm_sandbox_bridge::policy::{Error, ErrorCode, Result, Value};
use wasm_sandbox_bridge::{Handle, Host};
#[derive(Clone)]
pub struct Guest(Handle);
impl Guest { pub fn handle(&self) -> &Handle { &self.0 } }
pub enum Answer { Value(Value), Guest(Guest) }
#[derive(Clone, Default)]
pub struct Stop;
impl Stop { pub fn stop(&self) {} }
pub struct Request<'a> { pub target: Option<&'a Guest>, pub operation: &'a str, pub arguments: Value, pub host: Option<Arc<dyn Host>> }
pub fn invoke(request: Request<'_>, _stop: Stop, done: impl FnOnce(Result<Answer>) + Send + 'static) { done(invoke_now(request)) }
pub fn invoke_now(request: Request<'_>) -> Result<Answer> {
    match request.operation {
        "echo" => Ok(Answer::Value(request.arguments)),
        other => Err(Error::new(ErrorCode::Unsupported, other)),
    }
}
