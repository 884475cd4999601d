//! Promise 3: whatever the bytes are, the fast scanner finds and writes what the slow one does.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use logveil::{Cache, Class, Confidence, Policy, Redactor, Span, Strategy, StreamState};

static FAST: LazyLock<Redactor> = LazyLock::new(|| redactor(Strategy::default()));
static REFERENCE: LazyLock<Redactor> = LazyLock::new(|| redactor(Strategy::Reference));

/// Every rule from the lowest confidence on, so that nothing is dropped before it is compared; those on request too.
fn redactor(strategy: Strategy) -> Redactor {
    let policy = Policy::parse("fuzz", "[rules.IpAddress]\n[rules.mac-address-anywhere]").expect("the policy holds");
    let policy = policy.min_confidence(Confidence::Low);
    Redactor::builder().policy(policy).strategy(strategy).build().expect("the built-in packs compile")
}

/// What is written, and what was found.
type Answer<'r> = (String, Vec<(&'r str, Class, Confidence, u64, Span)>);

fn answer<'r>(redactor: &'r Redactor, text: &[u8]) -> Answer<'r> {
    let (mut out, mut findings) = (Vec::new(), Vec::new());
    redactor.redact_with(text, &mut StreamState::default(), &mut Cache::default(), &mut out, |found| {
        findings.push((found.rule, found.class, found.confidence, found.line, found.span));
    });
    (out.escape_ascii().to_string(), findings)
}

fuzz_target!(|text: &[u8]| assert_eq!(answer(&FAST, text), answer(&REFERENCE, text), "(fast, reference) of {}", text.escape_ascii()));
