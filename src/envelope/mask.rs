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
            let value = self.mask_field(b"message", event, &[]);
            masked.is_changed = value.is_some();
            masked.json.extend_from_slice(value.as_ref().map_or(event, |field| &field.value));
            masked.message.extend_from_slice(&masked.json);
            return;
        };
        masked.timestamp = fields.get("timestamp").and_then(|value| serde_json::from_slice(value).ok());
        let message = |key: &[u8], value: &'_ [u8]| key == b"message" && value.starts_with(b"\"");
        let has_more = fields.0.iter().any(|(key, value)| {
            let value = value.get().as_bytes();
            !message(&key.0, value) && !is_number_of_event(&key.0, value)
        });
        let mut changes = Vec::new();
        let mut pieces = Vec::new();
        let mut has_message = false;
        for (key, value) in &fields.0 {
            let value = value.get().as_bytes();
            let Some(text) = message(&key.0, value).then(|| json::text_of(value)).flatten() else { continue };
            masked.message.clear();
            has_message = true;
            if self.mask_message(&text, messages, has_more.then_some(&mut pieces), &mut masked.message) {
                let mut string = Vec::with_capacity(value.len());
                json::write_string(&masked.message, &mut string);
                changes.push((json::place_of(value, event), string));
            }
        }
        for (place, (key, value)) in fields.0.iter().enumerate() {
            let value = value.get().as_bytes();
            if message(&key.0, value) || is_number_of_event(&key.0, value) {
                continue;
            }
            if let Some(new) = self.mask_field(&key.0, value, &pieces) {
                changes.extend(new.key.map(|key| (json::place_of(fields.key_of(place, event), event), key)));
                changes.push((json::place_of(value, event), new.value));
            }
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

    /// Masks a value of JSON that is no message: each of its strings by itself, as text; then the whole of it, beside
    /// its key. Nothing if there is nothing to mask in it.
    pub(super) fn mask_field(&mut self, key: &[u8], value: &[u8], pieces: &[Piece<'r>]) -> Option<MaskedField> {
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

        let mut line = Vec::with_capacity(new.len() + key.len() + 8);
        line.push(b'{');
        json::write_string(key, &mut line);
        line.push(b':');
        let start = line.len();
        line.extend_from_slice(&new);
        line.push(b'}');
        let mut beside_key = Vec::with_capacity(line.len());
        let mut new_key = None;
        if self.mask(&line, &mut StreamState::default(), &mut beside_key) {
            let behind_key = beside_key.strip_prefix(&line[..start]);
            if behind_key.is_none() {
                new_key = Some(self.mask_key(key));
            }
            let inside = behind_key.and_then(|rest| rest.strip_suffix(b"}"));
            new = match inside.filter(|inside| json::is_valid(inside)) {
                Some(inside) => inside.to_vec(),
                // The scanner took it for something else than JSON.
                None => [b"\"", WHOLE, b"\""].concat(),
            };
        }
        (new_key.is_some() || new != value).then_some(MaskedField { key: new_key, value: new })
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

    /// Masks an aggregate's tags, each value beside its key.
    pub(super) fn mask_tags(&mut self, tags: &mut [Tag]) -> bool {
        let mut changed = false;
        for tag in tags {
            let Some(value) = &tag.value else { continue };
            let mut string = Vec::new();
            json::write_string(value.as_bytes(), &mut string);
            let Some(new) = self.mask_field(tag.key.as_bytes(), &string, &[]) else { continue };
            let text = |json: &[u8]| json::text_of(json).map(|text| String::from_utf8_lossy(&text).into_owned());
            tag.value = text(&new.value);
            tag.key = new.key.and_then(|key| text(&key)).unwrap_or_else(|| std::mem::take(&mut tag.key));
            changed = true;
        }
        changed
    }
}
