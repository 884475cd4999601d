//! A record in two, for sinks that take no record so large.

use std::ops::Range;

use prost::Message;

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
    match Payload::first(record, false) {
        Ok((Some(payload), length)) if is_blank(&record[length..]) => of_payload(&record[..length], &payload),
        _ => of_lines(record),
    }
}

fn deflated(content: &[u8], level: u32) -> Vec<u8> {
    let mut out = Vec::new();
    gzip::deflate(content, level, &mut out);
    out
}

/// The longest partition key that a stream takes, in characters.
const LONGEST_KEY: usize = 256;

/// Keys that are more than one in so many bytes of an aggregate are not written twice.
const MOST_KEYS: usize = 8;

/// Each half has the keys that its records name. What cutting costs is in proportion to the record, however often it is cut:
/// no key is longer than a stream takes, and where keys are much of what there is, the records of a key stay together. Records
/// of a key keep their order either way.
fn of_aggregate(record: &[u8]) -> Option<[Vec<u8>; 2]> {
    let mut first = kpl::decode(record)?;
    if first.records.len() < 2 {
        return None;
    }
    for key in &mut first.partition_key_table {
        if let Some((end, _)) = key.char_indices().nth(LONGEST_KEY) {
            key.truncate(end);
        }
    }
    first.prune();
    let at = if first.keys_len() > record.len() / MOST_KEYS && first.partition_key_table.len() > 1 {
        first.records.sort_by_key(|record| record.partition_key_index);
        between_keys(&first)
    } else {
        first.records.len() / 2
    };
    let second = kpl::Aggregate {
        partition_key_table: first.partition_key_table.clone(),
        explicit_hash_key_table: first.explicit_hash_key_table.clone(),
        records: first.records.split_off(at),
    };
    Some([first, second].map(|aggregate| {
        let mut out = Vec::new();
        kpl::encode(aggregate, &mut out);
        out
    }))
}

