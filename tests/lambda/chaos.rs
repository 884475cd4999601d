//! Thousands of records, faults at random, shards that split and merge: nothing lost, nothing raw, and in `strict` mode in
//! order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

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
    for record in sink.read_all("out").await {
        let text = text(&record);
        assert!(!text.contains("hunter2"), "a raw record came through");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["password"], "[REDACTED:assigned-password]");
        let n = line["n"].as_u64().unwrap() as usize;
        assert_eq!(record.partition_key(), format!("key-{}", n % KEYS));
        arrived.entry(record.partition_key().to_owned()).or_default().push(n);
    }
    assert!(!function.printed().contains("hunter2"));
    let faults = proxy.faults.load(Ordering::Relaxed);
    let sum = |name: &str| function.metrics().iter().map(|line| line[name].as_u64().unwrap()).sum::<u64>();
    let delivered: usize = arrived.values().map(Vec::len).sum();
    println!(
        "{order}: {RECORDS} records, {delivered} deliveries, {faults} faults, {} of {} invocations failed, {} retries, {} reordered",
        mapping.failed_invocations,
        mapping.invocations,
        sum("Retries"),
        sum("Reordered"),
    );
    assert!(faults > 10 && sum("Retries") > 0);
    let all: BTreeSet<usize> = arrived.values().flatten().copied().collect();
    assert_eq!(all, (0..RECORDS).collect(), "what was sent is what has arrived");
    arrived
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_raw_whatever_fails() {
    run("best-effort", 20_261).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_keeps_the_first_deliveries_of_a_key_in_order() {
    for (key, numbers) in run("strict", 20_262).await {
        let mut seen = BTreeSet::new();
        let first: Vec<usize> = numbers.into_iter().filter(|&n| seen.insert(n)).collect();
        assert!(first.is_sorted(), "{key}: {first:?}");
    }
}
