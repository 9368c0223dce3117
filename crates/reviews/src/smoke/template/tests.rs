use super::*;

fn parsed(text: &str) -> HttpRequest {
    text.parse().unwrap()
}

#[test]
fn names_weights_methods_and_placeholders_are_read() {
    let request = parsed("http://127.0.0.1:8080/reviews?product_id={product_id}&count=5");
    assert_eq!(
        (request.name, request.weight, request.method),
        (None, 1, None)
    );
    assert_eq!(request.path.kind(), Some(TargetKind::Product));
    assert_eq!(request.path.with(7), "/reviews?product_id=7&count=5");
    assert_eq!(request.address.to_string(), "http://127.0.0.1:8080");

    let request = parsed("api 1=4*PUT https://h/reviews/{review_id}/helpful");
    assert_eq!(
        (request.name.as_deref(), request.weight, request.method),
        (Some("api 1"), 4, Some(Method::PUT))
    );
    assert_eq!(request.path.with(9), "/reviews/9/helpful");
    assert_eq!(
        (request.address.port, request.address.authority()),
        (443, "h".to_owned())
    );

    // a "=" of the query is no name, and every placeholder is filled
    let request = parsed("http://h/{product_id}?a={product_id}");
    assert_eq!(request.path.with(5), "/5?a=5");
    assert_eq!(parsed("http://[::1]:81").address.authority(), "[::1]:81");
    assert_eq!(parsed("http://h").path.with(1), "/");
    assert_eq!(parsed("HTTPS://H/").address.to_string(), "https://h");
    assert_eq!(parsed("http://h/ü x").path.with(1), "/%C3%BC%20x");
}

#[test]
fn what_is_no_request_is_an_error_with_the_reason() {
    for (text, reason) in [
        ("127.0.0.1:80/{product_id}", "no http:// or https:// URL"),
        ("http://", "not a URL"),
        ("=http://h/", "empty name"),
        ("4*api=http://h/", "written after the name"),
        ("PUT api=http://h/", "written after the name"),
        ("a\nb=http://h/", "written after the name"),
        ("0*http://h/", "weight \"0\""),
        ("x*http://h/", "weight \"x\""),
        ("put http://h/", "not a method"),
        ("http://h/{id}", "the placeholders are"),
        ("http://h/{{id}}", "a brace itself is %7B"),
        ("http://h/{", "a brace itself is %7B"),
        ("http://h/{product_id}/{review_id}", "one kind"),
        ("http://h{product_id}/", "in its host"),
        ("http://h/#x", "fragment"),
        ("http://u:p@h/", "Authorization"),
        ("http://h:99999/", "not a URL"),
    ] {
        let error = text.parse::<HttpRequest>().unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn other_braces_of_a_body_are_its_text() {
    let with = |text: &str| Template::parse(text).unwrap().with(3);
    let json = "{\"product_id\": {product_id}, \"photos\": {}, \"a\": { b }}";
    assert_eq!(
        with(json),
        "{\"product_id\": 3, \"photos\": {}, \"a\": { b }}"
    );
    assert_eq!(with("{\"a\":{\"id\":{product_id}}}"), "{\"a\":{\"id\":3}}");
    assert_eq!(
        with("{{id}} {{product_id}} {{{id}}}"),
        "{id} {product_id} {{id}}"
    );
    assert_eq!(
        with("{query{{id}}} {ü} { {1} {id"),
        "{query{id}} {ü} { {1} {id"
    );
    assert_eq!(Template::parse("{}").unwrap().kind(), None);
}

#[test]
fn a_placeholder_of_another_name_is_an_error_that_lists_the_known_ones() {
    for (text, name) in [
        ("{foo}", "{foo}"),
        ("{\"a\": {product-id}}", "{product-id}"),
        ("{{id}} {id}", "{id}"),
    ] {
        let error = Template::parse(text).unwrap_err().to_string();
        let known = format!("contains {name}; the placeholders are {{product_id}} and");
        assert!(error.starts_with(&known), "{text}: {error}");
    }
}
