//! `verify`: what a module is, what it needs, and why a policy would refuse it. Nothing is compiled or run.

use super::describe::{Export, available, shown};
use super::outline::{Import, Outline};
use super::{EXTISM_MODULE, ModuleKind, Shape, caps, code};
use crate::host::{Signature, may_be_user_import, provided};
use serde::Serialize;
use wasm_sandbox_policy::{Details, Error, ErrorCode, Policy};

/// Imports that are named one by one as reasons against loading; the others show by their status.
const NAMED: usize = 20;

/// The report on one module under one policy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the module would load under the policy, given the host functions that it imports.
    pub allowed: bool,
    /// `numeric`, `command`, `reactor` or `extism`; null when it is no module.
    pub kind: Option<&'static str>,
    pub imports: Vec<ImportReport>,
    pub exports: Vec<Export>,
    /// What it asks for.
    pub needs: Needs,
    /// Capabilities that it mentions, granted or not: `network_access`, `host_function`.
    pub capabilities: Vec<&'static str>,
    /// Those that the policy does not grant; it loads, and is refused when it uses them.
    pub denied: Vec<Denial>,
    /// Why it would not load.
    pub refusals: Vec<Refusal>,
}

/// One import and whether it is given.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    pub module: String,
    pub name: String,
    /// `function`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// Types of a function's parameters and results.
    pub params: Vec<String>,
    pub results: Vec<String>,
    /// `provided`; `denied` (there, but refused when called); `host` (a host function of this name must be given);
    /// `unknown`.
    pub status: &'static str,
    /// Why it is not simply provided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The part of the policy that would allow it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
}

/// What a module begins with, and how far it would grow if it were let.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    pub module_bytes: u64,
    pub memories: u64,
    pub memory_bytes: u64,
    /// Null: no maximum of its own.
    pub memory_maximum_bytes: Option<u64>,
    pub tables: u64,
    pub table_elements: u64,
    /// Null: no maximum of its own.
    pub table_maximum_elements: Option<u64>,
}

/// A capability that is mentioned and not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Denial {
    pub capability: &'static str,
    pub import: String,
    /// The part of the policy that would allow it.
    pub rule: &'static str,
}

/// One reason against loading.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
    pub details: Details,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal { code: error.code, message: error.message, details: error.details }
    }
}

/// Reads and validates a module and holds it against a policy.
pub(crate) fn verify(bytes: &[u8], policy: &Policy) -> Report {
    let mut report = Report::default();
    report.needs.module_bytes = bytes.len() as u64;
    // What it is does not depend on the policy: limits are held against it afterwards, so that all reasons show.
    let read = caps::check_size(bytes, &policy.limits)
        .and_then(|()| caps::declared(bytes))
        .and_then(|shape| Ok((shape, Outline::read(bytes)?)));
    match read {
        Err(error) => report.refusals.push(error.into()),
        Ok((shape, outline)) => report.fill(bytes, &shape, outline, policy),
    }
    report.allowed = report.refusals.is_empty();
    report
}

impl Report {
    /// Of a module that was not read, since the policy allows none of its size.
    pub fn too_large(error: Error) -> Report {
        let mut report = Report::default();
        report.needs.module_bytes = error.details.get("used").and_then(|used| used.as_u64()).unwrap_or_default();
        report.refusals.push(error.into());
        report
    }

