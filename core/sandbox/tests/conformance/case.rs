//! The form of a case (fixtures/README.md). Unknown keys are errors, so that no runner skips what it does not know.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::path::Path;
use wasm_sandbox_core::{Language, PackageSource};

pub struct Case {
    pub id: String,
    pub source: Source,
    pub policy: Option<Json>,
    pub host: BTreeMap<String, Json>,
    pub argv: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub stdin: Option<String>,
    pub files: BTreeMap<String, String>,
    pub packages: Vec<PackageSource>,
    pub config: BTreeMap<String, String>,
    pub steps: Vec<Step>,
    pub expect: Json,
}

pub enum Source {
    /// A session.
    Session(Language),
    /// Source text that is run once.
    Code(Language, String),
    Wasm(String),
    Bytes(Vec<u8>),
}

#[derive(Default)]
pub struct Step {
    pub kind: String,
    pub name: String,
    pub code: Option<String>,
    /// Called after the code.
    pub function: Option<String>,
    pub output: Option<String>,
    pub args: Vec<Json>,
    pub inputs: Map<String, Json>,
    pub cancel_after_ms: Option<u64>,
    pub timeout_ms: Option<u64>,
    /// Of snapshots: the key, the byte to change counted from the end, the policy to restore under.
    pub key: Option<String>,
    pub changed: Option<u64>,
    pub policy: Option<Json>,
    /// Restored without the case's packages.
    pub bare: bool,
    pub expect: Option<Json>,
}

const NOT_CASES: [&str; 2] = ["case.schema.json", "expected-failures.json"];

/// Ids that may fail in this language.
pub fn expected_failures(folder: &Path, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("expected-failures.json")).expect("the expected failures");
    let lists: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).expect("a list of ids per language");
    lists.get(language).cloned().unwrap_or_default()
}

/// All cases of a folder.
pub fn read_all(folder: &Path) -> Vec<Case> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if !name.ends_with(".json") || NOT_CASES.contains(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a file of cases");
        let file: Json = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let feature = file["feature"].as_str().expect("a feature");
        for case in file["cases"].as_array().expect("cases") {
            let case = read(case).unwrap_or_else(|why| panic!("{name}: {}: {why}", case["id"]));
            assert!(case.id.starts_with(&format!("{feature}/")), "{}: an id begins with its feature", case.id);
            assert!(cases.iter().all(|other: &Case| other.id != case.id), "{} stands twice", case.id);
            cases.push(case);
        }
    }
    cases
}

fn read(json: &Json) -> Result<Case, String> {
    let known = [
        "id", "why", "source", "policy", "host", "argv", "env", "stdin", "files", "packages", "config", "do", "expect",
    ];
    only(json, &known)?;
    let field = |name: &str| json.get(name).cloned().unwrap_or_default();
    fn typed<T: serde::de::DeserializeOwned + Default>(json: Json) -> Result<T, String> {
        if json.is_null() { Ok(T::default()) } else { serde_json::from_value(json).map_err(|e| e.to_string()) }
    }
    let steps = json["do"].as_array().ok_or("`do` is a list")?.iter().map(step).collect::<Result<_, _>>()?;
    Ok(Case {
        id: typed(field("id"))?,
        source: source(&json["source"])?,
        policy: json.get("policy").cloned(),
        host: typed(field("host"))?,
        argv: typed(field("argv"))?,
        env: typed(field("env"))?,
        stdin: typed(field("stdin"))?,
        files: typed(field("files"))?,
        packages: json["packages"].as_array().into_iter().flatten().map(package).collect::<Result<_, _>>()?,
        config: typed(field("config"))?,
        steps,
        expect: field("expect"),
    })
}

fn source(json: &Json) -> Result<Source, String> {
    only(json, &["javascript", "typescript", "python", "wasm", "base64"])?;
    for language in Language::ALL {
        match &json[language.name()] {
            Json::Bool(true) => return Ok(Source::Session(language)),
            Json::String(code) => return Ok(Source::Code(language, code.clone())),
            _ => {}
        }
    }
    if let Some(text) = json["base64"].as_str() {
        return bytes(text).map(Source::Bytes);
    }
    json["wasm"]
        .as_str()
        .map(|name| Source::Wasm(name.to_owned()))
        .ok_or_else(|| "a source is javascript, typescript, python, wasm or base64".into())
}

fn bytes(base64: &str) -> Result<Vec<u8>, String> {
    match wasm_sandbox_core::policy::Value::from_tagged(&serde_json::json!({ "$bytes": base64 })) {
        Ok(wasm_sandbox_core::policy::Value::Bytes(bytes)) => Ok(bytes),
        _ => Err("base64 cannot be read".into()),
    }
}

fn package(json: &Json) -> Result<PackageSource, String> {
    only(json, &["base64", "name", "files"])?;
    if let Some(text) = json["base64"].as_str() {
        return bytes(text).map(PackageSource::Archive);
    }
    let text = |(path, text): (&String, &Json)| (path.clone(), text.as_str().unwrap_or_default().as_bytes().to_vec());
    let files =
        json["files"].as_object().ok_or("a package is base64, or a name with files")?.iter().map(text).collect();
    Ok(PackageSource::Files { name: json["name"].as_str().map(str::to_owned), files })
}

const KINDS: [&str; 15] = [
    "call",
    "run",
    "prepare",
    "batch",
    "reset",
    "dispose",
    "exports",
    "audit",
    "verify",
    "stats",
    "collectGarbage",
    "snapshot",
    "restore",
    "fork",
    "use",
];
const MODIFIERS: [&str; 11] = [
    "function",
    "args",
    "inputs",
    "output",
    "cancelAfterMs",
    "timeoutMs",
    "key",
    "changed",
    "policy",
    "packages",
    "expect",
];

fn step(json: &Json) -> Result<Step, String> {
    only(json, &[&KINDS[..], &MODIFIERS[..]].concat())?;
    let kind = KINDS.iter().find(|kind| json.get(**kind).is_some()).ok_or("a step does something")?;
    let what = &json[*kind];
    let list = if *kind == "batch" { what } else { &json["args"] };
    Ok(Step {
        kind: (*kind).to_owned(),
        name: what.as_str().unwrap_or_default().to_owned(),
        code: (*kind == "run").then(|| what.as_str().map(str::to_owned)).flatten(),
        function: json["function"].as_str().map(str::to_owned),
        output: json["output"].as_str().map(str::to_owned),
        args: list.as_array().cloned().unwrap_or_default(),
        inputs: json["inputs"].as_object().cloned().unwrap_or_default(),
        cancel_after_ms: json["cancelAfterMs"].as_u64(),
        timeout_ms: json["timeoutMs"].as_u64(),
        key: json["key"].as_str().map(str::to_owned),
        changed: json["changed"].as_u64(),
        policy: json.get("policy").cloned(),
        bare: json["packages"] == false,
        expect: json.get("expect").cloned(),
    })
}

/// A guest's bytes, from the committed ones or the built ones.
pub fn guest(repository: &Path, name: &str) -> Vec<u8> {
    let fixtures = repository.join("fixtures");
    let found = ["guests", "build"].iter().map(|folder| fixtures.join(folder).join(name)).find(|path| path.exists());
    let path = found.unwrap_or_else(|| panic!("{name} is not built; run `node fixtures/build.mjs`"));
    std::fs::read(path).expect("a guest")
}

pub fn only(json: &Json, known: &[&str]) -> Result<(), String> {
    let unknown = json.as_object().and_then(|object| object.keys().find(|key| !known.contains(&key.as_str())));
    unknown.map_or(Ok(()), |key| Err(format!("the key `{key}` is not known")))
}
