//! Makes logs: the same bytes for the same seed, on every machine.
//!
//! The lines are shaped after six kinds of real logs and are meant to be no easier than those: digits everywhere, `@` that are not
//! e-mail addresses, key words in prose, and look-alikes of what the rules seek. Two promises hold the benches and the tests together:
//! a clean line holds nothing to be masked at the default threshold, and a dirty line holds exactly one thing to be masked.
//!
//! Every secret is made up from the random generator; none of them, nor its prefix in one piece, stands in this file.

#![allow(dead_code, reason = "each test and bench that includes this module uses a part of it")]

/// How many lines hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dirty {
    /// None.
    Clean,
    /// 2 % of them.
    Dirty2,
    /// Half of them.
    Dirty50,
}

impl Dirty {
    /// The share of lines with a secret.
    pub fn share(self) -> f64 {
        match self {
            Dirty::Clean => 0.0,
            Dirty::Dirty2 => 0.02,
            Dirty::Dirty50 => 0.5,
        }
    }
}

/// How the lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line, as applications write it.
    Json,
    /// Nginx's combined format with timing fields.
    Access,
    /// RFC 3164.
    Syslog,
    /// Log4j, with a stack trace now and then.
    Java,
    /// Klog, and events as JSON.
    Kubernetes,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] = [Format::Json, Format::Access, Format::Syslog, Format::Java, Format::Kubernetes];
}

/// Generated logs and what is known about them.
pub struct Sample {
    /// Whole lines, each ending in LF.
    pub bytes: Vec<u8>,
    /// How many lines.
    pub lines: usize,
    /// How many of them hold a secret.
    pub secrets: usize,
}

/// Logs of all formats mixed: at least `bytes` bytes, and less than one event more.
pub fn logs(bytes: usize, seed: u64, dirty: Dirty) -> Sample {
    generate(bytes, seed, dirty, &Format::ALL)
}

/// The same in one format.
pub fn logs_of(format: Format, bytes: usize, seed: u64, dirty: Dirty) -> Sample {
    generate(bytes, seed, dirty, &[format])
}

fn generate(bytes: usize, seed: u64, dirty: Dirty, formats: &[Format]) -> Sample {
    let mut writer = Writer { random: Random(seed), millis: EPOCH_MILLIS };
    let mut sample = Sample { bytes: Vec::with_capacity(bytes + 4096), lines: 0, secrets: 0 };
    // An event can have many lines and only its first holds the secret, so what is owed is carried over to keep the share of lines.
    let mut owed = 0.0;
    while sample.bytes.len() < bytes {
        writer.millis += writer.random.below(400);
        let format = *writer.random.pick(formats);
        let is_dirty = writer.random.chance(owed + dirty.share());
        let event = writer.event(format, is_dirty);
        let lines = event.matches('\n').count();
        sample.bytes.extend_from_slice(event.as_bytes());
        sample.lines += lines;
        sample.secrets += usize::from(is_dirty);
        owed += lines as f64 * dirty.share() - f64::from(u8::from(is_dirty));
    }
    sample
}

/// 2024-06-01 00:00:00 UTC. Not today's date, and not only for the sake of repeatable bytes: read as `YYMMDD` or `DDMMYY` its digits are
/// no date, so a timestamp never passes for one of the national numbers that begin with a birthday.
const EPOCH_MILLIS: u64 = 1_717_200_000_000;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) < probability * (1u64 << 53) as f64
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(alphabet.as_bytes()))).collect()
    }
}

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const UPPER_DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_DIGITS: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What the pod names of Kubernetes are made of.
const POD: &str = "bcdfghjklmnpqrstvwxz2456789";

const SERVICES: [&str; 8] = ["checkout", "orders", "catalog", "billing", "search", "gateway", "inventory", "mailer"];
const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2"];
const USERS: [&str; 8] = ["deploy", "jenkins", "postgres", "svc-ci", "backup", "airflow", "root", "operator"];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.4.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0",
    "kube-probe/1.29",
    "okhttp/4.12.0",
];

/// A secret and the ways to write it.
struct Secret {
    /// The key that it stands beside in JSON and in queries.
    key: &'static str,
    value: String,
    /// How a message says it, value included.
    prose: String,
    /// Whether it can stand in a query as it is.
    in_query: bool,
}

