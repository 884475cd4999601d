//! What the function is told by its environment.

use std::time::Duration;

use logveil::envelope::Form;

use crate::Error;

/// A variable of the environment that the function reads.
pub struct Variable {
    pub name: &'static str,
    /// What holds where it is not set; nothing where it must be.
    pub default: Option<&'static str>,
    pub about: &'static str,
    /// Whether Lambda sets it itself.
    pub by_lambda: bool,
}

const fn variable(name: &'static str, default: Option<&'static str>, about: &'static str) -> Variable {
    Variable { name, default, about, by_lambda: false }
}

const fn by_lambda(name: &'static str, about: &'static str) -> Variable {
    Variable { name, default: Some(""), about, by_lambda: true }
}

/// Every variable that is read: `--variables` prints them, and a test holds them against the documents and templates.
#[rustfmt::skip]
pub const VARIABLES: &[Variable] = &[
    variable("LOGVEIL_SINK", None, "where masked records go: kinesis:STREAM, firehose:STREAM, logs:GROUP:STREAM, s3://BUCKET/PREFIX, or answer"),
    variable("LOGVEIL_FALLBACK", Some(""), "where a record goes that the sink refuses for good, or that an answer has no room for; as LOGVEIL_SINK"),
    variable("LOGVEIL_QUARANTINE", Some(""), "s3://BUCKET/PREFIX for the raw bytes of what cannot be decoded; nowhere if empty"),
    variable("LOGVEIL_QUARANTINE_KMS_KEY", Some(""), "the KMS key of objects in quarantine; the bucket's default if empty"),
    variable("LOGVEIL_POLICY", Some(""), "a policy: a path in the package, or s3://BUCKET/KEY"),
    variable("LOGVEIL_PACKS", Some(""), "packs of rules, separated by commas; each as LOGVEIL_POLICY"),
    variable("LOGVEIL_KEY_FILE", Some(""), "a file of keys for hash and encrypt"),
    variable("LOGVEIL_KEY_SECRET", Some(""), "a secret with these keys, read through the Parameters and Secrets extension"),
    variable("LOGVEIL_REFRESH_SECONDS", Some("300"), "how old policy and keys may get; 0 reads them once"),
    variable("LOGVEIL_ORDER", Some("best-effort"), "best-effort; strict: at most one record of a partition key on its way; or packed: the same, with several in one KPL aggregate"),
    variable("LOGVEIL_OUTPUT", Some(""), "what payloads of CloudWatch Logs become: same, events, messages; if empty, events for S3, else same"),
    variable("LOGVEIL_AGGREGATES", Some("same"), "what KPL aggregates become: same, or single records"),
    variable("LOGVEIL_GZIP_LEVEL", Some("6"), "how hard to compress what is masked, 0 to 9"),
    variable("LOGVEIL_MAX_INFLATED_MIB", Some("64"), "how much one record may inflate to"),
    variable("LOGVEIL_MAX_RECORD_BYTES", Some("1048576"), "the largest record that the stream of the sink takes"),
    variable("LOGVEIL_S3_COMPRESSION", Some("gzip"), "how objects are compressed: gzip or zstd"),
    variable("LOGVEIL_CONCURRENCY", Some("4"), "requests to the sink at a time, 1 to 64"),
    variable("LOGVEIL_RESERVE_MILLISECONDS", Some("1000"), "how long before its deadline an invocation stops sending"),
    variable("LOGVEIL_ATTEMPT_MILLISECONDS", Some("5000"), "how long one request to the sink may take"),
    variable("LOGVEIL_RULE_METRICS", Some("off"), "on: a metric for each rule too, which CloudWatch charges each"),
    variable("LOGVEIL_IGNORED_LOG_GROUPS", Some(""), "further log groups whose events are dropped, separated by commas"),
    variable("LOGVEIL_LOG_LEVEL", Some("info"), "what the function logs of itself: error, warn, info or debug"),
    variable("AWS_ENDPOINT_URL", Some(""), "where the services are, for tests; AWS if empty"),
    variable("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", Some("2773"), "where the extension listens"),
    by_lambda("AWS_REGION", "the region"),
    by_lambda("AWS_ACCESS_KEY_ID", "the credentials of the function's role"),
    by_lambda("AWS_SECRET_ACCESS_KEY", "the credentials of the function's role"),
    by_lambda("AWS_SESSION_TOKEN", "the credentials of the function's role; also what the extension asks for"),
    by_lambda("AWS_LAMBDA_FUNCTION_NAME", "a dimension of the metrics; the function's own log group where none is named"),
    by_lambda("AWS_LAMBDA_LOG_GROUP_NAME", "the function's own log group, whose events are dropped"),
    by_lambda("AWS_LAMBDA_RUNTIME_API", "where an error at the start is reported"),
];

