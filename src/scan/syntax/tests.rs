//! Keys and values, syntax by syntax.

use super::nothing::{is_code, is_name};
use super::*;

/// The values beside the first `password` of a line.
fn values(line: &str) -> Vec<String> {
    let at = line.to_ascii_lowercase().find("password").unwrap() + "password".len();
    let end = key_end(line.as_bytes(), at).unwrap();
    let mut out = Vec::new();
    Key::ending_at(line.as_bytes(), end).and_then(|key| {
        let in_string = Strings::default().contain(line.as_bytes(), key.start);
        key.values(line.as_bytes(), in_string, &[], false, &mut out)
    });
    out.iter()
        .filter(|value| !value.doubtful)
        .map(|value| String::from_utf8_lossy(&line.as_bytes()[value.span.start..value.span.end]).into_owned())
        .collect()
}

#[test]
fn operators_and_calls_that_set_nothing() {
    for line in [
        "if password || other",
        "password ?? fallback",
        "password string is empty",
        "password :: path",
        "check(\"password\", \"not set\")",
        "errors.add('password', 'is too short')",
    ] {
        assert_eq!(values(line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn a_value_ends_where_its_syntax_says() {
    for (line, value) in [
        ("password=hunter2 user=bob", "hunter2"),
        ("password=hunter2&user=bob", "hunter2"),
        ("password=hun&ter2 x", "hun&ter2"),
        ("password=hun,ter2, user=bob", "hun,ter2"),
        ("{user=bob, password=hunter2}", "hunter2"),
        ("(password=hunter2)", "hunter2"),
        ("{password=${VAR}}", "${VAR}"),
        ("Server=x;Password=hunter2;Database=y", "hunter2"),
        (r#"{"password":"hunter2","a":1}"#, "hunter2"),
        (r#"{"password" : "hun\"ter2","a":1}"#, r#"hun\"ter2"#),
        (r#"{"password":"hunter2\\","a":1}"#, r"hunter2\\"),
        (r#"{"m":"{\"password\":\"hun\\\"ter2\",\"a\":1}"}"#, r#"hun\\\"ter2"#),
        (r#"{"m":"{\"n\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}"}"#, "hunter2"),
        (r#"{"m":"password=hunter2\nuser=bob"}"#, "hunter2"),
        (r#"{"m":"password=hunter2\u0026user=bob"}"#, "hunter2"),
        (r#"{"m":"password=hunter2"}"#, "hunter2"),
        (r#"{"password":12345,"b":2}"#, "12345"),
        ("password=\0hunter2", "hunter2"),
        ("password: \0\u{1}\t hunter2", "hunter2"),
        ("password=\x08\x1b[31mhunter2\x1b[0m", "hunter2"),
        ("USER=bob\0PASSWORD=hunter2\0HOME=/root", "hunter2"),
        ("{\"password\":\0\"hunter2\"}", "hunter2"),
        ("{'password': 'hunter2', 'a': 1}", "hunter2"),
        ("{'password': u'hunter2', 'a': 1}", "hunter2"),
        (":password=>\"hunter2\", :a", "hunter2"),
        ("password := \"hunter2\"", "hunter2"),
        ("PASSWORD ::= hunter2", "hunter2"),
        ("PASSWORD :::= \"hunter2\"", "hunter2"),
        ("PASSWORD ?= hunter2", "hunter2"),
        ("$password .= 'hunter2';", "hunter2"),
        ("PASSWORD ||= \"hun ter2\"", "hun ter2"),
        ("process.env.PASSWORD || \"hunter2\"", "hunter2"),
        ("PASSWORD :: \"hunter2\"", "hunter2"),
        ("var password string = \"hunter2\"", "hunter2"),
        ("let password: &str = \"hunter2\";", "hunter2"),
        ("let password: string = 'hunter2'", "hunter2"),
        ("System.setProperty(\"password\", \"hunter2\")", "hunter2"),
        ("config.put('password', 'hunter2', 3)", "hunter2"),
        ("user[password]=hunter2&x=1", "hunter2"),
        ("<password>hunter2</password>", "hunter2"),
        ("<ns:password type=\"x\">hun ter2</ns:password>", "hun ter2"),
        ("<password><![CDATA[hun<ter2]]></password>", "hun<ter2"),
        ("<add password=\"hunter2\" />", "hunter2"),
        ("--password hunter2 --user bob", "hunter2"),
        ("--password='hunter 2' --user bob", "hunter 2"),
        ("PASSWORD 'hunter2'", "hunter2"),
        ("  password: hunter2 and more", "hunter2 and more"),
        ("x password: hunter2 and more", "hunter2"),
        ("password: Bearer hunter2", "hunter2"),
        ("\"password\":[\"Bearer hunter2\"]", "hunter2"),
        ("password=\"hunter2", "hunter2"),
        ("conf password=\",hunter2\"", ",hunter2"),
        ("x password: aB3dE=fGh1", "aB3dE=fGh1"),
        ("password = hunter=2", "hunter=2"),
        ("password=[c2VjcmV0cGFzcw==]", "c2VjcmV0cGFzcw=="),
        ("password=[Abc:def!ghi]", "Abc:def!ghi"),
        ("password                      = hunter2", "hunter2"),
        ("password='hun''ter2xyz' x", "hun''ter2xyz"),
        (r#"{"password":[",Zq99"],"z":1}"#, ",Zq99"),
        ("password: hunter2 and more  # rotated in May", "hunter2 and more"),
        ("password: !!str hunter2", "hunter2"),
        ("password: hunter2, user=bob", "hunter2"),
        ("password: hunter2, and more", "hunter2, and more"),
        (r#"{"password":"ab"cd","a":1}"#, r#"ab"cd"#),
        (r#"export PASSWORD='it'"'"'s'"#, r#"it'"'"'s"#),
        (r#"password="hun"ter2 x"#, r#"hun"ter2"#),
        (r#"<x password="hunter2"name="y"/>"#, "hunter2"),
        (r#""Env":["DB_PASSWORD=hun ter2","PORT=80"]"#, "hun ter2"),
        (r#"msg="password=hunter2 failed""#, "hunter2"),
        ("{User:bob Password:hunter2 Port:5432}", "hunter2"),
        ("&lt;password&gt;hunter2&lt;/password&gt;", "hunter2"),
        ("<password>\\n  hunter2\\n</password>", "hunter2"),
        ("WITH PASSWORD = N'hun ter2'", "hun ter2"),
        ("password=<hunter2> x", "<hunter2>"),
        (r#"{"name":"DB_PASSWORD","value":"hun ter2"}"#, "hun ter2"),
        (r#"{"name":"DB_PASSWORD","type":"x","value":"hun ter2"}"#, "hun ter2"),
        (r#"{"value":"hun\"ter2","name":"DB_PASSWORD"},{"value":"x","name":"y"}"#, r#"hun\"ter2"#),
        (r#"{"m":"[{\"Key\":\"Password\",\"Value\":\"hun ter2\"}]"}"#, "hun ter2"),
        ("[ParameterKey=DbPassword,ParameterValue=hunter2]", "hunter2"),
        ("EnvVar{Name:DB_PASSWORD,Value:hunter2,ValueFrom:nil,}", "hunter2"),
        ("{'name': 'DB_PASSWORD', 'value': 'hun ter2'}", "hun ter2"),
        (r#"<add key="DbPassword" value="hun ter2" />"#, "hun ter2"),
        (r#"<property name="db.password">hunter2</property>"#, "hunter2"),
        (r#"<entry key="password" type="x">hunter2</entry>"#, "hunter2"),
        (r#"["app","--password","hunter2","--user","bob"]"#, "hunter2"),
        (r#"a1="--password" a2="hunter2" a3="app""#, "hunter2"),
        ("Server=a;User ID=x;Password=Azur/Blau 9;Encrypt=True;", "Azur/Blau 9"),
        ("Password=a b;User Id=bob", "a b"),
        (r#"x "UID=a; PWD=b; Password=c d; Initial Catalog=e""#, "c d"),
        ("DSN=a;UID=b;Password={Kraut];Rübe};APP=c", "Kraut];Rübe"),
        ("jdbc:sqlserver://a;user=b;password={x}}y z};encrypt=true", "x}}y z"),
        ("{user=x, password=Pfeffer & Salz, rememberMe=true}", "Pfeffer & Salz"),
        ("Dto [id=17, password=Rex, der Hund]", "Rex, der Hund"),
        ("Dto(id=17, password=Rex und Hund)", "Rex und Hund"),
        ("{user: x, password: a b, port: 1}", "a b"),
        ("{password: a b}", "a b"),
        ("{password=a [b] c, port=1}", "a [b] c"),
        ("[user=a, password=b user=c]", "b"),
        ("Array ( [password] => a b [port] => 1 )", "a b"),
        ("Array ( [port] => 1 [password] => a b )", "a b"),
        ("x UID=a;Password=b failed; retrying", "b"),
        ("x UID=a;Password=b failed for user=bob;port=1", "b"),
        ("failed, password=a is wrong, user=bob", "a"),
        ("failed (of user bob, password=a is wrong)", "a"),
        ("c 'user=bob password=''a b'' host=x'", "a b"),
        ("Cfg { password: Some(\"a(b\"), tls: None }", "a(b"),
        ("Cfg(password = Some(hunter2), tls = None)", "hunter2"),
        (r#"["password"]=> string(7) "hun ter""#, "hun ter"),
        (r#"Header{"Password":[]string{"a b"}, "Accept":[]string{"c"}}"#, "a b"),
        ("[('user', 'x'), ('password', 'hun ter'), ('tls', True)]", "hun ter"),
        ("x ('password', 'Hun_ter')", "Hun_ter"),
        (r#"[["user", "x"], ["password", "hunter"]]"#, "hunter"),
        (r#"{"m":"[[\"password\",\"hun ter\"]]"}"#, "hun ter"),
        ("':path', '/v1' 'x-password', 'hunter' 'x', 'y'", "hunter"),
        (r#"[{user,<<"a">>},{password,<<"hun/ter">>}]"#, "hun/ter"),
        (r#"(user . "a") (password . "hun ter")"#, "hun ter"),
        (r#"{:user "a" :password "hun ter" :port 1}"#, "hun ter"),
        ("Loading property: s3.password, Hunter/2", "Hunter/2"),
        ("\x1b[33mpassword\x1b[0m=\x1b[32mhunter\x1b[0m user=x", "hunter"),
        (r"\x1b[33mpassword\x1b[0m=\x1b[32mhunter\x1b[0m user=x", "hunter"),
        ("GET /a?x=1&password=hunter#top HTTP/1.1", "hunter"),
        ("a=1&password=hun#ter", "hun#ter"),
        (r#"object(PDO)#3 (1) { ["password":protected]=> string(7) "hunter" }"#, "hunter"),
        ("    [password:protected] => hunter", "hunter"),
        ("a.password: hunter (from Source)", "hunter"),
        ("password: hunter lang=ru", "hunter"),
        ("ansible -e 'db_password=hun ter' -e env=x", "hun ter"),
        ("ansible -e 'db_password=hunter user=x'", "hunter"),
        ("(root) CMD (DB_PASSWORD=hunter /bin/x.sh)", "hunter"),
        ("Login(user=x, password=a, b, port=1)", "a, b"),
        ("X-Password: hunter X-Other-Key: x", "hunter"),
        (r#"SET_NETWORK 0 password "hun ter""#, "hun ter"),
        (r#"${DB_PASSWORD:-hunter}"#, "-hunter"),
    ] {
        assert_eq!(values(line), [value], "{line}");
    }
}

#[test]
fn nothing_is_no_value() {
    for line in [
        "{\"m\":\"password=\"}",
        r#"{"password":{}}"#,
        r#"{"a":"password=\\","b":"visible"}"#,
        r#"{"a":"password=\\"}"#,
        "password='' x",
        "postgres://app:<password>@host",
        "arn:aws:x:1:password:prod/db",
        "password= user=bob",
        "password=&user=bob",
        "password=\"\" user=bob",
        "the password was changed",
        "password::x",
        "</password>x",
        "--password --user bob",
        "{User:bob Password: Port:5432}",
        "<password/><user>bob</user>",
        r#"{"name":"password","in":"formData"}"#,
        r#"{"field":"password","rule":"min","value":8}"#,
        r#"["password","required"]"#,
        r#"a1="--password" a2="--user""#,
        r#"{"msg":"--password","user":"bob"}"#,
        "username,password,email",
        "password value",
        "Server=a;Password=;User Id=b",
        "Server=a;Password=;User=b",
        "if x in ('password', 'API-Token')",
        "f('password', 'Hunter')",
        "('password', 'token')",
        r#"["user", "password", "Token-1"]"#,
        r#"{"a":["password","Hunter"]}"#,
        "{user,password,host}",
        "missing property: password, retrying",
        r#"grep "password=" src/ | wc -l"#,
        r#"Console.Write("Password: ");"#,
        "getpass(prompt='Password: ')",
        r"s/password=[^ ]*/x/g",
        r"/(?<=password=)[^&\s]+/gi",
        "${POSTGRES_PASSWORD:?err}",
        "x: pam_unix(passwd:auth): password: user='bob'",
        "password: user='bob'",
        r#"invalid password "x" given"#,
    ] {
        assert_eq!(values(line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn every_scalar_below_a_key_is_a_value() {
    assert_eq!(values(r#"{"password":{"a":"x","b":[1,"y z"],"c":null},"d":"no"}"#), ["x", "1", "y z", "null"]);
    assert_eq!(values(r#"{"m":"{\"password\":[\"x\",\"y\"],\"d\":\"no\"}","e":"no"}"#), ["x", "y"]);
    assert_eq!(values("password=[x, y] d=no"), ["x", "y"]);
    assert_eq!(values("password: [a='x', b='y'] d=no"), ["x", "y"]);
    assert_eq!(values(r#"{"password":{"type":"string","format":"password","minLength":12}}"#), ["12"]);
    assert_eq!(values("password={a=x, b=y} d=no"), ["x", "y"]);
}

#[test]
fn a_value_may_become_another() {
    assert_eq!(values(r#"  ~ password = "a b" -> "c d""#), ["a b", "c d"]);
    assert_eq!(values(r#"{password => "a b", :x => "c d"}"#), ["a b"]);
    assert_eq!(values(r#"password = "a" -> null"#), ["a"]);
}

#[test]
fn placeholders_hold_nothing() {
    for value in [
        "",
        "null",
        "None",
        "****",
        "********12",
        "<token>",
        "${VAR}",
        "%s",
        "[FILTERED]",
        "(hidden)",
        "{{ x }}",
        "xxxx",
        "%(pw)s",
        "%VAR%",
        "@VAR@",
        "${{ secrets.X }}",
        "xxx/g",
        "<set to the key 'x' in y>  Optional: false",
        "$1",
        "argon2id",
    ] {
        assert!(holds_nothing(value.as_bytes()), "{value}");
    }
    for value in ["$HUNTER2", "$12ab", "@hunter", "@x y@", "hunter2", "****abcdefgh", "$ecret", "<a>b<c>x", "nullable", "${a}b"] {
        assert!(!holds_nothing(value.as_bytes()), "{value}");
    }
}

#[test]
fn tokens() {
    assert!(is_token(b"abcdefgh12345678") && is_token(b"qwertyuiopasdfghjk"));
    assert!(!is_token(b"/etc/ssl/private/server1.key"));
    assert!(!is_token(b"short1") && !is_token(b"aaaaaaaaaaaaaaaaaaaa") && !is_token(b"has a space in it 12"));
}

#[test]
fn words_beside_a_key_are_no_secret() {
    for value in ["incorrect for user bob", "must be at least 8 characters", "Invalid", "is required.", "string   the password", "VALUES"] {
        assert!(is_remark(value.as_bytes()), "{value}");
    }
    for value in ["correct horse battery staple", "isaac", "hunter2", "required!x", "has space, ]}{"] {
        assert!(!is_remark(value.as_bytes()), "{value}");
    }
    for value in [
        "getPassword()",
        "$_POST[",
        "$this->password",
        "self.password",
        "request.form[",
        "os.environ.get(",
        "Token{3ab1c8e",
        "a.b.Binder@1a2b3c4d",
        "varchar(255)",
    ] {
        assert!(is_code(value.as_bytes()), "{value}");
    }
    for value in ["hunter2", "john.smith", "abc(def", "P@ssw0rd", "a{b}c1"] {
        assert!(!is_code(value.as_bytes()), "{value}");
    }
}

#[test]
fn secrets() {
    for value in [
        "hunter22",
        "s3cr3t-K3y!",
        "abc:def123|GHI",
        "9f8a7b6c",
        "qwertyuiopasdfghjk",
        "12345678-abcd-ef12-3456-7890abcdef12",
        "1/abc:DEF|g$1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaabbbb",
    ] {
        assert!(is_secret(value.as_bytes()), "{value}");
    }
    for value in [
        "short",
        "expired",
        "my-tls-secret",
        "db-credentials-2",
        "prod/db",
        "ThisIsAName",
        "123456",
        "3600s",
        "2024-01-02T03:04:05Z",
        "0x7f9a8b6c",
        "sha256",
        "arn:aws:x:1:y",
        "https://a.test/b1",
        "/etc/ssl/server1.key",
        "a b1c2d3",
        "(code1)",
        "AES256",
    ] {
        assert!(!is_secret(value.as_bytes()), "{value}");
    }
    assert!(is_name(b"default/key-01") && !is_name(b"x9Kd83jdk3k29dk"));
}

#[test]
fn made_up_credentials() {
    for value in ["redis_access_123", "my-secret-value", "hopenobodyfindsthisone", "secret_key"] {
        assert!(is_made_up(value.as_bytes()), "{value}");
    }
    for value in [
        "hunter",
        "invalid_token",
        "api_key",
        "TOKEN_NOT_FOUND",
        "your-api-key",
        "prod/db-2",
        "x.y-z",
        "12345678",
        "$api_key",
        "a1b2c3d4e5f6g7h8",
    ] {
        assert!(!is_made_up(value.as_bytes()), "{value}");
    }
    assert!(goes_on_in_prose(b"a-b rejected it", 3) && goes_on_in_prose(b"a-b failed", 3));
    assert!(!goes_on_in_prose(b"a-b user=bob", 3) && !goes_on_in_prose(b"a-b", 3) && !goes_on_in_prose(b"a-b, then", 3));
}

#[test]
fn remarks_are_sorted() {
    assert!(nothing::REMARKS.is_sorted());
}

#[test]
fn letters_of_a_hexadecimal_number_name_nothing() {
    let names = |line: &str| {
        let end = line.find('=').unwrap();
        Key::ending_at(line.as_bytes(), end).unwrap().words(line.as_bytes()).len()
    };
    assert_eq!([names("id d4df46cf=1"), names("0cc=1")], [0, 0]);
    assert_eq!([names("cf=1"), names("%20cf=1"), names("db1pw=1"), names("user2cfg=1"), names("tax_cf=1")], [1, 1, 2, 2, 2]);
}
