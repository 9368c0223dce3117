//! Writes one CSV line with its damage, and counts how a loader must treat it.
//!
//! A [`Row`] writes field after field and applies the damage, so that `rows` only has to write
//! valid values. A [`Tally`] counts in the way that a loader must: at most one rule rejects a
//! record, and child rows are counted after their parents.

use super::faults::{Damage, Fault};
use model::rejection::Rule;

/// A line that is being written.
pub(super) struct Row<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    column: u8,
    damage: Option<Damage>,
}

impl<'a> Row<'a> {
    /// Begins a line.
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>, damage: Option<Damage>) -> Self {
        let start = out.len();
        Row {
            out,
            start,
            column: 0,
            damage,
        }
    }

    /// Writes the next field without quotes or escapes.
    #[inline]
    pub(super) fn field(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let column = self.column;
        self.column += 1;
        match self.damage {
            Some(Damage::Lose(lost)) if lost == column => return,
            _ if column > 0 => self.out.push(b','),
            _ => {}
        }
        match self.damage {
            Some(Damage::Replace(replaced, text)) if replaced == column => {
                self.out.extend_from_slice(text.as_bytes())
            }
            _ => write(self.out),
        }
    }

    /// Writes the next field, a number.
    #[inline]
    pub(super) fn number(&mut self, number: u64) {
        self.field(|out| out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()));
    }

    /// Writes the next field, a text without quotes.
    #[inline]
    pub(super) fn bare(&mut self, text: &str) {
        self.field(|out| out.extend_from_slice(text.as_bytes()));
    }

    /// Writes the next field in quotes. `write` must double the quotes within its text.
    #[inline]
    pub(super) fn text(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let (column, damage) = (self.column, self.damage);
        self.field(|out| {
            out.push(b'"');
            write(out);
            match damage {
                None => out.push(b'"'),
                Some(damage) => close(out, column, damage),
            }
        });
    }

    /// Ends the line.
    #[inline]
    pub(super) fn end(self) {
        match self.damage {
            Some(Damage::Crlf) => self.out.push(b'\r'),
            Some(Damage::Extend) => self.out.extend_from_slice(b",\"one too many\""),
            _ => {}
        }
        self.out.push(b'\n');
        if self.damage == Some(Damage::Twice) {
            self.out.extend_from_within(self.start..);
        }
    }
}

/// Ends the quoted text of a column, with the damage if this column is the damaged one.
fn close(out: &mut Vec<u8>, column: u8, damage: Damage) {
    match damage {
        Damage::Append(damaged, text) if damaged == column => {
            out.extend_from_slice(text.as_bytes())
        }
        Damage::Spoil(damaged) if damaged == column => out.extend_from_slice(b" \xff!"),
        // 2,400 characters, more than any column allows
        Damage::Lengthen(damaged) if damaged == column => {
            out.extend(b" and so on,".iter().cycle().take(2400))
        }
        Damage::Open(damaged) if damaged == column => return,
        _ => {}
    }
    out.push(b'"');
}

/// Whether the parent rows of a row are loaded. A row without foreign keys counts as `Loaded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parents {
    Loaded,
    Missing,
}

impl Parents {
    /// The parents of a row: `Loaded` if all of these are loaded.
    #[inline]
    pub(super) fn all(loaded: impl IntoIterator<Item = bool>) -> Parents {
        match loaded.into_iter().all(|loaded| loaded) {
            true => Parents::Loaded,
            false => Parents::Missing,
        }
    }
}

/// The counts that a loader must find for one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Number of records in the file, without the header.
    pub(super) read: u64,
    /// Number of rows that are left out of the file.
    pub(super) gone: u64,
    /// Rejected records, by rule.
    pub(super) rules: [u64; Rule::ALL.len()],
}

impl Tally {
    /// Counts a row, and returns whether a loader loads it.
    #[inline]
    pub(super) fn count(&mut self, fault: Option<Fault>, parents: Parents) -> bool {
        let damage = fault.map(|fault| fault.damage);
        if damage == Some(Damage::Gone) {
            self.gone += 1;
            return false;
        }
        let twice = damage == Some(Damage::Twice);
        self.read += 1 + u64::from(twice);
        let rejected = match (fault.and_then(|fault| fault.rule), parents) {
            (Some(rule), _) if !twice => Some(rule),
            (_, Parents::Loaded) => None,
            (_, Parents::Missing) => Some(Rule::MissingParent),
        };
        if let Some(rule) = rejected {
            self.rules[rule as usize] += 1;
        }
        if twice {
            // the second row is a duplicate even if the first one is rejected for its missing
            // parents, because the key of a rejected row stays taken
            self.rules[Rule::DuplicateKey as usize] += 1;
        }
        rejected.is_none()
    }

    /// Records that must be rejected.
    pub(super) fn rejected(&self) -> u64 {
        self.rules.iter().sum()
    }

    /// Adds the counts of another part of the file.
    pub(super) fn add(&mut self, other: &Tally) {
        self.read += other.read;
        self.gone += other.gone;
        for (sum, count) in self.rules.iter_mut().zip(other.rules) {
            *sum += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(damage: Option<Damage>) -> String {
        let mut out = Vec::new();
        let mut row = Row::new(&mut out, damage);
        row.number(7);
        row.bare("true");
        row.text(|out| out.extend_from_slice(b"a text"));
        row.end();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn every_damage_is_done_in_its_place() {
        assert_eq!(written(None), "7,true,\"a text\"\n");
        assert_eq!(written(Some(Damage::Lose(1))), "7,\"a text\"\n");
        assert_eq!(written(Some(Damage::Replace(2, "x"))), "7,true,x\n");
        assert_eq!(
            written(Some(Damage::Extend)),
            "7,true,\"a text\",\"one too many\"\n"
        );
        assert_eq!(written(Some(Damage::Open(2))), "7,true,\"a text\n");
        assert_eq!(
            written(Some(Damage::Append(2, "\"\"!"))),
            "7,true,\"a text\"\"!\"\n"
        );
        assert_eq!(
            written(Some(Damage::Spoil(2))),
            "7,true,\"a text \u{fffd}!\"\n"
        );
        assert_eq!(written(Some(Damage::Crlf)), "7,true,\"a text\"\r\n");
        assert_eq!(
            written(Some(Damage::Twice)),
            "7,true,\"a text\"\n7,true,\"a text\"\n"
        );
        assert!(written(Some(Damage::Lengthen(2))).len() > 2400);
    }

    #[test]
    fn a_row_counts_once_under_one_rule() {
        let count = |rule, damage, has_parents| {
            let mut tally = Tally::default();
            let loaded = tally.count(Some(Fault { rule, damage }), Parents::all([has_parents]));
            (loaded, tally.read, tally.gone, tally.rejected())
        };
        assert_eq!(count(None, Damage::Gone, true), (false, 0, 1, 0));
        assert_eq!(count(None, Damage::Crlf, true), (true, 1, 0, 0));
        assert_eq!(count(None, Damage::Crlf, false), (false, 1, 0, 1));
        assert_eq!(
            count(Some(Rule::FieldCount), Damage::Lose(2), false),
            (false, 1, 0, 1)
        );
        assert_eq!(
            count(Some(Rule::DuplicateKey), Damage::Twice, true),
            (true, 2, 0, 1)
        );
        assert_eq!(
            count(Some(Rule::DuplicateKey), Damage::Twice, false),
            (false, 2, 0, 2)
        );
    }
}
