//! The host's own functions as imports of plain modules and of Extism plug-ins.
//!
//! A module that imports one gets a linker of its own, since names and signatures differ from host to host. Whether
//! the policy allows a call is decided at the call.

use super::Answer;
use super::extism::{USER_MODULE, encode_one};
use crate::sandbox::numeric;
use crate::store::{StoreData, guest_error};
use wasm_sandbox_policy::{Error, ErrorCode, Result, Value};
use wasmtime::{Engine, ExternType, FuncType, Linker, Module, Val, ValType};

/// Import modules under which plain modules find the host's functions.
const MODULES: [&str; 2] = ["env", "host"];

/// Whether a module imports one of the host's functions.
pub(crate) fn needs_own_linker(module: &Module, names: &[String]) -> bool {
    module.imports().any(|import| is_user_import(import.module(), import.name(), names))
}

/// Whether an import is meant for a function that the host gives.
fn is_user_import(module: &str, name: &str, names: &[String]) -> bool {
    may_be_user_import(module) && names.iter().any(|given| given == name)
}

/// Whether imports from `module` may be functions that the host gives.
pub(crate) fn may_be_user_import(module: &str) -> bool {
    MODULES.contains(&module) || module == USER_MODULE
}

/// Everything that guests may import, and the host's functions that this module imports.
pub(crate) fn linker_for(engine: &Engine, module: &Module, names: &[String]) -> Result<Linker<StoreData>> {
    let mut linker = Linker::new(engine);
    super::add_to_linker(&mut linker).map_err(internal)?;
    // A host function may be named like one of ours; the host's own wins.
    linker.allow_shadowing(true);
    for import in module.imports() {
        let (from, name) = (import.module(), import.name());
        if let ExternType::Func(ty) = import.ty()
            && is_user_import(from, name, names)
        {
            define(&mut linker, from, name, ty)?;
        }
    }
    Ok(linker)
}

fn define(linker: &mut Linker<StoreData>, from: &str, name: &str, ty: FuncType) -> Result<()> {
    if !ty.params().chain(ty.results()).all(|t| is_number(&t)) {
        let import = format!("{from}.{name}");
        let why = format_args!("the import {import} has parameters or results that are not numbers");
        return Err(Error::new(ErrorCode::InvalidModule, why).with("import", import));
    }
    let (function, signature, plug_in) = (name.to_owned(), ty.clone(), from == USER_MODULE);
    let defined = linker.func_new(from, name, ty, move |mut caller, args, out| {
        let data = caller.data_mut();
        let called = if plug_in {
            call_of_plugin(data, &function, args, &signature)
        } else {
            call_of_module(data, &function, args, &signature)
        };
        let values = called.map_err(guest_error)?;
        // As many as the signature says: both ways make sure of it.
        out.iter_mut().zip(values).for_each(|(slot, value)| *slot = value);
        Ok(())
    });
    defined.map(drop).map_err(internal)
}

fn is_number(ty: &ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
}

/// A plain module's call: numbers in, numbers out.
fn call_of_module(data: &mut StoreData, name: &str, args: &[Val], ty: &FuncType) -> Result<Vec<Val>> {
    let args = args.iter().map(numeric::from_wasm).collect::<Result<_>>()?;
    let value = answer(data, name, args)?;
    results(name, value, ty, numeric::to_wasm)
}

/// A plug-in's call: 64-bit integers are blocks, both ways, and everything else is a number.
fn call_of_plugin(data: &mut StoreData, name: &str, args: &[Val], ty: &FuncType) -> Result<Vec<Val>> {
    let limits = &data.policy.limits;
    let mut room = limits.value_bytes;
    let argument = |arg: &Val| match arg {
        Val::I64(offset) => data.host.extism.block_value(*offset as u64, limits, &mut room),
        number => numeric::from_wasm(number),
    };
    let args = args.iter().map(argument).collect::<Result<_>>()?;
    let value = answer(data, name, args)?;
    let limits = &data.policy.limits;
    let (extism, meter) = (&mut data.host.extism, &mut data.meter);
    results(name, value, ty, |value, ty, at| match (ty, value) {
        (ValType::I64, Value::Null) => Ok(Val::I64(0)),
        (ValType::I64, value) => {
            let (bytes, _) = encode_one(value, limits, at)?;
            Ok(Val::I64(extism.give(meter, &bytes)? as i64))
        }
        (ty, value) => numeric::to_wasm(value, ty, at),
    })
}

/// What a host function returned, as the signature wants it: nothing, one value, or a list of as many.
fn results(
    name: &str,
    value: Value,
    ty: &FuncType,
    mut convert: impl FnMut(&Value, &ValType, &str) -> Result<Val>,
) -> Result<Vec<Val>> {
    let wanted = ty.results().len();
    let values = match (wanted, value) {
        (0, _) => return Ok(Vec::new()),
        (2.., Value::List(values)) => values,
        (_, value) => vec![value],
    };
    if values.len() != wanted {
        let given = values.len();
        let why = format!("the module wants {wanted} results, the function returned {given}");
        return Err(failed(name, "TypeError", &why));
    }
    let convert = |(index, (value, ty)): (usize, (&Value, ValType))| {
        let at = if wanted == 1 { "$".to_owned() } else { format!("$[{index}]") };
        // What does not fit is the host function's mistake; a limit stays a limit.
        convert(value, &ty, &at).map_err(|error| match error.code {
            ErrorCode::InvalidArgument => failed(name, "TypeError", untitled(&error)),
            _ => error,
        })
    };
    values.iter().zip(ty.results()).enumerate().map(convert).collect()
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
    let why = format_args!("`{function}` threw {kind}: {message}");
    Error::new(ErrorCode::HostFunctionFailed, why)
        .with("function", function)
        .with("type", kind)
        .with("message", message)
}

/// An error's message without the title of its code.
fn untitled(error: &Error) -> &str {
    let title = error.code.title();
    error.message.strip_prefix(title).map_or(&error.message, |rest| rest.trim_start_matches([':', ' ']))
}

fn internal(error: wasmtime::Error) -> Error {
    Error::new(ErrorCode::Internal, format_args!("the imports could not be set up: {error:#}"))
}
