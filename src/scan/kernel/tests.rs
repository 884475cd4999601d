//! Every kernel equals plain code, and plain code equals the definition, bit for bit.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{BEHIND, BLOCK, BUCKETS, CODES, DIRECT, GROUPS, Kernel, Masks, Sieve, TILE, TILE_BLOCKS, Tables, WINDOW, code};
use crate::scan::anchor::{Anchor, Lead};
use crate::scan::byte_set::ByteSet;
use crate::scan::compile::{RuleShape, Rules};
use crate::scan::engine::Engine;
use crate::scan::starts::Starts;

/// What is said of a text, 64 places a word.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    needles: Vec<u64>,
    direct: Vec<u64>,
    numbers: Vec<u64>,
    line_feeds: Vec<u64>,
    word_starts: Vec<u64>,
    digit_starts: Vec<u64>,
}

impl Answer {
    /// What a kernel says, tile by tile as the scanner goes through a text.
    fn of(kernel: Kernel, tables: &Tables, sieve: &Sieve, text: &[u8], masks: &mut Masks) -> Self {
        let mut answer = Answer::default();
        masks.clear();
        for start in (0..text.len()).step_by(TILE) {
            let rest = &text[start..];
            let blocks = rest.len().div_ceil(BLOCK).min(TILE_BLOCKS);
            let mut bytes = rest[..rest.len().min(TILE + BEHIND)].to_vec();
            bytes.resize(bytes.len().max(blocks * BLOCK + BEHIND), 0);
            kernel.tile(tables, sieve, &bytes, blocks, masks);
            answer.needles.extend(&masks.needles[..blocks]);
            answer.direct.extend(&masks.direct[..blocks]);
            answer.numbers.extend(&masks.numbers[..blocks]);
            answer.line_feeds.extend((0..blocks).map(|block| masks.line_feeds(block)));
            answer.word_starts.extend(masks.word_starts(blocks));
            answer.digit_starts.extend(masks.digit_starts(blocks));
            let line_feeds = (0..blocks).map(|block| masks.line_feeds(block).count_ones()).sum::<u32>();
            assert_eq!(masks.line_feed_count(), line_feeds, "{kernel:?}: line feeds");
            for (words, places) in [(&masks.needles, masks.needle_places()), (&masks.numbers, masks.number_places())] {
                assert!(bits(&words[..blocks]).eq(places.iter().map(|&place| usize::from(place))), "{kernel:?}: places");
            }
        }
        answer
    }

    /// What it must say by the tables, place by place. `numbers` is what the sieve stands for.
    fn by_definition(tables: &Tables, numbers: impl Fn(usize) -> bool, text: &[u8]) -> Self {
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        let sets = |group: usize, place: usize, byte: u8| tables.windows[group][place][usize::from(code(byte))];
        let buckets = |at: usize, group: usize| (0..WINDOW).fold(0xff, |held, place| held & sets(group, place, byte(at + place)));
        let words = |of: &dyn Fn(usize) -> bool| {
            let word = |block: usize| (0..BLOCK).fold(0, |word, bit| word | u64::from(of(block * BLOCK + bit)) << bit);
            (0..text.len().div_ceil(BLOCK)).map(word).collect()
        };
        let begins_word = |at: usize| byte(at).is_ascii_alphanumeric() && !(at > 0 && byte(at - 1).is_ascii_alphanumeric());
        Answer {
            needles: words(&|at| (0..GROUPS).any(|group| buckets(at, group) != 0)),
            direct: words(&|at| buckets(at, DIRECT / 8) >> (DIRECT % 8) & 1 != 0),
            numbers: words(&numbers),
            line_feeds: words(&|at| byte(at) == b'\n'),
            word_starts: words(&begins_word),
            digit_starts: words(&|at| begins_word(at) && byte(at).is_ascii_digit()),
        }
    }
}

