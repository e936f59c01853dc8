//! What opens a sandbox: options of the API in the bridge's own form, the sandbox builder, and one-shot runs.

use super::arguments::{Arguments, bytes, files, list, refused};
use super::disk::{Module, packages};
use super::policies::{Chosen, limit, overrides, steps, whole};
use crate::bridge::{Contents, Given};
use crate::options::{CallSettings, OpenRequest};
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::Arc;
use wasm_sandbox_core::{Run, Stdin};
use wasm_sandbox_policy::{Policy, Result, Value};

/// Options of every opening. Callbacks and signals are the binding's.
pub(super) const OPEN: [&str; 8] = ["policy", "limits", "env", "argv", "files", "packages", "config", "instanceId"];
const CALL: [&str; 2] = ["timeoutMs", "output"];
const RUN: [&str; 10] = ["timeoutMs", "output", "inputs", "file", "call", "args", "stdin", "argv", "env", "files"];
pub(super) const LANGUAGES: [&str; 3] = ["python", "javascript", "typescript"];

type Files = BTreeMap<String, Vec<u8>>;
/// Reads on the thread that opens what may take long to read.
pub type Load = Box<dyn FnOnce() -> Result<Given> + Send>;

/// One opening, ready to begin.
pub(super) struct Opening {
    pub(super) request: OpenRequest,
    pub(super) load: Load,
}

impl Opening {
    /// A module, under options.
    pub(super) fn module(source: Value, at: &str, options: Arguments) -> Result<Opening> {
        let module = Module::of(source, at)?;
        Opening::new(Some(module), None, options.only(&OPEN, "a sandbox")?)
    }

    /// A session of a language, under options.
    pub(super) fn session(language: &str, options: Arguments) -> Result<Opening> {
        Opening::new(None, Some(language), options.only(&OPEN, "a session")?)
    }

    /// The session of a snapshot; and the key, none being the installation's.
    pub(super) fn snapshot(mut options: Arguments) -> Result<(Opening, Option<Vec<u8>>)> {
        let key = snapshot_key(&mut options)?;
        Ok((Opening::new(None, None, options.only(&OPEN, "a session")?)?, key))
    }

    /// What the sandbox builder's steps open.
    pub(super) fn built(args: &mut Arguments) -> Result<Opening> {
        let Built { source, policy, options } = Built::of(args)?;
        let source = source.ok_or_else(|| {
            refused("$.source", "the builder has no source; give its source a path, an address or bytes")
        })?;
        Opening::under(policy, Some(Module::of(source, "$.source")?), None, Arguments::of(options, "$")?)
    }

    fn new(module: Option<Module>, language: Option<&str>, mut options: Arguments) -> Result<Opening> {
        let chosen = policy_of(&mut options)?;
        Opening::under(chosen, module, language, options)
    }

    fn under(
        chosen: Chosen,
        module: Option<Module>,
        language: Option<&str>,
        mut options: Arguments,
    ) -> Result<Opening> {
        let request = request_of(chosen.policy.clone(), language, &mut options)?;
        let (files, packages) = (options.files("files")?, options.list("packages")?);
        Ok(Opening { request, load: loading(module, files, packages, chosen.module_bytes()) })
    }
}

/// What the sandbox builder's steps come to.
pub(super) struct Built {
    source: Option<Value>,
    pub(super) policy: Chosen,
    options: Value,
}

impl Built {
    /// The steps, `[name, arguments]` each. The order in which they come means nothing.
    pub(super) fn of(args: &mut Arguments) -> Result<Built> {
        let (mut source, mut policy, mut cpu) = (None, None, None);
        let (mut rules, mut limits, mut options) = (Vec::new(), Map::new(), Vec::new());
        for (name, mut step) in steps(args)? {
            match name.as_str() {
                "source" => source = step.take("source").or(source),
                "securityPolicy" => policy = step.take("policy").or(policy),
                "memoryLimit" => limit(&mut limits, "memoryBytes", &mut step, "bytes")?,
                "maxExecutionTime" => limit(&mut limits, "wallTimeMs", &mut step, "ms")?,
                "cpuTimeout" => cpu = whole(&mut step, "ms", "cpuTimeMs")?.or(cpu),
                "limits" => limits.extend(overrides(step.take("limits"))?),
                "addCapability" => rules.extend(step.take("capability")),
                "instanceId" => options.extend(step.take("id").map(|id| ("instanceId", id))),
                "env" => options.extend(step.take("variables").map(|variables| ("env", variables))),
                "argv" => options.extend(step.take("args").map(|args| ("argv", args))),
                "files" => options.extend(step.take("files").map(|files| ("files", files))),
                "config" => options.extend(step.take("values").map(|values| ("config", values))),
                other => return Err(refused("$.steps", format_args!("the builder has no step {other:?}"))),
            }
        }
        let chosen = Chosen::of(policy)?.with_builder_limits(limits, cpu)?;
        let policy = rules.iter().try_fold(chosen, |chosen, rule| chosen.with_capability(rule))?;
        // The last of a kind holds.
        options.reverse();
        Ok(Built { source, policy, options: Value::object(options) })
    }
}

/// What many guests are opened with, as the API takes it; files and packages are of each one.
pub fn request(language: Option<&str>, options: Value) -> Result<OpenRequest> {
    let mut options = Arguments::of(options, "$")?.only(&OPEN, "a sandbox")?;
    let policy = policy_of(&mut options)?.policy;
    request_of(policy, language, &mut options)
}

fn request_of(policy: Arc<Policy>, language: Option<&str>, options: &mut Arguments) -> Result<OpenRequest> {
    Ok(OpenRequest {
        language: language.map(str::to_owned),
        policy,
        instance_id: options.text("instanceId")?,
        argv: options.texts("argv")?.unwrap_or_default(),
        env: options.text_map("env")?,
        config: options.text_map("config")?.into_iter().collect(),
    })
}

