//! One quick pass over a module's declarations: its form, and caps that keep compiling short.
//!
//! A compiler cannot be stopped inside a process, so what would make it run long or take much memory is refused
//! before it starts: here by what is declared, in `code.rs` by what the functions say. Nothing is allocated by a
//! count that the module states. Real programs stay far below every cap (their largest figures are given).

use super::brief::Brief;
use super::shape::Shape;
use super::sparse::Sparse;
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result};
use wasmparser::{
    CompositeInnerType, ElementItems, Encoding, FunctionBody, Parser, Payload, SubType, TypeRef, TypeSectionReader,
};

/// Bytes of one function (esbuild: 200,000).
const FUNCTION_BYTES: u64 = 1 << 20;
/// Functions that the module defines (Ruby: 18,000).
const FUNCTIONS: u64 = 100_000;
/// Local variables of one function (Pyodide: 181; a compiler that does not optimise makes thousands).
const LOCALS: u64 = 5_000;
/// Types, those in recursive groups included (Pyodide: 252).
const TYPES: u64 = 10_000;
/// Parameters, results and fields of all types: each type has code of its own for entering it.
const TYPE_PARTS: u64 = 200_000;
/// Imports (Pyodide: 548).
const IMPORTS: u64 = 10_000;
/// Exports (Pyodide: 8,560).
const EXPORTS: u64 = 50_000;
/// Bytes of the names of imports and exports.
const NAME_BYTES: u64 = 4 << 20;
const GLOBALS: u64 = 50_000;
const TAGS: u64 = 10_000;
const MEMORIES: u64 = 100;
const TABLES: u64 = 100;
/// Data segments, and element segments (esbuild: 98,450 of data).
const SEGMENTS: u64 = 100_000;
/// Elements of all element segments.
const ELEMENTS: u64 = 1_000_000;

/// Marks a recursive group of types.
const GROUP: u8 = 0x4e;

/// Checks a module's form and declarations against the caps and the policy, before it is compiled.
pub(crate) fn check_caps(bytes: &[u8], limits: &Limits) -> Result<Shape> {
    let shape = declared(bytes)?;
    shape.check(limits)?;
    Ok(shape)
}

/// Only what depends on the policy, for a module whose caps have been checked before.
pub(crate) fn check_minimums(shape: &Shape, limits: &Limits) -> Result<()> {
    shape.check(limits)
}

/// Refuses a module over `moduleBytes`.
pub(crate) fn check_size(bytes: &[u8], limits: &Limits) -> Result<()> {
    let (limit, used) = (limits.module_bytes, bytes.len() as u64);
    if used <= limit {
        return Ok(());
    }
    let why = format_args!("the module has {used} bytes, the policy allows {limit} (moduleBytes)");
    Err(Error::limit(ErrorCode::ModuleLimit, "moduleBytes", limit, used, why))
}

/// Checks what no policy changes, and reads what policies are held against.
pub(super) fn declared(bytes: &[u8]) -> Result<Shape> {
    check_form(bytes)?;
    let mut pass = Pass::default();
    for payload in Parser::new(0).parse_all(bytes) {
        pass.payload(bytes, payload.map_err(malformed)?)?;
    }
    pass.sparse.check()?;
    pass.shape.brief = pass.brief.finish();
    Ok(pass.shape)
}

/// Text, components and anything else that is no module in binary form.
fn check_form(bytes: &[u8]) -> Result<()> {
    if bytes.starts_with(b"\0asm") {
        return Ok(());
    }
    let why = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "it is empty",
        Some(b'(' | b';') => {
            "it is WebAssembly in text form; compile it to binary first, for example with wat2wasm or \
             wasm-tools parse"
        }
        Some(_) => "it does not begin as WebAssembly does (\\0asm)",
    };
    Err(Error::new(ErrorCode::InvalidModule, why).with("offset", 0))
}

/// What has been counted so far.
#[derive(Default)]
struct Pass {
    shape: Shape,
    sparse: Sparse,
    brief: Brief,
    names: u64,
    types: u64,
    parts: u64,
    elements: u64,
}

