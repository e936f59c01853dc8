//! What a module declares, read without compiling it.

use super::ModuleKind;
use wasmparser::{ExternalKind, TypeRef};

/// Declarations that decide how a module is treated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    /// Memories and tables, imported ones included, and what they begin with together.
    pub(super) memories: u64,
    pub(super) memory_bytes: u64,
    pub(super) tables: u64,
    pub(super) table_elements: u64,
    pub(super) shared_memory: bool,
    pub(super) imports: Vec<Import>,
    /// Names of exported functions.
    pub(super) functions: Vec<String>,
}

/// One import: where from, its name, its kind.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
}

impl Shape {
    pub(super) fn import(&mut self, module: &str, name: &str, ty: &TypeRef) {
        let kind = match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => "function",
            TypeRef::Memory(_) => "memory",
            TypeRef::Table(_) => "table",
            TypeRef::Global(_) => "global",
            TypeRef::Tag(_) => "tag",
        };
        self.imports.push(Import { module: module.to_owned(), name: name.to_owned(), kind });
    }

    pub(super) fn export(&mut self, name: &str, kind: ExternalKind) {
        if kind == ExternalKind::Func {
            self.functions.push(name.to_owned());
        }
    }

    pub(super) fn kind(&self) -> ModuleKind {
        let modules = self.imports.iter().map(|import| import.module.as_str());
        ModuleKind::from_names(modules, |name| self.functions.iter().any(|f| f == name))
    }
}
