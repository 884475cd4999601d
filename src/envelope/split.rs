//! Where in a sequence of bytes each payload begins and ends: what they are is told apart by how they begin.

use std::time::Duration;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::cloudwatch::Payload;
use super::gzip::{self, Member};
use super::walk::timed;
use super::{Clock, Envelope, Reason, kpl};

/// What some editors put before a text in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What stands at the beginning of some bytes, with how many of them it takes.
pub(super) enum Document<'a> {
    Aggregate(usize),
    /// A member of gzip, or several that go on where the one before ends.
    Gzip(Members),
    Payload(Payload<'a>, usize),
    /// Whole lines of anything else.
    Lines(usize),
    Undecodable(Reason, usize),
    /// Its end is not there yet.
    Cut,
}

/// Gzip, inflated.
pub(super) struct Members {
    pub(super) content: Vec<u8>,
    pub(super) length: usize,
    /// Whether there is a name or the like beside the content.
    pub(super) has_more: bool,
}

impl Members {
    /// Takes in those of `bytes`, which begin with these, that go on where these end: what writes gzip in blocks cuts
    /// anywhere. Gives what comes then, if that is gzip too.
    pub(super) fn join<'b>(&mut self, bytes: &'b [u8], budget: &mut Budget) -> Option<Document<'b>> {
        loop {
            let rest = bytes.get(self.length..).filter(|rest| gzip::begins(rest))?;
            match next(rest, true, budget) {
                Document::Gzip(more) if goes_on(&self.content, &more.content, budget.may_be_printed) => {
                    self.content.extend_from_slice(&more.content);
                    self.length += more.length;
                    self.has_more |= more.has_more;
                }
                other => return Some(other),
            }
        }
    }
}

/// Whether what `next` holds is the rest of `content`, and not something with a beginning of its own.
fn goes_on(content: &[u8], next: &[u8], may_be_printed: bool) -> bool {
    let is_wrapped = |bytes: &[u8]| gzip::begins(bytes) || bytes.starts_with(kpl::MAGIC);
    let text = next.trim_ascii_start();
    let is_payload = matches!(Beginning::of(text.strip_prefix(BOM).unwrap_or(text), true, may_be_printed), Beginning::Object { .. });
    !is_wrapped(content) && !is_wrapped(next) && !is_payload
}

/// How a record is looked at: for what, and what that may cost. Each failure may have looked at all of the rest.
#[derive(Clone, Copy)]
pub(super) struct Budget {
    /// Whether what the command line of AWS prints is a payload.
    may_be_printed: bool,
    /// How much may still be inflated.
    pub(super) inflate: usize,
    pub(super) failures: u32,
    /// How far from here the failures have looked. What stands there may make as many again.
    pub(super) looked: usize,
    clock: Option<Clock>,
    inflating: Duration,
}

impl Budget {
    const MOST_FAILURES: u32 = 16;

    pub(super) fn of(envelope: &Envelope<'_>) -> Self {
        Budget { may_be_printed: envelope.may_be_printed, clock: envelope.clock, ..Budget::new(envelope.limit) }
    }

    fn new(inflate: usize) -> Self {
        Budget { may_be_printed: false, inflate, failures: 0, looked: 0, clock: None, inflating: Duration::ZERO }
    }

    /// How long inflating took since this was asked last.
    pub(super) fn inflating(&mut self) -> Duration {
        std::mem::take(&mut self.inflating)
    }

    /// A failure has looked at so many bytes from here.
    pub(super) fn fail(&mut self, looked: usize) {
        self.failures += 1;
        self.looked = self.looked.max(looked);
    }

    /// So many bytes are done.
    pub(super) fn pass(&mut self, length: usize) {
        self.looked = self.looked.saturating_sub(length);
    }

    /// Whether whatever seems to begin behind damaged bytes is no longer looked at.
    pub(super) fn is_spent(&self) -> bool {
        self.failures >= Self::MOST_FAILURES
    }
}

