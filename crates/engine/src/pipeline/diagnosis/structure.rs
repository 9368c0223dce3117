//! Finds dialects in which records with a broken structure become rows.

mod candidates;
mod flaws;

use std::collections::HashSet;

use super::columns::Columns;
use super::{Accepted, Kept, LEAST_SHARE, Sample, of_records};
use crate::pipeline::cleaner::{Cleaned, Cleaner};
pub(super) use candidates::COMMENT_MARKS;
use candidates::{Candidate, Effect, candidates};
use input::Source;
use input::chunks::{Chunk, Content};
use input::dialect::Dialect;
use model::diagnosis::{Diagnosis, SuggestedSetting};
use model::schema::ValueFormat;

/// Maximum number of records from which the formats of values in another dialect are learned.
const LEARNED_FROM: usize = 200;

/// A candidate with the records that it makes readable.
struct Match<'a> {
    candidate: Candidate,
    dialect: Dialect,
    /// The records that become rows or comments with the candidate.
    read: Vec<&'a Kept>,
    /// The checksum of these rows, and that of the accepted rows. Candidates with equal checksums
    /// give the same result.
    checksums: (u64, u64),
    /// The reason why the settings may be wrong.
    caution: Option<String>,
}

/// The data that candidates are tested with.
pub(super) struct Search<'a> {
    source: &'a Source,
    cleaner: &'a Cleaner,
    accepted: &'a Accepted,
    /// The checksum of the accepted rows in the current dialect.
    checksum: u64,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        source: &'a Source,
        cleaner: &'a Cleaner,
        accepted: &'a Accepted,
    ) -> Search<'a> {
        let rows = clean(cleaner, &accepted.bytes, (0, 1));
        Search {
            source,
            cleaner,
            accepted,
            checksum: rows.batch.checksum(),
        }
    }

    /// The probable causes; the one that explains most records comes first. Adds the values that
    /// the records have with the suggested settings to `columns`.
    pub(super) fn diagnoses(&self, sample: &Sample, columns: &mut Columns<'_>) -> Vec<Diagnosis> {
        let mut open: Vec<&Kept> = sample.records.iter().collect();
        let mut diagnoses = Vec::new();
        let is_frequent = |read: &[&Kept]| {
            !read.is_empty() && (read.len() as u64) * LEAST_SHARE >= sample.records.len() as u64
        };
        let close = |open: &mut Vec<&Kept>, read: &[&Kept]| {
            let read: HashSet<u64> = read.iter().map(|record| record.offset).collect();
            open.retain(|record| !read.contains(&record.offset));
        };
        let nested = flaws::quotes_within_quotes(&open, self.source.dialect());
        close(&mut open, &nested);
        while !open.is_empty() {
            let matches = self.best(&open, columns);
            let Some(first) = matches.first().filter(|first| is_frequent(&first.read)) else {
                break;
            };
            let read = first.read.clone();
            let before = columns.counts();
            self.add_values(first, columns);
            columns.count_others(sample, &before);
            diagnoses.push(self.diagnosis(&matches, sample));
            close(&mut open, &read);
        }
        let mut flaws = vec![(flaws::NESTED.to_owned(), nested)];
        let is_none_accepted = self.accepted.bytes.is_empty();
        let whole = flaws::other_delimiter(&open, self.source)
            .or_else(|| flaws::nameless(&open, self.source).filter(|_| is_none_accepted));
        if let Some((cause, read)) = whole {
            close(&mut open, &read);
            flaws.push((cause, read));
        }
        let lines = flaws::line_ends(&open, self.source);
        close(&mut open, &lines);
        flaws.push((flaws::LINE_ENDS.to_owned(), lines));
        let long = flaws::delimiters(&open, self.source);
        flaws.push((flaws::DELIMITERS.to_owned(), long));
        let named = flaws.iter().filter(|(_, read)| is_frequent(read));
        diagnoses.extend(
            named.map(|(cause, read)| {
                of_records(self.source, cause.clone(), read, sample, Vec::new())
            }),
        );
        diagnoses
    }

    fn diagnosis(&self, matches: &[Match<'_>], sample: &Sample) -> Diagnosis {
        let words: Vec<&str> = matches.iter().map(|m| m.candidate.words.as_str()).collect();
        let of = |(key, value): &(&str, String)| match value.as_str() {
            "true" | "false" => SuggestedSetting {
                key: (*key).to_owned(),
                value: value.clone(),
            },
            text => SuggestedSetting::text(key, text),
        };
        let settings = matches.iter();
        let settings = settings.map(|m| m.candidate.settings.iter().map(of).collect());
        let first = &matches[0];
        Diagnosis {
            caution: first.caution.clone(),
            ..of_records(
                self.source,
                words.join(" or "),
                &first.read,
                sample,
                settings.collect(),
            )
        }
    }

    fn add_values(&self, found: &Match<'_>, columns: &mut Columns<'_>) {
        let other = self.cleaner.in_dialect(self.source, found.dialect, &[]);
        for piece in pieces(&found.read) {
            let bytes = joined(&piece);
            columns.add_all(&other, &bytes, (piece[0].offset, piece[0].line));
        }
    }

    /// The candidates that make the largest number of records readable. There are several only if
    /// they make different rows from the same records.
    fn best<'k>(&self, open: &[&'k Kept], columns: &Columns<'_>) -> Vec<Match<'k>> {
        let formats = columns.formats();
        let candidates = candidates(self.source, open).into_iter();
        let mut matches: Vec<Match<'k>> = candidates
            .filter_map(|candidate| self.judge(candidate, open, columns, &formats))
            .collect();
        let rank = |m: &Match<'_>| (m.caution.is_none(), m.read.len());
        let Some(most) = matches.iter().map(rank).max() else {
            return matches;
        };
        matches.retain(|m| rank(m) == most);
        let mut seen = Vec::new();
        matches.retain(|m| {
            let is_new = !seen.contains(&m.checksums);
            seen.push(m.checksums);
            is_new
        });
        matches
    }

    fn judge<'k>(
        &self,
        candidate: Candidate,
        open: &[&'k Kept],
        columns: &Columns<'_>,
        formats: &[(usize, ValueFormat)],
    ) -> Option<Match<'k>> {
        let settings = candidate.settings.iter();
        let settings: Vec<_> = settings.map(|(k, v)| (*k, v.as_str())).collect();
        let dialect = self.source.dialect_with(&settings)?;
        if dialect == *self.source.dialect() {
            return None;
        }
        let effect = candidate.effect(self.source)?;
        let plain = self.cleaner.in_dialect(self.source, dialect, &[]);
        let accepted = clean(&plain, &self.accepted.bytes, (0, 1));
        let mut caution = self.effect_on_accepted(&accepted, effect)?;
        let other = self.cleaner.in_dialect(self.source, dialect, formats);
        let (mut read, mut checksum) = read_all(&other, open);
        if read.len() * 2 < open.len() && effect == Effect::Rereads {
            // records in another dialect may have other formats of values, so learn the formats
            // from these records alone
            let mut learned = columns.without_rejected();
            for piece in pieces(&open[..open.len().min(LEARNED_FROM)]) {
                let bytes = joined(&piece);
                learned.add_all(&plain, &bytes, (piece[0].offset, piece[0].line));
            }
            let formats = learned.formats();
            let other = self.cleaner.in_dialect(self.source, dialect, &formats);
            (read, checksum) = read_all(&other, open);
        }
        if effect == Effect::Pads {
            read = flaws::complete(&read, open);
            if flaws::has_empty_ends(self.accepted, &dialect) {
                return None;
            }
            let alone = "a record that was cut off looks the same";
            caution = caution.or_else(|| (read.len() == 1).then(|| alone.to_owned()));
        }
        (!read.is_empty()).then_some(Match {
            candidate,
            dialect,
            read,
            checksums: (checksum, accepted.batch.checksum()),
            caution,
        })
    }

    /// Tests a dialect, which makes `rows` from the accepted records. Returns a caution if the
    /// values of these records change, and `None` if the dialect is wrong because it would lose
    /// records.
    fn effect_on_accepted(&self, rows: &Cleaned, effect: Effect) -> Option<Option<String>> {
        let is_complete = match effect {
            // a stray quote may have joined several records, which are then separate rows
            Effect::StoresQuotes => rows.batch.len() >= self.accepted.records,
            _ => rows.batch.len() == self.accepted.records,
        };
        if !is_complete || !rows.rejections.is_empty() {
            return None;
        }
        let is_changed = rows.batch.checksum() != self.checksum;
        let caution = "quotes around accepted values would be stored with them";
        match effect {
            Effect::StoresQuotes => Some(is_changed.then(|| caution.to_owned())),
            Effect::Separates if is_changed => None,
            _ => Some(None),
        }
    }
}

