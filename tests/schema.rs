//! The JSON Schema of policies says of a policy what the parser says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;

use jsonschema::Validator;
use logveil::Policy;
use serde_json::Value;

fn schema() -> Validator {
    let text = fs::read_to_string("docs/logveil.schema.json").unwrap();
    jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn is_valid(schema: &Validator, policy: &str) -> bool {
    let table: toml::Table = toml::from_str(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
    schema.is_valid(&serde_json::to_value(table).unwrap())
}

/// The blocks of TOML in a text of Markdown.
fn blocks(markdown: &str) -> Vec<&str> {
    markdown.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block).collect()
}

#[test]
fn every_policy_that_is_shown_is_one() {
    let schema = schema();
    let mut policies: Vec<String> = Policy::profiles().map(|(name, _)| format!("profile = '{name}'")).collect();
    for entry in fs::read_dir("profiles").unwrap() {
        policies.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let init = fs::read_to_string("src/bin/logveil/init.toml").unwrap();
    // What is only a comment there is a setting too: those are of the form `# key = value` or `# [table]`.
    let is_setting = |line: &&str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains([' ', '"']));
    // Of `packs` and `only` there may be one.
    let settings: Vec<&str> =
        init.lines().map(|line| line.trim_start_matches("# ")).filter(is_setting).filter(|line| !line.starts_with("packs")).collect();
    assert!(settings.len() > 25, "{settings:?}");
    policies.extend([settings.join("\n"), init.clone()]);
    for file in ["README.md", "docs/policy.md"] {
        let text = fs::read_to_string(file).unwrap();
        let blocks = blocks(&text);
        assert!(!blocks.is_empty(), "{file}");
        policies.extend(blocks.into_iter().map(str::to_owned));
    }
    for policy in &policies {
        let parsed = Policy::parse("p", policy).unwrap_or_else(|error| panic!("{error}\n{policy}"));
        for text in [policy, &parsed.to_toml()] {
            assert!(is_valid(&schema, text), "{text}");
        }
    }
}

#[test]
fn what_the_parser_refuses_by_shape_the_schema_refuses() {
    let schema = schema();
    for (policy, is_fine) in [
        ("", true),
        ("mni_confidence = 'low'", false),
        ("min_confidence = 'lowest'", false),
        ("min_confidence = 'low'", true),
        ("profile = 'pcl'", false),
        ("packs = 'bank'", false),
        ("packs = [1]", false),
        ("[actions]\nbank = 'mask'", true),
        ("[actions]\nbank = 'hide'", false),
        ("[actions]\nbanks = 'mask'", false),
        ("[actions]\nbank = { mask = { last = 4 } }", true),
        ("[actions]\nbank = { mask = {} }", true),
        ("[actions]\nbank = { mask = { lats = 4 } }", false),
        ("[actions]\nbank = { mask = { last = -4 } }", false),
        ("[actions]\nbank = { replace = '[MASKED:{rule}]' }", true),
        ("[actions]\nbank = { replace = 'X' }", false),
        ("[actions]\nbank = { mask = {}, replace = '[X]' }", false),
        ("[actions]\nbank = {}", false),
        ("[classes.bank]\nmin_confidence = 'low'", true),
        ("[classes.banks]\nmin_confidence = 'low'", false),
        ("[classes.bank]\naction = 'mask'", false),
        ("[rules.iban]\nenabled = false\naction = 'keep'\nmin_confidence = 'high'", true),
        ("[rules.iban]\nenabeld = false", false),
        ("[rules.iban]\nenabled = 'no'", false),
        ("sensitive_keys = ['a b']", true),
        ("sensitive_keys = 'a b'", false),
        ("[allow]\nvalues = ['a']\npatterns = ['a-[0-9]+']\nkeys = ['trace id']\nlog_groups = ['/a/*']", true),
        ("[allow]\nvalue = ['a']", false),
        ("[allow]\nvalues = [3]", false),
        ("[[rule]]\nid = 'mine'\nclass = 'secret'\npattern = 'mine_[a-z]{9}'", true),
        ("[[rule]]\nid = 'mine'\nclass = 'secret'\npatern = 'mine_[a-z]{9}'", false),
        ("[[rule]]\nid = 'mine'\npattern = 'mine_[a-z]{9}'", false),
        ("[[rule]]\nid = 'mine'\nclass = 'secret'\nkeys = ['mine']\nvalue = 'any'\nconfidence = 'high'\nboundary = 'left'", true),
        ("[fields]\n'a.*' = 'mask'\n[fields.b]\nc = 'keep'\nd.e = 'drop'", true),
        ("[fields]\na = 'hide'", false),
        ("[fields]\na = 3", false),
        ("[fields]\na.b = ['mask']", false),
        ("[keys]\nwrite = 'k2'", true),
        ("[keys]\nwrite = 'k2'\nfile = 'logveil.keys'", true),
        ("[keys]\nread = 'k2'", false),
        ("[limits]\nline = 131072", true),
        ("[limits]\nline = 5", false),
        ("[limits]\nlines = 131072", false),
    ] {
        assert_eq!(Policy::parse("p", policy).is_ok(), is_fine, "{policy}");
        assert_eq!(is_valid(&schema, policy), is_fine, "{policy}");
    }
}

/// Whoever completes a policy by it sees what each setting is for.
#[test]
fn every_setting_is_described() {
    let text = fs::read_to_string("docs/logveil.schema.json").unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    for place in ["/properties", "/$defs/AllowLists/properties", "/$defs/RulePolicy/properties"] {
        let settings = schema.pointer(place).and_then(Value::as_object).unwrap_or_else(|| panic!("{place}"));
        for (name, setting) in settings {
            assert!(setting["description"].is_string(), "{place} {name}");
        }
    }
}
