//! Kinesis in this process (ferrokinesis), and a client for it.

use std::net::SocketAddr;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{Record, Shard, ShardIteratorType};
use axum::Router;
use axum::serve::{Listener, ListenerExt};
use ferrokinesis::create_app;
use ferrokinesis::store::StoreOptions;
use tokio::net::TcpListener;

/// An emulator.
pub struct Kinesis {
    pub endpoint: String,
    pub router: Router,
    pub client: Client,
}

impl Kinesis {
    /// One without delays; `limited` has the throughput limits of shards.
    pub async fn start(limited: bool) -> Kinesis {
        let options = StoreOptions {
            create_stream_ms: 0,
            delete_stream_ms: 0,
            update_stream_ms: 0,
            shard_limit: 50,
            enforce_limits: limited,
            ..StoreOptions::default()
        };
        let (router, _store) = create_app(options);
        let endpoint = serve(router.clone()).await;
        let client = client(&endpoint);
        Kinesis { endpoint, router, client }
    }

    pub async fn create(&self, name: &str, shards: i32) {
        self.client.create_stream().stream_name(name).shard_count(shards).send().await.unwrap();
        self.until_active(name).await;
    }

    pub async fn until_active(&self, name: &str) {
        for _ in 0..200 {
            let summary = self.client.describe_stream_summary().stream_name(name).send().await.unwrap();
            if summary.stream_description_summary().unwrap().stream_status().as_str() == "ACTIVE" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the stream does not become active");
    }

    pub async fn put(&self, name: &str, key: &str, data: impl Into<Vec<u8>>) {
        self.client.put_record().stream_name(name).partition_key(key).data(Blob::new(data.into())).send().await.unwrap();
    }

    pub async fn shards(&self, name: &str) -> Vec<Shard> {
        self.client.list_shards().stream_name(name).send().await.unwrap().shards().to_vec()
    }

    /// All records of a shard behind a sequence number, or from its beginning.
    pub async fn read(&self, name: &str, shard: &str, behind: Option<&str>) -> Vec<Record> {
        let request = self.client.get_shard_iterator().stream_name(name).shard_id(shard);
        let request = match behind {
            Some(number) => request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).starting_sequence_number(number),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let mut iterator = request.send().await.unwrap().shard_iterator;
        let mut records = Vec::new();
        while let Some(at) = iterator {
            let answer = self.client.get_records().shard_iterator(at).send().await.unwrap();
            let is_end = answer.records().is_empty();
            records.extend(answer.records().iter().cloned());
            iterator = answer.next_shard_iterator.filter(|_| !is_end);
        }
        records
    }

    /// All records of a stream, shard by shard, a parent before its children.
    pub async fn read_all(&self, name: &str) -> Vec<Record> {
        let mut records = Vec::new();
        for shard in self.shards(name).await {
            records.extend(self.read(name, shard.shard_id(), None).await);
        }
        records
    }
}

/// Answers leave at once.
pub fn nodelay(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|stream| stream.set_nodelay(true).unwrap())
}

/// Serves on a port of its own.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(nodelay(listener), router).await });
    endpoint
}

pub fn client(endpoint: &str) -> Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

pub fn text(record: &Record) -> String {
    String::from_utf8_lossy(record.data().as_ref()).into_owned()
}
