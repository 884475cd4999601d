//! Records on their way to a sink: batches within its limits, several at a time, what failed sent again, until the
//! invocation's time is up.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::config::Order;

/// A masked record.
#[derive(Clone)]
pub struct Outgoing {
    pub data: Bytes,
    pub partition_key: Arc<str>,
    pub hash_key: Option<Arc<str>>,
    /// Milliseconds since 1970, for sinks that keep events by time.
    pub timestamp: i64,
    /// Which record of the invocation it comes from.
    pub input: usize,
}

/// What one request to a sink may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub records: usize,
    pub bytes: usize,
    /// What a record counts beside its data and its key.
    pub overhead: usize,
    pub key_counts: bool,
    /// Between the first and the last timestamp, in milliseconds.
    pub span: i64,
    /// Whether what one request holds arrives as a whole and in its order.
    pub keeps_order: bool,
}

/// What became of a record in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// Not now: a throttled shard, a failed request.
    Again,
    /// Not in this company: the request was refused for what one of its records is. A record that was alone is refused.
    Apart,
    /// Never, however often it is sent.
    Refused,
    /// Not in this invocation: the sink is not there, or not ours to write to.
    Closed,
}

/// Where batches go.
pub trait Sink: Send + Sync + 'static {
    fn limits(&self) -> Limits;

    /// Sends these records and says what became of each, in their order.
    fn put(&self, batch: &[Outgoing]) -> impl Future<Output = Vec<Outcome>> + Send;
}

/// How to send.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub order: Order,
    pub concurrency: usize,
    /// When to stop.
    pub deadline: Instant,
    /// How long one request may take.
    pub attempt: Duration,
    /// Whether to come back, once nothing is on its way, as soon as something is refused: it may have another place to go to
    /// while the rest waits.
    pub yields: bool,
}

/// What became of all of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub delivered: u64,
    /// Places of those that are not, as far as is known.
    pub undelivered: Vec<usize>,
    /// Places of those that the sink will never take.
    pub refused: Vec<usize>,
    pub requests: u64,
    /// Records that were sent again.
    pub retries: u64,
    /// Records that came after a successor of the same key.
    pub reordered: u64,
    /// Whether the sink is not there, or not ours to write to: nothing more was sent.
    pub closed: bool,
}

impl Report {
    /// Places of what did not arrive.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        self.undelivered.iter().chain(&self.refused).copied()
    }

    /// The same told of all records, where it was of those at these places.
    pub fn of(mut self, places: &[usize]) -> Self {
        self.undelivered.iter_mut().chain(&mut self.refused).for_each(|at| *at = places[*at]);
        self
    }
}

impl AddAssign for Report {
    fn add_assign(&mut self, mut other: Self) {
        self.delivered += other.delivered;
        self.undelivered.append(&mut other.undelivered);
        self.refused.append(&mut other.refused);
        self.requests += other.requests;
        self.retries += other.retries;
        self.reordered += other.reordered;
        self.closed |= other.closed;
    }
}

/// Exponential backoff with full jitter: a random time up to a bound that doubles.
/// (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.)
const FIRST_BACKOFF: Duration = Duration::from_millis(25);
const LONGEST_BACKOFF: Duration = Duration::from_secs(3);

/// `jitter` is from 0 to 1.
fn backoff(attempts: u32, jitter: f64) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << attempts.min(10)).min(LONGEST_BACKOFF).mul_f64(jitter)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// In a request of at most `company` records.
    Waiting {
        until: Instant,
        attempts: u32,
        company: usize,
    },
    Sent {
        attempts: u32,
        company: usize,
    },
    Delivered,
    Refused,
}

/// Sends all records, or as many as the time allows. A record that the sink has confirmed is never sent again; one whose
/// request got no answer may be, since nobody can tell whether it arrived.
pub async fn deliver<S: Sink>(sink: &Arc<S>, records: &[Outgoing], plan: Plan) -> Report {
    let mut queue = Queue::new(records, plan.order, sink.limits());
    let mut flights = JoinSet::new();
    let mut report = Report::default();
    loop {
        while !report.closed && flights.len() < plan.concurrency && Instant::now() < plan.deadline {
            let batch = queue.next_batch();
            if batch.is_empty() {
                break;
            }
            report.requests += 1;
            let (sink, end) = (Arc::clone(sink), plan.deadline.min(Instant::now() + plan.attempt));
            let sent: Vec<Outgoing> = batch.iter().map(|&place| records[place].clone()).collect();
            flights.spawn(async move {
                let outcomes = timeout_at(end, sink.put(&sent)).await.unwrap_or_default();
                (batch, outcomes)
            });
        }
        let wake = queue.next_wake().filter(|_| !report.closed);
        if flights.is_empty() && (wake.is_none() || (plan.yields && queue.has_refused())) {
            break;
        }
        let until = wake.map_or(plan.deadline, |wake| wake.min(plan.deadline));
        tokio::select! {
            flight = flights.join_next(), if !flights.is_empty() => {
                // A task that panicked has sent what nobody knows of: its records stay as sent, and are reported.
                if let Some(Ok((batch, outcomes))) = flight {
                    queue.settle(&batch, &outcomes, &mut report);
                }
            }
            () = sleep_until(until), if flights.len() < plan.concurrency || until == plan.deadline => {}
        }
        if Instant::now() >= plan.deadline {
            break;
        }
    }
    // What came back in the meantime counts.
    while let Some(flight) = flights.try_join_next() {
        if let Ok((batch, outcomes)) = flight {
            queue.settle(&batch, &outcomes, &mut report);
        }
    }
    queue.finish(&mut report);
    report
}

