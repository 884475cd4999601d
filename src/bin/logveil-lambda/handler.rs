//! An invocation from its event to its answer.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaEvent as Invocation};
use logveil::envelope::{Envelope, LambdaEvent};
use logveil::{Cache, Redactor};
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::aws::Clients;
use crate::config::{Config, Target};
use crate::deliver::{Outcome, Outgoing, Plan, Report, deliver};
use crate::live::Live;
use crate::metrics::Measured;
use crate::pack::Packed;
use crate::prepare::{Decoded, Input, Preparer};
use crate::sink::{Objects, Service};
use crate::{Error, log};

/// What lives from invocation to invocation.
pub struct Handler {
    config: Config,
    live: Mutex<Live>,
    cache: Mutex<Cache>,
    sink: Option<Arc<Service>>,
    fallback: Option<Arc<Service>>,
    quarantine: Option<Objects>,
}

/// The answer for Kinesis when nothing failed.
const NO_FAILURES: &str = r#"{"batchItemFailures":[]}"#;

impl Handler {
    /// Reads policy and keys, and makes the clients.
    ///
    /// # Errors
    /// When policy, packs or keys cannot be read or are wrong.
    pub async fn new(config: Config) -> Result<Self, Error> {
        let clients = Clients::new(&config.aws);
        let live = Live::new(&config, &clients).await?;
        let service = |target: &Target| Service::new(target, &config, &clients);
        let quarantine = config.quarantine.clone().map(|place| Objects::new(clients.s3(), place, config.quarantine_kms_key.clone()));
        Ok(Handler {
            sink: service(&config.sink),
            fallback: config.fallback.as_ref().and_then(service),
            quarantine,
            live: Mutex::new(live),
            cache: Mutex::default(),
            config,
        })
    }

    /// Masks the records of an event and delivers them.
    ///
    /// # Errors
    /// When the event is of no known kind, or, where single records cannot be reported, something was not delivered: Lambda
    /// sends the event again.
    pub async fn handle(&self, invocation: Invocation<Box<RawValue>>) -> Result<Box<RawValue>, Error> {
        let Invocation { payload, context, .. } = invocation;
        let mut measured = Measured::default();
        let redactor = self.live.lock().await.redactor().await;
        let (redactor, is_stale) = redactor.inspect_err(log::error)?;
        measured.refresh_failures = u64::from(is_stale);
        let answer = self.answer(payload, &context, &redactor, &mut measured).await;
        if let Err(error) = &answer {
            log::error(error);
        }
        for line in measured.lines(&self.config.function, &context.request_id, &redactor, self.config.rule_metrics) {
            log::print(&line);
        }
        answer
    }

    async fn answer(
        &self,
        event: Box<RawValue>,
        context: &Context,
        redactor: &Redactor,
        measured: &mut Measured,
    ) -> Result<Box<RawValue>, Error> {
        let envelope = self.envelope(redactor);
        let mut cache = self.cache.lock().await;
        let begin = Instant::now();
        let (inputs, is_batch) = match LambdaEvent::parse(event.get().as_bytes())? {
            LambdaEvent::Firehose(records) => {
                let (mut answer, mut undecodable) = (Vec::new(), Vec::new());
                measured.counts = envelope.answer_firehose_with(&records, &mut cache, &mut answer, |record, counts| {
                    if self.quarantine.is_some() && counts.stand_ins().next().is_some() {
                        undecodable.push(record.data().bytes());
                    }
                });
                measured.records = records.len() as u64;
                measured.report.delivered = measured.records;
                measured.mask = begin.elapsed();
                // Whatever comes of it: what is not answered, or with an error, Firehose stores as it was.
                for bytes in undecodable {
                    measured.failed += u64::from(!self.quarantine("record", &bytes, self.plan(context), measured).await);
                }
                (measured.bytes_in, measured.bytes_out) = (event.get().len() as u64, answer.len() as u64);
                return raw(String::from_utf8(answer).map_err(|_| "the answer is not text")?);
            }
            LambdaEvent::Kinesis(records) => {
                let inputs = records.iter().map(|record| Input {
                    sequence_number: Some(record.sequence_number.clone()),
                    partition_key: Arc::from(record.partition_key.as_str()),
                    bytes: Decoded::new(&record.data, &envelope, &mut cache),
                });
                (inputs.collect::<Vec<_>>(), true)
            }
            LambdaEvent::CloudWatch(data) => {
                let bytes = Decoded::new(&data, &envelope, &mut cache);
                (vec![Input { sequence_number: None, partition_key: Arc::from(context.request_id.as_str()), bytes }], false)
            }
            _ => return Err("the event is of a kind that is not known".into()),
        };
        // As base64 it is no longer needed, and it is the largest there is.
        drop(event);
        measured.decode = begin.elapsed();
        measured.records = inputs.len() as u64;
        measured.bytes_in = inputs.iter().map(|input| input.bytes.raw().len() as u64).sum();
        let failed = self.deliver(inputs, envelope, context, &mut cache, measured).await?;
        measured.failed = failed.len() as u64;
        match failed.first() {
            None if is_batch => raw(NO_FAILURES.to_owned()),
            None => raw("null".to_owned()),
            Some(Some(sequence_number)) => {
                let item = serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": sequence_number }] });
                raw(item.to_string())
            }
            Some(None) => Err("the event was not delivered".into()),
        }
    }