/// Those that are no plain code. There must be one on a machine whose instructions we know.
fn kernels() -> impl Iterator<Item = Kernel> {
    if cfg!(target_arch = "aarch64") {
        assert!(Kernel::Neon.is_available());
    }
    Kernel::available().filter(|&kernel| kernel != Kernel::Scalar)
}

fn bits(words: &[u64]) -> impl Iterator<Item = usize> {
    let places = (0..words.len() * BLOCK).filter(|at| words[at / BLOCK] >> (at % BLOCK) & 1 == 1);
    places.collect::<Vec<_>>().into_iter()
}

/// Says where two answers differ rather than what they are.
fn assert_same(one: &Answer, other: &Answer, what: &str) {
    for (name, one, other) in [
        ("needles", &one.needles, &other.needles),
        ("direct", &one.direct, &other.direct),
        ("numbers", &one.numbers, &other.numbers),
        ("line feeds", &one.line_feeds, &other.line_feeds),
        ("words", &one.word_starts, &other.word_starts),
        ("digits", &one.digit_starts, &other.digit_starts),
    ] {
        assert_eq!(one.len(), other.len(), "{what}: blocks");
        let different: Vec<u64> = one.iter().zip(other).map(|(one, other)| one ^ other).collect();
        assert_eq!(bits(&different).next(), None, "{what}: {name} differ");
    }
}

/// Every kernel against plain code. The masks go from text to text, as a scanner's do.
fn assert_kernels_agree(tables: &Tables, sieve: &Sieve, text: &[u8], masks: &mut [Masks; 2]) {
    let [vector, plain] = masks;
    for kernel in kernels() {
        let answer = Answer::of(kernel, tables, sieve, text, vector);
        assert_same(&answer, &Answer::of(Kernel::Scalar, tables, sieve, text, plain), &format!("{kernel:?}, {} bytes", text.len()));
    }
}

fn builtin() -> (Rules, Engine) {
    let rules = Rules::new(crate::builtin::PACKS).unwrap();
    let engine = Engine::new(&rules, Kernel::default(), |_| true, &[]).unwrap();
    (rules, engine)
}

/// A set as windows have them: few bytes, a range, all but some, all.
fn byte_set() -> impl Strategy<Value = ByteSet> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..6);
    prop_oneof![
        4 => bytes().prop_map(ByteSet::from_iter),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| (a.min(b)..=a.max(b)).collect()),
        1 => bytes().prop_map(|out| (0..=u8::MAX).filter(|byte| !out.contains(byte)).collect()),
        1 => Just(ByteSet::ALL),
    ]
}

type Windows = Vec<(usize, [ByteSet; WINDOW])>;

fn windows() -> impl Strategy<Value = Windows> {
    prop::collection::vec((0..BUCKETS, prop::array::uniform4(byte_set())), 0..40)
}

fn tables_of(windows: &Windows) -> Tables {
    let mut tables = Tables::default();
    windows.iter().for_each(|(bucket, window)| tables.add(*bucket, window));
    tables
}

/// Numbers, place by place.
type Numbers = Vec<Vec<ByteSet>>;

/// Of digits and letters, with something else between.
fn numbers() -> impl Strategy<Value = Numbers> {
    let digits: ByteSet = (b'0'..=b'9').collect();
    let letters: ByteSet = (b'A'..=b'Z').chain(b'a'..=b'z').collect();
    let joints: ByteSet = b"- ./".iter().copied().collect();
    let set =
        prop::sample::select(vec![digits, digits, digits, letters, joints, digits.union(letters), digits.union(joints), ByteSet::ALL]);
    let behind = prop::collection::vec((set, 1usize..6), 1..6)
        .prop_map(|runs| runs.into_iter().flat_map(|(set, length)| std::iter::repeat_n(set, length)).collect::<Vec<_>>());
    let number = (prop::sample::select(vec![digits, letters]), behind).prop_map(|(first, behind)| [vec![first], behind].concat());
    prop::collection::vec(number, 1..24)
}