/// What reads a source, which is a module of at most `limit` bytes, files and packages, each as the API takes them. Null is
/// as good as not given.
pub fn load(given: [Value; 3], limit: u64) -> Result<Load> {
    let [source, given_files, packages] = given.map(|one| (!matches!(one, Value::Null)).then_some(one));
    let module = source.map(|source| Module::of(source, "$.source")).transpose()?;
    let files = given_files.map_or_else(|| Ok(Files::new()), |given| files(given, "$.files"))?;
    let packages = packages.map_or_else(|| Ok(Vec::new()), |given| list(given, "$.packages"))?;
    Ok(loading(module, files, packages, limit))
}

fn loading(module: Option<Module>, files: Files, given: Vec<Value>, limit: u64) -> Load {
    Box::new(move || {
        let source = module.map(|module| module.read(limit)).transpose()?;
        Ok(Given { source, contents: Contents { files, packages: packages(given)? } })
    })
}

/// The policy of the options `policy` and `limits`.
pub(super) fn policy_of(options: &mut Arguments) -> Result<Chosen> {
    let chosen = Chosen::of(options.take("policy"))?;
    match options.take("limits") {
        Some(limits) => chosen.with_limits(limits),
        None => Ok(chosen),
    }
}

/// What one call may have of its own, as the API takes it.
pub fn call_settings(options: Value) -> Result<CallSettings> {
    settings(&mut Arguments::of(options, "$")?.only(&CALL, "a call")?)
}

fn settings(options: &mut Arguments) -> Result<CallSettings> {
    let output = match options.text("output")? {
        Some(name) => Some(
            crate::parse_json(&serde_json::Value::from(name).to_string())
                .map_err(|_| refused("$.output", "it is one of string, bytes and json"))?,
        ),
        None => None,
    };
    Ok(CallSettings { wall_time_ms: options.time("timeoutMs")?, output })
}

/// One run, with what it may have of its own, as the API takes it. A module is run without code.
pub fn one_run(code: Option<String>, options: Value) -> Result<(Run, CallSettings)> {
    let mut options = Arguments::of(options, "$")?.only(&RUN, "a run")?;
    let settings = settings(&mut options)?;
    let (argv, env, files) = (options.texts("argv")?, options.text_map("env")?, options.files("files")?);
    Ok((Run { argv, env, files, ..run_of(code, &mut options)? }, settings))
}

/// One run of a guest that is opened for it alone. The binding has read its own: the request with the policy and the
/// language, callbacks, the source, files and packages; of all other options, what is opened and what is run in it.
pub fn lone_run(
    shared: &OpenRequest,
    code: Option<String>,
    options: Value,
) -> Result<(OpenRequest, Run, CallSettings)> {
    let mut options = known_of_run(Arguments::of(options, "$")?)?;
    let settings = settings(&mut options)?;
    let run = run_of(code, &mut options)?;
    let request = request_of(shared.policy.clone(), shared.language.as_deref(), &mut options)?;
    Ok((request, run, settings))
}

/// Options of a run and of what is opened for it.
fn known_of_run(options: Arguments) -> Result<Arguments> {
    let known: Vec<_> = OPEN.into_iter().chain(RUN.into_iter().filter(|name| !OPEN.contains(name))).collect();
    options.only(&known, "run")
}

/// A one-shot run: what is opened, and what is run in it. Exactly one kind of source is given.
pub(super) fn whole_run(mut options: Arguments) -> Result<(Opening, Run, CallSettings)> {
    let kinds = ["python", "javascript", "typescript", "wasm"];
    let mut given: Vec<_> = kinds.iter().filter_map(|kind| options.take(kind).map(|source| (*kind, source))).collect();
    let names: Vec<_> = given.iter().map(|(kind, _)| *kind).collect();
    let (Some((kind, source)), true) = (given.pop(), given.is_empty()) else {
        let what = if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") };
        let why = format_args!("run takes exactly one of {}; {what} was given", kinds.join(", "));
        return Err(
            wasm_sandbox_policy::Error::new(wasm_sandbox_policy::ErrorCode::InvalidArgument, why).with("given", names)
        );
    };
    let mut options = known_of_run(options)?;
    let settings = settings(&mut options)?;
    // Files, variables and arguments belong to the sandbox here, which lives for this run alone.
    if LANGUAGES.contains(&kind) {
        let code = super::arguments::text(source, &format!("$.{kind}"))?;
        let run = run_of(Some(code), &mut options)?;
        return Ok((Opening::new(None, Some(kind), options)?, run, settings));
    }
    let run = run_of(None, &mut options)?;
    Ok((Opening::new(Some(Module::of(source, "$.wasm")?), None, options)?, run, settings))
}

fn run_of(code: Option<String>, options: &mut Arguments) -> Result<Run> {
    let stdin = match options.take("stdin") {
        Some(given) => Stdin::Bytes(bytes(given, "$.stdin")?),
        None => Stdin::default(),
    };
    let (inputs, file, args) = (options.values("inputs")?, options.text("file")?, options.list("args")?);
    let call = options.text("call")?.map(|name| (name, args));
    Ok(Run { code, file, inputs, call, stdin, ..Run::default() })
}

/// The key of a snapshot: text stands for its UTF-8.
pub(super) fn snapshot_key(options: &mut Arguments) -> Result<Option<Vec<u8>>> {
    match options.bytes("snapshotKey")? {
        Some(key) if key.is_empty() => Err(refused("$.snapshotKey", "it is empty")),
        key => Ok(key),
    }
}
