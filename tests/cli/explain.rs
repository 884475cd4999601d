use insta::assert_snapshot;

use crate::Folder;

const LOG: &str = "\
start user=bob
login password=hunter2-long-enough mail bob@example.com from client_ip=93.184.216.34
";

#[test]
fn it_says_what_rules_and_policy_say() {
    let folder = Folder::new("explain");
    assert_snapshot!(folder.run(&["explain"], LOG).quiet(), @r"
    line 1: start user=bob
      no rule sees anything here
    line 2: login password=[1] mail [2] from client_ip=[3]
      [1] bytes 15..34
          assigned-password (secret) 15..34: medium by itself => medium; replace
      [2] bytes 40..55
          email (contact) 40..55: medium by itself, check email: valid, surer => high; replace
      [3] bytes 71..84
          eu-driving-licence (identity) 71..81: low by itself, check not-a-time: valid, surer, no word nearby of which one must stand there => no match: none of the words that must stand nearby
          ipv4-address (network) 71..84: low by itself => low; below the policy's medium, stays
    ");
    folder.write("a.log", LOG);
    assert_snapshot!(folder.run(&["explain", "--line", "2", "--rule", "ipv4-address", "a.log"], "").quiet(), @r"
    line 2: login password=[1] mail [2] from client_ip=[3]
      [3] bytes 71..84
          ipv4-address (network) 71..84: low by itself => low; below the policy's medium, stays
    ");
    assert_snapshot!(folder.run(&["explain", "--line", "1", "--rule", "email", "a.log"], "").quiet(), @r"
    line 1: start user=bob
      email: nothing here is like what it looks for
    ");
    folder.write("p.toml", "[actions]\ncontact = 'keep'\nsecret = { mask = { last = 2 } }\n");
    assert_snapshot!(folder.run(&["explain", "--line", "2", "--policy", "p.toml", "--rule", "email", "a.log"], "").quiet(), @r"
    line 2: login password=[1] mail [2] from client_ip=[3]
      [2] bytes 40..55
          email (contact) 40..55: medium by itself, check email: valid, surer => high; kept: counted, and stays
    ");
}

#[test]
fn rules_on_request_say_nothing_unless_they_are_asked() {
    let folder = Folder::new("explain_on_request");
    let run = folder.run(&["explain", "--rule", "ipv4-anywhere"], LOG);
    assert_eq!((run.code, run.text()), (Some(2), ""));
    let says = "the rule ipv4-anywhere is in force on request only, and the policy does not name it ([rules.ipv4-anywhere])";
    assert!(run.stderr.contains(says), "{}", run.stderr);
    folder.write("p.toml", "[rules.ipv4-anywhere]\n");
    assert_snapshot!(folder.run(&["explain", "--line", "2", "--policy", "p.toml", "--rule", "ipv4-anywhere"], LOG).quiet(), @r"
    line 2: login password=[1] mail [2] from client_ip=[3]
      [3] bytes 71..84
          ipv4-anywhere (network) 71..84: low by itself, check ipv4-host: valid, surer => medium; replace
    ");
    let list = folder.run(&["rules", "list"], "");
    assert_eq!(list.quiet().lines().filter(|line| line.ends_with("; only where a policy names it")).count(), 5);
}

#[test]
fn it_says_why_something_is_no_match() {
    let folder = Folder::new("explain_no");
    assert_snapshot!(folder.run(&["explain", "--rule", "payment-card"], "card 4111-1111-1111-1112 x").quiet(), @r"
    line 1: card [1] x
      [1] bytes 5..24
          payment-card (bank) 5..24: medium by itself, check card: impossible => no match: its check fails
    ");
    assert_snapshot!(folder.run(&["explain", "--rule", "assigned-password"], "password=${DB_PASSWORD}").quiet(), @r"
    line 1: password=[1]
      [1] bytes 9..23
          assigned-password (secret) 9..23: medium by itself => no match: a placeholder
      not hidden
          assigned-password (secret) 11..22: medium by itself => no match: no value stands there
    ");
}

#[test]
fn what_goes_on_from_a_line_before_is_said_to_do_so() {
    let folder = Folder::new("explain_block");
    let log = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n";
    let run = folder.run(&["explain", "--line", "2"], log);
    assert_eq!(run.quiet(), "line 2: [1]\n  [1] bytes 0..52\n      pem-private-key: goes on from a line before\n");
}

#[test]
fn values_are_never_shown() {
    let folder = Folder::new("explain_secret");
    let log = "password=hunter2-marker {\"token\":\"hunter2-marker-1234567890\",\"m\":\"curl -u bob:hunter2-marker\"} card 4111111111111112 4111111111111111\n";
    for args in [&["explain"][..], &["explain", "--all"], &["explain", "--min-confidence", "low"], &["explain", "--action", "keep"]] {
        let run = folder.run(args, log);
        assert!(!run.quiet().contains("hunter2") && !run.text().contains("4111"), "{}", run.text());
    }
}

#[test]
fn what_does_not_exist_is_refused() {
    let folder = Folder::new("explain_refused");
    folder.write("a.log", LOG);
    for (args, says) in [
        (&["explain", "--rule", "no-such", "a.log"][..], "no rule is called \"no-such\""),
        (&["explain", "--line", "9", "a.log"], "a.log has 2 lines"),
        (&["explain", "--line", "0", "a.log"], "invalid value '0'"),
    ] {
        let run = folder.run(args, "");
        assert!(run.code == Some(2) && run.stderr.contains(says), "{}", run.stderr);
    }
}
