//! An invocation from its event to its answer.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use lambda_runtime::{Context, LambdaEvent as Invocation};
use logveil::envelope::{Envelope, FirehoseRecord, LambdaEvent};
use logveil::{Cache, Redactor};
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aws::Clients;
use crate::config::{Config, Target};
use crate::deliver::{Outgoing, Plan, Report, deliver};
use crate::live::Live;
use crate::metrics::Measured;
use crate::pack::Packed;
use crate::prepare::{Decoded, Input, Preparer};
use crate::sink::{Objects, Quarantine, Service};
use crate::{Error, log};

/// What lives from invocation to invocation.
pub struct Handler {
    config: Config,
    live: Mutex<Live>,
    cache: Mutex<Cache>,
    sink: Option<Arc<Service>>,
    fallback: Option<Arc<Service>>,
    quarantine: Option<Arc<Quarantine>>,
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
            quarantine: quarantine.map(|objects| Arc::new(Quarantine(objects))),
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
        let redactor = self.live.lock().await.redactor(self.plan(&context).deadline).await;
        let (redactor, is_stale) = redactor.inspect_err(log::error)?;
        measured.refresh_failures = u64::from(is_stale);
        let answer = self.answer(payload, &context, &redactor, &mut measured).await;
        if let Err(error) = &answer {
            log::error(error);
            measured.failed = measured.failed.max(measured.records).max(1);
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
                measured.bytes_in = event.get().len() as u64;
                return raw(self.answer_firehose(&records, envelope, context, &mut cache, measured).await?);
            }
            LambdaEvent::Kinesis(records) => {
                let mut arns = records.iter().filter_map(|record| record.stream_arn.as_deref());
                if arns.any(|arn| self.config.sink.is_stream(arn, &context.invoked_function_arn)) {
                    return Err("the records come from the stream that LOGVEIL_SINK names: without end".into());
                }
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
        // As numbers, of which a longer one is higher.
        match failed.iter().min_by_key(|&name| name.as_ref().map(|number| (number.len(), number))) {
            None if is_batch => raw(NO_FAILURES.to_owned()),
            None => raw("null".to_owned()),
            Some(Some(sequence_number)) => {
                let item = serde_json::json!({ "batchItemFailures": [{ "itemIdentifier": sequence_number }] });
                raw(item.to_string())
            }
            Some(None) => Err("the event was not delivered".into()),
        }
    }

