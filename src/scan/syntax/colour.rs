//! ANSI colours between a key and its value.

use crate::scan::boundary;

/// ANSI colours, which programs also put around `=`.
pub(super) fn skip_colours(line: &[u8], at: usize) -> usize {
    const COLOURS: usize = 4;
    let mut at = at;
    for _ in 0..COLOURS {
        at += colour(line, at);
    }
    at
}

/// The length of the ANSI colour that begins at `at`, 0 if none does.
pub(super) fn colour(line: &[u8], at: usize) -> usize {
    match line.get(at) {
        Some(0x1b | b'\\') => {
            Some(boundary::escape_length(line, at)).filter(|&length| length > 3 && line[at + length - 1] == b'm').unwrap_or(0)
        }
        _ => 0,
    }
}
