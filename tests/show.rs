//! What `policy show` prints is the policy, whatever it holds and wherever it comes from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use logveil::Policy;
use proptest::prelude::*;
use toml::{Table, Value};

/// Texts with all that TOML has an escape, a quote or another meaning for.
fn text() -> impl Strategy<Value = String> {
    "[a-z.#=\"'\\\\\\[\\]{}\n\r\t \u{0}\u{1b}\u{7f}\u{85}\u{2028}é]{1,12}"
}

/// Several, each once: so they are shown.
fn texts(text: impl Strategy<Value = String>) -> impl Strategy<Value = Value> {
    prop::collection::btree_set(text, 0..4).prop_map(|texts| Value::from(texts.into_iter().collect::<Vec<_>>()))
}

fn table(settings: impl IntoIterator<Item = (&'static str, Value)>) -> Table {
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn policy() -> impl Strategy<Value = Table> {
    let allow = (texts(text()), texts(text().prop_map(|text| format!("fixed-{}", regex_syntax::escape(&text)))), texts(text()))
        .prop_map(|(values, patterns, groups)| table([("values", values), ("patterns", patterns), ("log_groups", groups)]));
    let path = text().prop_map(|text| format!("x{}x", text.replace(['.', '\\', '[', ']', '"'], "x")));
    let fields = prop::collection::hash_map(path, prop::sample::select(vec!["mask", "drop", "keep"]), 0..4)
        .prop_map(|fields| fields.into_iter().map(|(path, action)| (path, Value::from(action))).collect::<Table>());
    (allow, fields, text(), texts("a[a-z0-9 _./'-]{0,9}b")).prop_map(|(allow, fields, file, keys)| {
        table([
            ("sensitive_keys", keys),
            ("allow", allow.into()),
            ("fields", fields.into()),
            ("keys", table([("file", file.into()), ("write", "k2".into())]).into()),
        ])
    })
}

proptest! {
    #[test]
    fn what_is_shown_parses_to_the_same(policy in policy(), name in text()) {
        // What is refused is not shown.
        let parsed = Policy::parse(&name, &policy.to_string());
        prop_assume!(parsed.is_ok());
        let shown = parsed.unwrap().to_toml();
        let again = Policy::parse("again", &shown).map_err(|error| TestCaseError::fail(format!("{error}\n{shown}")))?.to_toml();
        let (first, second): (Table, Table) = (toml::from_str(&shown).unwrap(), toml::from_str(&again).unwrap());
        prop_assert_eq!(&first, &second);
        for (section, settings) in &policy {
            match settings {
                Value::Table(settings) => for (setting, value) in settings {
                    let is_empty = value.as_array().is_some_and(Vec::is_empty);
                    prop_assert!(is_empty || first[section].get(setting) == Some(value), "{} {} {}", section, setting, shown);
                },
                Value::Array(texts) if texts.is_empty() => {}
                value => prop_assert_eq!(first.get(section), Some(value)),
            }
        }
        // Nothing else has come in with a name.
        prop_assert!(first.keys().all(|key| policy.contains_key(key) || ["min_confidence", "actions", "limits"].contains(&key.as_str())), "{}", shown);
    }
}