/// The first document of `bytes`, which begin a line. There is more to come unless they are `last`.
pub(super) fn next<'a>(bytes: &'a [u8], last: bool, budget: &mut Budget) -> Document<'a> {
    let begins = |magic: &[u8]| bytes.starts_with(magic) || (!last && !bytes.is_empty() && magic.starts_with(bytes));
    if begins(kpl::MAGIC) {
        return if last { Document::Aggregate(bytes.len()) } else { Document::Cut };
    }
    if begins(&gzip::MAGIC[..2]) {
        if budget.is_spent() {
            return Document::Undecodable(Reason::Gzip, bytes.len());
        }
        let (member, time) = timed(budget.clock, || gzip::inflate(bytes, &mut budget.inflate));
        budget.inflating += time;
        let (reason, looked) = match member {
            Member::Whole(content, length) => {
                return Document::Gzip(Members { content, length, has_more: gzip::has_more_than_content(bytes) });
            }
            Member::Cut if !last => return Document::Cut,
            Member::Cut => (Reason::Gzip, bytes.len()),
            Member::Damaged(looked) => (Reason::Gzip, looked),
            Member::TooLarge(looked) => (Reason::TooLarge, looked),
        };
        budget.fail(looked);
        return undecodable(reason, bytes);
    }
    let may_be_printed = budget.may_be_printed;
    match bytes.strip_prefix(BOM).map(|rest| Beginning::of(rest, last, may_be_printed)) {
        Some(Beginning::Object { .. }) => return Document::Lines(BOM.len()),
        Some(Beginning::Unknown) => return Document::Cut,
        None if !last && BOM.starts_with(bytes) => return Document::Cut,
        _ => {}
    }
    let lines = |bytes| lines(bytes, last, may_be_printed);
    match Beginning::of(bytes, last, may_be_printed) {
        Beginning::Lines => lines(bytes),
        Beginning::Unknown => Document::Cut,
        Beginning::Object { is_named: true } if budget.is_spent() => Document::Undecodable(Reason::Json, bytes.len()),
        Beginning::Object { .. } if budget.is_spent() => lines(bytes),
        Beginning::Object { is_named } => match Payload::first(bytes, may_be_printed) {
            Ok((Some(payload), length)) => Document::Payload(payload, length),
            Ok((None, length)) => {
                // Its next lines may begin as much again.
                if memchr(b'\n', &bytes[..length]).is_some() {
                    budget.fail(length);
                }
                lines(bytes)
            }
            Err(error) if error.is_eof() && !last => Document::Cut,
            Err(error) => {
                let document = if is_named { undecodable(Reason::Json, bytes) } else { lines(bytes) };
                if !matches!(document, Document::Cut) {
                    budget.fail(place_of(&error, bytes));
                }
                document
            }
        },
    }
}

/// Where in `bytes` serde gave up.
fn place_of(error: &serde_json::Error, bytes: &[u8]) -> usize {
    if error.is_eof() {
        return bytes.len();
    }
    let line = match error.line() {
        0 | 1 => 0,
        number => memchr_iter(b'\n', bytes).nth(number - 2).map_or(bytes.len(), |end| end + 1),
    };
    (line + error.column()).min(bytes.len())
}

/// What the first bytes of a line say of it.
enum Beginning {
    Lines,
    /// Perhaps a payload. It is named if it calls itself one.
    Object {
        is_named: bool,
    },
    /// There is too little of it.
    Unknown,
}

