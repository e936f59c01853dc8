//! Policies as the API has them: presets, documents, limits and rules added to them, and the policy builder.
//!
//! What a document means is the policy crate's. A policy travels as `{effective, ownWallTime}`: the effective document's
//! text, and whether somebody chose a wall time, which a CPU timeout then leaves alone.

use super::arguments::{Arguments, refused, texts};
use super::document::{parsed, to_json};
use crate::options::parse_json;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use wasm_sandbox_core::lock::Mutex;
use wasm_sandbox_policy::{Policy, Result, Value};

/// Policies made lately, by what they were made of: a run may take less time than reading its policy.
static RECENT: LazyLock<Mutex<HashMap<String, Chosen>>> = LazyLock::new(Mutex::default);
const MOST: usize = 64;

/// A checked policy.
#[derive(Clone)]
pub(super) struct Chosen {
    effective: Arc<str>,
    pub(super) policy: Arc<Policy>,
    own_wall_time: bool,
}

impl Chosen {
    /// A preset's name, a document as text or map, a policy as it travels; strict when nothing is given.
    pub(super) fn of(given: Option<Value>) -> Result<Chosen> {
        match given {
            None => Chosen::preset("strict"),
            Some(Value::String(text)) if text.trim_start().starts_with('{') => Chosen::read(&text, None),
            Some(Value::String(name)) => Chosen::preset(&name),
            Some(value) => match (value.get("effective"), value.get("ownWallTime")) {
                (Some(Value::String(text)), Some(Value::Bool(own))) => Chosen::effective(text, *own),
                _ => read_document(value, None),
            },
        }
    }

    fn preset(name: &str) -> Result<Chosen> {
        Chosen::read(&json!({ "version": 1, "preset": name }).to_string(), None)
    }

    /// A document, cut down to a ceiling.
    fn read(text: &str, ceiling: Option<&Chosen>) -> Result<Chosen> {
        let most = ceiling.map(|ceiling| &*ceiling.effective);
        let key = format!("{text}\n{}\n{}", most.unwrap_or_default(), ceiling.is_some_and(|one| one.own_wall_time));
        remembered(key, || {
            let asked = Policy::from_json(text)?;
            let own = chooses_wall_time(text) || ceiling.is_some_and(|one| one.own_wall_time);
            match ceiling {
                Some(ceiling) => Chosen::put_together(&asked.intersect(&ceiling.policy), own),
                None => Chosen::made(asked, own),
            }
        })
    }

    fn effective(text: &str, own_wall_time: bool) -> Result<Chosen> {
        remembered(format!("{text}\n{own_wall_time}"), || Chosen::made(Policy::from_json(text)?, own_wall_time))
    }

    fn made(policy: Policy, own_wall_time: bool) -> Result<Chosen> {
        Ok(Chosen { effective: policy.to_json().into(), policy: Arc::new(policy), own_wall_time })
    }

    /// Checked as if somebody had written it.
    fn put_together(policy: &Policy, own_wall_time: bool) -> Result<Chosen> {
        Chosen::made(Policy::from_json(&policy.to_json())?, own_wall_time)
    }

    /// With other limits; null means "no limit" where that is allowed.
    pub(super) fn with_limits(&self, limits: Value) -> Result<Chosen> {
        self.changed(overrides(Some(limits))?)
    }

    fn changed(&self, changes: Map<String, Json>) -> Result<Chosen> {
        if changes.is_empty() {
            return Ok(self.clone());
        }
        let own = self.own_wall_time || changes.contains_key("wallTimeMs");
        let text = Json::Object(changes.clone()).to_string();
        remembered(format!("{}\n{own}\n{text}", self.effective), || {
            let mut document: Json = serde_json::from_str(&self.effective).unwrap_or_default();
            if let Some(limits) = document.get_mut("limits").and_then(Json::as_object_mut) {
                limits.extend(changes);
            }
            Chosen::made(Policy::from_json(&document.to_string())?, own)
        })
    }

    /// With a CPU timeout; a wall time that nobody chose is raised to twice that.
    pub(super) fn with_builder_limits(
        &self,
        mut limits: Map<String, Json>,
        cpu_time_ms: Option<Json>,
    ) -> Result<Chosen> {
        if let Some(cpu) = cpu_time_ms {
            let twice = cpu.as_u64().map(|ms| ms.saturating_mul(2));
            if let (Some(twice), Some(wall)) = (twice, self.policy.limits.wall_time_ms)
                && !self.own_wall_time
                && !limits.contains_key("wallTimeMs")
            {
                limits.insert("wallTimeMs".into(), wall.max(twice).into());
            }
            limits.insert("cpuTimeMs".into(), cpu);
        }
        self.changed(limits)
    }