impl Secret {
    fn new(key: &'static str, value: String, prose: impl FnOnce(&str) -> String) -> Self {
        let in_query = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte));
        let prose = prose(&value);
        Secret { key, value, prose, in_query }
    }

    fn is_number(&self) -> bool {
        self.value.bytes().all(|byte| byte.is_ascii_digit())
    }
}

struct Writer {
    random: Random,
    millis: u64,
}

/// The formats.
impl Writer {
    fn event(&mut self, format: Format, is_dirty: bool) -> String {
        let secret = is_dirty.then(|| self.secret());
        match format {
            Format::Json => self.json(secret),
            Format::Access => self.access(secret),
            Format::Syslog => self.syslog(secret),
            Format::Java => self.java(secret),
            Format::Kubernetes if self.random.chance(0.3) => self.kubernetes_event(secret),
            Format::Kubernetes => self.klog(secret),
        }
    }

    fn json(&mut self, secret: Option<Secret>) -> String {
        let (message, field) = self.json_parts(secret);
        let time_key = *self.random.pick(&["@timestamp", "ts", "time"]);
        let level = *self.random.pick(&["info", "info", "info", "warn", "error", "debug"]);
        let service = *self.random.pick(&SERVICES);
        format!(
            "{{\"{time_key}\":\"{}\",\"level\":\"{level}\",\"service\":\"{service}\",\"version\":\"{}\",\"host\":\"{}\",\"pid\":{},\
             \"trace_id\":\"{}\",\"span_id\":\"{}\",\"msg\":\"{message}\"{field},\"duration_ms\":{}.{:03},\"received\":{},\
             \"caller\":\"{service}/handler.go:{}\"}}\n",
            self.iso('T', '.'),
            self.version(),
            self.host(),
            self.random.between(2, 32_768),
            self.random.text(HEX, 32),
            self.random.text(HEX, 16),
            self.random.below(900),
            self.random.below(1000),
            self.millis,
            self.random.between(10, 900),
        )
    }

    /// The message and a field behind it, of which one holds the secret.
    fn json_parts(&mut self, secret: Option<Secret>) -> (String, String) {
        let Some(Secret { key, value, prose, .. }) = &secret else {
            return (self.message(), String::new());
        };
        let number = secret.as_ref().is_some_and(Secret::is_number);
        match self.random.below(10) {
            0..2 => (format!("{}, {prose}", self.message()), String::new()),
            2..4 => {
                (format!("{} body={{\\\"{key}\\\":\\\"{value}\\\",\\\"n\\\":{}}}", self.message(), self.random.below(99)), String::new())
            }
            4..6 if number => (self.message(), format!(",\"{key}\":{value}")),
            4..6 => (self.message(), format!(",\"request\":{{\"{key}\":\"{value}\",\"attempt\":{}}}", self.random.between(1, 5))),
            _ => (self.message(), format!(",\"{key}\":\"{value}\"")),
        }
    }

    fn access(&mut self, secret: Option<Secret>) -> String {
        let user = if self.random.chance(0.15) { format!("{}@corp", self.random.pick(&USERS)) } else { "-".to_owned() };
        let mut path = self.url_path();
        let mut referer = format!("https://shop.example/c/{}?page={}", self.random.between(1, 4000), self.random.between(1, 40));
        let mut note = if self.random.chance(0.5) { format!(" note=\"{}\"", self.message()) } else { String::new() };
        match secret {
            Some(Secret { key, value, in_query: true, .. }) if self.random.chance(0.7) => {
                let query = format!("{}{key}={value}", if path.contains('?') { '&' } else { '?' });
                if self.random.chance(0.7) { path += &query } else { referer = format!("{referer}&{key}={value}&lang=en") }
            }
            Some(Secret { prose, .. }) => note = format!(" note=\"{prose}\""),
            None => {}
        }
        let seconds = self.millis / 1000;
        let (year, month, day) = civil(seconds / 86_400);
        format!(
            "{} - {user} [{day:02}/{}/{year}:{} +0000] \"{} {path} HTTP/{}\" {} {} \"{referer}\" \"{}\" rt=0.{:03} uct=0.{:03} \
             msec={seconds}.{:03} rid={}{note}\n",
            self.public_ip(),
            MONTHS[month - 1],
            clock(seconds),
            self.random.pick(&["GET", "GET", "GET", "POST", "PUT"]),
            self.random.pick(&["1.1", "2.0"]),
            self.random.pick(&[200, 200, 200, 204, 301, 304, 401, 404, 500]),
            self.random.between(100, 99_999),
            self.random.pick(&AGENTS),
            self.random.below(1000),
            self.random.below(1000),
            self.millis % 1000,
            self.random.text(HEX, 32),
        )
    }

