//! How a progress bar looks. The text after the bar is shorter on a narrow terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use model::wording::{counted, grouped};

/// Terminals of at least this many columns show every word in full.
const WIDE: u16 = 110;
/// Terminals of fewer columns show only the most important numbers.
const NARROW: u16 = 76;
/// Longest name that a bar shows whole.
const NAME: usize = 24;
/// Assumed width, in columns, of a terminal that does not report its size.
const USUAL: u16 = 80;

/// The progress of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) bytes: u64,
    pub(super) total: u64,
    pub(super) rows: u64,
    pub(super) rejected: u64,
    pub(super) elapsed: Duration,
}

/// Width of the terminal in columns.
pub(super) fn columns() -> u16 {
    rustix::termios::tcgetwinsize(std::io::stderr())
        .ok()
        .map(|size| size.ws_col)
        .filter(|columns| *columns > 0)
        .unwrap_or(USUAL)
}

/// Whether colours are wanted, by the convention of <https://no-color.org>.
pub(super) fn coloured() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A bar of this length. The name is written before the bar, padded to `width`; a message follows
/// the bar.
pub(super) fn bar(length: u64, name: &str, width: usize) -> ProgressBar {
    let colours = if coloured() { ":.cyan/dim" } else { "" };
    let template = format!("{{prefix}} {{wide_bar{colours}}} {{msg}}");
    let style = ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    // hidden until it is added to the other bars, because a bar that is drawn alone leaves a line
    // on the screen
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    bar.set_style(style);
    bar.set_prefix(prefix(name, width));
    bar
}

/// Width of the column of names.
pub(super) fn name_width<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
    longest.min(NAME)
}

