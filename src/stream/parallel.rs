//! A stream masked on several threads, written in order.
//!
//! What is read is cut behind the last line end, and each such chunk goes to a worker, which masks it as if nothing
//! went on from the lines before. That is so nearly everywhere. Where it is not, because a private key is open
//! across the cut, the chunk is masked again, from the state that it really begins with. Only what is sure is
//! written, so the number of threads changes nothing but the time that it takes.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope};

use super::output::{Output, Pieces};
use super::{Filter, StreamState, redact};
use crate::redact::{Redactor, Stats};
use crate::scan::{Cache, Finding};

/// How much is read at once, and the longest line that a worker sees.
const CHUNK: usize = 256 << 10;

/// Chunks in work beyond one for each worker: the one that is written, and one that waits for the first to be free.
const AHEAD: usize = 2;

/// A stream that is masked as it comes, on several threads, and written in order. What comes out is what a
/// [`Filter`] makes of the same bytes.
///
/// The caller reads into [`space`](Self::space), says with [`advance`](Self::advance) how much has come, and gets
/// the masked bytes through a function of its own, whose first error ends everything. Nothing waits for a chunk to
/// fill: before the caller waits for more input, it writes what is in work with [`write_next`](Self::write_next).
///
/// ```
/// use std::{io::{Read, Write}, thread};
///
/// let redactor = logveil::Redactor::builtin()?;
/// let mut input = &b"user=bob password=hunter2\nnext"[..];
/// let mut masked = Vec::new();
/// let stats = thread::scope(|scope| {
///     let mut filter = redactor.parallel_filter(scope, 2);
///     let mut out = |pieces: &[&[u8]]| pieces.iter().try_for_each(|piece| masked.write_all(piece));
///     loop {
///         match input.read(filter.space())? {
///             0 => return filter.finish(&mut out),
///             length => filter.advance(length, &mut out)?,
///         }
///     }
/// })?;
/// assert_eq!(masked, b"user=bob password=[REDACTED:assigned-password]\nnext");
/// assert_eq!(stats.lines(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ParallelFilter<'r> {
    /// The stream as it really is, up to what is written; it also takes the lines that are too long for a chunk.
    filter: Filter<'r>,
    /// Counts of what is written.
    stats: Stats,
    is_reporting: bool,
    /// None with one thread: then the caller's thread does the work.
    workers: Vec<Worker<'r>>,
    /// Chunks sent to workers, to each in turn; so the order in which they come back is known.
    sent: usize,
    in_work: usize,
    /// What is read into, of which so many bytes have come.
    next: Chunk<'r>,
    filled: usize,
    spare: Vec<Chunk<'r>>,
}

struct Worker<'r> {
    to: Sender<Chunk<'r>>,
    from: Receiver<Chunk<'r>>,
}

/// Whole lines on their way through a worker. The buffers go round.
struct Chunk<'r> {
    /// As long as what can be read; the lines are at its beginning.
    input: Vec<u8>,
    length: usize,
    output: Pieces,
    /// Filled where somebody wants to know, with lines counted from the chunk's first.
    findings: Option<Vec<Finding<'r>>>,
    /// How the stream goes on behind it, if nothing went on before it, and its counts.
    outcome: Option<(StreamState, Stats)>,
}

impl fmt::Debug for ParallelFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParallelFilter").field("workers", &self.workers.len()).field("in_work", &self.in_work).finish_non_exhaustive()
    }
}

impl Redactor {
    /// A stream of bytes to be masked as it comes on so many threads, which live in `scope`.
    ///
    /// With one or none, the caller's thread does the work itself. A thread that the system does not grant is one fewer.
    pub fn parallel_filter<'scope, 'r: 'scope>(&'r self, scope: &'scope Scope<'scope, '_>, threads: usize) -> ParallelFilter<'r> {
        let count = if threads > 1 { threads } else { 0 };
        let workers = (0..count).map_while(|_| Worker::start(self, scope)).collect();
        ParallelFilter {
            filter: self.filter(),
            stats: Stats::default(),
            is_reporting: false,
            workers,
            sent: 0,
            in_work: 0,
            next: Chunk::new(CHUNK),
            filled: 0,
            spare: Vec::new(),
        }
    }
}

impl<'r> ParallelFilter<'r> {
    /// Reports each finding, in order, before its bytes are written.
    pub fn on_finding(mut self, report: impl FnMut(Finding<'r>) + 'r) -> Self {
        self.filter = self.filter.on_finding(report);
        self.is_reporting = true;
        self
    }

    /// Chunks of another size, so that tests can cut anywhere.
    #[doc(hidden)]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.next = Chunk::new(bytes.max(1));
        self
    }

