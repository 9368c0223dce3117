//! Shows values of the input on the page: truncated, on one line, and with e-mail addresses masked
//! unless the caller wants them shown.

/// Maximum number of characters of a value that is shown.
const LONGEST: usize = 240;
/// Replaces an e-mail address.
const MASK: &str = "•••@•••";
/// Characters that may be the `@` of an address.
const AT: [char; 3] = ['@', '＠', '﹫'];

/// How e-mail addresses are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Emails {
    /// E-mail addresses are masked.
    #[default]
    Masked,
    /// E-mail addresses are shown.
    Shown,
}

/// The text with e-mail addresses masked. An address extends from an `@` in both directions up to a
/// blank, a quote, a comma or a similar separator.
pub(super) fn masked(text: &str, emails: Emails) -> String {
    if emails == Emails::Shown {
        return text.to_string();
    }
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars() {
        if is_between(c) {
            out.push_str(mask(&word));
            word.clear();
            out.push(c);
        } else {
            word.push(c);
        }
    }
    out.push_str(mask(&word));
    out
}

/// The text as an example: at most [`LONGEST`] characters, with blanks for control characters.
pub(super) fn example(text: &str, emails: Emails) -> String {
    let mut whole = text;
    if let (Emails::Masked, Some(rest)) = (emails, text.strip_suffix('…')) {
        // the text may have been cut within an address
        whole = &rest[..rest.rfind(is_between).map_or(0, |at| {
            at + rest[at..].chars().next().map_or(1, char::len_utf8)
        })];
    }
    let text_is_cut = whole.len() < text.len();
    let mut out = String::new();
    let plain = masked(whole, emails);
    for (at, c) in plain.chars().enumerate() {
        if at == LONGEST {
            return out + "…";
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    if text_is_cut {
        out.push('…');
    }
    out
}

fn mask(word: &str) -> &str {
    if word.chars().any(|c| AT.contains(&c)) {
        MASK
    } else {
        word
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "\"'`,;<>()[]{}|".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked_in_any_place() {
        for (text, wanted) in [
            ("bob@example.com", MASK),
            ("7,\"bob.o+x@mail.example.com\",null", "7,\"•••@•••\",null"),
            (
                "Duplicate entry 'a@b' for key",
                "Duplicate entry '•••@•••' for key",
            ),
            ("Übel＠example.com!", MASK),
            ("3 + 4", "3 + 4"),
            ("", ""),
        ] {
            assert_eq!(masked(text, Emails::Masked), wanted);
            assert_eq!(masked(text, Emails::Shown), text);
        }
    }

    #[test]
    fn an_address_that_was_cut_before_its_sign_is_not_shown() {
        let cut = "a comment, then somebody.of.a.long.na…";
        assert_eq!(example(cut, Emails::Masked), "a comment, then …");
        assert_eq!(example(cut, Emails::Shown), cut);
    }

    #[test]
    fn long_values_are_cut_and_stay_on_one_line() {
        let long = "ä\n".repeat(300);
        let shown = example(&long, Emails::Masked);
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.starts_with("ä ä ") && shown.ends_with('…'));
    }
}
