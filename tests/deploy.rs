//! What `deploy/` and the documents say of the function, against the function: variables, their defaults, metrics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Read by the function and set by nobody who deploys it: tests put their own services in the place of AWS.
const FOR_TESTS: &[&str] = &["AWS_ENDPOINT_URL"];
/// Of the lint.
const OF_OTHERS: &[&str] = &["LOGVEIL_LINT"];
/// The documents of the command line, which has variables of its own.
const OF_THE_COMMAND: &[&str] = &["performance.md", "policy.md", "vendors.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The variables that the function reads and that are for users to set, with their defaults.
fn variables() -> BTreeMap<String, String> {
    let answer = Command::new(env!("CARGO_BIN_EXE_logveil-lambda")).arg("--variables").output().unwrap();
    let list: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
    let by_user = list.iter().filter(|variable| variable["byLambda"] == false);
    by_user
        .map(|variable| (text(&variable["name"]), text(&variable["default"])))
        .filter(|(name, _)| !FOR_TESTS.contains(&name.as_str()))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn names() -> BTreeSet<String> {
    variables().into_keys().collect()
}

/// The lines between one that is `from` and the next that is `to`.
fn between<'t>(text: &'t str, from: &str, to: &str) -> impl Iterator<Item = &'t str> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let mut lines = text.lines().skip_while(move |line| *line != from);
    assert!(lines.next().is_some(), "nothing begins with that line any more");
    lines.take_while(move |line| *line != to)
}

/// What stands before the first `mark` of each line, if it is a name of a variable.
fn set_in<'t>(lines: impl Iterator<Item = &'t str>, mark: char) -> BTreeMap<String, String> {
    let pairs = lines.filter_map(|line| line.split_once(mark)).map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    pairs
        .filter(|(name, _)| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
        .collect()
}

fn in_template() -> BTreeMap<String, String> {
    let template = read("deploy/cloudformation/function.yaml");
    set_in(between(&template, "        Variables:", "      Tags: [{ Key: logveil, Value: !Ref Name }]"), ':')
}

#[test]
fn the_template_sets_every_variable_and_no_other() {
    assert_eq!(in_template().into_keys().collect::<BTreeSet<_>>(), names());
}

#[test]
fn so_does_the_terraform_module() {
    let module = read("deploy/terraform/function.tf");
    let set = set_in(between(&module, "  environment = { for name, value in {", "  } : name => value if value != \"\" }"), '=');
    assert_eq!(set.into_keys().collect::<BTreeSet<_>>(), names());
}

#[test]
fn the_document_lists_every_variable_and_no_other() {
    let document = read("docs/lambda.md");
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|row| row.split_once('`'));
    let listed: BTreeSet<&str> = rows.map(|(name, _)| name).filter(|name| name.contains("_") && *name == name.to_uppercase()).collect();
    let answer = Command::new(env!("CARGO_BIN_EXE_logveil-lambda")).arg("--variables").output().unwrap();
    let list: Vec<Value> = serde_json::from_slice(&answer.stdout).unwrap();
    let all: BTreeSet<&str> = list.iter().map(|variable| variable["name"].as_str().unwrap()).collect();
    assert_eq!(listed, all);
}

#[test]
fn defaults_of_parameters_are_those_of_the_function() {
    let template = read("deploy/cloudformation/function.yaml");
    let defaults = variables();
    let mut compared = 0;
    for (name, value) in in_template() {
        let Some(parameter) = value.strip_prefix("!Ref ") else { continue };
        let Some(line) = template.lines().find(|line| line.trim_start().starts_with(&format!("{parameter}: {{"))) else {
            panic!("{parameter}: there is no such parameter")
        };
        let Some((_, default)) = line.split_once("Default: ") else { continue };
        let default = default.split([',', '}']).next().unwrap().trim().trim_matches('"');
        assert_eq!(default, defaults[&name], "{name}");
        compared += 1;
    }
    assert!(compared >= 12, "{compared} compared: has the template changed its form?");
}

/// Every file below `deploy/`, and the documents of the function.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("deploy"), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !OF_THE_COMMAND.iter().any(|document| path.ends_with(Path::new("docs").join(document))) {
                files.push(path);
            }
        }
    }
    files
}

#[test]
fn nothing_names_a_variable_that_is_not_read() {
    let known = names();
    for path in files() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for rest in text.split("LOGVEIL_").skip(1) {
            let end = rest.find(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'));
            let name = format!("LOGVEIL_{}", &rest[..end.unwrap_or(rest.len())]);
            let is_known = known.contains(&name) || OF_OTHERS.contains(&name.as_str()) || name == "LOGVEIL_";
            assert!(is_known, "{}: {name}", path.display());
        }
    }
}

/// The metrics that the function writes, by its own table.
fn emitted() -> BTreeSet<String> {
    let source = read("src/bin/logveil-lambda/metrics.rs");
    let table = source.split("pub const METRICS").nth(1).unwrap().split("];").next().unwrap();
    table.split("(\"").skip(1).map(|entry| entry.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn alarms_and_dashboard_of_the_template_use_metrics_that_are_written() {
    let template = read("deploy/cloudformation/watch.yaml");
    let mut used = BTreeSet::new();
    // An alarm names its namespace in the line before its metric; in a query both stand in one line.
    let lines: Vec<&str> = template.lines().collect();
    for (place, line) in lines.iter().enumerate() {
        if line.trim() == "Namespace: Logveil" {
            used.insert(lines[place + 1].trim().strip_prefix("MetricName: ").unwrap().to_owned());
        }
        for rest in line.split("Namespace: Logveil, MetricName: ").skip(1) {
            used.insert(rest.split(',').next().unwrap().to_owned());
        }
        for rest in line.split("[\"Logveil\",\"").skip(1) {
            used.insert(rest.split('"').next().unwrap().to_owned());
        }
    }
    compare(&used);
}

#[test]
fn alarms_and_dashboard_of_the_module_use_metrics_that_are_written() {
    let module = read("deploy/terraform/watch.tf");
    let mut used = BTreeSet::new();
    for line in module.lines() {
        if let Some((_, rest)) = line.split_once("namespace = \"Logveil\", metric = \"") {
            used.insert(rest.split('"').next().unwrap().to_owned());
        }
        // Title, namespace, statistic, and the metrics in brackets.
        if let Some((_, rest)) = line.split_once("\"Logveil\", \"").and_then(|(_, rest)| rest.split_once('[')) {
            used.extend(rest.split('"').skip(1).step_by(2).map(str::to_owned));
        }
        if let Some((_, rest)) = line.split_once("for_each = { findings = ") {
            used.extend(rest.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    compare(&used);
}

fn compare(used: &BTreeSet<String>) {
    let emitted = emitted();
    let unknown: Vec<_> = used.difference(&emitted).collect();
    assert!(unknown.is_empty(), "used and never written: {unknown:?}");
    assert!(used.len() >= 15, "{used:?}: has the file changed its form?");
}