/// A sieve for those of them that it can tell from others.
fn sieve_of(numbers: &Numbers) -> Sieve {
    let known = |number: &&[ByteSet]| Sieve::new(std::iter::once(*number)).is_some();
    Sieve::new(numbers.iter().map(Vec::as_slice).filter(known)).unwrap()
}

/// Text as logs have it, full of numbers, or any bytes.
fn text(length: impl Strategy<Value = usize>) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[0-9]{1,20}".prop_map(String::into_bytes),
        3 => prop::sample::select(b" -./:,()+%_\n\r\0aZ{\x80\xb5\xff".to_vec()).prop_map(|byte| vec![byte]),
        2 => "[a-zA-Z_]{1,10}[:= ]".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..12),
        1 => Just(b"4111 1111 1111 1111".to_vec()),
        1 => Just(b"eyJ password=GB82 WEST 1234 5698 7654 32".to_vec()),
    ];
    let pieces = || prop::collection::vec(piece.clone(), 40..80).prop_map(|pieces| pieces.concat());
    // Long texts repeat a part whose length is no multiple of a block's, with other bytes around the edges of tiles.
    (length, pieces(), pieces(), any::<prop::sample::Index>()).prop_map(|(length, body, edge, shift)| {
        let mut text: Vec<u8> = body.iter().copied().cycle().take(length).collect();
        for tile in (TILE..length).step_by(TILE) {
            let from = tile - BLOCK - shift.index(BLOCK);
            text[from..].iter_mut().zip(&edge).for_each(|(byte, other)| *byte = *other);
        }
        text
    })
}

/// Short ones, and those that end around the edges of tiles.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..4 * BLOCK, 1 => TILE - 70..TILE + 200, 1 => 2 * TILE - 70..2 * TILE + 200]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Tables, sieves and texts of all kinds, one text after the other in the same masks.
    #[test]
    fn kernels_equal_plain_code_and_plain_code_the_definition(
        windows in windows(), numbers in numbers(), texts in prop::collection::vec(text(length()), 1..4)
    ) {
        let (tables, sieve) = (tables_of(&windows), sieve_of(&numbers));
        let mut masks = [Masks::default(), Masks::default()];
        for text in texts {
            assert_kernels_agree(&tables, &sieve, &text, &mut masks);
            let begins = |at: usize| at < text.len() && sieve.may_begin(&text, at);
            let plain = Answer::of(Kernel::Scalar, &tables, &sieve, &text, &mut masks[0]);
            assert_same(&plain, &Answer::by_definition(&tables, begins, &text), &format!("plain code, {} bytes", text.len()));
        }
    }

    /// The tables miss no window, and make none up but of bytes with the same codes.
    #[test]
    fn tables_miss_no_window(windows in windows(), text in text(1..4 * BLOCK)) {
        let answer = Answer::of(Kernel::Scalar, &tables_of(&windows), &Sieve::default(), &text, &mut Masks::default());
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        // Windows that share a bucket share its sets.
        let mut buckets = vec![None; BUCKETS];
        for (bucket, window) in &windows {
            let sets = buckets[*bucket].get_or_insert([ByteSet::default(); WINDOW]);
            sets.iter_mut().zip(window).for_each(|(set, new)| *set = set.union(*new));
        }
        for at in 0..text.len() {
            let any_like = |sets: &[ByteSet; WINDOW], alike: &dyn Fn(u8, u8) -> bool| {
                (0..WINDOW).all(|place| sets[place].any(|held| alike(held, byte(at + place))))
            };
            let stands = |sets: &[ByteSet; WINDOW]| any_like(sets, &|held, byte| held == byte);
            let seems = |sets: &[ByteSet; WINDOW]| any_like(sets, &|held, byte| code(held) == code(byte));
            let said = |words: &[u64]| words[at / BLOCK] >> (at % BLOCK) & 1 == 1;
            let direct = || buckets[DIRECT].iter();
            for (stands, seems, words) in [
                (buckets.iter().flatten().any(stands), buckets.iter().flatten().any(seems), &answer.needles),
                (direct().any(stands), direct().any(seems), &answer.direct),
            ] {
                prop_assert!(seems || !stands);
                prop_assert_eq!(said(words), seems, "at {}", at);
            }
        }
    }
}

