//! The published schemas: what `core/schema` holds, made from the types.

use crate::{AuditEvent, Capability, ErrorCode, Policy, Usage};
use schemars::generate::SchemaSettings;
use serde_json::{Value as Json, json};

/// The line that marks a file as made, and says by what.
const GENERATED: &str = "GENERATED from core/policy; change the Rust types and run `npm run generate`";

/// One generated file.
pub struct SchemaFile {
    pub name: &'static str,
    pub text: String,
}

/// All files of `core/schema`.
pub fn schema_files() -> Vec<SchemaFile> {
    let draft = SchemaSettings::draft2020_12;
    let policy = draft().into_generator().into_root_schema_for::<Policy>().to_value();
    let mut types = draft().into_generator();
    let names =
        [types.subschema_for::<Usage>(), types.subschema_for::<AuditEvent>(), types.subschema_for::<Capability>()];
    let definitions = json!({ "title": "Results", "anyOf": names, "$defs": types.take_definitions(true) });
    let codes: Vec<Json> = ErrorCode::ALL
        .iter()
        .map(|code| json!({ "code": code, "family": code.family(), "title": code.title(), "description": code.description(), "remedy": code.remedy() }))
        .collect();
    [("policy.schema.json", policy), ("result.schema.json", definitions), ("errors.json", json!({ "codes": codes }))]
        .into_iter()
        .map(|(name, content)| SchemaFile { name, text: marked(content) })
        .collect()
}

fn marked(content: Json) -> String {
    let mut object = serde_json::Map::new();
    object.insert("$comment".into(), GENERATED.into());
    if let Json::Object(content) = content {
        object.extend(content);
    }
    let mut text = serde_json::to_string_pretty(&Json::Object(object)).unwrap_or_default();
    text.push('\n');
    text
}
