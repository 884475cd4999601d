use insta::assert_snapshot;

use crate::Folder;

#[test]
fn help_texts() {
    let folder = Folder::new("help_texts");
    assert_snapshot!("help", folder.run(&["--help"], "").quiet());
    assert_snapshot!("help_short", folder.run(&["-h"], "").quiet());
    assert_snapshot!("help_rules", folder.run(&["rules", "--help"], "").quiet());
    assert_snapshot!("help_rules_list", folder.run(&["rules", "list", "--help"], "").quiet());
    assert_snapshot!("help_rules_show", folder.run(&["rules", "show", "--help"], "").quiet());
    assert_snapshot!("help_rules_test", folder.run(&["rules", "test", "--help"], "").quiet());
    assert_snapshot!("help_explain", folder.run(&["explain", "--help"], "").quiet());
    assert_snapshot!("help_diff", folder.run(&["diff", "--help"], "").quiet());
    assert_snapshot!("help_reveal", folder.run(&["reveal", "--help"], "").quiet());
    assert_snapshot!("help_policy", folder.run(&["policy", "--help"], "").quiet());
    assert_snapshot!("help_policy_import", folder.run(&["policy", "import", "--help"], "").quiet());
    assert_snapshot!("help_policy_check", folder.run(&["policy", "check", "--help"], "").quiet());
}

#[test]
fn every_example_of_the_help_is_a_command_that_exists() {
    let folder = Folder::new("help_examples");
    folder.write("app.log", "password=hunter2\n");
    let policy = folder.run(&["policy", "init"], "");
    folder.write("logveil.toml", policy.quiet());
    assert_eq!(folder.run(&["policy", "check", "logveil.toml"], "").quiet(), "logveil.toml: fine\n");
    assert_eq!(folder.run(&["--policy", "logveil.toml", "app.log"], "").quiet(), "password=[REDACTED:assigned-password]\n");
    assert_eq!(folder.run(&["--action", "keep", "--findings", "f.ndjson", "app.log"], "").quiet(), "password=hunter2\n");
    assert_eq!(folder.read("f.ndjson").lines().count(), 1);
    folder.write("logs.gz", "password=hunter2\n");
    let messages = folder.run(&["--input", "cloudwatch", "--output", "messages", "logs.gz"], "");
    assert_eq!(messages.quiet(), "password=[REDACTED:assigned-password]\n");

    // The pack that `rules --help` shows.
    let help = folder.run(&["rules", "--help"], "");
    let pack: String = help
        .quiet()
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .skip_while(|line| *line != "[[rule]]")
        .map(|line| format!("{line}\n"))
        .collect();
    folder.write("acme.toml", pack);
    assert_eq!(folder.run(&["rules", "test", "acme.toml"], "").quiet(), "1 rules in 1 packs keep their examples\n");
}

#[test]
fn version() {
    assert_eq!(Folder::new("version").run(&["--version"], "").quiet(), concat!("logveil ", env!("CARGO_PKG_VERSION"), "\n"));
}