impl Pass {
    fn payload(&mut self, bytes: &[u8], payload: Payload<'_>) -> Result<()> {
        let count = |what, count: u32, limit| cap(what, count.into(), limit);
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                let why = "this is a component, and this version runs core modules; compile it for wasm32-wasip1";
                return Err(Error::new(ErrorCode::Unsupported, why).with("feature", "components"));
            }
            Payload::TypeSection(section) => self.types(bytes, &section)?,
            Payload::ImportSection(section) => {
                count("imports", section.count(), IMPORTS)?;
                for import in section.into_imports() {
                    let import = import.map_err(malformed)?;
                    self.name(import.module)?;
                    self.name(import.name)?;
                    self.brief.import(&import.ty);
                    match import.ty {
                        TypeRef::Memory(ty) => self.memory(&ty)?,
                        TypeRef::Table(ty) => self.table(&ty)?,
                        _ => {}
                    }
                }
            }
            Payload::FunctionSection(section) => count("functions", section.count(), FUNCTIONS)?,
            Payload::TableSection(section) => {
                for table in section {
                    self.table(&table.map_err(malformed)?.ty)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(&memory.map_err(malformed)?)?;
                }
            }
            Payload::TagSection(section) => count("tags", section.count(), TAGS)?,
            Payload::GlobalSection(section) => {
                count("globals", section.count(), GLOBALS)?;
                for global in section {
                    self.brief.global(&global.map_err(malformed)?.ty);
                }
            }
            Payload::ExportSection(section) => {
                count("exports", section.count(), EXPORTS)?;
                for export in section {
                    let export = export.map_err(malformed)?;
                    self.name(export.name)?;
                    self.brief.export(export.kind, export.index);
                }
            }
            Payload::ElementSection(section) => {
                count("element segments", section.count(), SEGMENTS)?;
                for element in section {
                    self.elements += match element.map_err(malformed)?.items {
                        ElementItems::Functions(items) => u64::from(items.count()),
                        ElementItems::Expressions(_, items) => u64::from(items.count()),
                    };
                    cap("elements of segments", self.elements, ELEMENTS)?;
                }
            }
            Payload::DataCountSection { count: segments, .. } => count("data segments", segments, SEGMENTS)?,
            Payload::DataSection(section) => {
                count("data segments", section.count(), SEGMENTS)?;
                for data in section {
                    self.sparse.segment(&data.map_err(malformed)?);
                }
            }
            Payload::CodeSectionStart { count: bodies, .. } => count("functions", bodies, FUNCTIONS)?,
            Payload::CodeSectionEntry(body) => {
                check_body(&body)?;
                self.brief.body(&body);
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads types one by one: a group's own count would be believed by a reader of whole groups.
    fn types(&mut self, bytes: &[u8], section: &TypeSectionReader<'_>) -> Result<()> {
        cap("types", section.count().into(), TYPES)?;
        let range = section.range();
        let inside = bytes.get(range.clone()).unwrap_or_default();
        let mut reader = wasmparser::BinaryReader::new(inside, range.start);
        for _ in 0..reader.read_var_u32().map_err(malformed)? {
            let mut members = 1;
            if inside.get(reader.current_position()) == Some(&GROUP) {
                reader.read_u8().map_err(malformed)?;
                members = reader.read_var_u32().map_err(malformed)?;
            }
            self.types += u64::from(members);
            cap("types", self.types, TYPES)?;
            for _ in 0..members {
                let ty = reader.read::<SubType>().map_err(malformed)?;
                self.parts += parts(&ty.composite_type.inner);
                cap("parameters, results and fields of all types", self.parts, TYPE_PARTS)?;
            }
        }
        Ok(())
    }

    fn memory(&mut self, ty: &wasmparser::MemoryType) -> Result<()> {
        let bytes = self.shape.memory(ty);
        self.sparse.memory(bytes);
        cap("memories", self.shape.memories, MEMORIES)
    }

    fn table(&mut self, ty: &wasmparser::TableType) -> Result<()> {
        self.shape.table(ty);
        cap("tables", self.shape.tables, TABLES)
    }

    fn name(&mut self, name: &str) -> Result<()> {
        self.names += name.len() as u64;
        cap("bytes of imported and exported names", self.names, NAME_BYTES)
    }
}

/// Parameters and results of a function type, fields of a struct.
pub(super) fn parts(ty: &CompositeInnerType) -> u64 {
    match ty {
        CompositeInnerType::Func(ty) => (ty.params().len() + ty.results().len()) as u64,
        CompositeInnerType::Struct(ty) => ty.fields.len() as u64,
        _ => 1,
    }
}

fn check_body(body: &FunctionBody<'_>) -> Result<()> {
    cap("bytes in one function", body.range().len() as u64, FUNCTION_BYTES)?;
    let mut locals = 0_u64;
    for local in body.get_locals_reader().map_err(malformed)? {
        locals += u64::from(local.map_err(malformed)?.0);
        cap("locals in one function", locals, LOCALS)?;
    }
    Ok(())
}

/// The error of a cap that is passed.
pub(super) fn cap(what: &'static str, used: u64, limit: u64) -> Result<()> {
    if used <= limit {
        return Ok(());
    }
    let why = format_args!("the module has {used} {what}; modules with at most {limit} are compiled");
    Err(Error::limit(ErrorCode::ModuleLimit, "moduleCaps", limit, used, why).with("cap", what))
}

/// The error of bytes that are no valid module.
pub(super) fn malformed(error: wasmparser::BinaryReaderError) -> Error {
    let offset = error.offset() as u64;
    let why = format_args!("{} at byte {offset}", error.message());
    Error::new(ErrorCode::InvalidModule, why).with("offset", offset)
}
