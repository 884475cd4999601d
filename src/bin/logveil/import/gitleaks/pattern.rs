//! Regular expressions of gitleaks as patterns of rules.

use regex_syntax::ast::{Ast, CaptureName, Concat, Flags, Group, GroupKind, RepetitionKind, RepetitionRange, parse::Parser};

/// A regular expression as a pattern.
#[derive(Debug, PartialEq)]
pub struct Translated {
    pub pattern: String,
    pub boundary: &'static str,
    pub lost: Vec<&'static str>,
}

/// The pattern for a regular expression whose group of this number is the secret; for 0 it is the first one, if there is
/// one. What may stand before and behind it, and need not, is left out; edges become the rule's boundary.
pub fn translate(regex: &str, secret_group: usize) -> Result<Translated, String> {
    let mut ast = parse(regex).ok_or("its regular expression is not understood here")?;
    let groups = count_groups(&ast);
    if secret_group > groups {
        return Err("it has no group of that number".to_owned());
    }
    let secret = if secret_group == 0 { 1 } else { secret_group };
    name_secret(&mut ast, secret as u32);
    let mut lost = Vec::new();
    if secret_group == 0 && groups > 1 {
        lost.push("of its groups the first one is the secret");
    }
    let mut parts = parts_of(ast);
    let flags = if matches!(parts.first(), Some(Ast::Flags(_))) { Some(parts.remove(0)) } else { None };
    let mut left = false;
    while let Some(first) = parts.first().filter(|first| need_not_stand(first) || is_edge(first)) {
        left = is_word_boundary(first);
        if is_line_edge(first) {
            lost.push("`^` is left out: it masks in the middle of a line too");
        }
        parts.remove(0);
    }
    let mut right = false;
    while let Some(last) = parts.last().filter(|last| need_not_stand(last) || is_edge(last)) {
        right |= is_edge(last);
        parts.pop();
    }
    let boundary = match (left, right) {
        (true, true) => "both",
        (true, false) => "left",
        (false, _) => "none",
    };
    if right && !left {
        lost.push("what must stand behind it; it is found in longer words too");
    }
    parts.splice(0..0, flags);
    Ok(Translated { pattern: concat(parts).to_string(), boundary, lost })
}

/// A pattern of whole values for a regular expression that matches a part of them.
pub fn allowed(regex: &str) -> Option<String> {
    let mut parts = parts_of(parse(regex)?);
    let begins = parts.first().is_some_and(is_line_edge);
    let ends = parts.len() > usize::from(begins) && parts.last().is_some_and(is_line_edge);
    if begins {
        parts.remove(0);
    }
    if ends {
        parts.pop();
    }
    let any = |is_edge: bool| if is_edge { "" } else { ANY };
    Some(format!("{}(?:{}){}", any(begins), concat(parts), any(ends)))
}

/// A pattern of whole values that hold a word, in either case.
pub fn containing(word: &str) -> String {
    format!("(?i){ANY}{}{ANY}", regex_syntax::escape(word))
}

const ANY: &str = "(?s:.*)";

fn parse(regex: &str) -> Option<Ast> {
    Parser::new().parse(regex).ok()
}

fn parts_of(mut ast: Ast) -> Vec<Ast> {
    match &mut ast {
        Ast::Concat(concat) => std::mem::take(&mut concat.asts),
        _ => vec![ast],
    }
}

fn concat(asts: Vec<Ast>) -> Ast {
    let span = regex_syntax::ast::Span::splat(regex_syntax::ast::Position::new(0, 1, 1));
    Ast::concat(Concat { span, asts })
}

fn count_groups(ast: &Ast) -> usize {
    let own = usize::from(matches!(ast, Ast::Group(group) if group.capture_index().is_some()));
    own + children(ast).into_iter().map(count_groups).sum::<usize>()
}

fn children(ast: &Ast) -> Vec<&Ast> {
    match ast {
        Ast::Group(group) => vec![&group.ast],
        Ast::Repetition(repetition) => vec![&repetition.ast],
        Ast::Concat(concat) => concat.asts.iter().collect(),
        Ast::Alternation(alternation) => alternation.asts.iter().collect(),
        _ => Vec::new(),
    }
}

