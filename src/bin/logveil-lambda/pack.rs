//! Records of a key, packed: what is in one record of a stream arrives as a whole and in its order.

use std::collections::HashMap;

use bytes::Bytes;
use logveil::envelope::{Aggregator, is_aggregate};

use crate::deliver::{Outgoing, Report};

/// Records, several of them in one.
pub struct Packed {
    pub records: Vec<Outgoing>,
    /// Which records each holds, by their places.
    parts: Vec<Vec<usize>>,
}

/// What is still open of a key.
struct Open {
    place: usize,
    aggregator: Aggregator,
}

impl Packed {
    /// Packs records of one partition key and explicit hash key, in their order, up to this size. What is an aggregate
    /// already goes by itself, since readers look into no second.
    pub fn new(outgoing: &[Outgoing], limit: impl Fn(&str) -> usize) -> Self {
        let mut packed = Packed { records: Vec::new(), parts: Vec::new() };
        let mut open: HashMap<&str, Open> = HashMap::new();
        for (place, record) in outgoing.iter().enumerate() {
            let key = &*record.partition_key;
            let fits = |open: &Open| {
                packed.records[open.place].hash_key == record.hash_key && open.aggregator.size_with(record.data.len()) <= limit(key)
            };
            match open.get_mut(key) {
                Some(open) if !is_aggregate(&record.data) && fits(open) => {
                    open.aggregator.push(&record.data);
                    packed.parts[open.place].push(place);
                }
                _ => {
                    packed.close(open.remove(key));
                    if !is_aggregate(&record.data) {
                        let mut aggregator = Aggregator::new(key, record.hash_key.as_deref());
                        aggregator.push(&record.data);
                        open.insert(key, Open { place: packed.records.len(), aggregator });
                    }
                    packed.records.push(record.clone());
                    packed.parts.push(vec![place]);
                }
            }
        }
        open.into_values().for_each(|open| packed.close(Some(open)));
        packed
    }

    /// A record that stayed alone goes as it is.
    fn close(&mut self, open: Option<Open>) {
        if let Some(Open { place, aggregator }) = open.filter(|open| self.parts[open.place].len() > 1) {
            self.records[place].data = Bytes::from(aggregator.finish());
        }
    }

    /// What became of the records, told of what they were packed in.
    pub fn report(&self, mut report: Report) -> Report {
        let all = |places: &[usize]| places.iter().flat_map(|&place| self.parts[place].iter().copied()).collect();
        (report.undelivered, report.refused) = (all(&report.undelivered), all(&report.refused));
        let records: usize = self.parts.iter().map(Vec::len).sum();
        report.delivered = records.saturating_sub(report.undelivered.len() + report.refused.len()) as u64;
        report
    }

    /// How many records stand in what is at these places.
    pub fn records_in(&self, places: &[usize]) -> u64 {
        places.iter().map(|&place| self.parts[place].len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn record(key: &str, hash_key: Option<&str>, data: &[u8], input: usize) -> Outgoing {
        let data = Bytes::copy_from_slice(data);
        Outgoing { data, partition_key: Arc::from(key), hash_key: hash_key.map(Arc::from), timestamp: 0, input }
    }

    fn parts(records: &[Outgoing], limit: usize) -> Vec<Vec<usize>> {
        let packed = Packed::new(records, |_| limit);
        assert!(packed.records.iter().all(|record| record.data.len() <= limit));
        for (record, parts) in packed.records.iter().zip(&packed.parts) {
            assert!(parts.iter().all(|&place| records[place].partition_key == record.partition_key));
            assert_eq!(is_aggregate(&record.data), parts.len() > 1 || is_aggregate(&records[parts[0]].data));
        }
        packed.parts
    }

    #[test]
    fn records_of_a_key_are_packed_in_their_order() {
        let records = ["a", "b", "a", "c", "b", "a"].iter().enumerate().map(|(n, key)| record(key, None, b"text", n));
        assert_eq!(parts(&records.collect::<Vec<_>>(), 1000), [vec![0, 2, 5], vec![1, 4], vec![3]]);
    }

    #[test]
    fn up_to_the_limit_and_with_one_hash_key() {
        let many: Vec<Outgoing> = (0..100).map(|n| record("key", None, &[b'x'; 40], n)).collect();
        let packs = parts(&many, 200);
        assert!(packs.len() > 25 && packs.iter().all(|places| places.len() <= 4 && places.is_sorted()), "{packs:?}");
        assert_eq!(packs.concat(), (0..100).collect::<Vec<_>>());
        let keyed = [Some("1"), Some("1"), None, Some("1")].iter().enumerate().map(|(n, hash_key)| record("key", *hash_key, b"x", n));
        assert_eq!(parts(&keyed.collect::<Vec<_>>(), 1000), [vec![0, 1], vec![2], vec![3]]);
    }

    #[test]
    fn an_aggregate_is_packed_into_no_other() {
        let mut aggregator = Aggregator::new("key", None);
        aggregator.push(b"inside");
        let aggregate = aggregator.finish();
        let data: [&[u8]; 5] = [b"0", b"1", &aggregate, b"3", b"4"];
        let records: Vec<Outgoing> = data.iter().enumerate().map(|(n, data)| record("key", None, data, n)).collect();
        assert_eq!(parts(&records, 1000), [vec![0, 1], vec![2], vec![3, 4]]);
    }

    #[test]
    fn what_became_of_one_became_of_all_in_it() {
        let records: Vec<Outgoing> = ["a", "b", "a", "c"].iter().enumerate().map(|(n, key)| record(key, None, b"x", n)).collect();
        let packed = Packed::new(&records, |_| 1000);
        let report = packed.report(Report { delivered: 1, undelivered: vec![0], refused: vec![2], retries: 3, ..Report::default() });
        assert_eq!((report.delivered, report.undelivered, report.refused, report.retries), (1, vec![0, 2], vec![3], 3));
    }
}
