//! JSON whose bytes are kept: fields as they are written, strings taken apart and put together again.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What a string of JSON says. Half a surrogate pair, which has no UTF-8, is three bytes as if it had.
#[derive(Clone)]
pub(super) struct Text<'a>(pub(super) Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(Strings)
    }
}

/// What a raw value says, if it is a string.
pub(super) fn text_of(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if raw.first() != Some(&b'"') {
        return None;
    }
    serde_json::from_slice(raw).ok().map(|Text(text)| text)
}

/// The fields of an object, in order, with their values as they are written.
pub(super) struct Fields<'a>(pub(super) Vec<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects;
        impl<'de> Visitor<'de> for Objects {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(4);
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Objects)
    }
}

impl<'a> Fields<'a> {
    /// The last field of this name: of two, a reader takes that one.
    pub(super) fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.iter().rev().find(|(key, _)| *key.0 == *name.as_bytes()).map(|(_, value)| value.get().as_bytes())
    }
}

impl<'a> Fields<'a> {
    /// The key of a field as it is written in `text`, not before `from`, quotes included: between its value and the one before,
    /// nothing else has quotes.
    pub(super) fn key_of<'t>(&self, place: usize, text: &'t [u8], from: usize) -> &'t [u8] {
        let value = |place: usize| self.0.get(place).map(|(_, value)| place_of(value.get().as_bytes(), text));
        let start = place.checked_sub(1).and_then(value).map_or(0, |before| before.end).max(from);
        let end = value(place).map_or(start, |value| value.start);
        let between = text.get(start..end).unwrap_or_default();
        match (memchr::memchr(b'"', between), memchr::memrchr(b'"', between)) {
            (Some(first), Some(last)) => &between[first..=last],
            _ => &[],
        }
    }
}

/// Where in `text` a part of it stands.
pub(super) fn place_of(part: &[u8], text: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr()).min(text.len());
    start..(start + part.len()).min(text.len())
}

#[cfg(test)]
pub(super) fn is_valid(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// The strings of valid JSON that are values, as they are written, quotes included.
pub(super) fn strings(json: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'"', &json[at..]).map(|length| at + length) {
        let mut end = start + 1;
        while let Some(length) = memchr::memchr2(b'"', b'\\', &json[end..]) {
            end += length;
            if json[end] == b'"' {
                break;
            }
            end = (end + 2).min(json.len());
        }
        end = (end + 1).min(json.len());
        if json[end..].trim_ascii_start().first() != Some(&b':') {
            found.push(start..end);
        }
        at = end;
    }
    found
}

/// Appends `text` as a string of JSON. What is no UTF-8 becomes U+FFFD, but for what [`Text`] makes of half a pair.
pub(super) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(_) => rest.len(),
            Err(error) => error.valid_up_to(),
        };
        escape(&rest[..valid], out);
        rest = &rest[valid..];
        match rest {
            [] => {}
            [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] => {
                let unit = 0xd000 | (u32::from(*second) & 0x3f) << 6 | (u32::from(*third) & 0x3f);
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                rest = &rest[3..];
            }
            _ => {
                out.extend_from_slice("\u{fffd}".as_bytes());
                rest = &rest[1..];
            }
        }
    }
    out.push(b'"');
}

fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[copied..at]);
        copied = at + 1;
        let letter = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
    out.extend_from_slice(&text[copied..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write_string(text, &mut out);
        out
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>()) {
            let json = written(text.as_bytes());
            prop_assert_eq!(&serde_json::from_slice::<String>(&json).unwrap(), &text);
            prop_assert_eq!(&*text_of(&json).unwrap(), text.as_bytes());
        }

        /// Code units of UTF-16 in any order, halves of pairs among them.
        #[test]
        fn any_escapes_come_back(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd800..0xe000u16], 0..20)) {
            let json: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{json}\"");
            let text = text_of(json.as_bytes()).unwrap();
            let again = written(&text);
            prop_assert_eq!(&*text_of(&again).unwrap(), &*text);
        }

        #[test]
        fn any_bytes_become_json(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(is_valid(&written(&bytes)));
        }
    }

    #[test]
    fn strings_are_values() {
        let json = br#"{"a\"":"b\\","c" : ["d",{"e":1}, "\"f"]}"#;
        let found: Vec<&[u8]> = strings(json).into_iter().map(|range| &json[range]).collect();
        assert_eq!(found, [&br#""b\\""#[..], br#""d""#, br#""\"f""#]);
    }

    #[test]
    fn of_two_fields_the_last_counts() {
        let Fields(fields) = serde_json::from_str::<Fields<'_>>(r#"{"a":1, "\u0061":2.50}"#).unwrap();
        assert_eq!(Fields(fields).get("a"), Some(&b"2.50"[..]));
    }
}