    /// With one more rule.
    pub(super) fn with_capability(&self, capability: &Value) -> Result<Chosen> {
        let capability = parse_json(&without_nulls(to_json(capability, "$")?).to_string())?;
        Chosen::put_together(&self.policy.with_capability(capability)?, self.own_wall_time)
    }

    pub(super) fn module_bytes(&self) -> u64 {
        self.policy.limits.module_bytes
    }

    pub(super) fn to_value(&self) -> Value {
        Value::object([("effective", Value::from(&*self.effective)), ("ownWallTime", Value::Bool(self.own_wall_time))])
    }
}

/// What the API says about policies: the operations whose names begin with `SecurityPolicy` and `Capability`.
pub(super) fn operation(name: &str, args: &mut Arguments) -> Option<Result<Value>> {
    Some(match name {
        "SecurityPolicy.strict" | "SecurityPolicy.moderate" | "SecurityPolicy.permissive" => {
            Chosen::preset(name.split_once('.').map_or("", |(_, preset)| preset)).map(|chosen| chosen.to_value())
        }
        "SecurityPolicy.fromJson" => {
            args.need("document").and_then(|document| read_document(document, None)).map(|chosen| chosen.to_value())
        }
        "SecurityPolicy.toJson" => this(args).and_then(|chosen| indented(&chosen.effective)),
        "SecurityPolicy.toJSON" => this(args).and_then(|chosen| parsed(&chosen.effective)),
        "SecurityPolicy.limits" => {
            this(args).and_then(|chosen| Ok(parsed(&chosen.effective)?.get("limits").cloned().unwrap_or_default()))
        }
        "SecurityPolicy.withLimits" => {
            this(args).and_then(|chosen| Ok(chosen.with_limits(args.need("limits")?)?.to_value()))
        }
        "SecurityPolicy.withCapability" => {
            this(args).and_then(|chosen| Ok(chosen.with_capability(&args.need("capability")?)?.to_value()))
        }
        "SecurityPolicyBuilder.build" => build(args).map(|chosen| chosen.to_value()),
        "parsePolicy" => parse(args).map(|chosen| chosen.to_value()),
        "Capability.networkAccess" => capability(args, "network_access", "domains"),
        "Capability.filesystemAccess" => capability(args, "filesystem_access", "paths"),
        "Capability.environmentAccess" => capability(args, "environment_access", "variables"),
        "Capability.toJson" => args.need("this").and_then(|one| Ok(Value::from(to_json(&one, "$")?.to_string()))),
        _ => return None,
    })
}

fn this(args: &mut Arguments) -> Result<Chosen> {
    Chosen::of(Some(args.need("this")?))
}

fn parse(args: &mut Arguments) -> Result<Chosen> {
    let document = args.need("document")?;
    let mut options = args.options("options")?.only(&["ceiling"], "parsePolicy")?;
    let ceiling = options.take("ceiling").map(|ceiling| Chosen::of(Some(ceiling))).transpose()?;
    read_document(document, ceiling.as_ref())
}

/// Text here is always a document, never a preset's name.
fn read_document(document: Value, ceiling: Option<&Chosen>) -> Result<Chosen> {
    match document {
        Value::String(text) => Chosen::read(&text, ceiling),
        document => Chosen::read(&to_json(&document, "$")?.to_string(), ceiling),
    }
}

/// A rule as data, with its options beside what it is about. Whether it means something is found out when it is added.
fn capability(args: &mut Arguments, kind: &str, about: &str) -> Result<Value> {
    rule(args, kind, about)?.ok_or_else(|| refused(&args.place(about), "it is missing"))
}

/// The same of a builder's step, where nothing given is no rule.
fn rule(args: &mut Arguments, kind: &str, about: &str) -> Result<Option<Value>> {
    let Some(subject) = args.take(about) else { return Ok(None) };
    let mut entries = vec![("type".to_owned(), Value::from(kind)), (about.to_owned(), subject)];
    entries.extend(args.values("options")?);
    Ok(Some(Value::object(entries)))
}

