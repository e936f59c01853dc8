//! The fast path: an export resolved and checked once, then called with plain bits, without allocation.
//!
//! One of the few modules with `unsafe`: wasmtime's unchecked call, whose conditions `prepare` establishes.

use super::live::exited;
use super::{CallOptions, Sandbox, ScalarKind};
use crate::module::ModuleKind;
use crate::store::classify;
use crate::time::fault;
use crate::wasi::Wasi;
use wasm_sandbox_policy::{Error, ErrorCode, Result, RunResult, Usage};
use wasmtime::{Func, ValRaw, ValType};

/// Parameters or results that the fast path takes at most.
pub const MAX_SCALARS: usize = 16;

/// An export resolved once. It stays usable when the sandbox's instance is replaced: it is then resolved anew.
pub struct Prepared {
    name: String,
    params: Box<[ScalarKind]>,
    results: Box<[ScalarKind]>,
    generation: u64,
    func: Func,
    brief: bool,
}

impl Prepared {
    pub fn params(&self) -> &[ScalarKind] {
        &self.params
    }

    pub fn results(&self) -> &[ScalarKind] {
        &self.results
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it ends by itself within microseconds, whatever it is given.
    pub fn is_brief(&self) -> bool {
        self.brief
    }
}

impl Sandbox {
    /// Resolves and checks an export with numeric parameters and results.
    pub fn prepare(&mut self, name: &str) -> Result<Prepared> {
        if self.interpreter.is_some() || self.loaded.kind == ModuleKind::Command {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format_args!("`{name}` cannot be prepared: only numeric exports of modules can"),
            ));
        }
        let names: Vec<String> =
            self.loaded.exports.iter().filter(|e| e.is_function()).map(|e| e.name.clone()).collect();
        let ((func, params, results), _) = self
            .stretch(&CallOptions::default(), |live| {
                let func = live
                    .instance
                    .get_func(&mut live.store, name)
                    .ok_or_else(|| super::call::no_such_export(name, &names))?;
                let ty = func.ty(&live.store);
                Ok((func, scalars(name, ty.params())?, scalars(name, ty.results())?))
            })
            .map_err(|(error, result)| error.with_result(result))?;
        let brief = self.loaded.is_brief(name);
        Ok(Prepared { name: name.to_owned(), params, results, generation: self.generation, func, brief })
    }

    /// Whether the next call of it ends within microseconds, whatever it is given: the export is brief, and nothing has to
    /// be made for it first.
    #[inline]
    pub fn is_at_hand(&self, prepared: &Prepared) -> bool {
        prepared.brief && self.live.is_some() && prepared.generation == self.generation
    }

    /// Gives back what a prepared call that failed has left behind, which may take a while.
    pub fn clear(&mut self) {
        self.wreck = None;
    }

    /// Calls a prepared export. `slots` holds the arguments' bits, in order, and then the results' bits; a 32-bit
    /// value is in the low half of its slot.
    pub fn call_prepared(&mut self, prepared: &mut Prepared, slots: &mut [u64; MAX_SCALARS]) -> Result<()> {
        if self.live.is_none() || prepared.generation != self.generation {
            self.renew(prepared)?;
        }
        self.ready()?;
        let fuel = self.policy.limits.fuel;
        let metered = self.loaded.set.key.metered();
        let budget = self.budget_of_policy();
        let Some(live) = self.live.as_mut() else {
            return Err(Error::new(ErrorCode::Internal, "the instance is missing"));
        };
        let mut raw = [ValRaw::i64(0); MAX_SCALARS];
        for (slot, kind) in prepared.params.iter().enumerate() {
            raw[slot] = match kind {
                ScalarKind::I32 => ValRaw::i32(slots[slot] as u32 as i32),
                ScalarKind::I64 => ValRaw::i64(slots[slot] as i64),
                ScalarKind::F32 => ValRaw::f32(slots[slot] as u32),
                ScalarKind::F64 => ValRaw::f64(slots[slot]),
            };
        }
        let data = live.store.data_mut();
        data.meter.begin_call();
        data.wasi.begin_call();
        // What is brief calls nothing, and what an earlier call left is given back by one that may take its time.
        if !prepared.brief {
            data.host.begin_run();
            data.host.extism.end_call(&mut data.meter);
            data.output.begin_call(&mut data.meter);
        }
        if metered {
            let _ = live.store.set_fuel(fuel.unwrap_or(u64::MAX));
        }
        if prepared.brief {
            self.slot.arm_brief()
        } else {
            self.slot.arm(budget)
        }
        let used = prepared.params.len().max(prepared.results.len());
        // SAFETY: `func` belongs to this very store (same generation), its type was read from it and has at most
        // MAX_SCALARS parameters and results, all of them numbers; `raw` holds one value of the right type for
        // each parameter and has room for each result; no call of this store is running, since `&mut self` is held.
        let outcome = fault::with_guest(|| unsafe { prepared.func.call_unchecked(&mut live.store, &mut raw[..used]) });
        let spent = if prepared.brief { self.slot.disarm_brief() } else { self.slot.disarm() };
        self.totals.function_calls += 1;
        if let Err(error) = outcome {
            return Err(self.fast_failure(&error, spent));
        }
        let (wall, cpu) = (self.times.0 + spent.wall_ns, self.times.1 + spent.cpu_ns);
        self.times = (wall, cpu);
        for (slot, kind) in prepared.results.iter().enumerate() {
            slots[slot] = match kind {
                ScalarKind::I32 => u64::from(raw[slot].get_i32() as u32),
                ScalarKind::I64 => raw[slot].get_i64() as u64,
                ScalarKind::F32 => u64::from(raw[slot].get_f32()),
                ScalarKind::F64 => raw[slot].get_f64(),
            };
        }
        Ok(())
    }

    fn renew(&mut self, prepared: &mut Prepared) -> Result<()> {
        let name = prepared.name.clone();
        *prepared = self.prepare(&name)?;
        Ok(())
    }

    fn budget_of_policy(&self) -> crate::time::Budget {
        let limits = &self.policy.limits;
        crate::time::Budget { wall_ms: limits.wall_time_ms, cpu_ms: limits.cpu_time_ms }
    }

    #[cold]
    fn fast_failure(&mut self, error: &wasmtime::Error, spent: crate::time::Spent) -> Error {
        let mut result = RunResult { usage: Usage { function_calls: 1, ..Usage::default() }, ..RunResult::default() };
        result.usage.set_times(spent.wall_ns, spent.cpu_ns);
        self.times = (self.times.0 + spent.wall_ns, self.times.1 + spent.cpu_ns);
        let Some(live) = self.live.take() else { return Error::new(ErrorCode::Internal, "the instance is missing") };
        let typed = match Wasi::exit_code(error) {
            Some(code) => exited(code, live.store.data()),
            None => classify(error, live.store.data()),
        };
        result.usage.peak_memory_bytes = live.store.data().meter.peak();
        self.wreck = Some(live);
        self.failed(typed, true).with_result(result)
    }
}

fn scalars(name: &str, types: impl ExactSizeIterator<Item = ValType>) -> Result<Box<[ScalarKind]>> {
    if types.len() > MAX_SCALARS {
        let why =
            format_args!("`{name}` cannot be prepared: it has more than {MAX_SCALARS} parameters or results; use call");
        return Err(Error::new(ErrorCode::Unsupported, why));
    }
    types
        .map(|ty| match ty {
            ValType::I32 => Ok(ScalarKind::I32),
            ValType::I64 => Ok(ScalarKind::I64),
            ValType::F32 => Ok(ScalarKind::F32),
            ValType::F64 => Ok(ScalarKind::F64),
            other => {
                Err(Error::new(ErrorCode::Unsupported, format_args!("`{name}` cannot be prepared: it has a {other}")))
            }
        })
        .collect()
}
