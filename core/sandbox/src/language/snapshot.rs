//! Makes a pack: runs an interpreter's warm-up once, at build time, and writes module, memory and globals as one new module.
//!
//! Only modules whose whole state is one memory and numeric globals can be written this way; `check` says why not.
//! One of the few modules with `unsafe`: `adopt` takes native code that our own package ships.

use super::pack::Description;
use super::polls::with_polls;
use super::{LanguageExports, Outcome, Request};
use crate::engine::{EngineKey, EngineSet, Engines, Interrupt};
use crate::sandbox::Run;
use crate::store::{StoreData, classify, new_store};
use crate::time::{Budget, Slot, Watchdog};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ConstExpr, DataSection, ExportKind, ExportSection, GlobalSection, MemorySection, RawSection};
use wasm_sandbox_policy::{Clock, Error, ErrorCode, Policy, Random, Result, StackClass};
use wasmparser::{DataKind, Operator, Parser, Payload, TypeRef, ValType};
use wasmtime::{Engine, Instance, Module, Store, Val};

/// Moment that guests see while they are warmed up; runs see the real one.
const BUILD_MOMENT: &str = "2026-01-01T00:00:00Z";
/// Zero bytes between two data segments that make it worth to split them.
const GAP: usize = 512;
const PAGE: usize = 65_536;

/// The files of a pack, ready to be written.
pub struct PackFiles {
    /// Description as JSON.
    pub json: Vec<u8>,
    /// The snapshot module, compressed.
    pub wasm: Vec<u8>,
    /// Its native code for the platform's baseline, compressed.
    pub native: Vec<u8>,
}

/// Warms an interpreter up by running `warm_up`, and writes its snapshot and native code.
pub fn build_pack(wasm: &[u8], warm_up: &str) -> Result<PackFiles> {
    let module = check(wasm)?;
    let watchdog = Watchdog::start().map_err(broken)?;
    let engines = Engines::new(watchdog.clone());
    let built = warmed(wasm, &module, warm_up, &engines, &watchdog).and_then(|snapshot| {
        let hot = hot_pages(&snapshot.0, &engines, &watchdog)?;
        Ok((snapshot, hot))
    });
    watchdog.stop();
    let ((snapshot, image_bytes, table_elements), hot) = built?;
    let key = EngineKey::usual(Interrupt::PACKS);
    let compiled = prepared(&snapshot, key)?;
    let native = crate::engine::baseline()?.precompile_module(&compiled).map_err(broken)?;
    let whole = Sha256::new().chain_update(&snapshot).chain_update(&compiled).finalize();
    let digest = whole.iter().map(|b| format!("{b:02x}")).collect();
    let (wasm_bytes, native_bytes) = (snapshot.len() as u64, native.len() as u64);
    let description = Description { digest, image_bytes, table_elements, hot, wasm_bytes, native_bytes };
    let pack = |bytes: &[u8]| zstd::bulk::compress(bytes, 19).map_err(broken);
    let json = serde_json::to_vec_pretty(&description).map_err(broken)?;
    Ok(PackFiles { json, wasm: pack(&snapshot)?, native: pack(&native)? })
}

/// The module as an engine of packs takes it.
fn prepared(snapshot: &[u8], key: EngineKey) -> Result<Cow<'_, [u8]>> {
    match key.interrupt {
        Interrupt::Polls if key.own_memories() => with_polls(&without_image(snapshot)?).map(Cow::Owned),
        Interrupt::Polls => with_polls(snapshot).map(Cow::Owned),
        Interrupt::Epochs => Ok(Cow::Borrowed(snapshot)),
    }
}

/// Compiles a snapshot for an engine of packs.
pub(super) fn compile(set: &EngineSet, snapshot: &[u8]) -> Result<Module> {
    Module::from_binary(&set.engine, &prepared(snapshot, set.key)?).map_err(broken)
}

