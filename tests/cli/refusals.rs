use crate::{Folder, Run};

/// Nothing is written, and one message says what is wrong, and where.
#[track_caller]
fn assert_refused(run: &Run, code: i32, says: &[&str]) {
    assert_eq!((run.code, run.text()), (Some(code), ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("logveil: ") && run.stderr.ends_with('\n'), "{}", run.stderr);
    for part in says {
        assert!(run.stderr.contains(part), "{:?} does not say {part:?}", run.stderr);
    }
}

const LOG: &str = "pwd=hunter2\n";

/// A rule that is fine but for `fields`.
fn rule(fields: &str) -> String {
    format!("[[rule]]\nid = 'mine'\nabout = 'Mine'\nclass = 'secret'\nexamples = []\ncounterexamples = []\n{fields}\n")
}

#[test]
fn rules_that_are_wrong() {
    let folder = Folder::new("wrong_rules");
    let look = "boundaries are the engine's";
    let endless = "write `{n,m}` instead of";
    let shapes = "exactly one of `pattern`, `digits`, `keys`, `begin` with `end`";
    for (fields, says) in [
        ("pattern = 'mine_[a-'", &["the pattern does not compile"][..]),
        ("pattern = 'mine_(a'", &["the pattern does not compile"]),
        ("pattern = '\\bmine_[a-z]{9}'", &["looks around", look]),
        ("pattern = '^mine_[a-z]{9}'", &["looks around", look]),
        ("pattern = 'mine_[a-z]{9}$'", &["looks around", look]),
        ("pattern = 'mine_(?=x)[a-z]{9}'", &["look-around"]),
        ("pattern = '(?<!x)mine_[a-z]{9}'", &["look-around"]),
        ("pattern = '(mine)_\\1'", &["backreference"]),
        ("pattern = '[a-z]{9}'", &["no anchor", "it needs a literal of three bytes"]),
        ("pattern = '[A-Z]{2}[0-9]{6}'\ncheck = 'any'\nboundary = 'none'", &["found by its digits", "a boundary other than"]),
        ("pattern = 'a?'", &["matches the empty text"]),
        ("pattern = 'mine_[a-z]+_[a-z]{9}'", &["without an end", endless]),
        ("pattern = 'mine_(?:ab)*'", &["without an end", endless]),
        ("pattern = 'mine_[a-z]{9}'\nkeys = ['mine']", &[shapes]),
        ("pattern = 'mine_[a-z]{9}'\ndigits = ['9']\ncheck = 'luhn'", &[shapes]),
        ("confidence = 'high'", &[shapes]),
        ("begin = 'BEGIN MINE'", &["needs both `begin` and `end`"]),
        ("digits = ['9']", &["add `check`, or `near` words"]),
        ("pattern = 'mine_[a-z]{9}'\ncheck = 'no-such-check'", &["no check is called \"no-such-check\""]),
        ("pattern = 'mine_[a-z]{9}'\nnot_keys = ['a']", &["goes with `keys`"]),
        ("digits = ['9']\ncheck = 'luhn'\nvalue = 'any'", &["`value` goes with `keys` or `pattern`"]),
        ("pattern = 'mine_[a-z]{9,}'\nvalue = 'any'", &["has a longest match"]),
        ("keys = ['mine']\nencoding = 'base64'", &["`encoding` goes with `pattern`"]),
    ] {
        folder.write("mine.toml", rule(fields));
        for args in [&["--packs", "mine.toml"][..], &["rules", "test", "mine.toml"]] {
            let run = folder.run(args, LOG);
            assert_refused(&run, 2, &["pack mine.toml: rule mine: "]);
            assert_refused(&run, 2, says);
        }
    }
}

#[test]
fn an_id_that_is_taken() {
    let folder = Folder::new("taken_id");
    folder.write("mine.toml", rule("pattern = 'mine_[a-z]{9}'"));
    let says = ["pack mine.toml: rule mine: a rule of this id exists already", "another id"];
    assert_refused(&folder.run(&["--packs", "mine.toml", "--packs", "mine.toml"], LOG), 2, &says);
    folder.write("email.toml", rule("pattern = 'mine_[a-z]{9}'").replace("'mine'", "'email'"));
    assert_refused(&folder.run(&["--packs", "email.toml"], LOG), 2, &["pack email.toml: rule email: ", "another id"]);
    folder.write("loud.toml", rule("pattern = 'mine_[a-z]{9}'").replace("'mine'", "'Loud one'"));
    assert_refused(&folder.run(&["--packs", "loud.toml"], LOG), 2, &["pack loud.toml: rule Loud one: an id is 1 to 64 lower-case letters"]);
}

#[test]
fn packs_that_are_no_packs() {
    let folder = Folder::new("no_packs");
    for (text, says) in [
        ("", "a pack is a list of [[rule]] stanzas"),
        ("[[rule]]\nid = 'mine'\nclass = 'secret'\npatern = 'mine_'", "line 4: unknown field `patern`"),
        ("[[rule]]\nid = 'mine'", "missing field `class`"),
        ("[[rule]]\nid = 'mine'\nclass = 'secrets'", "expected one of `secret`, `bank`"),
        ("[[rule]\nid = 'mine'", "line 1: "),
    ] {
        folder.write("mine.toml", text);
        assert_refused(&folder.run(&["--packs", "mine.toml"], LOG), 2, &["pack mine.toml: ", says]);
    }
    folder.write("mine.toml", b"\xff\xfe");
    assert_refused(&folder.run(&["--packs", "mine.toml"], LOG), 2, &["mine.toml: not UTF-8"]);
}

#[test]
fn examples_that_a_rule_does_not_keep() {
    let folder = Folder::new("examples");
    let stanza = |examples: &str, counterexamples: &str| {
        format!(
            "[[rule]]\nid = 'mine'\nabout = 'Mine'\nclass = 'secret'\npattern = 'mine_[a-z]{{9}}'\nexamples = [{examples}]\ncounterexamples = [{counterexamples}]\n"
        )
    };
    let test = |examples: &str, counterexamples: &str| {
        folder.write("mine.toml", stanza(examples, counterexamples));
        folder.run(&["rules", "test", "mine.toml"], "")
    };
    let place = "pack mine.toml: rule mine: ";
    assert_refused(&test("'a «mine_{digits:9}» b'", "'mine_'"), 2, &["8 examples failed", place, "example 1 ", "should be masked"]);
    assert_refused(&test("'a «mine_{lower:9}»{lower:1} b'", "'mine_'"), 2, &["8 examples failed", place]);
    assert_refused(
        &test("'a «mine_{lower:9}» b'", "'mine_{lower:9}'"),
        2,
        &["1 examples failed", place, "counterexample 1: mine masks bytes 0..14"],
    );
    assert_refused(&test("'a «mine_{lower:9} b'", "'mine_'"), 2, &[place]);
    assert_refused(&test("'a «mine_{letters:9}» b'", "'mine_'"), 2, &[place]);
    assert_refused(&test("", "'mine_'"), 2, &[place, "a rule has examples and counterexamples"]);
    assert_eq!(test("'a «mine_{lower:9}» b'", "'mine_'").quiet(), "1 rules in 1 packs keep their examples\n");
}

#[test]
fn policies_that_are_wrong() {
    let folder = Folder::new("wrong_policies");
    let list = "`logveil rules list` names them";
    for (text, says) in [
        ("[rules.no-such-rule]\nenabled = false", &["no rule is called \"no-such-rule\"", list][..]),
        ("[rules.EmailAdress]\naction = 'keep'", &["no rule is called \"EmailAdress\"", list, "`logveil rules aliases`"]),
        ("only = ['iban', 'EmailAdress']", &["no rule is called \"EmailAdress\"", list, "your own need their pack"]),
        ("only = []", &["`only` is empty, so nothing would be masked", "name rules, or leave it out"]),
        ("only = ['email']\npacks = ['contact']", &["`packs` and `only` both choose the rules"]),
        ("only = ['LatLong']", &["`only` names \"LatLong\", of which no finding is as sure as medium", "min_confidence = \"low\""]),
        (
            "[rules.PhoneNumber-DE]\naction = 'keep'\n[rules.PhoneNumber-GB]\naction = 'mask'",
            &["\"PhoneNumber-DE\" and \"PhoneNumber-GB\" both stand for the rule \"phone-by-key\"", "under [rules.phone-by-key]"],
        ),
        ("packs = ['no-such-pack']", &["no built-in pack is called \"no-such-pack\"", list]),
        ("mni_confidence = 'low'", &["line 1: unknown field `mni_confidence`, expected one of", "`min_confidence`"]),
        ("[actions]\nbanks = 'keep'", &["line 2: unknown field `banks`", "`bank`"]),
        ("[actions]\nbank = 'kepe'", &["line 2: no such action", "replace, mask, hash, encrypt, remove"]),
        ("[actions]\nbank = { mask = { lats = 4 } }", &["line 2: no such action", "{ mask = { first = n, last = n, domain = true } }"]),
        ("[rules.email]\nenabeld = false", &["line 2: unknown field `enabeld`", "`enabled`"]),
        ("[rules.email]\nenabled = 'no'", &["line 2: wrong kind of value, expected a boolean"]),
        ("[limits]\nline = 1000", &["limits.line is below 131072"]),
        ("[keys]\nwrite = 'Key 1'\n[actions]\nsecret = 'hash'", &["keys.write: a key id is 1 to 8 lower-case letters and digits"]),
        ("min_confidence = ", &["line 1: "]),
    ] {
        folder.write("p.toml", text);
        for args in [&["--policy", "p.toml"][..], &["policy", "check", "p.toml"]] {
            let run = crate::finish(folder.logveil(args).env("LOGVEIL_KEYS", "0123456789abcdef"), LOG.into());
            assert_refused(&run, 2, &["policy p.toml: "]);
            assert_refused(&run, 2, says);
        }
    }
    folder.write("p.toml", b"\xff");
    assert_refused(&folder.run(&["--policy", "p.toml"], LOG), 2, &["p.toml: not UTF-8"]);
}

#[test]
fn a_hash_without_a_usable_key() {
    let folder = Folder::new("no_key");
    let remedy = "use --key-file or the variable LOGVEIL_KEYS";
    let says = ["the action hash needs a key", remedy];
    assert_refused(&folder.run(&["--action", "hash"], LOG), 2, &says);
    assert_refused(&crate::finish(folder.logveil(&["--action", "hash"]).env("LOGVEIL_KEYS", ""), LOG.into()), 2, &says);
    folder.write("p.toml", "[actions]\ncontact = 'hash'");
    assert_refused(&folder.run(&["--policy", "p.toml"], LOG), 2, &["policy p.toml: line 2: the action hash needs a key", remedy]);
    // A policy is checked without its key.
    assert_eq!(folder.run(&["policy", "check", "p.toml"], "").quiet(), "p.toml: fine\n");

    folder.write_key("short", "too short\n");
    folder.write_key("empty", "\n");
    for (key, says) in [("short", "short: line 1: the key is shorter than 16 bytes"), ("empty", "empty: there is no key in it")] {
        let run = folder.run(&["--action", "hash", "--key-file", key], LOG);
        assert_refused(&run, 2, &[says, "openssl rand -hex 32"]);
    }
    assert_refused(&folder.run(&["--action", "hash", "--key-file", "absent"], LOG), 1, &["cannot read absent: "]);
}

#[test]
fn a_key_where_its_file_should_be_is_not_shown() {
    let folder = Folder::new("key_for_file");
    let hex = "0123456789abcdef".repeat(4);
    let keys = [hex.clone(), format!("k1:{hex}"), format!("K1:{hex}"), format!("prod-1:{}", "not hex! ".repeat(3)), "aB3+".repeat(11)];
    for key in &keys {
        let says = "a file of keys is wanted, and its name is like a key: write the key into a file, and name that";
        let run = folder.run(&["--action", "hash", "--key-file", key], LOG);
        assert_refused(&run, 2, &[says]);
        assert!(!run.stderr.contains(key.as_str()), "{}", run.stderr);
        folder.write("p.toml", format!("[actions]\nsecret = 'hash'\n[keys]\nfile = '{key}'"));
        let run = folder.run(&["--policy", "p.toml"], LOG);
        assert_refused(&run, 2, &[&format!("policy p.toml: line 4: {says}")]);
        assert!(!run.stderr.contains(key.as_str()), "{}", run.stderr);
    }
    folder.write("p.toml", "[keys]\nfile = 'absent'");
    assert_refused(&folder.run(&["--policy", "p.toml"], LOG), 1, &["policy p.toml: line 2: cannot read absent: "]);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = Folder::new("unreadable");
    std::fs::create_dir(folder.0.join("folder")).unwrap();
    folder.write("fine.log", LOG);
    // Nothing of the first file comes out when the second cannot be read.
    assert_refused(&folder.run(&["fine.log", "absent.log"], ""), 1, &["cannot read absent.log: "]);
    assert_refused(&folder.run(&["fine.log", "folder"], ""), 1, &["cannot read folder: it is a folder"]);
    for args in [
        &["--policy", "absent"][..],
        &["--packs", "absent"],
        &["policy", "check", "absent"],
        &["rules", "test", "absent"],
        &["rules", "list", "--packs", "absent"],
    ] {
        assert_refused(&folder.run(args, LOG), 1, &["cannot read absent: "]);
    }
    for args in [&["--policy", "folder"][..], &["--packs", "folder"]] {
        assert_refused(&folder.run(args, LOG), 1, &["cannot read folder: "]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_to_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("permission");
    folder.write("closed.log", LOG);
    std::fs::set_permissions(folder.0.join("closed.log"), std::fs::Permissions::from_mode(0o000)).unwrap();
    // Who is root may read it all the same.
    if std::fs::File::open(folder.0.join("closed.log")).is_err() {
        assert_refused(&folder.run(&["closed.log"], ""), 1, &["cannot read closed.log: "]);
    }
}

#[test]
fn findings_that_cannot_be_written() {
    let folder = Folder::new("no_findings");
    assert_refused(&folder.run(&["--findings", "absent/f.ndjson"], LOG), 1, &["cannot write absent/f.ndjson: "]);
    // An input is not overwritten, and a report is not emptied for a run that does not happen.
    folder.write("a.log", LOG);
    let run = folder.run(&["--findings", "./a.log", "a.log"], "");
    assert_refused(&run, 2, &["./a.log", "findings need a file of their own"]);
    assert_eq!(folder.read("a.log"), LOG);
    assert_refused(&folder.run(&["--findings", "a.log", "absent.log"], ""), 1, &["cannot read absent.log: "]);
    assert_eq!(folder.read("a.log"), LOG);
    // Nor is what says how to mask: a key that is gone takes with it all that it has written.
    folder.write_key("own.keys", &"5".repeat(32));
    folder.write_key("other.keys", &"4".repeat(32));
    folder.write("p.toml", "[keys]\nfile = 'own.keys'");
    folder.write("mine.toml", rule("pattern = 'mine_[a-z]{9}'"));
    let args = ["--policy", "p.toml", "--packs", "mine.toml"];
    for (file, more) in [("p.toml", &[][..]), ("mine.toml", &[]), ("own.keys", &[]), ("other.keys", &["--key-file", "other.keys"])] {
        let before = folder.read(file);
        let run = folder.run(&[&args[..], &["--findings", file], more].concat(), LOG);
        assert_refused(&run, 2, &[file, "findings need a file of their own"]);
        assert_eq!(folder.read(file), before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written() {
    let folder = Folder::new("full");
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = crate::finish(folder.logveil(&[]).stdout(full()), LOG.into());
    assert_refused(&run, 1, &["cannot write stdout: "]);
    // The report's end is written after the last line.
    let run = folder.run(&["--findings", "/dev/full"], LOG);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.starts_with("logveil: cannot write /dev/full: "), "{}", run.stderr);
}

#[test]
fn unknown_names_on_the_command_line() {
    let folder = Folder::new("usage");
    assert_refused(
        &folder.run(&["rules", "show", "no-such-rule"], ""),
        2,
        &["no rule is called \"no-such-rule\"", "`logveil rules list` names them"],
    );
    for (args, says) in [
        (&["--no-such-option"][..], "--no-such-option"),
        (&["--action", "hide"], "[possible values: replace, mask, hash, encrypt, remove, keep]"),
        (&["--min-confidence", "sure"], "[possible values: low, medium, high]"),
        (&["--stats=xml"], "[possible values: text, json]"),
        (&["rules"], "Usage: logveil rules <COMMAND>"),
    ] {
        let run = folder.run(args, LOG);
        assert_eq!((run.code, run.text()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}
