use insta::assert_snapshot;

use crate::Folder;

const CONFIG: &str = r#"
title = "acme"

[[rules]]
id = "acme-api-token"
description = "Acme API token"
regex = '''\b(acme_[a-z0-9]{20})\b'''
keywords = ["acme_"]
tags = ["token"]

[[rules]]
id = "umbra-secret"
regex = '''(?i)[\w.-]{0,50}?(?:umbra)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|:)[\s'"]{0,5}([a-z0-9]{16})(?:['"\s;]|$)'''
entropy = 3.5
keywords = ["umbra"]

[[rules]]
id = "some-file"
path = '''\.pem$'''

[[rules]]
id = "anything"
regex = '''[a-z]{9}'''
allowlists = [{ regexes = ["x"] }]
"#;

const LOG: &str = "token acme_abcdefghij0123456789 umbra_key = 'abcdefgh01234567' password=hunter2 xacme_abcdefghij0123456789\n";

#[test]
fn rules_become_a_pack_and_what_has_no_equivalent_is_told() {
    let folder = Folder::new("gitleaks");
    folder.write("g.toml", CONFIG);
    let run = folder.run(&["policy", "import", "--pack", "custom.toml", "g.toml"], "");
    assert_eq!(run.code, Some(1));
    assert_snapshot!(run.stderr, @r#"
    logveil: not expressed: the rule "umbra-secret": its entropy; values of any are masked
    logveil: not expressed: the rule "umbra-secret": what must stand behind it; it is found in longer words too
    logveil: not expressed: the rule "some-file" is NOT masked: it looks at paths alone
    logveil: not expressed: the rule "anything" is NOT masked: pack custom.toml: rule custom-anything: the pattern has no anchor: it would have to be tried at every byte (it needs a literal of three bytes, a digit behind a known number of other bytes and a `check`, or `near` words of four letters with a bounded length)
    "#);
    assert_snapshot!(run.text(), @r#"
    # The gitleaks configuration "acme", made by `logveil policy import`.
    # Use it with --packs custom.toml, which holds its rules.
    # NOT EXPRESSED: the rule "umbra-secret": its entropy; values of any are masked
    # NOT EXPRESSED: the rule "umbra-secret": what must stand behind it; it is found in longer words too
    # NOT EXPRESSED: the rule "some-file" is NOT masked: it looks at paths alone
    # NOT EXPRESSED: the rule "anything" is NOT masked: pack custom.toml: rule custom-anything: the pattern has no anchor: it would have to be tried at every byte (it needs a literal of three bytes, a digit behind a known number of other bytes and a `check`, or `near` words of four letters with a bounded length)

    # These rules are in force, and no others.
    only = [
        "custom-acme-api-token",
        "custom-umbra-secret",
    ]
    "#);
    assert_snapshot!(folder.read("custom.toml"), @r#"
    # The rules of the gitleaks configuration "acme", made by `logveil policy import`.
    # They have no examples yet; `logveil rules test` asks for some.

    [[rule]]
    id = "custom-acme-api-token"
    about = "Acme API token"
    class = "secret"
    pattern = "(?<secret>acme_[a-z0-9]{20})"
    boundary = "both"
    confidence = "high"

    [[rule]]
    id = "custom-umbra-secret"
    about = "umbra-secret"
    class = "secret"
    pattern = '''(?i)(?:umbra)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|:)[\s'"]{0,5}(?<secret>[a-z0-9]{16})'''
    boundary = "none"
    confidence = "high"
    "#);
    folder.write("p.toml", run.text());
    assert_eq!(folder.run(&["policy", "check", "--packs", "custom.toml", "p.toml"], "").quiet(), "p.toml: fine\n");
    assert_eq!(
        folder.run(&["--policy", "p.toml", "--packs", "custom.toml"], LOG).quiet(),
        "token [REDACTED:custom-acme-api-token] umbra_key = '[REDACTED:custom-umbra-secret]' password=hunter2 xacme_abcdefghij0123456789\n"
    );
}

#[test]
fn the_default_rules_of_gitleaks_are_replaced_by_ours() {
    let folder = Folder::new("gitleaks_extend");
    folder.write(
        "g.toml",
        format!(
            "[extend]\nuseDefault = true\n{}",
            &CONFIG[..CONFIG.find("[[rules]]\nid = \"umbra").unwrap()].replace("title = \"acme\"", "")
        ),
    );
    let run = folder.run(&["policy", "import", "--pack", "custom.toml", "-"], folder.read("g.toml"));
    folder.write("p.toml", run.quiet());
    let masked = folder.run(&["--policy", "p.toml", "--packs", "custom.toml"], LOG);
    assert!(masked.quiet().contains("password=[REDACTED:assigned-password]") && masked.text().contains("[REDACTED:custom-acme-api-token]"));
}

/// What would let nearly anything be is told, not written into a policy that nobody can load.
#[test]
fn allow_lists_that_allow_anything_are_left_out() {
    let folder = Folder::new("gitleaks_allow");
    let rules = &CONFIG[..CONFIG.find("[[rules]]\nid = \"umbra").unwrap()];
    for (list, left) in [
        ("stopwords = ['er']", "its stop word 1, which too much contains"),
        ("regexes = ['.*']", "its regular expression 1;"),
        ("regexes = ['']", "its regular expression 1;"),
        (r"regexes = ['\d']", "its regular expression 1;"),
        ("regexes = ['^acme-test$', '^[a-z]+|..']", "its regular expression 2;"),
        ("regexTarget = 'match'\nregexes = ['^acme-test$']", "it looks at what stands around a value"),
        ("regexTarget = 'line'\nregexes = ['^acme-test$']", "it looks at what stands around a value"),
    ] {
        folder.write("g.toml", format!("{rules}\n[allowlist]\n{list}\n"));
        let run = folder.run(&["policy", "import", "--pack", "custom.toml", "g.toml"], "");
        assert_eq!(run.code, Some(1), "{list}");
        assert!(
            run.stderr.contains(&format!("not expressed: allow list 1: {left}")) && run.stderr.ends_with("what it allows is masked\n"),
            "{}",
            run.stderr
        );
        folder.write("p.toml", run.text());
        assert_eq!(folder.run(&["policy", "check", "--packs", "custom.toml", "p.toml"], "").quiet(), "p.toml: fine\n", "{list}");
    }
    folder.write("g.toml", format!("{rules}\n[allowlist]\nregexTarget = 'secret'\nregexes = ['^acme_test']\nstopwords = ['example']\n"));
    let run = folder.run(&["policy", "import", "--pack", "custom.toml", "g.toml"], "");
    assert!(run.quiet().contains("acme_test") && run.text().contains("example"));
}

#[test]
fn what_is_no_configuration_is_refused_without_quoting_it() {
    let folder = Folder::new("gitleaks_refused");
    for (config, pack, says) in [
        ("hunter2", true, "line 1: neither a data protection policy (JSON) nor a configuration of gitleaks (TOML)"),
        ("[[rules]]\nid = 'a'\nregex = ['hunter2']", true, "line 3: neither a data protection policy"),
        ("[[rules]]\nid = 'a'\nregex = '[a-z]{9}'", true, "none of its rules can be one\n  the rule \"a\" is NOT masked: "),
        ("title = 'x'", true, "none of its rules can be one"),
        (CONFIG, false, "say with --pack FILE where to write it"),
    ] {
        folder.write("g.toml", config);
        let args: &[&str] = if pack { &["policy", "import", "--pack", "custom.toml", "g.toml"] } else { &["policy", "import", "g.toml"] };
        let run = folder.run(args, "");
        assert_eq!((run.code, run.text()), (Some(2), ""), "{config}");
        assert!(run.stderr.contains(says) && !run.stderr.contains("hunter2"), "{}", run.stderr);
        assert!(!folder.0.join("custom.toml").exists());
    }
}

#[test]
fn what_would_allow_everything_is_told_and_the_policy_loads() {
    let folder = Folder::new("gitleaks_wide");
    let rule = "[[rules]]\nid = \"acme\"\nregex = \"acme_[a-z]{20}\"\n";
    folder.write("g.toml", format!("title = \"t\"\n{rule}[allowlist]\nregexes = [\".*\", \"acme_test[a-z]+\"]\nstopwords = [\"e\"]\n"));
    let run = folder.run(&["policy", "import", "--pack", "custom.toml", "g.toml"], "");
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("allow list 1: its regular expression 1;") && !run.stderr.contains("expression 2"), "{}", run.stderr);
    folder.write("p.toml", run.text());
    assert_eq!(folder.run(&["policy", "check", "p.toml", "--packs", "custom.toml"], "").code, Some(0));
}