fn prefix(name: &str, width: usize) -> String {
    if name.chars().count() <= width {
        return format!("{name:<width$}");
    }
    let cut: String = name.chars().take(width.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// The words after the bar. They always have the same width on the same terminal.
pub(super) fn words(columns: u16, at: &At) -> String {
    let seconds = at.elapsed.as_secs_f64().max(0.001);
    let rate = at.rows as f64 / seconds;
    let eta = match at.bytes {
        0 => String::new(),
        done => format!(
            "eta {}",
            span(seconds * at.total.saturating_sub(done) as f64 / done as f64)
        ),
    };
    if columns >= WIDE {
        let rejected = match at.rejected {
            0 => String::new(),
            n => format!("{} rejected", grouped(n)),
        };
        return format!(
            "{:>14} {:>15} {rejected:>16} {:>14} {eta:>7}",
            bytes(at.bytes, at.total, " of ", true),
            counted(at.rows, "row", "rows"),
            format!("{} rows/s", grouped(rate as u64)),
        );
    }
    let rows = format!("{} rows", short(at.rows as f64));
    if columns < NARROW {
        let percent = (at.bytes * 100).checked_div(at.total).unwrap_or(100);
        return format!("{percent:>3}% {rows:>10} {eta:>7}");
    }
    let rejected = match at.rejected {
        0 => String::new(),
        n => format!("{} rejected", short(n as f64)),
    };
    format!(
        "{:>8} {rows:>10} {rejected:>13} {:>6} {eta:>7}",
        bytes(at.bytes, at.total, "/", false),
        format!("{}/s", short(rate)),
    )
}

/// The words after the bar of a table that waits for its parent. They are as wide as those of
/// `words`.
pub(super) fn waiting_words(columns: u16, parent: &str) -> String {
    let none = At {
        bytes: 0,
        total: 0,
        rows: 0,
        rejected: 0,
        elapsed: Duration::ZERO,
    };
    let width = words(columns, &none).chars().count();
    let mut text = format!("waits for {parent}");
    if text.chars().count() > width {
        text = text.chars().take(width.saturating_sub(1)).collect();
        text.push('…');
    }
    format!("{text:<width$}")
}

/// `84k`, `1.2M`: at most five characters.
fn short(number: f64) -> String {
    match number {
        n if n >= 999.5e6 => format!("{:.1}G", n / 1e9),
        n if n >= 99.95e6 => format!("{:.0}M", n / 1e6),
        n if n >= 999.5e3 => format!("{:.1}M", n / 1e6),
        n if n >= 9.995e3 => format!("{:.0}k", n / 1e3),
        n if n >= 1e3 => format!("{:.1}k", n / 1e3),
        n => format!("{n:.0}"),
    }
}

/// `0.4/2.0G`: both numbers in the unit of the total.
fn bytes(done: u64, total: u64, between: &str, spelled: bool) -> String {
    let (unit, name, digits) = match total {
        n if n >= 1_000_000_000 => (1e9, "G", 1),
        n if n >= 10_000_000 => (1e6, "M", 0),
        n if n >= 1_000_000 => (1e6, "M", 1),
        _ => (1e3, "k", 0),
    };
    let unit_name = if spelled {
        format!(" {name}B")
    } else {
        name.to_string()
    };
    format!(
        "{:.digits$}{between}{:.digits$}{unit_name}",
        done as f64 / unit,
        total as f64 / unit
    )
}

/// `45s`, `12m`, `3h`: at most three characters.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 99.5 => format!("{s:.0}s"),
        s if s < 99.5 * 60.0 => format!("{:.0}m", s / 60.0),
        s => format!("{:.0}h", (s / 3600.0).min(99.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: At = At {
        bytes: 1_240_000_000,
        total: 2_000_000_000,
        rows: 19_337_415,
        rejected: 512_345,
        elapsed: Duration::from_secs(229),
    };

    #[test]
    fn the_words_leave_room_for_a_name_and_a_bar() {
        for (columns, name, least) in [(80, 22, 7), (120, 22, 20), (60, 22, 12), (76, 20, 5)] {
            for rows in [0, 999, 9_994, 9_999, 99_950, 999_499, 999_600, 31_000_000] {
                for elapsed in [0.0, 0.4, 98.0, 99.9, 7200.0, 1e7] {
                    let at = At {
                        rows,
                        elapsed: Duration::from_secs_f64(elapsed),
                        bytes: LARGE.bytes.min(rows * 64),
                        ..LARGE
                    };
                    let words = words(columns, &at);
                    let used = name + 1 + least + 1 + words.chars().count();
                    // no server reaches this rate, so the bar may be cut off
                    if elapsed >= 1.0 {
                        assert!(used < usize::from(columns), "{columns} columns: {words:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_words_say_how_far_it_is() {
        assert_eq!(
            words(80, &LARGE),
            "1.2/2.0G 19.3M rows 512k rejected  84k/s eta 2m".replace("eta 2m", " eta 2m")
        );
        let wide = words(120, &LARGE);
        for part in [
            "1.2 of 2.0 GB",
            "19,337,415 rows",
            "512,345 rejected",
            "84,442 rows/s",
        ] {
            assert!(wide.contains(part), "{wide:?}");
        }
        assert_eq!(words(60, &LARGE), " 62% 19.3M rows  eta 2m");
    }

    #[test]
    fn a_table_that_waits_says_for_what_in_the_same_width() {
        for columns in [60, 80, 120] {
            let wide = words(columns, &At { bytes: 0, ..LARGE }).chars().count();
            for parent in ["reviews", &"p".repeat(64)] {
                let waits = waiting_words(columns, parent);
                assert!(waits.starts_with("waits for "), "{waits}");
                assert!(
                    waits.chars().count() <= wide.max(20),
                    "{columns}: {waits:?}"
                );
            }
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(prefix("reviews", 9), "reviews  ");
        assert_eq!(prefix("a_name_that_is_longer", 9), "a_name_t…");
        assert_eq!(name_width(["short", &"x".repeat(60)].into_iter()), NAME);
    }
}