    fn syslog(&mut self, secret: Option<Secret>) -> String {
        let body = match (secret, self.random.below(8)) {
            (Some(Secret { prose, .. }), _) => format!("app[{}]: {prose}", self.random.between(300, 65_000)),
            (None, 0) => format!(
                "sshd[{}]: Accepted publickey for {} from {} port {} ssh2: ED25519 SHA256:{}",
                self.random.between(300, 65_000),
                self.random.pick(&USERS),
                self.private_ip(),
                self.random.between(1024, 65_535),
                self.random.text(BASE64, 43)
            ),
            (None, 1) => format!(
                "kernel: [{}.{:06}] eth0: renamed from veth{}, mtu {} link {:02x}:{:02x}:{:02x}:00:1b:{:02x}",
                self.random.between(10_000, 9_999_999),
                self.random.below(1_000_000),
                self.random.text(HEX, 7),
                self.random.pick(&[1450, 1500, 9001]),
                self.random.below(256),
                self.random.below(256),
                self.random.below(256),
                self.random.below(256)
            ),
            (None, 2) => format!(
                "sshd[{}]: Failed password for invalid user {} from {} port {} ssh2",
                self.random.between(300, 65_000),
                self.random.pick(&USERS),
                self.public_ip(),
                self.random.between(1024, 65_535)
            ),
            (None, 3) => format!(
                "systemd[1]: Started session-{}.scope - Session {} of user {}@{}.",
                self.random.between(10, 9999),
                self.random.between(10, 9999),
                self.random.pick(&USERS),
                self.bare_host()
            ),
            (None, 4) => format!(
                "sudo[{}]: {} : TTY=pts/{} ; PWD=/srv/{} ; USER=root ; COMMAND=/usr/bin/rsync -a /data/{}/ {}@{}:/backup/",
                self.random.between(300, 65_000),
                self.random.pick(&USERS),
                self.random.below(20),
                self.random.pick(&SERVICES),
                self.random.between(20_240_101, 20_240_630),
                self.random.pick(&USERS),
                self.bare_host()
            ),
            _ => format!("app[{}]: {}", self.random.between(300, 65_000), self.message()),
        };
        let seconds = self.millis / 1000;
        let (_, month, day) = civil(seconds / 86_400);
        // Files and journals are copied to a collector with their own sequence number and receive time, so both stand in front.
        let lead = format!("{} {day:2} {} {}", MONTHS[month - 1], clock(seconds), self.bare_host());
        format!("{lead} {body} seq={} at={}\n", self.random.between(1000, 99_999_999), self.millis * 1000 + self.random.below(1000))
    }

    fn java(&mut self, secret: Option<Secret>) -> String {
        let fails = self.random.chance(0.04);
        let level = if fails { "ERROR" } else { *self.random.pick(&["INFO ", "INFO ", "WARN ", "DEBUG"]) };
        let class = *self.random.pick(&["OrderService", "PaymentClient", "TokenFilter", "CacheLoader", "QuorumPeer", "KeyspaceListener"]);
        let object = if self.random.chance(0.3) { format!("@{}", self.random.text(HEX, 7)) } else { String::new() };
        let message = match secret {
            Some(Secret { prose, .. }) => prose,
            None => self.message(),
        };
        let mut event = format!(
            "{} {level} [http-nio-8080-exec-{}] c.a.{}.{class}{object}:{} [{},{}] - {message} ({} ms)\n",
            self.iso(' ', ','),
            self.random.between(1, 200),
            self.random.pick(&SERVICES),
            self.random.between(20, 900),
            self.random.text(HEX, 16),
            self.long_id(),
            self.random.between(1, 4000),
        );
        if fails {
            event += &format!(
                "java.util.concurrent.TimeoutException: no answer from /{}:{} within {} ms\n",
                self.private_ip(),
                self.random.between(1024, 9999),
                self.random.between(1000, 30_000)
            );
            for _ in 0..self.random.between(3, 9) {
                event += &self.stack_frame();
            }
            event += &format!(
                "Caused by: java.io.IOException: stream closed by peer at offset {}, channel 0x{}\n",
                self.random.between(100_000_000, 999_999_999),
                self.random.text(HEX, 8)
            );
            event += &self.stack_frame();
            event += &format!("\t... {} common frames omitted\n", self.random.between(10, 99));
        }
        event
    }

