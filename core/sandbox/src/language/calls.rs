//! Which functions of a module can come to call themselves, directly or through others or through a table.
//!
//! Where it cannot be told which function of a table is called, all of that type are. Only reads.

use super::snapshot::broken;
use std::collections::{HashMap, HashSet};
use wasm_sandbox_policy::Result;
use wasmparser::{ElementItems, Operator, Parser, Payload, TypeRef};

/// See the module's head.
pub(super) struct Recursive {
    /// Functions that are imported, whose indices come first.
    pub(super) imported: u32,
    /// Indices of those that can.
    pub(super) functions: HashSet<u32>,
}

/// Functions are nodes by their index, and so are types, behind them: a call through a table goes to its type, and a
/// type goes to every function of it that a table or a reference may hold.
pub(super) fn recursive(wasm: &[u8]) -> Result<Recursive> {
    let mut types: Vec<u32> = Vec::new();
    let (mut imported, mut type_count, mut held) = (0, 0, HashSet::new());
    let mut calls: Vec<Vec<Callee>> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(broken)? {
            Payload::TypeSection(section) => {
                for group in section {
                    type_count += group.map_err(broken)?.types().len() as u32;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.map_err(broken)?.ty {
                        types.push(ty);
                        imported += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    types.push(ty.map_err(broken)?);
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    match element.map_err(broken)?.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                held.insert(function.map_err(broken)?);
                            }
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                for operator in expression.map_err(broken)?.get_operators_reader() {
                                    if let Operator::RefFunc { function_index } = operator.map_err(broken)? {
                                        held.insert(function_index);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut callees = Vec::new();
                for operator in body.get_operators_reader().map_err(broken)? {
                    match operator.map_err(broken)? {
                        Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                            callees.push(Callee::Function(function_index));
                        }
                        Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                            callees.push(Callee::Type(type_index));
                        }
                        Operator::CallRef { .. } | Operator::ReturnCallRef { .. } => {
                            return Err(broken("it calls through references"));
                        }
                        Operator::RefFunc { function_index } => {
                            held.insert(function_index);
                        }
                        _ => {}
                    }
                }
                calls.push(callees);
            }
            _ => {}
        }
    }
    let graph = Graph::new(imported, &types, type_count, &held, &calls);
    let functions = graph.in_cycles().into_iter().filter(|node| (*node as usize) < types.len()).collect();
    Ok(Recursive { imported, functions })
}

enum Callee {
    Function(u32),
    Type(u32),
}

struct Graph {
    edges: Vec<Vec<u32>>,
}

impl Graph {
    fn new(imported: u32, types: &[u32], type_count: u32, held: &HashSet<u32>, calls: &[Vec<Callee>]) -> Graph {
        let functions = types.len() as u32;
        let mut edges = vec![Vec::new(); (functions + type_count) as usize];
        for (caller, callees) in (imported..).zip(calls) {
            edges[caller as usize] = callees
                .iter()
                .map(|callee| match callee {
                    Callee::Function(index) => *index,
                    Callee::Type(index) => functions + index,
                })
                .collect();
        }
        let mut of_type: HashMap<u32, Vec<u32>> = HashMap::new();
        for (function, ty) in (0..).zip(types).filter(|(function, _)| held.contains(function)) {
            of_type.entry(*ty).or_default().push(function);
        }
        for (ty, functions_of_it) in of_type {
            edges[(functions + ty) as usize] = functions_of_it;
        }
        Graph { edges }
    }

    /// The nodes from which a path leads back to themselves: Tarjan's strongly connected components, without recursion.
    fn in_cycles(&self) -> Vec<u32> {
        const NEW: u32 = u32::MAX;
        let nodes = self.edges.len();
        let (mut order, mut low, mut on_stack) = (vec![NEW; nodes], vec![0; nodes], vec![false; nodes]);
        let (mut stack, mut path, mut found, mut next) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for root in 0..nodes {
            if order[root] == NEW {
                path.push((root, 0));
            }
            while let Some((node, edge)) = path.pop() {
                if edge == 0 {
                    (order[node], low[node], on_stack[node]) = (next, next, true);
                    next += 1;
                    stack.push(node);
                }
                if let Some(to) = self.edges[node].get(edge).map(|to| *to as usize) {
                    path.push((node, edge + 1));
                    if order[to] == NEW {
                        path.push((to, 0));
                    } else if on_stack[to] {
                        low[node] = low[node].min(order[to]);
                    }
                    continue;
                }
                if let Some((above, _)) = path.last() {
                    low[*above] = low[*above].min(low[node]);
                }
                if low[node] == order[node] {
                    let start = stack.iter().rposition(|one| *one == node).unwrap_or(0);
                    let component = stack.split_off(start);
                    for one in &component {
                        on_stack[*one] = false;
                    }
                    if component.len() > 1 || self.edges[node].contains(&(node as u32)) {
                        found.extend(component.into_iter().map(|one| one as u32));
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn found(text: &str) -> Vec<u32> {
        let wasm = wat::parse_str(text).unwrap();
        let mut found: Vec<u32> = recursive(&wasm).unwrap().functions.into_iter().collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn calls_in_a_circle_are_found_and_others_are_not() {
        let circle =
            "(module (import \"e\" \"i\" (func)) (func call 0 call 2) (func call 3) (func call 2) (func call 4))";
        assert_eq!(found(circle), [2, 3, 4]);
        assert!(found("(module (func call 1) (func call 2) (func))").is_empty());
        assert_eq!(found("(module (func return_call 1) (func return_call 0))"), [0, 1]);
    }

    #[test]
    fn a_call_through_a_table_may_be_of_any_function_of_the_type_that_is_in_one() {
        let table = "(module (type $a (func)) (type $b (func (param i32))) (table 3 funcref) (elem (i32.const 0) 0 1)
            (func (type $a) (call_indirect (type $a) (i32.const 0)))
            (func (type $b))
            (func (type $a) (call_indirect (type $a) (i32.const 0)))
            (func (type $a) (call_indirect (type $b) (i32.const 1) (i32.const 0))))";
        assert_eq!(found(table), [0]);
    }
}
