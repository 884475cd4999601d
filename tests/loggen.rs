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

/// A new kind of secret that looks like one already there would be counted, not seen: these are the shapes a look at the lines can tell.
#[test]
fn clean_lines_hold_no_secret_of_the_generator() {
    let text = String::from_utf8(logs(SIZE, 5, Dirty::Clean).bytes).unwrap();
    let prefixes = [concat!("AK", "IA"), concat!("gh", "p_"), concat!("sk_", "live_"), concat!("xo", "xb-"), "eyJ", "example.com", "+1"];
    for prefix in prefixes {
        assert!(!text.contains(prefix), "{prefix}");
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
