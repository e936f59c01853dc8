//! Calling an export or a defined function by name.

use super::{CallOptions, Sandbox, numeric};
use crate::host::extism;
use crate::module::ModuleKind;
use wasm_sandbox_policy::{Error, ErrorCode, Result, RunResult, Value};
use wasmtime::{Func, Val};

impl Sandbox {
    /// Calls `name` with `args`. A failure carries what the call had written and used in `error.result`.
    pub fn call(&mut self, name: &str, args: &[Value], options: &CallOptions) -> Result<RunResult> {
        self.audit.call(name);
        let outcome = match (&self.interpreter, self.loaded.kind) {
            (Some(_), _) => self.call_language(name, args, options),
            (None, ModuleKind::Command) => Err((
                Error::new(
                    ErrorCode::InvalidArgument,
                    format_args!("`{name}` cannot be called: this module is a command, which is run as a whole (run)"),
                ),
                RunResult::default(),
            )),
            (None, kind) => self.call_export(kind, name, args, options),
        };
        self.finish(outcome)
    }

    /// Counts the call and joins value and result, or error and result.
    pub(super) fn finish(&mut self, outcome: Result<(Value, RunResult), (Error, RunResult)>) -> Result<RunResult> {
        self.count_call();
        match outcome {
            Ok((value, mut result)) => {
                result.usage.function_calls = 1;
                result.value = value;
                Ok(result)
            }
            Err((error, mut result)) => {
                result.usage.function_calls = 1;
                result.exit_code = error.details.get("exitCode").and_then(|c| c.as_i64()).map(|c| c as i32);
                Err(error.with_result(result))
            }
        }
    }

    #[expect(clippy::result_large_err, reason = "a failed run carries its output; it is moved once, on a slow path")]
    fn call_export(
        &mut self,
        kind: ModuleKind,
        name: &str,
        args: &[Value],
        options: &CallOptions,
    ) -> Result<(Value, RunResult), (Error, RunResult)> {
        let names: Vec<String> =
            self.loaded.exports.iter().filter(|e| e.is_function()).map(|e| e.name.clone()).collect();
        self.stretch(options, |live| {
            let func = live.instance.get_func(&mut live.store, name).ok_or_else(|| no_such_export(name, &names))?;
            let ty = func.ty(&live.store);
            if kind == ModuleKind::Extism && extism::is_plugin_export(&ty) {
                return call_plugin(live, &func, args, options);
            }
            let params: Vec<Val> = arguments(name, args, &ty)?;
            let mut out = vec![Val::I32(0); ty.results().len()];
            live.enter(|store| func.call(store, &params, &mut out))?;
            numeric::results(&out)
        })
    }
}

fn arguments(name: &str, args: &[Value], ty: &wasmtime::FuncType) -> Result<Vec<Val>> {
    if args.len() != ty.params().len() {
        let (wanted, given) = (ty.params().len(), args.len());
        let why = format_args!("`{name}` takes {wanted} arguments, {given} given");
        return Err(Error::new(ErrorCode::InvalidArgument, why).with("wanted", wanted).with("given", given));
    }
    args.iter()
        .zip(ty.params())
        .enumerate()
        .map(|(i, (value, ty))| numeric::to_wasm(value, &ty, &format!("$[{i}]")))
        .collect()
}

pub(super) fn no_such_export(name: &str, exports: &[String]) -> Error {
    let shown = exports.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    let there = if exports.is_empty() { "it exports no functions".to_owned() } else { format!("it exports {shown}") };
    Error::new(ErrorCode::NotFound, format_args!("the module has no function `{name}`; {there}")).with("name", name)
}

/// An Extism export: input and output go through the kernel's blocks, the result is a status.
fn call_plugin(live: &mut super::live::Live, func: &Func, args: &[Value], options: &CallOptions) -> Result<Value> {
    let data = live.store.data_mut();
    let (input, kind) = extism::encode_input(args, &data.policy.limits)?;
    data.host.extism.begin_call(&mut data.meter, &input)?;
    let mut out = vec![Val::I32(0); func.ty(&live.store).results().len()];
    let called = live.enter(|store| func.call(store, &[], &mut out));
    let status = called.map(|()| out.first().and_then(Val::i32).unwrap_or(0));
    extism::conclude(live.store.data_mut(), status, kind, options.output)
}
