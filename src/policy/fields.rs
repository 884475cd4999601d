//! Fields of JSON as a policy names them: by path in one text, or by tables in tables.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::fields::FieldAction;

/// What happens to fields, by their paths.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldPaths(pub(super) BTreeMap<String, FieldAction>);

impl<'de> Deserialize<'de> for FieldPaths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Paths)
    }
}

struct Paths;

impl<'de> Visitor<'de> for Paths {
    type Value = FieldPaths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<FieldPaths, A::Error> {
        let mut paths = BTreeMap::new();
        while let Some((path, value)) = table.next_entry::<String, Value>()? {
            let inside = match value {
                Value::Action(action) => vec![(path, action)],
                Value::Inside(inner) => inner.0.into_iter().map(|(rest, action)| (format!("{path}.{rest}"), action)).collect(),
            };
            for (path, action) in inside {
                if paths.insert(path, action).is_some_and(|other| other != action) {
                    return Err(A::Error::custom("a field has two actions, by its path and in a table (leave one of them out)"));
                }
            }
        }
        Ok(FieldPaths(paths))
    }
}

enum Value {
    Action(FieldAction),
    Inside(FieldPaths),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"mask\", \"drop\" or \"keep\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
                let action = FieldAction::ALL.into_iter().find(|action| action.name() == text);
                action.map(Value::Action).ok_or_else(|| E::custom("a field has no such action (mask, drop, keep)"))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Value, A::Error> {
                Paths.visit_map(table).map(Value::Inside)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
