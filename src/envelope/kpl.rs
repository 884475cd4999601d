//! Aggregates of the Kinesis Producer Library: many records of users in one record of a stream.
//!
//! The format is that of <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>:
//! a magic number, a message of protobuf, its MD5.

use std::collections::HashMap;
use std::fmt;

use md5::{Digest, Md5};
use prost::Message;

pub(super) const MAGIC: &[u8] = &[0xf3, 0x89, 0x9a, 0xc2];
const DIGEST: usize = 16;

// Without Debug: `data` and `value` are what is to be masked.

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(super) struct Aggregate {
    #[prost(string, repeated, tag = "1")]
    pub(super) partition_key_table: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) explicit_hash_key_table: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    pub(super) records: Vec<Record>,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(super) struct Record {
    #[prost(uint64, required, tag = "1")]
    pub(super) partition_key_index: u64,
    #[prost(uint64, optional, tag = "2")]
    pub(super) explicit_hash_key_index: Option<u64>,
    #[prost(bytes = "vec", required, tag = "3")]
    pub(super) data: Vec<u8>,
    #[prost(message, repeated, tag = "4")]
    pub(super) tags: Vec<Tag>,
}

#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(super) struct Tag {
    #[prost(string, required, tag = "1")]
    pub(super) key: String,
    #[prost(string, optional, tag = "2")]
    pub(super) value: Option<String>,
}

impl Aggregate {
    /// Drops the keys that no record names. The others keep their order.
    pub(super) fn prune(&mut self) {
        let records = &mut self.records;
        let places = places_of_used(&mut self.partition_key_table, records.iter().map(|record| record.partition_key_index));
        for record in &mut *records {
            renumber(&mut record.partition_key_index, &places);
        }
        let places = places_of_used(&mut self.explicit_hash_key_table, records.iter().filter_map(|record| record.explicit_hash_key_index));
        for index in records.iter_mut().filter_map(|record| record.explicit_hash_key_index.as_mut()) {
            renumber(index, &places);
        }
    }

    /// How many bytes its keys are.
    pub(super) fn keys_len(&self) -> usize {
        self.partition_key_table.iter().chain(&self.explicit_hash_key_table).map(String::len).sum()
    }
}

/// Drops the keys of a table that are not among these, and all but the first of those that are the same. Says of each where it
/// is now.
fn places_of_used(table: &mut Vec<String>, indices: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut known = HashMap::new();
    let first: Vec<usize> = table.iter().enumerate().map(|(place, key)| *known.entry(key.as_str()).or_insert(place)).collect();
    let mut is_used = vec![false; table.len()];
    for place in indices.filter_map(|index| first.get(usize::try_from(index).ok()?)) {
        is_used[*place] = true;
    }
    let mut count = 0;
    let place_of = |is_used: &bool| {
        count += u64::from(*is_used);
        count.saturating_sub(1)
    };
    let places: Vec<u64> = is_used.iter().map(place_of).collect();
    let mut is_used = is_used.into_iter();
    table.retain(|_| is_used.next() == Some(true));
    first.into_iter().map(|place| places[place]).collect()
}

/// An index that names no key keeps naming none.
fn renumber(index: &mut u64, places: &[u64]) {
    *index = usize::try_from(*index).ok().and_then(|index| places.get(index)).copied().unwrap_or(u64::MAX);
}

/// Takes an aggregate apart, if its digest is right and each record has the keys that it names.
pub(super) fn decode(bytes: &[u8]) -> Option<Aggregate> {
    let (body, digest) = bytes.strip_prefix(MAGIC)?.split_last_chunk::<DIGEST>()?;
    if Md5::digest(body).as_slice() != digest {
        return None;
    }
    let aggregate = Aggregate::decode(body).ok()?;
    if !aggregate.explicit_hash_key_table.iter().all(|key| is_hash_key(key)) {
        return None;
    }
    let named = aggregate.records.iter().all(|record| {
        let explicit = record.explicit_hash_key_index.map(|index| key(&aggregate.explicit_hash_key_table, index));
        key(&aggregate.partition_key_table, record.partition_key_index).is_some() && explicit != Some(None)
    });
    named.then_some(aggregate)
}

/// A number of 128 bits. Anything else no stream takes, and it may be anything.
fn is_hash_key(key: &str) -> bool {
    key.starts_with(|first: char| first.is_ascii_digit()) && key.parse::<u128>().is_ok()
}

/// Puts an aggregate together again, with those keys alone that a record names: what is the key of nothing may be anything.
pub(super) fn encode(mut aggregate: Aggregate, out: &mut Vec<u8>) {
    aggregate.prune();
    let body = aggregate.encode_to_vec();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&body);
    out.extend_from_slice(&Md5::digest(&body));
}

/// Whether a record of a stream is an aggregate, by how it begins.
pub fn is_aggregate(record: &[u8]) -> bool {
    record.starts_with(MAGIC)
}

/// The records that an aggregate holds, in their order, as they stand in it. None for what is no aggregate, or a damaged one.
pub fn user_records(record: &[u8]) -> Option<Vec<Vec<u8>>> {
    let aggregate = is_aggregate(record).then(|| decode(record)).flatten()?;
    Some(aggregate.records.into_iter().map(|record| record.data).collect())
}

/// Puts records of one key together as one aggregate.
///
/// ```
/// let mut aggregator = logveil::envelope::Aggregator::new("key", None);
/// aggregator.push(b"one");
/// aggregator.push(b"two");
/// assert!(logveil::envelope::is_aggregate(&aggregator.finish()));
/// ```
pub struct Aggregator {
    aggregate: Aggregate,
    size: usize,
}

impl Aggregator {
    /// An aggregate whose records all have this partition key, and this explicit hash key if there is one.
    pub fn new(partition_key: &str, explicit_hash_key: Option<&str>) -> Self {
        let aggregate = Aggregate {
            partition_key_table: vec![partition_key.to_owned()],
            explicit_hash_key_table: explicit_hash_key.map(str::to_owned).into_iter().collect(),
            records: Vec::new(),
        };
        Aggregator { size: MAGIC.len() + aggregate.encoded_len() + DIGEST, aggregate }
    }

    /// How many bytes it will be with one more record of this length, or a few less.
    pub fn size_with(&self, more: usize) -> usize {
        /// Three fields of a record and the record itself: their tags, two lengths, two indices.
        const MOST_AROUND: usize = 18;
        self.size + more + MOST_AROUND
    }

    /// Takes a record in.
    pub fn push(&mut self, data: &[u8]) {
        let explicit_hash_key_index = (!self.aggregate.explicit_hash_key_table.is_empty()).then_some(0);
        let record = Record { partition_key_index: 0, explicit_hash_key_index, data: data.to_vec(), tags: Vec::new() };
        self.size += prost::encoding::message::encoded_len(3, &record);
        self.aggregate.records.push(record);
    }

    /// The aggregate, as a record of a stream.
    pub fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size);
        encode(self.aggregate, &mut out);
        out
    }
}

impl fmt::Debug for Aggregator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregator").field("records", &self.aggregate.records.len()).field("size", &self.size).finish_non_exhaustive()
    }
}

/// The key of a table that a record names.
pub(super) fn key(table: &[String], index: u64) -> Option<&str> {
    usize::try_from(index).ok().and_then(|index| table.get(index)).map(String::as_str)
}