    fn envelope<'r>(&'r self, redactor: &'r Redactor) -> Envelope<'r> {
        Envelope::new(redactor)
            .form(self.config.form)
            .gzip_level(self.config.gzip_level)
            .inflated_limit(self.config.inflated_limit)
            .ignoring(&self.config.ignored_log_groups)
            .timed_by(clock)
    }

    /// Masks and sends, and answers with the sequence numbers of what was not delivered, in the order in which they came:
    /// Lambda gives a batch in ascending order.
    async fn deliver(
        &self,
        inputs: Vec<Input>,
        envelope: Envelope<'_>,
        context: &Context,
        cache: &mut Cache,
        measured: &mut Measured,
    ) -> Result<Vec<Option<String>>, Error> {
        let service = self.sink.as_ref().ok_or("LOGVEIL_SINK is `answer`, which is for Firehose transformations alone")?;
        let begin = Instant::now();
        let plan = self.plan(context);
        let mut outgoing = Vec::new();
        let mut failed = vec![false; inputs.len()];
        let preparer = Preparer { envelope, service, config: &self.config, now: now().as_millis() as i64 };
        let mut quarantine = Duration::ZERO;
        for (place, input) in inputs.iter().enumerate() {
            let counts = preparer.prepare(place, input, cache, &mut outgoing);
            if counts.stand_ins().next().is_some() {
                let begin = Instant::now();
                let name = input.sequence_number.as_deref().unwrap_or("record");
                failed[place] = !self.quarantine(name, input.bytes.raw(), plan, measured).await;
                quarantine += begin.elapsed();
            }
            measured.counts += counts;
        }
        measured.mask = begin.elapsed().saturating_sub(quarantine);
        measured.bytes_out = outgoing.iter().map(|record| record.data.len() as u64).sum();
        // The bytes as they came are no longer needed.
        let names: Vec<Option<String>> = inputs.into_iter().map(|input| input.sequence_number).collect();

        let begin = Instant::now();
        let is_sent_again = names.iter().all(Option::is_some);
        let packed = self.config.packed.then(|| Packed::new(&outgoing, service.record_limit()));
        let records = packed.as_ref().map_or(&outgoing, |packed| &packed.records);
        let (report, diverted) = self.send(service, records, is_sent_again, plan).await;
        (measured.report, measured.diverted) = match &packed {
            Some(packed) => (packed.report(report), packed.records_in(&diverted)),
            None => (report, diverted.len() as u64),
        };
        measured.send = begin.elapsed() + quarantine;
        for &place in measured.report.undelivered.iter().chain(&measured.report.refused) {
            failed[outgoing[place].input] = true;
        }
        Ok(names.into_iter().zip(failed).filter(|(_, failed)| *failed).map(|(name, _)| name).collect())
    }

    fn plan(&self, context: &Context) -> Plan {
        let time = Duration::from_millis(context.deadline).saturating_sub(now()).saturating_sub(self.config.reserve);
        Plan {
            order: self.config.order,
            concurrency: self.config.concurrency,
            deadline: Instant::now() + time,
            attempt: self.config.attempt,
        }
    }

    /// Sends everything, and to the fallback what the sink refuses; the places of what arrived there come second. What a
    /// closed sink did not take goes there too, unless Lambda sends it again until the sink is open: of an event that it gives
    /// up after two attempts, the unmasked bytes would be kept.
    async fn send(&self, service: &Arc<Service>, outgoing: &[Outgoing], is_sent_again: bool, plan: Plan) -> (Report, Vec<usize>) {
        let mut report = deliver(service, outgoing, plan).await;
        let Some(fallback) = &self.fallback else { return (report, Vec::new()) };
        let mut places = std::mem::take(&mut report.refused);
        if report.closed && !is_sent_again {
            places.append(&mut report.undelivered);
            places.sort_unstable();
        }
        let records: Vec<Outgoing> = places.iter().map(|&place| outgoing[place].clone()).collect();
        let second = deliver(fallback, &records, plan).await;
        report.delivered += second.delivered;
        report.requests += second.requests;
        report.retries += second.retries;
        report.undelivered.extend(second.undelivered.iter().map(|&at| places[at]));
        report.refused = second.refused.iter().map(|&at| places[at]).collect();
        let mut arrived = vec![true; places.len()];
        second.undelivered.iter().chain(&second.refused).for_each(|&at| arrived[at] = false);
        let diverted = places.into_iter().zip(arrived).filter(|(_, arrived)| *arrived).map(|(place, _)| place);
        (report, diverted.collect())
    }

    /// Keeps the raw bytes of what could not be decoded, if that is wanted. Says whether it is as wanted.
    async fn quarantine(&self, name: &str, bytes: &[u8], plan: Plan, measured: &mut Measured) -> bool {
        let Some(objects) = self.quarantine.as_ref().filter(|_| !bytes.is_empty()) else { return true };
        let end = plan.deadline.min(Instant::now() + plan.attempt);
        let is_kept = timeout_at(end, objects.write(name, ".raw", bytes.to_vec())).await == Ok(Outcome::Delivered);
        measured.quarantined += u64::from(is_kept);
        is_kept
    }
}

fn raw(json: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(json).map_err(|_| "the answer is not JSON".into())
}

/// Since the first call of it; unlike the time of day, it does not jump.
fn clock() -> Duration {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}

/// Since 1970.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
