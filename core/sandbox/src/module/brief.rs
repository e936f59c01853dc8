//! Which exports are brief: whatever they are given, they end by themselves within microseconds.
//!
//! Such a function has a short body and neither loops nor calls nor does anything in bulk, so that it executes each of
//! its instructions once at most; nor does it touch variables that hold objects, which may have some collected. What is
//! not known here to be of that kind is not.

use std::collections::HashMap;
use wasmparser::{ExternalKind, FunctionBody, GlobalType, TypeRef, ValType};

/// Bytes of a brief function: its longest instructions take some twenty cycles, and a byte each.
const BODY_BYTES: usize = 256;

/// The functions of a module, as far as it was read.
#[derive(Default)]
pub(super) struct Brief {
    /// The places of the exports in their list, by the function that they stand for.
    exported: HashMap<u32, Vec<u32>>,
    exports: u32,
    functions: u32,
    /// Whether a variable of the module holds references.
    references: bool,
    found: Vec<u32>,
}

impl Brief {
    pub(super) fn import(&mut self, ty: &TypeRef) {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions += 1,
            TypeRef::Global(ty) => self.global(ty),
            _ => {}
        }
    }

    pub(super) fn global(&mut self, ty: &GlobalType) {
        self.references |= matches!(ty.content_type, ValType::Ref(_));
    }

    pub(super) fn export(&mut self, kind: ExternalKind, index: u32) {
        if matches!(kind, ExternalKind::Func | ExternalKind::FuncExact) {
            self.exported.entry(index).or_default().push(self.exports);
        }
        self.exports += 1;
    }

    pub(super) fn body(&mut self, body: &FunctionBody<'_>) {
        if let Some(places) = self.exported.get(&self.functions)
            && body.as_bytes().len() <= BODY_BYTES
            && self.is_brief(body).unwrap_or(false)
        {
            self.found.extend(places);
        }
        self.functions += 1;
    }

    fn is_brief(&self, body: &FunctionBody<'_>) -> wasmparser::Result<bool> {
        let (bytes, begins) = (body.as_bytes(), body.range().start);
        for operator in body.get_operators_reader()?.into_iter_with_offsets() {
            let (_, at) = operator?;
            let instruction = &bytes[at - begins..];
            let variable = matches!(instruction, [0x23 | 0x24, ..]);
            if !takes_no_time(instruction) || variable && self.references {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The places of the brief exports in the list of exports, in order.
    pub(super) fn finish(mut self) -> Box<[u32]> {
        self.found.sort_unstable();
        self.found.into()
    }
}

/// By the opcodes of the specification: anything else, and anything that is yet to come, may take long.
fn takes_no_time(instruction: &[u8]) -> bool {
    match instruction {
        // unreachable, nop, block, if, else; end, br, br_if, br_table, return: without a loop all of them lead onwards.
        [0x00..=0x02 | 0x04 | 0x05 | 0x0b..=0x0f, ..]
        // drop, select; variables; loads, stores and memory.size; constants and arithmetic.
        | [0x1a..=0x1c | 0x20..=0x24 | 0x28..=0x3f | 0x41..=0xc4, ..]
        // Floats into integers, saturating.
        | [0xfc, 0x00..=0x07, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::caps::declared;

    /// The names of the brief ones of a module's functions, each of which is exported by its own.
    fn brief(module: &str) -> Vec<u32> {
        let bytes = wat::parse_str(module).unwrap();
        declared(&bytes).unwrap().brief.to_vec()
    }

    #[test]
    fn arithmetic_and_branches_onwards_are_brief() {
        let module = r#"(module (memory (export "memory") 1) (global $g (mut i64) (i64.const 0))
            (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
            (func (export "trap") unreachable)
            (func (export "store") (param i32 f64) (i64.store (local.get 0) (i64.trunc_sat_f64_s (local.get 1))))
            (func (export "choose") (param i32) (result i64)
                (if (result i64) (local.get 0) (then (global.get $g)) (else (block (br 0)) (i64.const 7)))))"#;
        assert_eq!(brief(module), [1, 2, 3, 4]);
    }

    #[test]
    fn loops_calls_and_work_in_bulk_are_not() {
        let module = r#"(module (memory 1) (table 1 funcref) (type $none (func)) (data "x") (elem funcref)
            (func $self (export "calls") (call $self))
            (func (export "tail") (return_call $self))
            (func (export "indirect") (call_indirect (type $none) (i32.const 0)))
            (func (export "reference") (param (ref $none)) (call_ref $none (local.get 0)))
            (func (export "loops") (loop (br 0)))
            (func (export "grow") (drop (memory.grow (i32.const 1))))
            (func (export "fill") (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)))
            (func (export "copy") (memory.copy (i32.const 0) (i32.const 1) (i32.const 9)))
            (func (export "init") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)))
            (func (export "tables") (table.fill (i32.const 0) (ref.null func) (i32.const 1)))
            (func (export "vectors") (drop (v128.const i64x2 0 0)))
            (func (export "try") (try_table)))"#;
        assert!(brief(module).is_empty(), "{:?}", brief(module));
    }

    #[test]
    fn variables_that_hold_objects_are_not_touched() {
        let exports = r#"(global $number (mut i32) (i32.const 1))
            (func (export "reads") (drop (global.get $number)))
            (func (export "writes") (global.set $number (i32.const 2)))
            (func (export "adds") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))"#;
        assert_eq!(brief(&format!("(module {exports})")), [0, 1, 2]);
        for reference in ["(global anyref (ref.null any))", r#"(import "a" "b" (global externref))"#] {
            assert_eq!(brief(&format!("(module {reference} {exports})")), [2], "{reference}");
        }
    }

    #[test]
    fn long_functions_and_those_of_the_host_are_not() {
        let long = "(drop (i32.const 1))".repeat(100);
        let module = format!(
            r#"(module (import "host" "f" (func $f)) (export "host" (func $f)) (func (export "long") {long})
                (func $short (export "short") (export "again")) (export "last" (func $short)))"#
        );
        assert_eq!(brief(&module), [2, 3, 4]);
    }
}
