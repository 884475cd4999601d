//! Assignments as programs and makefiles write them: `var token string = "x"`, `token ||= "x"`, `TOKEN ?= x`.

use super::quote::Quote;
use super::value::{Style, Surroundings};
use super::{Extent, Key, Value, skip_spaces};

/// Operators behind which only a string is a value: they assign, join, or say what stands in for a value.
const OPERATORS: [&[u8]; 7] = [b"||=", b"??=", b"||", b"??", b".=", b"+=", b"::"];

/// What programs call a string.
const TYPES: [&[u8]; 5] = [b"string", b"String", b"&str", b"&'static str", b"str"];

/// Where the value begins that an operator or a type at `at`, behind a name and a space, announces.
pub(super) fn value_behind(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..).filter(|rest| rest.first().is_some_and(|first| b"|?.+:sS&".contains(first)))?;
    if rest.starts_with(b"?=") {
        return Some(skip_spaces(line, at + 2));
    }
    match OPERATORS.iter().find(|operator| rest.starts_with(operator)) {
        Some(operator) => string_at(line, at + operator.len()),
        None => string_of_type(line, at),
    }
}

/// The same for a type alone: `string = "x"`.
pub(super) fn string_of_type(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?;
    let name = TYPES.iter().find(|name| rest.starts_with(name))?;
    let behind = at + name.len();
    let assigned = skip_spaces(line, behind + usize::from(line.get(behind) == Some(&b'?')));
    if line.get(assigned) == Some(&b'=') { string_at(line, assigned + 1) } else { None }
}

fn string_at(line: &[u8], at: usize) -> Option<usize> {
    Some(skip_spaces(line, at)).filter(|&start| Quote::at(line, start).is_some())
}

/// The value of a key without quotes, if an operator or a type stands behind the spaces that end at `at`.
pub(super) fn values(key: &Key, text: Surroundings<'_>, at: usize, out: &mut Vec<Value>) -> Option<Extent> {
    let start = value_behind(text.line, at).filter(|_| at > key.end)?;
    text.barrier_at(start).is_none().then(|| Extent::one(text.value(start, Style::default(), out)))
}
