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

/// The blocks of a file that begin with a line for which `is_head` holds, each with its head.
fn blocks(text: &str, is_head: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match blocks.last_mut() {
            _ if is_head(line) => blocks.push((line.trim().trim_end_matches(':').to_owned(), String::new())),
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None => {}
        }
    }
    blocks
}

fn below(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = root().join(folder);
    files().into_iter().filter(|path| path.starts_with(&folder) && path.to_string_lossy().ends_with(ending)).collect()
}

/// A first deployment that fails must be possible again, and what holds records must outlive its stack.
#[test]
fn what_holds_records_or_keys_is_kept() {
    const KEPT: &[&str] = &["AWS::KMS::Key", "AWS::Kinesis::Stream", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"];
    let mut kept = 0;
    for path in below("deploy/cloudformation", ".yaml") {
        let template = fs::read_to_string(&path).unwrap();
        for (name, block) in blocks(&template, |line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':')) {
            let is_masked_group = block.contains("Type: AWS::Logs::LogGroup\n") && block.contains("/masked\"\n");
            if KEPT.iter().any(|kind| block.contains(&format!("    Type: {kind}\n"))) || is_masked_group {
                let is_kept = block.contains("    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n");
                assert!(is_kept, "{}: {name}", path.display());
                kept += 1;
            }
        }
    }
    assert_eq!(kept, 12, "have the templates changed their form?");
}

#[test]
fn so_it_is_by_the_module() {
    const KEPT: &[&str] = &["kinesis_stream", "kms_key", "s3_bucket", "secretsmanager_secret", "sqs_queue"];
    let mut kept = 0;
    for path in below("deploy/terraform", ".tf") {
        let module = fs::read_to_string(&path).unwrap();
        for (head, block) in blocks(&module, |line| line.starts_with("resource ")) {
            let is_masked_group = head.contains("\"aws_cloudwatch_log_group\" \"masked\"");
            if KEPT.iter().any(|kind| head.contains(&format!("\"aws_{kind}\""))) || is_masked_group {
                assert!(block.split("\n}\n").next().unwrap().contains("    prevent_destroy = true\n"), "{}: {head}", path.display());
                kept += 1;
            }
        }
    }
    assert_eq!(kept, 9, "has the module changed its form?");
}

/// Who may publish to the topic must be able to encrypt what it says, or nobody is told of anything.
#[test]
fn what_reaches_the_topic_may_use_its_key() {
    let services = |path: &str| -> Vec<String> {
        let text = read(path);
        let lines = text.lines().filter(|line| line.contains("\"cloudwatch.amazonaws.com\"") || line.contains("[cloudwatch.amazonaws.com"));
        lines.map(|line| line.split_once('[').unwrap().1.replace('"', "")).map(|rest| rest.split(']').next().unwrap().to_owned()).collect()
    };
    for path in
        ["deploy/cloudformation/watch.yaml", "deploy/cloudformation/keys.yaml", "deploy/terraform/watch.tf", "deploy/terraform/keys.tf"]
    {
        assert_eq!(services(path), ["cloudwatch.amazonaws.com, budgets.amazonaws.com"], "{path}");
    }
}

#[test]
fn the_runbook_has_every_alarm_and_so_has_the_module() {
    let (template, module, runbook) =
        (read("deploy/cloudformation/watch.yaml"), read("deploy/terraform/watch.tf"), read("docs/operations.md"));
    let alarms: BTreeSet<&str> = template.split("AlarmName: !Sub \"${Name}-").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(alarms.len() >= 15, "{alarms:?}");
    for alarm in alarms {
        assert!(runbook.contains(&format!("`NAME-{alarm}`")), "docs/operations.md: {alarm}");
        let is_listed = module.lines().any(|line| line.trim_start().split_once('=').is_some_and(|(name, _)| name.trim() == alarm));
        assert!(is_listed || module.contains(&format!("\"${{var.name}}-{alarm}\"")), "deploy/terraform/watch.tf: {alarm}");
    }
}

/// The threat model names tests as `file`: `function`, `function`.
#[test]
fn tests_that_the_threat_model_names_are_there() {
    let model = read("docs/threat-model.md");
    let mut named = 0;
    for row in model.lines().filter(|line| line.starts_with('|')) {
        for part in row.split(['|', ';']) {
            let Some((file, functions)) = part.trim().strip_prefix('`').and_then(|rest| rest.split_once("`: `")) else { continue };
            let source = read(file);
            for function in functions.trim_end_matches('`').split("`, `") {
                // Or a test that a macro makes, of that name.
                assert!(source.contains(&format!("fn {function}(")) || source.contains(&format!("{function}:")), "{file}: {function}");
                named += 1;
            }
        }
    }
    assert!(named >= 70, "{named}: has the table changed its form?");
}