/// Calls the group of this number `secret`, and makes all others groups that capture nothing.
fn name_secret(ast: &mut Ast, secret: u32) {
    match ast {
        Ast::Group(group) => {
            if let Some(index) = group.capture_index() {
                group.kind = kind_of(group, index == secret);
            }
            name_secret(&mut group.ast, secret);
        }
        Ast::Repetition(repetition) => name_secret(&mut repetition.ast, secret),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(|ast| name_secret(ast, secret)),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(|ast| name_secret(ast, secret)),
        _ => {}
    }
}

fn kind_of(group: &Group, is_secret: bool) -> GroupKind {
    let span = group.span;
    if is_secret {
        return GroupKind::CaptureName { starts_with_p: false, name: CaptureName { span, name: "secret".to_owned(), index: 1 } };
    }
    GroupKind::NonCapturing(Flags { span, items: Vec::new() })
}

/// A repetition that may be empty, and is not the secret.
fn need_not_stand(ast: &Ast) -> bool {
    let Ast::Repetition(repetition) = ast else {
        return matches!(ast, Ast::Group(group) if group.capture_index().is_none() && !matches!(&group.kind, GroupKind::NonCapturing(flags) if !flags.items.is_empty()) && need_not_stand(&group.ast));
    };
    let may_be_empty = match &repetition.op.kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => true,
        RepetitionKind::OneOrMore => false,
        RepetitionKind::Range(range) => {
            matches!(range, RepetitionRange::Exactly(0) | RepetitionRange::AtLeast(0) | RepetitionRange::Bounded(0, _))
        }
    };
    may_be_empty && count_groups(ast) == 0
}

/// An assertion, or a choice of which one arm is: `(?:['"\s]|$)`.
fn is_edge(ast: &Ast) -> bool {
    match ast {
        Ast::Assertion(_) => true,
        Ast::Group(group) if group.capture_index().is_none() => match &*group.ast {
            Ast::Alternation(alternation) => alternation.asts.iter().any(|arm| matches!(arm, Ast::Assertion(_))) && count_groups(ast) == 0,
            other => is_edge(other),
        },
        _ => false,
    }
}

fn is_word_boundary(ast: &Ast) -> bool {
    matches!(ast, Ast::Assertion(assertion) if assertion.kind == regex_syntax::ast::AssertionKind::WordBoundary)
}

fn is_line_edge(ast: &Ast) -> bool {
    matches!(ast, Ast::Assertion(_)) && !is_word_boundary(ast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_edges_and_what_need_not_stand() {
        for (regex, group, pattern, boundary, lost) in [
            (r"acme_[a-z]{20}", 0, r"acme_[a-z]{20}", "none", 0),
            (r"\b(acme_[a-z]{20})\b", 0, r"(?<secret>acme_[a-z]{20})", "both", 0),
            (r"\bacme_[a-z]{20}", 0, r"acme_[a-z]{20}", "left", 0),
            (
                r"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})=([a-z]{8})(?:['\s;]|$)",
                0,
                r"(?i)(?:acme)(?:[ \t\w.-]{0,20})=(?<secret>[a-z]{8})",
                "none",
                1,
            ),
            (r"(acme)_(id)=(x)", 2, r"(?:acme)_(?<secret>id)=(?:x)", "none", 0),
            (r"(acme)=(x)", 0, r"(?<secret>acme)=(?:x)", "none", 1),
            (r"^acme_[a-z]+$", 0, r"acme_[a-z]+", "none", 2),
            (r"(?P<token>acme_[a-z]+)", 0, r"(?<secret>acme_[a-z]+)", "none", 0),
        ] {
            let translated = translate(regex, group).unwrap_or_else(|error| panic!("{regex}: {error}"));
            assert_eq!((translated.pattern.as_str(), translated.boundary, translated.lost.len()), (pattern, boundary, lost), "{regex}");
        }
        assert!(translate("(a", 0).is_err() && translate("a", 1).is_err() && translate("a(?=b)", 0).is_err());
    }

    #[test]
    fn allowed_parts_become_whole_values() {
        assert_eq!(allowed("^acme-test$").unwrap(), "(?:acme-test)");
        assert_eq!(allowed("test|example").unwrap(), "(?s:.*)(?:test|example)(?s:.*)");
        assert_eq!(allowed("^acme").unwrap(), "(?:acme)(?s:.*)");
        assert_eq!(containing("a.b"), r"(?i)(?s:.*)a\.b(?s:.*)");
    }
}
