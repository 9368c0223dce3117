//! Evidence from whole files about their format. The rest of a file has to confirm the settings
//! that its beginning suggests, and broken records anywhere may suggest other settings.

use input::Source;

use crate::error::Result;
use crate::open::Opened;
use crate::scan::{Reads, Rows, Scan};
use crate::sniff::{Evidence, Setting};

/// Keeps the settings that were guessed from the beginning if all records confirm them. Otherwise
/// opens the files without these settings.
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

/// Number of records that are broken.
fn broken_records(scan: &Scan<'_>, opened: &Opened) -> Result<u64> {
    Ok(evidence_in(scan, &opened.source)?.broken)
}

/// The evidence about quotes and backslashes from all files of a table.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn evidence(scan: &Scan<'_>, opened: &Opened) -> Result<Evidence> {
    // with this setting, the kind of a field says whether it is quoted
    let apart = opened.with(&[("empty_quoted", "text".to_owned())]);
    evidence_in(scan, &apart.as_ref().unwrap_or(opened).source)
}

/// The evidence from all files of `source`, whose settings must keep quoted empty fields apart from
/// unquoted ones.
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

/// A pass that collects the evidence from records with this many fields.
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
