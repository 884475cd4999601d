//! Aggregates of the Kinesis Producer Library: many records of users in one record of a stream.
//!
//! The format is that of <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>:
//! a magic number, a message of protobuf, its MD5.

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

/// Takes an aggregate apart, if its digest is right and each record has the keys that it names.
pub(super) fn decode(bytes: &[u8]) -> Option<Aggregate> {
    let (body, digest) = bytes.strip_prefix(MAGIC)?.split_last_chunk::<DIGEST>()?;
    if Md5::digest(body).as_slice() != digest {
        return None;
    }
    let aggregate = Aggregate::decode(body).ok()?;
    let named = aggregate.records.iter().all(|record| {
        let explicit = record.explicit_hash_key_index.map(|index| key(&aggregate.explicit_hash_key_table, index));
        key(&aggregate.partition_key_table, record.partition_key_index).is_some() && explicit != Some(None)
    });
    named.then_some(aggregate)
}

/// Puts an aggregate together again.
pub(super) fn encode(aggregate: &Aggregate, out: &mut Vec<u8>) {
    let body = aggregate.encode_to_vec();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&body);
    out.extend_from_slice(&Md5::digest(&body));
}

/// The key of a table that a record names.
pub(super) fn key(table: &[String], index: u64) -> Option<&str> {
    usize::try_from(index).ok().and_then(|index| table.get(index)).map(String::as_str)
}
