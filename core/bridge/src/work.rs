//! What jobs do with a sandbox: one call, several in one crossing, a run; with or without an audit of their own.

use crate::cancel::Ticket;
use crate::line::{Cell, Line, closed};
use crate::options::CallSettings;
use wasm_sandbox_core::spare::give_back;
use wasm_sandbox_core::{CallOptions, Run, Sandbox};
use wasm_sandbox_policy::{Result, RunResult, Value};

/// Audited calls whose events nobody took.
const UNTAKEN: usize = 1_000;

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

/// Does `work` with the sandbox in the cell. With `audit`, what is recorded meanwhile is kept apart, until
/// `take_audit`, if the work succeeds.
pub(crate) fn with_sandbox<T>(
    line: &Line,
    cell: &mut Cell,
    audit: bool,
    work: impl FnOnce(&mut Sandbox) -> Result<T>,
) -> Result<T> {
    let sandbox = cell.sandbox.as_mut().ok_or_else(closed)?;
    if !audit {
        return work(sandbox);
    }
    drop(sandbox.take_audit());
    let value = work(sandbox)?;
    let audited = &mut line.facts.lock().audited;
    if audited.len() == UNTAKEN {
        audited.pop_front();
    }
    audited.push_back(sandbox.take_audit());
    Ok(value)
}
