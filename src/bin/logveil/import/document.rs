//! A data protection policy of Amazon CloudWatch Logs, as it is written.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html>

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Failure;

/// What a table holds beyond what is known of it.
pub type Rest = BTreeMap<String, IgnoredAny>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    #[serde(default)]
    pub name: String,
    #[serde(default, rename = "Description")]
    _description: IgnoredAny,
    pub version: Option<String>,
    #[serde(default)]
    pub configuration: Configuration,
    pub statement: Vec<Statement>,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Configuration {
    #[serde(default)]
    pub custom_data_identifier: Vec<Custom>,
    #[serde(flatten)]
    pub rest: Rest,
}

/// An identifier that the document defines itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Custom {
    pub name: String,
    pub regex: String,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    #[serde(default)]
    pub sid: String,
    pub data_identifier: Vec<String>,
    pub operation: Operation,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Operation {
    pub audit: Option<Audit>,
    pub deidentify: Option<Deidentify>,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Audit {
    /// Where findings are sent, by kind.
    #[serde(default)]
    pub findings_destination: serde_json::Map<String, Value>,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Deidentify {
    /// Always empty.
    #[serde(default)]
    pub mask_config: Rest,
    #[serde(flatten)]
    pub rest: Rest,
}

/// What `aws logs get-data-protection-policy` prints: the document as a string.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    policy_document: String,
}

impl Document {
    pub fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let answer: Option<Answer> = serde_json::from_str(text).ok();
        let text = answer.as_ref().map_or(text, |answer| &answer.policy_document);
        serde_json::from_str(text).map_err(|error| {
            let what = if error.is_data() { without_value(&error.to_string()) } else { "not JSON".to_owned() };
            Failure::Usage(format!(
                "{name}: line {}: {what} (a data protection policy has a list of Statement, each with DataIdentifier and Operation)",
                error.line()
            ))
        })
    }
}

/// serde quotes what stands in the place of what it expects; a document may hold what is not for others.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if message.starts_with("missing field") || message.starts_with("duplicate field") {
        return message.to_owned();
    }
    message.rfind("expected ").map_or("wrong kind of value".to_owned(), |at| format!("wrong kind of value, {}", &message[at..]))
}
