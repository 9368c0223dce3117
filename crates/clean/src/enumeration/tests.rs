use super::*;

fn members(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn an_exact_match_wins() {
    let members = members(&["a", "A", " a"]);
    assert_eq!(member(b"A", &members), Ok(2));
    assert_eq!(member(b" a", &members), Ok(3));
    assert_eq!(member(b"a", &members), Ok(1));
}

#[test]
fn case_and_surrounding_blanks_are_ignored() {
    let members = members(&["Size", "two words", "Größe", "x "]);
    for (text, position) in [
        ("size", 1),
        ("  SIZE\t", 1),
        ("Two Words", 2),
        ("GRÖSSE", 0),
        ("GRÖßE", 3),
        ("x", 4),
        ("X", 4),
    ] {
        assert_eq!(
            member(text.as_bytes(), &members).unwrap_or(0),
            position,
            "{text}"
        );
    }
}

#[test]
fn any_other_text_is_rejected_and_the_members_are_named() {
    let members = members(&["Fit", "Size"]);
    for text in ["", "Fi", "Fit Size", "1", "0", "null"] {
        let fault = member(text.as_bytes(), &members).unwrap_err();
        assert_eq!(
            (fault.rule, fault.message.as_str()),
            (Rule::NotInEnum, "expected one of Fit, Size"),
            "{text}"
        );
    }
    assert_eq!(
        member(b"Fit\xff", &members).unwrap_err().rule,
        Rule::NotUtf8
    );
}
