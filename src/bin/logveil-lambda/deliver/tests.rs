//! Batches and retries, against sinks that do what they are told.

use std::sync::Mutex;

use super::*;

/// A sink that does what it is told, and keeps what it took.
struct Told {
    limits: Limits,
    taken: Mutex<Vec<Outgoing>>,
    tell: Box<dyn Fn(&Outgoing) -> Outcome + Send + Sync>,
}

const ROOM: Limits = Limits { records: 3, bytes: 1000, overhead: 0, key_counts: false, span: i64::MAX, keeps_order: false };

impl Sink for Told {
    fn limits(&self) -> Limits {
        self.limits
    }

    async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        assert!(batch.len() <= self.limits.records && !batch.is_empty());
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..20))).await;
        let outcomes: Vec<Outcome> = batch.iter().map(|record| (self.tell)(record)).collect();
        let arrived = batch.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Outcome::Delivered);
        self.taken.lock().unwrap().extend(arrived.map(|(record, _)| record.clone()));
        outcomes
    }
}

fn told(limits: Limits, tell: impl Fn(&Outgoing) -> Outcome + Send + Sync + 'static) -> Arc<Told> {
    Arc::new(Told { limits, taken: Mutex::default(), tell: Box::new(tell) })
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
    Plan { order, concurrency: 4, deadline, attempt: Duration::from_secs(60), yields: false }
}

#[tokio::test(start_paused = true)]
async fn everything_arrives_once_though_most_requests_fail() {
    let sink = told(ROOM, |_| if fastrand::u8(..) < 150 { Outcome::Again } else { Outcome::Delivered });
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
    let sink = told(ROOM, |_| if fastrand::u8(..) < 100 { Outcome::Again } else { Outcome::Delivered });
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
    for outcome in [Outcome::Again, Outcome::Refused] {
        let sink = told(ROOM, move |record| if record.input == 4 { outcome } else { Outcome::Delivered });
        let report = deliver(&sink, &records(20, 4), plan(Order::Strict, 100_000)).await;
        let missing = [report.undelivered.as_slice(), &report.refused].concat();
        let mut missing: Vec<usize> = missing.into_iter().collect();
        missing.sort_unstable();
        assert_eq!(missing, [4, 8, 12, 16], "{outcome:?}");
        assert_eq!(report.delivered, 16);
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_what_is_not_confirmed_is_undelivered() {
    let sink = told(ROOM, |record| if record.input % 2 == 0 { Outcome::Delivered } else { Outcome::Again });
    let report = deliver(&sink, &records(10, 1), plan(Order::BestEffort, 500)).await;
    assert_eq!((report.delivered, report.undelivered), (5, vec![1, 3, 5, 7, 9]));
    let late = deliver(&sink, &records(3, 1), plan(Order::BestEffort, 0)).await;
    assert_eq!((late.requests, late.undelivered.len()), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_need_not_wait_for_what_is_throttled() {
    let outcome = |record: &Outgoing| [Outcome::Again, Outcome::Refused, Outcome::Delivered][record.input % 3];
    let (sink, records) = (told(ROOM, outcome), records(9, 9));
    let patient = plan(Order::BestEffort, 60_000);
    let begin = Instant::now();
    let report = deliver(&sink, &records, Plan { yields: true, ..patient }).await;
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!((report.delivered, report.undelivered, report.refused), (3, vec![0, 3, 6], vec![1, 4, 7]));
}

#[tokio::test(start_paused = true)]
async fn to_a_closed_sink_nothing_more_is_sent() {
    let sink = told(ROOM, |_| Outcome::Closed);
    let report = deliver(&sink, &records(100, 7), plan(Order::BestEffort, 100_000)).await;
    assert_eq!((report.closed, report.delivered, report.undelivered.len(), report.refused.len()), (true, 0, 100, 0));
    assert_eq!(report.requests, 4, "what went at once");
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

#[tokio::test(start_paused = true)]
async fn a_record_that_spoils_its_requests_is_found_and_refused() {
    // A request that holds the record 13 is refused as a whole.
    let limits = Limits { records: 16, ..ROOM };
    let spoilt = Arc::new(Spoilt { limits, taken: Mutex::default() });
    let report = deliver(&spoilt, &records(40, 7), plan(Order::BestEffort, 100_000)).await;
    assert_eq!((report.delivered, report.undelivered.len(), report.refused), (39, 0, vec![13]));
    assert!(report.requests < 12, "{}", report.requests);
    assert!(spoilt.taken.lock().unwrap().iter().all(|&input| input != 13));
}

struct Spoilt {
    limits: Limits,
    taken: Mutex<Vec<usize>>,
}

impl Sink for Spoilt {
    fn limits(&self) -> Limits {
        self.limits
    }

    async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        if batch.iter().any(|record| record.input == 13) {
            return vec![Outcome::Apart; batch.len()];
        }
        self.taken.lock().unwrap().extend(batch.iter().map(|record| record.input));
        vec![Outcome::Delivered; batch.len()]
    }
}

#[tokio::test(start_paused = true)]
async fn strict_fills_requests_that_keep_their_order() {
    let limits = Limits { records: 100, keeps_order: true, ..ROOM };
    let sink = told(limits, |_| Outcome::Delivered);
    let report = deliver(&sink, &records(50, 2), plan(Order::Strict, 100_000)).await;
    assert_eq!((report.delivered, report.requests), (50, 1));
}
