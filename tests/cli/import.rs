use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::Folder;

const LOG: &str = "bob@example.com called, password=hunter2, 4111 1111 1111 1111, EmployeeID-123456789\n";

fn arn(name: &str) -> String {
    format!("arn:aws:dataprotection::aws:data-identifier/{name}")
}

fn statement(identifiers: &[String], operation: Value) -> Value {
    json!({ "Sid": "s", "DataIdentifier": identifiers, "Operation": operation })
}

fn audit() -> Value {
    json!({ "Audit": { "FindingsDestination": {} } })
}

fn mask() -> Value {
    json!({ "Deidentify": { "MaskConfig": {} } })
}

/// A document as CloudWatch takes it: the same identifiers twice, to be audited and to be masked.
fn document(identifiers: &[String]) -> Value {
    json!({
        "Name": "p", "Description": "of a test", "Version": "2021-06-01",
        "Statement": [statement(identifiers, audit()), statement(identifiers, mask())],
    })
}

fn with_custom(mut document: Value, customs: &[(&str, &str)]) -> Value {
    let customs: Vec<Value> = customs.iter().map(|(name, regex)| json!({ "Name": name, "Regex": regex })).collect();
    document["Configuration"] = json!({ "CustomDataIdentifier": customs });
    document
}

#[test]
fn what_is_named_is_masked_and_nothing_else() {
    let folder = Folder::new("import");
    let employee = "Employee_ID".to_owned();
    let mut document = with_custom(document(&[arn("EmailAddress"), employee]), &[("Employee_ID", r"EmployeeID-\d{9}")]);
    document["Statement"][0]["Operation"]["Audit"]["FindingsDestination"] = json!({ "CloudWatchLogs": { "LogGroup": "found" } });
    folder.write("aws.json", document.to_string());
    let policy = folder.run(&["policy", "import", "--pack", "custom.toml", "aws.json"], "");
    assert_snapshot!(policy.quiet(), @r#"
    # The data protection policy "p" of Amazon CloudWatch Logs, made by `logveil policy import`.
    # Use it with --packs custom.toml, which holds the custom data identifiers.
    # Findings went to CloudWatchLogs {"LogGroup":"found"}; here --findings FILE and --stats tell of them.

    # These rules are in force, and no others.
    only = [
        "EmailAddress",
        "custom-employee-id",
    ]

    # CloudWatch knows no confidence: what is named is masked.
    min_confidence = "low"

    # Stars, as CloudWatch writes them; "replace" would write the name of the rule.
    [actions]
    default = "mask"
    "#);
    assert_snapshot!(folder.read("custom.toml"), @r#"
    # The custom data identifiers of the data protection policy "p", made by `logveil policy import`.
    # They have no examples yet; `logveil rules test` asks for some.

    [[rule]]
    id = "custom-employee-id"
    about = "Custom data identifier Employee_ID"
    class = "identity"
    pattern = 'EmployeeID-\d{9}'
    boundary = "none"
    confidence = "high"
    "#);
    folder.write("p.toml", policy.text());
    assert_eq!(folder.run(&["policy", "check", "--packs", "custom.toml", "p.toml"], "").quiet(), "p.toml: fine\n");
    assert_eq!(
        folder.run(&["--policy", "p.toml", "--packs", "custom.toml"], LOG).quiet(),
        "*************** called, password=hunter2, 4111 1111 1111 1111, ********************\n"
    );
    // Without the pack, its rule would be missing.
    let run = folder.run(&["--policy", "p.toml"], LOG);
    assert_eq!((run.code, run.text()), (Some(2), ""));
    assert!(run.stderr.contains("no rule is called \"custom-employee-id\""), "{}", run.stderr);
}

#[test]
fn every_managed_identifier_is_known() {
    let folder = Folder::new("import_all");
    let aliases = folder.run(&["rules", "aliases"], "");
    let names: Vec<&str> = aliases.quiet().lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.len() > 100 && names.contains(&"BankAccountNumber-GB"));
    let document = document(&names.iter().map(|name| arn(name)).collect::<Vec<_>>());
    let policy = folder.run(&["policy", "import", "-"], document.to_string());
    folder.write("p.toml", policy.quiet());
    assert_eq!(folder.run(&["policy", "check", "p.toml"], "").quiet(), "p.toml: fine\n");
    let log = "mail bob@example.com from client_ip=192.0.2.7\nlogin password=hunter2\n";
    assert_eq!(folder.run(&["--policy", "p.toml"], log).quiet(), "mail *************** from client_ip=*********\nlogin password=hunter2\n");
}

#[test]
fn addresses_are_masked_wherever_they_stand_if_they_are_asked_for() {
    let folder = Folder::new("import_addresses");
    let log = "connect from 203.0.113.7 port 22\nbound to [2001:db8::7]:443\n";
    for (name, masked) in [("IpAddress", "connect from *********** port 22\nbound to [***********]:443\n"), ("EmailAddress", log)] {
        let policy = folder.run(&["policy", "import", "-"], document(&[arn(name)]).to_string());
        folder.write("p.toml", policy.quiet());
        assert_eq!(folder.run(&["--policy", "p.toml"], log).quiet(), masked, "{name}");
    }
}

#[test]
fn what_the_command_line_of_aws_prints_is_a_document_too() {
    let folder = Folder::new("import_answer");
    let document = document(&[arn("EmailAddress")]);
    let answer = json!({ "logGroupIdentifier": "app", "policyDocument": document.to_string(), "lastUpdatedTime": 1_700_000_000_000_u64 });
    let [of_document, of_answer] = [document, answer].map(|text| folder.run(&["policy", "import", "-"], text.to_string()));
    assert_eq!(of_document.quiet(), of_answer.quiet());
}

#[test]
fn what_is_only_audited_is_kept_unless_something_else_masks_it() {
    let folder = Folder::new("import_audit");
    let mut document = document(&[arn("PhoneNumber-US")]);
    document["Statement"][0] = statement(&[arn("EmailAddress"), arn("PhoneNumber-BR"), arn("PhoneNumber-GB")], audit());
    let policy = folder.run(&["policy", "import", "-"], document.to_string());
    assert_eq!(policy.code, Some(1));
    for name in ["PhoneNumber-BR", "PhoneNumber-GB"] {
        let says =
            format!("logveil: not expressed: {name:?} is to be audited only, but shares rules with what is masked, and these mask\n");
        assert!(policy.stderr.contains(&says), "{}", policy.stderr);
    }
    folder.write("p.toml", policy.text());
    assert_eq!(folder.run(&["policy", "check", "p.toml"], "").quiet(), "p.toml: fine\n");
    let run = folder.run(&["--policy", "p.toml", "--stats"], "bob@example.com phone=212-555-0123 telefone 020 7946 0958\n");
    assert_eq!(run.text(), "bob@example.com phone=************ telefone 020 7946 0958\n");
    assert!(run.stderr.contains("1  email") && run.stderr.contains("1  phone-national"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_expressed_is_told_and_the_rest_is_written() {
    let folder = Folder::new("import_lost");
    let mut identifiers = vec![arn("EmailAddress"), arn("ShoeSize-XX")];
    let customs = [
        ("Letters", "[A-Z]{8}"),
        ("Bare", "[A-Z]{2}[0-9]{6}"),
        ("Twice", "ID-[0-9]+-[0-9]+"),
        ("Whole", "^EmployeeID-[0-9]{9}$"),
        ("Broken", "EmployeeID-[0-9"),
    ];
    identifiers.extend(customs.iter().map(|(name, _)| (*name).to_owned()));
    let mut document = with_custom(document(&identifiers), &customs);
    document["Version"] = json!("2030-01-01");
    document["Statement"][0]["Principal"] = json!("hunter2");
    document["Statement"][1]["Operation"]["Deidentify"]["MaskConfig"]["MaskWithCharacter"] = json!("hunter2");
    let run = folder.run(&["policy", "import", "--pack", "custom.toml", "-"], document.to_string());
    assert_eq!(run.code, Some(1));
    assert_snapshot!(run.stderr, @r#"
    logveil: not expressed: Version "2030-01-01" is not 2021-06-01, the one that is known
    logveil: not expressed: "Letters" is NOT masked: pack custom.toml: rule custom-letters: the pattern has no anchor: it would have to be tried at every byte (it needs a literal of three bytes, a digit behind a known number of other bytes and a `check`, or `near` words of four letters with a bounded length)
    logveil: not expressed: "Bare": it is found only where it begins a word
    logveil: not expressed: "Twice": repetitions before its end are followed 200 times at most
    logveil: not expressed: "Whole": `^` is left out: it masks in the middle of a line too
    logveil: not expressed: "Whole": `$` is left out: it masks in the middle of a line too
    logveil: not expressed: "Broken" is NOT masked: pack custom.toml: rule custom-broken: the pattern does not compile: unclosed character class
    logveil: not expressed: statement 1 "s": "Principal" is left out
    logveil: not expressed: "ShoeSize-XX" is NOT masked: no data identifier of this name is known
    logveil: not expressed: statement 2 "s": "MaskWithCharacter" is left out
    "#);
    // The policy says the same, and holds nevertheless.
    assert_eq!(run.text().lines().filter(|line| line.starts_with("# NOT EXPRESSED: ")).count(), run.stderr.lines().count());
    assert!(!run.stderr.contains("hunter2") && !run.text().contains("hunter2"));
    folder.write("p.toml", run.text());
    assert_eq!(
        folder.run(&["--policy", "p.toml", "--packs", "custom.toml"], LOG).quiet(),
        "*************** called, password=hunter2, 4111 1111 1111 1111, ********************\n"
    );
}

#[test]
fn documents_that_are_none() {
    let folder = Folder::new("import_refused");
    for (text, says) in [
        ("hunter2", "stdin: line 1: neither a data protection policy (JSON) nor a configuration of gitleaks (TOML)"),
        ("{", "stdin: line 1: not JSON"),
        ("{\n\"Name\": \"p\"}", "stdin: line 2: missing field `Statement`"),
        (r#"{"Statement": [{"DataIdentifier": "hunter2", "Operation": {}}]}"#, "stdin: line 1: wrong kind of value, expected a sequence"),
        (r#"{"Statement": "a expected hunter2 at line 1"}"#, "stdin: line 1: wrong kind of value, expected a sequence"),
        (r#"{"Statement": []}"#, "stdin: it names nothing that a rule could find"),
        (
            r#"{"Statement": [{"DataIdentifier": ["Shoe"], "Operation": {}}]}"#,
            "\"Shoe\" is NOT masked: no data identifier of this name is known",
        ),
    ] {
        let run = folder.run(&["policy", "import", "-"], text);
        assert_eq!((run.code, run.text()), (Some(2), ""), "{text}");
        assert!(run.stderr.contains(says) && !run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    let run = folder.run(&["policy", "import", "absent.json"], "");
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("cannot read absent.json"), "{}", run.stderr);
}

#[test]
fn a_pack_of_custom_identifiers_needs_a_place() {
    let folder = Folder::new("import_pack");
    let custom = with_custom(document(&["Employee_ID".to_owned()]), &[("Employee_ID", "EmployeeID-[0-9]{9}")]).to_string();
    folder.write("aws.json", &custom);
    let run = folder.run(&["policy", "import", "aws.json"], "");
    assert_eq!((run.code, run.text()), (Some(2), ""));
    assert!(run.stderr.contains("\"Employee_ID\" needs a rule of its own (say with --pack FILE"), "{}", run.stderr);
    let run = folder.run(&["policy", "import", "--pack", "./aws.json", "aws.json"], "");
    assert_eq!((run.code, run.text()), (Some(2), ""));
    assert!(run.stderr.contains("the pack needs a file of its own"), "{}", run.stderr);
    assert_eq!(folder.read("aws.json"), custom);
    // One that no statement names is not in force there either.
    let unused = with_custom(document(&[arn("Name")]), &[("Employee_ID", "EmployeeID-[0-9]{9}")]).to_string();
    assert!(folder.run(&["policy", "import", "-"], unused).quiet().contains("only = [\n    \"Name\",\n]\n"));
}

/// What a document calls itself is prose here, whatever it holds.
#[test]
fn names_stay_in_their_comments() {
    let folder = Folder::new("import_names");
    let mut document = document(&[arn("EmailAddress"), "X\n[actions]\ndefault = 'keep'".to_owned()]);
    document["Name"] = json!("p\nmin_confidence = 'high'");
    document["Statement"][0]["Operation"]["Audit"]["FindingsDestination"] = json!({ "S3\n[rules.email]": { "Bucket": "\u{7f}\nx" } });
    let run = folder.run(&["policy", "import", "-"], document.to_string());
    folder.write("p.toml", run.text());
    assert_eq!(folder.run(&["policy", "check", "p.toml"], "").quiet(), "p.toml: fine\n");
    assert!(folder.run(&["--policy", "p.toml"], LOG).quiet().starts_with("*************** called"));
}

/// Neither a second identifier of a name nor an edge of one alternative makes it less.
#[test]
fn nothing_that_is_asked_for_is_lost_unsaid() {
    let folder = Folder::new("import");
    let customs = [("A", r"EmployeeID-\d{9}"), ("A", r"BadgeID-\d{9}"), ("B", r"\bOrderID-\d{5}|PartID-\d{5}\b")];
    folder.write("aws.json", with_custom(document(&["A".to_owned(), "B".to_owned()]), &customs).to_string());
    let policy = folder.run(&["policy", "import", "--pack", "custom.toml", "aws.json"], "");
    folder.write("logveil.toml", policy.quiet());
    let log = "BadgeID-123456789 OrderID-123456 xPartID-12345 EmployeeID-123456789\n";
    let masked = folder.run(&["--policy", "logveil.toml", "--packs", "custom.toml"], log);
    assert_eq!(masked.quiet(), "***************** *************6 x************ ********************\n");
}