/// The variables as JSON, for the tests of templates and documents.
pub fn variables_as_json() -> String {
    let list = VARIABLES.iter().map(|variable| {
        serde_json::json!({
            "name": variable.name, "default": variable.default, "about": variable.about, "byLambda": variable.by_lambda,
        })
    });
    serde_json::Value::Array(list.collect()).to_string()
}

/// Where records go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Kinesis(String),
    Firehose(String),
    Logs {
        group: String,
        stream: String,
    },
    S3(Place),
    /// The answer of the function: for Firehose transformations, which have no other.
    Answer,
}

impl Target {
    /// Whether this is the stream of Kinesis with this ARN. One that is told by its name is in the account of the function.
    pub fn is_stream(&self, arn: &str, function_arn: &str) -> bool {
        let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
        match self {
            Target::Kinesis(stream) if stream.starts_with("arn:") => stream == arn,
            Target::Kinesis(stream) => arn.ends_with(&format!(":stream/{stream}")) && account(arn) == account(function_arn),
            _ => false,
        }
    }
}

/// A bucket and the beginning of keys in it, or one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub bucket: String,
    pub key: String,
}

/// Where a policy, a pack or keys are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    File(String),
    S3(Place),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    BestEffort,
    Strict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    Gzip,
    Zstd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// Where keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    None,
    File(String),
    Secret(String),
}

/// All of it, read and judged at the start.
#[derive(Clone, Debug)]
pub struct Config {
    pub sink: Target,
    pub fallback: Option<Target>,
    pub quarantine: Option<Place>,
    pub quarantine_kms_key: Option<String>,
    pub policy: Option<Source>,
    pub packs: Vec<Source>,
    pub keys: KeySource,
    pub refresh: Option<Duration>,
    pub order: Order,
    /// Whether records of a key go as one aggregate.
    pub packed: bool,
    pub form: Form,
    pub single_records: bool,
    pub gzip_level: u32,
    pub inflated_limit: usize,
    pub record_limit: usize,
    pub compression: Compression,
    pub concurrency: usize,
    pub reserve: Duration,
    pub attempt: Duration,
    pub rule_metrics: bool,
    pub ignored_log_groups: Vec<String>,
    pub level: Level,
    pub aws: Aws,
    pub extension_port: u16,
    pub function: String,
}

