//! One way through a line of JSON, in which the paths are followed.

use std::ops::Range;

use smallvec::SmallVec;

use super::{FieldAction, Fields, Hit, Step, document, unescaped};

/// Objects and arrays in each other that are followed.
const DEEPEST: usize = 128;

/// How many times its length is gone through in a line for what may be a document and is none.
const TIMES: usize = 16;

/// Appends the fields of the documents in `line`. Says whether these are all that it holds, white space aside; if they are not,
/// fields may come more than once, and in any order.
pub(super) fn walk(fields: &Fields, line: &[u8], hits: &mut Vec<Hit>) -> bool {
    let mut walk = Walk { fields, line, at: 0, states: Vec::new(), frames: Vec::new(), hits, broken: None };
    let is_whole = walk.documents();
    if let Some(broken) = walk.broken {
        walk.behind_break(broken);
    }
    is_whole
}

struct Walk<'l> {
    fields: &'l Fields,
    line: &'l [u8],
    at: usize,
    /// The steps that wait for what is inside, those of each frame behind those of the one around it.
    states: Vec<usize>,
    frames: Vec<Frame>,
    hits: &'l mut Vec<Hit>,
    /// Where the first document stops being one.
    broken: Option<usize>,
}

/// An object or array that is open.
#[derive(Clone, Copy)]
struct Frame {
    is_array: bool,
    /// Where its steps begin.
    first: usize,
    /// The hit that it is the value of, and whose end is to come.
    kept: Option<usize>,
}