impl Beginning {
    fn of(bytes: &[u8], last: bool, may_be_printed: bool) -> Self {
        let unknown = if last { Beginning::Lines } else { Beginning::Unknown };
        match bytes {
            [b'{', rest @ ..] => match rest.trim_ascii_start() {
                [] => unknown,
                [b'"', key @ ..] => {
                    // AWS writes this key first; its own command line, `events`.
                    let names = [(&b"messageType\""[..], true), (b"logEvents\"", true), (b"events\"", false)];
                    for &(name, is_named) in if may_be_printed { &names[..] } else { &names[..2] } {
                        if key.starts_with(name) {
                            return Beginning::Object { is_named };
                        }
                        if !last && name.starts_with(key) {
                            return unknown;
                        }
                    }
                    match memchr(b'\n', bytes) {
                        None if !last => unknown,
                        end => {
                            let line = &bytes[..end.unwrap_or(bytes.len())];
                            let holds = |name: &[u8]| memmem::find(line, name).is_some();
                            if holds(b"\"messageType\"") && holds(b"\"logEvents\"") {
                                Beginning::Object { is_named: true }
                            } else {
                                Beginning::Lines
                            }
                        }
                    }
                }
                _ => Beginning::Lines,
            },
            _ => Beginning::Lines,
        }
    }
}

/// The lines before whatever is something else, or may become it. No byte is looked at again and again, so that many
/// calls take no longer than one.
fn lines(bytes: &[u8], last: bool, may_be_printed: bool) -> Document<'static> {
    let mut length = 0;
    while length < bytes.len() {
        let rest = &bytes[length..];
        let blank = rest.len() - rest.trim_ascii_start().len();
        if length + blank > 0 && starts_something(&rest[blank..], last, may_be_printed) {
            length += blank;
            break;
        }
        let blank_lines = memrchr(b'\n', &rest[..blank]).map_or(0, |end| end + 1);
        let end = match memchr(b'\n', &rest[blank..]) {
            Some(end) => blank + end + 1,
            None if last => rest.len(),
            None => {
                length += blank_lines;
                break;
            }
        };
        if is_binary(&rest[blank_lines..end]) {
            length += blank_lines;
            if length == 0 {
                return undecodable(Reason::Binary, bytes);
            }
            break;
        }
        length += end;
    }
    if length == 0 { Document::Cut } else { Document::Lines(length) }
}

fn starts_something(line: &[u8], last: bool, may_be_printed: bool) -> bool {
    match line.first() {
        Some(0x1f | 0xf3) => true,
        Some(b'{') => !matches!(Beginning::of(line, last, may_be_printed), Beginning::Lines),
        Some(0xef) => match line.strip_prefix(BOM) {
            Some(rest) => !matches!(Beginning::of(rest, last, may_be_printed), Beginning::Lines),
            None => !last && BOM.starts_with(line),
        },
        _ => false,
    }
}

/// Neither UTF-8 nor text of another alphabet: what was compressed or encrypted and has lost its beginning.
fn is_binary(line: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !b"\t\n\x0b\x0c\r\x08\x1b".contains(byte);
    std::str::from_utf8(line).is_err() && line.iter().any(is_control)
}

fn undecodable(reason: Reason, bytes: &[u8]) -> Document<'static> {
    Document::Undecodable(reason, 1 + next_start(&bytes[1.min(bytes.len())..], gzip::begins(bytes)))
}

/// The longest beginning that [`next_start`] knows a document by.
pub(super) const LONGEST_START: usize = PAYLOAD.len();
const PAYLOAD: &[u8] = b"{\"messageType\"";

/// Where in damaged bytes the next document seems to begin, or how many they are. Behind damaged gzip only gzip is one:
/// what is stored in it without being compressed is not.
pub(super) fn next_start(bytes: &[u8], in_gzip: bool) -> usize {
    let payload = if in_gzip { None } else { memmem::find(bytes, PAYLOAD) }.unwrap_or(bytes.len());
    // The upper bits of the flags are reserved.
    let is_header = |at: &usize| bytes.get(at + gzip::MAGIC.len()).is_none_or(|flags| flags < &0x20);
    memmem::find_iter(&bytes[..payload], gzip::MAGIC).find(is_header).unwrap_or(payload)
}

/// Whether lines hold nothing but white space, or the mark before a payload.
pub(super) fn is_blank(lines: &[u8]) -> bool {
    let lines = lines.trim_ascii();
    lines.is_empty() || lines == BOM
}

