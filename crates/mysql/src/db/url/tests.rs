//! The database URL: what is read, what is an error, what is never shown.

use super::*;

fn parse(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text).unwrap()
}

fn error_of(text: &str) -> String {
    format!("{:#}", DatabaseUrl::parse(text).unwrap_err())
}

#[test]
fn all_parts_are_read_and_percent_decoded() {
    let url = parse("mysql://a%40b:p%2Fw%3A%25@db.example:3307/my%20shop?ssl-mode=VERIFY_CA");
    assert_eq!(url.user, "a@b");
    assert_eq!(url.password.as_deref(), Some("p/w:%"));
    assert_eq!(url.database(), "my shop");
    assert_eq!(url.tls(), TlsMode::VerifyCa);
    let sqlx = url.sqlx();
    assert_eq!((sqlx.get_host(), sqlx.get_port()), ("db.example", 3307));
    assert_eq!(sqlx.get_database(), Some("my shop"));
    let bulk = url.mysql_async();
    assert_eq!(
        (bulk.ip_or_hostname(), bulk.tcp_port()),
        ("db.example", 3307)
    );
    assert_eq!((bulk.user(), bulk.pass()), (Some("a@b"), Some("p/w:%")));
    assert!(!bulk.ssl_opts().unwrap().accept_invalid_certs());
    assert!(bulk.ssl_opts().unwrap().skip_domain_validation());
}

#[test]
fn a_socket_replaces_host_and_tls() {
    let url = parse("mysql://root@localhost/reviews?socket=/tmp/a%20b/mysql.sock");
    assert_eq!(url.tls(), TlsMode::Disabled);
    assert_eq!(url.mysql_async().socket(), Some("/tmp/a b/mysql.sock"));
    assert_eq!(
        url.sqlx().get_socket().unwrap().to_str(),
        Some("/tmp/a b/mysql.sock")
    );
    assert!(url.mysql_async().ssl_opts().is_none());
    let text = error_of("mysql://root@localhost/reviews?socket=/s&ssl-mode=required");
    assert!(text.contains("demands TLS"), "{text}");
}

#[test]
fn the_password_is_neither_displayed_nor_debugged() {
    let url = parse("mysql://app:s3cret@db:3306/shop");
    assert_eq!(url.to_string(), "mysql://app@db:3306/shop");
    let given = url.clone().given_by(Some("from --database-url".to_owned()));
    assert_eq!(
        given.to_string(),
        "mysql://app@db:3306/shop (from --database-url)"
    );
    assert_eq!(given.with_password_shown(), url.with_password_shown());
    assert!(!format!("{url:?}").contains("s3cret"));
    for text in [
        "mysql://app:s3cret@db:notaport/shop",
        "http://app:s3cret@db/shop",
        "mysql://app:s3cret@db/",
        "mysql://app:s3cret@db/shop?sslmode=required",
        "mysql://app:s3cret@db/shop?charset=latin1",
        "app:s3cret@db/shop",
    ] {
        assert!(!error_of(text).contains("s3cret"), "{text}");
    }
}

#[test]
fn an_unknown_parameter_is_an_error_that_lists_the_known_ones() {
    let text = error_of("mysql://root@db/shop?sslmode=required");
    assert!(
        text.contains("\"sslmode\"") && text.contains("ssl-mode"),
        "{text}"
    );
    let text = error_of("mysql://root@db/shop?ssl-mode=on");
    assert!(text.contains("verify-identity"), "{text}");
    let text = error_of("mysql://root@db/shop?ssl-cert=/a.pem");
    assert!(text.contains("ssl-key"), "{text}");
}

#[test]
fn the_shown_url_reads_back_as_the_same_value() {
    for text in [
        "mysql://app:s3cret@db:3307/shop",
        "mariadb://a%40b:p%2Fw%25@[::1]:3306/x?ssl-mode=verify_identity&ssl-ca=/c%26a.pem",
        "mysql://root@localhost/reviews?socket=/tmp/a%20b%3F/my+sql.sock",
    ] {
        let url = parse(text);
        assert_eq!(parse(&url.with_password_shown()), url, "{text}");
    }
    assert_eq!(
        parse("mysql://root@localhost/reviews?socket=/tmp/s.sock").with_password_shown(),
        "mysql://root@localhost/reviews?socket=/tmp/s.sock"
    );
}

