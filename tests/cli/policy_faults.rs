use crate::Folder;

/// What is written to standard error for this policy, which is wrong.
fn fault(folder: &Folder, policy: &str) -> String {
    folder.write("p.toml", policy);
    let run = folder.run(&["--policy", "p.toml"], "pwd=hunter2\n");
    assert_eq!((run.code, run.text()), (Some(2), ""), "{}", run.stderr);
    run.stderr
}

#[test]
fn the_line_that_is_wrong_is_shown_with_a_caret() {
    let folder = Folder::new("policy_excerpts");
    assert_eq!(
        fault(&folder, "# one\nprofile = 'pcl' # two\n"),
        "logveil: policy p.toml: line 2: no such profile (one of default, secrets-only, pci, gdpr, hipaa, paranoid)\n \
         --> p.toml:2:1\n  |\n2 | profile = 'pcl'\n  | ^^^^^^^\n"
    );
    for (policy, excerpt) in [
        ("mni_confidence = 'low'", "1 | mni_confidence = …\n  | ^^^^^^^^^^^^^^\n"),
        ("only = ['iban',\n  'no-such']", "2 |   'no-such']\n  |   ^^^^^^^^^\n"),
        ("[rules.no-such]\nenabled = false", "1 | [rules.no-such]\n  |        ^^^^^^^\n"),
        ("[actions]\nbank = 'hunter2'", "2 | bank = …\n  | ^^^^\n"),
        ("[limits]\nline = 5", "2 | line = 5\n  | ^^^^\n"),
        ("[actions]\nbank = 'keep'\nbank = 'mask'", "3 | bank = …\n  | ^^^^\n"),
        ("[[rule]]\nid = 'mine'\nclass = 'secret'\npatern = 'mine_'", "4 | patern = …\n  | ^^^^^^\n"),
    ] {
        let said = fault(&folder, policy);
        assert!(said.ends_with(excerpt), "{said}");
    }
}

#[test]
fn an_action_without_its_key_is_shown_where_it_is_set() {
    let folder = Folder::new("policy_key_excerpts");
    for (policy, excerpt) in [
        ("[actions]\ndefault = 'hash'", "2 | default = 'hash'\n  | ^^^^^^^\n"),
        ("[actions]\nbank = 'encrypt'\ndefault = 'mask'", "2 | bank = 'encrypt'\n  | ^^^^\n"),
        ("[rules.iban]\naction = 'hash'", "2 | action = 'hash'\n  | ^^^^^^\n"),
    ] {
        let said = fault(&folder, policy);
        assert!(said.contains("needs a key") && said.contains("--key-file"), "{said}");
        assert!(said.ends_with(excerpt), "{said}");
    }
}

#[test]
fn what_may_be_secret_is_not_shown() {
    let folder = Folder::new("policy_excerpts_hidden");
    for policy in [
        "[allow]\nvalues = [\n  'hunter2', '']",
        "[allow]\nvalues = ['hunter2', '', 3]",
        "[allow]\nvalues = [\n  'hunter2', 3]",
        "[allow]\nvalues = [\n  'hunter2' 'hunter2']",
        "[allow]\nvalues = [\n  'hunter2\n]",
        "[allow]\nvalue = ['hunter2']",
        "[alow]\nvalues = ['hunter2']",
        "alow = { values = ['hunter2'] }",
        "allow = { values = [\"hunter2\"], patterns = ['hunter2', '.*'] }",
        "[allow]\npatterns = ['hunter2|.*']",
        "[allow]\nkeys = ['hunter2', '=']",
        "[keys]\nwrite = 'hunter2 x'",
        "[keys]\nwrite = hunter2",
        "[keys]\nsecret = 'hunter2'",
        "profile = 'pcl' # hunter2",
        "min_confidence = 'hunter2'",
        "[[rule]]\nid = 'mine'\nclass = 'secret'\npattern = 'mine_[a-z]{9}'\nexamples = ['hunter2', 3]",
        "'hunter2' = 3",
    ] {
        let said = fault(&folder, policy);
        // The parser names a key that it does not know, as it is written.
        let is_key = policy == "'hunter2' = 3";
        assert!(said.starts_with("logveil: policy p.toml: ") && said.contains("line "), "{said}");
        assert!(!said.lines().skip(usize::from(is_key)).any(|line| line.contains("hunter2")), "{policy}: {said}");
    }
}