/// The lines of some bytes that hold something, without their ends.
pub(super) fn filled_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let without_end = |line: &'_ [u8]| line.len() - usize::from(line.ends_with(b"\r"));
    bytes.split(|&byte| byte == b'\n').map(move |line| &line[..without_end(line)]).filter(|line| !is_blank(line))
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn kind(document: &Document<'_>) -> (&'static str, usize) {
        match document {
            Document::Aggregate(length) => ("aggregate", *length),
            Document::Gzip(members) => ("gzip", members.length),
            Document::Payload(_, length) => ("payload", *length),
            Document::Lines(length) => ("lines", *length),
            Document::Undecodable(reason, length) => (reason.text(), *length),
            Document::Cut => ("cut", 0),
        }
    }

    fn printed() -> Budget {
        Budget { may_be_printed: true, ..Budget::new(1000) }
    }

    fn kinds(mut bytes: &[u8]) -> Vec<(&'static str, usize)> {
        let mut kinds = Vec::new();
        while !bytes.is_empty() {
            let (name, length) = kind(&next(bytes, true, &mut printed()));
            kinds.push((name, length));
            bytes = &bytes[length..];
        }
        kinds
    }

    #[test]
    fn documents_stand_one_after_the_other() {
        let payload = r#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#;
        let other = r#"{"a":1,"messageType":"X","logEvents":[]}"#;
        let text = format!("{payload}{payload}\n\n {other}\nline\n{{\"level\":1}}\n{{\"events\":[]}}\n{{\"events\":[1]}}");
        let expected =
            [("payload", 45), ("payload", 45), ("lines", 3), ("payload", 40), ("lines", 18), ("payload", 13), ("lines", 1), ("lines", 14)];
        assert_eq!(kinds(text.as_bytes()), expected);
    }

    #[test]
    fn what_is_damaged_ends_where_the_next_begins() {
        let payload = r#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#;
        let text = format!("{}{payload}", &payload[..40]);
        assert_eq!(kinds(text.as_bytes()), [(Reason::Json.text(), 40), ("payload", 45)]);
        let mut gzip = Vec::new();
        gzip::deflate(payload.as_bytes(), 6, &mut gzip);
        let bytes = [&gzip[..20], &gzip, b"\xff\0\xfe"].concat();
        assert_eq!(kinds(&bytes), [(Reason::Gzip.text(), 20), ("gzip", gzip.len()), (Reason::Binary.text(), 3)]);
    }

    #[test]
    fn a_mark_before_a_payload_hides_nothing() {
        let payload = r#"{"messageType":"DATA_MESSAGE","logEvents":[]}"#;
        let text = format!("\u{feff}{payload}\n\u{feff}{payload}\u{feff}line\n\u{feff}");
        let expected = [("lines", 3), ("payload", 45), ("lines", 1), ("lines", 3), ("payload", 45), ("lines", 11)];
        assert_eq!(kinds(text.as_bytes()), expected);
    }

    /// What is cut is never taken for something that the whole is not.
    #[test]
    fn more_bytes_change_no_decision() {
        let mut gzip = Vec::new();
        gzip::deflate(b"text", 6, &mut gzip);
        let texts: [&[u8]; 6] = [
            &gzip,
            b"{ \"messageType\":1,\"logEvents\":[]}",
            b"{\"x\":1,\"messageType\":1,\"logEvents\":[]}",
            b"{\"message\":1}\n",
            b"line\n",
            b"\xef\xbb\xbf{\"a\":1}\n",
        ];
        for text in texts {
            let whole = kind(&next(text, true, &mut printed()));
            for cut in 1..text.len() {
                let part = kind(&next(&text[..cut], false, &mut printed()));
                assert!(part.0 == "cut", "{cut} of {}: {part:?}, whole {whole:?}", json::is_valid(text));
            }
        }
    }
}