/// The memory that a snapshot's instances begin with.
pub(super) fn image(snapshot: &[u8]) -> Result<Vec<u8>> {
    let mut image = Vec::new();
    for payload in Parser::new(0).parse_all(snapshot) {
        match payload.map_err(broken)? {
            Payload::MemorySection(section) => {
                let ty = section.into_iter().next().ok_or_else(|| broken("no memory"))?.map_err(broken)?;
                image.resize(usize::try_from(ty.initial).map_err(broken)? * PAGE, 0);
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data.map_err(broken)?;
                    let DataKind::Active { memory_index: 0, offset_expr } = data.kind else {
                        return Err(broken("it has data of another kind"));
                    };
                    let Operator::I32Const { value } = offset_expr.get_operators_reader().read().map_err(broken)?
                    else {
                        return Err(broken("it has data at a place that is not fixed"));
                    };
                    let start = value as u32 as usize;
                    let place = image.get_mut(start..start + data.data.len());
                    place.ok_or_else(|| broken("it has data outside its memory"))?.copy_from_slice(data.data);
                }
            }
            _ => {}
        }
    }
    Ok(image)
}

/// The module without the memory's image, which its instances find in their memories.
fn without_image(snapshot: &[u8]) -> Result<Vec<u8>> {
    rewrite(snapshot, |payload, _| Ok(matches!(payload, Payload::DataSection(_) | Payload::DataCountSection { .. })))
}

/// Native code from our own package, where there is no cache folder to map it from.
pub(crate) fn adopt(engine: &Engine, native: &[u8]) -> Option<Module> {
    // SAFETY: the bytes come from the pack folder inside our own package, which is trusted like this program
    // itself, and were made by wasmtime's `precompile_module`; version and target are checked by wasmtime.
    unsafe { Module::deserialize(engine, native) }.ok()
}

fn warmed(
    wasm: &[u8],
    checked: &Checked,
    warm_up: &str,
    engines: &Engines,
    watchdog: &Arc<Watchdog>,
) -> Result<(Vec<u8>, u64, u64)> {
    let set = engines.get(EngineKey::usual(Interrupt::Epochs))?;
    let module = Module::from_binary(&set.engine, &checked.with_globals_exported(wasm)?).map_err(broken)?;
    let mut store = bare_store(&set.engine, watchdog)?;
    let instance = set.linker.instantiate(&mut store, &module).map_err(broken)?;
    store.data_mut().memory = instance.get_memory(&mut store, "memory");
    if let Ok(initialize) = instance.get_typed_func::<(), ()>(&mut store, "_initialize") {
        initialize.call(&mut store, ()).map_err(|e| classify(&e, store.data()))?;
    }
    stage(&mut store, &instance, 0)?;
    let language = LanguageExports::of(&instance, &mut store, StackClass::Medium)?;
    for code in [warm_up, ""] {
        let request = Request::run(Run { code: Some(code.to_owned()), ..Run::default() });
        match language.speak(&mut store, request).map_err(|e| classify(&e, store.data()))? {
            Outcome::Value(_) => {}
            Outcome::Error(error) => return Err(error),
            Outcome::OutOfMemory => return Err(Error::new(ErrorCode::MemoryLimit, "out of memory while warming up")),
        }
    }
    stage(&mut store, &instance, 1)?;
    let globals =
        checked.globals.iter().map(|(index, name)| (*index, global_bits(&instance, &mut store, name))).collect();
    let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| broken("no memory"))?;
    let bytes = memory.data(&store);
    // The heap ends with a mark at the very end; the room before it, which is all zeros, is each instance's own.
    let before_mark = &bytes[..bytes.len().saturating_sub(PAGE)];
    let image = before_mark.iter().rposition(|b| *b != 0).map_or(0, |last| last as u64 + 1);
    let elements = store.data().meter.table_elements();
    Ok((write(&checked.with_globals_exported(wasm)?, bytes, &globals)?, image, elements))
}

/// The pages that an empty run of the snapshot writes.
fn hot_pages(snapshot: &[u8], engines: &Engines, watchdog: &Arc<Watchdog>) -> Result<Vec<Range<u32>>> {
    let set = engines.get(EngineKey::usual(Interrupt::Epochs))?;
    let module = Module::from_binary(&set.engine, snapshot).map_err(broken)?;
    let mut store = bare_store(&set.engine, watchdog)?;
    let instance = set.linker.instantiate(&mut store, &module).map_err(broken)?;
    let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| broken("no memory"))?;
    store.data_mut().memory = Some(memory);
    let language = LanguageExports::of(&instance, &mut store, StackClass::Medium)?;
    let request = Request::run(Run { code: Some("1+1".to_owned()), ..Run::default() });
    language.speak(&mut store, request).map_err(|e| classify(&e, store.data()))?;
    Ok(crate::state::hot(memory.data(&store)))
}