struct Queue<'r> {
    records: &'r [Outgoing],
    states: Vec<State>,
    order: Order,
    limits: Limits,
    /// All before it are delivered or refused.
    first: usize,
    /// The last place delivered of each key.
    latest: HashMap<&'r str, usize>,
}

impl<'r> Queue<'r> {
    fn new(records: &'r [Outgoing], order: Order, limits: Limits) -> Self {
        let waiting = State::Waiting { until: Instant::now(), attempts: 0, company: limits.records };
        Queue { records, states: vec![waiting; records.len()], order, limits, first: 0, latest: HashMap::new() }
    }

    /// Takes the next records that may go together, in order.
    fn next_batch(&mut self) -> Vec<usize> {
        let now = Instant::now();
        while matches!(self.states.get(self.first), Some(State::Delivered)) {
            self.first += 1;
        }
        let mut batch = Vec::new();
        let (mut bytes, mut earliest, mut latest, mut most) = (0, i64::MAX, i64::MIN, self.limits.records);
        let mut blocked: HashSet<&str> = HashSet::new();
        for (place, record) in self.records.iter().enumerate().skip(self.first) {
            let state = self.states[place];
            if state == State::Delivered || self.is_blocked(&blocked, record) {
                continue;
            }
            let State::Waiting { until, attempts, company } = state else {
                blocked.insert(&record.partition_key);
                continue;
            };
            if until > now {
                blocked.insert(&record.partition_key);
                continue;
            }
            let size = self.size(record);
            (earliest, latest) = (earliest.min(record.timestamp), latest.max(record.timestamp));
            most = most.min(company);
            let fits = bytes + size <= self.limits.bytes && latest.saturating_sub(earliest) <= self.limits.span;
            if batch.len() >= most || (!fits && !batch.is_empty()) {
                break;
            }
            bytes += size;
            self.states[place] = State::Sent { attempts, company };
            batch.push(place);
            if !self.limits.keeps_order {
                blocked.insert(&record.partition_key);
            }
        }
        batch
    }

    /// Whether a record has to wait for one before it that has its key.
    fn is_blocked(&self, blocked: &HashSet<&str>, record: &Outgoing) -> bool {
        self.order == Order::Strict && blocked.contains(&*record.partition_key)
    }

    fn size(&self, record: &Outgoing) -> usize {
        record.data.len() + self.limits.overhead + if self.limits.key_counts { record.partition_key.len() } else { 0 }
    }

    /// When the next record may be sent again, if one waits for that.
    fn next_wake(&self) -> Option<Instant> {
        let mut blocked: HashSet<&str> = HashSet::new();
        let mut wake = None;
        for (record, state) in self.records.iter().zip(&self.states).skip(self.first) {
            if *state == State::Delivered || self.is_blocked(&blocked, record) {
                continue;
            }
            blocked.insert(&record.partition_key);
            if let State::Waiting { until, .. } = *state {
                wake = Some(wake.map_or(until, |wake: Instant| wake.min(until)));
            }
        }
        wake
    }

    fn has_refused(&self) -> bool {
        self.states.contains(&State::Refused)
    }

    /// Notes what became of a batch. No outcome, as after a request without an answer, is another try.
    fn settle(&mut self, batch: &[usize], outcomes: &[Outcome], report: &mut Report) {
        // The same for all of a request, so that those that failed together go together again.
        let jitter = fastrand::f64();
        for (at, &place) in batch.iter().enumerate() {
            let State::Sent { attempts, company } = self.states[place] else { continue };
            self.states[place] = match outcomes.get(at).copied().unwrap_or(Outcome::Again) {
                Outcome::Delivered => {
                    report.delivered += 1;
                    let latest = self.latest.entry(&self.records[place].partition_key).or_insert(place);
                    report.reordered += u64::from(*latest > place);
                    *latest = place.max(*latest);
                    State::Delivered
                }
                Outcome::Apart if batch.len() > 1 => {
                    report.retries += 1;
                    State::Waiting { until: Instant::now(), attempts, company: batch.len().div_ceil(2) }
                }
                Outcome::Apart | Outcome::Refused => State::Refused,
                Outcome::Closed => {
                    report.closed = true;
                    State::Sent { attempts, company }
                }
                Outcome::Again => {
                    report.retries += 1;
                    State::Waiting { until: Instant::now() + backoff(attempts, jitter), attempts: attempts + 1, company }
                }
            };
        }
    }

    fn finish(self, report: &mut Report) {
        for (place, state) in self.states.iter().enumerate() {
            match state {
                State::Delivered => {}
                State::Refused => report.refused.push(place),
                State::Waiting { .. } | State::Sent { .. } => report.undelivered.push(place),
            }
        }
    }
}

#[cfg(test)]
mod tests;
