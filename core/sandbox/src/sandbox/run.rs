//! Running a whole program: source text in a session, or a WASI command.

use super::live::Live;
use super::{CallOptions, Run, Sandbox};
use crate::language::{Language, LanguageExports, Outcome, Request, strip};
use crate::module::ModuleKind;
use crate::wasi::Wasi;
use wasm_sandbox_policy::{Error, ErrorCode, Result, RunResult, Value};

/// Name of source text that was given none.
pub(crate) const MAIN: &str = "<main>";

impl Sandbox {
    /// Runs source text (sessions), a command (modules with `_start`), or one export when only `call` is given.
    /// A failure carries what the run had written and used in `error.result`.
    pub fn run(&mut self, run: Run, options: &CallOptions) -> Result<RunResult> {
        if self.interpreter.is_some() {
            return self.run_language(run, options);
        }
        if run.code.is_some() || !run.inputs.is_empty() {
            return Err(Error::new(
                ErrorCode::InvalidArgument,
                "a module takes no source text and no inputs; pass arguments to one of its functions",
            ));
        }
        match (self.loaded.kind, run.call) {
            (ModuleKind::Command, None) => self.run_command(Run { call: None, ..run }, options),
            (ModuleKind::Command, Some((name, _))) => {
                let why = format_args!("`{name}` cannot be called: this module is a command, which is run as a whole");
                Err(Error::new(ErrorCode::InvalidArgument, why))
            }
            (_, Some((name, args))) => self.call(&name, &args, options),
            (_, None) => {
                let names: Vec<&str> =
                    self.loaded.exports.iter().filter(|e| e.is_function()).map(|e| e.name.as_str()).collect();
                let why = format!("this module has no _start to run; say which function to call: {}", names.join(", "));
                Err(Error::new(ErrorCode::InvalidArgument, why))
            }
        }
    }

    fn run_command(&mut self, run: Run, options: &CallOptions) -> Result<RunResult> {
        self.audit.call("_start");
        self.live = None;
        let mut files = None;
        let outcome = self.stretch(options, |live| {
            begin(live, &run)?;
            let start = live.instance.get_typed_func::<(), ()>(&mut live.store, "_start");
            let start =
                start.map_err(|error| Error::new(ErrorCode::InvalidModule, format_args!("_start: {error:#}")))?;
            let ended = start.call(&mut live.store, ());
            files = Some(live.store.data().wasi.changed_files());
            match ended.as_ref().map_err(Wasi::exit_code) {
                Ok(()) | Err(Some(0)) => Ok(Value::Null),
                Err(_) => live.enter(|_| ended).map(|()| Value::Null),
            }
        });
        self.live = None;
        let files = files.unwrap_or_default();
        match self.finish(outcome) {
            Ok(result) => Ok(RunResult { exit_code: Some(0), files, ..result }),
            Err(mut error) => {
                if let Some(result) = error.result.as_mut() {
                    result.files = files;
                }
                error.details.remove("stateLost");
                Err(error)
            }
        }
    }

    fn run_language(&mut self, mut run: Run, options: &CallOptions) -> Result<RunResult> {
        self.audit.call("run");
        let mut files = None;
        let typed = self.language() == Some(Language::TypeScript);
        let outcome = self.stretch(options, |live| {
            begin(live, &run)?;
            if let (true, Some(code)) = (typed, &run.code) {
                let file = run.file.as_deref().unwrap_or(MAIN);
                run.code = Some(strip(code, file, &live.store.data().policy.limits)?);
            }
            let request = Request::run(run);
            let value = speak(live, request);
            files = Some(live.store.data().wasi.changed_files());
            value
        });
        let mut result = self.finish(outcome.or_else(ended_well));
        let place = match &mut result {
            Ok(result) => Some(result),
            Err(error) => error.result.as_deref_mut(),
        };
        if let Some(place) = place {
            place.files = files.unwrap_or_default();
        }
        result
    }

    #[expect(clippy::result_large_err, reason = "a failed run carries its output; it is moved once, on a slow path")]
    pub(super) fn call_language(
        &mut self,
        name: &str,
        args: &[Value],
        options: &CallOptions,
    ) -> Result<(Value, RunResult), (Error, RunResult)> {
        let request = Request::call(name, args);
        self.stretch(options, |live| speak(live, request))
    }

    /// Runs the interpreter's own collector and gives unused pages back; bytes freed. Nothing to do for a module.
    pub fn collect_garbage(&mut self, options: &CallOptions) -> Result<u64> {
        if self.interpreter.is_none() {
            return Ok(0);
        }
        let collected = self.stretch(options, |live| {
            let Some(language) = live.language.clone() else { return Ok(0) };
            live.enter(|store| language.collect(store))
        });
        let (freed, _) = collected.map_err(|(error, result)| error.with_result(result))?;
        Ok(freed + self.give_back()?)
    }
}

/// A program that ends itself with status 0 has not failed.
#[expect(clippy::result_large_err, reason = "a failed run carries its output; it is moved once, on a slow path")]
fn ended_well((error, result): (Error, RunResult)) -> Result<(Value, RunResult), (Error, RunResult)> {
    let status = error.details.get("exitCode").and_then(|code| code.as_i64());
    if error.code == ErrorCode::GuestExit && status == Some(0) && !error.details.contains_key("stateLost") {
        return Ok((Value::Null, RunResult { exit_code: Some(0), ..result }));
    }
    Err((error, result))
}

/// Hands over a run's own arguments, variables, input and files.
fn begin(live: &mut Live, run: &Run) -> Result<()> {
    let data = live.store.data_mut();
    data.wasi.begin_run(run.argv.clone(), &run.env, &run.stdin)?;
    for (path, bytes) in &run.files {
        data.wasi.put_file(&mut data.meter, &data.policy.limits, path, bytes)?;
    }
    Ok(())
}

/// One request to the interpreter and its outcome as value or error.
fn speak(live: &mut Live, request: Request<'_>) -> Result<Value> {
    let Some(language): Option<LanguageExports> = live.language.clone() else {
        return Err(Error::new(ErrorCode::Internal, "the interpreter is missing"));
    };
    let outcome = live.enter(|store| language.speak(store, request))?;
    match outcome {
        Outcome::Value(value) => Ok(value),
        Outcome::Error(error) => Err(error),
        Outcome::OutOfMemory => {
            live.broken = true;
            let refused = live.store.data().meter.refusal();
            Err(refused.unwrap_or_else(|| {
                Error::new(ErrorCode::MemoryLimit, "the interpreter is out of memory").with("field", "memoryBytes")
            }))
        }
    }
}