fn bare_store(engine: &Engine, watchdog: &Arc<Watchdog>) -> Result<Store<StoreData>> {
    let mut policy = Policy::default();
    policy.limits.memory_bytes = 1 << 30;
    policy.limits.table_elements = 1 << 20;
    policy.capabilities.clock = Clock::Frozen(BUILD_MOMENT.to_owned());
    policy.capabilities.random = Random::Seed(0);
    let store = new_store(engine, StoreData::bare(Arc::new(policy), Slot::new(watchdog))?);
    store.data().slot.arm(Budget { wall_ms: Some(120_000), cpu_ms: None });
    Ok(store)
}

fn stage(store: &mut Store<StoreData>, instance: &Instance, stage: i32) -> Result<()> {
    let init = instance.get_typed_func::<i32, i32>(&mut *store, "sbx_init").map_err(broken)?;
    match init.call(&mut *store, stage) {
        Ok(0) => Ok(()),
        Ok(code) => Err(broken(format!("sbx_init({stage}) returned {code}"))),
        Err(error) => Err(classify(&error, store.data())),
    }
}

fn global_bits(instance: &Instance, store: &mut Store<StoreData>, name: &str) -> u64 {
    match instance.get_global(&mut *store, name).map(|global| global.get(&mut *store)) {
        Some(Val::I32(n)) => u64::from(n as u32),
        Some(Val::I64(n)) => n as u64,
        Some(Val::F32(bits)) => u64::from(bits),
        Some(Val::F64(bits)) => bits,
        _ => 0,
    }
}

/// What `check` found out about a module whose state can be written down.
struct Checked {
    /// Index and export name of each mutable global.
    globals: Vec<(u32, String)>,
    imported_globals: u32,
    /// Exports to add so that every mutable global can be read.
    added: Vec<(u32, String)>,
}

