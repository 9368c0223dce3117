//! What the whole files show of how they are written. Their beginning suggests settings, which the
//! rest has to confirm, and broken records far below it suggest others.

use input::Source;

use crate::error::Result;
use crate::open::Opened;
use crate::scan::{Reads, Rows, Scan};
use crate::sniff::{Evidence, Setting};

/// The files with the settings that were guessed by their beginning, if all records confirm them;
/// else without them.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn confirmed(scan: &Scan<'_>, mut opened: Opened) -> Result<Opened> {
    let Some(guessed) = opened.guessed.clone() else {
        return Ok(opened);
    };
    let is_settled = guessed.is_of_all || !guessed.guess.is_of_quotes();
    let plain = opened.without_guess().filter(|_| !is_settled);
    let Some(mut plain) = plain else {
        opened.notes.push(guessed.guess.words);
        return Ok(opened);
    };
    let evidence = evidence(scan, &plain)?;
    let mut kept = evidence.kept();
    if evidence.divides && broken_records(scan, &opened)? > 0 {
        kept.push("quote");
    }
    let is_kept = |(key, value): &Setting| match (*key, value.as_str()) {
        ("quote", "'") => evidence.broken == 0 && !evidence.are_apostrophes_quotes(),
        (key, _) => kept.contains(&key),
    };
    if guessed.guess.settings.iter().any(is_kept) {
        plain.notes.extend(evidence.words_of_doubt());
        plain.keep(&kept);
        return Ok(plain);
    }
    opened.notes.push(guessed.guess.words);
    Ok(opened)
}

/// Records that are broken.
fn broken_records(scan: &Scan<'_>, opened: &Opened) -> Result<u64> {
    Ok(evidence_in(scan, &opened.source)?.broken)
}

/// What the quotes and backslashes of all files show.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn evidence(scan: &Scan<'_>, opened: &Opened) -> Result<Evidence> {
    // then the kind of a field says whether it is quoted
    let apart = opened.with(&[("empty_quoted", "text".to_owned())]);
    evidence_in(scan, &apart.as_ref().unwrap_or(opened).source)
}

/// What the quotes and backslashes of all files of a table show. The source must keep quoted fields
/// apart from others.
///
/// # Errors
///
/// When a file cannot be read.
fn evidence_in(scan: &Scan<'_>, source: &Source) -> Result<Evidence> {
    let mut all = Evidence::new(source.header.dialect.delimiter);
    let structure = scan.run(source, &Judging(source.header.fields), |piece| {
        all.merge(&piece);
        Ok(())
    })?;
    all.broken = structure.broken;
    all.is_cut_off = structure.is_cut_off;
    Ok(all)
}

/// Judges records of so many fields.
struct Judging(usize);

impl Reads for Judging {
    type Piece = Evidence;

    const COUNTS_BAD: bool = true;

    fn read(&self, rows: &mut Rows<'_>) -> Evidence {
        let quote = rows.dialect().quote;
        let mut found = Evidence::new(rows.dialect().delimiter);
        found.add_text(rows.chunk());
        while rows.next() {
            found.add_record((0..self.0).map(|at| rows.field(at)), quote);
        }
        found
    }
}