/// The policy builder's steps, `[name, arguments]` each.
fn build(args: &mut Arguments) -> Result<Chosen> {
    let mut document = json!({ "version": 1, "preset": args.text("preset")?.unwrap_or_else(|| "strict".into()) });
    let (mut rules, mut limits, mut variables, mut functions) = (Vec::new(), Map::new(), Map::new(), None);
    for (name, mut step) in steps(args)? {
        match name.as_str() {
            "allowNetworkAccess" => rules.extend(rule(&mut step, "network_access", "domains")?),
            "allowFilesystemAccess" => rules.extend(rule(&mut step, "filesystem_access", "paths")?),
            "allowEnvironmentAccess" => match step.take("variables") {
                Some(Value::Map(entries)) => {
                    if let Json::Object(more) = to_json(&Value::Map(entries), "$.variables")? {
                        variables.extend(more);
                    }
                }
                Some(names) => {
                    let names = texts(names, "$.variables")?.into_iter().map(Value::String).collect();
                    let kind = ("type", Value::from("environment_access"));
                    rules.push(Value::object([kind, ("variables", Value::List(names))]));
                }
                None => {}
            },
            "addCapability" => rules.extend(step.take("capability")),
            "allowHostFunctions" => functions = step.take("names").or(functions),
            "enableAuditLogging" => match step.take("enabled") {
                Some(Value::Bool(false)) => document["audit"] = json!({ "enabled": false }),
                Some(Value::Bool(true)) => document["audit"] = json!({ "enabled": true, "level": "decisions" }),
                Some(_) => return Err(refused("$.enabled", "a boolean is wanted")),
                None => {}
            },
            "maxExecutionTime" => limit(&mut limits, "wallTimeMs", &mut step, "ms")?,
            "memoryLimit" => limit(&mut limits, "memoryBytes", &mut step, "bytes")?,
            "limits" => limits.extend(overrides(step.take("limits"))?),
            other => return Err(refused("$.steps", format_args!("the policy builder has no step {other:?}"))),
        }
    }
    document["limits"] = Json::Object(limits);
    document["capabilities"] = json!({ "environment": { "variables": variables } });
    if let Some(names) = functions {
        document["capabilities"]["hostFunctions"] = to_json(&names, "$.names")?;
    }
    rules.iter().try_fold(Chosen::read(&document.to_string(), None)?, |chosen, rule| chosen.with_capability(rule))
}

/// Steps of a builder.
pub(super) fn steps(args: &mut Arguments) -> Result<Vec<(String, Arguments)>> {
    let one = |step| match step {
        Value::List(pair) => match <[Value; 2]>::try_from(pair) {
            Ok([Value::String(name), arguments]) => Ok((name, Arguments::of(arguments, "$")?)),
            _ => Err(refused("$.steps", "a step is a name and its arguments")),
        },
        _ => Err(refused("$.steps", "a step is a name and its arguments")),
    };
    args.list("steps")?.into_iter().map(one).collect()
}

/// One limit of a step, rounded up so that none becomes zero; nothing when none is given.
pub(super) fn limit(limits: &mut Map<String, Json>, field: &str, step: &mut Arguments, name: &str) -> Result<()> {
    if let Some(value) = whole(step, name, field)? {
        limits.insert(field.to_owned(), value);
    }
    Ok(())
}

/// A number rounded up. What is no number is left to the policy to refuse.
pub(super) fn whole(step: &mut Arguments, name: &str, field: &str) -> Result<Option<Json>> {
    let value = match step.take(name) {
        Some(Value::Float(f)) => Some(Value::Float(f.ceil())),
        other => other,
    };
    value.map(|value| to_json(&value, &format!("$.limits.{field}"))).transpose()
}

/// Limits by name; null is kept: it means "no limit".
pub(super) fn overrides(limits: Option<Value>) -> Result<Map<String, Json>> {
    match limits.map(|limits| to_json(&limits, "$.limits")).transpose()? {
        None => Ok(Map::new()),
        Some(Json::Object(limits)) => Ok(limits),
        Some(_) => Err(refused("$.limits", "a map of limits is wanted")),
    }
}

fn chooses_wall_time(text: &str) -> bool {
    serde_json::from_str::<Json>(text).is_ok_and(|document| document.pointer("/limits/wallTimeMs").is_some())
}

fn indented(text: &str) -> Result<Value> {
    let document: Json = serde_json::from_str(text).unwrap_or_default();
    Ok(Value::from(serde_json::to_string_pretty(&document).unwrap_or_default()))
}

/// An option that is null is as good as not given.
fn without_nulls(document: Json) -> Json {
    match document {
        Json::Object(entries) => entries.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn remembered(key: String, make: impl FnOnce() -> Result<Chosen>) -> Result<Chosen> {
    // Never waits: after a fork nobody might be left who gives it back.
    if let Some(known) = RECENT.try_lock().and_then(|recent| recent.get(&key).cloned()) {
        return Ok(known);
    }
    let made = make()?;
    if let Some(mut recent) = RECENT.try_lock() {
        if recent.len() >= MOST {
            recent.clear();
        }
        recent.insert(key, made.clone());
    }
    Ok(made)
}
