//! How many records may be rejected before a run fails.

use std::str::FromStr;

/// How many records of one table may be rejected before the run fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Budget {
    /// At most this many records.
    Rows(u64),
    /// At most this share of the records read, in percent.
    Percent(f64),
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::Percent(10.0)
    }
}

/// A percentage is checked before the end of the file only after this many records.
const JUDGED_EARLY_AFTER: u64 = 10_000;

impl Budget {
    /// Whether `rejected` of `read` records are more than allowed. `at_end` says whether the whole
    /// file has been read.
    pub fn is_spent(self, read: u64, rejected: u64, at_end: bool) -> bool {
        match self {
            Budget::Rows(n) => rejected > n,
            Budget::Percent(p) => {
                (at_end || read >= JUDGED_EARLY_AFTER) && rejected as f64 * 100.0 > p * read as f64
            }
        }
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Budget::Rows(n) => write!(f, "{n}"),
            Budget::Percent(p) => write!(f, "{p}%"),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Budget, String> {
        let wrong = || {
            let share = text.parse::<f64>().ok().filter(|n| *n > 0.0 && *n < 1.0);
            let meant = match share {
                Some(share) => format!("; did you mean {}%?", share * 100.0),
                None => String::new(),
            };
            format!("\"{text}\" is neither a number of rows (500) nor a share (2.5%){meant}")
        };
        match text.strip_suffix('%') {
            Some(share) => match share.trim().parse::<f64>() {
                Ok(p) if (0.0..=100.0).contains(&p) => Ok(Budget::Percent(p)),
                _ => Err(wrong()),
            },
            None => text.trim().parse().map(Budget::Rows).map_err(|_| wrong()),
        }
    }
}
