//! The published schemas: what `core/schema` holds, made from the types and the table of limits.
//!
//! The policy's schema describes a document, in which everything but the keys of a rule may be left out. What no
//! schema can say is left to `Policy::from_json`.

use crate::limit_table::MAX_SAFE_INTEGER;
use crate::{AuditEvent, Capability, ErrorCode, ErrorDocument, Limits, Policy, ResultDocument, Usage};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

/// The line that marks a file as made, and says by what.
const GENERATED: &str = "GENERATED from core/policy; change the Rust types and run `npm run generate`";

/// One generated file.
pub struct SchemaFile {
    pub name: &'static str,
    pub text: String,
}

/// All files of `core/schema`.
pub fn schema_files() -> Vec<SchemaFile> {
    [("policy.schema.json", policy()), ("result.schema.json", results()), ("errors.json", errors())]
        .into_iter()
        .map(|(name, content)| SchemaFile { name, text: marked(content) })
        .collect()
}

fn policy() -> Json {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Policy>().to_value();
    whole_numbers(&mut schema);
    schema["properties"]["version"] = json!({ "description": schema["properties"]["version"]["description"], "type": "integer", "const": 1, "default": 1 });
    let limits = &mut schema["$defs"]["Limits"]["properties"];
    for (name, (least, most)) in Limits::FIELDS.iter().filter_map(|field| Some((field.name, field.range?))) {
        limits[name]["minimum"] = least.into();
        limits[name]["maximum"] = most.into();
    }
    schema["examples"] = json!([Policy::strict(), Policy::moderate(), Policy::permissive()]);
    schema
}

/// Results are what is written, capabilities what is read: one has every key, the other may leave keys out.
fn results() -> Json {
    let mut written = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut read = SchemaSettings::draft2020_12().into_generator();
    let names = [
        written.subschema_for::<ResultDocument>(),
        written.subschema_for::<ErrorDocument>(),
        written.subschema_for::<Usage>(),
        written.subschema_for::<AuditEvent>(),
        read.subschema_for::<Capability>(),
    ];
    let mut definitions = written.take_definitions(true);
    definitions.extend(read.take_definitions(true));
    definitions.values_mut().for_each(whole_numbers);
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Results", "anyOf": names, "$defs": definitions })
}

fn errors() -> Json {
    let code = |code: &ErrorCode| {
        json!({
            "code": code,
            "family": code.family(),
            "title": code.title(),
            "description": code.description(),
            "remedy": code.remedy(),
        })
    };
    let limits = Limits::FIELDS.iter().map(|field| json!({ "field": field.name, "code": field.code }));
    json!({ "codes": ErrorCode::ALL.iter().map(code).collect::<Vec<_>>(), "limits": limits.collect::<Vec<_>>() })
}

/// JSON Schema knows no formats of numbers, and JSON no numbers beyond 2^53: both become bounds.
fn whole_numbers(schema: &mut Json) {
    match schema {
        Json::Object(object) => {
            let integer = match object.get("type") {
                Some(Json::String(name)) => name == "integer",
                Some(Json::Array(names)) => names.contains(&"integer".into()),
                _ => false,
            };
            let format = if integer { object.remove("format") } else { None };
            match format.as_ref().and_then(Json::as_str) {
                Some("uint64") => drop(object.insert("maximum".into(), MAX_SAFE_INTEGER.into())),
                Some("uint32") => drop(object.insert("maximum".into(), u32::MAX.into())),
                _ => {}
            }
            object.values_mut().for_each(whole_numbers);
        }
        Json::Array(items) => items.iter_mut().for_each(whole_numbers),
        _ => {}
    }
}

fn marked(content: Json) -> String {
    let mut object = Map::new();
    object.insert("$comment".into(), GENERATED.into());
    if let Json::Object(content) = content {
        object.extend(content);
    }
    let mut text = serde_json::to_string_pretty(&Json::Object(object)).unwrap_or_default();
    text.push('\n');
    text
}
