//! From what wasmtime reports to the policy's error: which limit, which trap, whose fault.

use super::StoreData;
use crate::time::Poll;
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

/// The typed error of a failed instantiation or call.
pub(crate) fn classify(error: &wasmtime::Error, data: &StoreData) -> Error {
    if let Some(own) = error.downcast_ref::<Error>() {
        return own.clone();
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return trapped(*trap, error, data);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return Error::new(
            ErrorCode::Busy,
            "every instance slot of this process is taken; dispose of sandboxes or try again later",
        );
    }
    if let Some(refused) = data.meter.refusal() {
        return refused;
    }
    let text = format!("{error:#}");
    if let Some(field) =
        ["instance", "memory", "table"].into_iter().find(|what| text.contains(&format!("{what} count too high")))
    {
        let (field, limit) = match field {
            "instance" => ("instances", data.policy.limits.instances),
            "memory" => ("memories", data.policy.limits.memories),
            _ => ("tables", data.policy.limits.tables),
        };
        let limit = u64::from(limit);
        return Error::limit(
            ErrorCode::MemoryLimit,
            field,
            limit,
            limit + 1,
            format_args!("the module asks for more than {limit} ({field})"),
        );
    }
    if text.contains("unhandled exception") || error.is::<wasmtime::ThrownException>() {
        return Error::new(ErrorCode::GuestTrap, "a wasm exception was not caught").with("trap", "uncaught exception");
    }
    Error::new(ErrorCode::GuestTrap, text)
}

fn trapped(trap: Trap, error: &wasmtime::Error, data: &StoreData) -> Error {
    if let Some(ended) = data.poll.as_ref().and_then(Poll::ended) {
        return ended;
    }
    let limits = &data.policy.limits;
    match trap {
        Trap::OutOfFuel => {
            let limit = limits.fuel.unwrap_or(u64::MAX);
            Error::limit(
                ErrorCode::FuelExhausted,
                "fuel",
                limit,
                limit,
                format_args!("the guest used all {limit} units of fuel (fuel)"),
            )
        }
        Trap::StackOverflow => {
            Error::new(ErrorCode::StackOverflow, "the guest's call stack is full, most likely from endless recursion")
                .with("field", "stack")
        }
        _ => match data.meter.refusal().or_else(|| data.wasi.refused()) {
            Some(refused) => refused,
            None => Error::new(ErrorCode::GuestTrap, format_args!("{trap}"))
                .with("trap", trap.to_string())
                .with("backtrace", frames(error)),
        },
    }
}

/// Names of the guest's functions, innermost first: the guest's own words, never a host path.
fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let name = |f: &wasmtime::FrameInfo| {
        f.func_name().map_or_else(|| format!("function {}", f.func_index()), |n| n.chars().take(200).collect())
    };
    trace.frames().iter().map(name).collect()
}
