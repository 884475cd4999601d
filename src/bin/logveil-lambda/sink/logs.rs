//! A log stream of CloudWatch Logs: PutLogEvents, in the order of time, of which old and future events are refused.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;

use super::{failed, unbuilt};
use crate::deliver::{Limits, Outcome, Outgoing};

pub struct Logs {
    client: Client,
    group: String,
    stream: String,
}

/// PutLogEvents takes 10,000 events and 1,048,576 bytes, 26 for each event beside its message, within 24 hours.
const EVENTS: usize = 10_000;
const REQUEST: usize = 1_048_576;
const OVERHEAD: usize = 26;
const SPAN: i64 = 24 * 60 * 60 * 1000;
/// The longest message.
pub const EVENT: usize = REQUEST - OVERHEAD;

impl Logs {
    pub fn new(client: Client, group: &str, stream: &str) -> Self {
        Logs { client, group: group.to_owned(), stream: stream.to_owned() }
    }

    pub fn limits(&self) -> Limits {
        Limits { records: EVENTS, bytes: REQUEST, overhead: OVERHEAD, key_counts: false, span: SPAN - 1 }
    }

    pub async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        // The service wants them in the order of time; of equal times the first one stays first.
        let mut order: Vec<usize> = (0..batch.len()).collect();
        order.sort_by_key(|&place| batch[place].timestamp);
        let events = order.iter().map(|&place| {
            let message = String::from_utf8_lossy(&batch[place].data);
            InputLogEvent::builder().timestamp(batch[place].timestamp).message(message.trim_end_matches('\n')).build()
        });
        let Ok(events) = events.collect::<Result<Vec<_>, _>>() else {
            crate::log::error(&unbuilt("logs"));
            return vec![Outcome::Refused; batch.len()];
        };
        let request = self.client.put_log_events().log_group_name(&self.group).log_stream_name(&self.stream).set_log_events(Some(events));
        match request.send().await {
            Ok(answer) => {
                let rejected = answer.rejected_log_events_info();
                let place = |index: Option<i32>, none: usize| index.map_or(none, |index| usize::try_from(index).unwrap_or(none));
                let too_new = place(rejected.and_then(|info| info.too_new_log_event_start_index()), usize::MAX);
                let too_old = place(rejected.and_then(|info| info.too_old_log_event_end_index()), 0);
                let expired = place(rejected.and_then(|info| info.expired_log_event_end_index()), 0);
                by_place(&order, too_old.max(expired), too_new)
            }
            Err(error) => failed("logs", &error, batch.len()),
        }
    }
}

/// What became of each of a batch whose events were sent in this order: those before `from` and those from `to` on were
/// refused.
fn by_place(order: &[usize], from: usize, to: usize) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Delivered; order.len()];
    for (sent, &place) in order.iter().enumerate() {
        if sent < from || sent >= to {
            outcomes[place] = Outcome::Refused;
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_go_to_the_events_that_they_are_of() {
        use Outcome::{Delivered, Refused};
        assert_eq!(by_place(&[2, 0, 1], 0, usize::MAX), [Delivered; 3]);
        assert_eq!(by_place(&[2, 0, 1], 1, usize::MAX), [Delivered, Delivered, Refused]);
        assert_eq!(by_place(&[2, 0, 1], 0, 2), [Delivered, Refused, Delivered]);
        assert_eq!(by_place(&[2, 0, 1], 2, 2), [Refused; 3]);
    }
}