impl Walk<'_> {
    fn documents(&mut self) -> bool {
        let line = self.line;
        let (mut is_whole, mut is_behind) = (true, false);
        let mut left = TIMES * line.len() + 1024;
        loop {
            self.skip_spaces();
            let Some(&byte) = line.get(self.at) else { return is_whole };
            // Quotes in a text that ends its document early hide the rest of it, as those that break one do.
            let is_document = matches!(byte, b'{' | b'[');
            if is_behind && !is_document {
                self.break_at(self.at);
            }
            is_whole &= is_document;
            if !is_whole {
                let Some(start) = document(line, self.at) else { return false };
                self.at = start;
            }
            let start = self.at;
            is_behind = self.document().is_some();
            if is_behind {
                continue;
            }
            is_whole = false;
            self.break_at(self.at);
            // What looked like one may have hidden the beginning of another.
            left = left.saturating_sub(self.at - start);
            self.at = start + 1;
            if left == 0 {
                let rest = document(line, self.at).zip(self.fields.hides);
                self.hits.extend(rest.map(|(at, action)| Hit { action, from: at, value: at..line.len() }));
                return false;
            }
        }
    }

    fn break_at(&mut self, at: usize) {
        // An escape that is cut leads behind the end.
        self.broken = Some(self.broken.unwrap_or(self.line.len()).min(at));
    }

    /// Appends what behind a break has the last name of a path for its key: which objects it is in nobody knows.
    fn behind_break(&mut self, broken: usize) {
        // The quote that the key begins with may be taken for the end of what stands before it.
        self.at = memchr::memrchr(b'"', &self.line[..broken]).unwrap_or(broken);
        while let Some(length) = memchr::memchr(b'"', &self.line[self.at..]) {
            let from = self.at + length;
            self.at = from;
            let Some(key) = self.string() else { return };
            // What ends this string may begin the next.
            let end = key.end;
            self.skip_spaces();
            let is_key = self.take(b':').is_some();
            self.skip_spaces();
            let start = self.at;
            let action = if is_key && start < self.line.len() { self.fields.last_name(&unescaped(&self.line[key])) } else { None };
            let Some(action) = action else {
                self.at = end;
                continue;
            };
            let value_end = self.skip_value();
            let hit = self.hit(action, from, start, value_end);
            self.hits.push(hit);
            let Some(value_end) = value_end else { return };
            self.at = value_end - 1;
        }
    }

    /// The field whose value begins at `start`, and ends at `end` if it does.
    fn hit(&self, action: FieldAction, from: usize, start: usize, end: Option<usize>) -> Hit {
        let value = if self.line.get(start) == Some(&b'"') {
            start + 1..end.map_or(self.line.len(), |end| end - 1)
        } else {
            start..end.unwrap_or(self.line.len())
        };
        Hit { action, from, value }
    }

    fn document(&mut self) -> Option<()> {
        self.states.clear();
        self.frames.clear();
        for &start in &self.fields.starts {
            // The document itself is no field.
            self.enter(start, 0);
        }
        self.open(None, 0)?;
        let mut is_fresh = true;
        while let Some(frame) = self.frames.last().copied() {
            self.skip_spaces();
            let byte = self.byte()?;
            if byte == if frame.is_array { b']' } else { b'}' } {
                self.at += 1;
                self.close(frame);
                is_fresh = false;
                continue;
            }
            if !is_fresh {
                self.take(b',')?;
                self.skip_spaces();
            }
            is_fresh = self.member(frame)?;
        }
        Some(())
    }

    /// A member or an element. Says whether it is an object or array that is open now.
    fn member(&mut self, frame: Frame) -> Option<bool> {
        let (from, child) = (self.at, self.states.len());
        let action = if frame.is_array {
            self.step(frame.first..child, None)
        } else {
            let key = self.string()?;
            self.skip_spaces();
            self.take(b':')?;
            self.skip_spaces();
            self.step(frame.first..child, Some(&unescaped(&self.line[key])))
        };
        let start = self.at;
        let opens = matches!(self.byte()?, b'{' | b'[') && self.states.len() > child;
        let is_deepest = self.frames.len() >= DEEPEST;
        // What nobody looks into is hidden, where anything in it may have to be.
        let action = if opens && is_deepest { action.max(self.fields.hides) } else { action };
        let hides = action.is_some_and(|action| action != FieldAction::Keep);
        if opens && !is_deepest && !hides {
            let kept = action.map(|action| {
                self.hits.push(Hit { action, from, value: start..start });
                self.hits.len() - 1
            });
            self.open(kept, child)?;
            return Some(true);
        }
        self.states.truncate(child);
        let end = self.skip_value();
        if let Some(action) = action.filter(|_| end.is_some() || hides) {
            let hit = self.hit(action, from, start, end);
            self.hits.push(hit);
        }
        end.map(|_| false)
    }

    /// Follows the paths one step inwards, to a member with this name or to an element. Answers what happens to it.
    fn step(&mut self, states: Range<usize>, name: Option<&[u8]>) -> Option<FieldAction> {
        let child = states.end;
        let mut action = None;
        for index in states {
            let state = self.states[index];
            let next = match &self.fields.steps[state] {
                Step::Name(wanted) if name != Some(&**wanted) => continue,
                Step::Deep => state,
                _ => state + 1,
            };
            action = action.max(self.enter(next, child));
        }
        action
    }

    /// Adds a step to those from `child` on, and what it leads to without going further.
    fn enter(&mut self, state: usize, child: usize) -> Option<FieldAction> {
        match self.fields.steps[state] {
            Step::End(action) => return Some(action),
            _ if self.states[child..].contains(&state) => return None,
            _ => self.states.push(state),
        }
        if self.fields.steps[state] == Step::Deep { self.enter(state + 1, child) } else { None }
    }

    fn open(&mut self, kept: Option<usize>, first: usize) -> Option<()> {
        let is_array = match self.byte()? {
            b'[' => true,
            b'{' => false,
            _ => return None,
        };
        self.at += 1;
        self.frames.push(Frame { is_array, first, kept });
        Some(())
    }

    fn close(&mut self, frame: Frame) {
        self.frames.pop();
        self.states.truncate(frame.first);
        if let Some(hit) = frame.kept.and_then(|index| self.hits.get_mut(index)) {
            hit.value.end = self.at;
        }
    }

    /// Goes behind a value, and says where it ends.
    fn skip_value(&mut self) -> Option<usize> {
        match self.byte()? {
            b'"' => _ = self.string()?,
            b'{' | b'[' => self.skip_container()?,
            _ => {
                let is_scalar = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let length = self.line[self.at..].iter().take_while(|byte| is_scalar(byte)).count();
                self.at += length;
                // A number at the end of the line may go on, so its field does.
                if length == 0 || self.at == self.line.len() {
                    return None;
                }
            }
        }
        Some(self.at)
    }

    fn skip_container(&mut self) -> Option<()> {
        let mut open: SmallVec<[u8; 32]> = SmallVec::new();
        loop {
            let byte = self.byte()?;
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                b'}' | b']' if open.pop() != Some(byte) => return None,
                _ => {}
            }
            self.at += 1;
            if open.is_empty() {
                return Some(());
            }
        }
    }

    /// Goes behind a string, and says what stands between its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            let Some(length) = memchr::memchr2(b'"', b'\\', self.line.get(self.at..)?) else {
                self.at = self.line.len();
                return None;
            };
            self.at += length;
            if self.line[self.at] == b'"' {
                self.at += 1;
                return Some(start..self.at - 1);
            }
            self.at += 2;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then(|| self.at += 1)
    }

    fn skip_spaces(&mut self) {
        self.at += self.line[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
}
