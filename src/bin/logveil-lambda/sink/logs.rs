//! A log stream of CloudWatch Logs: PutLogEvents, in the order of time, of which old and future events are refused.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;

use super::{failed, unbuilt};
use crate::deliver::{Limits, Outcome, Outgoing};
use crate::handler::now;

pub struct Logs {
    client: Client,
    group: String,
    stream: String,
}

/// PutLogEvents takes 10,000 events and 1,048,576 bytes, 26 for each event beside its message, within 24 hours.
const EVENTS: usize = 10_000;
const REQUEST: usize = 1_048_576;
const OVERHEAD: usize = 26;
const SPAN: i64 = 24 * HOUR;
const HOUR: i64 = 60 * 60 * 1000;
/// It refuses what is older, or farther ahead.
const OLDEST: i64 = 14 * 24 * HOUR;
const AHEAD: i64 = 2 * HOUR;
/// The longest message.
pub const EVENT: usize = REQUEST - OVERHEAD;

impl Logs {
    pub fn new(client: Client, group: &str, stream: &str) -> Self {
        Logs { client, group: group.to_owned(), stream: stream.to_owned() }
    }

    pub fn limits(&self) -> Limits {
        Limits { records: EVENTS, bytes: REQUEST, overhead: OVERHEAD, key_counts: false, span: SPAN - 1, keeps_order: true }
    }

    pub async fn put(&self, batch: &[Outgoing]) -> Vec<Outcome> {
        let order = in_order(batch, now().as_millis() as i64);
        if order.is_empty() {
            return vec![Outcome::Refused; batch.len()];
        }
        let events = order.iter().map(|&place| {
            let message = String::from_utf8_lossy(&batch[place].data);
            InputLogEvent::builder().timestamp(batch[place].timestamp).message(without_line_feed(&message)).build()
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
                by_place(batch.len(), &order, too_old.max(expired), too_new)
            }
            Err(error) if error.code() == Some("ResourceNotFoundException") => vec![self.create().await; batch.len()],
            Err(error) => vec![failed("logs", &error); batch.len()],
        }
    }

    /// Makes the log stream, where the log group lets it.
    async fn create(&self) -> Outcome {
        match self.client.create_log_stream().log_group_name(&self.group).log_stream_name(&self.stream).send().await {
            Ok(_) => Outcome::Again,
            Err(error) if error.code() == Some("ResourceAlreadyExistsException") => Outcome::Again,
            Err(error) => failed("logs", &error),
        }
    }
}

/// The line feed at the end is none of the message, unless it is all of it: the service takes no empty one.
fn without_line_feed(message: &str) -> &str {
    message.strip_suffix('\n').filter(|message| !message.is_empty()).unwrap_or(message)
}

/// Whether the service takes an event of this time.
pub fn takes(timestamp: i64, now: i64) -> bool {
    (now - OLDEST..=now + AHEAD).contains(&timestamp)
}

/// The places of what can be sent at all, as the service wants it: in the order of time. Of equal times the first stays first.
fn in_order(batch: &[Outgoing], now: i64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..batch.len()).filter(|&place| takes(batch[place].timestamp, now)).collect();
    order.sort_by_key(|&place| batch[place].timestamp);
    order
}

/// What became of each of so many events of which these were sent in this order: those that were not, those before `from`
/// and those from `to` on were refused.
fn by_place(count: usize, order: &[usize], from: usize, to: usize) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Refused; count];
    for &place in order.iter().take(to).skip(from) {
        outcomes[place] = Outcome::Delivered;
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_go_to_the_events_that_they_are_of() {
        use Outcome::{Delivered, Refused};
        assert_eq!(by_place(3, &[2, 0, 1], 0, usize::MAX), [Delivered; 3]);
        assert_eq!(by_place(3, &[2, 0, 1], 1, usize::MAX), [Delivered, Delivered, Refused]);
        assert_eq!(by_place(3, &[2, 0, 1], 0, 2), [Delivered, Refused, Delivered]);
        assert_eq!(by_place(3, &[2, 0, 1], 2, 2), [Refused; 3]);
        assert_eq!(by_place(3, &[2, 0], 0, usize::MAX), [Delivered, Refused, Delivered]);
    }

    #[test]
    fn what_is_too_old_or_too_new_is_not_sent() {
        let event = |timestamp| Outgoing { data: "x".into(), partition_key: "k".into(), hash_key: None, timestamp, input: 0 };
        let now = 100 * 24 * HOUR;
        let times = [now, now - OLDEST - 1, now - OLDEST, now + AHEAD + 1, now - 1, now];
        assert_eq!(in_order(&times.map(event), now), [2, 4, 0, 5]);
    }

    #[test]
    fn a_line_feed_at_the_end_is_none_of_the_message() {
        assert_eq!(["a\n", "a\n\n", "a", "\n"].map(without_line_feed), ["a", "a\n", "a", "\n"]);
    }
}
