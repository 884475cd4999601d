//! What was met in a stream, as counts.

use std::ops::AddAssign;

/// Counts, never values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub(crate) lines: u64,
    pub(crate) lines_changed: u64,
    pub(crate) findings: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) by_rule: Vec<(u16, u64)>,
}

impl Stats {
    /// Lines read.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Lines in which something was masked.
    pub fn lines_changed(&self) -> u64 {
        self.lines_changed
    }

    /// Findings, overlapping ones counted as one.
    pub fn findings(&self) -> u64 {
        self.findings
    }

    /// Bytes read.
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// Bytes written.
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    pub(crate) fn count(&mut self, rule: u16, times: u64) {
        self.findings += times;
        match self.by_rule.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, count)) => *count += times,
            None => self.by_rule.push((rule, times)),
        }
    }
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Stats) {
        self.lines += other.lines;
        self.lines_changed += other.lines_changed;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        other.by_rule.into_iter().for_each(|(rule, times)| self.count(rule, times));
    }
}
