//! The redactor in force: built of policy, packs and keys at the start, built anew when they are old, kept when that fails.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use logveil::{Keys, Pack, Policy, Redactor};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::config::{Config, KeySource, Source};
use crate::sink::read_object;
use crate::{Error, http, log};

/// What the redactor is made of, and the redactor.
pub struct Live {
    policy: Option<Source>,
    packs: Vec<Source>,
    keys: KeySource,
    /// For sources in S3.
    s3: aws_sdk_s3::Client,
    extension: String,
    session_token: String,
    refresh: Option<Duration>,
    built: Instant,
    redactor: Arc<Redactor>,
}

impl Live {
    /// Builds the redactor.
    ///
    /// # Errors
    /// When something cannot be read, or is wrong: a function without its policy does not start.
    pub async fn new(config: &Config, s3: aws_sdk_s3::Client) -> Result<Self, Error> {
        let mut live = Live {
            policy: config.policy.clone(),
            packs: config.packs.clone(),
            keys: config.keys.clone(),
            s3,
            extension: format!("127.0.0.1:{}", config.extension_port),
            session_token: config.aws.session_token.clone().unwrap_or_default(),
            refresh: config.refresh,
            built: Instant::now(),
            redactor: Arc::new(Redactor::builtin()?),
        };
        if live.policy.is_some() || !live.packs.is_empty() || live.keys != KeySource::None {
            live.redactor = Arc::new(live.build().await?);
        }
        Ok(live)
    }

    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }

    /// Builds it anew if it is old. Says whether that failed; then the last one stays until the next time.
    pub async fn refresh(&mut self) -> bool {
        let is_old = self.refresh.is_some_and(|refresh| self.built.elapsed() >= refresh);
        let is_fixed = self.policy.is_none() && self.packs.is_empty() && self.keys == KeySource::None;
        if !is_old || is_fixed {
            return false;
        }
        self.built = Instant::now();
        match self.build().await {
            Ok(redactor) => {
                self.redactor = Arc::new(redactor);
                false
            }
            Err(error) => {
                log::warn("policy and keys could not be refreshed; the last ones stay in force", &[("error", &error.to_string())]);
                true
            }
        }
    }

    async fn build(&self) -> Result<Redactor, Error> {
        let mut builder = Redactor::builder();
        if let Some(source) = &self.policy {
            builder = builder.policy(Policy::parse(&source.to_string(), &self.text(source).await?)?);
        }
        for source in &self.packs {
            builder = builder.pack(Pack::parse(&source.to_string(), &self.text(source).await?)?);
        }
        if let Some(keys) = self.read_keys().await? {
            builder = builder.keys(Keys::parse(&keys)?);
        }
        Ok(builder.build()?)
    }

    async fn text(&self, source: &Source) -> Result<String, Error> {
        let bytes = match source {
            Source::File(path) => std::fs::read(path).map_err(|error| format!("{path}: {}", error.kind()))?,
            Source::S3(place) => read_object(&self.s3, place).await?,
        };
        String::from_utf8(bytes).map_err(|_| format!("{source}: it is not UTF-8").into())
    }

    async fn read_keys(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        match &self.keys {
            KeySource::None => Ok(None),
            KeySource::File(path) => {
                std::fs::read(path).map(|keys| Some(Zeroizing::new(keys))).map_err(|error| format!("{path}: {}", error.kind()).into())
            }
            KeySource::Secret(secret) => self.secret(secret).await.map(Some),
        }
    }

    /// What the AWS Parameters and Secrets Lambda extension gives, which keeps secrets in its cache.
    async fn secret(&self, secret: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            secret_string: String,
        }
        let path = format!("/secretsmanager/get?secretId={}", percent_encoded(secret));
        let headers = [("X-Aws-Parameters-Secrets-Token", self.session_token.as_str())];
        let place = |what: &str| Error::from(format!("the secret of LOGVEIL_KEY_SECRET: {what}"));
        let answer = http::send(Method::GET, &self.extension, &path, &headers, Vec::new()).await;
        let answer = answer.map_err(|error| place(&format!("{error} (is the extension's layer attached?)")))?;
        // What serde says may quote the keys.
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| place("the answer holds no SecretString"))?;
        Ok(Zeroizing::new(answer.secret_string.into_bytes()))
    }
}

/// As a part of a query: what is not unreserved in RFC 3986 becomes `%XX`.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File(path) => f.write_str(path),
            Source::S3(place) => write!(f, "s3://{}/{}", place.bucket, place.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_part_of_a_query() {
        assert_eq!(percent_encoded("arn:aws:x/y z-é"), "arn%3Aaws%3Ax%2Fy%20z-%C3%A9");
    }
}
