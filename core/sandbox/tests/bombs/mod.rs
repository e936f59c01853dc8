//! Small modules that would keep a compiler busy for minutes or hours, or take the host's memory.

use wasm_encoder::*;

/// A module of functions without parameters and results.
pub(crate) fn module(bodies: &[Function]) -> Vec<u8> {
    with_types(bodies, |types| types.ty().function([], []))
}

/// A module of functions of type 0.
fn with_types(bodies: &[Function], declare: impl FnOnce(&mut TypeSection)) -> Vec<u8> {
    let (mut module, mut types) = (Module::new(), TypeSection::new());
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    declare(&mut types);
    for body in bodies {
        functions.function(0);
        code.function(body);
    }
    module.section(&types).section(&functions).section(&code);
    module.finish()
}

fn body(locals: u32, write: impl FnOnce(&mut InstructionSink<'_>)) -> Function {
    let mut function = Function::new((locals > 0).then_some((locals, ValType::I32)));
    write(&mut function.instructions());
    function.instructions().end();
    function
}

/// Each variable is read and written, so that all are alive.
fn use_all(code: &mut InstructionSink<'_>, locals: u32) {
    for local in 0..locals {
        code.local_get(local).i32_const(1).i32_add().local_set(local);
    }
}

/// A condition that may hold, from a variable where there is one.
fn condition(code: &mut InstructionSink<'_>, index: u32, locals: u32) {
    if locals == 0 {
        code.i32_const(0);
    } else {
        code.local_get(index % locals);
    }
}

pub(crate) fn nested_blocks(depth: u32) -> Function {
    body(0, |code| {
        (0..depth).for_each(|_| {
            code.block(BlockType::Empty);
        });
        (0..depth).for_each(|_| {
            code.end();
        });
    })
}

pub(crate) fn nested_loops(depth: u32, locals: u32) -> Function {
    body(locals, |code| {
        (0..depth).for_each(|_| {
            code.loop_(BlockType::Empty);
        });
        use_all(code, locals);
        for index in 0..depth {
            condition(code, index, locals);
            code.br_if(0).end();
        }
    })
}

pub(crate) fn loops_in_a_row(count: u32, locals: u32) -> Function {
    body(locals, |code| {
        for index in 0..count {
            code.loop_(BlockType::Empty);
            condition(code, index, locals);
            if locals > 0 {
                code.i32_const(1).i32_add().local_tee(index % locals);
            }
            code.br_if(0).end();
        }
        use_all(code, locals);
    })
}

fn blocks_in_a_row(count: u32, locals: u32) -> Function {
    body(locals, |code| {
        for index in 0..count {
            code.block(BlockType::Empty);
            condition(code, index, locals);
            code.br_if(0).end();
        }
        use_all(code, locals);
    })
}

/// `tables` branch tables of `targets` targets, the last with `more`, all to the same few blocks.
pub(crate) fn branch_tables(tables: u32, targets: u32, more: u32) -> Function {
    body(0, |code| {
        for table in 0..tables {
            let targets = targets + if table + 1 == tables { more } else { 0 };
            code.block(BlockType::Empty).i32_const(0);
            code.br_table(vec![0; targets as usize], 0).end();
        }
    })
}

/// Branch tables to a thousand blocks that all have many ways in.
fn branching(tables: u32, targets: u32) -> Function {
    body(10, |code| {
        (0..1_000).for_each(|_| {
            code.block(BlockType::Empty);
        });
        let all: Vec<u32> = (0..targets).map(|target| target % 1_000).collect();
        for table in 0..tables {
            code.block(BlockType::Empty).local_get(table % 10).br_table(all.clone(), 0).end();
        }
        for index in 0..1_000 {
            code.local_get(index % 10).i32_const(1).i32_add().local_set(index % 10).end();
        }
    })
}

/// Two bytes each: a call that takes nothing and gives a thousand values.
fn giving_calls(count: u32) -> Vec<u8> {
    let calls = body(0, |code| {
        (0..count).for_each(|_| {
            code.call(0);
        });
        code.unreachable();
    });
    with_types(&[calls], |types| types.ty().function([], vec![ValType::I64; 1_000]))
}

/// Three bytes each: a block that takes and gives a thousand values.
fn wide_blocks(count: u32) -> Vec<u8> {
    let blocks = body(0, |code| {
        (0..1_000).for_each(|_| {
            code.i64_const(0);
        });
        for _ in 0..count {
            code.block(BlockType::FunctionType(1)).end();
        }
        code.unreachable();
    });
    with_types(&[blocks], |types| {
        types.ty().function([], []);
        types.ty().function(vec![ValType::I64; 1_000], vec![ValType::I64; 1_000]);
    })
}

/// Four bytes each: a struct of ten thousand fields.
fn wide_structs(count: u32) -> Vec<u8> {
    let structs = body(0, |code| {
        (0..count).for_each(|_| {
            code.struct_new_default(1).drop();
        });
    });
    with_types(&[structs], |types| {
        types.ty().function([], []);
        let field = FieldType { element_type: StorageType::Val(ValType::I64), mutable: true };
        types.ty().struct_(vec![field; 10_000]);
    })
}

/// Calls inside many blocks that catch.
fn calls_within_handlers(depth: u32, calls: u32) -> Function {
    body(0, |code| {
        (0..depth).for_each(|_| {
            code.try_table(BlockType::Empty, vec![Catch::All { label: 0 }; 10]);
        });
        (0..calls).for_each(|_| {
            code.call(0);
        });
        (0..depth).for_each(|_| {
            code.end();
        });
    })
}

/// A recursive group that says it has a million types.
fn lying_group() -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    // Section 1 of six bytes: one entry, a group (0x4e) of 999,999.
    bytes.extend([1, 5, 1, 0x4e, 0xbf, 0x84, 0x3d]);
    bytes
}

