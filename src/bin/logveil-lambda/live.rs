//! The redactor in force: built of policy, packs and keys at the start, built anew when they are old, kept when that fails.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use logveil::{Keys, LiveRedactor, Pack, Policy, Redactor, RedactorBuilder};
use tokio::time::{Instant, timeout_at};
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
    /// A service or the extension is throttled, down or not there: it may be later.
    Later(Error),
    Error(Error),
}

/// How long what is not ready is asked again at the start: the extension starts when the function does.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);
/// How long reading may take at the start, of the ten seconds that Lambda gives.
const START: Duration = Duration::from_secs(8);
/// How long reading may take before an invocation, which has something in force already.
const REFRESH: Duration = Duration::from_secs(1);

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
        match live.build_with_patience(Instant::now() + START).await {
            Ok(redactor) => live.redactor = Some(LiveRedactor::new(redactor)),
            Err(Failure::NotReady) => log::warn("the extension for secrets is not ready; the first invocation asks again", &[]),
            Err(failure) => return Err(failure.into()),
        }
        Ok(live)
    }

    /// The redactor, built anew if it is old, and whether that failed; then the last one stays until the next time.
    ///
    /// # Errors
    /// When there is none yet, and none by the deadline.
    pub async fn redactor(&mut self, deadline: Instant) -> Result<(Arc<Redactor>, bool), Error> {
        let Some(live) = &self.redactor else {
            let live = LiveRedactor::new(self.build_with_patience(deadline).await?);
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
        let refreshed = match self.read_until(deadline.min(Instant::now() + REFRESH)).await {
            Ok(builder) => live.reload(|| builder.build()).map_err(Error::from),
            Err(failure) => Err(failure.into()),
        };
        if let Err(error) = &refreshed {
            log::warn("policy and keys could not be refreshed; the last ones stay in force", &[("error", &error.to_string())]);
        }
        Ok((live.current(), refreshed.is_err()))
    }

    async fn build_with_patience(&self, deadline: Instant) -> Result<Redactor, Failure> {
        let end = deadline.min(Instant::now() + PATIENCE);
        let mut pause = PAUSE;
        loop {
            match self.read_until(deadline).await {
                Err(Failure::NotReady | Failure::Later(_)) if Instant::now() + pause < end => tokio::time::sleep(pause).await,
                read => return Ok(read?.build()?),
            }
            pause = (pause * 2).min(PATIENCE / 8);
        }
    }

    async fn read_until(&self, deadline: Instant) -> Result<RedactorBuilder, Failure> {
        let late = |_| Failure::Later("policy, packs and keys could not be read in time".into());
        timeout_at(deadline, self.read()).await.map_err(late)?
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

    async fn text(&self, source: &Source) -> Result<String, Failure> {
        let bytes = match source {
            Source::File(path) => std::fs::read(path).map_err(|error| Error::from(format!("{path}: {}", error.kind())))?,
            Source::S3(place) => {
                let client = self.s3.as_ref().ok_or_else(|| Error::from("there is no client for S3"))?;
                read_object(client, place).await.map_err(|(error, may_pass)| if may_pass { Failure::Later(error) } else { error.into() })?
            }
        };
        let text = String::from_utf8(bytes).map_err(|_| Error::from(format!("{source}: it is not UTF-8")))?;
        // A policy of nothing is one of defaults; what was emptied by mistake must not become one.
        if text.trim().is_empty() {
            return Err(Error::from(format!("{source}: it is empty")).into());
        }
        Ok(text)
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
        let place = |what: &str| Error::from(format!("the secret of LOGVEIL_KEY_SECRET: {what}"));
        let answer = http::send(Method::GET, &self.extension, &path, &headers, Vec::new()).await;
        let unheard = |error| Failure::Later(place(&format!("{error} (is the extension's layer attached?)")));
        let (status, answer) = answer.map_err(unheard)?;
        // "not ready to serve traffic, please wait"
        if status == StatusCode::BAD_REQUEST && memchr::memmem::find(&answer, b"not ready").is_some() {
            return Err(Failure::NotReady);
        }
        if !status.is_success() {
            let error = place(&format!("the answer was {}", status.as_u16()));
            let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(if may_pass { Failure::Later(error) } else { error.into() });
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
            Failure::Later(error) | Failure::Error(error) => error,
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
