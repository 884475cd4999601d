use super::*;
use proptest::prelude::*;

fn fields(paths: &[(&str, FieldAction)]) -> Fields {
    Fields::new(&paths.iter().map(|&(path, action)| (path.to_owned(), action)).collect()).unwrap()
}

/// What is found in a line: the action's first letter, and the value.
fn found(fields: &Fields, line: &str) -> Vec<String> {
    fields.find(line.as_bytes()).into_iter().map(|hit| format!("{} {}", &hit.action.name()[..1], &line[hit.value])).collect()
}

fn masked(path: &str, line: &str) -> Vec<String> {
    found(&fields(&[(path, FieldAction::Mask)]), line)
}

#[test]
fn a_path_leads_through_objects_and_arrays() {
    let line = r#"{"a":{"b":[{"c":1},{"c":"x","d":{"c":[2]}}],"c":null},"c":true}"#;
    for (path, values) in [
        ("c", &["m true"][..]),
        ("a.c", &["m null"]),
        ("a.b", &[r#"m [{"c":1},{"c":"x","d":{"c":[2]}}]"#]),
        ("a.b.c", &[]),
        ("a.b.*.c", &["m 1", "m x"]),
        ("a.*.c", &[]),
        ("*.c", &["m null"]),
        ("**.c", &["m 1", "m x", "m [2]", "m null", "m true"]),
        ("a.**.c", &["m 1", "m x", "m [2]", "m null"]),
        ("**.d.**.c", &["m [2]"]),
        ("a.b.*", &[r#"m {"c":1}"#, r#"m {"c":"x","d":{"c":[2]}}"#]),
        ("a.b.**.**", &[r#"m [{"c":1},{"c":"x","d":{"c":[2]}}]"#]),
        ("*", &[r#"m {"b":[{"c":1},{"c":"x","d":{"c":[2]}}],"c":null}"#, "m true"]),
        ("a.b.c.d", &[]),
    ] {
        assert_eq!(masked(path, line), values, "{path}");
    }
    assert_eq!(masked("*.a", r#" [ {"a" : 1 } ,{"a":"2"}] {"x":{"a":3}}"#), ["m 1", "m 2", "m 3"]);
    assert_eq!(masked("a", r#"{"a":1,"b":2,"a":"again"}"#), ["m 1", "m again"]);
}

#[test]
fn a_key_is_what_its_escapes_say() {
    for key in [r"pass\u0077ord", r"\u0070\u0061ssword", "password", r"p\u0061\u0073\u0073word"] {
        assert_eq!(masked("password", &format!(r#"{{"{key}":"x"}}"#)), ["m x"], "{key}");
    }
    for (name, key) in
        [("a/b", r"a\/b"), ("a\"b", r#"a\"b"#), ("a\\\\b", r"a\\b"), ("a\nb", r"a\nb"), ("é", r"\u00e9"), ("😀", r"\ud83d\uDE00")]
    {
        assert_eq!(masked(name, &format!(r#"{{"x":0,"{key}":"x"}}"#)), ["m x"], "{name}");
    }
    assert_eq!(masked(r"a\.b.\*", r#"{"a.b":{"*":1,"x":2},"a":{"b":3}}"#), ["m 1"]);
    assert!(masked("a", r#"{"\ud83d":1,"\u":2,"\x":3,"b\u0061":4,"a\u":5,"\u00":6}"#).is_empty());
}

#[test]
fn of_two_paths_the_stronger_counts() {
    use FieldAction::{Drop, Keep, Mask};
    let line = r#"{"a":{"b":1,"c":2},"d":3}"#;
    assert_eq!(found(&fields(&[("a.b", Keep), ("**.b", Mask)]), line), ["m 1"]);
    assert_eq!(found(&fields(&[("a.b", Drop), ("**.b", Mask)]), line), ["d 1"]);
    // Inside what is kept a field may be masked; what is masked is so as a whole.
    assert_eq!(found(&fields(&[("a", Keep), ("a.b", Mask)]), line), [r#"k {"b":1,"c":2}"#, "m 1"]);
    assert_eq!(found(&fields(&[("a", Mask), ("a.b", Keep)]), line), [r#"m {"b":1,"c":2}"#]);
}

#[test]
fn what_is_cut_is_hidden_to_its_end_and_kept_nowhere() {
    for (line, value) in [
        (r#"{"k":1,"a":"x\"#, r"m x\"),
        (r#"{"k":1,"a":"xy"#, "m xy"),
        (r#"{"k":1,"a":{"b":[1,{"#, r#"m {"b":[1,{"#),
        (r#"{"k":1,"a":12"#, "m 12"),
        (r#"{"k":1,"a":{"b":]} tail"#, r#"m {"b":]} tail"#),
        (r#"{"k":1,"a":tr@ue} tail"#, "m tr"),
        (r#"{"k":1,"a":@} tail"#, "m @} tail"),
        (r#"{"k":1,"a":"x"} tail"#, "m x"),
    ] {
        let fields = fields(&[("a", FieldAction::Mask), ("k", FieldAction::Keep)]);
        assert_eq!(found(&fields, line), [value], "{line}");
    }
    for line in [r#"{"k":1,"a"#, r#"{"k":1,"a":"#, r#"{"k":1,"a""#, "{", "[", "{]", r#"{"k":1,}"#, "no {a:1}", ""] {
        assert!(masked("a", line).is_empty(), "{line}");
    }
    assert_eq!(found(&fields(&[("k", FieldAction::Keep)]), r#"{"k":1} "#), ["k 1"]);
    // The brace may begin a document whose key hides what is an element of the array.
    let hits = fields(&[("*", FieldAction::Mask)]).find(br#"["{",":""#);
    assert!(hits.iter().any(|hit| hit.value.contains(&6)), "{hits:?}");
    // Behind other text it is masked, and not kept.
    assert_eq!(found(&fields(&[("a", FieldAction::Mask), ("k", FieldAction::Keep)]), r#"no {"k":1,"a":2}"#), ["m 2"]);
}

#[test]
fn behind_a_break_the_last_name_of_a_path_is_its_field() {
    for line in [
        r#"{"msg":"user "bob" did","tok":"S3cret"}"#,
        r#"{"msg":"a" "tok":"S3cret"}"#,
        r#"{"msg":"a",,"tok" : "S3cret"}"#,
        r#"{"msg":"a"],"tok":"S3cret"}"#,
        r#"{"msg":"a,"tok":"S3cret"}"#,
        r#"{"msg":"C:\","tok":"S3cret"}"#,
        r#"{"msg":"a"b\","tok":"S3cret"}"#,
        r#"{"msg":'a',"t\u006fk":"S3cret"}"#,
        r#"{"msg":"a"},"b":"c","tok":"S3cret"}"#,
        r#"{"msg":"a"} c","tok":"S3cret"}"#,
        r#"{"msg":"a"}{"b" c","tok":"S3cret"}"#,
    ] {
        for path in ["tok", "a.b.tok", "**.tok", "*.tok"] {
            assert_eq!(masked(path, line), ["m S3cret"], "{path} {line}");
        }
        assert!(found(&fields(&[("tok", FieldAction::Keep)]), line).is_empty() && masked("tok.x", line).is_empty(), "{line}");
    }
    assert_eq!(masked("t", r#"{"m":"a "b" c","t":{"t":1,"u":[2]},"t":"x" y","t":3,"t":z!"#), [r#"m {"t":1,"u":[2]}"#, "m x", "m 3", "m z"]);
    assert_eq!(found(&fields(&[("t", FieldAction::Drop), ("a.t", FieldAction::Mask)]), r#"{"m":"a "b","t":[1,"#), ["d [1,"]);
    // A break in what no path leads into is none, as long as its brackets say where it ends.
    let inside = r#"{"a":{"msg":"x "y" z","b":{"tok":"S3cret"}}}"#;
    assert_eq!(["a.b.tok", "**.tok", "*.tok", "tok"].map(|path| masked(path, inside).len()), [1, 1, 1, 0]);
    for line in [
        r#"{"a":{"msg":"x "y z"},"tok":"S3cret"}"#,
        r#"{"a":{"msg":"x","b":{"c":""},"tok":"S3cret"}"#,
        r#"{"a":{"msg":"x"}}"},"tok":"S3cret"}"#,
    ] {
        assert_eq!(masked("tok", line), ["m S3cret"], "{line}");
    }
    // In what is none of a document's, names are words.
    assert!(masked("tok", r#"took "tok":"x" {"a":1}"#).is_empty());
    assert!(masked("tok", r#"{"m":{"tok":"x"}} {"m":{"tok":"y"}}"#).is_empty());
    for line in [r#"{"a"b":"tok":"#, r#"{"a"b "tok": "#, r#"{"a"b "tok"#, r#"{"a":"b\"#, r#"{"tok":1}, "tok":"\"#] {
        masked("tok", line);
    }
}

#[test]
fn behind_other_text_an_array_may_begin_with_any_value() {
    for first in ["1", "-1.5e+3", "true", "null", "false", "0 ", "\"a\"", "[]", "{}"] {
        let line = format!(r#"12:00 [{first},{{"x":"S3cret"}}]"#);
        assert_eq!(masked("*.x", &line), ["m S3cret"], "{line}");
        assert_eq!(masked("*", &line).len(), 2, "{line}");
    }
    for first in ["main", "1a", "-", "e5", "1.2.3.4", "tru", "1]", "1 2"] {
        assert_eq!(document(format!("12:00 [{first},x").as_bytes(), 0), None, "{first}");
    }
    for cut in ["12:00 [", "12:00 [-", "12:00 [12", "12:00 [1.", "12:00 [1e+", "12:00 [tr", "12:00 [true", "12:00 [1 "] {
        assert_eq!(document(cut.as_bytes(), 0), Some(6), "{cut}");
    }
}

#[test]
fn one_comma_goes_with_what_is_taken_out() {
    let fields = fields(&[("**.x", FieldAction::Drop), ("**.y", FieldAction::Drop), ("**.l.*", FieldAction::Drop)]);
    for (line, left) in [
        (r#"{"x":1}"#, "{}"),
        (r#"{"x":1,"y":2}"#, "{}"),
        (r#"{"x":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":2 , "x":"1"}"#, r#"{"a":2 }"#),
        (r#"{"x":1,"y":2,"a":3}"#, r#"{"a":3}"#),
        (r#"{ "x" : 1 , "a":3,"y":2,"x":{"y":1}, "b":[{"x":1}]}"#, r#"{ "a":3, "b":[{}]}"#),
        (r#"{"l":[1,2,3],"a":[1]}"#, r#"{"l":[],"a":[1]}"#),
        (r#"{"a":1,"x":2,"b":3,"y":4,"c":5}"#, r#"{"a":1,"b":3,"c":5}"#),
    ] {
        assert_eq!(without(&fields, line), left, "{line}");
    }
}

/// The line without its hits.
fn without(fields: &Fields, line: &str) -> String {
    let hits = fields.find(line.as_bytes());
    let (mut left, mut done) = (String::new(), 0);
    for hit in hits {
        let quote = usize::from(line[..hit.value.start].ends_with('"'));
        let place = with_comma(line.as_bytes(), hit.from..hit.value.end + quote, done);
        left.push_str(&line[done..place.start]);
        done = place.end;
    }
    left + &line[done..]
}

#[test]
fn lines_are_found_by_what_they_hold() {
    let input = b"{\"b\":1}\nplain \"a\"\n{\"x\":\"\\u0061\"}\n {\"a\":1}\r\n{\"a\":2}";
    let fields = fields(&[("a", FieldAction::Mask)]);
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(line) = fields.next_line(input, at, input.len(), 1000) {
        at = line.end + 1;
        lines.push(String::from_utf8_lossy(&input[line]).into_owned());
    }
    assert_eq!(lines, ["{\"x\":\"\\u0061\"}", " {\"a\":1}\r", "{\"a\":2}"]);
    assert_eq!(fields.next_line(input, 0, 18, 1000), None);
    let any = self::fields(&[("*", FieldAction::Mask)]);
    assert_eq!(any.next_line(input, 0, input.len(), 1000), Some(0..7));
    assert_eq!(any.next_line(input, 8, input.len(), 1000), Some(18..32));
}

#[test]
fn paths_that_are_wrong() {
    for (path, action) in [
        ("", FieldAction::Mask),
        ("a..b", FieldAction::Mask),
        (".a", FieldAction::Mask),
        ("a.", FieldAction::Mask),
        ("a*", FieldAction::Mask),
        ("a\\", FieldAction::Mask),
        ("$", FieldAction::Mask),
        ("@.a", FieldAction::Mask),
        ("/a/b", FieldAction::Mask),
        ("a[]", FieldAction::Mask),
        ("a]", FieldAction::Mask),
        ("a->b", FieldAction::Mask),
        ("a.\"b\"", FieldAction::Mask),
        (" a", FieldAction::Mask),
        ("a .b", FieldAction::Mask),
        ("a.\\b\t", FieldAction::Mask),
        ("**", FieldAction::Keep),
        ("*.*", FieldAction::Keep),
    ] {
        assert!(Fields::new(&BTreeMap::from([(path.to_owned(), action)])).is_err(), "{path}");
    }
}

#[test]
fn signs_of_other_notations_may_be_part_of_a_name() {
    for (path, key) in [
        ("@timestamp", "@timestamp"),
        ("$ref", "$ref"),
        (r"\$", "$"),
        (r"\/a/b", "/a/b"),
        (r"a\[0\]", "a[0]"),
        (r"a\->b", "a->b"),
        (r"a-\>b", "a->b"),
        (r"\ a\ ", " a "),
        ("a b", "a b"),
    ] {
        assert_eq!(masked(path, &format!(r#"{{"{key}":1}}"#)), ["m 1"], "{path}");
    }
}

/// JSON, small, with the names that the paths have.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[ a-c\"\\\\/é,:{}\\[\\]\n]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map("[a-c/\"é]{1,2}", inner, 0..5).prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What the paths say of each value, in the order in which the values begin, worked out on values that are parsed.
fn expected(
    paths: &[(Vec<&str>, FieldAction)],
    at: &mut Vec<String>,
    value: &serde_json::Value,
    found: &mut Vec<(FieldAction, serde_json::Value)>,
) {
    let action = paths.iter().filter(|(path, _)| !at.is_empty() && leads(path, at)).map(|&(_, action)| action).max();
    if let Some(action) = action {
        found.push((action, value.clone()));
        if action != FieldAction::Keep {
            return;
        }
    }
    let inside: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Array(items) => items.iter().map(|item| ("\0".to_owned(), item)).collect(),
        serde_json::Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inside {
        at.push(key);
        expected(paths, at, value, found);
        at.pop();
    }
}

fn leads(path: &[&str], at: &[String]) -> bool {
    match (path, at) {
        ([], []) => true,
        (["**", rest @ ..], _) => leads(rest, at) || (!at.is_empty() && leads(path, &at[1..])),
        (["*", rest @ ..], [_, inner @ ..]) => leads(rest, inner),
        ([name, rest @ ..], [key, inner @ ..]) => name == key && leads(rest, inner),
        _ => false,
    }
}

proptest! {
    /// The walk finds what a real parser and the plain meaning of paths say.
    #[test]
    fn the_walk_finds_what_a_parser_does(
        value in json(),
        paths in prop::collection::btree_map(
            prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("ab"), Just("é"), Just("*"), Just("**")], 1..4),
            prop::sample::select(FieldAction::ALL.to_vec()),
            1..4,
        ),
        is_pretty in any::<bool>(),
    ) {
        let paths: Vec<_> = paths.into_iter().filter(|(path, action)| *action != FieldAction::Keep || path.iter().any(|name| !name.starts_with('*'))).collect();
        let text = if is_pretty { serde_json::to_string_pretty(&value).unwrap().replace('\n', " ") } else { value.to_string() };
        let fields = Fields::new(&paths.iter().map(|(path, action)| (path.join("."), *action)).collect()).unwrap();
        let hits = fields.find(text.as_bytes());
        let mut wanted = Vec::new();
        prop_assume!(value.is_array() || value.is_object());
        expected(&paths, &mut Vec::new(), &value, &mut wanted);
        let quoted = |hit: &Hit| if text[..hit.value.start].ends_with('"') { hit.value.start - 1..hit.value.end + 1 } else { hit.value.clone() };
        let found: Vec<_> = hits.iter().map(|hit| (hit.action, serde_json::from_str::<serde_json::Value>(&text[quoted(hit)]).unwrap())).collect();
        prop_assert_eq!(found, wanted);
        // Whatever is cut off, nothing panics, and what is hidden of the whole is hidden of its beginning.
        for cut in (0..text.len()).filter(|&cut| text.is_char_boundary(cut)) {
            let of_part = fields.find(&text.as_bytes()[..cut]);
            let hides = |hits: &[Hit], at: usize| hits.iter().any(|hit| hit.action != FieldAction::Keep && hit.value.contains(&at));
            for at in 0..cut {
                prop_assert!(!hides(&hits, at) || hides(&of_part, at), "{} {}", &text[..cut], at);
            }
        }
    }

    #[test]
    fn no_line_makes_it_panic(line in "[{\\[][\\[\\]{}\",:\\\\ua0 *\\x00]{0,60}", path in "[ab*.\\\\]{0,8}") {
        if let Ok(fields) = Fields::new(&BTreeMap::from([(path, FieldAction::Mask)])) {
            for hit in fields.find(line.as_bytes()) {
                prop_assert!(hit.from <= hit.value.start && line.get(hit.value.clone()).is_some());
            }
        }
    }
}
