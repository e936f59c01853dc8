//! Gives a pack's module the places where a run can be stopped: looks at a page that the watchdog takes away.
//!
//! The page is a memory of its own, the module's second, which nothing else in it can name. A look is one load, without
//! a test or a branch; it stands at the head of every loop and at the entry of every function that can come to call
//! itself, so that whatever goes on without end looks again and again. What happens then is in `time/poll.rs`.

use super::calls::recursive;
use super::snapshot::{broken, exports, rewrite};
use std::ops::Range;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CodeSection, ExportKind, MemorySection, MemoryType};
use wasm_sandbox_policy::Result;
use wasmparser::{BinaryReader, CodeSectionReader, FunctionBody, Operator, Payload};

/// The export by which the page is found.
pub(crate) const PAGE: &str = "__poll";
/// `(drop (i32.atomic.load8_u 1 (i32.const 0)))`. An atomic load is never left out or moved out of a loop, as the
/// compiler may do with plain ones; on every processor of ours it is a plain load.
const LOOK: [u8; 8] = [0x41, 0, 0xfe, 0x12, 0x40, 1, 0, 0x1a];

/// The module with its second memory and the looks at it. It has to have one memory, of its own.
pub(crate) fn with_polls(wasm: &[u8]) -> Result<Vec<u8>> {
    let recursive = recursive(wasm)?;
    let mut memories = 0;
    let module = rewrite(wasm, |payload, module| {
        match payload {
            Payload::MemorySection(section) => {
                let mut out = MemorySection::new();
                for ty in section.clone() {
                    out.memory(RoundtripReencoder.memory_type(ty.map_err(broken)?).map_err(broken)?);
                    memories += 1;
                }
                let (minimum, maximum) = (1, Some(1));
                out.memory(MemoryType { minimum, maximum, memory64: false, shared: false, page_size_log2: None });
                module.section(&out);
            }
            Payload::ExportSection(section) => {
                module.section(exports(section.clone(), &[])?.export(PAGE, ExportKind::Memory, 1));
            }
            Payload::CodeSectionStart { range, .. } => {
                let mut code = CodeSection::new();
                let bodies = BinaryReader::new(&wasm[range.clone()], range.start);
                let bodies = CodeSectionReader::new(bodies).map_err(broken)?;
                for (function, body) in (recursive.imported..).zip(bodies) {
                    code.raw(&polled(wasm, &body.map_err(broken)?, recursive.functions.contains(&function))?);
                }
                module.section(&code);
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    match memories {
        1 => Ok(module),
        _ => Err(broken(format_args!("it has {memories} memories of its own"))),
    }
}

/// A function's body with looks in it.
fn polled(wasm: &[u8], body: &FunctionBody<'_>, at_entry: bool) -> Result<Vec<u8>> {
    let Range { start, end } = body.range();
    let mut operators = body.get_operators_reader().map_err(broken)?;
    let mut out = Vec::with_capacity(end - start + 64);
    let mut copied = start;
    let mut look = |at: usize| {
        out.extend_from_slice(&wasm[copied..at]);
        out.extend_from_slice(&LOOK);
        copied = at;
    };
    if at_entry {
        look(operators.original_position());
    }
    while !operators.eof() {
        if let Operator::Loop { .. } = operators.read().map_err(broken)? {
            look(operators.original_position());
        }
    }
    out.extend_from_slice(&wasm[copied..end]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::language::Language;
    use wasmparser::Parser;

    /// Places where a function of the module looks: whether at its entry, and after how many of its loops.
    fn looks(wasm: &[u8]) -> Vec<(bool, usize, usize)> {
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::CodeSectionEntry(body) = payload.unwrap() else { continue };
            let all: Vec<Operator<'_>> =
                body.get_operators_reader().unwrap().into_iter().collect::<Result<_, _>>().unwrap();
            let looks_at = |at: usize| {
                matches!(
                    &all[at..],
                    [Operator::I32Const { value: 0 }, Operator::I32AtomicLoad8U { memarg }, Operator::Drop, ..]
                        if memarg.memory == 1 && memarg.offset == 0
                )
            };
            let loops: Vec<usize> =
                (0..all.len()).filter(|at| matches!(all[*at], Operator::Loop { .. })).map(|at| at + 1).collect();
            found.push((looks_at(0), loops.iter().filter(|at| looks_at(**at)).count(), loops.len()));
        }
        found
    }

    #[test]
    fn every_loop_and_every_function_on_a_circle_of_calls_of_the_packs_looks() {
        for language in [Language::JavaScript, Language::Python] {
            let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packages/sdk/packs");
            let packed = std::fs::read(packs.join(format!("{}.wasm.zst", language.name()))).unwrap();
            let plain = zstd::decode_all(&*packed).unwrap();
            let recursive = recursive(&plain).unwrap();
            let found = looks(&with_polls(&plain).unwrap());
            assert!(found.len() > 1_000 && recursive.functions.len() > 100, "{}", language.name());
            for (function, (at_entry, looked, loops)) in (recursive.imported..).zip(found) {
                assert_eq!(at_entry, recursive.functions.contains(&function), "function {function}");
                assert_eq!(looked, loops, "function {function}");
            }
        }
    }
}
