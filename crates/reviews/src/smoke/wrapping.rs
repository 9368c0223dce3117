//! Text on lines that a terminal of 80 columns shows whole.

/// The columns that tables and results need at most.
pub(super) const COLUMNS: usize = 80;

/// A text after `head`, on lines that are not longer than [`COLUMNS`] if its words allow it. The
/// lines after the first begin below the text. Empty for an empty text.
pub(super) fn wrapped(head: &str, text: &str) -> String {
    let width = |text: &str| text.chars().count();
    let margin = " ".repeat(width(head));
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{margin}{word}")),
            None => lines.push(format!("{head}{word}")),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_not_longer_than_their_words_demand() {
        let text = wrapped(
            "why  ",
            &format!("{} {} b c", "a".repeat(90), "ä".repeat(73)),
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("why  {}", "a".repeat(90)));
        assert_eq!(lines[1], format!("     {} b", "ä".repeat(73)));
        assert_eq!(lines[2..], ["     c"]);
        assert_eq!(wrapped("why  ", ""), "");
    }
}