/// Letters have codes of their own, in each case, so that needles are told apart by them.
#[test]
fn letters_have_codes_of_their_own() {
    let letters = || (b'A'..=b'Z').chain(b'a'..=b'z');
    for letter in letters() {
        let alike: Vec<u8> = (0..0x80).filter(|&byte| code(byte) == code(letter)).collect();
        assert_eq!(alike, [letter]);
    }
    assert!((0..=u8::MAX).all(|byte| usize::from(code(byte)) < CODES && code(byte) == code(byte & 0x7f)));
}

/// What Miri runs: each kernel on a few blocks.
#[test]
fn a_few_blocks() {
    let mut runner = TestRunner::deterministic();
    let mut masks = [Masks::default(), Masks::default()];
    for length in [1, BLOCK - 1, BLOCK, 2 * BLOCK + 1] {
        let text: Vec<u8> = (0..length).map(|at| (at * 37 + length) as u8).collect();
        let tables = tables_of(&windows().new_tree(&mut runner).unwrap().current());
        let sieve = sieve_of(&numbers().new_tree(&mut runner).unwrap().current());
        assert_kernels_agree(&tables, &sieve, &text, &mut masks);
    }
}

/// Every byte at every place of a block, and at every place around the edges of tiles.
#[test]
fn every_byte_at_every_place() {
    let mut runner = TestRunner::deterministic();
    let (_, engine) = builtin();
    let mut masks = [Masks::default(), Masks::default()];
    for shift in 0..=u8::MAX {
        let byte_at = |block: usize, bit: usize| (block as u8).wrapping_add(shift).wrapping_add((bit as u8).wrapping_mul(97));
        let text: Vec<u8> = (0..TILE_BLOCKS + 2).flat_map(|block| (0..BLOCK).map(move |bit| byte_at(block, bit))).collect();
        let tables = tables_of(&windows().new_tree(&mut runner).unwrap().current());
        let sieve = sieve_of(&numbers().new_tree(&mut runner).unwrap().current());
        assert_kernels_agree(&tables, &sieve, &text, &mut masks);
        let (tables, sieve) = engine.kernel_parts();
        assert_kernels_agree(tables, sieve, &text, &mut masks);
    }
}

/// The built-in tables, on texts cut at every length around the edges of blocks and tiles.
#[test]
fn every_length() {
    let mut runner = TestRunner::deterministic();
    let (_, engine) = builtin();
    let (tables, sieve) = engine.kernel_parts();
    let mut masks = [Masks::default(), Masks::default()];
    let long = text(Just(TILE + 3 * BLOCK));
    for length in (1..4 * BLOCK).chain(TILE - BEHIND..TILE + 3 * BLOCK) {
        let text = long.new_tree(&mut runner).unwrap().current();
        // A tile from its end, so that the edges of blocks lie elsewhere.
        assert_kernels_agree(tables, sieve, &text[..length], &mut masks);
        assert_kernels_agree(tables, sieve, &text[text.len() - length..], &mut masks);
    }
}

/// A number at every place around a tile's edge, behind a letter, a space or nothing.
#[test]
fn numbers_reach_over_the_edges_of_tiles() {
    let sieve = sieve_of(&vec![vec![(b'0'..=b'9').collect(); 13]]);
    let mut masks = Masks::default();
    for (before, expected) in [(b' ', 1), (b'x', 0), (b'\xb5', 1), (b'0', 1)] {
        for start in TILE - 20..TILE + 3 {
            let mut text = vec![b'.'; TILE + BLOCK];
            text[start - 1] = before;
            text[start..start + 13].fill(b'7');
            for kernel in Kernel::available() {
                let answer = Answer::of(kernel, &Tables::default(), &sieve, &text, &mut masks);
                let found: Vec<usize> = bits(&answer.numbers).collect();
                // The digit before is where the number begins.
                let at = if before == b'0' { start - 1 } else { start };
                assert_eq!(found, vec![at; expected], "{kernel:?}: {:?} at {start}", char::from(before));
            }
        }
    }
}

