use crate::{Folder, Run, finish};

const OLD: &str = "k1:an old key for tests, not for logs\n";
const NEW: &str = "k2:a new key for tests, not for logs\n";

const LOG: &str = "\
login password=hunter2-long-enough mail bob@example.com
{\"user\":\"bob\",\"card\":4111111111111111,\"cards\":[\"4111111111111111\",4111111111111111]}
GET /reset?email=bob%40example.com HTTP/1.1
done
";

fn encrypt(folder: &Folder, key: &str, log: impl AsRef<[u8]>) -> Vec<u8> {
    let run = folder.run(&["--action", "encrypt", "--key-file", key], log);
    run.quiet();
    run.stdout
}

fn reveal(folder: &Folder, key: &str, log: impl AsRef<[u8]>) -> Run {
    folder.run(&["reveal", "--key-file", key], log)
}

#[test]
fn what_is_encrypted_comes_back_byte_for_byte() {
    let folder = Folder::new("reveal");
    folder.write_key("key", OLD);
    let masked = encrypt(&folder, "key", LOG);
    let text = String::from_utf8(masked.clone()).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("bob@") && !text.contains("4111") && !text.contains("%40"), "{text}");
    assert_eq!(text.matches(":k1:").count(), 6);
    assert_eq!(reveal(&folder, "key", &masked).quiet(), LOG);
    // Again, from files, and from the environment.
    folder.write("a.log", &masked);
    folder.write("b.log", "nothing here");
    assert_eq!(folder.run(&["reveal", "--key-file", "key", "a.log", "b.log"], "").quiet(), format!("{LOG}nothing here"));
    let from_variable = finish(folder.logveil(&["reveal", "a.log"]).env("LOGVEIL_KEYS", OLD), Vec::new());
    assert_eq!(from_variable.quiet(), LOG);
    // What is encrypted once is not encrypted again.
    assert_eq!(encrypt(&folder, "key", &masked), masked);
}

#[test]
fn a_new_key_writes_and_the_old_one_still_reveals() {
    let folder = Folder::new("rotation");
    folder.write_key("old", OLD);
    folder.write_key("both", &format!("# rotated\n{NEW}{OLD}"));
    folder.write_key("new", NEW);
    let log = [encrypt(&folder, "old", LOG), encrypt(&folder, "both", LOG)].concat();
    assert_eq!(reveal(&folder, "both", &log).quiet(), LOG.repeat(2));
    // Without the old key its half stays.
    let run = reveal(&folder, "new", &log);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.text(), format!("{}{LOG}", String::from_utf8(encrypt(&folder, "old", LOG)).unwrap()));
    assert!(run.stderr.contains("logveil: stdin, line 1, byte 15: its key is not at hand\n"), "{}", run.stderr);
    assert!(run.stderr.ends_with("logveil: 6 tokens stay as they are, 6 are revealed\n"), "{}", run.stderr);
    // The policy chooses which one writes.
    folder.write("p.toml", "[keys]\nwrite = 'k1'\n[actions]\ndefault = 'encrypt'\n");
    let run = folder.run(&["--policy", "p.toml", "--key-file", "both"], LOG);
    assert_eq!(run.stdout, encrypt(&folder, "old", LOG));
}

#[test]
fn what_was_tampered_with_is_refused_and_not_shown() {
    let folder = Folder::new("tampered");
    folder.write_key("key", OLD);
    let masked = String::from_utf8(encrypt(&folder, "key", "x password=hunter2-long-enough y\n")).unwrap();
    let (head, letters) = masked.split_at("x password=[secret:k1:".len());
    let swapped: String = [&letters[1..2], &letters[..1], &letters[2..]].concat();
    for tampered in [
        format!("{head}{swapped}"),
        format!("{head}{}", &letters[2..]),
        masked.replace("[secret:", "[contact:"),
        masked.replace("] y", " y"),
        "x password=[secret:k1:abcdefghijklmnop] y\n".to_owned(),
    ] {
        let run = reveal(&folder, "key", &tampered);
        assert_eq!((run.code, run.text()), (Some(1), tampered.as_str()));
        assert!(run.stderr.starts_with("logveil: stdin, line 1, byte 11: its key has not made it"), "{}", run.stderr);
        assert!(!run.stderr.contains(&letters[2..20]) && !run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    // A hash is no secret to be had back, and no fault.
    let hashed = folder.run(&["--action", "hash", "--key-file", "key"], LOG);
    assert_eq!(reveal(&folder, "key", hashed.quiet()).quiet(), hashed.text());
}

#[test]
fn nothing_is_revealed_without_a_key() {
    let folder = Folder::new("reveal_no_key");
    let run = folder.run(&["reveal"], LOG);
    assert_eq!((run.code, run.text()), (Some(2), ""));
    assert_eq!(run.stderr, "logveil: nothing can be revealed without a key (use --key-file or the variable LOGVEIL_KEYS)\n");
    folder.write_key("key", OLD);
    let run = folder.run(&["reveal", "--key-file", "key", "absent.log"], "");
    assert_eq!((run.code, run.text()), (Some(1), ""));
    assert!(run.stderr.starts_with("logveil: cannot read absent.log: "), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn a_file_of_keys_that_others_can_read_is_refused() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new("key_mode");
    for (mode, is_fine) in [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o602, false)] {
        folder.write_key("key", OLD);
        set_permissions(folder.0.join("key"), Permissions::from_mode(mode)).unwrap();
        let run = folder.run(&["--action", "hash", "--key-file", "key"], "x\n");
        assert_eq!(run.code, Some(if is_fine { 0 } else { 2 }), "{mode:o}: {}", run.stderr);
        assert_eq!(run.stderr.contains("other users can read or change this file of keys (`chmod 600 key`)"), !is_fine);
    }
}

#[test]
fn a_key_in_the_place_of_its_file_is_not_shown() {
    let folder = Folder::new("key_as_file");
    for key in ["k1:hunter2-hunter2-hunter2", &"5".repeat(32)] {
        let run = folder.run(&["--action", "hash", "--key-file", key], "x\n");
        assert_eq!((run.code, run.text()), (Some(2), ""));
        assert!(run.stderr.contains("a file of keys is wanted") && !run.stderr.contains(key), "{}", run.stderr);
    }
    // The name of a file is.
    assert!(folder.run(&["--action", "hash", "--key-file", "absent-file-of-keys"], "x\n").stderr.contains("absent-file-of-keys"));
}
