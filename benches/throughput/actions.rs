//! `actions/NAME_dirtyN`: what each action costs, on logs of which 2 % and half of the lines hold a secret. What to compare is the ratio
//! to `actions/replace_dirtyN` of the same run.

use std::cell::LazyCell;
use std::error::Error;
use std::hint::black_box;

use criterion::Criterion;
use logveil::{Action, Keys, Mask, Policy, Redactor, Revealer, Template};

use crate::loggen::{Dirty, logs};
use crate::{CHUNK, SEED, SIZE, group, stream, stream_to};

pub fn actions(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let keys = Keys::new("k1", b"a key for measurements, not for logs")?;
    let template = Template::parse("[MASKED:{class}:{rule}]")?;
    let actions = [
        ("replace", Action::Replace),
        ("template", Action::Template(template)),
        ("mask", Action::Mask(Mask::default())),
        ("hash", Action::Hash),
        ("encrypt", Action::Encrypt),
        ("remove", Action::Remove),
        ("keep", Action::Keep),
    ];
    for (dirtiness, dirty) in [("dirty2", Dirty::Dirty2), ("dirty50", Dirty::Dirty50)] {
        let sample = logs(SIZE, SEED, dirty);
        let mut out = Vec::with_capacity(2 * CHUNK);
        for (name, action) in actions {
            let redactor = Redactor::builder().policy(Policy::default().action(action)).keys(keys.clone()).build()?;
            let checked = LazyCell::new(|| check(&redactor, action, &keys, &sample.bytes, sample.secrets as u64));
            group(criterion, "actions", &sample.bytes).bench_function(format!("{name}_{dirtiness}"), |bencher| {
                LazyCell::force(&checked);
                bencher.iter(|| stream(&redactor, black_box(&sample.bytes), &mut out));
            });
        }
    }
    Ok(())
}

/// Each line with a secret has changed, no others; what was encrypted comes back.
fn check(redactor: &Redactor, action: Action, keys: &Keys, logs: &[u8], secrets: u64) {
    let mut masked = Vec::with_capacity(2 * logs.len());
    let stats = stream_to(redactor, logs, CHUNK, &mut Vec::new(), |out| masked.extend_from_slice(out));
    assert_eq!(
        stats.lines_changed(),
        if action == Action::Keep { 0 } else { secrets },
        "{action:?}: lines with a secret change, no others"
    );
    assert!(stats.findings() >= secrets, "{action:?}: every secret is found");
    match action {
        Action::Keep => assert!(masked == logs, "what is kept stays"),
        Action::Mask(_) => assert!(masked.len() >= logs.len(), "stars are as long as what they stand for, but for the quotes of numbers"),
        Action::Remove => assert!(masked.len() < logs.len(), "what is removed is gone"),
        Action::Encrypt => assert!(reveal(keys, &masked).is_ok_and(|revealed| revealed == logs), "what was encrypted comes back"),
        _ => assert!(masked != logs, "{action:?}: something stands in the place of secrets"),
    }
}

fn reveal(keys: &Keys, masked: &[u8]) -> Result<Vec<u8>, logveil::Error> {
    let (mut revealer, mut out) = (Revealer::new(keys)?, Vec::with_capacity(masked.len()));
    revealer.push(masked, &mut out);
    revealer.finish(&mut out);
    Ok(out)
}
