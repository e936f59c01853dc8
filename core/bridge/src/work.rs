//! What jobs do with a sandbox: one call, several in one crossing, a run; with or without an audit of their own.

use crate::cancel::Ticket;
use crate::line::{Cell, closed};
use crate::options::CallSettings;
use wasm_sandbox_core::spare::give_back;
use wasm_sandbox_core::{CallOptions, Run, Sandbox};
use wasm_sandbox_policy::{AuditEvent, Result, RunResult, Value};

/// One call of a batch.
#[derive(Debug)]
pub struct Call {
    pub function: String,
    pub args: Vec<Value>,
}

pub(crate) fn call(sandbox: &mut Sandbox, ticket: &Ticket, call: Call, settings: &CallSettings) -> Result<RunResult> {
    let outcome = sandbox.call(&call.function, &call.args, &options(ticket, settings));
    give_back(Value::List(call.args));
    outcome
}

/// Results in order. The first failure is the batch's, with the element's index in `details.index`.
pub(crate) fn batch(
    sandbox: &mut Sandbox,
    ticket: &Ticket,
    calls: Vec<Call>,
    settings: &CallSettings,
) -> Result<Vec<Value>> {
    let one = |(index, element)| {
        call(sandbox, ticket, element, settings).map(|result| result.value).map_err(|error| error.with("index", index))
    };
    calls.into_iter().enumerate().map(one).collect()
}

pub(crate) fn run(sandbox: &mut Sandbox, ticket: &Ticket, run: Run, settings: &CallSettings) -> Result<RunResult> {
    sandbox.run(run, &options(ticket, settings))
}

pub(crate) fn options(ticket: &Ticket, settings: &CallSettings) -> CallOptions {
    CallOptions { wall_time_ms: settings.wall_time_ms, output: settings.output, cancel: ticket.begin() }
}

/// A call with what was recorded meanwhile.
pub(crate) fn audited(
    sandbox: &mut Sandbox,
    ticket: &Ticket,
    call: Call,
    settings: &CallSettings,
) -> Result<(RunResult, Vec<AuditEvent>)> {
    drop(sandbox.take_audit());
    let result = self::call(sandbox, ticket, call, settings)?;
    Ok((result, sandbox.take_audit()))
}

/// Does `work` with the sandbox in the cell.
pub(crate) fn with_sandbox<T>(cell: &mut Cell, work: impl FnOnce(&mut Sandbox) -> Result<T>) -> Result<T> {
    work(cell.sandbox.as_mut().ok_or_else(closed)?)
}
