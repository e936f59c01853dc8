//! TypeScript source: types are taken out, not checked, and what is left is JavaScript with the same lines and columns.
//!
//! The source is hostile. Its length is limited, `nesting.rs` bounds how deep the parser recurses before it begins,
//! and the parser runs on as much stack as that takes. Neither touches the guest: this is the host's own work.

mod edits;
mod enums;
mod erase;
mod imports;
mod members;
mod nesting;
mod place;

use edits::Edits;
use erase::Eraser;
use nesting::Nesting;
use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::Parser;
use oxc_span::SourceType;
use place::Fault;
use std::panic::{AssertUnwindSafe, catch_unwind};
use wasm_sandbox_policy::{Error, ErrorCode, Limits, Result};

/// The most source text, whatever the policy allows for a module.
const SOURCE_BYTES: u64 = 2 << 20;
/// What one level takes of the stack at most, in parser and visitor together; the deepest measured took 2.2 KB a byte of source.
const LEVEL_BYTES: usize = 4 << 10;
/// What parsing anything takes.
const BASE_BYTES: usize = 128 << 10;
/// Up to this length the source gets stack for as many levels as it has bytes; more than that it cannot nest.
const SHORT_BYTES: usize = 16 << 10;

/// JavaScript for TypeScript source. What cannot be parsed is a `SyntaxError` of the guest at the place in `file`.
pub(crate) fn strip(source: &str, file: &str, limits: &Limits) -> Result<String> {
    let most = limits.module_bytes.min(SOURCE_BYTES);
    let bytes = source.len() as u64;
    if bytes > most {
        let why = format_args!("the TypeScript source has {bytes} bytes, more than {most} (moduleBytes)");
        return Err(Error::limit(ErrorCode::ModuleLimit, "moduleBytes", most, bytes, why));
    }
    let nesting = Nesting::of(source.as_bytes());
    if let Some(at) = nesting.excess(source.len()) {
        return Err(place::error(source, file, &Fault::new(at, "the source is nested too deeply")));
    }
    let levels = nesting.levels().max(source.len().min(SHORT_BYTES));
    let stack = BASE_BYTES + levels * LEVEL_BYTES;
    let parsed = catch_unwind(AssertUnwindSafe(|| stacker::maybe_grow(stack, stack, || erased(source))));
    match parsed {
        Ok(Ok(code)) => Ok(code),
        Ok(Err(fault)) => Err(place::error(source, file, &fault)),
        Err(_) => Err(Error::new(
            ErrorCode::Unsupported,
            "this TypeScript source cannot be turned into JavaScript: its parser failed on it",
        )),
    }
}

fn erased(source: &str) -> Result<String, Fault> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::ts()).parse();
    if let Some(error) = parsed.diagnostics.errors().next() {
        let at = error.labels.first().map_or(0, |label| label.offset());
        return Err(Fault::new(at as usize, error.message.to_string()));
    }
    let mut eraser = Eraser::new(source);
    eraser.visit_program(&parsed.program);
    imports::erase(&mut eraser, &parsed.program);
    match eraser.fault {
        Some(fault) => Err(fault),
        None => Ok(Edits::apply(eraser.edits, source)),
    }
}

#[cfg(test)]
mod tests;
