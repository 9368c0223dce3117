//! Quotes words for a shell, so that a command shown to the user can be pasted.

/// Quotes a word if a shell would not take it literally.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Splits a line of words that [`quoted`] wrote.
pub fn words(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut chars = line.chars();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            _ if is_quoted => word.get_or_insert_default().push(c),
            ' ' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_of_quoted_words_is_these_words(all in prop::collection::vec("[ -~é]{0,9}", 0..6)) {
            let line: Vec<_> = all.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(words(&line.join(" ")), all);
        }
    }
}