/// Whether memory and numeric globals are all the state a module has.
fn check(wasm: &[u8]) -> Result<Checked> {
    let (mut memories, mut globals, mut exported, mut imported_globals) = (0, Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(broken)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(broken)?;
                    if !matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        return Err(broken(format!("it imports state: {}.{}", import.module, import.name)));
                    }
                    imported_globals += u32::from(matches!(import.ty, TypeRef::Global(_)));
                }
            }
            Payload::MemorySection(section) => memories += section.count(),
            Payload::GlobalSection(section) => {
                for (index, global) in (imported_globals..).zip(section) {
                    let ty = global.map_err(broken)?.ty;
                    if ty.mutable
                        && !matches!(ty.content_type, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
                    {
                        return Err(broken(format!("its global {index} is mutable and not a number")));
                    }
                    if ty.mutable {
                        globals.push(index);
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(broken)?;
                    if export.kind == wasmparser::ExternalKind::Global {
                        exported.push((export.index, export.name.to_owned()));
                    }
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    if matches!(data.map_err(broken)?.kind, DataKind::Passive) {
                        return Err(broken("it has passive data segments"));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().map_err(broken)? {
                    if let Some(name) = mutates_hidden_state(&operator.map_err(broken)?) {
                        return Err(broken(format!("it uses {name}")));
                    }
                }
            }
            _ => {}
        }
    }
    if memories != 1 {
        return Err(broken(format!("it has {memories} memories")));
    }
    let mut checked = Checked { globals: Vec::new(), imported_globals, added: Vec::new() };
    for index in globals {
        let name = exported.iter().find(|(i, _)| *i == index).map(|(_, name)| name.clone());
        let name = name.unwrap_or_else(|| {
            let name = format!("__state_{index}");
            checked.added.push((index, name.clone()));
            name
        });
        checked.globals.push((index, name));
    }
    Ok(checked)
}

/// Instructions that change what neither memory nor globals show.
fn mutates_hidden_state(operator: &Operator<'_>) -> Option<&'static str> {
    Some(match operator {
        Operator::TableSet { .. } => "table.set",
        Operator::TableGrow { .. } => "table.grow",
        Operator::TableInit { .. } => "table.init",
        Operator::TableCopy { .. } => "table.copy",
        Operator::TableFill { .. } => "table.fill",
        Operator::ElemDrop { .. } => "elem.drop",
        Operator::DataDrop { .. } => "data.drop",
        Operator::MemoryInit { .. } => "memory.init",
        _ => return None,
    })
}

impl Checked {
    /// The module with every mutable global exported, so that its value can be read.
    fn with_globals_exported(&self, wasm: &[u8]) -> Result<Vec<u8>> {
        rewrite(wasm, |payload, module| {
            let Payload::ExportSection(section) = payload else { return Ok(false) };
            module.section(&exports(section.clone(), &self.added)?);
            Ok(true)
        })
    }
}

pub(super) fn exports(section: wasmparser::ExportSectionReader<'_>, added: &[(u32, String)]) -> Result<ExportSection> {
    let mut exports = ExportSection::new();
    for export in section {
        let export = export.map_err(broken)?;
        let kind = RoundtripReencoder.export_kind(export.kind).map_err(broken)?;
        exports.export(export.name, kind, export.index);
    }
    for (index, name) in added {
        exports.export(name, ExportKind::Global, *index);
    }
    Ok(exports)
}

/// Writes the snapshot: memory as it is, globals as they are, initialisers gone.
fn write(wasm: &[u8], memory: &[u8], globals: &BTreeMap<u32, u64>) -> Result<Vec<u8>> {
    let imported = check(wasm)?.imported_globals;
    let mut data = Some(segments(memory));
    let mut module = rewrite(wasm, |payload, module| {
        match payload {
            Payload::MemorySection(section) => {
                let mut memories = MemorySection::new();
                for ty in section.clone() {
                    let mut ty = RoundtripReencoder.memory_type(ty.map_err(broken)?).map_err(broken)?;
                    ty.minimum = (memory.len() / PAGE) as u64;
                    memories.memory(ty);
                }
                module.section(&memories);
            }
            Payload::GlobalSection(section) => {
                let mut out = GlobalSection::new();
                for (index, global) in (imported..).zip(section.clone()) {
                    let global = global.map_err(broken)?;
                    let ty = RoundtripReencoder.global_type(global.ty).map_err(broken)?;
                    let init = match globals.get(&index) {
                        Some(bits) => constant(global.ty.content_type, *bits),
                        None => RoundtripReencoder.const_expr(global.init_expr).map_err(broken)?,
                    };
                    out.global(ty, &init);
                }
                module.section(&out);
            }
            Payload::DataSection(_) => {
                module.section(&data.take().unwrap_or_default());
            }
            Payload::StartSection { .. } | Payload::DataCountSection { .. } | Payload::CustomSection(_) => {}
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if let Some(data) = data {
        let mut tail = wasm_encoder::Module::new();
        tail.section(&data);
        module.extend_from_slice(&tail.finish()[8..]);
    }
    Ok(module)
}

fn constant(ty: ValType, bits: u64) -> ConstExpr {
    match ty {
        ValType::I64 => ConstExpr::i64_const(bits as i64),
        ValType::F32 => ConstExpr::f32_const(f32::from_bits(bits as u32).into()),
        ValType::F64 => ConstExpr::f64_const(f64::from_bits(bits).into()),
        _ => ConstExpr::i32_const(bits as u32 as i32),
    }
}

/// The non-zero stretches of a memory, split where at least `GAP` zeros stand between them.
fn segments(memory: &[u8]) -> DataSection {
    let mut data = DataSection::new();
    let mut at = 0;
    while let Some(start) = memory[at..].iter().position(|b| *b != 0).map(|n| at + n) {
        let mut end = start + 1;
        let mut look = end;
        while look < memory.len() && look - end < GAP {
            if memory[look] != 0 {
                end = look + 1;
            }
            look += 1;
        }
        data.active(0, &ConstExpr::i32_const(start as i32), memory[start..end].iter().copied());
        at = look;
        if at >= memory.len() {
            break;
        }
    }
    data
}

/// Copies a module section by section; `change` may write something else instead.
pub(super) fn rewrite(
    wasm: &[u8],
    mut change: impl FnMut(&Payload<'_>, &mut wasm_encoder::Module) -> Result<bool>,
) -> Result<Vec<u8>> {
    let mut module = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(broken)?;
        if matches!(payload, Payload::Version { .. } | Payload::CodeSectionEntry(_) | Payload::End(_))
            || change(&payload, &mut module)?
        {
            continue;
        }
        let section = match &payload {
            Payload::CodeSectionStart { range, .. } => Some((10, range.clone())),
            other => other.as_section(),
        };
        if let Some((id, range)) = section {
            module.section(&RawSection { id, data: &wasm[range] });
        }
    }
    Ok(module.finish())
}

pub(super) fn broken(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::InvalidModule, format_args!("the language pack cannot be built: {why}"))
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
