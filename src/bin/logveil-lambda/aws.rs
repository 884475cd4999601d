//! Clients of the services, built once, without retries of their own: how often something is sent is decided in one place.

use std::cell::OnceCell;

use aws_sdk_cloudwatchlogs as logs;
use aws_sdk_firehose as firehose;
use aws_sdk_kinesis as kinesis;
use aws_sdk_s3 as s3;
use aws_smithy_http_client::{Builder, tls};
use kinesis::config::{Credentials, Region, SharedCredentialsProvider, SharedHttpClient, retry::RetryConfig};

use crate::config::Aws;

/// What all clients share.
pub struct Clients {
    aws: Aws,
    /// Made for the first client, since it reads certificates.
    http: OnceCell<SharedHttpClient>,
}

/// The configuration of a client: the same for each service, whose builders are types of their own.
macro_rules! client {
    ($service:ident, $clients:expr $(, $setting:ident($value:expr))*) => {{
        let clients = $clients;
        let mut config = $service::Config::builder()
            .behavior_version($service::config::BehaviorVersion::latest())
            .region(Region::new(clients.aws.region.clone()))
            .credentials_provider(clients.credentials())
            .http_client(clients.http())
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection($service::config::StalledStreamProtectionConfig::disabled())
            $(.$setting($value))*;
        config.set_endpoint_url(clients.aws.endpoint.clone());
        $service::Client::from_conf(config.build())
    }};
}

impl Clients {
    pub fn new(aws: &Aws) -> Self {
        Clients { aws: aws.clone(), http: OnceCell::new() }
    }

    fn http(&self) -> SharedHttpClient {
        let http = self.http.get_or_init(|| match &self.aws.endpoint {
            Some(endpoint) if endpoint.starts_with("http:") => Builder::new().build_http(),
            _ => Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https(),
        });
        http.clone()
    }

    /// Lambda gives a function its credentials in the environment, for as long as the process lives.
    fn credentials(&self) -> SharedCredentialsProvider {
        let Aws { access_key, secret_key, session_token, .. } = &self.aws;
        SharedCredentialsProvider::new(Credentials::new(access_key, secret_key, session_token.clone(), None, "environment"))
    }

    pub fn kinesis(&self) -> kinesis::Client {
        client!(kinesis, self)
    }

    pub fn firehose(&self) -> firehose::Client {
        client!(firehose, self)
    }

    pub fn logs(&self) -> logs::Client {
        client!(logs, self)
    }

    pub fn s3(&self) -> s3::Client {
        // A bucket in the path is what emulators know.
        client!(s3, self, force_path_style(self.aws.endpoint.is_some()))
    }
}