    /// Where the next bytes of the stream belong; never empty.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.next.input[self.filled..]
    }

    /// Takes the first `length` bytes of [`space`](Self::space). The lines that end there are now in work, or written.
    ///
    /// # Errors
    /// The first error of `out`, behind which nothing is written.
    pub fn advance<E>(&mut self, length: usize, out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>) -> Result<(), E> {
        let came = self.filled..(self.filled + length).min(self.next.input.len());
        let lines = memchr::memrchr(b'\n', &self.next.input[came.clone()]).map(|at| came.start + at + 1);
        let is_long = self.filter.is_pending() || (lines.is_none() && came.end == self.next.input.len());
        self.next.length = lines.unwrap_or(if is_long { came.end } else { 0 });
        let rest = self.next.length..came.end;
        self.filled = rest.len();
        if self.next.length == 0 {
            return Ok(());
        }
        if is_long || self.workers.is_empty() {
            self.write_all(out)?;
            mask_in_place(&mut self.filter, &mut self.next, &mut self.stats, out)?;
            self.next.input.copy_within(rest, 0);
            return Ok(());
        }
        if self.in_work == self.workers.len() + AHEAD {
            self.write_next(out)?;
        }
        let mut next = self.spare.pop().unwrap_or_else(|| Chunk::new(self.next.input.len()));
        next.input[..rest.len()].copy_from_slice(&self.next.input[rest]);
        let mut chunk = std::mem::replace(&mut self.next, next);
        chunk.findings = self.is_reporting.then(|| chunk.findings.take().unwrap_or_default());
        self.workers[self.sent % self.workers.len()].send(chunk);
        self.sent += 1;
        self.in_work += 1;
        Ok(())
    }

    /// Whether there are lines that have come and are not written, the one without an end aside.
    pub fn is_busy(&self) -> bool {
        self.in_work > 0
    }

    /// Waits for the oldest lines in work, if there are any, and writes them.
    ///
    /// # Errors
    /// The first error of `out`, behind which nothing is written.
    pub fn write_next<E>(&mut self, out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>) -> Result<(), E> {
        if self.in_work == 0 {
            return Ok(());
        }
        let mut chunk = self.workers[(self.sent - self.in_work) % self.workers.len()].receive();
        self.in_work -= 1;
        match chunk.outcome.take() {
            Some((state, stats)) if self.filter.state.is_settled() => {
                let before = self.filter.state.lines;
                for finding in chunk.findings.iter().flatten() {
                    (self.filter.on_finding)(Finding { line: before + finding.line, ..*finding });
                }
                self.filter.state = StreamState { lines: before + state.lines, ..state };
                self.stats += stats;
                out(&chunk.output.of(&chunk.input[..chunk.length]))?;
            }
            // The worker began with another state than the stream has here, or it panicked. That is found out again
            // in this thread, as if it were the only one.
            _ => mask_in_place(&mut self.filter, &mut chunk, &mut self.stats, out)?,
        }
        self.spare.push(chunk);
        Ok(())
    }

    /// Writes everything that is in work.
    ///
    /// # Errors
    /// The first error of `out`, behind which nothing is written.
    pub fn write_all<E>(&mut self, out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>) -> Result<(), E> {
        while self.is_busy() {
            self.write_next(out)?;
        }
        Ok(())
    }

    /// The stream is at its end: whatever is held back is masked and written. Answers the counts of the stream; what
    /// comes next is another one.
    ///
    /// # Errors
    /// The first error of `out`, behind which nothing is written.
    pub fn finish<E>(&mut self, out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>) -> Result<Stats, E> {
        self.write_all(out)?;
        let Chunk { input, output, .. } = &mut self.next;
        output.clear();
        self.stats += self.filter.push(&input[..std::mem::take(&mut self.filled)], output.buffer());
        self.stats += self.filter.finish(output.buffer());
        out(&output.of(input))?;
        self.filter.state = StreamState::default();
        Ok(std::mem::take(&mut self.stats))
    }
}

/// Masks a chunk in the caller's thread: it may go on with a long line, and need not hold its end.
fn mask_in_place<E>(
    filter: &mut Filter<'_>,
    chunk: &mut Chunk<'_>,
    stats: &mut Stats,
    out: &mut impl FnMut(&[&[u8]]) -> Result<(), E>,
) -> Result<(), E> {
    let Chunk { input, length, output, .. } = chunk;
    let lines = &input[..*length];
    output.clear();
    let counts = if filter.is_pending() || lines.last() != Some(&b'\n') {
        filter.push(lines, output.buffer())
    } else {
        redact(filter.redactor, lines, &mut filter.state, &mut filter.cache, output, &mut filter.on_finding)
    };
    *stats += counts;
    out(&output.of(lines))
}

