//! Operations of an open guest: calls, runs, figures, snapshots, its end.

use super::arguments::{Arguments, list, refused};
use super::document::parsed;
use super::opening::{call_settings, one_run, snapshot_key};
use super::{Answer, Begun, Done, Guest, Stop, Where, answers, bridge, unknown};
use crate::handle::Handle;
use crate::options::CallSettings;
use crate::work::Call;
use wasm_sandbox_policy::{Result, Value};

pub(super) fn operation(
    guest: &Guest,
    operation: &str,
    mut args: Arguments,
    stop: &Stop,
    place: Where,
) -> Result<Begun> {
    let handle = guest.handle().clone();
    match operation.split_once('.').map_or(operation, |(_, method)| method) {
        method @ ("call" | "callWithTimeout") => {
            let (call, mut settings) = call_of(&mut args)?;
            if method == "callWithTimeout" {
                settings.wall_time_ms = Some(args.time("ms")?.ok_or_else(|| refused("$.ms", "it is missing"))?);
            }
            if place == Where::Here {
                return Begun::value(handle.call_now(call, settings, stop.origin)?.value);
            }
            queued(handle, stop, |handle, token, done| {
                handle.call(call, settings, token, |outcome| tell(done, outcome, |result| Ok(result.value)));
            })
        }
        "callWithAudit" => {
            let (call, settings) = call_of(&mut args)?;
            queued(handle, stop, |handle, token, done| {
                handle.call_audited(call, settings, token, |outcome| {
                    tell(done, outcome, |(result, events)| answers::audited(result, &events));
                });
            })
        }
        // On the caller's thread.
        "prepare" => Ok(Begun::Over(Answer::Prepared(handle.prepare(args.needed_text("name")?)?))),
        "callBatch" => {
            let calls = calls(args.take("calls").unwrap_or_default())?;
            let settings = call_settings(args.take("options").unwrap_or_default())?;
            queued(handle, stop, |handle, token, done| {
                handle.call_batch(calls, settings, token, |outcome| {
                    tell(done, outcome, |values| Ok(Value::List(values)));
                });
            })
        }
        "run" => {
            let code = args.needed_text("code")?;
            let (run, settings) = one_run(Some(code), args.take("options").unwrap_or_default())?;
            if place == Where::Here {
                return Begun::value(answers::result(handle.run_now(run, settings, stop.origin)?)?);
            }
            queued(handle, stop, |handle, token, done| {
                handle.run(run, settings, token, |outcome| tell(done, outcome, answers::result));
            })
        }
        "snapshot" => {
            let mut options = args.options("options")?.only(&["snapshotKey"], "a snapshot")?;
            let key = snapshot_key(&mut options)?;
            queued(handle, stop, |handle, token, done| {
                handle.snapshot(key, token, |outcome| tell(done, outcome, |image| Ok(Value::Bytes(image))));
            })
        }
        "fork" => fork(guest, stop),
        "reset" => queued(handle, stop, |handle, token, done| {
            handle.reset(token, |outcome| tell(done, outcome, |()| Ok(Value::Null)));
        }),
        "collectGarbage" => queued(handle, stop, |handle, token, done| {
            handle.collect_garbage(token, |outcome| tell(done, outcome, |bytes| Ok(whole(bytes))));
        }),
        "memoryUsage" => Begun::value(whole(handle.memory_usage())),
        "getResourceStats" => Begun::value(answers::usage(&handle.stats())?),
        "exports" => Begun::value(parsed(handle.exports()?)?),
        "disposed" => Begun::value(Value::Bool(handle.disposed())),
        // The number by which a pool takes it back; 0 is of none.
        "loan" => Begun::value(whole(handle.loan())),
        "dispose" => Begun::later(move |done| {
            // The handle is kept until the guest has stopped.
            let kept = handle.clone();
            handle.dispose(move || {
                drop(kept);
                done(Ok(Answer::Value(Value::Null)));
            });
        }),
        _ => Err(unknown(operation)),
    }
}

/// What takes its turn among the guest's other work. It can be stopped while it waits, and while the guest runs.
fn queued(handle: Handle, stop: &Stop, work: impl FnOnce(&Handle, u32, Done) + 'static) -> Result<Begun> {
    let stop = stop.clone();
    Begun::later(move |done| work(&handle, stop.token(&handle), done))
}

/// A second session; it shares everything but the name, callbacks included.
fn fork(guest: &Guest, stop: &Stop) -> Result<Begun> {
    let (bridge, parent, stop) = (bridge()?, guest.clone(), stop.clone());
    Begun::later(move |done| {
        let mut request = parent.opened.request.clone();
        request.instance_id = None;
        let (kept, host) = (request.clone(), parent.opened.host.clone());
        bridge.fork(parent.handle(), request, host.clone(), &stop, move |outcome| {
            done(outcome.map(|handle| Answer::Guest(Guest::new(handle, kept, host))));
        });
    })
}

fn tell<T>(done: Done, outcome: Result<T>, answer: impl FnOnce(T) -> Result<Value>) {
    done(outcome.and_then(answer).map(Answer::Value));
}

fn whole(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The parameters `name`, `args` and `options`.
fn call_of(args: &mut Arguments) -> Result<(Call, CallSettings)> {
    let call = Call { function: args.needed_text("name")?, args: args.list("args")? };
    Ok((call, call_settings(args.take("options").unwrap_or_default())?))
}

/// The calls of a batch, `[{function, args}]`; their places begin at `$`.
pub fn calls(batch: Value) -> Result<Vec<Call>> {
    let one = |(index, one)| {
        let mut parts = Arguments::of(one, &format!("$[{index}]"))?.only(&["function", "args"], "a call")?;
        Ok(Call { function: parts.needed_text("function")?, args: parts.list("args")? })
    };
    list(batch, "$")?.into_iter().enumerate().map(one).collect()
}