/// Groups records that follow each other in the file, because only together they may form a row.
fn pieces<'k>(open: &[&'k Kept]) -> Vec<Vec<&'k Kept>> {
    let mut pieces: Vec<Vec<&Kept>> = Vec::new();
    for record in open {
        let follows = |last: &&Kept| last.offset + last.raw.len() as u64 == record.offset;
        match pieces.last_mut() {
            Some(piece) if piece.last().is_some_and(follows) => piece.push(record),
            _ => pieces.push(vec![record]),
        }
    }
    pieces
}

fn joined(piece: &[&Kept]) -> Vec<u8> {
    piece.iter().flat_map(|kept| &kept.raw).copied().collect()
}

fn clean(cleaner: &Cleaner, bytes: &[u8], (offset, line): (u64, u64)) -> Cleaned {
    cleaner.clean(&Chunk {
        offset,
        line,
        content: Content::Lines(bytes.to_vec()),
        last: true,
    })
}

/// The records that become rows or comments, and the checksum of the rows.
fn read_all<'k>(cleaner: &Cleaner, open: &[&'k Kept]) -> (Vec<&'k Kept>, u64) {
    let (mut read, mut checksum) = (Vec::new(), 0u64);
    for piece in pieces(open) {
        let cleaned = clean(cleaner, &joined(&piece), (piece[0].offset, piece[0].line));
        let rejected: Vec<_> = cleaned
            .rejections
            .iter()
            .map(|rejection| rejection.offset..rejection.offset + rejection.bytes)
            .collect();
        let is_rejected = |kept: &Kept| {
            let end = kept.offset + kept.raw.len() as u64;
            let next = rejected.partition_point(|range| range.end <= kept.offset);
            rejected.get(next).is_some_and(|range| range.start < end)
        };
        read.extend(piece.iter().filter(|kept| !is_rejected(kept)));
        checksum = checksum.wrapping_add(cleaned.batch.checksum());
    }
    (read, checksum)
}
