//! Operations of a pool: what it keeps, in the API's options, lending, and taking back by a loan's number.

use super::arguments::{Arguments, refused};
use super::opening::{LANGUAGES, OPEN, Opening};
use super::{Answer, Begun, Guest, Stop, bridge, unknown};
use crate::host::Host;
use crate::pool::{Pool, Sizes};
use std::sync::Arc;
use std::time::Duration;
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Result, Value};

const OWN: [&str; 6] = ["source", "language", "minSize", "maxSize", "idleTimeoutMs", "acquireTimeoutMs"];

/// What each is opened with; read anew for each, since opening uses it up.
pub(super) struct Plan {
    /// What was fetched comes later.
    source: Mutex<Option<Value>>,
    language: Option<String>,
    options: Value,
}

impl Plan {
    fn opening(&self) -> Result<Opening> {
        let (source, options) = (self.source.lock().clone(), Arguments::of(self.options.clone(), "$")?);
        match (source, &self.language) {
            (Some(source), None) => Opening::module(source, "$.source", options),
            (None, Some(language)) => Opening::session(language, options),
            _ => Err(refused("$.source", "a pool takes exactly one of source and language")),
        }
    }
}

/// A pool. Nothing is opened yet, but whatever can be refused is.
pub(super) fn made(mut args: Arguments, host: Option<Arc<dyn Host>>) -> Result<Begun> {
    let known: Vec<_> = OWN.into_iter().chain(OPEN).collect();
    let mut options = args.options("options")?.only(&known, "a pool")?;
    let sizes = sizes(&mut options)?;
    let (source, language) = (Mutex::new(options.take("source")), options.text("language")?);
    if let Some(name) = language.as_deref().filter(|name| !LANGUAGES.contains(name)) {
        return Err(refused("$.language", format_args!("{name:?} is none of {}", LANGUAGES.join(", "))));
    }
    let plan = Arc::new(Plan { source, language, options: options.rest() });
    plan.opening()?;
    let (bridge, of, opener) = (bridge()?, plan.clone(), bridge()?);
    let open = move || {
        let Opening { request, load } = of.opening()?;
        let (handle, open) = opener.begin_given(request.clone(), load, host.clone())?;
        Ok((Guest::new(handle, request, host.clone()), open))
    };
    Ok(Begun::Over(Answer::Pool(super::Pool { pool: Pool::new(bridge, sizes, Arc::new(open)), plan })))
}

pub(super) fn operation(target: &super::Pool, operation: &str, mut args: Arguments, stop: &Stop) -> Result<Begun> {
    let (pool, stop) = (target.pool.clone(), stop.clone());
    let null = |()| Answer::Value(Value::Null);
    match operation.strip_prefix("SandboxPool.").unwrap_or(operation) {
        "acquire" => Begun::later(move |done| {
            pool.acquire(&stop, Box::new(|outcome| done(outcome.map(Answer::Guest))));
        }),
        // Opens as many as `minSize` asks for.
        "initialize" => {
            Begun::later(move |done| pool.in_advance(stop, Box::new(move |outcome| done(outcome.map(null)))))
        }
        // By the number of the loan; 0 where the sandbox is on none.
        "release" => {
            let number = number(args.need("number")?)?;
            Begun::later(move |done| {
                pool.release(number, stop.origin.from, Box::new(move |outcome| done(outcome.map(null))))
            })
        }
        // What was fetched from an address.
        "fill" => {
            *target.plan.source.lock() = Some(args.need("source")?);
            Begun::value(Value::Null)
        }
        "stats" => Begun::value(Value::object(pool.figures().map(|(name, count)| (name, Value::Int(count as i64))))),
        "dispose" => Begun::later(move |done| pool.dispose(Box::new(move |outcome| done(outcome.map(null))))),
        _ => Err(unknown(operation)),
    }
}

fn sizes(options: &mut Arguments) -> Result<Sizes> {
    let whole = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let least = options.count("minSize")?.map_or(0, whole);
    let most = Some(options.count("maxSize")?.map_or(10, whole)).filter(|most| *most >= least.max(1));
    let most = most.ok_or_else(|| {
        refused("$.maxSize", format_args!("it is a whole number, at least 1 and not below minSize ({least})"))
    })?;
    let (idle, patience) = (span(options, "idleTimeoutMs", 60.0)?, span(options, "acquireTimeoutMs", 30.0)?);
    Ok(Sizes { least, most, idle, patience })
}

/// Milliseconds, 0 or more; infinity is none.
fn span(options: &mut Arguments, name: &str, default: f64) -> Result<Option<Duration>> {
    let seconds = match options.take(name) {
        None => default,
        Some(Value::Int(ms)) => ms as f64 / 1e3,
        Some(Value::Float(ms)) => ms / 1e3,
        Some(_) => f64::NAN,
    };
    if seconds >= 0.0 {
        // More than there can be is as good as no end.
        return Ok(Duration::try_from_secs_f64(seconds).ok());
    }
    Err(refused(&options.place(name), "it is a time of 0 or more"))
}

fn number(given: Value) -> Result<u64> {
    match given {
        Value::Int(number) if number >= 0 => Ok(number as u64),
        _ => Err(refused("$.number", "it is the number of a loan")),
    }
}
