//! The host's own functions as imports of plain modules and of Extism plug-ins.
//!
//! A module that imports one gets a linker of its own, since names and signatures differ from host to host.

use super::Answer;
use super::extism::USER_MODULE;
use crate::sandbox::numeric;
use crate::store::{StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};
use wasmtime::{Caller, Engine, ExternType, FuncType, Linker, Module, Val, ValType};

/// Import modules under which plain modules find the host's functions.
const MODULES: [&str; 2] = ["env", "host"];

/// Whether a module imports one of the host's functions.
pub(crate) fn needs_own_linker(module: &Module, names: &[String]) -> bool {
    module.imports().any(|import| is_user_import(import.module(), import.name(), names))
}

/// Whether an import is meant for a function that the host gives.
pub(crate) fn is_user_import(module: &str, name: &str, names: &[String]) -> bool {
    (MODULES.contains(&module) || module == USER_MODULE) && names.iter().any(|n| n == name)
}

/// Everything that guests may import, and the host's functions that this module imports.
pub(crate) fn linker_for(engine: &Engine, module: &Module, names: &[String]) -> Result<Linker<StoreData>> {
    let mut linker = Linker::new(engine);
    super::add_to_linker(&mut linker).map_err(internal)?;
    // A host function may be named like one of ours; the host's own wins.
    linker.allow_shadowing(true);
    for import in module.imports().filter(|import| is_user_import(import.module(), import.name(), names)) {
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        let ExternType::Func(ty) = import.ty() else { continue };
        check_signature(&from, &name, &ty)?;
        let plug_in = from == USER_MODULE;
        let function = name.clone();
        let results = ty.clone();
        let defined = linker.func_new(&from, &name, ty, move |mut caller, args, out| {
            let outcome = if plug_in { call_with_blocks(&mut caller, &function, args) } else { call(&mut caller, &function, args, &results) };
            let values = outcome.map_err(guest_error)?;
            out.clone_from_slice(&values);
            Ok(())
        });
        defined.map_err(internal)?;
    }
    Ok(linker)
}

fn check_signature(module: &str, name: &str, ty: &FuncType) -> Result<()> {
    let number = |t: &ValType| matches!(t, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
    if ty.params().chain(ty.results()).all(|t| number(&t)) {
        return Ok(());
    }
    let import = format!("{module}.{name}");
    Err(Error::new(ErrorCode::InvalidModule, format_args!("the import {import} has parameters or results that are not numbers")).with("import", import))
}

/// A plain module's call: numbers in, numbers out.
fn call(caller: &mut Caller<'_, StoreData>, name: &str, args: &[Val], ty: &FuncType) -> Result<Vec<Val>> {
    let args = args.iter().map(numeric::from_wasm).collect::<Result<Vec<_>>>()?;
    let value = answer(caller.data_mut(), name, args)?;
    let values = match (ty.results().len(), value) {
        (0, _) => return Ok(Vec::new()),
        (1, value) => vec![value],
        (_, Value::List(values)) => values,
        (_, value) => vec![value],
    };
    if values.len() != ty.results().len() {
        return Err(failed(name, "TypeError", &format!("{} results wanted, {} given", ty.results().len(), values.len())));
    }
    let result = |(i, (value, ty)): (usize, (&Value, ValType))| numeric::to_wasm(value, &ty, &format!("$[{i}]"));
    values.iter().zip(ty.results()).enumerate().map(result).collect::<Result<_>>().map_err(|error| failed(name, "TypeError", &error.message))
}

/// A plug-in's call: each argument is a block's offset, and so is the result.
fn call_with_blocks(caller: &mut Caller<'_, StoreData>, name: &str, args: &[Val]) -> Result<Vec<Val>> {
    let data = caller.data_mut();
    let args = args.iter().map(|arg| data.host.extism.block_value(arg.i64().unwrap_or(0) as u64)).collect();
    let value = answer(data, name, args)?;
    let bytes = match value {
        Value::Null => return Ok(vec![Val::I64(0)]),
        value => super::extism::encode_input(&[value])?.0,
    };
    let offset = data.host.extism.give(&mut data.meter, &bytes)?;
    Ok(vec![Val::I64(offset as i64)])
}

/// Calls the host and turns its errors into the run's.
fn answer(data: &mut StoreData, name: &str, args: Vec<Value>) -> Result<Value> {
    let policy = data.policy.clone();
    match data.host.call(&policy, &data.audit, name, args, Vec::new(), false)? {
        Answer::Value(value) => Ok(value),
        Answer::Error(error) => match error.code {
            Some(code) => Err(Error { code, message: error.message, details: error.details, result: None }),
            None => Err(failed(name, &error.kind, &error.message)),
        },
        Answer::Pending(_) => Err(Error::new(ErrorCode::Internal, "a call that cannot wait was left pending")),
    }
}

fn failed(function: &str, kind: &str, message: &str) -> Error {
    let error = Error::new(ErrorCode::HostFunctionFailed, format_args!("`{function}` threw {kind}: {message}"));
    error.with("function", function).with("type", kind).with("message", message)
}

fn internal(error: wasmtime::Error) -> Error {
    Error::new(ErrorCode::Internal, format_args!("the imports could not be set up: {error:#}"))
}
