//! What opens a sandbox: options of the API in the bridge's own form, the sandbox builder, and one-shot runs.

use super::arguments::{Arguments, bytes, refused};
use super::disk::{Module, packages};
use super::policies::{Chosen, limit, overrides, steps, whole};
use crate::bridge::{Contents, Given};
use crate::options::{CallSettings, OpenRequest};
use serde_json::Map;
use wasm_sandbox_core::{Run, Stdin};
use wasm_sandbox_policy::{Result, Value};

/// Options of every opening. Callbacks and signals are the binding's.
pub(super) const OPEN: [&str; 8] = ["policy", "limits", "env", "argv", "files", "packages", "config", "instanceId"];
const CALL: [&str; 2] = ["timeoutMs", "output"];
const RUN: [&str; 10] = ["timeoutMs", "output", "inputs", "file", "call", "args", "stdin", "argv", "env", "files"];
pub(super) const LANGUAGES: [&str; 3] = ["python", "javascript", "typescript"];

/// Reads on the thread that opens what may take long to read.
pub(super) type Load = Box<dyn FnOnce() -> Result<Given> + Send>;

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

    /// The sandbox builder's steps, `[name, arguments]` each. The order in which they come means nothing.
    pub(super) fn built(args: &mut Arguments) -> Result<Opening> {
        let (mut source, mut policy, mut cpu) = (None, None, None);
        let (mut rules, mut limits, mut options) = (Vec::new(), Map::new(), Vec::new());
        for (name, mut step) in steps(args)? {
            match name.as_str() {
                "source" => source = step.take("source").or(source),
                "securityPolicy" => policy = step.take("policy").or(policy),
                "memoryLimit" => limit(&mut limits, "memoryBytes", &mut step, "bytes")?,
                "maxExecutionTime" => limit(&mut limits, "wallTimeMs", &mut step, "ms")?,
                "cpuTimeout" => cpu = whole(&mut step, "ms")?.or(cpu),
                "limits" => limits.extend(overrides(&mut step)?),
                "addCapability" => rules.extend(step.take("capability")),
                "instanceId" => options.extend(step.take("id").map(|id| ("instanceId", id))),
                "env" => options.extend(step.take("variables").map(|variables| ("env", variables))),
                "argv" => options.extend(step.take("args").map(|args| ("argv", args))),
                "files" => options.extend(step.take("files").map(|files| ("files", files))),
                "config" => options.extend(step.take("values").map(|values| ("config", values))),
                other => return Err(refused("$.steps", format_args!("the builder has no step {other:?}"))),
            }
        }
        let source = source.ok_or_else(|| {
            refused("$.source", "the builder has no source; give its source a path, an address or bytes")
        })?;
        let chosen = Chosen::of(policy)?.with_builder_limits(limits, cpu)?;
        let chosen = rules.iter().try_fold(chosen, |chosen, rule| chosen.with_capability(rule))?;
        // The last of a kind holds.
        options.reverse();
        let given = Arguments::of(Value::object(options), "$")?;
        Opening::under(chosen, Some(Module::of(source, "$.source")?), None, given)
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
        let request = OpenRequest {
            language: language.map(str::to_owned),
            policy: chosen.policy.clone(),
            instance_id: options.text("instanceId")?,
            argv: options.texts("argv")?.unwrap_or_default(),
            env: options.text_map("env")?,
            config: options.text_map("config")?.into_iter().collect(),
        };
        let (files, given) = (options.files("files")?, options.list("packages")?);
        let limit = chosen.module_bytes();
        let load = move || {
            let source = module.map(|module| module.read(limit)).transpose()?;
            Ok(Given { source, contents: Contents { files, packages: packages(given)? } })
        };
        Ok(Opening { request, load: Box::new(load) })
    }
}

/// The policy of the options `policy` and `limits`.
pub(super) fn policy_of(options: &mut Arguments) -> Result<Chosen> {
    let chosen = Chosen::of(options.take("policy"))?;
    match options.take("limits") {
        Some(limits) => chosen.with_limits(&limits),
        None => Ok(chosen),
    }
}

/// What one call may have of its own.
pub(super) fn call_settings(options: Arguments, audit: bool) -> Result<CallSettings> {
    settings(&mut options.only(&CALL, "a call")?, audit)
}

fn settings(options: &mut Arguments, audit: bool) -> Result<CallSettings> {
    let output = match options.text("output")? {
        Some(name) => Some(
            crate::parse_json(&serde_json::Value::from(name).to_string())
                .map_err(|_| refused("$.output", "it is one of string, bytes and json"))?,
        ),
        None => None,
    };
    Ok(CallSettings { wall_time_ms: options.time("timeoutMs")?, output, audit })
}

/// One run of a session.
pub(super) fn session_run(code: String, options: Arguments) -> Result<(Run, CallSettings)> {
    let mut options = options.only(&RUN, "a run")?;
    let settings = settings(&mut options, false)?;
    let (argv, env, files) = (options.texts("argv")?, options.text_map("env")?, options.files("files")?);
    Ok((Run { argv, env, files, ..run_of(Some(code), &mut options)? }, settings))
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
    let known: Vec<_> = OPEN.into_iter().chain(RUN).collect();
    let mut options = options.only(&known, "run")?;
    let settings = settings(&mut options, false)?;
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
