//! The redactor in force: built of policy, packs and keys at the start, built anew when they are old, kept when that fails.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use logveil::{Keys, LiveRedactor, Pack, Policy, Redactor, RedactorBuilder};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::aws::Clients;
use crate::config::{Config, KeySource, Source};
use crate::sink::read_object;
use crate::{Error, http, log};

/// What the redactor is made of, and the redactor.
pub struct Live {
    policy: Option<Source>,
    packs: Vec<Source>,
    keys: KeySource,
    /// For sources in S3, if there are any.
    s3: Option<aws_sdk_s3::Client>,
    extension: String,
    session_token: String,
    refresh: Option<Duration>,
    built: Instant,
    /// None before there were keys for it.
    redactor: Option<LiveRedactor>,
}

/// Why there is no redactor.
enum Failure {
    /// The extension answers, and says that it cannot yet: it may be that it does only once an invocation has come.
    NotReady,
    Error(Error),
}

/// How long the extension is waited for, which starts when the function does.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

impl Live {
    /// Builds the redactor. Where the extension that has the keys is not ready, the first invocation does.
    ///
    /// # Errors
    /// When something cannot be read, or is wrong: a function without its policy does not start.
    pub async fn new(config: &Config, clients: &Clients) -> Result<Self, Error> {
        let is_in_s3 = config.policy.iter().chain(&config.packs).any(|source| matches!(source, Source::S3(_)));
        let mut live = Live {
            policy: config.policy.clone(),
            packs: config.packs.clone(),
            keys: config.keys.clone(),
            s3: is_in_s3.then(|| clients.s3()),
            extension: format!("127.0.0.1:{}", config.extension_port),
            session_token: config.aws.session_token.clone().unwrap_or_default(),
            refresh: config.refresh,
            built: Instant::now(),
            redactor: None,
        };
        match live.build_with_patience().await {
            Ok(redactor) => live.redactor = Some(LiveRedactor::new(redactor)),
            Err(Failure::NotReady) => log::warn("the extension for secrets is not ready; the first invocation asks again", &[]),
            Err(Failure::Error(error)) => return Err(error),
        }
        Ok(live)
    }

    /// The redactor, built anew if it is old, and whether that failed; then the last one stays until the next time.
    ///
    /// # Errors
    /// When there is none yet.
    pub async fn redactor(&mut self) -> Result<(Arc<Redactor>, bool), Error> {
        let Some(live) = &self.redactor else {
            let live = LiveRedactor::new(self.build_with_patience().await?);
            let redactor = live.current();
            (self.built, self.redactor) = (Instant::now(), Some(live));
            return Ok((redactor, false));
        };
        let is_old = self.refresh.is_some_and(|refresh| self.built.elapsed() >= refresh);
        let is_fixed = self.policy.is_none() && self.packs.is_empty() && self.keys == KeySource::None;
        if !is_old || is_fixed {
            return Ok((live.current(), false));
        }
        self.built = Instant::now();
        let refreshed = match self.read().await {
            Ok(builder) => live.reload(|| builder.build()).map_err(Error::from),
            Err(failure) => Err(failure.into()),
        };
        if let Err(error) = &refreshed {
            log::warn("policy and keys could not be refreshed; the last ones stay in force", &[("error", &error.to_string())]);
        }
        Ok((live.current(), refreshed.is_err()))
    }

    async fn build_with_patience(&self) -> Result<Redactor, Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.read().await {
                Err(Failure::NotReady) if Instant::now() < end => tokio::time::sleep(PAUSE).await,
                read => return Ok(read?.build()?),
            }
        }
    }

    /// What the redactor is made of, as it is now.
    async fn read(&self) -> Result<RedactorBuilder, Failure> {
        let mut builder = Redactor::builder();
        if let Some(source) = &self.policy {
            let policy = Policy::parse(&source.to_string(), &self.text(source).await?)?;
            if policy.key_file().is_some() && self.keys == KeySource::None {
                let remedy = "set LOGVEIL_KEY_FILE or LOGVEIL_KEY_SECRET, or take it out";
                return Err(Failure::Error(format!("policy {source}: keys.file is for the command line ({remedy})").into()));
            }
            builder = builder.policy(policy);
        }
        for source in &self.packs {
            builder = builder.pack(Pack::parse(&source.to_string(), &self.text(source).await?)?);
        }
        if let Some(keys) = self.read_keys().await? {
            builder = builder.keys(Keys::parse(&keys)?);
        }
        Ok(builder)
    }

    async fn text(&self, source: &Source) -> Result<String, Error> {
        let bytes = match source {
            Source::File(path) => std::fs::read(path).map_err(|error| format!("{path}: {}", error.kind()))?,
            Source::S3(place) => read_object(self.s3.as_ref().ok_or("there is no client for S3")?, place).await?,
        };
        String::from_utf8(bytes).map_err(|_| format!("{source}: it is not UTF-8").into())
    }

    async fn read_keys(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match &self.keys {
            KeySource::None => Ok(None),
            KeySource::File(path) => {
                let keys = std::fs::read(path).map_err(|error| Error::from(format!("{path}: {}", error.kind())))?;
                Ok(Some(Zeroizing::new(keys)))
            }
            KeySource::Secret(secret) => self.secret(secret).await.map(Some),
        }
    }

    /// What the AWS Parameters and Secrets Lambda extension gives, which keeps secrets in its cache.
    async fn secret(&self, secret: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            secret_string: String,
        }
        let path = format!("/secretsmanager/get?secretId={}", percent_encoded(secret));
        let headers = [("X-Aws-Parameters-Secrets-Token", self.session_token.as_str())];
        let place = |what: &str| Failure::Error(format!("the secret of LOGVEIL_KEY_SECRET: {what}").into());
        let answer = http::send(Method::GET, &self.extension, &path, &headers, Vec::new()).await;
        let (status, answer) = answer.map_err(|error| place(&format!("{error} (is the extension's layer attached?)")))?;
        // "not ready to serve traffic, please wait"
        if status == StatusCode::BAD_REQUEST && memchr::memmem::find(&answer, b"not ready").is_some() {
            return Err(Failure::NotReady);
        }
        if !status.is_success() {
            return Err(place(&format!("the answer was {}", status.as_u16())));
        }
        // What serde says may quote the keys.
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| place("the answer holds no SecretString"))?;
        Ok(Zeroizing::new(answer.secret_string.into_bytes()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error)
    }
}

impl From<logveil::Error> for Failure {
    fn from(error: logveil::Error) -> Self {
        Failure::Error(error.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotReady => "the extension for secrets is not ready".into(),
            Failure::Error(error) => error,
        }
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