    /// Masks the records of a transformation. What the answer has no room for goes to the fallback; what does not arrive there,
    /// or cannot be decoded, goes raw to quarantine. Whatever comes of that, there is an answer: what is not answered, or with
    /// an error, Firehose stores as it was.
    async fn answer_firehose(
        &self,
        records: &[FirehoseRecord<'_>],
        envelope: Envelope<'_>,
        context: &Context,
        cache: &mut Cache,
        measured: &mut Measured,
    ) -> Result<String, Error> {
        let begin = Instant::now();
        let plan = self.plan(context);
        let (mut answer, mut undecodable, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        let mut place = 0;
        measured.counts = envelope.answer_firehose_with(records, cache, &mut answer, |record, counts| {
            let stand_ins = counts.stand_ins().map(|(_, count)| count).sum::<u64>();
            let has_fallback = counts.left_out() > 0 && self.fallback.is_some();
            if has_fallback {
                left_out.push(place);
            }
            if stand_ins > if has_fallback { counts.left_out() } else { 0 } {
                undecodable.extend(self.raw_object("record", &record.data().bytes(), place));
            }
            measured.empty += u64::from(record.data().is_empty() && stand_ins == 0);
            place += 1;
        });
        let elsewhere = self.outgoing_beside_answer(records, &left_out, envelope, context, cache);
        measured.mask = begin.elapsed();

        let begin = Instant::now();
        let (report, quarantined) = tokio::join!(self.send_beside_answer(&elsewhere, plan), self.quarantine(&undecodable, plan));
        let missing: BTreeSet<usize> = report.missing().map(|at| elsewhere[at].input).collect();
        let mut failed: HashSet<usize> = quarantined.missing().map(|at| undecodable[at].input).collect();
        let kept: HashSet<usize> = undecodable.iter().map(|object| object.input).collect();
        let further = missing.iter().filter(|place| !kept.contains(place));
        let further: Vec<Outgoing> =
            further.filter_map(|&place| self.raw_object("record", &records[place].data().bytes(), place)).collect();
        let later = self.quarantine(&further, plan).await;
        failed.extend(later.missing().map(|at| further[at].input));
        if self.quarantine.is_none() {
            failed.extend(&missing);
        }
        measured.send = begin.elapsed();
        measured.diverted = (left_out.len() - missing.len()) as u64;
        measured.quarantined = quarantined.delivered + later.delivered;
        measured.failed = failed.len() as u64;
        measured.records = records.len() as u64;
        measured.report = Report { delivered: measured.records, ..report };
        measured.bytes_out = answer.len() as u64;
        String::from_utf8(answer).map_err(|_| "the answer is not text".into())
    }

    /// The records at these places as the fallback takes them.
    fn outgoing_beside_answer(
        &self,
        records: &[FirehoseRecord<'_>],
        places: &[usize],
        envelope: Envelope<'_>,
        context: &Context,
        cache: &mut Cache,
    ) -> Vec<Outgoing> {
        let Some(service) = &self.fallback else { return Vec::new() };
        let preparer = Preparer { envelope, service, config: &self.config, now: now().as_millis() as i64 };
        let mut outgoing = Vec::new();
        for &place in places {
            let bytes = Decoded::new(records[place].data(), &preparer.envelope, cache);
            let partition_key = Arc::from(format!("{}-{place}", context.request_id));
            preparer.prepare(place, &Input { sequence_number: None, partition_key, bytes }, cache, &mut outgoing);
        }
        outgoing
    }

    async fn send_beside_answer(&self, outgoing: &[Outgoing], plan: Plan) -> Report {
        match &self.fallback {
            Some(fallback) if !outgoing.is_empty() => deliver(fallback, outgoing, plan).await,
            _ => Report::default(),
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
        if plan.deadline <= Instant::now() {
            log::warn("there is no time left to send anything: the timeout is too short, or LOGVEIL_RESERVE_MILLISECONDS too long", &[]);
        }
        let mut outgoing = Vec::new();
        let preparer = Preparer { envelope, service, config: &self.config, now: now().as_millis() as i64 };
        let mut undecodable = Vec::new();
        for (place, input) in inputs.iter().enumerate() {
            let before = outgoing.len();
            let counts = preparer.prepare(place, input, cache, &mut outgoing);
            measured.empty += u64::from(outgoing.len() == before && counts.ignored() == 0 && !counts.is_control());
            if counts.stand_ins().next().is_some() {
                let name = input.sequence_number.as_deref().unwrap_or("record");
                undecodable.extend(self.raw_object(name, input.bytes.raw(), place));
            }
            measured.counts += counts;
        }
        measured.mask = begin.elapsed();
        measured.bytes_out = outgoing.iter().map(|record| record.data.len() as u64).sum();
        // The bytes as they came are no longer needed.
        let names: Vec<Option<String>> = inputs.into_iter().map(|input| input.sequence_number).collect();

        let begin = Instant::now();
        let is_sent_again = names.iter().all(Option::is_some);
        let packed = self.config.packed.then(|| Packed::new(&outgoing, |key| service.record_limit(key)));
        let records = packed.as_ref().map_or(&outgoing, |packed| &packed.records);
        let sending = self.send(service, records, is_sent_again, plan);
        let ((report, diverted), quarantined) = tokio::join!(sending, self.quarantine(&undecodable, plan));
        (measured.report, measured.diverted) = match &packed {
            Some(packed) => (packed.report(report), packed.records_in(&diverted)),
            None => (report, diverted.len() as u64),
        };
        measured.quarantined = quarantined.delivered;
        measured.send = begin.elapsed();
        let mut failed = vec![false; names.len()];
        measured.report.missing().for_each(|place| failed[outgoing[place].input] = true);
        quarantined.missing().for_each(|place| failed[undecodable[place].input] = true);
        Ok(names.into_iter().zip(failed).filter(|(_, failed)| *failed).map(|(name, _)| name).collect())
    }

    fn plan(&self, context: &Context) -> Plan {
        let time = Duration::from_millis(context.deadline).saturating_sub(now()).saturating_sub(self.config.reserve);
        Plan {
            order: self.config.order,
            concurrency: self.config.concurrency,
            deadline: Instant::now() + time,
            attempt: self.config.attempt,
            yields: false,
        }
    }

    /// Sends everything, and to the fallback what the sink refuses; the places of what arrived there come second. What a
    /// closed sink did not take goes there too, unless Lambda sends it again until the sink is open: of an event that it gives
    /// up after two attempts, the unmasked bytes would be kept.
    async fn send(&self, service: &Arc<Service>, outgoing: &[Outgoing], is_sent_again: bool, plan: Plan) -> (Report, Vec<usize>) {
        let Some(fallback) = &self.fallback else { return (deliver(service, outgoing, plan).await, Vec::new()) };
        let at = |places: &[usize]| places.iter().map(|&place| outgoing[place].clone()).collect::<Vec<Outgoing>>();
        let (mut all, mut diverted) = (Report::default(), Vec::new());
        let mut waiting: Vec<usize> = (0..outgoing.len()).collect();
        loop {
            let mut report = deliver(service, &at(&waiting), Plan { yields: true, ..plan }).await.of(&waiting);
            if report.closed && !is_sent_again {
                report.refused.append(&mut report.undelivered);
                report.refused.sort_unstable();
            }
            let (is_closed, refused) = (report.closed, std::mem::take(&mut report.refused));
            waiting = std::mem::take(&mut report.undelivered);
            let second = deliver(fallback, &at(&refused), plan).await.of(&refused);
            let missing: HashSet<usize> = second.missing().collect();
            diverted.extend(refused.iter().filter(|place| !missing.contains(place)));
            all += report;
            all += second;
            // What stood behind a refused record of its key goes on once that has arrived, and not before.
            if refused.is_empty() || !missing.is_empty() || is_closed || Instant::now() >= plan.deadline {
                all.undelivered.append(&mut waiting);
                return (all, diverted);
            }
        }
    }

    /// Keeps the raw bytes of what could not be decoded, if that is wanted.
    async fn quarantine(&self, undecodable: &[Outgoing], plan: Plan) -> Report {
        match &self.quarantine {
            Some(quarantine) => deliver(quarantine, undecodable, plan).await,
            None => Report::default(),
        }
    }

    /// What could not be decoded, on its way to quarantine, if there is one. What holds nothing need not be kept.
    fn raw_object(&self, name: &str, bytes: &[u8], input: usize) -> Option<Outgoing> {
        let object =
            || Outgoing { data: Bytes::copy_from_slice(bytes), partition_key: Arc::from(name), hash_key: None, timestamp: 0, input };
        (self.quarantine.is_some() && !bytes.is_empty()).then(object)
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