    fn stack_frame(&mut self) -> String {
        let class =
            *self.random.pick(&["OrderService", "PasswordEncoder", "TokenBucket", "KeyResolver", "HttpProcessor", "PooledConnection"]);
        let line = self.random.between(20, 2000);
        let version = self.version();
        match self.random.below(3) {
            0 => format!(
                "\tat com.acme.{}.{class}.lambda$run${}({class}.java:{line}) ~[app-{version}.jar!/:{version}]\n",
                self.random.pick(&SERVICES),
                self.random.below(9)
            ),
            1 => format!(
                "\tat com.acme.{}.{class}$$EnhancerByCGLIB$${}.invoke(<generated>) [{version}]\n",
                self.random.pick(&SERVICES),
                self.random.text(HEX, 8)
            ),
            _ => format!("\tat java.base/java.util.concurrent.{class}.run({class}.java:{line}) ~[?:17.0.{}]\n", self.random.below(12)),
        }
    }

    fn klog(&mut self, secret: Option<Secret>) -> String {
        let seconds = self.millis / 1000;
        let (_, month, day) = civil(seconds / 86_400);
        let message = match &secret {
            Some(secret) => secret.prose.clone(),
            None => self.message(),
        };
        let rest = match self.random.below(4) {
            0 => format!("image=\"registry.local/{}@sha256:{}\"", self.random.pick(&SERVICES), self.random.text(HEX, 64)),
            1 => format!("volume=\"kube-api-access-{}\" podUID=\"{}\"", self.random.text(POD, 5), self.uuid()),
            2 => format!("resourceVersion=\"{}\" generation={}", self.random.between(10_000_000, 999_999_999), self.random.between(1, 90)),
            _ => format!("containerID=\"containerd://{}\" restarts={}", self.random.text(HEX, 64), self.random.below(9)),
        };
        format!(
            "{}{month:02}{day:02} {}.{:06} {:7} kubelet.go:{}] \"{message}\" pod=\"{}/{}\" {rest}\n",
            self.random.pick(&["I", "I", "I", "W", "E"]),
            clock(seconds),
            self.millis % 1000 * 1000 + self.random.below(1000),
            self.random.between(1, 99_999),
            self.random.between(100, 3000),
            self.random.pick(&["prod", "staging", "kube-system"]),
            self.pod(),
        )
    }

    fn kubernetes_event(&mut self, secret: Option<Secret>) -> String {
        let (message, field) = self.json_parts(secret);
        let pod = self.pod();
        let reason = *self.random.pick(&["Pulled", "Scheduled", "Unhealthy", "BackOff", "FailedMount"]);
        format!(
            "{{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{{\"name\":\"{pod}.{}\",\"namespace\":\"prod\",\"uid\":\"{}\",\
             \"resourceVersion\":\"{}\"}},\"reason\":\"{reason}\",\"message\":\"{message}\"{field},\"count\":{},\
             \"firstTimestamp\":\"{}\",\"reportingInstance\":\"{}\"}}\n",
            self.random.text(HEX, 16),
            self.uuid(),
            self.random.between(10_000_000, 999_999_999),
            self.random.between(1, 400),
            self.iso('T', '.'),
            self.host(),
        )
    }
}

/// What clean lines say. Nothing here may be masked at the default threshold; much of it looks as if it should be.
impl Writer {
    fn message(&mut self) -> String {
        match self.random.below(10) {
            0..6 => self.key_word_message(),
            6..8 => self.at_message(),
            _ => self.number_message(),
        }
    }