/// How the services are reached.
#[derive(Clone)]
pub struct Aws {
    pub region: String,
    pub endpoint: Option<String>,
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Aws {
    /// Without the credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").field("region", &self.region).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Config {
    /// Reads what `get` says of each variable.
    ///
    /// # Errors
    /// When a variable is missing or wrong, or one of the program's own prefix is not known. The error names it and never
    /// shows what it holds.
    pub fn read(get: impl Fn(&str) -> Option<String>, names: impl Iterator<Item = String>) -> Result<Self, Error> {
        let known = |name: &str| VARIABLES.iter().any(|variable| variable.name == name);
        if let Some(unknown) = names.filter(|name| name.starts_with("LOGVEIL_")).find(|name| !known(name)) {
            return Err(format!("{unknown}: there is no such setting (`logveil-lambda --variables` lists them)").into());
        }
        let read = Reader { get: &get };
        let sink = target("LOGVEIL_SINK", &read.text("LOGVEIL_SINK")?)?;
        let function = read.text("AWS_LAMBDA_FUNCTION_NAME")?;
        let own_group = read.filled("AWS_LAMBDA_LOG_GROUP_NAME")?.or((!function.is_empty()).then(|| format!("/aws/lambda/{function}")));
        let fallback = read.filled("LOGVEIL_FALLBACK")?.map(|text| target("LOGVEIL_FALLBACK", &text)).transpose()?;
        let written = [Some(&sink), fallback.as_ref()].into_iter().flatten().filter_map(|target| match target {
            Target::Logs { group, .. } => Some(group.clone()),
            _ => None,
        });
        let further = read.list("LOGVEIL_IGNORED_LOG_GROUPS")?;
        if further.iter().any(|group| group.starts_with("arn:") || group.contains('*')) {
            return Err("LOGVEIL_IGNORED_LOG_GROUPS: write names of log groups, not ARNs, and each in full".into());
        }
        let ignored_log_groups = written.chain(own_group).chain(further).collect();
        let keys = match (read.filled("LOGVEIL_KEY_FILE")?, read.filled("LOGVEIL_KEY_SECRET")?) {
            (None, None) => KeySource::None,
            (Some(path), None) => KeySource::File(path),
            (None, Some(secret)) => KeySource::Secret(secret),
            _ => return Err("LOGVEIL_KEY_FILE and LOGVEIL_KEY_SECRET are both set: keys come from one place".into()),
        };
        let refresh = read.number("LOGVEIL_REFRESH_SECONDS", 0..=86_400)?;
        let orders = [("best-effort", (Order::BestEffort, false)), ("strict", (Order::Strict, false)), ("packed", (Order::Strict, true))];
        let (order, packed) = read.one_of("LOGVEIL_ORDER", &orders)?;
        if packed && !matches!(sink, Target::Kinesis(_)) {
            return Err(
                "LOGVEIL_ORDER can be `packed` only where LOGVEIL_SINK is `kinesis:`: readers of other sinks know no aggregates".into()
            );
        }
        if fallback == Some(Target::Answer) {
            return Err("LOGVEIL_FALLBACK cannot be `answer`".into());
        }
        // What was made ready for a stream may be gzip, of which CloudWatch Logs takes no byte as it is.
        if matches!(fallback, Some(Target::Logs { .. })) && !matches!(sink, Target::Logs { .. }) {
            return Err("LOGVEIL_FALLBACK can be `logs:` only where LOGVEIL_SINK is: other sinks hold records that are no text".into());
        }
        Ok(Config {
            fallback,
            quarantine: read.filled("LOGVEIL_QUARANTINE")?.map(|text| place("LOGVEIL_QUARANTINE", &text)).transpose()?,
            quarantine_kms_key: read.filled("LOGVEIL_QUARANTINE_KMS_KEY")?,
            policy: read.filled("LOGVEIL_POLICY")?.map(|text| source("LOGVEIL_POLICY", &text)).transpose()?,
            packs: read.list("LOGVEIL_PACKS")?.iter().map(|text| source("LOGVEIL_PACKS", text)).collect::<Result<_, _>>()?,
            keys,
            refresh: (refresh > 0).then(|| Duration::from_secs(refresh as u64)),
            order,
            packed,
            form: read.one_of(
                "LOGVEIL_OUTPUT",
                &[("", default_form(&sink)), ("same", Form::Same), ("events", Form::Events), ("messages", Form::Messages)],
            )?,
            single_records: read.one_of("LOGVEIL_AGGREGATES", &[("same", false), ("single", true)])?,
            gzip_level: read.number("LOGVEIL_GZIP_LEVEL", 0..=9)? as u32,
            inflated_limit: read.number("LOGVEIL_MAX_INFLATED_MIB", 1..=1024)? << 20,
            record_limit: read.number("LOGVEIL_MAX_RECORD_BYTES", 2048..=10 << 20)?,
            compression: read.one_of("LOGVEIL_S3_COMPRESSION", &[("gzip", Compression::Gzip), ("zstd", Compression::Zstd)])?,
            concurrency: read.number("LOGVEIL_CONCURRENCY", 1..=64)?,
            reserve: Duration::from_millis(read.number("LOGVEIL_RESERVE_MILLISECONDS", 0..=600_000)? as u64),
            attempt: Duration::from_millis(read.number("LOGVEIL_ATTEMPT_MILLISECONDS", 10..=600_000)? as u64),
            rule_metrics: read.one_of("LOGVEIL_RULE_METRICS", &[("off", false), ("on", true)])?,
            ignored_log_groups,
            level: read.one_of(
                "LOGVEIL_LOG_LEVEL",
                &[("error", Level::Error), ("warn", Level::Warn), ("info", Level::Info), ("debug", Level::Debug)],
            )?,
            sink,
            aws: Aws {
                region: read.filled("AWS_REGION")?.unwrap_or_else(|| "us-east-1".to_owned()),
                endpoint: read.filled("AWS_ENDPOINT_URL")?,
                access_key: read.text("AWS_ACCESS_KEY_ID")?,
                secret_key: read.text("AWS_SECRET_ACCESS_KEY")?,
                session_token: read.filled("AWS_SESSION_TOKEN")?,
            },
            extension_port: read.number("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", 1..=65_535)? as u16,
            function,
        })
    }
}

/// Objects hold lines, so that their readers find events in them; streams hold what came.
fn default_form(sink: &Target) -> Form {
    if matches!(sink, Target::S3(_)) { Form::Events } else { Form::Same }
}

struct Reader<'g, G> {
    get: &'g G,
}

