//! The instance of a sandbox: how it comes to be, and how a stretch of guest execution is bounded and charged.

use super::{CallOptions, Sandbox, State};
use crate::cancel::CancelToken;
use crate::host::HostState;
use crate::host::extism::{self, Extism};
use crate::language::LanguageExports;
use crate::module::ModuleKind;
use crate::output::{Output, Written};
use crate::state::{Lane, Track, Watch};
use crate::store::{Charge, Meter, StoreData, classify, new_store};
use crate::time::fault;
use crate::wasi::{Wasi, WasiOptions};
use wasm_sandbox_policy::{Error, ErrorCode, Isolation, Result, RunResult, Usage};
use wasmtime::{Extern, Instance, Store};

/// A store with its instance.
pub(super) struct Live {
    pub(super) store: Store<StoreData>,
    pub(super) instance: Instance,
    pub(super) language: Option<LanguageExports>,
    /// Guest code was cut off somewhere inside, or ran out of memory: its state can no longer be trusted.
    pub(super) broken: bool,
    /// What its memories and tables took when it was made.
    charge: Charge,
    /// Sandboxes that had it before.
    runs: u32,
    /// Of a pack's memory.
    track: Track,
}

impl Live {
    /// Runs guest code. Whatever cuts it off breaks the instance.
    pub(super) fn enter<T>(&mut self, guest: impl FnOnce(&mut Store<StoreData>) -> wasmtime::Result<T>) -> Result<T> {
        guest(&mut self.store).map_err(|error| {
            self.broken = true;
            match Wasi::exit_code(&error) {
                Some(code) => exited(code, self.store.data()),
                None => classify(&error, self.store.data()),
            }
        })
    }
}

/// The error of a guest that called `exit`. One that was refused memory or files and then gave up has failed because of that.
pub(super) fn exited(code: i32, data: &StoreData) -> Error {
    let refused = data.meter.refusal().or_else(|| data.wasi.refused());
    match refused {
        Some(refused) if code != 0 => refused.with("exitCode", code),
        _ => {
            Error::new(ErrorCode::GuestExit, format_args!("the guest ended with status {code}")).with("exitCode", code)
        }
    }
}

impl Sandbox {
    /// Makes the instance and runs its start functions, unless the module is a command: that is made per run.
    pub(super) fn build(&mut self, cancel: &CancelToken) -> Result<()> {
        let options = CallOptions { cancel: cancel.clone(), ..CallOptions::default() };
        if self.loaded.kind == ModuleKind::Command {
            // Files and variables are checked now, so that a mistake shows where it was made.
            return self.new_store().map(drop);
        }
        self.stretch(&options, |_| Ok(())).map(drop).map_err(|(error, result)| error.with_result(result))
    }

    /// One bounded stretch of guest execution on the live instance, made anew if there is none. The clock runs
    /// before the instance is made. On success and on failure alike, what was written and used comes back.
    #[expect(clippy::result_large_err, reason = "a failed run carries its output; it is moved once, on a slow path")]
    pub(super) fn stretch<T>(
        &mut self,
        options: &CallOptions,
        work: impl FnOnce(&mut Live) -> Result<T>,
    ) -> Result<(T, RunResult), (Error, RunResult)> {
        let nothing = |error| (error, RunResult::default());
        self.ready().map_err(nothing)?;
        options.cancel.check().map_err(nothing)?;
        self.clear();
        let (held, watch) = (self.live.take(), Watch::begin());
        self.slot.arm(self.budget(options));
        let _turn = self.slot.guard();
        let (outcome, live) = match options.cancel.begin(&self.slot).and_then(|()| self.slot.enter()) {
            Err(error) => (Err(error), held),
            Ok(()) => fault::with_guest(|| self.work(held, work)),
        };
        options.cancel.finish();
        let spent = self.slot.disarm();
        let mut usage = Usage::default();
        usage.set_times(spent.wall_ns, spent.cpu_ns);
        let mut result = RunResult::default();
        if let Some(mut live) = live {
            let written = &mut live.store.data_mut().written;
            if written.is_some() && !watch.no_fault() {
                *written = None;
            }
            let written = collect(&mut live, self.policy.limits.fuel, &mut usage);
            (result.stdout, result.stderr, result.truncated) = (written.stdout, written.stderr, written.truncated);
            match live.broken {
                true => self.dismiss(live),
                false => self.live = Some(live),
            }
        }
        self.add(&usage, spent);
        result.usage = usage;
        match outcome {
            Ok(value) => Ok((value, result)),
            Err(error) => {
                let lost = self.live.is_none();
                Err((self.failed(error, lost), result))
            }
        }
    }

    fn work<T>(&mut self, held: Option<Live>, work: impl FnOnce(&mut Live) -> Result<T>) -> (Result<T>, Option<Live>) {
        let mut live = match held {
            Some(live) => live,
            None => match self.instantiate() {
                Ok(live) => live,
                Err(error) => return (Err(error), None),
            },
        };
        let data = live.store.data_mut();
        data.meter.begin_call();
        data.host.begin_run();
        data.host.extism.end_call(&mut data.meter);
        data.wasi.begin_call();
        if let Some(fuel) = self.fuel() {
            // Only metered engines get here, so setting fuel cannot fail.
            let _ = live.store.set_fuel(fuel);
        }
        let outcome = work(&mut live);
        (outcome, Some(live))
    }

    /// Fuel of one run; an engine that meters without a limit gets all there is.
    fn fuel(&self) -> Option<u64> {
        self.loaded.set.key.metered().then(|| self.policy.limits.fuel.unwrap_or(u64::MAX))
    }

    fn new_store(&self) -> Result<Store<StoreData>> {
        Ok(new_store(&self.loaded.set.engine, self.new_data()?))
    }

