//! Every stanza of the built-in packs, in its eight surroundings, and what the packs as a whole must be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use logveil::{Class, Pack};

fn packs() -> Vec<Pack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Pack::parse(path.file_stem().unwrap().to_str().unwrap(), &fs::read_to_string(path).unwrap()).unwrap()).collect()
}

#[test]
fn every_stanza_keeps_its_examples() {
    let failures: Vec<String> =
        packs().iter().flat_map(|pack| logveil::test_pack(pack).unwrap()).map(|failure| failure.to_string()).collect();
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn ids_are_unique_and_every_rule_is_explained() {
    let mut ids = HashSet::new();
    for pack in packs() {
        for rule in pack.rules() {
            assert!(ids.insert(rule.id.to_string()), "{}", rule.id);
            assert!(!rule.about.is_empty(), "{}", rule.id);
        }
    }
}

#[test]
fn every_pack_file_is_built_in() {
    let redactor = logveil::Redactor::builtin().unwrap();
    for pack in packs() {
        // A pack that is built in already cannot be added under its own ids.
        let error = logveil::Redactor::builder().pack(pack.clone()).build().unwrap_err().to_string();
        assert!(error.contains("exists already"), "{}: {error}", pack.name());
    }
    drop(redactor);
}

#[test]
fn secrets_are_found_by_default_and_classes_are_all_known() {
    let classes: HashSet<Class> = packs().iter().flat_map(|pack| pack.rules().iter().map(|rule| rule.class)).collect();
    assert!(classes.contains(&Class::Secret) && classes.contains(&Class::Bank) && classes.len() >= 4);
}

/// A wrong example is reported with its rule, not passed over.
#[test]
fn an_example_that_does_not_hold_is_a_failure() {
    let stanza = |example: &str, counterexample: &str| {
        let text = format!(
            "[[rule]]\nid = 'own-token'\nclass = 'secret'\npattern = 'own_[a-z]{{8}}'\nexamples = [{example:?}]\ncounterexamples = [{counterexample:?}]\n"
        );
        logveil::test_pack(&Pack::parse("own", &text).unwrap())
    };
    assert_eq!(stanza("x «own_{lower:8}» y", "own_x").unwrap(), []);
    assert_eq!(stanza("x «own_{lower:8} »y", "own_x").unwrap().len(), 8);
    assert_eq!(stanza("x «own_{lower:7}» y", "own_x").unwrap().len(), 8);
    assert_eq!(stanza("x «own_{lower:8}» y", "own_{lower:8}").unwrap().len(), 1);
    assert!(stanza("x «own_{lower:8} y", "own_x").is_err());
    assert!(stanza("x «own_{nosuch:8}» y", "own_x").is_err());
}

/// Such rules are in force for their own examples, not for those of others.
#[test]
fn rules_on_request_are_tested_by_themselves() {
    let rule = |id: &str, more: &str| format!("[[rule]]\nid = \"{id}\"\nclass = \"secret\"\npattern = 'mine_{id}[a-z]{{5}}'\n{more}\n");
    let asked = rule("b", "on_request = true\nexamples = ['x «mine_b{lower:5}» y']\ncounterexamples = ['mine_b']");
    let other = |text: &str| rule("a", &format!("examples = ['x «mine_a{{lower:5}}» y']\ncounterexamples = ['{text}']"));
    let test = |text: &str| logveil::test_pack(&Pack::parse("mine", &(asked.clone() + &other(text))).unwrap()).unwrap();
    assert_eq!(test("mine_bcdefg"), []);
    assert_eq!(test("mine_acdefg").len(), 1);
}

/// Letters and digits in groups are found by what parts them, if a check says more and the parts are enough.
#[test]
fn separators_are_an_anchor() {
    let redactor = |more: &str, groups: usize| {
        let pattern = ["[0-9A-F]{2}"].repeat(groups).join(":");
        let rule = format!("[[rule]]\nid = 'mine'\nclass = 'secret'\npattern = '{pattern}'\nconfidence = 'high'\n{more}");
        logveil::Redactor::builder().pack(Pack::parse("mine", &rule).unwrap()).build()
    };
    let found = redactor("check = 'any'", 5).unwrap();
    for value in ["AA:BB:CC:DD:EE", "0A:1B:2C:3D:4E", "A0:B1:C2:D3:E4", "01:23:45:67:89"] {
        let text = format!("x={value}, {value}");
        assert_eq!(found.redact_message(text.as_bytes()), b"x=[REDACTED:mine], [REDACTED:mine]", "{value}");
    }
    for (more, groups) in [("", 5), ("check = 'any'", 4)] {
        assert!(redactor(more, groups).unwrap_err().to_string().contains("no anchor"), "{more} {groups}");
    }
}
