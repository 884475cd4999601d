//! `--input cloudwatch`: payloads instead of lines.

use logveil::Redactor;
use logveil::envelope::{Counts, Envelope, EnvelopeFilter, Form};
use serde_json::{Value, json};

use crate::args::{self, Mask, Output};
use crate::failure::Failure;
use crate::pipes::{self, Input};
use crate::run::{self, Streams, Writer};
use crate::signals::Signals;

/// How much is read at once.
const READ: usize = 256 << 10;

const MOST_INFLATED: u32 = 256;

/// What the arguments ask for; nothing where it is lines.
pub fn envelope<'r>(args: &Mask, redactor: &'r Redactor) -> Result<Option<Envelope<'r>>, Failure> {
    let wanted = &args.envelope;
    if wanted.input == args::Input::Lines {
        let others = [
            ("--output", wanted.output != Output::Same),
            ("--gzip-level", wanted.gzip_level.is_some()),
            ("--max-inflated", wanted.max_inflated.is_some()),
        ];
        return match others.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) => Err(Failure::Usage(format!("{name} is for --input cloudwatch"))),
            None => Ok(None),
        };
    }
    if args.threads > 1 {
        return Err(Failure::Usage("--threads is for --input lines".to_owned()));
    }
    let form = match wanted.output {
        Output::Same => Form::Same,
        Output::Events => Form::Events,
        Output::Messages => Form::Messages,
    };
    let limit = (wanted.max_inflated.unwrap_or(MOST_INFLATED) as usize) << 20;
    let envelope = Envelope::new(redactor).form(form).inflated_limit(limit).printed(true);
    Ok(Some(wanted.gzip_level.into_iter().fold(envelope, Envelope::gzip_level)))
}

/// What was masked as a whole makes the command fail, once everything is written.
pub fn check(counts: &Counts) -> Result<(), Failure> {
    let reasons: Vec<String> = counts.stand_ins().map(|(reason, count)| format!("{}: {count}", reason.text())).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Failure::Io(format!("what could not be decoded is masked as a whole ({})", reasons.join(", "))))
}

pub fn as_json(counts: &Counts) -> Value {
    let reasons: serde_json::Map<String, Value> =
        counts.stand_ins().map(|(reason, count)| (reason.name().to_owned(), count.into())).collect();
    json!({
        "payloads": counts.payloads(), "events": counts.events(), "control_messages": counts.control_messages(),
        "aggregates": counts.aggregates(), "allowed": counts.allowed(), "masked_as_a_whole": reasons,
    })
}

pub fn as_text(counts: &Counts) -> String {
    format!(
        "\n{} payloads, {} of them allowed, {} events, {} control messages, {} aggregates",
        counts.payloads(),
        counts.allowed(),
        counts.events(),
        counts.control_messages(),
        counts.aggregates()
    )
}

/// Streams of payloads.
pub struct Payloads<'r> {
    filter: EnvelopeFilter<'r>,
    space: Vec<u8>,
    out: Vec<u8>,
}

impl<'r> Payloads<'r> {
    pub fn new(filter: EnvelopeFilter<'r>) -> Self {
        Payloads { filter, space: vec![0; READ], out: Vec::new() }
    }
}

impl Streams for Payloads<'_> {
    type Stats = Counts;

    fn mask(&mut self, name: &str, mut input: impl Input, signals: &mut Signals, writer: &mut Writer<'_>) -> Result<Counts, Failure> {
        let Payloads { filter, space, out } = self;
        writer.begin(name);
        pipes::widen(&input);
        let mut counts = Counts::default();
        loop {
            if !signals.is_ready(&input) {
                counts += filter.flush(out);
                write(writer, out)?;
            }
            match run::read(&mut input, space, signals) {
                Ok(0) => {
                    counts += filter.finish(out);
                    write(writer, out)?;
                    return Ok(counts);
                }
                Ok(length) => counts += filter.push(&space[..length], out),
                Err(error) => {
                    // What came before the fault is masked and written, as far as it was complete.
                    filter.flush(out);
                    write(writer, out)?;
                    return Err(Failure::reading(name, &error));
                }
            }
            write(writer, out)?;
        }
    }
}

fn write(writer: &mut Writer<'_>, out: &mut Vec<u8>) -> Result<(), Failure> {
    if !out.is_empty() {
        writer.write(&[out.as_slice()])?;
        out.clear();
    }
    Ok(())
}
