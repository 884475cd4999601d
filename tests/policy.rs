//! Policies of layers, and what their allow lists, own rules and thresholds do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use logveil::{Action, Cache, Class, Confidence, Decision, Layers, Pack, Policy, Redactor};

fn redactor(policy: &str) -> Redactor {
    Redactor::builder().policy(Policy::parse("p", policy).unwrap()).build().unwrap()
}

fn masked(policy: &str, text: &str) -> String {
    String::from_utf8(redactor(policy).redact_message(text.as_bytes())).unwrap()
}

/// What is said when this policy is parsed, or a redactor built of it.
fn refused(policy: &str) -> String {
    match Policy::parse("p", policy) {
        Ok(policy) => Redactor::builder().policy(policy).build().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn values_and_patterns_that_are_allowed_stay() {
    let policy = "[allow]\nvalues = ['noreply@example.com', 'hunter2']\npatterns = ['test-[0-9]+']";
    let text = "password=hunter2 password=test-17 mail noreply@example.com bob@example.com";
    assert_eq!(masked(policy, text), text.replace("bob@example.com", "[REDACTED:email]"));
    // Not what merely holds such a value.
    assert_eq!(masked(policy, "password=hunter22"), "password=[REDACTED:assigned-password]");
    assert_eq!(masked(policy, "password=xtest-17"), "password=[REDACTED:assigned-password]");
    // Nor what a line before has named, but for the value.
    assert_eq!(masked(policy, "<password>\nhunter2</password>\n"), "<password>\nhunter2</password>\n");
    assert_eq!(masked(policy, "<password>\nhunter3</password>\n"), "<password>\n[REDACTED:assigned-password]</password>\n");
}

#[test]
fn what_stands_beside_an_allowed_key_stays() {
    let policy = "[allow]\nkeys = ['receipt to', 'feature token']";
    let text = r#"{"feature_token":"q7Zr2mWx9Lp4","token":"q7Zr2mWx9Lp4"}"#;
    assert_eq!(masked("", text).matches("q7Zr2mWx9Lp4").count(), 0);
    let left = masked(policy, text);
    assert!(left.starts_with(r#"{"feature_token":"q7Zr2mWx9Lp4","token":"[REDACTED:"#), "{left}");
    // A finding further on in the value is not beside the key.
    let further = masked(policy, "feature_token: see bob@example.com");
    assert_eq!(further, "feature_token: see [REDACTED:email]");
    // Of the key's own rule there are no findings.
    assert!(
        redactor(policy).redact(b"feature_token=abc\n", &mut Default::default(), &mut Cache::default(), &mut Vec::new()).findings() == 0
    );
}

#[test]
fn sensitive_keys_are_found_as_keys_are() {
    let policy = "sensitive_keys = ['internal note']\nonly = ['iban']";
    for text in ["internal_note=abc", "{\"internalNote\":\"abc\"}", "INTERNAL-NOTE: abc"] {
        assert_eq!(masked(policy, text), text.replace("abc", "[REDACTED:sensitive-key]"));
    }
    assert_eq!(masked(policy, "note=abc"), "note=abc");
    let off = format!("{policy}\n[rules.sensitive-key]\nenabled = false");
    assert_eq!(masked(&off, "internal_note=abc"), "internal_note=abc");
    let other = format!("{policy}\n[rules.sensitive-key]\naction = 'remove'");
    assert_eq!(masked(&other, r#"{"internalNote":"abc","a":1}"#), r#"{"a":1}"#);
    let wide = "sensitive_keys = ['número interno', 'メモ']\nonly = ['iban']";
    for text in ["número_interno=abc", "{\"miNúmeroInterno\":\"abc\"}", "NÚMERO INTERNO: abc", "<Número>1</Número>{'メモ': 'abc'}"] {
        assert_eq!(masked(wide, text), text.replace("abc", "[REDACTED:sensitive-key]"));
    }
    assert_eq!(masked(wide, "números=abc"), "números=abc");
    // A second pass finds nothing in what the first one wrote.
    let once = masked(policy, "internal_note=abc");
    assert_eq!(masked(policy, &once), once);
}

#[test]
fn rules_of_a_policy_are_rules() {
    let policy = "[[rule]]\nid = 'acme-token'\nclass = 'secret'\npattern = 'acme_[0-9a-z]{12}'\n[rules.acme-token]\naction = 'mask'";
    assert_eq!(masked(policy, "x acme_0123456789ab y"), "x ***************** y");
    let error = refused("# one\n[[rule]]\nid = 'acme-token'\nclass = 'secret'\npattern = '[a-z]{9}'");
    assert!(error.starts_with("policy p: line 2: ") && error.contains("rule acme-token: ") && error.contains("no anchor"), "{error}");
    let taken = refused("[[rule]]\nid = 'email'\nclass = 'secret'\npattern = 'acme_[0-9a-z]{12}'");
    assert!(taken.contains("exists already"), "{taken}");
}

#[test]
fn a_threshold_of_a_rule_goes_before_that_of_its_class() {
    let line = "mail bob@example.com card 4111111111111111 pwd=hunter2";
    let high = "[classes.contact]\nmin_confidence = 'high'\n[classes.bank]\nmin_confidence = 'high'";
    let all = masked("", line);
    let some = masked(high, line);
    assert!(all.contains("[REDACTED:email]"));
    let plain = redactor("");
    let mail = plain.explain(line.as_bytes(), &mut Cache::default());
    let sure = mail.iter().find(|it| it.rule == "email").unwrap().outcome.unwrap();
    assert_eq!(some.contains("[REDACTED:email]"), sure >= Confidence::High);
    let raised = masked("min_confidence = 'high'\n[rules.assigned-pwd]\nmin_confidence = 'low'", line);
    assert!(raised.contains("pwd=[REDACTED:assigned-pwd]"), "{raised}");
    // `only` judges by the threshold of the rule that it names.
    let only = |more: &str| Redactor::builder().policy(Policy::parse("p", &format!("only = ['LatLong']\n{more}")).unwrap()).build();
    assert!(only("").is_err() && only("[classes.network]\nmin_confidence = 'low'").is_ok());
}

const HOSTS: &str = "connect from 203.0.113.7 port 22, [2001:db8::7]:443, fe80::1%eth0, ::ffff:192.0.2.1, 00:00:5e:00:53:01";

#[test]
fn what_is_found_on_request_is_left_alone_unless_a_policy_names_it() {
    let others = [
        "",
        "min_confidence = 'low'",
        "packs = ['network']\nmin_confidence = 'low'",
        "profile = 'paranoid'",
        "[classes.network]\nmin_confidence = 'low'",
        "min_confidence = 'low'\n[rules.IpAddress]\nenabled = false\n[rules.mac-address-anywhere]\nenabled = false",
        "min_confidence = 'low'\nonly = ['email', 'ipv4-address', 'mac-address']\n[rules.ipv4-anywhere]\naction = 'replace'",
        // None of these asks for anything.
        "min_confidence = 'low'\n[allow]\nvalues = ['ipv4-anywhere']\nkeys = ['ipv4-anywhere']\n[fields]\nipv4-anywhere = 'keep'",
    ];
    for policy in others {
        assert_eq!(masked(policy, HOSTS), HOSTS, "{policy}");
    }
    assert!(redactor("").explain(HOSTS.as_bytes(), &mut Cache::default()).iter().all(|it| !it.rule.ends_with("-anywhere")));
    let addresses = "connect from * port 22, [*]:443, *%eth0, *, 00:00:5e:00:53:01";
    for names in
        ["only = ['IpAddress']", "[rules.IpAddress]", "[rules.IpAddress]\nenabled = true", "[rules.IpAddress]\nmin_confidence = 'low'"]
    {
        let policy = format!("actions.network = {{ replace = '[HOST]' }}\n{names}");
        assert_eq!(masked(&policy, HOSTS).replace("[HOST]", "*"), addresses, "{policy}");
        // What `policy show` prints asks for the same.
        let shown = Policy::parse("shown", &Policy::parse("p", &policy).unwrap().to_toml()).unwrap();
        let again = Redactor::builder().policy(shown).build().unwrap();
        assert_eq!(again.redact_message(HOSTS.as_bytes()), redactor(&policy).redact_message(HOSTS.as_bytes()), "{policy}");
    }
    let one = "[rules.mac-address-anywhere]";
    assert_eq!(masked(one, HOSTS), HOSTS.replace("00:00:5e:00:53:01", "[REDACTED:mac-address-anywhere]"));
    let but = "only = ['IpAddress']\n[rules.ipv4-anywhere]\nenabled = false";
    assert!(masked(but, HOSTS).starts_with("connect from 203.0.113.7 port 22, [[REDACTED:ipv6-anywhere]]:443"), "{}", masked(but, HOSTS));
    // The policy's own rules need not be named.
    let own = "[[rule]]\nid = 'mine'\nclass = 'secret'\non_request = true\npattern = 'mine_[a-z]{9}'";
    assert_eq!(masked(own, "mine_abcdefghi"), "[REDACTED:mine]");
}

#[test]
fn a_pack_of_ones_own_has_rules_on_request_too() {
    let pack = || Pack::parse("mine", "[[rule]]\nid = 'mine'\nclass = 'secret'\non_request = true\npattern = 'mine_[a-z]{9}'").unwrap();
    let masked = |policy: &str| {
        let redactor = Redactor::builder().pack(pack()).policy(Policy::parse("p", policy).unwrap()).build().unwrap();
        assert_eq!(redactor.asks_for("mine"), !policy.is_empty());
        String::from_utf8(redactor.redact_message(b"mine_abcdefghi")).unwrap()
    };
    assert_eq!((masked("").as_str(), masked("[rules.mine]").as_str()), ("mine_abcdefghi", "[REDACTED:mine]"));
}

#[test]
fn a_version_is_less_likely_an_address() {
    let policy = |level: &str| format!("only = ['IpAddress']\nmin_confidence = '{level}'");
    let line = "{\"version\":\"1.2.3.4\",\"peer\":\"192.0.2.4\"}";
    assert_eq!(masked(&policy("medium"), line), "{\"version\":\"1.2.3.4\",\"peer\":\"[REDACTED:ipv4-anywhere]\"}");
    assert!(!masked(&policy("low"), line).contains("1.2.3.4"));
}

#[test]
fn explanations_know_what_is_allowed_and_by_which_threshold() {
    let redactor = redactor("[allow]\nvalues = ['hunter2']\nkeys = ['feature token']\n[rules.email]\nmin_confidence = 'high'");
    let explained = |text: &str| {
        let mut cache = Cache::default();
        redactor
            .explain(text.as_bytes(), &mut cache)
            .into_iter()
            .filter_map(|it| it.decision.map(|decision| (it.rule, decision)))
            .collect::<Vec<_>>()
    };
    assert!(explained("pwd=hunter2").contains(&("assigned-pwd", Decision::Allowed)));
    assert!(explained("pwd=hunter3").contains(&("assigned-pwd", Decision::Masked(Action::Replace))));
    let beside = explained("feature_token=q7Zr2mWx9Lp4");
    assert!(
        !beside.is_empty() && beside.iter().all(|(rule, decision)| *rule != "allowed-key" && *decision == Decision::Allowed),
        "{beside:?}"
    );
    let mails = explained("bob@example.com");
    let mail = mails.iter().find(|(rule, _)| *rule == "email").unwrap();
    assert!(matches!(mail.1, Decision::BelowThreshold(Confidence::High) | Decision::Masked(_)), "{mails:?}");
}

#[test]
fn what_is_wrong_names_file_line_and_remedy_and_no_value() {
    for (policy, says) in [
        ("a = 1", "line 1: unknown field `a`"),
        ("[allow]\nvalues = [\n  'ok',\n  '']", "line 2: an empty text in allow.values"),
        ("[allow]\npatterns = [\n  'hunter2-[0-9]+',\n  '.*']", "line 4: a pattern of allow.patterns matches the empty text"),
        ("[allow]\npatterns = ['[^ ]+']", "line 2: a pattern of allow.patterns would allow values of every kind"),
        ("[allow]\npatterns = ['hunter2(']", "line 2: a pattern of allow.patterns does not compile"),
        ("[allow]\nlog_groups = ['*']", "line 2: it would leave every log group unmasked"),
        ("[allow]\nkeys = ['=']", "line 2: allow.keys holds what is no key (a key is its words"),
        ("[allow]\nkeys = ['token',\n'*password']", "line 3: allow.keys holds what is no key"),
        ("[allow]\nkeys = ['.password']", "line 2: allow.keys holds what is no key"),
        ("\nsensitive_keys = ['=']", "line 2: sensitive_keys holds what is no key"),
        ("sensitive_keys = ['a note', '(internal|external)_note']", "line 1: sensitive_keys holds what is no key"),
        ("sensitive_keys = ['num\u{e9}ro|a']", "line 1: sensitive_keys holds what is no key"),
        ("packs = []", "line 1: no rule is in force, so nothing would be masked"),
        (
            "\nonly = ['iban']\n[rules.iban]\nenabled = false",
            "line 2: no rule is in force, so nothing would be masked (name rules or packs",
        ),
        // What lets something be masks nothing.
        ("packs = []\n[allow]\nkeys = ['trace id']", "line 1: no rule is in force"),
        ("packs = []\n[fields]\ntrace_id = 'keep'", "line 1: no rule is in force"),
        ("packs = []\nsensitive_keys = ['a note']\n[rules.sensitive-key]\nenabled = false", "line 1: no rule is in force"),
        ("packs = []\n[fields]\nnote = 'drop'\n[rules.field-drop]\nenabled = false", "line 1: no rule is in force"),
        ("[allow]\npatterns = ['[0-9]+']", "line 2: a pattern of allow.patterns would allow values of every kind"),
        (
            "\n[[rule]]\nid = 'field'\nclass = 'secret'\npattern = 'acme_[a-z]{9}'",
            "line 2: rule field: a policy's own findings are called so",
        ),
        ("[[rule]]\nid = 'allowed-key'\nclass = 'secret'\npattern = 'acme_[a-z]{9}'", "line 1: rule allowed-key: "),
        (
            "[[rule]]\nid = 'a'\nclass = 'secret'\npattern = '[a-z]{9}'\n[[rule]]\nid = 'b'\nclass = 'secret'\npattern = 'mine_[a-z]{9}'",
            "line 1: pack of the policy: rule a: ",
        ),
        ("\nprofile = 'pcl'", "line 2: no such profile"),
        ("\n\n[rules.no-such]\nenabled = false", "line 3: no rule is called"),
        ("[classes.banks]\nmin_confidence = 'low'", "line 1: "),
        ("\npacks = ['no-such']", "line 2: no built-in pack is called"),
        ("only = ['iban',\n'no-such']", "line 2: no rule is called"),
        ("[limits]\nline = 5", "line 2: limits.line is below"),
        ("sensitive_keys = ['']", "line 1: an empty text in sensitive_keys"),
        ("[actions]\nbank = 'hash'", "line 2: the action hash needs a key"),
    ] {
        let error = refused(policy);
        assert!(error.starts_with("policy p: ") && error.contains(says), "{policy}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let policy = Policy::parse("p", "[allow]\nvalues = ['hunter2']\npatterns = ['hunter2-x+']").unwrap();
    assert!(!format!("{policy:?}").contains("hunter2"));
}

#[test]
fn what_masks_anything_is_a_policy() {
    for policy in ["[fields]\nnote = 'drop'", "[fields]\nnote = 'mask'", "sensitive_keys = ['a note']\n[allow]\nkeys = ['trace id']"] {
        redactor(&format!("packs = []\n{policy}"));
    }
    // Nobody is as sure as that.
    let low = "[[rule]]\nid = 'mine'\nclass = 'secret'\nconfidence = 'low'\npattern = 'mine_[a-z]{9}'";
    assert!(refused(&format!("min_confidence = 'high'\npacks = []\n{low}")).contains("no rule is in force"));
}

#[test]
fn keys_are_words() {
    for key in [
        "internal note",
        "internal_note",
        "db.password",
        "a/b",
        "driver's licence",
        "x-api-key",
        " note ",
        "field 7",
        "na\u{ef}ve note",
        "\u{43f}",
    ] {
        for policy in [format!("sensitive_keys = [\"{key}\"]"), format!("[allow]\nkeys = [\"{key}\"]")] {
            redactor(&policy);
        }
    }
    for key in ["a|b", "(a|b)_note", "internal_*", "pass?word", "*password", ".password", "password.*", "pass=word", "a_", "a\u{a0}note"] {
        for (policy, name) in
            [(format!("\nsensitive_keys = ['{key}']"), "sensitive_keys"), (format!("[allow]\nkeys = ['{key}']"), "allow.keys")]
        {
            let error = refused(&policy);
            assert!(error.starts_with(&format!("policy p: line 2: {name} holds what is no key (a key is its words, ")), "{error}");
            assert!(!error.contains(key), "{error}");
        }
    }
}

#[test]
fn no_pack_takes_the_names_of_what_a_policy_finds() {
    for id in ["field", "field-drop", "sensitive-key", "allowed-key"] {
        let rule = format!("[[rule]]\nid = '{id}'\nclass = 'secret'\npattern = 'acme_[a-z]{{9}}'\nexamples = []\ncounterexamples = []");
        let pack = logveil::Pack::parse("mine.toml", &rule).unwrap();
        let error = Redactor::builder().pack(pack).build().unwrap_err().to_string();
        assert!(error.contains("mine.toml") && error.contains(id) && error.contains("choose another id"), "{error}");
    }
}

#[test]
fn what_another_policy_has_masked_stays() {
    for text in ["[REDACTED:field]", "[REDACTED:field-drop]", "[REDACTED:sensitive-key]"].map(|text| format!("password={text}")) {
        assert_eq!(masked("", &text), text);
    }
}

#[test]
fn of_card_data_at_most_four_digits_of_the_card_stay() {
    let text = "card=4111111111111111=29122011234567890 cvv=1234 exp=12/29";
    let masked = masked("profile = 'pci'", text);
    for digits in ["7890", "1234", "12/2", "/29"] {
        assert!(!masked.contains(digits), "{masked}");
    }
    assert_eq!(self::masked("profile = 'pci'", "card=4111111111111111"), "card=************1111");
}

#[test]
fn a_later_layer_goes_before_an_earlier_one() {
    let layers = || {
        Layers::default()
            .file("one.toml", "packs = ['bank']\n[actions]\nbank = 'keep'\ncontact = 'remove'\n[allow]\nvalues = ['a@example.com']\n[rules.email]\nenabled = false")
            .unwrap()
            .file("two.toml", "profile = 'pci'\nonly = ['email', 'iban']\n[actions]\ncontact = 'mask'\n[allow]\nvalues = ['b@example.com']\n[rules.email]\nenabled = true")
            .unwrap()
    };
    let policy = layers().build().unwrap();
    let toml = policy.to_toml();
    for line in [
        "# Stands on profile = \"pci\", which is written out here.",
        "only = [\"email\", \"iban\"] # two.toml:2",
        "min_confidence = \"medium\" # default",
        "default = \"replace\" # default",
        "bank = \"keep\" # one.toml:3",
        "contact = \"mask\" # two.toml:4",
        "values = [\"a@example.com\", \"b@example.com\"] # one.toml:6, two.toml:6",
        "enabled = true # two.toml:8",
        "min_confidence = \"low\" # profile pci",
        "line = 1048576 # default",
    ] {
        assert!(toml.lines().any(|known| known == line), "{line}\n{toml}");
    }
    assert!(!toml.contains("packs = "));
    let alias = Layers::default().file("a.toml", "\n[rules.EmailAddress]\naction = 'mask'").unwrap().build().unwrap().to_toml();
    assert!(alias.contains("[rules.email]\naction = \"mask\" # a.toml:3\n"), "{alias}");
    let all = layers().action("option --action", Action::Remove).min_confidence("environment LOGVEIL_MIN_CONFIDENCE", Confidence::High);
    let toml = all.build().unwrap().to_toml();
    assert!(toml.contains("default = \"remove\" # option --action\n") && !toml.contains("bank = ") && !toml.contains("[classes"), "{toml}");
    assert!(toml.contains("min_confidence = \"high\" # environment LOGVEIL_MIN_CONFIDENCE\n"), "{toml}");
    let profile = Layers::default().profile("option --profile", "none").build().unwrap_err().to_string();
    assert_eq!(profile, "option --profile: no such profile (one of default, secrets-only, pci, gdpr, hipaa, paranoid)");
    // The last one that is named counts, and only that.
    assert!(layers().profile("option --profile", "default").build().unwrap().to_toml().contains("profile = \"default\""));
}

#[test]
fn what_is_shown_parses_to_the_same() {
    let policies = [
        "",
        "profile = 'pci'\n[rules.EmailAddress]\naction = { replace = '[XYZ.{rule}]' }\n[keys]\nwrite = 'k2'\n[limits]\nline = 200000",
        "only = ['iban']\nsensitive_keys = ['a b', 'c']\n[actions]\nbank = { mask = { first = 1, domain = true } }\nsecret = 'mask'",
        "[allow]\nvalues = ['a\"b', 'c\\d']\npatterns = ['x-[0-9]{1,3}']\nkeys = ['trace id']\nlog_groups = ['/a/*']",
        "packs = ['bank']\n[[rule]]\nid = 'acme-token'\nclass = 'secret'\npattern = 'acme_[0-9a-z]{12}'\nexamples = ['«acme_{lower:12}»']",
    ];
    for policy in policies.into_iter().map(str::to_owned).chain(Policy::profiles().map(|(name, _)| format!("profile = '{name}'"))) {
        let plain = |policy: &Policy| {
            let setting = |line: &str| line.rsplit_once(" # ").map_or(line, |(setting, _)| setting).to_owned();
            policy.to_toml().lines().filter(|line| !line.starts_with('#')).map(setting).collect::<Vec<String>>()
        };
        let shown = Policy::parse("p", &policy).unwrap();
        let again = Policy::parse("again", &shown.to_toml()).unwrap_or_else(|error| panic!("{error}\n{}", shown.to_toml()));
        assert_eq!(plain(&shown), plain(&again));
    }
}

#[test]
fn profiles_do_what_they_are_for() {
    let line = "pwd=hunter2 card 4111111111111111 mail bob@example.com";
    let profile = |name: &str| masked(&format!("profile = '{name}'"), line);
    assert_eq!(profile("default"), masked("", line));
    assert_eq!(profile("secrets-only"), line.replace("hunter2", "[REDACTED:assigned-pwd]"));
    assert_eq!(profile("pci"), "pwd=[REDACTED:assigned-pwd] card ************1111 mail [REDACTED:email]");
    let names: Vec<&str> = Policy::profiles().map(|(name, _)| name).collect();
    assert_eq!(names, ["default", "secrets-only", "pci", "gdpr", "hipaa", "paranoid"]);
    for (name, about) in Policy::profiles() {
        assert!(about.ends_with('.'), "{name}");
        let redactor = redactor(&format!("profile = '{name}'"));
        assert!(!redactor.redact_message(b"pwd=hunter2").ends_with(b"hunter2"), "{name}");
        // The file's own settings go before those of its profile.
        let kept = masked(&format!("profile = '{name}'\n[actions]\nsecret = 'keep'"), "pwd=hunter2");
        assert_eq!(kept, "pwd=hunter2", "{name}");
    }
    assert_eq!(Class::ALL.len(), 6);
}

#[cfg(feature = "envelope")]
#[test]
fn a_log_group_that_is_allowed_comes_out_as_it_came() {
    use logveil::envelope::{Envelope, Form};

    let redactor = redactor("[allow]\nlog_groups = ['/load-test/*']");
    let payload = |group: &str| {
        format!(
            r#"{{"messageType":"DATA_MESSAGE","logGroup":"{group}","logEvents":[{{"id":"1","timestamp":7,"message":"pwd=hunter2"}}],"x":"pwd=hunter2"}}"#
        )
    };
    let run = |group: &str, form: Form| {
        let mut out = Vec::new();
        let counts = Envelope::new(&redactor).form(form).redact(payload(group).as_bytes(), &mut Cache::default(), &mut out);
        (String::from_utf8(out).unwrap(), counts.allowed(), counts.events())
    };
    assert_eq!(run("/load-test/a", Form::Same), (payload("/load-test/a"), 1, 1));
    assert_eq!(run("/load-test/a", Form::Messages), ("pwd=hunter2\n".to_owned(), 1, 1));
    assert!(run("/load-test/a", Form::Events).0.contains("pwd=hunter2"));
    for group in ["/load-testing", "/app", ""] {
        let (out, allowed, _) = run(group, Form::Same);
        assert!(!out.contains("hunter2") && allowed == 0, "{out}");
    }
}
