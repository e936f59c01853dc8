//! What compiling one function takes, estimated while it is read: in units of about 10 ns, measured on wasmtime 48.
//!
//! The compiler's work grows with products: places where control joins times local variables, loops within loops
//! times variables squared, calls times their arguments. The weights are rough; they need only tell what real
//! compilers write from what is written to keep ours busy. The largest seen in Go, Rust, C, Ruby and Python programs
//! stands beside each cap.

use super::caps::{cap, parts};
use wasm_sandbox_policy::Result;
use wasmparser::{BlockType, ModuleArity, Operator};

/// Units for one function (Ruby's interpreter loop: 50 million).
const WORK: u64 = 200_000_000;
/// Blocks within blocks (esbuild: 3,289; Go makes one per place where a goroutine may wait).
const DEPTH: u64 = 10_000;
/// Loops within loops (Pyodide: 10).
const LOOP_DEPTH: u64 = 50;
/// Loops of one function (Ruby: 154).
const LOOPS: u64 = 2_000;
/// Targets of all branch tables of one function (Pyodide: 15,805).
const TARGETS: u64 = 100_000;

/// Units for a place where control joins or leaves, and for each variable there.
const JOIN: u64 = 100;
const JOIN_VARIABLE: u64 = 40;
/// Units for a loop, and for each variable there.
const LOOP: u64 = 2_000;
const LOOP_VARIABLE: u64 = 200;
/// Units for a target of a branch table, and for each variable there.
const TARGET: u64 = 100;
const TARGET_VARIABLE: u64 = 10;
/// Units for each value that a call, a block or a branch takes or gives.
const VALUE: u64 = 20;
/// Values of one call that pass in registers and cost no more than `VALUE`.
const NARROW: u64 = 16;
/// Units for each further one: it goes through the frame, and lives there until the compiler has found out otherwise.
const FRAME_VALUE: u64 = 300;
/// Pairs of edges from a call to a handler around it that take a unit.
const EDGE_PAIRS: u64 = 6;
/// Units for declaring a variable.
const VARIABLE: u64 = 5;

/// One function, as far as it was read.
pub(super) struct Tally {
    work: u64,
    /// Parameters and locals.
    variables: u64,
    loops: u64,
    targets: u64,
    /// Open blocks, innermost last.
    open: Vec<Frame>,
    open_loops: u64,
    deepest: u64,
    /// Handlers around the place that is read now.
    handlers: u64,
    /// Ways from a call to a handler.
    edges: u64,
}

#[derive(Default)]
struct Frame {
    is_loop: bool,
    handlers: u64,
}

impl Tally {
    /// A function with so many parameters and locals.
    pub(super) fn new(variables: u64) -> Tally {
        Tally {
            work: variables.saturating_mul(VARIABLE),
            variables,
            loops: 0,
            targets: 0,
            open: vec![Frame::default()],
            open_loops: 0,
            deepest: 0,
            handlers: 0,
            edges: 0,
        }
    }

