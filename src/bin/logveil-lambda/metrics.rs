//! Metrics in CloudWatch's embedded metric format: a line of JSON for each invocation, which Lambda's log becomes metrics of.
//! (AWS, "Specification: Embedded metric format".)

use std::time::Duration;

use logveil::envelope::Counts;
use logveil::{Class, Redactor};
use serde_json::{Map, Value, json};

use crate::deliver::Report;
use crate::handler::now;

/// The metrics and their units, in the order of their documentation.
#[rustfmt::skip]
pub const METRICS: &[(&str, &str)] = &[
    ("Records", "Count"), ("Events", "Count"), ("BytesIn", "Bytes"), ("BytesOut", "Bytes"), ("TextBytes", "Bytes"), ("Findings", "Count"),
    ("Undecodable", "Count"), ("Compacted", "Count"), ("LeftOut", "Count"), ("Ignored", "Count"), ("Empty", "Count"), ("Delivered", "Count"),
    ("Failed", "Count"), ("Refused", "Count"), ("Diverted", "Count"), ("Retries", "Count"), ("Reordered", "Count"), ("Quarantined", "Count"),
    ("RefreshFailures", "Count"),
    ("DecodeTime", "Milliseconds"), ("ScanTime", "Milliseconds"), ("EncodeTime", "Milliseconds"), ("SendTime", "Milliseconds"),
];

/// What an invocation did.
#[derive(Default)]
pub struct Measured {
    pub records: u64,
    pub counts: Counts,
    /// Records of which there was nothing to send.
    pub empty: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub report: Report,
    /// Records reported as failed, or answered with an error.
    pub failed: u64,
    /// Records that went to the fallback.
    pub diverted: u64,
    pub quarantined: u64,
    pub refresh_failures: u64,
    pub decode: Duration,
    pub mask: Duration,
    pub send: Duration,
}

impl Measured {
    fn value(&self, name: &str) -> Value {
        let (inflating, deflating) = self.counts.gzip_times();
        let milliseconds = |time: Duration| json!(time.as_secs_f64() * 1000.0);
        match name {
            "Records" => json!(self.records),
            "Events" => json!(self.counts.events()),
            "BytesIn" => json!(self.bytes_in),
            "BytesOut" => json!(self.bytes_out),
            "TextBytes" => json!(self.counts.stats().bytes_in()),
            "Findings" => json!(self.counts.stats().findings()),
            "Undecodable" => json!(self.counts.stand_ins().map(|(_, count)| count).sum::<u64>()),
            "Compacted" => json!(self.counts.compacted()),
            "LeftOut" => json!(self.counts.left_out()),
            "Ignored" => json!(self.counts.ignored()),
            "Empty" => json!(self.empty),
            "Delivered" => json!(self.report.delivered),
            "Failed" => json!(self.failed),
            "Refused" => json!(self.report.refused.len()),
            "Diverted" => json!(self.diverted),
            "Retries" => json!(self.report.retries),
            "Reordered" => json!(self.report.reordered),
            "Quarantined" => json!(self.quarantined),
            "RefreshFailures" => json!(self.refresh_failures),
            "DecodeTime" => milliseconds(self.decode + inflating),
            "ScanTime" => milliseconds(self.mask.saturating_sub(inflating + deflating)),
            "EncodeTime" => milliseconds(deflating),
            _ => milliseconds(self.send),
        }
    }

    /// The lines: one of everything, one for each class that was found, and one for each rule if they are metrics too.
    pub fn lines(&self, function: &str, request: &str, redactor: &Redactor, by_rule: bool) -> Vec<String> {
        let rules = redactor.by_rule(self.counts.stats());
        let mut fields = Map::from_iter(METRICS.iter().map(|&(name, _)| (name.to_owned(), self.value(name))));
        fields.insert("RequestId".to_owned(), json!(request));
        let reasons = self.counts.stand_ins().map(|(reason, count)| (reason.name().to_owned(), json!(count)));
        fields.insert("UndecodableByReason".to_owned(), Value::Object(reasons.collect()));
        let counted = rules.iter().map(|(rule, count)| ((*rule).to_owned(), json!(count)));
        fields.insert("FindingsByRule".to_owned(), Value::Object(counted.collect()));
        let mut lines = vec![line(function, None, METRICS, fields)];
        let findings = |of: &str, name: &str, count: u64| {
            let fields = Map::from_iter([("Findings".to_owned(), json!(count)), (of.to_owned(), json!(name))]);
            line(function, Some(of), &[("Findings", "Count")], fields)
        };
        for class in Class::ALL {
            let count = rules.iter().filter(|(rule, _)| redactor.class_of(rule).is_some_and(|of| of == class)).map(|(_, count)| count);
            match count.sum::<u64>() {
                0 => {}
                count => lines.push(findings("Class", class.name(), count)),
            }
        }
        if by_rule {
            lines.extend(rules.iter().map(|(rule, count)| findings("Rule", rule, *count)));
        }
        lines
    }
}

fn line(function: &str, dimension: Option<&str>, metrics: &[(&str, &str)], mut fields: Map<String, Value>) -> String {
    let dimensions: Vec<&str> = ["FunctionName"].into_iter().chain(dimension).collect();
    let metrics: Vec<Value> = metrics.iter().map(|(name, unit)| json!({ "Name": name, "Unit": unit })).collect();
    fields.insert("FunctionName".to_owned(), json!(function));
    fields.insert(
        "_aws".to_owned(),
        json!({ "Timestamp": now().as_millis() as u64, "CloudWatchMetrics": [{ "Namespace": "Logveil", "Dimensions": [dimensions], "Metrics": metrics }] }),
    );
    Value::Object(fields).to_string()
}
