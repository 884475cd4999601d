//! What of an event is masked: its messages, and what else may repeat a part of one.

use memchr::memmem;

use super::cloudwatch::is_number_of_event;
use super::json::{self, Fields};
use super::kpl::Tag;
use super::walk::Walk;
use crate::scan::Finding;
use crate::stream::StreamState;

/// What goes on from message to message of a payload.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) state: StreamState,
    pub(super) lines: u64,
}

/// An event, masked.
#[derive(Default)]
pub(super) struct Masked {
    pub(super) json: Vec<u8>,
    /// Its message, as text; if that is none, the event.
    pub(super) message: Vec<u8>,
    pub(super) timestamp: Option<i64>,
    pub(super) is_changed: bool,
}

impl Masked {
    /// An event as it came.
    pub(super) fn set_unmasked(&mut self, event: &str) {
        *self = Masked { json: event.as_bytes().to_vec(), ..Masked::default() };
        let Ok(fields) = serde_json::from_str::<Fields<'_>>(event) else {
            self.message.extend_from_slice(event.as_bytes());
            return;
        };
        self.timestamp = fields.get("timestamp").and_then(|value| serde_json::from_slice(value).ok());
        let message = fields.get("message").filter(|value| value.starts_with(b"\"")).and_then(json::text_of);
        self.message.extend_from_slice(message.as_deref().unwrap_or(event.as_bytes()));
    }
}

/// A field, masked.
pub(super) struct MaskedField {
    /// Its key as JSON, if that is masked too.
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Vec<u8>,
}

/// What was masked in a message.
pub(super) struct Piece<'r> {
    rule: &'r str,
    text: Vec<u8>,
}

/// Where more is masked in a message, its other fields are masked as a whole.
const MOST_PIECES: usize = 64;

/// What stands for a field that is.
pub(super) const WHOLE: &[u8] = b"[logveil: masked as a whole]";

/// A shorter text that is part of something masked may as well be part of anything.
const SHORTEST_PART: usize = 4;

