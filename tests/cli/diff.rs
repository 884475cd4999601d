use insta::assert_snapshot;

use crate::Folder;

const LOG: &str = "\
start user=bob
login password=hunter2-long-enough mail bob@example.com
card 4111-1111-1111-1111 paid from client_ip=93.184.216.34
done";

#[test]
fn what_two_policies_do_differently_is_listed() {
    let folder = Folder::new("diff");
    folder.write("a.log", LOG);
    folder.write("old.toml", "[actions]\ncontact = 'keep'\nbank = 'hash'\n");
    folder.write(
        "new.toml",
        "min_confidence = 'low'\n[actions]\nbank = { mask = { last = 4 } }\n[rules.assigned-password]\nenabled = false\n",
    );
    assert_snapshot!(folder.run(&["diff", "--policy", "old.toml", "--policy", "new.toml", "a.log", "a.log"], "").quiet(), @r"
    a.log:2:15-34: assigned-password replace -> nothing
    a.log:2:40-55: email keep -> email replace
    a.log:3:5-24: payment-card hash -> payment-card mask first=0 last=4 domain=false
    a.log:3:45-58: nothing -> ipv4-address replace
    a.log:2:15-34: assigned-password replace -> nothing
    a.log:2:40-55: email keep -> email replace
    a.log:3:5-24: payment-card hash -> payment-card mask first=0 last=4 domain=false
    a.log:3:45-58: nothing -> ipv4-address replace
    4 of 8 lines come out otherwise: 4 masked newly, 2 no longer, 2 otherwise, 0 only reported otherwise
      assigned-password                        2 ->         0
      email                                    2 ->         2
      ipv4-address                             0 ->         2
      payment-card                             2 ->         2
    ");
    assert_snapshot!(folder.run(&["diff", "--policy", "old.toml", "--policy", "new.toml", "--limit", "1"], LOG).quiet(), @r"
    stdin:2:15-34: assigned-password replace -> nothing
    and 3 more (--limit lists more)
    2 of 4 lines come out otherwise: 2 masked newly, 1 no longer, 1 otherwise, 0 only reported otherwise
      assigned-password                        1 ->         0
      email                                    1 ->         1
      ipv4-address                             0 ->         1
      payment-card                             1 ->         1
    ");
    let same = folder.run(&["diff", "--policy", "old.toml", "--policy", "old.toml", "a.log"], "");
    assert_eq!(same.quiet(), "0 of 4 lines come out otherwise: 0 masked newly, 0 no longer, 0 otherwise, 0 only reported otherwise\n");
}

#[test]
fn one_policy_is_compared_with_the_default() {
    let folder = Folder::new("diff_default");
    folder.write("p.toml", "[actions]\nsecret = 'remove'\n");
    let run = folder.run(&["diff", "--policy", "p.toml"], LOG);
    assert!(run.quiet().starts_with("stdin:2:15-34: assigned-password replace -> assigned-password remove\n"), "{}", run.text());
}

#[test]
fn versions_of_a_pack_are_compared() {
    let folder = Folder::new("diff_packs");
    let rule = |pattern: &str| format!("[[rule]]\nid = 'acme-token'\nclass = 'secret'\npattern = '{pattern}'\n");
    folder.write("one.toml", rule("acme_[0-9a-z]{20}"));
    folder.write("two.toml", rule("acme_[0-9a-z]{10,20}"));
    let log = "acme_abcdefghij0123456789\nacme_abcdefghij\n";
    let run = folder.run(&["diff", "--packs-before", "one.toml", "--packs-after", "two.toml"], log);
    assert_eq!(
        run.quiet(),
        "stdin:2:0-15: nothing -> acme-token replace\n\
         1 of 2 lines come out otherwise: 1 masked newly, 0 no longer, 0 otherwise, 0 only reported otherwise\n  \
         acme-token                               0 ->         1\n"
    );
}

#[test]
fn no_value_is_listed() {
    let folder = Folder::new("diff_secret");
    folder.write("p.toml", "[actions]\ndefault = 'keep'\n");
    let run = folder.run(&["diff", "--policy", "p.toml"], LOG);
    assert!(!run.quiet().contains("hunter2") && !run.text().contains("4111") && !run.text().contains("bob"), "{}", run.text());
}
