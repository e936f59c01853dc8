//! What kind of module it is, which decides how it is called.

use wasmtime::{ExternType, Module};

/// The calling conventions that a module can have, read off its imports and exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModuleKind {
    /// Exports with numeric parameters and results.
    Numeric,
    /// A WASI program: `_start` is run as a whole.
    Command,
    /// A WASI library: `_initialize` has run before its exports are called.
    Reactor,
    /// A plug-in for Extism's kernel: input and output are blocks of bytes.
    Extism,
}

impl ModuleKind {
    /// The kind of a compiled module.
    pub(crate) fn of(module: &Module) -> ModuleKind {
        let imports: Vec<String> = module.imports().map(|import| import.module().to_owned()).collect();
        let function = |name: &str| matches!(module.get_export(name), Some(ExternType::Func(_)));
        ModuleKind::from_names(imports.iter().map(String::as_str), function)
    }

    /// The kind, from the names of imported modules and whether a function is exported under a name.
    pub(super) fn from_names<'a>(
        mut imports: impl Iterator<Item = &'a str>,
        exports_function: impl Fn(&str) -> bool,
    ) -> ModuleKind {
        if imports.any(|module| module == super::EXTISM_MODULE) {
            ModuleKind::Extism
        } else if exports_function("_start") {
            ModuleKind::Command
        } else if exports_function("_initialize") {
            ModuleKind::Reactor
        } else {
            ModuleKind::Numeric
        }
    }
}