impl<'r> Walk<'_, 'r> {
    /// Masks lines and appends them to `out`. Says whether anything was masked.
    pub(super) fn mask(&mut self, lines: &[u8], state: &mut StreamState, out: &mut Vec<u8>) -> bool {
        let size = out.len();
        self.counts.stats += self.envelope.redactor.redact_with(lines, state, self.cache, out, &mut *self.on_finding);
        out[size..] != *lines
    }

    /// Masks the text of a string of JSON by itself, and appends it without escapes.
    fn mask_string(&mut self, text: &[u8], out: &mut Vec<u8>) -> bool {
        self.mask(text, &mut StreamState::unescaped(), out)
    }

    /// Masks an event, a value of JSON.
    pub(super) fn mask_event(&mut self, event: &str, messages: &mut Messages, masked: &mut Masked) {
        masked.json.clear();
        masked.message.clear();
        masked.is_changed = false;
        masked.timestamp = None;
        let fields = serde_json::from_str::<Fields<'_>>(event);
        let event = event.as_bytes();
        let Ok(fields) = fields else {
            let value = self.mask_fields(&[(b"message", event)], &[]).pop().flatten();
            masked.is_changed = value.is_some();
            masked.json.extend_from_slice(value.as_ref().map_or(event, |field| &field.value));
            masked.message.extend_from_slice(&masked.json);
            return;
        };
        masked.timestamp = fields.get("timestamp").and_then(|value| serde_json::from_slice(value).ok());
        let message = |key: &[u8], value: &'_ [u8]| key == b"message" && value.starts_with(b"\"");
        let places = 0..fields.0.len();
        let others: Vec<usize> = places
            .filter(|&place| {
                let (key, value) = &fields.0[place];
                let value = value.get().as_bytes();
                !message(&key.0, value) && !is_number_of_event(&key.0, value)
            })
            .collect();
        let mut changes = Vec::new();
        let mut pieces = Vec::new();
        let mut has_message = false;
        for (key, value) in &fields.0 {
            let value = value.get().as_bytes();
            let Some(text) = message(&key.0, value).then(|| json::text_of(value)).flatten() else { continue };
            masked.message.clear();
            has_message = true;
            if self.mask_message(&text, messages, (!others.is_empty()).then_some(&mut pieces), &mut masked.message) {
                let mut string = Vec::with_capacity(value.len());
                json::write_string(&masked.message, &mut string);
                changes.push((json::place_of(value, event), string));
            }
        }
        let field = |place: usize| {
            let (key, value) = &fields.0[place];
            (&*key.0, value.get().as_bytes())
        };
        let beside: Vec<(&[u8], &[u8])> = others.iter().map(|&place| field(place)).collect();
        for (new, &place) in self.mask_fields(&beside, &pieces).into_iter().zip(&others) {
            let Some(new) = new else { continue };
            changes.extend(new.key.map(|key| (json::place_of(fields.key_of(place, event, 0), event), key)));
            changes.push((json::place_of(field(place).1, event), new.value));
        }
        changes.sort_unstable_by_key(|(place, _)| place.start);
        masked.is_changed = !changes.is_empty();
        let mut copied = 0;
        for (place, new) in changes {
            masked.json.extend_from_slice(&event[copied..place.start]);
            masked.json.extend_from_slice(&new);
            copied = place.end;
        }
        masked.json.extend_from_slice(&event[copied..]);
        if !has_message {
            masked.message.extend_from_slice(&masked.json);
        }
    }

    fn mask_message(&mut self, text: &[u8], messages: &mut Messages, pieces: Option<&mut Vec<Piece<'r>>>, out: &mut Vec<u8>) -> bool {
        let before = messages.lines;
        let mut found: Vec<Finding<'r>> = Vec::new();
        // Beyond that, one more makes no difference.
        let pieces = pieces.filter(|pieces| pieces.len() <= MOST_PIECES);
        let keep = pieces.is_some();
        let on_finding = &mut *self.on_finding;
        messages.state.is_unescaped = self.becomes_json.messages;
        let stats = self.envelope.redactor.redact_with(text, &mut messages.state, self.cache, out, |finding| {
            if keep {
                found.push(finding);
            }
            on_finding(finding);
        });
        messages.lines += stats.lines();
        self.counts.stats += stats;
        if let Some(pieces) = pieces.filter(|_| !found.is_empty()) {
            let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
            let piece = |finding: &Finding<'r>| {
                let line = usize::try_from(finding.line.checked_sub(before + 1)?).ok()?;
                let text = lines.get(line)?.get(finding.span.start..finding.span.end)?;
                Some(Piece { rule: finding.rule, text: text.to_vec() })
            };
            let known = pieces.len();
            pieces.extend(found.iter().filter_map(piece));
            // In a message that is JSON itself, a field of it may be found without its escapes.
            let unescaped = |piece: &Piece<'r>| {
                let string = [b"\"", piece.text.as_slice(), b"\""].concat();
                json::text_of(&string).map(|text| Piece { rule: piece.rule, text: text.into_owned() })
            };
            let escaped = pieces[known..].iter().filter(|piece| piece.text.contains(&b'\\')).filter_map(unescaped).collect::<Vec<_>>();
            pieces.extend(escaped);
        }
        out != text
    }

    /// Masks the fields of an object that are no messages, each with its key and its value: each string of a value by itself,
    /// as text; then all of them as one line, since one field may tell what another holds. Nothing for a field in which there
    /// is nothing to mask.
    pub(super) fn mask_fields(&mut self, fields: &[(&[u8], &[u8])], pieces: &[Piece<'r>]) -> Vec<Option<MaskedField>> {
        let values: Vec<Vec<u8>> = fields.iter().map(|(_, value)| self.mask_strings(value, pieces)).collect();
        let mut line = Vec::new();
        for ((key, _), value) in fields.iter().zip(&values) {
            line.push(if line.is_empty() { b'{' } else { b',' });
            json::write_string(key, &mut line);
            line.push(b':');
            line.extend_from_slice(value);
        }
        line.push(b'}');
        let mut together = Vec::with_capacity(line.len());
        if fields.is_empty() || !self.mask(&line, &mut StreamState::default(), &mut together) {
            let changed = values.into_iter().zip(fields);
            return changed.map(|(new, (_, value))| (new != *value).then_some(MaskedField { key: None, value: new })).collect();
        }
        let object = |line| serde_json::from_slice::<Fields<'_>>(line).map_or_else(|_| Vec::new(), |fields| fields.0);
        // If this is no object any more, the scanner took the line for something else: nothing is known of any field.
        let after = object(&together);
        let is_whole = after.len() == fields.len();
        let mut after = after.into_iter().peekable();
        let mut masked = Vec::with_capacity(fields.len());
        for (key, value) in fields {
            // What is left of them has the same order.
            let new = after.next_if(|(new, _)| is_whole || *new.0 == **key);
            let is_renamed = new.as_ref().is_none_or(|(new, _)| *new.0 != **key);
            let whole = || [b"\"", WHOLE, b"\""].concat();
            let new = new.map_or_else(whole, |(_, new)| new.get().as_bytes().to_vec());
            let key = is_renamed.then(|| self.mask_key(key));
            masked.push((key.is_some() || new != *value).then_some(MaskedField { key, value: new }));
        }
        masked
    }

    /// The value of a field, in which each string is masked as text.
    fn mask_strings(&mut self, value: &[u8], pieces: &[Piece<'r>]) -> Vec<u8> {
        let mut new = Vec::with_capacity(value.len());
        let mut copied = 0;
        for place in json::strings(value) {
            let Some(text) = json::text_of(&value[place.clone()]) else { continue };
            let mut masked = Vec::with_capacity(text.len());
            if self.mask_string(&text, &mut masked) | self.mask_pieces(&text, &mut masked, pieces) {
                new.extend_from_slice(&value[copied..place.start]);
                json::write_string(&masked, &mut new);
                copied = place.end;
            }
        }
        new.extend_from_slice(&value[copied..]);
        new
    }

    /// A key in which something was masked, as a string of JSON.
    fn mask_key(&mut self, key: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(key.len());
        let is_masked = self.mask_string(key, &mut masked);
        let mut string = Vec::new();
        json::write_string(if is_masked { &masked } else { WHOLE }, &mut string);
        string
    }

    /// Masks in `masked`, which was `text`, what was masked in the message: the field has lost what told it there.
    fn mask_pieces(&self, text: &[u8], masked: &mut Vec<u8>, pieces: &[Piece<'r>]) -> bool {
        if pieces.len() > MOST_PIECES {
            *masked = WHOLE.to_vec();
            return true;
        }
        let mut changed = false;
        for piece in pieces {
            let is_part = text.len() >= SHORTEST_PART && memmem::find(&piece.text, text).is_some();
            if piece.text.is_empty() || !(is_part || memmem::find(masked, &piece.text).is_some()) {
                continue;
            }
            let is_whole = is_part || masked != text;
            let replaced = if is_whole { text } else { &piece.text };
            let Some(replacement) = self.envelope.redactor.replacement(piece.rule, &piece.text, replaced, true) else { continue };
            let mut new = Vec::new();
            if is_whole {
                // Part of one, or beside another: no telling what is left of it.
                new = replacement;
            } else {
                let mut copied = 0;
                for start in memmem::find_iter(masked, &piece.text) {
                    new.extend_from_slice(&masked[copied..start]);
                    new.extend_from_slice(&replacement);
                    copied = start + piece.text.len();
                }
                new.extend_from_slice(&masked[copied..]);
            }
            *masked = new;
            changed = true;
        }
        changed
    }

    /// Masks an aggregate's tags, as the fields of an object. One may have no value.
    pub(super) fn mask_tags(&mut self, tags: &mut [Tag]) -> bool {
        let string = |tag: &Tag| {
            let mut string = Vec::new();
            json::write_string(tag.value.as_deref().unwrap_or_default().as_bytes(), &mut string);
            string
        };
        let values: Vec<Vec<u8>> = tags.iter().map(string).collect();
        let fields: Vec<(&[u8], &[u8])> = tags.iter().zip(&values).map(|(tag, value)| (tag.key.as_bytes(), value.as_slice())).collect();
        let text = |json: &[u8]| json::text_of(json).map(|text| String::from_utf8_lossy(&text).into_owned());
        let mut changed = false;
        for (new, tag) in self.mask_fields(&fields, &[]).into_iter().zip(tags) {
            let Some(new) = new else { continue };
            tag.value = tag.value.is_some().then(|| text(&new.value)).flatten();
            tag.key = new.key.and_then(|key| text(&key)).unwrap_or_else(|| std::mem::take(&mut tag.key));
            changed = true;
        }
        changed
    }
}