impl<G: Fn(&str) -> Option<String>> Reader<'_, G> {
    fn text(&self, name: &str) -> Result<String, Error> {
        let default = VARIABLES.iter().find(|variable| variable.name == name).and_then(|variable| variable.default);
        let set = (self.get)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        set.or(default.map(str::to_owned)).ok_or_else(|| format!("{name} is not set, and there is no default").into())
    }

    fn filled(&self, name: &str) -> Result<Option<String>, Error> {
        Ok(Some(self.text(name)?).filter(|text| !text.is_empty()))
    }

    fn list(&self, name: &str) -> Result<Vec<String>, Error> {
        Ok(self.text(name)?.split(',').map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect())
    }

    fn number(&self, name: &str, range: std::ops::RangeInclusive<usize>) -> Result<usize, Error> {
        let number = self.text(name)?.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("{name}: a number from {} to {} is wanted", range.start(), range.end()).into())
    }

    fn one_of<T: Copy>(&self, name: &str, values: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text(name)?;
        let value = values.iter().find(|(known, _)| *known == text).map(|(_, value)| *value);
        let known: Vec<&str> = values.iter().map(|(known, _)| *known).collect();
        value.ok_or_else(|| format!("{name}: one of {} is wanted", known.join(", ")).into())
    }
}

fn target(name: &str, text: &str) -> Result<Target, Error> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        ["answer"] => Ok(Target::Answer),
        ["kinesis", "arn", ..] => Ok(Target::Kinesis(text["kinesis:".len()..].to_owned())),
        ["kinesis", stream] if !stream.is_empty() => Ok(Target::Kinesis((*stream).to_owned())),
        ["firehose", stream] if !stream.is_empty() => Ok(Target::Firehose((*stream).to_owned())),
        ["logs", group, stream] if !group.is_empty() && !stream.is_empty() => {
            Ok(Target::Logs { group: (*group).to_owned(), stream: (*stream).to_owned() })
        }
        ["s3", ..] => place(name, text).map(Target::S3),
        _ => Err(format!("{name}: write kinesis:STREAM, firehose:STREAM, logs:GROUP:STREAM, s3://BUCKET/PREFIX or answer").into()),
    }
}

fn place(name: &str, text: &str) -> Result<Place, Error> {
    let (bucket, key) = text.strip_prefix("s3://").and_then(|rest| rest.split_once('/').or(Some((rest, "")))).unwrap_or_default();
    if bucket.is_empty() {
        return Err(format!("{name}: write s3://BUCKET/PREFIX").into());
    }
    Ok(Place { bucket: bucket.to_owned(), key: key.to_owned() })
}

