//! Imports and exports in words: for tools, for `exports()`, and for errors that say what is there.

use serde::Serialize;
use wasm_sandbox_policy::{Error, ErrorCode};
use wasmtime::{ExternType, Module};

/// Characters of a module's own names that errors show.
const NAME_CHARS: usize = 200;

/// One export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// Types of a function's parameters, such as `i32`.
    pub params: Vec<String>,
    /// Types of a function's results, or of a global.
    pub results: Vec<String>,
}

impl Export {
    pub fn is_function(&self) -> bool {
        self.kind == "function"
    }
}

/// What a module exports, in its own order.
pub(crate) fn exports(module: &Module) -> Vec<Export> {
    let describe = |export: wasmtime::ExportType<'_>| {
        let (kind, params, results) = match export.ty() {
            ExternType::Func(ty) => (
                "function",
                ty.params().map(|t| t.to_string()).collect(),
                ty.results().map(|t| t.to_string()).collect(),
            ),
            ExternType::Global(ty) => ("global", Vec::new(), vec![ty.content().to_string()]),
            ExternType::Memory(_) => ("memory", Vec::new(), Vec::new()),
            ExternType::Table(_) => ("table", Vec::new(), Vec::new()),
            ExternType::Tag(_) => ("tag", Vec::new(), Vec::new()),
        };
        Export { name: export.name().to_owned(), kind, params, results }
    };
    module.exports().map(describe).collect()
}

/// The error of a module whose imports cannot all be given.
pub(crate) fn link_error(module: &Module, error: &wasmtime::Error) -> Error {
    let text = format!("{error:#}");
    let unknown = module.imports().find(|import| text.contains(&format!("`{}::{}`", import.module(), import.name())));
    match unknown {
        Some(import) => {
            let name = shown(import.module(), import.name());
            let why = format_args!(
                "the import {name} is not given, or has another type here; {}",
                available(import.module())
            );
            Error::new(ErrorCode::InvalidModule, why).with("import", name)
        }
        None => Error::new(ErrorCode::InvalidModule, text),
    }
}

/// An import's name as errors show it; the module chose it, at any length.
pub(super) fn shown(module: &str, name: &str) -> String {
    let part = |text: &str| text.chars().take(NAME_CHARS).collect::<String>();
    format!("{}.{}", part(module), part(name))
}

/// What can be imported from a module of this name.
pub(super) fn available(module: &str) -> &'static str {
    match module {
        "wasi_snapshot_preview1" => "this is WASI preview 1, whose functions are all there",
        super::EXTISM_MODULE => "this is Extism's kernel, whose functions are all there",
        crate::host::extism::USER_MODULE => "a plug-in finds here the host functions that you give",
        "wasi_unstable" => "this is an early form of WASI; compile the module for wasi_snapshot_preview1",
        "env" => "env has log, time, random and abort, and the host functions that you give",
        _ => {
            "modules can import WASI preview 1, Extism's kernel, env.log, env.time, env.random, and the host \
             functions that you give under env or host"
        }
    }
}