    /// Counts one instruction, before it is validated.
    pub(super) fn see(&mut self, operator: &Operator<'_>, types: &impl ModuleArity) -> Result<()> {
        match operator {
            Operator::Block { blockty } | Operator::If { blockty } => {
                self.join(block(*blockty, types));
                self.enter(Frame::default())?;
            }
            Operator::Loop { blockty } => {
                self.join(block(*blockty, types));
                self.enter_loop()?;
            }
            Operator::TryTable { try_table } => {
                let handlers = try_table.catches.len() as u64;
                self.join(block(try_table.ty, types).saturating_add(handlers));
                self.enter(Frame { is_loop: false, handlers })?;
            }
            Operator::Else => self.join(0),
            Operator::End => self.leave(),
            Operator::Br { relative_depth }
            | Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. } => self.join(label(*relative_depth, types)),
            Operator::BrTable { targets } => self.branch_table(targets, types)?,
            Operator::Return => self.join(label((self.open.len() as u32).saturating_sub(1), types)),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                let ty = types.type_index_of_function(*function_index);
                self.call(ty.map_or(0, |ty| of_type(ty, types)));
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => self.call(of_type(*type_index, types)),
            Operator::Throw { tag_index } => {
                let (params, _) = types.tag_type_arity(*tag_index).unwrap_or_default();
                self.call(params.into());
            }
            Operator::StructNew { struct_type_index } => self.make(of_type(*struct_type_index, types)),
            Operator::StructNewDefault { struct_type_index } => self.call(of_type(*struct_type_index, types)),
            Operator::ArrayNewFixed { array_size, .. } => self.make((*array_size).into()),
            _ => return Ok(()),
        }
        cap("units of work to compile one function", self.work, WORK)
    }

    /// All units, once the function was read.
    pub(super) fn finish(mut self) -> Result<u64> {
        let nested = self.deepest.saturating_mul(self.variables).saturating_mul(self.variables);
        self.add(nested);
        self.add(self.edges.saturating_mul(self.edges) / EDGE_PAIRS);
        cap("units of work to compile one function", self.work, WORK)?;
        Ok(self.work)
    }

    fn add(&mut self, units: u64) {
        self.work = self.work.saturating_add(units);
    }

    /// Control joins or leaves with `values` on the stack.
    fn join(&mut self, values: u64) {
        self.add(JOIN + self.variables.saturating_mul(JOIN_VARIABLE));
        self.add(values.saturating_mul(VALUE));
    }

    /// A call, or something else that a few bytes make work for each of many values.
    fn call(&mut self, values: u64) {
        self.add(values.saturating_sub(NARROW).saturating_mul(FRAME_VALUE));
        self.make(values);
    }

    /// What takes its values from the stack, where an instruction each has put them.
    fn make(&mut self, values: u64) {
        self.add(values.saturating_mul(VALUE));
        self.edges = self.edges.saturating_add(self.handlers);
    }

    fn branch_table(&mut self, targets: &wasmparser::BrTable<'_>, types: &impl ModuleArity) -> Result<()> {
        // Every target takes the same number of values, so the default speaks for all.
        let count = u64::from(targets.len()) + 1;
        self.targets += count;
        cap("targets of branch tables in one function", self.targets, TARGETS)?;
        let values = label(targets.default(), types).saturating_mul(VALUE);
        let each = (TARGET + values).saturating_add(self.variables.saturating_mul(TARGET_VARIABLE));
        self.add(count.saturating_mul(each));
        Ok(())
    }

    fn enter(&mut self, frame: Frame) -> Result<()> {
        self.handlers = self.handlers.saturating_add(frame.handlers);
        self.open.push(frame);
        cap("blocks within blocks", self.open.len() as u64, DEPTH)
    }

    fn enter_loop(&mut self) -> Result<()> {
        self.add(LOOP + self.variables.saturating_mul(LOOP_VARIABLE));
        self.loops += 1;
        cap("loops in one function", self.loops, LOOPS)?;
        self.open_loops += 1;
        self.deepest = self.deepest.max(self.open_loops);
        cap("loops within loops", self.open_loops, LOOP_DEPTH)?;
        self.enter(Frame { is_loop: true, handlers: 0 })
    }

    fn leave(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.open_loops -= u64::from(frame.is_loop);
            self.handlers -= frame.handlers;
        }
    }
}

/// Values that a block takes and gives.
fn block(ty: BlockType, types: &impl ModuleArity) -> u64 {
    let (params, results) = types.block_type_arity(ty).unwrap_or_default();
    u64::from(params) + u64::from(results)
}

/// Values that a branch carries, at most.
fn label(depth: u32, types: &impl ModuleArity) -> u64 {
    types.label_block(depth).map_or(0, |(ty, _)| block(ty, types))
}

/// Parameters and results, or fields, of a type.
fn of_type(index: u32, types: &impl ModuleArity) -> u64 {
    types.sub_type_at(index).map_or(0, |ty| parts(&ty.composite_type.inner))
}