    fn key_word_message(&mut self) -> String {
        let small = self.random.between(2, 90);
        let count = self.random.between(100, 99_999);
        match self.random.below(30) {
            0 => format!("password reset requested for user {count} from {}", self.public_ip()),
            1 => format!("token bucket refilled to {count} in {small} ms"),
            2 => format!("authorization failed for user={}@{} after {small} attempts", self.random.pick(&USERS), self.bare_host()),
            3 => format!("completion done max_tokens=4096 prompt_tokens={count} completion_tokens={small}"),
            4 => format!("grant issued token_type=Bearer expires_in={count} scope=orders:read"),
            5 => format!("client started with apiKey=undefined region={} pool={small}", self.random.pick(&REGIONS)),
            6 => format!("secret rotation finished for {}", self.secret_arn()),
            7 => format!("duplicate key value violates unique constraint orders_pkey, Key (id)=({count}) already exists"),
            8 => format!("cache miss key=profile:{count}:v{small} ttl={}", self.random.between(60, 86_400)),
            9 => format!("decrypt ok key_id={} in {small} ms", self.key_arn()),
            10 => format!("could not refresh credentials, retry {small} in {count} ms"),
            11 => format!("password_policy=strict min_length={small} max_age_days=90 history={}", self.random.between(1, 24)),
            12 => format!("passwordEncoder=bcrypt rounds=12 took {count} us"),
            13 => format!("secret_name=orders-db-{small} version={count} mounted"),
            14 => format!("listed {small} items, next_page_token=null, {count} scanned"),
            15 => format!("api key quota at {small} percent, {count} calls left"),
            16 => format!("db config host=db-{small} port=5432 user=app password=**** pool={}", self.random.between(5, 50)),
            17 => format!("expected header Authorization: Bearer <token>, got {small} bytes"),
            18 => format!("env check DB_PASSWORD=${{DB_PASSWORD}} resolved={small} of {count}"),
            19 => format!("csrf token mismatch on form {small}, request {}", self.uuid()),
            20 => format!("hot key detected on shard {small}, {count} requests per second"),
            21 => format!("put object bucket=acme-logs key=2024/06/01/part-{count:05}.gz size={}", self.random.between(10_000, 99_999_999)),
            22 => format!("tokenizer loaded vocab=50257 merges={count} in {small} ms"),
            23 => {
                format!("no authorization rule matched, {small} rules tried, principal {}:i-{}", self.role_id(), self.random.text(HEX, 17))
            }
            24 => format!("login rejected password=None tries={small} remote={}", self.private_ip()),
            25 => format!("secrets store synced {small} of {count} entries"),
            26 => format!("public key of node {small} cached, sha256 {}", self.random.text(HEX, 64)),
            27 => format!("access token expired {count} s ago, kid {small}, jti {}", self.uuid()),
            28 => format!("partition key range {count}..{} split", count + self.random.between(1000, 90_000)),
            _ => format!("password change enforced for {small} of {count} users"),
        }
    }

    fn at_message(&mut self) -> String {
        let small = self.random.between(2, 90);
        match self.random.below(11) {
            0 => format!(
                "connected as {}@{}:5432 in {small} ms, backend {}",
                self.random.pick(&USERS),
                self.bare_host(),
                self.random.between(300, 65_000)
            ),
            1 => format!("released com.acme.pool.Lease@{} after {} ms", self.random.text(HEX, 7), self.random.between(100, 99_999)),
            2 => format!("resolved @acme/ui-kit@{} and {small} more in {}.{small}s", self.version(), self.random.below(60)),
            3 => format!("served /static/img/logo-{small}@2x.png from cache, etag {}", self.random.text(HEX, 20)),
            4 => format!("pulled registry.local/{}@sha256:{}", self.random.pick(&SERVICES), self.random.text(HEX, 64)),
            5 => format!("ticket for hdfs/nn-{small}@CORP renewed until {}", self.millis + self.random.between(1, 99_999_999)),
            6 => format!("QuorumPeer[myid={small}]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@{} looking", self.random.between(100, 999)),
            7 => format!(
                "job @hourly-{small} ran as {}@{} in {} ms",
                self.random.pick(&USERS),
                self.private_ip(),
                self.random.between(10, 99_999)
            ),
            8 => format!("fetched https://cdn.example:443/npm/@acme/ui-kit@{}/dist/index.js {small} kB", self.version()),
            9 => format!("@Transactional rollback on connection@{} attempt {small}", self.random.text(HEX, 8)),
            _ => format!("index lodash@{} react@{} checked, {small} peers", self.version(), self.version()),
        }
    }

