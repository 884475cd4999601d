//! Texts for property tests: lines that rules care about, streams of them, JSON with secrets in it.

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]

use proptest::prelude::*;

/// Pieces of lines that mean something to one rule or another.
pub fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static [u8]> = vec![
        b"password",
        b"token",
        b"client_secret",
        b"api_key",
        b"Authorization",
        b"Bearer ",
        b"=",
        b": ",
        b"\":\"",
        b"\\\":\\\"",
        b"\"",
        b"'",
        b"{",
        b"}",
        b"[",
        b"]",
        b"<",
        b">",
        b",",
        b"&",
        b"%3D",
        b"%22",
        b"%2540",
        b"\\u003d",
        b"contrase\\u00f1a",
        b"\\ud83d\\ude00",
        b"\\xc3\\xbc",
        b"\\n",
        b"\\",
        b"\x1b[31m",
        b"bob@example.com",
        b"@",
        b"https://u:pw@h/",
        b" ",
        b"-",
        b"4111 1111 1111 1111",
        b"4111111111111111",
        b"219-09-9999",
        b"+12125550123",
        b"ssn ",
        b"hunter2",
        b"GB82 WEST 1234 5698 7654 32",
        b"-----BEGIN PRIVATE KEY-----",
        b"-----END PRIVATE KEY-----",
        b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj",
        b"[REDACTED:assigned-password]",
        b"[REDACTED:",
        b"Value",
        b"_new",
        b"routing ",
        b"sort code ",
        b"AKIA",
        b"eyJ",
        b"sk_live_",
        b"--",
        b"123-45-6789",
        b"\xc3\xbc",
        b"\0",
        b"\xff",
        b"null",
        b"****",
        b"${X}",
        b"\r",
        b"<password>",
        b"</password>",
        b"{\"name\":\"db_password\"",
        b"name=password",
        b"Name:DB_PASSWORD",
        b",\"value\":\"",
        b",Value:",
        b" value=",
        b"\"--password\",\"",
        b"a2=\"",
        b"password: |",
        b"  password:",
        b"'\"'\"'",
        b" # ",
        b"mysql -uroot -p",
        b"curl -u bob:",
        b"IDENTIFIED BY '",
        b"&lt;",
        b"&gt;",
        b"eyJwYXNzd29yZCI6Imh1bnRlcjIxMjMifQ",
        b"Cookie: ",
        b"sid=",
        b"internal_note",
        b"true",
        b"[x]",
        b"[REDACTED:email]",
        b"curl -u ",
        b"invalid ",
    ];
    prop_oneof![
        6 => prop::sample::select(words).prop_map(<[u8]>::to_vec),
        1 => "[A-Za-z0-9]{1,40}".prop_map(String::into_bytes),
        1 => "[0-9]{1,20}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ]
}

/// A few lines, with either line end or none at the last.
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::collection::vec(fragments(), 0..12).prop_map(|fragments| fragments.concat());
    let end = prop::sample::select(vec![&b"\n"[..], b"\r\n", b"\n\n", b""]);
    prop::collection::vec((line, end), 0..8)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()].concat()).collect())
}

/// JSON with sensitive keys over every kind of value, strings that hold JSON or other syntaxes, numbers that are cards.
pub fn json() -> impl Strategy<Value = serde_json::Value> {
    let key = prop::sample::select(vec![
        "password",
        "token",
        "msg",
        "user",
        "card",
        "dbPassword",
        "authorization",
        "items",
        "a",
        "cvv",
        "phone",
        "api_key",
        "name",
        "value",
    ]);
    let text = prop_oneof![
        prop::sample::select(vec![
            "hunter2",
            "DB_PASSWORD",
            "--password",
            "",
            "null",
            "bob@example.com",
            "4111 1111 1111 1111",
            "4111111111111111",
            "a\"b",
            "x\\",
            "line\nbreak",
            "line\nbob@example.com",
            "\ttoken\tbob@example.com\n",
            "password=hunter2",
            "password='abc",
            "password=\"abc\" next",
            "password=",
            "say \"password\": \"hunter2\"",
            "<password>x</password>",
            "<password>x",
            "Bearer abcdef1234567890abcdef",
            "password=[a, b",
            "password={a=b",
            "{\"password\":\"hunter2\"}",
            "{\"card\":4111111111111111}",
            "[4111111111111111]",
            "password: hunter2",
            "https://u:pw@host/x",
            "password%3D%22abc%22%26x%3D1",
            "it's password='a' or 'b'",
            "--password x --y",
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0",
            "ünïcödé password=ü",
            "\u{1b}[31mpassword=abc\u{1b}[0m",
            ",4111111111111111,",
            "ssn 219-09-9999",
            "a]b}c",
            "token=`abc",
            "mysql -uroot -p'a b",
            "IDENTIFIED BY 'x",
            "curl -u \"bob:a b",
            "{\"name\":\"password\",\"value\":\"a b",
            "[\"--password\",\"x",
            "password: |",
            "eyJwYXNzd29yZCI6Imh1bnRlcjIxMjMifQ",
            "GB82 WEST 1234 5698 7654 32",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,24}",
        any::<String>(),
    ];
    let nested_text = text.clone().prop_map(|text| serde_json::json!({"password": text, "n": 4_111_111_111_111_111u64}).to_string());
    let leaf = prop_oneof![
        4 => prop_oneof![3 => text, 1 => nested_text.clone(), 1 => nested_text.prop_map(|text| serde_json::json!({"log": text}).to_string())].prop_map(serde_json::Value::from),
        2 => prop::sample::select(vec![0i64, 1234, -5, 4_111_111_111_111_111, -4_111_111_111_111_111]).prop_map(serde_json::Value::from),
        1 => any::<f64>().prop_map(serde_json::Value::from),
        1 => any::<Option<bool>>().prop_map(serde_json::Value::from),
    ];
    let nest = move |inner: BoxedStrategy<serde_json::Value>| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| {
                serde_json::Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    };
    let value = leaf.prop_recursive(3, 24, 5, move |inner| nest(inner.boxed()));
    // A line of JSON logs is an object.
    prop::collection::vec((prop::sample::select(vec!["password", "msg", "card", "a", "token", "b"]), value), 1..5)
        .prop_map(|members| serde_json::Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

/// What stands in brackets as replacements do.
pub fn replacements(text: &[u8]) -> Vec<&[u8]> {
    const HEADS: [&[u8]; 7] = [b"[REDACTED:", b"[secret:", b"[bank:", b"[identity:", b"[contact:", b"[health:", b"[network:"];
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.iter().position(|&byte| byte == b'[') {
        rest = &rest[start..];
        let length = rest.iter().position(|&byte| byte == b']').map_or(0, |close| close + 1);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b":-]".contains(byte);
        if rest[..length].iter().skip(1).all(plain) && HEADS.iter().any(|head| rest[..length].starts_with(head)) {
            found.push(&rest[..length]);
        }
        rest = &rest[1..];
    }
    found
}
