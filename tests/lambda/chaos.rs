//! Thousands of records, faults at random, shards that split and merge: nothing lost, nothing raw, and in `strict` mode in
//! order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_sdk_kinesis::types::Record;
use md5::{Digest, Md5};
use serde_json::Value;

use crate::mapping::Mapping;
use crate::proxy::{self, Proxy};
use crate::start;
use crate::stream::{Kinesis, text};

const RECORDS: usize = 3000;
const KEYS: usize = 16;

async fn put(kinesis: &Kinesis, range: std::ops::Range<usize>) {
    for n in range {
        let key = format!("key-{}", n % KEYS);
        let line = format!("{{\"n\":{n},\"password\":\"hunter2-{n}\",\"text\":\"{}\"}}", "x".repeat(n % 300));
        kinesis.put("in", &key, line).await;
    }
}

/// Splits the first shard in two, and later puts the two together again.
async fn split(kinesis: &Kinesis) {
    let shard = kinesis.shards("in").await.remove(0);
    let range = shard.hash_key_range().unwrap();
    let number = |text: &str| text.parse::<u128>().unwrap();
    let middle = number(range.starting_hash_key()) / 2 + number(range.ending_hash_key()) / 2;
    kinesis
        .client
        .split_shard()
        .stream_name("in")
        .shard_to_split(shard.shard_id())
        .new_starting_hash_key(middle.to_string())
        .send()
        .await
        .unwrap();
    kinesis.until_active("in").await;
}

async fn merge(kinesis: &Kinesis) {
    let shards = kinesis.shards("in").await;
    let open = |shard: &&aws_sdk_kinesis::types::Shard| {
        shard.sequence_number_range().is_some_and(|range| range.ending_sequence_number().is_none())
    };
    let mut children = shards.iter().filter(open).filter(|shard| shard.parent_shard_id().is_some());
    let (one, other) = (children.next().unwrap(), children.next().unwrap());
    kinesis
        .client
        .merge_shards()
        .stream_name("in")
        .shard_to_merge(one.shard_id())
        .adjacent_shard_to_merge(other.shard_id())
        .send()
        .await
        .unwrap();
    kinesis.until_active("in").await;
}

/// Runs everything, and gives what came out: for each key the numbers in the order of their arrival.
async fn run(order: &str, seed: u64) -> BTreeMap<String, Vec<usize>> {
    let source = Kinesis::start(false).await;
    source.create("in", 2).await;
    // The limits of shards are those of AWS, so that some records are refused for a while.
    let sink = Kinesis::start(true).await;
    sink.create("out", 2).await;
    let (proxy, endpoint) = Proxy::start(sink.router.clone(), seed, 40, proxy::ALL).await;
    let function = start(&[
        ("LOGVEIL_SINK", "kinesis:out"),
        ("LOGVEIL_ORDER", order),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("LOGVEIL_ATTEMPT_MILLISECONDS", "250"),
        ("LOGVEIL_RESERVE_MILLISECONDS", "100"),
    ])
    .await;
    let mut mapping = Mapping::new(&source, "in", 60);
    mapping.limit = Duration::from_millis(1500);
    mapping.duplicate_one_of = Some(8);

    put(&source, 0..RECORDS / 4).await;
    mapping.poll(&function).await;
    split(&source).await;
    put(&source, RECORDS / 4..RECORDS / 2).await;
    mapping.poll(&function).await;
    merge(&source).await;
    put(&source, RECORDS / 2..RECORDS).await;
    while mapping.poll(&function).await > 0 {}

    let mut arrived: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let out = sink.read_all("out").await;
    for record in &out {
        assert!(!text(record).contains("hunter2"), "a raw record came through");
        for (key, data) in user_records(record) {
            let line: Value = serde_json::from_slice(&data).unwrap();
            assert_eq!(line["password"], "[REDACTED:assigned-password]");
            let n = line["n"].as_u64().unwrap() as usize;
            assert_eq!((record.partition_key(), &*key), (&*key, &*format!("key-{}", n % KEYS)));
            arrived.entry(key).or_default().push(n);
        }
    }
    assert!(!function.printed().contains("hunter2"));
    let faults = proxy.faults.load(Ordering::Relaxed);
    let sum = |name: &str| function.metrics().iter().map(|line| line[name].as_u64().unwrap()).sum::<u64>();
    let delivered: usize = arrived.values().map(Vec::len).sum();
    println!(
        "{order}: {RECORDS} records, {delivered} deliveries in {} records of the stream, {faults} faults, {} of {} invocations failed, {} retries, {} reordered",
        out.len(),
        mapping.failed_invocations,
        mapping.invocations,
        sum("Retries"),
        sum("Reordered"),
    );
    assert_eq!(out.len() < delivered, order == "packed");
    assert!(faults > 10 && sum("Retries") > 0);
    let all: BTreeSet<usize> = arrived.values().flatten().copied().collect();
    assert_eq!(all, (0..RECORDS).collect(), "what was sent is what has arrived");
    arrived
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_raw_whatever_fails() {
    run("best-effort", 20_261).await;
}

/// What a reader of the stream finds in a record, by the aggregation format of the Kinesis Producer Library.
fn user_records(record: &Record) -> Vec<(String, Vec<u8>)> {
    let Some(rest) = record.data().as_ref().strip_prefix(&[0xf3, 0x89, 0x9a, 0xc2]) else {
        return vec![(record.partition_key().to_owned(), record.data().as_ref().to_vec())];
    };
    let (message, digest) = rest.split_last_chunk::<16>().unwrap();
    assert_eq!(Md5::digest(message).as_slice(), digest);
    let (mut keys, mut records) = (Vec::new(), Vec::new());
    for (field, value) in fields(message) {
        match field {
            1 => keys.push(String::from_utf8(value).unwrap()),
            3 => records.push(fields(&value)),
            _ => panic!("field {field}"),
        }
    }
    let of = |record: &[(u64, Vec<u8>)], field: u64| record.iter().find(|(number, _)| *number == field).unwrap().1.clone();
    records.iter().map(|record| (keys[usize::from(of(record, 1)[0])].clone(), of(record, 3))).collect()
}

/// The fields of a message of protobuf; of a number, its only byte.
fn fields(mut message: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn number(message: &mut &[u8]) -> u64 {
        let length = message.iter().position(|byte| byte & 128 == 0).unwrap() + 1;
        let (digits, rest) = message.split_at(length);
        *message = rest;
        digits.iter().rev().fold(0, |number, digit| number << 7 | u64::from(digit & 127))
    }
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = number(&mut message);
        let value = match tag & 7 {
            0 => vec![u8::try_from(number(&mut message)).unwrap()],
            kind => {
                assert_eq!(kind, 2);
                let length = number(&mut message) as usize;
                let (value, rest) = message.split_at(length);
                message = rest;
                value.to_vec()
            }
        };
        fields.push((tag >> 3, value));
    }
    fields
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_keeps_the_first_deliveries_of_a_key_in_order() {
    in_order("strict", 20_262).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_packed() {
    in_order("packed", 20_263).await;
}

async fn in_order(order: &str, seed: u64) {
    for (key, numbers) in run(order, seed).await {
        let mut seen = BTreeSet::new();
        let first: Vec<usize> = numbers.into_iter().filter(|&n| seen.insert(n)).collect();
        assert!(first.is_sorted(), "{key}: {first:?}");
    }
}
