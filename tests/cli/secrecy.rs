use crate::Folder;

const MARKER: &str = "hunter2-marker-XYZ";

/// Runs and searches everything that comes out.
#[track_caller]
fn assert_secret(folder: &Folder, args: &[&str], key: Option<&str>, input: &str) {
    let mut command = folder.logveil(args);
    if let Some(key) = key {
        command.env("LOGVEIL_KEYS", key);
    }
    let run = crate::finish(&mut command, input.into());
    assert!(run.code.is_some());
    let findings = std::fs::read(folder.0.join("f.ndjson")).unwrap_or_default();
    for (place, bytes) in [("stdout", &run.stdout), ("stderr", &run.stderr.into_bytes()), ("findings", &findings)] {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("hunter2") && !text.contains("XYZ"), "{place} of {args:?}: {text}");
    }
}

#[test]
fn the_value_of_a_finding_is_nowhere() {
    let folder = Folder::new("secret_values");
    let key = Some("0123456789abcdef0123");
    let log = format!(
        "pwd={MARKER} \"password\": \"{MARKER}\"\nhttps://bob:{MARKER}@example.com/ <password>{MARKER}</password>\nlogin --password {MARKER}"
    );
    for action in ["replace", "mask", "hash", "encrypt", "remove"] {
        for stats in ["--stats", "--stats=json"] {
            assert_secret(&folder, &["--action", action, stats, "--findings", "f.ndjson", "--fail-on-findings"], key, &log);
        }
    }
    // A dry run shows values in what it passes on, and there alone.
    let run = folder.run(&["--action", "keep", "--stats", "--findings", "f.ndjson"], &log);
    assert_eq!(run.text(), log);
    assert!(!run.stderr.contains(MARKER) && !folder.read("f.ndjson").contains(MARKER));
}

#[test]
fn a_hash_key_is_nowhere() {
    let folder = Folder::new("secret_key");
    let log = "pwd=some-password bob@example.com\n";
    for key in [MARKER, "hunter2"] {
        folder.write_key("key", key);
        assert_secret(&folder, &["--action", "hash", "--stats", "--findings", "f.ndjson"], Some(key), log);
        assert_secret(&folder, &["--action", "hash", "--key-file", "key"], None, log);
        // Given where a policy or a pack is expected.
        assert_secret(&folder, &["--action", "hash", "--policy", "key"], None, log);
        assert_secret(&folder, &["--action", "hash", "--packs", "key"], None, log);
    }
}

#[test]
fn a_value_in_the_wrong_place_of_a_policy_is_nowhere() {
    let folder = Folder::new("secret_policy");
    for text in [
        "packs = '@'",
        "packs = { x = '@' }",
        "actions = '@'",
        "rules = ['@']",
        "limits = '@'",
        "keys = '@'",
        "[actions]\nsecret = '@'",
        "[actions]\nsecret = ['@']",
        "[actions]\nsecret = { mask = '@' }",
        "[actions]\nsecret = { mask = { last = '@' } }",
        "[rules.email]\nenabled = '@'",
        "[rules.email]\naction = '@'",
        "[actions]\nsecret = { replace = '@' }",
        "[actions]\nsecret = { replace = ['@'] }",
        "[keys]\nwrite = '@'",
        "[keys]\nwrite = ['@']",
        "[keys]\nwrite = '@'\n[actions]\nsecret = 'hash'",
        "[keys]\nk1 = '@'",
        "[limits]\nline = '@'",
        "password = '@'",
        "packs = @",
        "packs = '@",
        "packs = \"@",
        "min_confidence = ['@']",
        "min_confidence = '@'",
    ] {
        folder.write("p.toml", text.replace('@', MARKER));
        assert_secret(&folder, &["--policy", "p.toml"], None, "line\n");
        assert_secret(&folder, &["policy", "check", "p.toml"], None, "");
        assert_secret(&folder, &["--packs", "p.toml"], None, "line\n");
    }
}
