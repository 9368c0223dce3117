//! Texts for messages: an error with its causes, numbers with thousands separators, seconds.

use std::error::Error;
use std::time::Duration;

/// An error and its causes on one line. A cause is left out if its text is already in the line,
/// because some libraries repeat the cause in their own message.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let cause = error.to_string();
        next = error.source();
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

/// A number with commas between groups of three digits: `31,192,641`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number with a noun: `1 row`, `2,000 rows`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// Maximum number of names that [`first_names`] lists.
const LISTED: usize = 12;

/// Names with commas between them. If there are many, only the first ones and the number of the
/// others.
pub fn first_names<T: AsRef<str>>(names: &[T]) -> String {
    let shown = match names.len() {
        // one more name is no longer than "and 1 more"
        all if all <= LISTED + 1 => all,
        _ => LISTED,
    };
    let first: Vec<&str> = names[..shown].iter().map(AsRef::as_ref).collect();
    let first = first.join(", ");
    match names.len() - shown {
        0 => first,
        more => format!("{first} and {} more", grouped(more as u64)),
    }
}

/// Seconds, rounded to three decimals.
pub fn seconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names: Vec<String> = (1..=1300).map(|n| format!("c{n}")).collect();
        let few = "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13";
        assert_eq!(first_names(&names[..13]), few);
        let many = "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 and 1,288 more";
        assert_eq!(first_names(&names), many);
        assert_eq!(first_names::<&str>(&[]), "");
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(31_192_641), "31,192,641");
    }
}