    fn number_message(&mut self) -> String {
        let small = self.random.between(2, 90);
        match self.random.below(12) {
            0 => format!("order {} accepted, {small} items, request {}", self.long_id(), self.uuid()),
            1 => format!(
                "GET /v{}/orders/{} took {small}.{:03} ms",
                self.random.between(1, 3),
                self.random.between(10_000, 9_999_999),
                self.random.below(1000)
            ),
            2 => format!(
                "block blk_-{} replicated to {}:50010 size {}",
                self.no_card(19),
                self.private_ip(),
                self.random.between(10_000, 67_108_864)
            ),
            3 => format!("offset {} lag {small} partition {} epoch {}", self.long_id(), self.random.below(64), self.millis),
            4 => format!("retry {small} of 90, backoff {} ms, deadline {}", self.random.between(100, 9999), self.millis + 30_000),
            5 => format!("commit {} built as {} on {}", self.random.text(HEX, 40), self.version(), self.host()),
            6 => format!("assumed arn:aws:iam::{}:role/{}-{small}", self.account(), self.random.pick(&SERVICES)),
            7 => format!("s3 request {} host {}", self.random.text(UPPER_DIGITS, 16), self.random.text(BASE64, 56)),
            8 => format!("payment card declined code=51 order={} try={small}", self.long_id()),
            9 => format!(
                "gc pause {small}.{:06} s, heap {}K->{}K",
                self.random.below(1_000_000),
                self.random.between(100_000, 9_999_999),
                self.random.between(10_000, 99_999)
            ),
            10 => format!(
                "snowflake {} worker {small} seq {}",
                self.random.between(10u64.pow(18), 2 * 10u64.pow(18) - 1),
                self.random.below(4096)
            ),
            _ => format!(
                "wrote /var/lib/data/{}/segment-{:012}.log fsync {small} ms",
                self.random.text(HEX, 2),
                self.random.below(999_999_999)
            ),
        }
    }

    fn long_id(&mut self) -> String {
        match self.random.below(4) {
            0 => self.random.between(10_000_000, 99_999_999).to_string(),
            1 => (self.millis * 1_000_000 + self.random.below(1_000_000)).to_string(),
            2 => self.random.between(1_000_000_000, 1_999_999_999).to_string(),
            _ => self.no_card(16),
        }
    }

    /// A number as long as a card's, in an issuer's range, whose check digit is wrong: it must be looked at, and left alone.
    fn no_card(&mut self, length: usize) -> String {
        let prefix = *self.random.pick(&["4", "51", "37", "6011"]);
        let mut digits = format!("{prefix}{}", self.random.text(DIGITS, length - 1 - prefix.len()));
        let wrong = (luhn_digit(digits.as_bytes()) + 1 + self.random.below(9) as u8) % 10;
        digits.push(char::from(b'0' + wrong));
        digits
    }

    fn url_path(&mut self) -> String {
        match self.random.below(7) {
            0 => format!("/api/v2/orders/{}?page={}&size=50", self.random.between(100_000, 99_999_999), self.random.between(1, 40)),
            1 => format!("/static/img/hero-{}@2x.png", self.random.between(1, 400)),
            2 => format!("/npm/@acme/ui-kit@{}/dist/index.js", self.version()),
            3 => format!("/api/v1/carts/{}/items/{}", self.uuid(), self.random.between(1, 90)),
            4 => format!("/account/password/reset?step={}", self.random.between(1, 4)),
            5 => format!("/assets/app.{}.js?v={}", self.random.text(HEX, 20), self.millis),
            _ => format!("/oauth/token?grant=code&t={}", self.millis),
        }
    }

    fn public_ip(&mut self) -> String {
        let net = *self.random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
        format!("{net}.{}", self.random.between(1, 254))
    }

    fn private_ip(&mut self) -> String {
        format!("10.{}.{}.{}", self.random.below(256), self.random.below(256), self.random.between(1, 254))
    }

    /// A host without a domain, so that `user@host` is no e-mail address.
    fn bare_host(&mut self) -> String {
        format!("{}-{:02}", self.random.pick(&["web", "db", "build", "cache", "node"]), self.random.between(1, 99))
    }

    fn host(&mut self) -> String {
        format!(
            "ip-10-{}-{}-{}.{}.compute.internal",
            self.random.below(256),
            self.random.below(256),
            self.random.between(1, 254),
            self.random.pick(&REGIONS)
        )
    }

    fn version(&mut self) -> String {
        format!("{}.{}.{}", self.random.between(1, 19), self.random.below(40), self.random.below(60))
    }

    fn uuid(&mut self) -> String {
        let hex = self.random.text(HEX, 30);
        format!(
            "{}-{}-4{}-{}{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..15],
            self.random.pick(&["8", "9", "a", "b"]),
            &hex[15..18],
            &hex[18..]
        )
    }

    fn pod(&mut self) -> String {
        format!("{}-{}-{}", self.random.pick(&SERVICES), self.random.text(POD, 10), self.random.text(POD, 5))
    }

    fn account(&mut self) -> u64 {
        self.random.between(100_000_000_000, 999_999_999_999)
    }

