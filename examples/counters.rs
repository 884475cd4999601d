//! How much work logs make on the way from bytes to matches, and for which rules: `counters FILE...`.
//!
//! A rule with many candidates and no matches has an anchor that is too common: rewrite it.

use std::{env, fs};

use logveil::{Cache, Redactor, StreamState};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let redactor = Redactor::builtin()?;
    let mut cache = Cache::default();
    let (mut bytes, mut lines) = (0, 0);
    for path in env::args().skip(1) {
        let stats = redactor.redact(&fs::read(path)?, &mut StreamState::default(), &mut cache, &mut Vec::new());
        bytes += stats.bytes_in();
        lines += stats.lines();
    }
    let counters = cache.counters();
    let per_kb = |count: u64| count as f64 * 1024.0 / bytes as f64;
    println!("{bytes} bytes, {lines} lines; for each KB:");
    println!("{:8.3} places that the kernel gives", per_kb(counters.places));
    println!("{:8.3} survivors of the funnel", per_kb(counters.survivors));
    println!("{:8.3} lines looked at", per_kb(counters.lines));
    let mut rules: Vec<(u64, u64, &str)> = (0..)
        .zip(&counters.candidates)
        .map(|(rule, &count)| (count, counters.matches.get(usize::from(rule)).copied().unwrap_or(0), redactor.rule_id(rule).unwrap_or("?")))
        .filter(|&(count, ..)| count > 0)
        .collect();
    rules.sort_unstable_by_key(|&(count, ..)| std::cmp::Reverse(count));
    println!("{:8.3} candidates", per_kb(rules.iter().map(|rule| rule.0).sum()));
    println!("candidates matches rule");
    for (candidates, matches, rule) in rules {
        println!("{:10.3} {:7.3} {rule}", per_kb(candidates), per_kb(matches));
    }
    Ok(())
}