#[test]
fn another_database_on_the_same_server() {
    let url = parse("mysql://app:s3cret@db:3306/shop");
    assert_eq!(
        url.with_database("other").to_string(),
        "mysql://app@db:3306/other"
    );
    assert_eq!(url.server().to_string(), "mysql://app@db:3306");
    assert_eq!(url.server().sqlx().get_database(), None);
}

#[test]
fn several_hosts_are_read_shown_and_returned_one_by_one() {
    let url = parse("mysql://a,b:p%2Fw@h1:3307,[::1]:3308,h3/shop?ssl-mode=required");
    let shown = "mysql://a,b@h1:3307,[::1]:3308,h3:3306/shop";
    assert_eq!(url.to_string(), shown);
    assert_eq!(parse(&url.with_password_shown()), url);
    let each: Vec<String> = url.each_host().iter().map(ToString::to_string).collect();
    assert_eq!(
        each,
        [
            "mysql://a,b@h1:3307/shop",
            "mysql://a,b@[::1]:3308/shop",
            "mysql://a,b@h3:3306/shop"
        ]
    );
    for host in url.each_host() {
        assert_eq!(host.mysql_async().pass(), Some("p/w"));
        assert_eq!(host.tls(), TlsMode::Required);
    }
    assert!(!parse("mysql://root@db/shop").has_several_hosts());
    for text in [
        "mysql://a:s3cret@h1,,h2/x",
        "mysql://a:s3cret@,h2/x",
        "mysql://a:s3cret@h1,h2:x/x",
    ] {
        let words = error_of(text);
        assert!(words.contains("h1:3306,h2:3306"), "{words}");
        assert!(!words.contains("s3cret"), "{words}");
    }
    let text = error_of("mysql://root@h1,h2/x?socket=/s");
    assert!(text.contains("several hosts"), "{text}");
}

#[test]
fn a_character_of_the_password_that_ends_the_account_is_named_without_the_password() {
    for (text, culprit) in [
        ("mysql://app:s3#cret@db/shop", "#"),
        ("mysql://app:12#34@db:3306/shop", "#"),
        ("mysql://app:s3/cret@db/shop", "/"),
        ("mysql://app:12/34@db/shop", "/"),
        ("mysql://app:s3?cret@db/shop", "?"),
        ("mysql://app:12?x=34@db/shop", "?"),
        ("mysql://a/pp:s3cret@db/shop", "/"),
        ("mysql://app:s3@x/cret@db/shop", "/"),
        ("mysql://app:s3,x/cret@db/shop", "/"),
        ("mysql://app:s3cret@db/shop#1", "#"),
        ("mysql://app:s3cret@db/shop?ssl-ca=/a#b.pem", "#"),
    ] {
        let words = error_of(text);
        assert!(
            words.contains(&format!("has a \"{culprit}\" that is not percent-encoded")),
            "{text}: {words}"
        );
        assert!(
            words.contains("%23 for #") && words.contains("--password-file"),
            "{words}"
        );
        for part in ["s3", "cret", "34", "invalid port"] {
            assert!(!words.contains(part), "{text}: {words}");
        }
    }
    let words = error_of("mysql://app:s3%ffcret@db/shop");
    assert!(
        words.contains("%25 for %") && !words.contains("cret"),
        "{words}"
    );
    for (text, password) in [
        (
            "mysql://app:s3@x:y z%20%23%2F%@db/shop?ssl-ca=/a@b.pem",
            "s3@x:y z #/%",
        ),
        ("mysql://app:p%25%41@db/shop?socket=/tmp/a@b/s.sock", "p%A"),
        ("mysql://app:a[b]|^`{}\\@db/shop", "a[b]|^`{}\\"),
    ] {
        let url = parse(text);
        assert_eq!(
            (url.password.as_deref(), url.database()),
            (Some(password), "shop"),
            "{text}"
        );
        assert_eq!(parse(&url.with_password_shown()), url, "{text}");
    }
}
