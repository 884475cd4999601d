//! Keys and context are compared word by word: `dbPassword`, `DB_PASSWORD_2` and `db.password` are the words
//! `db password`.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::boundary;

/// A list of lower-case words, as a rule's `keys`, `near` and `raise_near` hold them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The words, one behind the other, and where each of them ends.
    pub(crate) letters: Cow<'static, [u8]>,
    pub(crate) ends: Cow<'static, [u32]>,
    /// Written with a leading `*`: the first word may be the tail of a longer one (`dbpassword`).
    pub(crate) tail: bool,
    /// How it is found among keys and how as a word near something, if `build.rs` has chosen that.
    pub(crate) ways: [Option<&'static [Way]>; 2],
}

/// A text by which a phrase is found: a needle that `build.rs` has prepared, how long the text is, and the first word of the
/// phrase that is in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) needle: u16,
    pub(crate) length: u16,
    pub(crate) first: u8,
}

/// Whether a phrase is one of keys, which ends with its last word, or one that stands near something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Key,
    Near,
}

/// How else a phrase with letters beyond ASCII is written: as a sentence begins with it, as a title, in capitals. Letters of ASCII
/// match in either case.
fn spellings(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return Vec::new();
    }
    let title: Vec<String> = text.split(' ').map(capitalised).collect();
    vec![capitalised(text), title.join(" "), text.to_uppercase()]
}

/// The phrases of these texts, and then what else those beyond ASCII are written as, each with its text. `None` when a text holds
/// no word.
pub(crate) fn phrases<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Option<Vec<(String, Phrase)>> {
    let mut all = texts.clone().map(|text| Some((text.to_owned(), Phrase::parse(text)?))).collect::<Option<Vec<_>>>()?;
    for text in texts.flat_map(spellings) {
        if let Some(phrase) = Phrase::parse(&text)
            && all.iter().all(|(_, known)| *known != phrase)
        {
            all.push((text, phrase));
        }
    }
    Some(all)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

impl Phrase {
    /// `None` when the text holds no word.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (tail, text) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mut letters, mut ends) = (Vec::with_capacity(text.len()), Vec::new());
        for word in words(text.as_bytes()) {
            letters.extend(word.bytes.iter().map(u8::to_ascii_lowercase));
            ends.push(u32::try_from(letters.len()).ok()?);
        }
        if ends.is_empty() {
            return None;
        }
        Some(Phrase { letters: Cow::Owned(letters), ends: Cow::Owned(ends), tail, ways: [None; 2] })
    }

    /// How it is found, if that is known.
    pub(crate) fn ways(&self, kind: Kind) -> Option<&'static [Way]> {
        self.ways[kind as usize]
    }

    /// Whether its first word must begin a word of the text.
    pub(crate) fn begins_word(&self) -> bool {
        !self.tail
    }

    /// Its words: every text that matches holds each of them in one piece.
    pub(crate) fn words(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator + Clone {
        (0..self.ends.len()).map(|index| self.word(index))
    }

    /// One of them.
    fn word(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends[index] as usize;
        &self.letters[index.checked_sub(1).map_or(0, end)..end(index)]
    }

    /// How many letters a word of it has at most, or two that stand next to each other: by so many it can be found.
    pub(crate) fn most_letters(&self) -> usize {
        let lengths = || self.words().map(<[u8]>::len);
        let pairs = lengths().zip(lengths().skip(1)).map(|(one, next)| one + next);
        lengths().chain(pairs).max().unwrap_or(0)
    }

    /// The last of its letters.
    pub(crate) fn tail(&self) -> Tail {
        let mut last = [0; Tail::MOST];
        let count = self.letters.len().min(Tail::MOST);
        last[Tail::MOST - count..].copy_from_slice(&self.letters[self.letters.len() - count..]);
        Tail::new(u128::from_be_bytes(last), count)
    }

    /// Is this phrase all that `key` says, which holds so many letters and no escape?
    pub(crate) fn is_all_of(&self, key: &[u8], letters: usize) -> bool {
        letters == self.letters.len() && self.ends(&words(key).collect::<Vec<_>>())
    }

    /// Is this phrase what `text` ends with? A word of the text may hold several words of the phrase
    /// (`apikey` is `api key`), never the other way round.
    pub(crate) fn ends(&self, text: &[Word<'_>]) -> bool {
        let mut rest = self.ends.len();
        let mut is_joined = true;
        for word in text.iter().rev() {
            if !std::mem::replace(&mut is_joined, word.is_joined) {
                return false;
            }
            let mut letters = word.bytes;
            while rest > 0 && !letters.is_empty() {
                let last = self.word(rest - 1);
                let Some(at) = letters.len().checked_sub(last.len()) else { return false };
                if !letters[at..].eq_ignore_ascii_case(last) {
                    return false;
                }
                letters = &letters[..at];
                rest -= 1;
            }
            if rest == 0 {
                return letters.is_empty() || self.tail;
            }
        }
        false
    }
}

/// The last letters of words, however these are joined: of a phrase all of them are among those of a text that ends with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tail {
    /// The last one in the lowest byte of the first half, in lower case.
    letters: [u64; 2],
    /// How many they are.
    count: u8,
}