    fn secret_arn(&mut self) -> String {
        let (region, service) = (*self.random.pick(&REGIONS), *self.random.pick(&SERVICES));
        format!("arn:aws:secretsmanager:{region}:{}:secret:prod/{service}-{}", self.account(), self.random.text(BASE62, 6))
    }

    fn key_arn(&mut self) -> String {
        format!("arn:aws:kms:{}:{}:key/{}", self.random.pick(&REGIONS), self.account(), self.uuid())
    }

    /// The id of a role: it looks like an access key id and is no secret.
    fn role_id(&mut self) -> String {
        format!("{}{}", concat!("AR", "OA"), self.random.text(BASE32, 17))
    }

    fn iso(&self, between: char, point: char) -> String {
        let seconds = self.millis / 1000;
        let (year, month, day) = civil(seconds / 86_400);
        let zone = if between == 'T' { "Z" } else { "" };
        format!("{year}-{month:02}-{day:02}{between}{}{point}{:03}{zone}", clock(seconds), self.millis % 1000)
    }
}

/// What dirty lines hide.
impl Writer {
    fn secret(&mut self) -> Secret {
        match self.random.below(20) {
            0 | 1 => {
                let key = *self.random.pick(&["password", "db_password", "passwd", "userPassword"]);
                let length = self.random.between(10, 20) as usize;
                Secret::new(key, self.password(length), |value| format!("login with {key}={value} host=db-3"))
            }
            2 | 3 => {
                let value = format!("Bearer {}", self.random.text(BASE62, 40));
                Secret::new("authorization", value, |value| format!("sent Authorization: {value}"))
            }
            4 => {
                let value = format!("Basic {}", base64(format!("app:{}", self.password(14)).as_bytes(), BASE64, true));
                Secret::new("Authorization", value, |value| format!("proxy asked with Authorization: {value}"))
            }
            5 => {
                let value = format!("{}{}", concat!("AK", "IA"), self.random.text(BASE32, 16));
                Secret::new("aws_access_key_id", value, |value| format!("signing as {value} for s3"))
            }
            6 => {
                let value = self.random.text(BASE62, 40);
                Secret::new("aws_secret_access_key", value, |value| format!("export AWS_SECRET_ACCESS_KEY={value}"))
            }
            7 => {
                let body = self.random.text(BASE62, 30);
                let value = format!("{}{body}{}", concat!("gh", "p_"), crc_base62(body.as_bytes()));
                Secret::new("github_token", value, |value| format!("git push with {value} rejected"))
            }
            8 => {
                let value = format!("{}{}", concat!("sk_", "live_"), self.random.text(BASE62, 24));
                Secret::new("stripe_key", value, |value| format!("charge made with {value} ok"))
            }
            9 => {
                let (team, bot) = (self.random.text(DIGITS, 11), self.random.text(DIGITS, 12));
                let value = format!("{}1{team}-{bot}-{}", concat!("xo", "xb-"), self.random.text(BASE62, 24));
                Secret::new("slack_token", value, |value| format!("posting to channel using {value}"))
            }
            10 => {
                let value = format!("{}{}.{}", concat!("S", "G."), self.random.text(BASE64_URL, 22), self.random.text(BASE62, 43));
                Secret::new("sendgrid_key", value, |value| format!("mail sender set up ({value})"))
            }
            11 | 12 => {
                let name = format!("{}.{}{}", self.random.text(LOWER, 5), self.random.text(LOWER, 7), self.random.between(1, 99));
                let value = format!("{name}@{}", self.random.pick(&["example.com", "mail.example.org", "example.net"]));
                Secret::new("email", value, |value| format!("notice queued for {value} ok"))
            }
            13 => {
                let value = self.card();
                Secret::new("card_number", value, |value| format!("charged card {value} for 49.90 EUR"))
            }
            14 => {
                let area = loop {
                    let area = self.random.between(1, 899);
                    if area != 666 {
                        break area;
                    }
                };
                let value = format!("{area:03}-{:02}-{:04}", self.random.between(1, 99), self.random.between(1, 9999));
                Secret::new("ssn", value, |value| format!("applicant ssn {value} verified"))
            }
            15 => {
                let value = self.iban();
                Secret::new("iban", value, |value| format!("payout to iban {value} booked"))
            }
            16 => {
                let value = self.jwt();
                Secret::new("id_token", value, |value| format!("session opened with {value}"))
            }
            17 | 18 => {
                let length = self.random.between(10, 18) as usize;
                let (host, scheme) = (self.bare_host(), *self.random.pick(&["postgres", "amqp", "mongodb", "https"]));
                let value = format!("{scheme}://app:{}@{host}:5432/orders", self.random.text(BASE62, length));
                Secret::new("database_url", value, |value| format!("connecting to {value}"))
            }
            _ => {
                // 555-0100 to 555-0199 are kept for fiction.
                let (area, line) = (self.random.pick(&[202, 212, 303, 415, 512, 617]), self.random.between(100, 199));
                let value = match self.random.below(3) {
                    0 => format!("+1{area}5550{line}"),
                    1 => format!("+1 {area} 555 0{line}"),
                    _ => format!("+1-{area}-555-0{line}"),
                };
                Secret::new("phone", value, |value| format!("code sent to phone {value} by sms"))
            }
        }
    }

