//! A record in two, for sinks that take no record so large.

use std::ops::Range;

use super::cloudwatch::{Part, Payload};
use super::split::is_blank;
use super::{gzip, json, kpl};

/// Two records that hold together what one does: half of the events of a payload each, of the records of an aggregate, or of
/// the lines. Nothing where there is no place to cut: in one event, one line, or what is none of these.
///
/// `limit` is how much is inflated. The halves are compressed as hard as `level` says where the record was gzip.
pub fn halves(record: &[u8], limit: usize, level: u32) -> Option<[Vec<u8>; 2]> {
    if gzip::begins(record) {
        let gzip::Member::Whole(content, length) = gzip::inflate(record, &mut { limit }) else { return None };
        if length < record.len() {
            return Some([record[..length].to_vec(), record[length..].to_vec()]);
        }
        return halves(&content, limit, level).map(|halves| halves.map(|half| deflated(&half, level)));
    }
    if record.starts_with(kpl::MAGIC) {
        return of_aggregate(record);
    }
    match Payload::first(record) {
        Ok((Some(payload), length)) if is_blank(&record[length..]) => of_payload(&record[..length], &payload),
        _ => of_lines(record),
    }
}

fn deflated(content: &[u8], level: u32) -> Vec<u8> {
    let mut out = Vec::new();
    gzip::deflate(content, level, &mut out);
    out
}

fn of_aggregate(record: &[u8]) -> Option<[Vec<u8>; 2]> {
    let mut first = kpl::decode(record)?;
    if first.records.len() < 2 {
        return None;
    }
    let mut second = kpl::Aggregate { records: Vec::new(), ..first.clone() };
    second.records = first.records.split_off(first.records.len() / 2);
    Some([first, second].map(|aggregate| {
        let mut out = Vec::new();
        kpl::encode(&aggregate, &mut out);
        out
    }))
}

/// What stands around the events stays around both halves.
fn of_payload(text: &[u8], payload: &Payload<'_>) -> Option<[Vec<u8>; 2]> {
    let mut lists = payload.parts.iter().filter_map(|part| if let Part::Events(events) = part { Some(events) } else { None });
    let (Some(events), None) = (lists.next(), lists.next()) else { return None };
    let places: Vec<_> = events.iter().map(|event| json::place_of(event.get().as_bytes(), text)).collect();
    let (first, second) = places.split_at_checked(places.len() / 2)?;
    let (before, behind) = (places.first()?.start, places.last()?.end);
    let half = |events: &[Range<usize>]| {
        let own = events.first()?.start..events.last()?.end;
        Some([&text[..before], &text[own], &text[behind..]].concat())
    };
    Some([half(first)?, half(second)?])
}

/// At the line feed nearest to the middle.
fn of_lines(record: &[u8]) -> Option<[Vec<u8>; 2]> {
    let middle = record.len() / 2;
    let before = memchr::memrchr(b'\n', &record[..middle]).map(|at| at + 1);
    let behind = memchr::memchr(b'\n', &record[middle..]).map(|at| middle + at + 1).filter(|&at| at < record.len());
    let at = match (before, behind) {
        (Some(before), Some(behind)) if middle - before < behind - middle => before,
        (Some(_), Some(behind)) => behind,
        (one, other) => one.or(other)?,
    };
    Some([record[..at].to_vec(), record[at..].to_vec()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(record: &[u8]) -> Option<[Vec<u8>; 2]> {
        halves(record, 1 << 20, 6)
    }

    #[test]
    fn lines_are_cut_between_lines() {
        let cut = |text: &str| cut(text.as_bytes()).map(|halves| halves.map(|half| String::from_utf8(half).unwrap()));
        assert_eq!(cut("one\ntwo two\n"), Some(["one\n".into(), "two two\n".into()]));
        assert_eq!(cut("one\ntwo two\nthree"), Some(["one\ntwo two\n".into(), "three".into()]));
        assert_eq!(cut("one two\n"), None);
        assert_eq!(cut(""), None);
    }

    #[test]
    fn payloads_are_cut_between_events_and_stay_payloads() {
        let event = |id: u8| format!(r#"{{"id":"{id}","message":"m{id}"}}"#);
        let payload = |events: &[u8]| {
            let events: Vec<String> = events.iter().map(|&id| event(id)).collect();
            format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[ {} ],"more":1}}"#, events.join(", "))
        };
        let whole = payload(&[1, 2, 3]);
        assert_eq!(cut(whole.as_bytes()), Some([payload(&[1]).into_bytes(), payload(&[2, 3]).into_bytes()]));
        assert_eq!(cut(payload(&[1]).as_bytes()), None);
        let zipped = deflated(whole.as_bytes(), 6);
        let [first, second] = cut(&zipped).unwrap();
        assert_eq!([first, second.clone()], [deflated(payload(&[1]).as_bytes(), 6), deflated(payload(&[2, 3]).as_bytes(), 6)]);
        assert_eq!(cut(&[zipped.clone(), second.clone()].concat()), Some([zipped, second]));
    }

    #[test]
    fn aggregates_are_cut_between_records() {
        let record = |data: &[u8]| kpl::Record { data: data.to_vec(), ..kpl::Record::default() };
        let aggregate = |records: &[&[u8]]| {
            let records = records.iter().map(|data| record(data)).collect();
            let mut out = Vec::new();
            kpl::encode(&kpl::Aggregate { partition_key_table: vec!["key".into()], records, ..kpl::Aggregate::default() }, &mut out);
            out
        };
        assert_eq!(cut(&aggregate(&[b"1", b"2", b"3"])), Some([aggregate(&[b"1"]), aggregate(&[b"2", b"3"])]));
        assert_eq!(cut(&aggregate(&[b"1"])), None);
    }
}