/// Numbers that have nothing in common but that a letter begins them still have a sieve, which misses none.
#[test]
fn any_numbers_have_a_sieve() {
    let (digit, letter) = ((b'0'..=b'9').collect::<ByteSet>(), (b'a'..=b'z').collect::<ByteSet>());
    let number = |at: usize| (0..13).map(|place| if place == at { digit } else { letter }).collect::<Vec<_>>();
    let numbers: Numbers = (1..13).map(number).collect();
    let sieve = Sieve::new(numbers.iter().map(Vec::as_slice)).unwrap();
    for at in 1..13 {
        let text: Vec<u8> = (0..13).map(|place| if place == at { b'7' } else { b'q' }).collect();
        for kernel in Kernel::available() {
            let answer = Answer::of(kernel, &Tables::default(), &sieve, &text, &mut Masks::default());
            assert!(bits(&answer.numbers).any(|place| place == 0), "{kernel:?}: digit at {at}");
        }
    }
}

/// Wherever the first bytes of a rule's number stand, the built-in sieve says so.
#[test]
fn the_sieve_misses_no_number() {
    let (rules, engine) = builtin();
    let (tables, sieve) = engine.kernel_parts();
    let mut numbers = Vec::new();
    let begins_word = |places: &[ByteSet]| places.first().is_some_and(|set| set.iter().all(crate::scan::boundary::is_word));
    for (_, rule) in rules.iter() {
        match &rule.shape {
            // What needs a word near it is looked for at every digit.
            RuleShape::Digits(_) if !rule.near.is_empty() => {}
            RuleShape::Digits(shapes) => numbers.extend(shapes.iter().map(|shape| shape.places())),
            _ => numbers.extend(
                rule.pattern()
                    .filter(|pattern| matches!(pattern.anchor, Anchor::RunStart) && begins_word(&pattern.window))
                    .map(|pattern| pattern.window.to_vec()),
            ),
        }
    }
    let mut starts = Starts::default();
    for (places, index) in numbers.iter().zip(0..) {
        starts.add(index, places, Lead::of_at_least(0));
    }
    assert!(numbers.len() > 5);
    let mut runner = TestRunner::deterministic();
    let mut masks = Masks::default();
    let mut seen = vec![0; numbers.len()];
    let any = text(length());
    for round in 0..150 * numbers.len() {
        let mut text = any.new_tree(&mut runner).unwrap().current();
        // Random text seldom has a number of a given rule: write one, byte by byte as its sets allow.
        let places = &numbers[round % numbers.len()];
        let at = (round * 7919) % text.len();
        for (further, (byte, set)) in text[at..].iter_mut().zip(places).enumerate() {
            let bytes: Vec<u8> = set.iter().collect();
            *byte = bytes[(round / numbers.len() * 31 + further * 17) % bytes.len()];
        }
        // The others equal it.
        let answer = Answer::of(Kernel::Scalar, tables, sieve, &text, &mut masks);
        for at in 0..text.len() {
            starts.each(&text, at, |index| {
                let places = &numbers[usize::from(index)];
                let whole = places.iter().enumerate().all(|(further, set)| text.get(at + further).is_some_and(|&byte| set.contains(byte)));
                let continues = at > 0 && text[at].is_ascii_alphanumeric() && text[at - 1].is_ascii_alphanumeric();
                if whole && !continues {
                    seen[usize::from(index)] += 1;
                    assert!(answer.numbers[at / BLOCK] >> (at % BLOCK) & 1 == 1, "{}", text[at.saturating_sub(1)..].escape_ascii());
                }
            });
        }
    }
    assert!(seen.iter().all(|&times| times > 5), "{seen:?}");
}