impl<'r> Chunk<'r> {
    fn new(size: usize) -> Self {
        Chunk { input: vec![0; size], length: 0, output: Pieces::default(), findings: None, outcome: None }
    }

    /// Masks the lines as if they were a stream of their own.
    fn mask(&mut self, redactor: &'r Redactor, cache: &mut Cache) {
        let mut state = StreamState::default();
        self.output.clear();
        self.findings.iter_mut().for_each(Vec::clear);
        let mut report = |finding| self.findings.iter_mut().for_each(|findings| findings.push(finding));
        let stats = redact(redactor, &self.input[..self.length], &mut state, cache, &mut self.output, &mut report);
        self.outcome = Some((state, stats));
    }
}

impl<'r> Worker<'r> {
    /// None if the system has no thread to give.
    fn start<'scope>(redactor: &'r Redactor, scope: &'scope Scope<'scope, '_>) -> Option<Self>
    where
        'r: 'scope,
    {
        let (to, chunks) = mpsc::channel();
        let (done, from) = mpsc::channel();
        thread::Builder::new().name("logveil".to_owned()).spawn_scoped(scope, move || work(redactor, chunks, &done)).ok()?;
        Some(Worker { to, from })
    }

    fn send(&self, chunk: Chunk<'r>) {
        // It listens until this end is dropped; if it did not, `receive` would say so.
        let _ = self.to.send(chunk);
    }

    fn receive(&self) -> Chunk<'r> {
        // A worker outlives its own panics. If it did not, its lines would be lost: nothing behind them may be written.
        self.from.recv().unwrap_or_else(|_| panic::resume_unwind(Box::new("a thread that masks has gone")))
    }
}

/// What a worker does, until nobody wants its work any more.
fn work<'r>(redactor: &'r Redactor, chunks: Receiver<Chunk<'r>>, done: &Sender<Chunk<'r>>) {
    let mut cache = Cache::default();
    for mut chunk in chunks {
        chunk.outcome = None;
        if panic::catch_unwind(AssertUnwindSafe(|| chunk.mask(redactor, &mut cache))).is_err() {
            cache = Cache::default();
        }
        if done.send(chunk).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Chunk<'static> {
        Chunk { length: text.len(), input: text.to_vec(), ..Chunk::new(1) }
    }

    #[test]
    fn a_worker_that_panics_hands_its_lines_back_and_goes_on() {
        let redactor = Redactor::builtin().unwrap();
        thread::scope(|scope| {
            let worker = Worker::start(&redactor, scope).unwrap();
            // Longer than it is.
            worker.send(Chunk { length: 10, ..lines(b"pwd=hunter2\n"[..5].as_ref()) });
            worker.send(lines(b"pwd=hunter2\n"));
            let (failed, masked) = (worker.receive(), worker.receive());
            assert!(failed.outcome.is_none() && failed.input == b"pwd=h");
            assert!(masked.outcome.is_some() && masked.output.of(&masked.input).concat() == b"pwd=[REDACTED:assigned-pwd]\n");
        });
    }

    /// Feeds one line to a filter whose only worker does its work like this, and answers what is written.
    fn written_with(work: impl for<'r> FnOnce(Receiver<Chunk<'r>>, Sender<Chunk<'r>>) + Send) -> Vec<u8> {
        let redactor = Redactor::builtin().unwrap();
        let mut written = Vec::new();
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let ((to, chunks), (done, from)) = (mpsc::channel(), mpsc::channel());
                let mut filter = ParallelFilter { workers: vec![Worker { to, from }], ..redactor.parallel_filter(scope, 1) };
                scope.spawn(move || work(chunks, done));
                let line = b"pwd=hunter2\n";
                filter.space()[..line.len()].copy_from_slice(line);
                let mut out = |pieces: &[&[u8]]| {
                    pieces.iter().for_each(|piece| written.extend_from_slice(piece));
                    Ok::<(), ()>(())
                };
                filter.advance(line.len(), &mut out).unwrap();
                filter.finish(&mut out).unwrap();
            });
        }));
        written
    }

    #[test]
    fn what_a_worker_failed_to_mask_is_never_written_raw() {
        let handed_back = written_with(|chunks, done| chunks.into_iter().for_each(|chunk| done.send(chunk).unwrap()));
        assert_eq!(handed_back, b"pwd=[REDACTED:assigned-pwd]\n");
        assert_eq!(written_with(|_, _| ()), b"");
        assert_eq!(written_with(|chunks, _| drop(chunks.recv())), b"");
    }
}
