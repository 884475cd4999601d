//! Records on their way to a sink: batches within its limits, several at a time, what failed sent again, until the
//! invocation's time is up.

use std::collections::{HashMap, HashSet};
use std::future::Future;
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
}

/// What became of a record in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// Not now: a throttled shard, a failed request.
    Again,
    /// Never, however often it is sent.
    Refused,
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
}

/// Exponential backoff with full jitter: a random time up to a bound that doubles.
/// (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015.)
const FIRST_BACKOFF: Duration = Duration::from_millis(25);
const LONGEST_BACKOFF: Duration = Duration::from_secs(3);

fn backoff(attempts: u32) -> Duration {
    FIRST_BACKOFF.saturating_mul(1 << attempts.min(10)).min(LONGEST_BACKOFF).mul_f64(fastrand::f64())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Waiting { until: Instant, attempts: u32 },
    Sent { attempts: u32 },
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
        while flights.len() < plan.concurrency && Instant::now() < plan.deadline {
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
        let wake = queue.next_wake();
        if flights.is_empty() && wake.is_none() {
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
        let waiting = State::Waiting { until: Instant::now(), attempts: 0 };
        Queue { records, states: vec![waiting; records.len()], order, limits, first: 0, latest: HashMap::new() }
    }

    /// Takes the next records that may go together, in order.
    fn next_batch(&mut self) -> Vec<usize> {
        let now = Instant::now();
        while matches!(self.states.get(self.first), Some(State::Delivered)) {
            self.first += 1;
        }
        let mut batch = Vec::new();
        let (mut bytes, mut earliest, mut latest) = (0, i64::MAX, i64::MIN);
        let mut blocked: HashSet<&str> = HashSet::new();
        for (place, record) in self.records.iter().enumerate().skip(self.first) {
            let state = self.states[place];
            if state == State::Delivered || (self.order == Order::Strict && !blocked.insert(&record.partition_key)) {
                continue;
            }
            let State::Waiting { until, attempts } = state else { continue };
            if until > now {
                continue;
            }
            let size = self.size(record);
            (earliest, latest) = (earliest.min(record.timestamp), latest.max(record.timestamp));
            let fits = bytes + size <= self.limits.bytes && latest.saturating_sub(earliest) <= self.limits.span;
            if batch.len() == self.limits.records || (!fits && !batch.is_empty()) {
                break;
            }
            bytes += size;
            self.states[place] = State::Sent { attempts };
            batch.push(place);
        }
        batch
    }

    fn size(&self, record: &Outgoing) -> usize {
        record.data.len() + self.limits.overhead + if self.limits.key_counts { record.partition_key.len() } else { 0 }
    }

    /// When the next record may be sent again, if one waits for that.
    fn next_wake(&self) -> Option<Instant> {
        let mut blocked: HashSet<&str> = HashSet::new();
        let waiting = self.records.iter().zip(&self.states).skip(self.first).filter_map(|(record, state)| {
            let is_blocked = *state != State::Delivered && self.order == Order::Strict && !blocked.insert(&record.partition_key);
            match state {
                State::Waiting { until, .. } if !is_blocked => Some(*until),
                _ => None,
            }
        });
        waiting.min()
    }

    /// Notes what became of a batch. No outcome, as after a request without an answer, is another try.
    fn settle(&mut self, batch: &[usize], outcomes: &[Outcome], report: &mut Report) {
        for (at, &place) in batch.iter().enumerate() {
            let State::Sent { attempts } = self.states[place] else { continue };
            self.states[place] = match outcomes.get(at).copied().unwrap_or(Outcome::Again) {
                Outcome::Delivered => {
                    report.delivered += 1;
                    let latest = self.latest.entry(&self.records[place].partition_key).or_insert(place);
                    report.reordered += u64::from(*latest > place);
                    *latest = place.max(*latest);
                    State::Delivered
                }
                Outcome::Refused => State::Refused,
                Outcome::Again => {
                    report.retries += 1;
                    State::Waiting { until: Instant::now() + backoff(attempts), attempts: attempts + 1 }
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
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A sink that does what it is told, and keeps what it took.
    struct Told {
        taken: Mutex<Vec<Outgoing>>,
        tell: fn(&Outgoing) -> Outcome,
    }

    const ROOM: Limits = Limits { records: 3, bytes: 1000, overhead: 0, key_counts: false, span: i64::MAX };

    impl Sink for Told {
        fn limits(&self) -> Limits {
            ROOM
        }

        async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
            assert!((1..=ROOM.records).contains(&batch.len()));
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..20))).await;
            let outcomes: Vec<Outcome> = batch.iter().map(self.tell).collect();
            let delivered = batch.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Delivered);
            self.taken.lock().unwrap().extend(delivered.map(|(record, _)| record.clone()));
            outcomes
        }
    }

    fn told(tell: fn(&Outgoing) -> Outcome) -> Arc<Told> {
        Arc::new(Told { taken: Mutex::default(), tell })
    }

    fn records(count: usize, keys: usize) -> Vec<Outgoing> {
        let record = |input: usize| Outgoing {
            data: Bytes::from(vec![b'x'; 10]),
            partition_key: Arc::from(format!("key {}", input % keys)),
            hash_key: None,
            timestamp: input as i64,
            input,
        };
        (0..count).map(record).collect()
    }

    fn plan(order: Order, milliseconds: u64) -> Plan {
        let deadline = Instant::now() + Duration::from_millis(milliseconds);
        Plan { order, concurrency: 4, deadline, attempt: Duration::from_secs(60) }
    }

    #[tokio::test(start_paused = true)]
    async fn everything_arrives_once_though_most_requests_fail() {
        let sink = told(|_| if fastrand::u8(..) < 150 { Outcome::Again } else { Outcome::Delivered });
        let records = records(200, 7);
        let report = deliver(&sink, &records, plan(Order::BestEffort, 1_000_000)).await;
        assert_eq!((report.delivered, report.undelivered.len(), report.refused.len()), (200, 0, 0));
        assert!(report.retries > 50 && report.requests > 67);
        let mut taken: Vec<usize> = sink.taken.lock().unwrap().iter().map(|record| record.input).collect();
        taken.sort_unstable();
        assert_eq!(taken, (0..200).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn strict_keeps_the_order_of_each_key() {
        let sink = told(|_| if fastrand::u8(..) < 100 { Outcome::Again } else { Outcome::Delivered });
        let records = records(150, 5);
        let report = deliver(&sink, &records, plan(Order::Strict, 10_000_000)).await;
        assert_eq!((report.delivered, report.reordered), (150, 0));
        let taken = sink.taken.lock().unwrap();
        for key in 0..5 {
            let of_key: Vec<usize> = taken.iter().map(|record| record.input).filter(|input| input % 5 == key).collect();
            assert!(of_key.is_sorted(), "{of_key:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn strict_lets_nothing_pass_a_record_that_does_not_arrive() {
        let tells: [fn(&Outgoing) -> Outcome; 2] = [
            |record| if record.input == 4 { Outcome::Again } else { Outcome::Delivered },
            |record| if record.input == 4 { Outcome::Refused } else { Outcome::Delivered },
        ];
        for tell in tells {
            let report = deliver(&told(tell), &records(20, 4), plan(Order::Strict, 100_000)).await;
            let mut missing = [report.undelivered.as_slice(), &report.refused].concat();
            missing.sort_unstable();
            assert_eq!((missing, report.delivered), (vec![4, 8, 12, 16], 16));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_what_is_not_confirmed_is_undelivered() {
        let sink = told(|record| if record.input % 2 == 0 { Outcome::Delivered } else { Outcome::Again });
        let report = deliver(&sink, &records(10, 1), plan(Order::BestEffort, 500)).await;
        assert_eq!((report.delivered, report.undelivered), (5, vec![1, 3, 5, 7, 9]));
        let late = deliver(&sink, &records(3, 1), plan(Order::BestEffort, 0)).await;
        assert_eq!((late.requests, late.undelivered.len()), (0, 3));
    }

    /// Never answers.
    struct Silent;

    impl Sink for Silent {
        fn limits(&self) -> Limits {
            ROOM
        }

        async fn put(&self, _: &[Outgoing]) -> Vec<Outcome> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_without_an_answer_is_made_again_and_reported() {
        let mut plan = plan(Order::BestEffort, 1000);
        plan.attempt = Duration::from_millis(100);
        let report = deliver(&Arc::new(Silent), &records(3, 1), plan).await;
        assert_eq!((report.delivered, report.undelivered), (0, vec![0, 1, 2]));
        assert!(report.requests > 1);
    }

    #[test]
    fn batches_keep_the_limits() {
        let batch = |limits, records: &[Outgoing]| Queue::new(records, Order::BestEffort, limits).next_batch();
        let many = records(10, 1);
        assert_eq!(batch(ROOM, &many), [0, 1, 2]);
        assert_eq!(batch(Limits { bytes: 25, ..ROOM }, &many), [0, 1]);
        assert_eq!(batch(Limits { bytes: 25, overhead: 3, ..ROOM }, &many), [0]);
        assert_eq!(batch(Limits { bytes: 29, key_counts: true, ..ROOM }, &many), [0]);
        assert_eq!(batch(Limits { span: 1, ..ROOM }, &many), [0, 1]);
        // One that is larger by itself goes alone: the sink says what it thinks of it.
        assert_eq!(batch(Limits { bytes: 5, ..ROOM }, &many), [0]);
        assert_eq!(Queue::new(&many, Order::Strict, ROOM).next_batch(), [0]);
        assert_eq!(Queue::new(&records(10, 2), Order::Strict, ROOM).next_batch(), [0, 1]);
    }
}
