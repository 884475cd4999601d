use std::collections::HashSet;

use insta::assert_snapshot;

use crate::Folder;

const LOG: &str = "\
start user=bob
login password=hunter2-long-enough mail bob@example.com
card 4111-1111-1111-1111 paid
done
";

#[test]
fn stdin_is_masked() {
    assert_snapshot!(Folder::new("stdin").run(&[], LOG).quiet(), @r"
    start user=bob
    login password=[REDACTED:assigned-password] mail [REDACTED:email]
    card [REDACTED:payment-card] paid
    done
    ");
}

#[test]
fn files_come_one_after_the_other_and_stdin_is_left_alone() {
    let folder = Folder::new("files");
    folder.write("a.log", "one password=hunter2");
    folder.write("b.log", "two pwd=hunter3\r\n");
    let run = folder.run(&["a.log", "b.log", "a.log"], "never read");
    assert_eq!(
        run.quiet(),
        "one password=[REDACTED:assigned-password]two pwd=[REDACTED:assigned-pwd]\r\none password=[REDACTED:assigned-password]"
    );
}

#[test]
fn every_action() {
    let folder = Folder::new("actions");
    let with = |action: &str| folder.run(&["--action", action], LOG).quiet().to_owned();
    assert_eq!(with("replace"), folder.run(&[], LOG).quiet());
    assert_snapshot!(with("mask"), @r"
    start user=bob
    login password=******************* mail ***************
    card ******************* paid
    done
    ");
    assert_snapshot!(with("remove").replace(' ', "."), @r"
    start.user=bob
    login.mail.
    card..paid
    done
    ");
    assert_eq!(with("keep"), LOG);
}

#[test]
fn a_hash_is_the_same_wherever_its_key_comes_from() {
    let folder = Folder::new("hash");
    folder.write_key("key", "0123456789abcdef0123\n");
    folder.write_key("other", "another key of some length");
    let from_file = folder.run(&["--action", "hash", "--key-file", "key"], LOG);
    let from_variable = crate::finish(folder.logveil(&["--action", "hash"]).env("LOGVEIL_KEYS", "0123456789abcdef0123"), LOG.into());
    let from_other =
        crate::finish(folder.logveil(&["--action=hash", "--key-file=other"]).env("LOGVEIL_KEYS", "0123456789abcdef0123"), LOG.into());
    assert_eq!(from_file.quiet(), from_variable.quiet());
    assert_ne!(from_file.quiet(), from_other.quiet());
    // Letters only: the shape, and that every value has its own.
    let tokens: Vec<&str> = from_file.text().split(['[', ']']).skip(1).step_by(2).collect();
    let shapes: Vec<String> =
        tokens.iter().map(|token| token.rsplit_once(':').map(|(head, letters)| format!("{head}:{}", letters.len())).unwrap()).collect();
    assert_eq!(shapes, ["secret:k1:16", "contact:k1:16", "bank:k1:16"]);
    // What is masked once is not masked again.
    let again = folder.run(&["--action", "hash", "--key-file", "key"], from_file.text());
    assert_eq!(again.quiet(), from_file.text());
}

#[test]
fn min_confidence_chooses_how_sure_is_sure_enough() {
    let folder = Folder::new("confidence");
    let log = "client_ip=93.184.216.34 pwd=hunter2\n-----BEGIN PRIVATE KEY-----\n";
    let with = |level: &str| folder.run(&["--min-confidence", level], log).quiet().to_owned();
    assert_snapshot!(with("low"), @r"
    client_ip=[REDACTED:ipv4-address] pwd=[REDACTED:assigned-pwd]
    [REDACTED:pem-private-key]
    ");
    assert_snapshot!(with("medium"), @r"
    client_ip=93.184.216.34 pwd=[REDACTED:assigned-pwd]
    [REDACTED:pem-private-key]
    ");
    assert_snapshot!(with("high"), @r"
    client_ip=93.184.216.34 pwd=hunter2
    [REDACTED:pem-private-key]
    ");
}

const ACME: &str = r#"
[[rule]]
id = "acme-token"
about = "Token of the Acme gateway"
class = "secret"
pattern = 'acme_[0-9a-z]{20}'
examples = ["using «acme_{lower:20}» now"]
counterexamples = ["acme_short"]
"#;

#[test]
fn packs_of_ones_own() {
    let folder = Folder::new("packs");
    folder.write("acme.toml", ACME);
    folder.write("more.toml", ACME.replace("acme", "umbra"));
    let log = "acme_abcdefghij0123456789 umbra_abcdefghij0123456789 pwd=hunter2\n";
    assert_eq!(
        folder.run(&["--packs", "acme.toml", "--packs", "more.toml"], log).quiet(),
        "[REDACTED:acme-token] [REDACTED:umbra-token] pwd=[REDACTED:assigned-pwd]\n"
    );
    assert_eq!(folder.run(&["rules", "test", "acme.toml", "more.toml"], "").quiet(), "2 rules in 2 packs keep their examples\n");
    let list = folder.run(&["rules", "list", "--packs", "acme.toml"], "");
    assert!(list.quiet().ends_with("acme-token                       acme.toml      secret    medium  Token of the Acme gateway\n"));
    assert_snapshot!(folder.run(&["rules", "show", "acme-token", "--packs", "acme.toml"], "").quiet(), @r#"
    # pack acme.toml
    [[rule]]
    id = "acme-token"
    about = "Token of the Acme gateway"
    class = "secret"
    pattern = "acme_[0-9a-z]{20}"
    confidence = "medium"
    examples = ["using «acme_{lower:20}» now"]
    counterexamples = ["acme_short"]
    "#);
}

#[test]
fn a_policy_chooses_packs_rules_and_actions() {
    let folder = Folder::new("policy");
    folder.write(
        "p.toml",
        "packs = ['bank', 'contact', 'generic']\n[actions]\nbank = { mask = { last = 4 } }\nsecret = 'remove'\n[rules.email]\nenabled = false\n",
    );
    let log = format!("{LOG}key AKIA{}\n", "ABCDEFGHIJKLMNOP");
    assert_snapshot!(folder.run(&["--policy", "p.toml"], &log).quiet(), @r"
    start user=bob
    login mail bob@example.com
    card ***************1111 paid
    done
    key AKIAABCDEFGHIJKLMNOP
    ");
    // The command line goes before the policy, but does not switch on what the policy switches off.
    assert_snapshot!(folder.run(&["--policy", "p.toml", "--action", "replace"], &log).quiet(), @r"
    start user=bob
    login password=[REDACTED:assigned-password] mail bob@example.com
    card [REDACTED:payment-card] paid
    done
    key AKIAABCDEFGHIJKLMNOP
    ");
}

#[test]
fn a_policy_may_use_the_names_of_cloudwatch() {
    let folder = Folder::new("aliases");
    folder.write("p.toml", "[rules.EmailAddress]\naction = 'keep'\n[rules.CreditCardNumber]\naction = 'remove'\n");
    assert_snapshot!(folder.run(&["--policy", "p.toml"], LOG).quiet(), @r"
    start user=bob
    login password=[REDACTED:assigned-password] mail bob@example.com
    card  paid
    done
    ");
    folder.write("only.toml", "only = ['EmailAddress', 'acme-token']\n");
    folder.write("acme.toml", ACME);
    let log = format!("{LOG}acme_abcdefghij0123456789\n");
    assert_snapshot!(folder.run(&["--policy", "only.toml", "--packs", "acme.toml"], &log).quiet(), @r"
    start user=bob
    login password=hunter2-long-enough mail [REDACTED:email]
    card 4111-1111-1111-1111 paid
    done
    [REDACTED:acme-token]
    ");
}

#[test]
fn stats_go_to_stderr() {
    let folder = Folder::new("stats");
    let text = folder.run(&["--stats"], LOG);
    assert_eq!(text.text(), folder.run(&[], LOG).quiet());
    assert_eq!(text.code, Some(0));
    let (head, rules) = text.stderr.split_once('\n').unwrap();
    assert_eq!(head, "4 lines, 2 changed, 3 findings");
    let mut rules: Vec<&str> = rules.lines().collect();
    rules.sort();
    assert_eq!(rules, ["        1  assigned-password", "        1  email", "        1  payment-card"]);

    folder.write("a.log", LOG);
    let json = folder.run(&["--stats=json", "--action", "mask", "a.log", "a.log"], "");
    assert_eq!(json.code, Some(0));
    let length = 2 * LOG.len();
    assert_eq!(
        json.stderr,
        format!(
            "{{\"bytes_in\":{length},\"bytes_out\":{length},\"findings\":6,\"lines\":8,\"lines_changed\":4,\
             \"rules\":{{\"assigned-password\":2,\"email\":2,\"payment-card\":2}}}}\n"
        )
    );
    assert_snapshot!(folder.run(&["--stats=json"], "").stderr, @r#"{"bytes_in":0,"bytes_out":0,"findings":0,"lines":0,"lines_changed":0,"rules":{}}"#);
}

#[test]
fn findings_are_lines_of_json_with_places_and_no_values() {
    let folder = Folder::new("findings");
    folder.write("a.log", LOG);
    folder.write("b.log", "no finding\npwd=hunter2");
    assert_eq!(folder.run(&["--findings", "f.ndjson", "a.log", "b.log"], "").code, Some(0));
    assert_snapshot!(folder.read("f.ndjson"), @r#"
    {"class":"secret","confidence":"medium","end":34,"line":2,"rule":"assigned-password","start":15,"stream":"a.log"}
    {"class":"contact","confidence":"high","end":55,"line":2,"rule":"email","start":40,"stream":"a.log"}
    {"class":"bank","confidence":"high","end":24,"line":3,"rule":"payment-card","start":5,"stream":"a.log"}
    {"class":"secret","confidence":"medium","end":11,"line":2,"rule":"assigned-pwd","start":4,"stream":"b.log"}
    "#);
    // Written anew, also when what is found is kept.
    folder.run(&["--findings", "f.ndjson", "--action", "keep"], "pwd=hunter2\n").quiet();
    assert_snapshot!(folder.read("f.ndjson"), @r#"{"class":"secret","confidence":"medium","end":11,"line":1,"rule":"assigned-pwd","start":4,"stream":"stdin"}"#);
}

#[test]
fn fail_on_findings_is_told_by_the_exit_code() {
    let folder = Folder::new("fail_on_findings");
    let found = folder.run(&["--fail-on-findings"], LOG);
    assert_eq!((found.code, found.stderr.as_str()), (Some(3), ""));
    assert_eq!(found.text(), folder.run(&[], LOG).quiet());
    assert_eq!(folder.run(&["--fail-on-findings", "--action", "keep"], LOG).code, Some(3));
    assert_eq!(folder.run(&["--fail-on-findings"], "nothing here\n").quiet(), "nothing here\n");
}

#[test]
fn the_list_of_rules_has_a_line_for_each() {
    let folder = Folder::new("rules_list");
    let list = folder.run(&["rules", "list"], "");
    let lines: Vec<&str> = list.quiet().lines().collect();
    assert!(lines.len() > 100, "{}", lines.len());
    let mut ids = HashSet::new();
    for line in &lines {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [id, _pack, class, confidence, about @ ..] = &columns[..] else { panic!("{line}") };
        assert!(["secret", "bank", "identity", "contact", "health", "network"].contains(class), "{line}");
        assert!(["low", "medium", "high"].contains(confidence) && !about.is_empty(), "{line}");
        assert!(ids.insert(*id), "{id} twice");
    }
    let tested = folder.run(&["rules", "test"], "");
    assert!(tested.quiet().starts_with(&format!("{} rules in ", lines.len())));
}

#[test]
fn a_rule_is_shown_as_it_is_written() {
    let folder = Folder::new("rules_show");
    let shown = folder.run(&["rules", "show", "email"], "");
    assert!(shown.quiet().starts_with("# pack contact\n[[rule]]\nid = \"email\"\nabout = "));
    // What is shown is a pack again, but for its id.
    folder.write("mine.toml", shown.quiet().replace("id = \"email\"", "id = \"my-email\""));
    assert_eq!(folder.run(&["--packs", "mine.toml"], "pwd=hunter2\n").quiet(), "pwd=[REDACTED:assigned-pwd]\n");
}

#[test]
fn the_policy_to_start_from_changes_nothing() {
    let folder = Folder::new("policy_init");
    let policy = folder.run(&["policy", "init"], "");
    folder.write("p.toml", policy.quiet());
    assert_eq!(folder.run(&["policy", "check", "p.toml"], "").quiet(), "p.toml: fine\n");
    assert_eq!(folder.run(&["--policy", "p.toml"], LOG).quiet(), folder.run(&[], LOG).quiet());
    // Its comments are settings too.
    let is_setting = |line: &str| line.starts_with('[') || line.contains(" = ") && !line.starts_with('"');
    let uncommented = |line| match str::strip_prefix(line, "# ") {
        Some(setting) if is_setting(setting) => format!("{setting}\n"),
        _ => format!("{line}\n"),
    };
    let all: String = policy.text().lines().map(uncommented).collect();
    assert!(all.contains("\n[rules.us-ssn]\n") && all.contains("\ncontact = \"hash\"\n"));
    // Packs or single rules, not both.
    for left_out in ["packs = ", "only = "] {
        assert!(all.contains(&format!("\n{left_out}")));
        folder
            .write("all.toml", all.lines().filter(|line| !line.starts_with(left_out)).map(|line| format!("{line}\n")).collect::<String>());
        assert_eq!(folder.run(&["policy", "check", "all.toml"], "").quiet(), "all.toml: fine\n");
    }
}
