//! How long it takes until a redactor is ready, in processes that have done nothing before: `build [PROCESSES]`.
//!
//! Prints the median for the built-in packs alone, and for a pack of 400 more rules, read and compiled.

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fmt::Write};

use logveil::{Pack, Redactor};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let argument = env::args().nth(1);
    if let Some(case) = argument.as_deref().filter(|case| ["builtin", "rules"].contains(case)) {
        println!("{}", time(case == "rules")?.as_nanos());
        return Ok(());
    }
    let processes: usize = argument.map_or(Ok(21), |count| count.parse())?;
    for (case, name) in [("builtin", "the built-in packs"), ("rules", "and 400 rules of a user")] {
        let mut times = (0..processes).map(|_| in_a_process(case)).collect::<Outcome<Vec<_>>>()?;
        times.sort_unstable();
        let median = times.get(times.len() / 2).ok_or("how many processes?")?;
        println!("{name}: {median:.2?} (least {:.2?})", times[0]);
    }
    Ok(())
}

fn in_a_process(case: &str) -> Outcome<Duration> {
    let output = Command::new(env::current_exe()?).arg(case).output()?;
    Ok(Duration::from_nanos(String::from_utf8(output.stdout)?.trim().parse()?))
}

fn time(with_rules: bool) -> Outcome<Duration> {
    let source = rules()?;
    let start = Instant::now();
    let builder = Redactor::builder();
    let redactor = if with_rules { builder.pack(Pack::parse("user", &source)?) } else { builder }.build()?;
    let time = start.elapsed();
    // Its answer, so that nothing is left out.
    let masked = redactor.redact_message(b"password=hunter2");
    assert!(!masked.windows(7).any(|part| part == b"hunter2"), "the password is masked");
    Ok(time)
}

/// Tokens with a prefix, keys, and numbers by shape, as users write them.
fn rules() -> Outcome<String> {
    let mut text = String::new();
    for number in 0..400u32 {
        let word: String = (0..6).map(|place| char::from(b'a' + ((number * 7919 + place * place * 31) >> place) as u8 % 26)).collect();
        writeln!(text, "[[rule]]\nid = \"user-{number}\"\nclass = \"secret\"\nconfidence = \"high\"")?;
        match number % 8 {
            0 => writeln!(text, "keys = [\"{word} token\", \"{word} key\"]")?,
            1 => writeln!(text, "digits = [\"3-{}-4\"]\nnear = [\"{word}\"]", 2 + number % 3)?,
            _ => writeln!(text, "pattern = '{word}_{}[A-Za-z0-9]{{{},40}}'", number % 97, 16 + number % 9)?,
        }
        writeln!(text, "examples = [\"«x»\"]\ncounterexamples = [\"y\"]")?;
    }
    Ok(text)
}
