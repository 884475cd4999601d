//! The JSON Schema of policies, `docs/logveil.schema.json`, made of the types that they are parsed into.

use std::borrow::Cow;
use std::{env, fs};

use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::Policy;
use super::fields::FieldPaths;
use super::file::{Choice, ClassPolicy, File};
use crate::action::Mask;
use crate::fields::FieldAction;

const PATH: &str = "docs/logveil.schema.json";

/// What holds for each class: a table with a key for each.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it is a shape, never a value")]
pub(super) struct ByClass {
    secret: Option<ClassPolicy>,
    bank: Option<ClassPolicy>,
    identity: Option<ClassPolicy>,
    contact: Option<ClassPolicy>,
    health: Option<ClassPolicy>,
    network: Option<ClassPolicy>,
}

/// The names of the profiles.
pub(super) fn profile(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Policy::profiles().map(|(name, _)| name).collect();
    json_schema!({ "type": "string", "enum": names })
}

impl JsonSchema for FieldPaths {
    fn schema_name() -> Cow<'static, str> {
        "Fields".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let actions = FieldAction::ALL.map(FieldAction::name);
        let inner = generator.subschema_for::<FieldPaths>();
        json_schema!({ "type": "object", "additionalProperties": { "anyOf": [{ "type": "string", "enum": actions }, inner] } })
    }
}

impl JsonSchema for Choice {
    fn schema_name() -> Cow<'static, str> {
        "Action".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mask = generator.subschema_for::<Mask>();
        let table = |name: &str, value: Value| json_schema!({ "type": "object", "properties": { name: value }, "required": [name], "additionalProperties": false });
        json_schema!({
            "description": "What happens to a finding.",
            "anyOf": [
                { "type": "string", "enum": ["replace", "mask", "hash", "encrypt", "remove", "keep"] },
                table("mask", mask.into()),
                table("replace", serde_json::json!({ "type": "string", "description": "A template: `[MASKED:{rule}]`.", "pattern": "^\\[.*\\]$" })),
            ]
        })
    }
}

/// TOML has no null, so what may be left out may not be null. Defaults are those of layers: nothing, which says nothing.
fn as_toml(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("default");
    object.remove("format");
    let is_null = |value: &Value| value == "null" || value["type"] == "null";
    for name in ["type", "enum", "anyOf"] {
        let Some(Value::Array(list)) = object.get_mut(name) else { continue };
        list.retain(|value| !is_null(value) && !value.is_null());
        if list.len() > 1 {
            continue;
        }
        match (name, list.pop()) {
            ("anyOf", Some(Value::Object(only))) => {
                object.remove(name);
                object.extend(only);
            }
            ("type", Some(only)) => _ = object.insert(name.to_owned(), only),
            (_, only) => list.extend(only),
        }
    }
}

fn schema() -> String {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<File>();
    schema.insert("title".to_owned(), "logveil policy".into());
    schema.insert("description".to_owned(), "What logveil masks, and how.".into());
    RecursiveTransform(as_toml).transform(&mut schema);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())
}

/// `LOGVEIL_WRITE=1 cargo test --lib schema` writes it anew.
#[test]
fn the_schema_is_up_to_date() {
    let schema = schema();
    if env::var_os("LOGVEIL_WRITE").is_some() {
        fs::write(PATH, &schema).unwrap();
    }
    assert!(fs::read_to_string(PATH).is_ok_and(|written| written == schema), "LOGVEIL_WRITE=1 cargo test --lib schema");
}