/// Of records in the order of their keys, how many stand before the place between two keys that is nearest to the middle.
fn between_keys(aggregate: &kpl::Aggregate) -> usize {
    let mut begins = Vec::new();
    let (mut last, mut size) = (None, 0);
    for (place, record) in aggregate.records.iter().enumerate() {
        let index = record.partition_key_index;
        if last.replace(index) != Some(index) {
            begins.push((place, size));
            size += kpl::key(&aggregate.partition_key_table, index).map_or(0, str::len);
        }
        size += record.encoded_len();
    }
    let nearest = begins.into_iter().skip(1).min_by_key(|(_, before)| size.abs_diff(2 * before));
    nearest.map_or(aggregate.records.len() / 2, |(place, _)| place)
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

    /// An aggregate of so many records of a length under these keys by turns.
    fn aggregate(keys: Vec<String>, hash_keys: Vec<String>, records: usize, length: usize) -> kpl::Aggregate {
        let turn = |place: usize, keys: &[String]| (place % keys.len().max(1)) as u64;
        let record = |place: usize| kpl::Record {
            partition_key_index: turn(place, &keys),
            explicit_hash_key_index: (!hash_keys.is_empty()).then(|| turn(place, &hash_keys)),
            data: format!("{place:length$}").into_bytes(),
            tags: Vec::new(),
        };
        let records = (0..records).map(record).collect();
        kpl::Aggregate { partition_key_table: keys, explicit_hash_key_table: hash_keys, records }
    }

    /// A record with its keys.
    type Keyed = (String, Option<String>, Vec<u8>);

    /// Its records with their keys as they come in the pieces that are no longer than `limit`, and how many bytes were
    /// looked at and written for that.
    fn pieces(whole: &[u8], limit: usize) -> (Vec<Keyed>, usize) {
        let (mut rest, mut done, mut work) = (vec![whole.to_vec()], Vec::new(), 0);
        while let Some(piece) = rest.pop() {
            if piece.len() > limit {
                let [first, second] = cut(&piece).expect("it can be cut");
                work += piece.len() + first.len() + second.len();
                rest.extend([second, first]);
                continue;
            }
            let piece = kpl::decode(&piece).expect("it is an aggregate");
            for record in piece.records {
                let key = kpl::key(&piece.partition_key_table, record.partition_key_index).unwrap();
                let hash_key = record.explicit_hash_key_index.and_then(|index| kpl::key(&piece.explicit_hash_key_table, index));
                done.push((key.to_owned(), hash_key.map(str::to_owned), record.data));
            }
        }
        (done, work)
    }

    /// Keys that no record names, however many.
    #[test]
    fn keys_that_are_not_used_cost_nothing_and_take_nothing_along() {
        let keys: Vec<String> = (0..4200).map(|number| format!("{number:0250}")).collect();
        let mut aggregate = aggregate(keys[..1000].to_vec(), Vec::new(), 1000, 60);
        aggregate.partition_key_table = keys;
        // As whoever writes them may, with the whole table.
        let body = aggregate.encode_to_vec();
        let whole = [kpl::MAGIC, &body, &<md5::Md5 as md5::Digest>::digest(&body)].concat();
        assert!(whole.len() > 1 << 20);
        let (records, work) = pieces(&whole, 100_000);
        assert_eq!(records.len(), 1000);
        let expected = aggregate.records.iter().enumerate().map(|(place, record)| (format!("{place:0250}"), None, record.data.clone()));
        assert!(records.iter().cloned().eq(expected));
        assert!(work < 2 * whole.len(), "{work} of {}", whole.len());
        let mut out = Vec::new();
        kpl::encode(aggregate, &mut out);
        assert!(out.len() < 400_000);
    }

    /// Keys that all records name by turns, so that any stretch of them has most keys.
    #[test]
    fn keys_that_are_used_again_and_again_cost_little() {
        let key = |number: usize, length: usize| format!("{number:05}{}", "0".repeat(length - 5));
        let keys = |count: usize, length: usize| -> Vec<String> { (0..count).map(|number| key(number, length)).collect() };
        let hash_keys = (0..2000).map(|number| (u128::MAX - number).to_string()).collect();
        for aggregate in [
            aggregate(keys(2000, 256), Vec::new(), 40_000, 6),
            aggregate(keys(200, 256), Vec::new(), 40_000, 12),
            aggregate(keys(1, 256), hash_keys, 40_000, 6),
            aggregate(keys(1, 500_000), Vec::new(), 5000, 6),
            aggregate(keys(2, 500_000), Vec::new(), 5000, 6),
            aggregate(vec!["key".to_owned(); 100_000], Vec::new(), 100_000, 6),
        ] {
            let mut whole = Vec::new();
            kpl::encode(aggregate.clone(), &mut whole);
            let (records, work) = pieces(&whole, 50_000);
            // Each byte a few times in each round of halving: read, written, and the keys that both halves have.
            let rounds = (whole.len() / 50_000 + 2).ilog2() as usize + 2;
            assert!(work < 8 * rounds * whole.len(), "{work} of {}", whole.len());
            assert_eq!(records.len(), aggregate.records.len());
            let mut last = std::collections::HashMap::new();
            for (key, _, data) in records {
                assert!(key.len() <= LONGEST_KEY);
                let number: usize = String::from_utf8(data).unwrap().trim().parse().unwrap();
                // In the order in which they came.
                assert!(last.insert(key, number).is_none_or(|before| before < number));
            }
        }
    }

    #[test]
    fn aggregates_are_cut_between_records() {
        let record = |data: &[u8]| kpl::Record { data: data.to_vec(), ..kpl::Record::default() };
        let aggregate = |records: &[&[u8]]| {
            let records = records.iter().map(|data| record(data)).collect();
            let mut out = Vec::new();
            kpl::encode(kpl::Aggregate { partition_key_table: vec!["key".into()], records, ..kpl::Aggregate::default() }, &mut out);
            out
        };
        assert_eq!(cut(&aggregate(&[b"1", b"2", b"3"])), Some([aggregate(&[b"1"]), aggregate(&[b"2", b"3"])]));
        assert_eq!(cut(&aggregate(&[b"1"])), None);
    }
}