fn far_data() -> Vec<u8> {
    let (mut module, mut memories, mut data) = (Module::new(), MemorySection::new(), DataSection::new());
    memories.memory(MemoryType { minimum: 4_000, maximum: None, memory64: false, shared: false, page_size_log2: None });
    data.active(0, &ConstExpr::i32_const(0), [1]);
    data.active(0, &ConstExpr::i32_const(4_000 * 65_536 - 1), [1]);
    module.section(&memories).section(&data);
    module.finish()
}

/// Every bomb with its name.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a thousand loops within loops", module(&[nested_loops(1_000, 100)])),
        ("fifty loops around five thousand variables", module(&[nested_loops(50, 5_000)])),
        ("eighty thousand loops", module(&[loops_in_a_row(80_000, 1)])),
        ("two thousand loops over five thousand variables", module(&[loops_in_a_row(2_000, 5_000)])),
        ("fifty thousand blocks over a thousand variables", module(&[blocks_in_a_row(50_000, 1_000)])),
        ("a hundred thousand blocks within blocks", module(&[nested_blocks(100_000)])),
        ("half a million branches", module(&[branching(400, 1_000)])),
        ("one branch table of a million", module(&[branch_tables(1, 1_000_000, 0)])),
        ("one function of four megabytes", module(&[blocks_in_a_row(500_000, 1)])),
        ("a hundred thousand and one functions", module(&vec![nested_blocks(0); 100_001])),
        ("many heavy functions", module(&vec![blocks_in_a_row(4_000, 400); 200])),
        ("calls that give a thousand values", giving_calls(300_000)),
        ("blocks that take a thousand values", wide_blocks(200_000)),
        ("structs of ten thousand fields", wide_structs(200_000)),
        ("calls within a thousand handlers", module(&[calls_within_handlers(100, 100_000)])),
        ("a group of a million types", lying_group()),
        ("data far apart", far_data()),
    ]
}

/// What lies just under the caps, and must still compile in reasonable time.
pub(crate) fn heaviest_allowed() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("fifty loops within loops", module(&[nested_loops(50, 1_500)])),
        ("eight loops around five thousand variables", module(&[nested_loops(6, 5_000)])),
        ("two thousand loops", module(&[loops_in_a_row(2_000, 250)])),
        ("ten thousand blocks within blocks", module(&[nested_blocks(9_999)])),
        ("blocks in a row", module(&[blocks_in_a_row(20_000, 100)])),
        ("a hundred branch tables", module(&[branching(95, 1_000)])),
        ("calls that give a thousand values", giving_calls(620)),
        ("structs of ten thousand fields", wide_structs(60)),
        ("calls within handlers", module(&[calls_within_handlers(50, 68)])),
    ]
}
