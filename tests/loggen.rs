//! The generated logs are what the benches and other tests take them for.

#[path = "support/loggen.rs"]
mod loggen;

use loggen::{Dirty, Format, Sample, logs, logs_of};

const SIZE: usize = 1 << 20;
const LEVELS: [Dirty; 3] = [Dirty::Clean, Dirty::Dirty2, Dirty::Dirty50];

#[test]
fn same_seed_same_bytes() {
    for dirty in LEVELS {
        assert!(logs(SIZE, 7, dirty).bytes == logs(SIZE, 7, dirty).bytes);
        assert!(logs(SIZE, 7, dirty).bytes != logs(SIZE, 8, dirty).bytes);
    }
}

#[test]
fn no_easier_than_real_logs() {
    for dirty in LEVELS {
        let density = Density::of(&logs(SIZE, 1, dirty));
        println!("{dirty:?}: {density:?}");
        assert!(density.digit_runs >= 40.0, "{dirty:?}: {density:?}");
        assert!(density.long_digit_runs >= 3.0, "{dirty:?}: {density:?}");
        assert!(density.at_signs >= 0.9, "{dirty:?}: {density:?}");
        assert!(density.key_words >= 1.5, "{dirty:?}: {density:?}");
    }
}

#[test]
fn share_of_dirty_lines() {
    for dirty in LEVELS {
        let sample = logs(SIZE, 2, dirty);
        let share = sample.secrets as f64 / sample.lines as f64;
        assert!((share - dirty.share()).abs() < 0.002, "{dirty:?}: {share}");
    }
}

#[test]
fn lines_end_and_are_short() {
    for format in Format::ALL {
        for dirty in LEVELS {
            let sample = logs_of(format, SIZE / 4, 3, dirty);
            assert!(sample.bytes.len() >= SIZE / 4);
            assert!(sample.bytes.is_ascii());
            assert_eq!(sample.bytes.last(), Some(&b'\n'));
            assert_eq!(sample.bytes.iter().filter(|&&byte| byte == b'\n').count(), sample.lines, "{format:?}");
            assert!(sample.bytes.split(|&byte| byte == b'\n').all(|line| line.len() < 4096), "{format:?}");
        }
    }
}

#[test]
fn json_lines_are_json() {
    for dirty in LEVELS {
        let sample = logs(SIZE, 4, dirty);
        let objects = sample.bytes.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"{"));
        assert!(objects.clone().count() > 500);
        for line in objects {
            let parsed = serde_json::from_slice::<serde_json::Value>(line);
            assert!(parsed.is_ok(), "{}: {parsed:?}", String::from_utf8_lossy(line));
        }
    }
}

/// By the shapes that the generator knows, which are no rules: those have tests of their own.
#[test]
fn one_secret_on_a_dirty_line_and_none_on_a_clean_one() {
    let shapes = [
        r#"(?:[pP]assword|passwd)\\?"?[=:]\\?"?[A-Z][0-9A-Za-z]{8,18}[!_x9-]"#,
        r"(?:Bearer|Basic) [0-9A-Za-z+/]{20,40}",
        concat!(r"\bAK", r"IA[A-Z2-7]{16}\b"),
        r#"(?i:aws_secret_access_key)\\?"?[=:]\\?"?[0-9A-Za-z]{40}\b"#,
        concat!(r"\bgh", r"p_[0-9A-Za-z]{36}\b"),
        concat!(r"\bsk_", r"live_[0-9A-Za-z]{24}\b"),
        concat!(r"\bxo", r"xb-[0-9]{12}-[0-9]{12}-[0-9A-Za-z]{24}\b"),
        concat!(r"\bS", r"G\.[\w-]{22}\.[0-9A-Za-z]{43}\b"),
        r"\b[a-z]{5}\.[a-z]{7}[0-9]{1,2}@(?:mail\.)?example\.[a-z]{3}\b",
        r#"card(?:_number)?\\?["= :]{1,2}\\?"?[3-6][0-9 -]{14,18}"#,
        r#"ssn\\?["= :]{1,2}\\?"?[0-9]{3}-[0-9]{2}-[0-9]{4}\b"#,
        r#"iban\\?["= :]{1,2}\\?"?[A-Z]{2}[0-9]{2} ?[0-9A-Z]{4}"#,
        r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}",
        r"://app:[0-9A-Za-z]{10,18}@",
        r"\+1[ -]?[0-9]{3}[ -]?555[ -]?01[0-9]{2}\b",
    ];
    let shape = regex::Regex::new(&shapes.join("|")).unwrap();
    for dirty in LEVELS {
        for format in Format::ALL {
            let sample = logs_of(format, SIZE / 2, 5, dirty);
            let text = String::from_utf8(sample.bytes).unwrap();
            let mut found = 0;
            for line in text.lines() {
                let here = shape.find_iter(line).count();
                assert!(here <= 1, "{line}");
                found += here;
            }
            assert_eq!(found, sample.secrets, "{format:?} {dirty:?}");
        }
    }
}

/// Counts per KiB.
#[derive(Debug)]
struct Density {
    digit_runs: f64,
    long_digit_runs: f64,
    at_signs: f64,
    key_words: f64,
}

impl Density {
    fn of(sample: &Sample) -> Self {
        let per_kib = |count: usize| count as f64 / (sample.bytes.len() as f64 / 1024.0);
        let runs = sample.bytes.split(|byte| !byte.is_ascii_digit()).filter(|run| !run.is_empty());
        let text = String::from_utf8_lossy(&sample.bytes).to_ascii_lowercase();
        let long_words = ["password", "passwd", "secret", "token", "authorization", "credential"];
        let keys = text.split(|char: char| !char.is_ascii_alphabetic()).filter(|&word| word == "key" || word == "apikey").count();
        Density {
            digit_runs: per_kib(runs.clone().count()),
            long_digit_runs: per_kib(runs.filter(|run| run.len() >= 8).count()),
            at_signs: per_kib(sample.bytes.iter().filter(|&&byte| byte == b'@').count()),
            key_words: per_kib(long_words.iter().map(|word| text.matches(word).count()).sum::<usize>() + keys),
        }
    }
}