    fn new_data(&self) -> Result<StoreData> {
        let options = &self.options;
        let capabilities = &self.policy.capabilities;
        let inherited =
            capabilities.environment.inherit.iter().filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
        let given = capabilities.environment.variables.iter().map(|(k, v)| (k.clone(), v.clone()));
        let env = inherited.chain(given).chain(options.env.iter().cloned()).collect();
        let wasi = WasiOptions {
            argv: options.argv.clone(),
            env,
            stdin: crate::wasi::Stdin::Empty,
            clock: capabilities.clock.clone(),
            random: capabilities.random,
            shared: self.packages.as_ref().map(|packages| packages.tree.clone()),
        };
        let mut meter = Meter::new(&self.policy.limits);
        let wasi = Wasi::new(wasi, &options.files, &self.policy.limits, &mut meter)?;
        if let Some(interpreter) = &self.interpreter {
            let (bytes, elements) = interpreter.shared;
            meter.set_free(bytes, elements);
        }
        Ok(StoreData {
            policy: self.policy.clone(),
            meter,
            slot: self.slot.clone(),
            output: Output::new(&self.policy.limits, options.output.clone()),
            audit: self.audit.clone(),
            wasi,
            host: HostState::new(options.functions.clone(), self.slot.clone(), Extism::new(options.config.clone())),
            kv: self.kv.clone(),
            memory: None,
            poll: None,
            written: None,
        })
    }

    /// A new instance, its start function and initialiser run.
    fn instantiate(&mut self) -> Result<Live> {
        self.generation += 1;
        let Some(interpreter) = &self.interpreter else { return self.instantiate_module() };
        let data = self.new_data()?;
        let lane = match self.policy.isolation {
            Isolation::Fresh => interpreter.fresh(data)?,
            Isolation::Rewind => interpreter.rewound(data)?,
        };
        let Lane { store, instance, language, track, charge, runs, .. } = lane;
        Ok(Live { store, instance, language: Some(language), broken: false, charge, runs, track })
    }

    fn instantiate_module(&self) -> Result<Live> {
        let mut store = self.new_store()?;
        if let Some(fuel) = self.fuel() {
            let _ = store.set_fuel(fuel);
        }
        let made = self.loaded.pre.instantiate(&mut store);
        let instance = made.map_err(|error| classify(&error, store.data()))?;
        if let Some(Extern::Memory(memory)) = instance.get_export(&mut store, "memory") {
            store.data_mut().memory = Some(memory);
        }
        if self.loaded.kind == ModuleKind::Extism {
            extism::initialize(&instance, &mut store).map_err(|error| classify(&error, store.data()))?;
        } else if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
            initialize.call(&mut store, ()).map_err(|error| classify(&error, store.data()))?;
        }
        Ok(Live {
            store,
            instance,
            language: None,
            broken: false,
            charge: Charge::default(),
            runs: 0,
            track: Track::default(),
        })
    }

    /// Gives the instance up: where the policy allows it, others have it after this sandbox, back at its beginning.
    pub(super) fn give_up(&mut self) {
        self.clear();
        if let Some(live) = self.live.take() {
            self.dismiss(live);
        }
    }

    fn dismiss(&self, live: Live) {
        let (Some(interpreter), Some(language)) = (&self.interpreter, live.language) else { return };
        let Live { mut store, instance, broken, charge, runs, track, .. } = live;
        track.keep(store.data_mut().written.take().filter(|_| !broken));
        if broken || self.policy.isolation == Isolation::Fresh {
            return interpreter.discard(store);
        }
        interpreter.keep(Lane { store, instance, language, track, written: None, charge, runs });
    }

    /// What a failure does to the sandbox, said in the error's details.
    pub(super) fn failed(&mut self, error: Error, lost: bool) -> Error {
        if error.details.contains_key("field") && error.code.family() == wasm_sandbox_policy::ErrorFamily::Resource {
            let field = error.details.get("field").and_then(|f| f.as_str()).unwrap_or_default();
            self.audit.limit(field, error.code.as_str());
        }
        if error.code == ErrorCode::Internal {
            self.state = State::Poisoned;
        }
        if !lost {
            return error;
        }
        if self.interpreter.is_some() && self.state == State::Open {
            self.state = State::Lost;
        }
        error.with("stateLost", true)
    }

    fn add(&mut self, usage: &Usage, spent: crate::time::Spent) {
        self.times = (self.times.0 + spent.wall_ns, self.times.1 + spent.cpu_ns);
        let totals = &mut self.totals;
        totals.set_times(self.times.0, self.times.1);
        totals.peak_memory_bytes = totals.peak_memory_bytes.max(usage.peak_memory_bytes);
        totals.host_calls += usage.host_calls;
        totals.filesystem_ops += usage.filesystem_ops;
        totals.output_bytes += usage.output_bytes;
        if let Some(fuel) = usage.fuel_consumed {
            totals.fuel_consumed = Some(totals.fuel_consumed.unwrap_or(0) + fuel);
        }
    }

    pub(super) fn count_call(&mut self) {
        self.totals.function_calls += 1;
    }
}

/// Reads off what a stretch produced and used.
fn collect(live: &mut Live, fuel: Option<u64>, usage: &mut Usage) -> Written {
    let left = fuel.and_then(|_| live.store.get_fuel().ok());
    let data = live.store.data_mut();
    let written = data.output.take(&mut data.meter);
    usage.peak_memory_bytes = data.meter.peak();
    usage.host_calls = data.host.calls();
    usage.filesystem_ops = data.wasi.take_filesystem_ops();
    usage.output_bytes = written.bytes;
    usage.fuel_consumed = fuel.zip(left).map(|(all, left)| all - left);
    written
}
