//! The answer to a Firehose transformation, within what Lambda lets a function answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Counts, Envelope, FirehoseRecord, Form, Reason};
use crate::scan::Cache;

/// The longest answer of a function, less what may stand around it (AWS Lambda quotas: 6 MB, synchronous).
const LONGEST_ANSWER: usize = 6_000_000;

/// The longest that a record of an answer may be beside its id when a text stands for it.
const LEAST_ANSWER: usize = 120;

/// How hard that is compressed for which there is little room.
const BEST_LEVEL: u32 = 9;

impl Envelope<'_> {
    /// Masks the records of an event of a Firehose transformation and appends the answer to `out`. Each is answered
    /// with `Ok`, since what fails otherwise, Firehose stores as it was; control messages and what is ignored with
    /// `Dropped`.
    ///
    /// No answer gets longer than Lambda lets it. What there is no room for comes out as it came, gzip as gzip, whatever
    /// [`Envelope::form`] says, and compressed as well as may be ([`Counts::compacted`]). If that does not fit either, a text
    /// stands for it ([`Counts::left_out`]).
    pub fn answer_firehose(&self, records: &[FirehoseRecord<'_>], cache: &mut Cache, out: &mut Vec<u8>) -> Counts {
        self.answer_firehose_with(records, cache, out, |_, _| {})
    }

    /// The same, telling of each record what was met in it. One that is [left out][Counts::left_out] may be masked once more,
    /// with [`Envelope::redact_encoded`], to be kept elsewhere.
    pub fn answer_firehose_with<'e>(
        &self,
        records: &[FirehoseRecord<'e>],
        cache: &mut Cache,
        out: &mut Vec<u8>,
        mut each: impl FnMut(&FirehoseRecord<'e>, &Counts),
    ) -> Counts {
        let mut counts = Counts::default();
        let mut data = Vec::new();
        // What the records behind the one at hand need at least, and what they need if they come out as long as they came.
        let mut least: usize = records.iter().map(|record| answered(record, 0)).sum();
        let mut wanted: usize = records.iter().map(|record| answered(record, record.data.len())).sum();
        let start = out.len();
        out.extend_from_slice(b"{\"records\":[");
        for (place, record) in records.iter().enumerate() {
            least -= answered(record, 0);
            wanted -= answered(record, record.data.len());
            let room = LONGEST_ANSWER.saturating_sub(out.len() - start);
            data.clear();
            let mut met = self.redact_encoded(&record.data, cache, &mut data);
            if answered(record, encoded(&data)) + wanted > room
                && let Some((compact, again)) = self.compact(record, &data, cache)
            {
                (data, met) = (compact, again);
            }
            if answered(record, encoded(&data)) + least > room {
                (met.compacted, met.left_out) = (0, 1);
                met.add_stand_in(Reason::TooLarge);
                data = format!("{}\n", Reason::TooLarge.stand_in(data.len() as u64)).into_bytes();
            }
            let is_dropped = met.is_control() || (data.is_empty() && met.ignored > 0);
            each(record, &met);
            counts += met;
            out.extend_from_slice(if place == 0 { b"{\"recordId\":" } else { b",{\"recordId\":" });
            out.extend_from_slice(record.id);
            out.extend_from_slice(if is_dropped { b",\"result\":\"Dropped\",\"data\":\"" } else { b",\"result\":\"Ok\",\"data\":\"" });
            let from = out.len();
            out.resize(from + encoded(&data), 0);
            let written = STANDARD.encode_slice(&data, &mut out[from..]).unwrap_or(0);
            out.truncate(from + written);
            out.extend_from_slice(b"\"}");
        }
        out.extend_from_slice(b"]}");
        counts
    }

    /// A record in the form in which it came, as short as it gets, if that is shorter than `data`, which it became.
    fn compact(&self, record: &FirehoseRecord<'_>, data: &[u8], cache: &mut Cache) -> Option<(Vec<u8>, Counts)> {
        // Gzip as such, within an aggregate, or as base64.
        let holds_gzip = || memchr::memmem::find(data, b"\x1f\x8b").is_some() || data.starts_with(b"H4sI");
        if self.form == Form::Same && (self.level >= BEST_LEVEL || !holds_gzip()) {
            return None;
        }
        let mut compact = Vec::new();
        let mut met = self.clone().form(Form::Same).gzip_level(BEST_LEVEL).redact_encoded(&record.data, cache, &mut compact);
        met.compacted = 1;
        (compact.len() < data.len()).then_some((compact, met))
    }
}

/// How long a record is in an answer, with data of so many letters.
fn answered(record: &FirehoseRecord<'_>, letters: usize) -> usize {
    record.id.len() + LEAST_ANSWER + letters
}

/// How many letters of base64 these bytes are.
fn encoded(data: &[u8]) -> usize {
    data.len().div_ceil(3) * 4
}
