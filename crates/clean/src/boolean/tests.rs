use super::*;

#[test]
fn ten_spellings_in_any_case_are_booleans() {
    for text in [
        "true", "TRUE", "True", "t", "T", "yes", "YES", "y", "Y", "1", "1.0", "1.",
    ] {
        assert_eq!(boolean(text.as_bytes()), Ok(true), "{text}");
    }
    for text in [
        "false", "FALSE", "fAlSe", "f", "F", "no", "No", "n", "N", "0", "0.000",
    ] {
        assert_eq!(boolean(text.as_bytes()), Ok(false), "{text}");
    }
}

#[test]
fn any_other_text_is_rejected() {
    for text in [
        "", "2", "-1", "01", "01.0", "1.5", "2.0", "10.0", "-0.0", "1e0", "on", "off", "truee",
        "tru", "ja", " true",
    ] {
        let fault = boolean(text.as_bytes()).unwrap_err();
        assert_eq!(fault.rule, Rule::NotABoolean, "{text}");
    }
}
