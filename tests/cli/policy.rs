use crate::Folder;

const LOG: &str = "pwd=hunter2 card 4111111111111111\n";

#[test]
fn environment_goes_over_the_file_and_options_over_both() {
    let folder = Folder::new("policy_layers");
    folder.write("p.toml", "[actions]\nsecret = 'remove'\n");
    let masked = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.logveil(args);
        command.envs(variables.iter().copied());
        crate::finish(&mut command, LOG.into()).quiet().to_owned()
    };
    let replaced = "pwd=[REDACTED:assigned-pwd] card [REDACTED:payment-card-run]\n";
    assert_eq!(masked(&[], &[]), replaced);
    // A variable without a value is none.
    assert_eq!(masked(&[], &[("LOGVEIL_POLICY", ""), ("LOGVEIL_ACTION", ""), ("LOGVEIL_PROFILE", ""), ("LOGVEIL_PACKS", "")]), replaced);
    assert!(!masked(&[], &[("LOGVEIL_POLICY", "p.toml")]).contains("pwd"));
    let by_profile = masked(&[], &[("LOGVEIL_POLICY", "p.toml"), ("LOGVEIL_PROFILE", "pci")]);
    assert!(!by_profile.contains("pwd") && by_profile.contains("card ************1111"), "{by_profile}");
    assert_eq!(masked(&["--profile", "default"], &[("LOGVEIL_PROFILE", "pci")]), replaced);
    let all = [("LOGVEIL_POLICY", "p.toml"), ("LOGVEIL_ACTION", "keep")];
    assert_eq!(masked(&[], &all), LOG);
    assert_eq!(masked(&["--action", "replace"], &all), replaced);
    folder.write("mine.toml", "[[rule]]\nid = 'mine'\nclass = 'secret'\npattern = 'card [0-9]{16}'\nconfidence = 'high'\n");
    assert!(masked(&[], &[("LOGVEIL_PACKS", "mine.toml")]).contains("[REDACTED:mine]"));
}

#[test]
fn a_policy_names_the_file_of_its_keys() {
    let folder = Folder::new("policy_keys");
    std::fs::create_dir(folder.0.join("etc")).unwrap();
    folder.write("etc/p.toml", "[actions]\ndefault = 'hash'\n[keys]\nfile = 'both.keys'\nwrite = 'k2'\n");
    let [old, new] = ["1", "2"].map(|digit| digit.repeat(32));
    folder.write_key("etc/both.keys", &format!("k1:{old}\nk2:{new}\n"));
    folder.write_key("old.keys", &format!("k2:{old}\n"));
    let masked = |args: &[&str], keys: &str| {
        let mut command = folder.logveil(args);
        crate::finish(command.env("LOGVEIL_KEYS", keys), LOG.into()).quiet().to_owned()
    };
    let by_policy = masked(&["--policy", "etc/p.toml"], "");
    assert!(by_policy.starts_with("pwd=[secret:k2:"), "{by_policy}");
    // Options go before the environment, and this before the policy.
    let by_variable = masked(&["--policy", "etc/p.toml"], &format!("k2:{}", "3".repeat(32)));
    let by_option = masked(&["--policy", "etc/p.toml", "--key-file", "old.keys"], &format!("k2:{new}"));
    assert!(by_policy != by_variable && by_variable != by_option && by_option != by_policy);
    assert!(masked(&["policy", "show", "--policy", "etc/p.toml"], "").contains("file = \"both.keys\" # etc/p.toml:4\n"));
    folder.write("etc/p.toml", "[actions]\ndefault = 'hash'\n[keys]\nfile = 'absent.keys'\n");
    let run = folder.run(&["--policy", "etc/p.toml"], LOG);
    assert!((run.code, run.text()) == (Some(1), "") && run.stderr.contains("cannot read etc/absent.keys: "), "{}", run.stderr);
}

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from() {
    let folder = Folder::new("policy_show");
    folder.write("p.toml", "profile = 'pci'\n\n[allow]\nvalues = ['noreply@example.com']\n");
    let mut command = folder.logveil(&["policy", "show", "--policy", "p.toml", "--action", "mask"]);
    let run = crate::finish(command.env("LOGVEIL_MIN_CONFIDENCE", "high"), Vec::new());
    // A rule that it names is named, though nothing is left that it says of it.
    let named = ["card-expiry", "card-expiry-split", "card-security-code", "card-track", "card-track-by-key", "card-track-two"];
    let named = named.map(|rule| format!("[rules.{rule}]\n\n")).concat();
    assert_eq!(
        run.quiet().replacen(&named, "", 1),
        "# Stands on profile = \"pci\", which is written out here.\n\
         min_confidence = \"high\" # environment LOGVEIL_MIN_CONFIDENCE\n\n\
         [actions]\ndefault = \"mask\" # option --action\n\n\
         [allow]\nvalues = [\"noreply@example.com\"] # p.toml:4\n\n\
         [limits]\nline = 1048576 # default\n"
    );
    folder.write("shown.toml", run.quiet());
    assert_eq!(folder.run(&["policy", "check", "shown.toml"], "").quiet(), "shown.toml: fine\n");
    let profiles = folder.run(&["policy", "profiles"], "");
    assert_eq!(profiles.quiet().lines().count(), 6);
    assert!(profiles.quiet().starts_with("default       Everything that"), "{}", profiles.text());
}

#[test]
fn layers_that_are_wrong_are_refused_by_name() {
    let folder = Folder::new("policy_wrong_layers");
    folder.write("p.toml", "[allow]\npatterns = [\n  'fine-[0-9]+',\n  'hunter2|.*']\n");
    for (args, variable, says) in [
        (&["--policy", "p.toml"][..], ("X", ""), "policy p.toml: line 4: a pattern of allow.patterns matches the empty text"),
        (&[], ("LOGVEIL_POLICY", "p.toml"), "policy p.toml: line 4: "),
        (&["--profile", "pcl"], ("X", ""), "option --profile: no such profile (one of default, "),
        (&[], ("LOGVEIL_PROFILE", "pcl"), "environment LOGVEIL_PROFILE: no such profile"),
        (&[], ("LOGVEIL_MIN_CONFIDENCE", "hihg"), "environment LOGVEIL_MIN_CONFIDENCE: not one of its values (one of low, medium, high)"),
        (&[], ("LOGVEIL_ACTION", "hide"), "environment LOGVEIL_ACTION: not one of its values (one of replace, mask, "),
    ] {
        let run = crate::finish(folder.logveil(args).env(variable.0, variable.1), LOG.into());
        assert_eq!((run.code, run.text()), (Some(2), ""), "{}", run.stderr);
        assert!(run.stderr.contains(says) && !run.stderr.contains("hunter2"), "{}", run.stderr);
    }
}

#[test]
fn the_schema_is_printed_as_it_is_kept() {
    let folder = Folder::new("policy_schema");
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/logveil.schema.json")).unwrap();
    assert!(folder.run(&["policy", "schema"], "").quiet() == kept);
}