fn source(name: &str, text: &str) -> Result<Source, Error> {
    if text.starts_with("s3://") { place(name, text).map(Source::S3) } else { Ok(Source::File(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let get = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Config::read(get, pairs.iter().map(|(name, _)| (*name).to_owned())).map_err(|error| error.to_string())
    }

    #[test]
    fn targets_are_read() {
        let sink = |text| read(&[("LOGVEIL_SINK", text)]).map(|config| config.sink);
        assert_eq!(sink("kinesis:out"), Ok(Target::Kinesis("out".into())));
        let arn = "kinesis:arn:aws:kinesis:eu-west-1:111122223333:stream/out";
        assert_eq!(sink(arn), Ok(Target::Kinesis(arn.replacen("kinesis:", "", 1))));
        assert_eq!(sink(" logs:/masked/app:all "), Ok(Target::Logs { group: "/masked/app".into(), stream: "all".into() }));
        assert_eq!(sink("s3://bucket/a/b"), Ok(Target::S3(Place { bucket: "bucket".into(), key: "a/b".into() })));
        assert_eq!(sink("answer"), Ok(Target::Answer));
        for wrong in ["", "kinesis:", "kinesis:a:b", "logs:a", "s3://", "s3:bucket", "sqs:queue"] {
            assert!(sink(wrong).unwrap_err().starts_with("LOGVEIL_SINK"), "{wrong}");
        }
    }

    #[test]
    fn a_stream_is_known_by_its_arn() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:veil";
        let arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/out";
        let is_stream = |sink: &str, arn| target("x", sink).unwrap().is_stream(arn, function);
        assert!(is_stream("kinesis:out", arn) && is_stream(&format!("kinesis:{arn}"), arn));
        assert!(!is_stream("kinesis:ut", arn) && !is_stream("firehose:out", arn));
        assert!(!is_stream("kinesis:out", "arn:aws:kinesis:eu-west-1:444455556666:stream/out"), "of another account");
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        for (name, value) in [
            ("LOGVEIL_ORDER", "hunter2"),
            ("LOGVEIL_GZIP_LEVEL", "hunter2"),
            ("LOGVEIL_CONCURRENCY", "0"),
            ("LOGVEIL_QUARANTINE", "hunter2"),
            ("LOGVEIL_FALLBACK", "answer"),
            ("LOGVEIL_IGNORED_LOG_GROUPS", "/app, arn:aws:logs:eu-west-1:111122223333:log-group:hunter2"),
            ("LOGVEIL_IGNORED_LOG_GROUPS", "/hunter2/*"),
            ("LOGVEIL_SNIK", "hunter2"),
        ] {
            let error = read(&[("LOGVEIL_SINK", "answer"), (name, value)]).unwrap_err();
            assert!(error.contains(name) && !error.contains("hunter2"), "{error}");
        }
        let both = read(&[("LOGVEIL_SINK", "answer"), ("LOGVEIL_KEY_FILE", "a"), ("LOGVEIL_KEY_SECRET", "b")]);
        assert!(both.unwrap_err().contains("both set"));
    }

    #[test]
    fn what_is_no_text_does_not_fall_back_to_logs() {
        let both = |sink, fallback| read(&[("LOGVEIL_SINK", sink), ("LOGVEIL_FALLBACK", fallback)]).map(|_| ());
        assert!(both("kinesis:out", "logs:/late:all").unwrap_err().contains("LOGVEIL_FALLBACK"));
        assert_eq!(both("logs:/masked:all", "logs:/late:all"), Ok(()));
        assert_eq!(both("logs:/masked:all", "kinesis:out"), Ok(()));
    }

    #[test]
    fn records_are_packed_for_streams_alone() {
        let packed = |sink| read(&[("LOGVEIL_SINK", sink), ("LOGVEIL_ORDER", "packed")]).map(|config| (config.order, config.packed));
        assert_eq!(packed("kinesis:out"), Ok((Order::Strict, true)));
        for sink in ["firehose:out", "logs:/a:b", "s3://bucket", "answer"] {
            assert!(packed(sink).unwrap_err().contains("LOGVEIL_ORDER"), "{sink}");
        }
    }

    #[test]
    fn the_groups_that_it_writes_to_are_ignored() {
        let config = read(&[
            ("LOGVEIL_SINK", "logs:/masked:all"),
            ("LOGVEIL_FALLBACK", "logs:/late:all"),
            ("AWS_LAMBDA_FUNCTION_NAME", "veil"),
            ("LOGVEIL_IGNORED_LOG_GROUPS", "/a, /b"),
        ]);
        assert_eq!(config.unwrap().ignored_log_groups, ["/masked", "/late", "/aws/lambda/veil", "/a", "/b"]);
    }

    #[test]
    fn credentials_are_not_shown() {
        let config = read(&[("LOGVEIL_SINK", "answer"), ("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AWS_SESSION_TOKEN", "hunter2")]);
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
