//! Inputs that a scanner may find hard: much that looks like the beginning of a secret, little or nothing that is one.
//!
//! What looks like a secret to those who scan repositories is put together at run time.

#![allow(dead_code, reason = "each test and bench that includes this module uses a part of it")]

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Lines of two hundred bytes or so.
    Lines,
    /// One line.
    OneLine,
}

/// A short text, to be repeated.
pub struct Hostile {
    /// What benches call it.
    pub name: &'static str,
    unit: String,
}

impl Hostile {
    /// So many bytes, of which the last is LF.
    pub fn bytes(&self, size: usize, layout: Layout) -> Vec<u8> {
        let line = match layout {
            Layout::Lines => 200,
            Layout::OneLine => usize::MAX,
        };
        let mut bytes = Vec::with_capacity(size + self.unit.len() + 1);
        let mut start = 0;
        while bytes.len() < size {
            bytes.extend_from_slice(self.unit.as_bytes());
            if bytes.len() - start >= line {
                bytes.push(b'\n');
                start = bytes.len();
            }
        }
        bytes.truncate(size - 1);
        bytes.push(b'\n');
        bytes
    }
}

/// Every hostile input.
pub fn all() -> Vec<Hostile> {
    let of = |name, unit: &str| Hostile { name, unit: unit.to_owned() };
    vec![
        // Anchors that are short, each a candidate and none a token.
        of("anchor_sg", "SG."),
        of("anchor_eyj", "eyJ"),
        of("anchor_akia", "AKIA "),
        of("anchor_email", "a@b"),
        // Keys whose values are keys; values that a rule rejects and whose insides are looked at again.
        of("keys_in_values", "password="),
        of("open_parens", "token=("),
        of("nested_quotes", &nested_quotes(6)),
        // Numbers: one without end, groups that would be cards but for the check digit, context words for all of them.
        of("digits", "9"),
        of("card_groups", "4111 1111 1111 1112 "),
        of("near_words", "card 123456789 account 021000022 ssn 123456780 routing 12345678 iban phone 5551234 "),
        of("dashes", "-"),
        // Escapes, so that every line is decoded twice.
        of("escapes", "%2570assword%253D%5Cu0041 "),
        // A block that is opened again and again and never closed.
        of("open_blocks", &format!("{dashes}BEGIN {kind} KEY{dashes} ", dashes = "-".repeat(5), kind = "PRIVATE")),
    ]
}

/// `{"password":"{\"password\":\"…`, so many deep.
fn nested_quotes(depth: u32) -> String {
    (0..depth)
        .map(|depth| {
            let quote = format!("{}\"", "\\".repeat((1 << depth) - 1));
            format!("{{{quote}password{quote}:{quote}")
        })
        .collect()
}
