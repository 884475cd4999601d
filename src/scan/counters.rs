//! How much work there is on the way from bytes to matches, for those who write rules: a rule of which there are many
//! candidates and no matches has an anchor that is too common. Counts only with the feature `counters`.

#[cfg(not(feature = "counters"))]
pub(super) use off::Counters;
#[cfg(feature = "counters")]
pub use on::Counters;

#[cfg(feature = "counters")]
mod on {
    /// What was looked at.
    #[derive(Clone, Debug, Default)]
    pub struct Counters {
        /// Places that the kernel gave.
        pub places: u64,
        /// Those of them that are left when their bytes are hashed, and starts of numbers.
        pub survivors: u64,
        /// Lines that were looked at one by one.
        pub lines: u64,
        /// Candidates of each rule, by its index.
        pub candidates: Vec<u64>,
        /// Matches of each rule, before they are resolved.
        pub matches: Vec<u64>,
    }

    impl Counters {
        pub(in crate::scan) fn places(&mut self, places: usize, survivors: usize) {
            self.places += places as u64;
            self.survivors += survivors as u64;
        }

        pub(in crate::scan) fn line(&mut self) {
            self.lines += 1;
        }

        pub(in crate::scan) fn candidate(&mut self, rule: u16) {
            count(&mut self.candidates, rule);
        }

        pub(in crate::scan) fn matched(&mut self, rule: u16) {
            count(&mut self.matches, rule);
        }
    }

    fn count(counts: &mut Vec<u64>, rule: u16) {
        let rule = usize::from(rule);
        counts.resize(counts.len().max(rule + 1), 0);
        counts[rule] += 1;
    }
}

#[cfg(not(feature = "counters"))]
mod off {
    /// Nothing.
    #[derive(Default)]
    pub(in crate::scan) struct Counters(());

    impl Counters {
        pub(in crate::scan) fn places(&mut self, _: usize, _: usize) {}
        pub(in crate::scan) fn line(&mut self) {}
        pub(in crate::scan) fn candidate(&mut self, _: u16) {}
        pub(in crate::scan) fn matched(&mut self, _: u16) {}
    }
}