    fn fill(&mut self, bytes: &[u8], shape: &Shape, outline: Outline, policy: &Policy) {
        let refusals = code::check_code(bytes)
            .err()
            .into_iter()
            .chain(shape.refusals(&policy.limits))
            .chain(policy.unsupported())
            .chain(policy.unsupported_by_modules());
        self.refusals.extend(refusals.map(Refusal::from));
        self.kind = Some(match outline.kind() {
            ModuleKind::Numeric => "numeric",
            ModuleKind::Command => "command",
            ModuleKind::Reactor => "reactor",
            ModuleKind::Extism => "extism",
        });
        let needs = &mut self.needs;
        (needs.memories, needs.memory_bytes) = (shape.memories, shape.memory_bytes);
        (needs.tables, needs.table_elements) = (shape.tables, shape.table_elements);
        needs.memory_maximum_bytes = outline.memory_maximum;
        needs.table_maximum_elements = outline.table_maximum;
        let mut unknown = 0;
        for import in outline.imports {
            let verdict = judge(&import, policy);
            if let Some(capability) = verdict.capability
                && !self.capabilities.contains(&capability)
            {
                self.capabilities.push(capability);
            }
            match verdict.status {
                "denied" => self.denied.extend(verdict.denial(&import)),
                "unknown" => {
                    unknown += 1;
                    if unknown <= NAMED {
                        self.refusals.push(verdict.refusal(&import).into());
                    }
                }
                _ => {}
            }
            self.imports.push(verdict.report(import));
        }
        self.exports = outline.exports;
    }
}

/// What is thought of one import.
struct Verdict {
    status: &'static str,
    capability: Option<&'static str>,
    rule: Option<&'static str>,
    reason: Option<String>,
}

impl Verdict {
    fn denial(&self, import: &Import) -> Option<Denial> {
        let import = shown(&import.module, &import.name);
        Some(Denial { capability: self.capability?, import, rule: self.rule? })
    }

    fn refusal(&self, import: &Import) -> Error {
        let import = shown(&import.module, &import.name);
        let reason = self.reason.as_deref().unwrap_or("it is not given");
        let why = format_args!("the import {import} cannot be given: {reason}");
        Error::new(ErrorCode::InvalidModule, why).with("import", import)
    }

    fn report(self, import: Import) -> ImportReport {
        let Signature { params, results } = import.signature;
        ImportReport {
            module: import.module,
            name: import.name,
            kind: import.kind,
            params,
            results,
            status: self.status,
            reason: self.reason,
            rule: self.rule,
        }
    }
}

fn judge(import: &Import, policy: &Policy) -> Verdict {
    let verdict = |status, reason: Option<String>| Verdict { status, capability: None, rule: None, reason };
    let (module, name) = (import.module.as_str(), import.name.as_str());
    if import.kind != "function" {
        let why = format!("a {} cannot be imported, only functions can", import.kind);
        return verdict("unknown", Some(why));
    }
    match provided(module, name) {
        Some(ours) if *ours == import.signature => match needs_network(module, name) {
            true => network(),
            false => verdict("provided", None),
        },
        // A host function of the same name would be linked to it, with the type that the module wants.
        _ if may_be_user_import(module) => host_function(import, policy),
        Some(ours) => verdict("unknown", Some(format!("here it is {}", words(ours)))),
        None => verdict("unknown", Some(available(module).to_owned())),
    }
}

fn needs_network(module: &str, name: &str) -> bool {
    match module {
        EXTISM_MODULE => name == "http_request",
        "wasi_snapshot_preview1" => name.starts_with("sock_"),
        _ => false,
    }
}

fn network() -> Verdict {
    Verdict {
        status: "denied",
        capability: Some("network_access"),
        rule: Some("capabilities.network"),
        reason: Some("no rule of capabilities.network allows it".to_owned()),
    }
}

fn host_function(import: &Import, policy: &Policy) -> Verdict {
    let mut types = import.signature.params.iter().chain(&import.signature.results);
    let numeric = types.all(|ty| matches!(ty.as_str(), "i32" | "i64" | "f32" | "f64"));
    let listed = policy.capabilities.host_functions.as_ref();
    let (status, rule, reason) = match listed {
        _ if !numeric => ("unknown", None, "it has parameters or results that are not numbers"),
        Some(names) if !names.contains(&import.name) => {
            let rule = "capabilities.hostFunctions";
            ("denied", Some(rule), "capabilities.hostFunctions does not list it")
        }
        _ => ("host", None, "the host must give a function of this name"),
    };
    Verdict { status, capability: Some("host_function"), rule, reason: Some(reason.to_owned()) }
}

fn words(signature: &Signature) -> String {
    let Signature { params, results } = signature;
    format!("({}) -> ({})", params.join(", "), results.join(", "))
}