    /// At least one letter in front, so that it is none of the words and masks that stand for nothing.
    fn password(&mut self, length: usize) -> String {
        let mut password = self.random.text(UPPER, 1) + &self.random.text(BASE62, length - 2);
        password.push(*self.random.pick(&['!', '-', '_', '9', 'x']));
        password
    }

    /// A card number with a right check digit, as a run or in groups.
    fn card(&mut self) -> String {
        let (prefix, length) = *self.random.pick(&[("4", 16), ("52", 16), ("54", 16), ("37", 15), ("6011", 16)]);
        let mut digits = format!("{prefix}{}", self.random.text(DIGITS, length - 1 - prefix.len()));
        digits.push(char::from(b'0' + luhn_digit(digits.as_bytes())));
        let groups: &[usize] = match (self.random.below(3), length) {
            (0, _) => return digits,
            (_, 15) => &[4, 6, 5],
            _ => &[4, 4, 4, 4],
        };
        let joint = *self.random.pick(&[" ", "-"]);
        let mut rest = digits.as_str();
        let mut parts = Vec::new();
        for &group in groups {
            let (part, behind) = rest.split_at(group);
            parts.push(part);
            rest = behind;
        }
        parts.join(joint)
    }

    fn iban(&mut self) -> String {
        let (country, account) = match self.random.below(3) {
            0 => ("DE", self.random.text(DIGITS, 18)),
            1 => ("GB", self.random.text(UPPER, 4) + &self.random.text(DIGITS, 14)),
            _ => ("NL", self.random.text(UPPER, 4) + &self.random.text(DIGITS, 10)),
        };
        let check = 98 - mod_97(&format!("{account}{country}00"));
        let iban = format!("{country}{check:02}{account}");
        if self.random.chance(0.5) {
            return iban;
        }
        iban.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
    }

    fn jwt(&mut self) -> String {
        let head = base64(br#"{"alg":"HS256","typ":"JWT"}"#, BASE64_URL, false);
        let claims = format!("{{\"sub\":\"{}\",\"iat\":{},\"scope\":\"orders\"}}", self.random.between(1000, 999_999), self.millis / 1000);
        format!("{head}.{}.{}", base64(claims.as_bytes(), BASE64_URL, false), self.random.text(BASE64_URL, 43))
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month and day of a day since 1970, in the Gregorian calendar.
fn civil(days: u64) -> (u64, usize, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month as usize, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// The digit that makes `digits` and itself pass the Luhn check.
fn luhn_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| {
            let digit = u32::from(digit - b'0') * (2 - at as u32 % 2);
            digit / 10 + digit % 10
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

fn mod_97(text: &str) -> u64 {
    text.chars()
        .filter_map(|char| char.to_digit(36))
        .fold(0, |rest, digit| (rest * if digit > 9 { 100 } else { 10 } + u64::from(digit)) % 97)
}

/// The CRC-32 of a token's body as six base-62 digits: the check that GitHub's tokens end in.
fn crc_base62(body: &[u8]) -> String {
    let mut crc = !0u32;
    for byte in body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
        }
    }
    let mut rest = !crc as usize;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62.as_bytes()[rest % 62];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

fn base64(bytes: &[u8], alphabet: &str, is_padded: bool) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0usize, |word, &byte| word << 8 | usize::from(byte)) << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(alphabet.as_bytes()[word >> (18 - 6 * at) & 63]));
        }
        if is_padded {
            text.push_str(&"="[..1].repeat(3 - chunk.len()));
        }
    }
    text
}
