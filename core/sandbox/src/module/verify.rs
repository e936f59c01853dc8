//! `verify`: what a module is, what it needs, and why a policy would refuse it. Nothing is compiled or run.

use super::caps::{check_caps, validate};
use super::describe::available;
use super::{EXTISM_MODULE, ModuleKind};
use serde::Serialize;
use wasm_sandbox_policy::{Details, Error, ErrorCode, Limits, Policy};

/// The report on one module under one policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the module would load under the policy.
    pub allowed: bool,
    /// `numeric`, `command`, `reactor` or `extism`; null when it is no module.
    pub kind: Option<&'static str>,
    pub imports: Vec<ImportReport>,
    /// Names of the functions that can be called.
    pub exports: Vec<String>,
    /// What it asks for at its start.
    pub needs: Needs,
    /// Capabilities that it mentions and the policy does not grant; it loads, and is refused when it uses them.
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
    pub kind: &'static str,
    /// `provided`, `denied` (given, but refused when called), `host` (a host function of this name must be given).
    pub status: &'static str,
}

/// What a module begins with.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Needs {
    pub memories: u64,
    pub memory_bytes: u64,
    pub tables: u64,
    pub table_elements: u64,
    pub module_bytes: u64,
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
    let mut report = Report {
        allowed: false,
        kind: None,
        imports: Vec::new(),
        exports: Vec::new(),
        needs: Needs { module_bytes: bytes.len() as u64, ..Needs::default() },
        denied: Vec::new(),
        refusals: Vec::new(),
    };
    let limits = &policy.limits;
    if report.needs.module_bytes > limits.module_bytes {
        let (limit, used) = (limits.module_bytes, report.needs.module_bytes);
        let why = format_args!("the module has {used} bytes, the policy allows {limit} (moduleBytes)");
        report.refusals.push(Error::limit(ErrorCode::ModuleLimit, "moduleBytes", limit, used, why).into());
        return report;
    }
    // What it is does not depend on the policy: limits are held against it afterwards, so that all reasons show.
    let shape = match check_caps(bytes, &unlimited()) {
        Ok(shape) => shape,
        Err(error) => {
            report.refusals.push(error.into());
            return report;
        }
    };
    report.refusals.extend(validate(bytes).err().map(Refusal::from));
    report.refusals.extend(super::caps::check_minimums(&shape, limits).err().map(Refusal::from));
    report.refusals.extend(policy.unsupported().map(Refusal::from));
    report.kind = Some(match shape.kind() {
        ModuleKind::Numeric => "numeric",
        ModuleKind::Command => "command",
        ModuleKind::Reactor => "reactor",
        ModuleKind::Extism => "extism",
    });
    report.needs.memories = shape.memories;
    report.needs.memory_bytes = shape.memory_bytes;
    report.needs.tables = shape.tables;
    report.needs.table_elements = shape.table_elements;
    for import in &shape.imports {
        let status = status(&import.module, &import.name, import.kind);
        let name = format!("{}.{}", import.module, import.name);
        match status {
            Status::Denied => report.denied.push(Denial { capability: "network_access", import: name, rule: "capabilities.network" }),
            Status::Unknown => {
                let why = format_args!("the import {name} is not given; {}", available(&import.module));
                report.refusals.push(Error::new(ErrorCode::InvalidModule, why).with("import", name).into());
            }
            Status::Provided | Status::Host => {}
        }
        let (module, name) = (import.module.clone(), import.name.clone());
        report.imports.push(ImportReport { module, name, kind: import.kind, status: status.word() });
    }
    report.exports = shape.functions;
    report.allowed = report.refusals.is_empty();
    report
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Provided,
    Denied,
    Host,
    Unknown,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Provided => "provided",
            Status::Denied => "denied",
            Status::Host => "host",
            Status::Unknown => "unknown",
        }
    }
}

fn status(module: &str, name: &str, kind: &str) -> Status {
    if kind != "function" {
        return Status::Unknown;
    }
    let network = name.starts_with("sock_") || name == "http_request";
    match module {
        "wasi_snapshot_preview1" | EXTISM_MODULE if network => Status::Denied,
        "wasi_snapshot_preview1" | EXTISM_MODULE if crate::host::provides(module, name) => Status::Provided,
        "env" if crate::host::provides(module, name) => Status::Provided,
        "env" | "host" | crate::host::extism::USER_MODULE => Status::Host,
        _ => Status::Unknown,
    }
}

/// Limits that nothing meets, for reading a module as it is.
fn unlimited() -> Limits {
    Limits {
        memory_bytes: u64::MAX,
        table_elements: u64::MAX,
        memories: u32::MAX,
        tables: u32::MAX,
        module_bytes: u64::MAX,
        ..Limits::default()
    }
}