impl Tail {
    /// No more letters are kept.
    const MOST: usize = size_of::<u128>();

    fn new(letters: u128, count: usize) -> Self {
        Tail { letters: [letters as u64, (letters >> 64) as u64], count: count as u8 }
    }

    /// Of words in their order.
    pub(crate) fn of<'w>(words: impl DoubleEndedIterator<Item = &'w [u8]>) -> Self {
        let (mut letters, mut count) = (0, 0);
        for byte in words.rev().flat_map(|word| word.iter().rev()).take(Self::MOST) {
            letters |= u128::from(byte.to_ascii_lowercase()) << (8 * count);
            count += 1;
        }
        Tail::new(letters, count)
    }

    /// Of the words that end at `end` in a text, as far as they may be of one phrase. Cheap: what of an escape looks like
    /// letters is in it too.
    pub(crate) fn before(text: &[u8], end: usize) -> Self {
        let (mut letters, mut count, mut gap) = (0, 0, 0);
        for &byte in text[..end].iter().rev() {
            if is_letter(byte) {
                letters |= u128::from(byte.to_ascii_lowercase()) << (8 * count);
                (count, gap) = (count + 1, 0);
            } else {
                gap += 1;
            }
            if count == Self::MOST || gap > GAP || (gap > 0 && !is_joint(byte)) {
                break;
            }
        }
        Tail::new(letters, count)
    }

    /// May words with this tail end with a phrase with the other one?
    pub(crate) fn may_end(self, phrase: Tail) -> bool {
        let differ = |half: usize| u128::from(self.letters[half] ^ phrase.letters[half]);
        // The first byte of the phrase comes to lie at the top.
        let beyond = 8 * (Self::MOST as u32 - u32::from(phrase.count));
        (differ(0) | differ(1) << 64).checked_shl(beyond).unwrap_or(0) == 0
    }
}

/// A word and where it stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'t> {
    pub(crate) start: usize,
    pub(crate) bytes: &'t [u8],
    /// Whether it may be of one phrase with the word before: no more than [`GAP`] bytes part them, all joints.
    is_joined: bool,
}

/// Words in the order of the text. Most keys have few.
pub(crate) type Words<'t> = SmallVec<[Word<'t>; 8]>;

impl Word<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

/// Bytes from 0x80 on count as letters. A word ends with the last of some, so that a key behind a bullet or a comma of another
/// script is one; `contraseña` is two words then, of its phrase as of a text.
pub(crate) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte >= 0x80
}

/// No more than so many bytes stand between two words of a phrase.
pub(crate) const GAP: usize = 1;

/// A byte that may stand between two words of a phrase: the apostrophe too, for `driver's licence`.
pub(crate) const fn is_joint(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'_' | b'-' | b'.' | b'/' | b'\'')
}

/// Splits a text into words: at everything that is no letter, where lower case turns to upper
/// (`db|Password`), before the last capital of a run (`API|Key`), where ASCII goes on (`，|token`), and around escapes
/// (`\n`, `%3D`, ANSI colours).
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let end = at;
        while at < text.len() && !is_letter(text[at]) {
            at += boundary::escape_length(text, at).max(1);
        }
        if at >= text.len() {
            return None;
        }
        let start = at;
        let gap = &text[end..start];
        let is_joined = gap.len() <= GAP && gap.iter().all(|&byte| is_joint(byte));
        at += 1;
        while at < text.len() && is_letter(text[at]) && !splits(text, at) {
            at += 1;
        }
        Some(Word { start, bytes: &text[start..at], is_joined })
    })
}

