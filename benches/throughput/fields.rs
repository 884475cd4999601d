//! `fields/NAME`: what the fields of a policy cost on lines of JSON. What to compare is the ratio to `fields/none` of the same run.

use std::cell::LazyCell;
use std::error::Error;
use std::hint::black_box;

use criterion::Criterion;
use logveil::{Policy, Redactor};

use crate::{CHUNK, SIZE, group, stream, stream_to};

pub fn fields(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let (logs, lines) = json_lines();
    // How many lines each policy changes.
    let policies = [
        ("none", "", 0),
        ("absent", "'request.token_id' = 'mask'", 0),
        ("keep_each", "trace = 'keep'", 0),
        ("mask_tenth", "'request.note' = 'mask'", lines.div_ceil(10)),
        ("mask_each", "'request.agent' = 'mask'", lines),
        ("drop_each", "'request.agent' = 'drop'", lines),
        ("mask_deep", "'**.agent' = 'mask'", lines),
        ("mask_any", "'request.*' = 'mask'", lines),
    ];
    let mut out = Vec::with_capacity(2 * CHUNK);
    for (name, fields, changed) in policies {
        let redactor = Redactor::builder().policy(Policy::parse(name, &format!("[fields]\n{fields}"))?).build()?;
        let checked = LazyCell::new(|| {
            let stats = stream_to(&redactor, &logs, CHUNK, &mut Vec::new(), |_| {});
            assert_eq!(stats.lines_changed(), changed as u64, "{name}: lines with the field change, no others");
        });
        group(criterion, "fields", &logs).bench_function(name, |bencher| {
            LazyCell::force(&checked);
            bencher.iter(|| stream(&redactor, black_box(&logs), &mut out));
        });
    }
    Ok(())
}

/// Lines of JSON in which no rule finds anything; each tenth has a field more.
fn json_lines() -> (Vec<u8>, usize) {
    let (mut logs, mut lines) = (Vec::with_capacity(SIZE + 512), 0);
    while logs.len() < SIZE {
        let note = if lines % 10 == 0 { r#","note":"called back"# } else { "" };
        let line = format!(
            concat!(
                r#"{{"time":"2026-03-0{}T12:00:0{}Z","level":"info","trace":"span {}","#,
                r#""request":{{"method":"GET","path":"/v1/items","agent":"curl on linux","took":{}.5{}{}}},"#,
                r#""sizes":[1,2,3],"message":"served \"items\" from the cache, nothing to do"}}"#,
                "\n"
            ),
            1 + lines % 9,
            lines % 10,
            lines % 997,
            lines % 89,
            note,
            if note.is_empty() { "" } else { "\"" },
        );
        logs.extend_from_slice(line.as_bytes());
        lines += 1;
    }
    (logs, lines)
}
