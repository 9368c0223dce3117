//! Colours by meaning: an error is red, a warning yellow, success green, the next command cyan. A
//! colour only repeats what a word or sign says, so nothing is lost without colours.

/// Escape sequences of the colours.
const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[33m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// How much of a line has a colour.
enum Extent {
    /// The word alone.
    Word,
    /// The whole line.
    Line,
}

/// Beginnings of lines, each with its colour.
const BEGINNINGS: [(&str, &str, Extent); 6] = [
    ("error:", RED, Extent::Word),
    ("warning:", YELLOW, Extent::Word),
    ("next:", CYAN, Extent::Word),
    ("✓ ", GREEN, Extent::Line),
    ("! ", YELLOW, Extent::Line),
    ("✗ ", RED, Extent::Line),
];

/// Words that are yellow after the phase at the start of a line, as in `verify: warning: …`.
const AFTER_PHASE: [&str; 2] = ["warning:", "warn:"];

/// The line with colours.
pub(super) fn painted(line: &str) -> String {
    for (beginning, colour, extent) in BEGINNINGS {
        if let Some(rest) = line.strip_prefix(beginning) {
            return match extent {
                Extent::Word => format!("{colour}{beginning}{PLAIN}{rest}"),
                Extent::Line => format!("{colour}{line}{PLAIN}"),
            };
        }
    }
    if let Some((phase, rest)) = line.split_once(": ")
        && phase.chars().all(|c| c.is_ascii_lowercase())
    {
        for word in AFTER_PHASE {
            if let Some(rest) = rest.strip_prefix(word) {
                return format!("{phase}: {YELLOW}{word}{PLAIN}{rest}");
            }
        }
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_no_word() {
        for line in [
            "error: it failed",
            "warning: look",
            "precheck: warn: local_infile: off",
            "verify: warning: slow",
            "next: load them: reviewseed seed csv",
            "✓ 7 rows loaded",
            "! 6 of 7 records accepted",
            "✗ the database does not hold it",
            "load: reviews done",
            "an error: in the middle",
        ] {
            let painted = painted(line);
            let mut plain = painted.clone();
            for code in [RED, YELLOW, GREEN, CYAN, PLAIN] {
                plain = plain.replace(code, "");
            }
            assert_eq!(plain, line);
            let expected = !line.starts_with("load") && !line.starts_with("an ");
            assert_eq!(painted != line, expected, "{line}");
        }
    }
}