/// Does a word begin at `at`?
pub(crate) fn begins(text: &[u8], at: usize) -> bool {
    at == 0 || !is_letter(text[at - 1]) || splits(text, at) || boundary::escape_ends_at(text, at)
}

/// Does a new word begin at `at`, inside a run of letters?
fn splits(text: &[u8], at: usize) -> bool {
    let upper = |index: usize| text.get(index).is_some_and(u8::is_ascii_uppercase);
    let lower = |index: usize| text.get(index).is_some_and(u8::is_ascii_lowercase);
    (text[at].is_ascii() && !text[at - 1].is_ascii()) || (upper(at) && (lower(at - 1) || (upper(at - 1) && lower(at + 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text.as_bytes()).map(|word| String::from_utf8_lossy(word.bytes).to_ascii_lowercase()).collect()
    }

    #[test]
    fn splits_the_ways_that_keys_are_written() {
        assert_eq!(split("dbPassword"), ["db", "password"]);
        assert_eq!(split("DB_PASSWORD_2"), ["db", "password"]);
        assert_eq!(split("db.password-new"), ["db", "password", "new"]);
        assert_eq!(split("APIKey"), ["api", "key"]);
        assert_eq!(split("x\\npassword"), ["x", "password"]);
        assert_eq!(split("Führerschein 12"), ["fü", "hrerschein"]);
        assert_eq!(split("nuevaContraseña_2"), ["nueva", "contraseñ", "a"]);
        assert_eq!(split("→token，密码key"), ["→", "token，密码", "key"]);
    }

    #[test]
    fn a_phrase_matches_the_last_words_however_they_are_joined() {
        let ends = |phrase: &str, text: &str| Phrase::parse(phrase).unwrap().ends(&words(text.as_bytes()).collect::<Vec<_>>());
        let may_end = |phrase: &str, text: &str| {
            Tail::of(words(text.as_bytes()).collect::<Words<'_>>().iter().map(|word| word.bytes))
                .may_end(Phrase::parse(phrase).unwrap().tail())
        };
        assert!(!may_end("api key", "app_key") && !may_end("api key", "ikey") && !may_end("api key", "api_key_id"));
        assert!(may_end("the long key of an account", "xThe-long_keyOf an account") && !may_end("the long key of an account", "account"));
        for text in ["api_key", "API-KEY", "apikey", "stripeApiKey", "x.api.key", "api9Key"] {
            assert!(ends("api key", text) && may_end("api key", text), "{text}");
        }
        for (phrase, text) in [
            ("api key", "x\\napi-Key"),
            ("api key", "ApiKey"),
            ("api key", "%20api9key"),
            ("the long key of an account", "the long key of an account"),
        ] {
            let text = text.as_bytes();
            assert!(Tail::before(text, text.len()).may_end(Phrase::parse(phrase).unwrap().tail()), "{phrase}");
        }
        assert!(!Tail::before(b"api--key", 8).may_end(Phrase::parse("api key").unwrap().tail()));
        for text in ["contraseña", "miContrase\u{f1}a", "→CONTRASEñA", "密码contraseña"] {
            assert!(ends("contraseña", text) && may_end("contraseña", text), "{text}");
        }
        assert!(ends("密码", "用户_密码") && !ends("密码", "用户密码") && ends("*密码", "用户密码") && !ends("*密码", "密码a"));
        for text in ["api_key_id", "key", "myapikey", "apiKe_y", "api__key", "api:key", "api\\nkey"] {
            assert!(!ends("api key", text), "{text}");
        }
        assert!(ends("driver s licence", "the driver's licence") && ends("d identita", "carta d'identita"));
        assert!(ends("*password", "dbpassword") && ends("*password", "password") && !ends("*password", "passwordx"));
        assert!(!ends("password", "passwordEncoder") && !ends("password", "dbpassword"));
    }
}
