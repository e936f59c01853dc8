//! Imports and exports of a module that has not been compiled, in words.

use super::ModuleKind;
use super::caps::malformed;
use super::describe::Export;
use super::shape::bytes_of;
use crate::host::Signature;
use wasm_sandbox_policy::Result;
use wasmparser::{CompositeInnerType, ExternalKind, FuncType, Parser, Payload, TypeRef};

/// One import: where from, its name, its kind, and the type of a function.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) signature: Signature,
}

/// What a module imports and exports, and how far its memories and tables may grow by its own word.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<Export>,
    /// Bytes of all memories at their maximum; none: at least one has no maximum.
    pub(super) memory_maximum: Option<u64>,
    /// Elements of all tables at their maximum; none: at least one has no maximum.
    pub(super) table_maximum: Option<u64>,
    types: Vec<Signature>,
    /// Type indices of functions, imported ones first.
    functions: Vec<u32>,
}

impl Outline {
    /// Reads a module whose declarations have been checked: counts are bounded then.
    pub(super) fn read(bytes: &[u8]) -> Result<Outline> {
        let mut outline = Outline { memory_maximum: Some(0), table_maximum: Some(0), ..Outline::default() };
        for payload in Parser::new(0).parse_all(bytes) {
            outline.payload(payload.map_err(malformed)?).map_err(malformed)?;
        }
        Ok(outline)
    }

    /// How the module is called.
    pub(super) fn kind(&self) -> ModuleKind {
        let modules = self.imports.iter().map(|import| import.module.as_str());
        let exported = |name: &str| self.exports.iter().any(|e| e.is_function() && e.name == name);
        ModuleKind::from_names(modules, exported)
    }

    fn payload(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    for ty in group?.into_types() {
                        self.types.push(match &ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => signature(ty),
                            _ => Signature::default(),
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let (kind, signature) = self.import(import.ty);
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    self.imports.push(Import { module, name, kind, signature });
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memory(&memory?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.table(&table?.ty);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.export(export.name, export.kind, export.index);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, ty: TypeRef) -> (&'static str, Signature) {
        match ty {
            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                self.functions.push(ty);
                ("function", self.types.get(ty as usize).cloned().unwrap_or_default())
            }
            TypeRef::Memory(ty) => {
                self.memory(&ty);
                ("memory", Signature::default())
            }
            TypeRef::Table(ty) => {
                self.table(&ty);
                ("table", Signature::default())
            }
            TypeRef::Global(_) => ("global", Signature::default()),
            TypeRef::Tag(_) => ("tag", Signature::default()),
        }
    }

    fn export(&mut self, name: &str, kind: ExternalKind, index: u32) {
        let mut types = Signature::default();
        let kind = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => {
                let ty = self.functions.get(index as usize);
                types = ty.and_then(|ty| self.types.get(*ty as usize)).cloned().unwrap_or_default();
                "function"
            }
            ExternalKind::Memory => "memory",
            ExternalKind::Table => "table",
            ExternalKind::Global => "global",
            ExternalKind::Tag => "tag",
        };
        let Signature { params, results } = types;
        let name = name.to_owned();
        self.exports.push(Export { name, kind, params, results });
    }

    fn memory(&mut self, ty: &wasmparser::MemoryType) {
        let maximum = ty.maximum.map(|pages| bytes_of(ty, pages));
        self.memory_maximum = add(self.memory_maximum, maximum);
    }

    fn table(&mut self, ty: &wasmparser::TableType) {
        self.table_maximum = add(self.table_maximum, ty.maximum);
    }
}

fn add(sum: Option<u64>, more: Option<u64>) -> Option<u64> {
    sum.zip(more).map(|(sum, more)| sum.saturating_add(more))
}

fn signature(ty: &FuncType) -> Signature {
    Signature {
        params: ty.params().iter().map(ToString::to_string).collect(),
        results: ty.results().iter().map(ToString::to_string).collect(),
    }
}
