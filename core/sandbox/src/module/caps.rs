//! One pass over a module before anything is compiled: what it declares, and caps that keep compiling short.
//!
//! A compiler cannot be stopped inside a process, so what would make it run long or take much memory is refused
//! here. Nothing is allocated by a count that the module states.

use super::shape::Shape;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result};
use wasmparser::{Encoding, FunctionBody, Parser, Payload, TypeRef};

/// Caps by name. Real programs stay far below: CPython has 12,000 functions, its longest body 300 KiB.
const FUNCTION_BYTES: u64 = 1 << 20;
const FUNCTIONS: u64 = 100_000;
const LOCALS: u64 = 5_000;
const TYPES: u64 = 20_000;
const IMPORTS: u64 = 10_000;
const EXPORTS: u64 = 50_000;
const GLOBALS: u64 = 50_000;
const SEGMENTS: u64 = 100_000;

/// Bytes of a page of linear memory, unless a module says otherwise.
const PAGE: u64 = 65_536;

/// Checks a module against the caps and the policy's limits, before it is compiled.
pub(crate) fn check_caps(bytes: &[u8], limits: &Limits) -> Result<Shape> {
    check_form(bytes)?;
    let shape = read(bytes)?;
    check_shape(&shape, limits)?;
    Ok(shape)
}

/// Only what depends on the policy, for a module whose caps have been checked before.
pub(crate) fn check_minimums(shape: &Shape, limits: &Limits) -> Result<()> {
    check_shape(shape, limits)
}

/// Text, components and anything else that is no module in binary form.
fn check_form(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"\0asm") {
        return Ok(());
    }
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    let why = match first {
        None => "it is empty",
        Some(b'(' | b';') => "it is WebAssembly in text form; compile it to binary first (for example with wat2wasm or wasm-tools parse)",
        Some(_) => "it does not begin as WebAssembly does (\\0asm)",
    };
    Err(Error::new(ErrorCode::InvalidModule, why))
}

fn read(bytes: &[u8]) -> Result<Shape> {
    let mut shape = Shape::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(malformed)? {
            Payload::Version { encoding: Encoding::Component, .. } => {
                let why = "this is a component; this version runs core modules (compile for wasm32-wasip1 instead)";
                return Err(Error::new(ErrorCode::Unsupported, why).with("feature", "components"));
            }
            Payload::TypeSection(section) => cap("types", section.count().into(), TYPES)?,
            Payload::ImportSection(section) => {
                cap("imports", section.count().into(), IMPORTS)?;
                for import in section.into_imports() {
                    let import = import.map_err(malformed)?;
                    match import.ty {
                        TypeRef::Memory(ty) => shape.memory(ty.initial, ty.page_size_log2, ty.shared),
                        TypeRef::Table(ty) => shape.table(ty.initial),
                        _ => {}
                    }
                    shape.import(import.module, import.name, &import.ty);
                }
            }
            Payload::FunctionSection(section) => cap("functions", section.count().into(), FUNCTIONS)?,
            Payload::GlobalSection(section) => cap("globals", section.count().into(), GLOBALS)?,
            Payload::DataSection(section) => cap("data segments", section.count().into(), SEGMENTS)?,
            Payload::ElementSection(section) => cap("element segments", section.count().into(), SEGMENTS)?,
            Payload::MemorySection(section) => {
                for memory in section {
                    let ty = memory.map_err(malformed)?;
                    shape.memory(ty.initial, ty.page_size_log2, ty.shared);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    shape.table(table.map_err(malformed)?.ty.initial);
                }
            }
            Payload::ExportSection(section) => {
                cap("exports", section.count().into(), EXPORTS)?;
                for export in section {
                    let export = export.map_err(malformed)?;
                    shape.export(export.name, export.kind);
                }
            }
            Payload::CodeSectionEntry(body) => check_body(&body)?,
            _ => {}
        }
    }
    Ok(shape)
}

fn check_body(body: &FunctionBody<'_>) -> Result<()> {
    cap("bytes of one function", body.range().len() as u64, FUNCTION_BYTES)?;
    let mut locals = 0_u64;
    for local in body.get_locals_reader().map_err(malformed)? {
        locals += u64::from(local.map_err(malformed)?.0);
        cap("locals of one function", locals, LOCALS)?;
    }
    Ok(())
}

fn cap(what: &'static str, used: u64, limit: u64) -> Result<()> {
    if used <= limit {
        return Ok(());
    }
    let why = format_args!("the module has {used} {what}; at most {limit} are compiled");
    Err(Error::limit(ErrorCode::ModuleLimit, "caps", limit, used, why).with("cap", what))
}

fn check_shape(shape: &Shape, limits: &Limits) -> Result<()> {
    if shape.shared_memory {
        return Err(Error::new(ErrorCode::Unsupported, "the module asks for shared memory, which guests are never given").with("feature", "threads"));
    }
    count("memories", shape.memories, limits.memories.into())?;
    count("tables", shape.tables, limits.tables.into())?;
    count("tableElements", shape.table_elements, limits.table_elements)?;
    count("memoryBytes", shape.memory_bytes, limits.memory_bytes)
}

fn count(field: &'static str, used: u64, limit: u64) -> Result<()> {
    if used <= limit {
        return Ok(());
    }
    let why = format_args!("the module begins with {used}, the policy allows {limit} ({field})");
    Err(Error::limit(ErrorCode::MemoryLimit, field, limit, used, why))
}

fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    Error::new(ErrorCode::InvalidModule, format_args!("{} at byte {}", error.message(), error.offset())).with("offset", error.offset() as u64)
}

/// Validates all of a module without compiling it.
pub(super) fn validate(bytes: &[u8]) -> Result<()> {
    let mut validator = wasmparser::Validator::new_with_features(crate::engine::features());
    validator.validate_all(bytes).map(drop).map_err(malformed)
}

impl Shape {
    fn memory(&mut self, pages: u64, page_size_log2: Option<u32>, shared: bool) {
        let page = page_size_log2.map_or(PAGE, |log2| 1_u64.checked_shl(log2).unwrap_or(u64::MAX));
        self.memories += 1;
        self.memory_bytes = self.memory_bytes.saturating_add(pages.saturating_mul(page));
        self.shared_memory |= shared;
    }

    fn table(&mut self, elements: u64) {
        self.tables += 1;
        self.table_elements = self.table_elements.saturating_add(elements);
    }
}
