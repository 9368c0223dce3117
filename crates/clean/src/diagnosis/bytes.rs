//! Proposals for columns of bytes: the settings for the form in which the file writes them.

use model::schema::{Column, ColumnType, Decode};

use super::trial::Trial;
use super::{Cause, CauseKind, ColumnSetting, Counted};
use crate::bytes;

/// The forms that can be recognized, with their names in messages. Plain bytes are not listed,
/// because every text could be plain bytes.
const WAYS: [(Decode, &str); 4] = [
    (Decode::Hex, "hexadecimal digits"),
    (Decode::Base64, "base64"),
    (Decode::Uuid, "UUIDs"),
    (Decode::UuidSwap, "UUIDs whose time is swapped"),
];

/// The cause, with settings that would accept the rejected values without rejecting the `accepted`
/// ones. `None` if there are no such settings.
pub(super) fn cause(column: &Column, values: &[Counted<'_>], accepted: &[&str]) -> Option<Cause> {
    let is_bit = matches!(column.kind, ColumnType::Bit { .. });
    if !(column.kind.is_binary() || is_bit) || column.decode != Decode::Literal {
        return None;
    }
    let format = column.format.as_deref().cloned().unwrap_or_default();
    let mut as_is = Trial::new(column);
    let rejected: Vec<usize> = (0..values.len())
        .filter(|at| as_is.read(&format, values[*at].0).is_none())
        .collect();
    let accepted: Vec<&&str> = accepted
        .iter()
        .filter(|value| as_is.read(&format, value).is_some())
        .collect();
    let (mut found, mut words, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    let ways = WAYS.into_iter().filter(|_| !is_bit);
    for (decode, name) in ways {
        let other = Column {
            decode,
            ..column.clone()
        };
        let mut trial = Trial::new(&other);
        let read = rejected.iter().map(|at| trial.read(&format, values[*at].0));
        let Some(read) = read.collect::<Option<Vec<u32>>>() else {
            continue;
        };
        let keeps = accepted
            .iter()
            .all(|value| trial.read(&format, value).is_some());
        if keeps && !read.is_empty() && !seen.contains(&read) {
            found.push(vec![ColumnSetting::new("decode", decode.name())]);
            words.push(name);
            seen.push(read);
        }
    }
    if found.is_empty() && rejected.iter().any(|at| is_no_text(values[*at].0)) {
        let raw = raw(column, rejected.iter().map(|at| values[*at].0), &accepted);
        found.extend(raw.map(|setting| vec![setting]));
        words.push("plain bytes");
    }
    let count = rejected.iter().map(|at| values[*at].1).sum();
    let example = rejected.iter().rev().max_by_key(|at| values[**at].1);
    (!found.is_empty()).then(|| Cause {
        kind: CauseKind::Bytes,
        words: format!("bytes, perhaps written as {}", words.join(" or ")),
        count,
        total: count,
        example: example.map_or(String::new(), |at| values[*at].0.to_owned()),
        values: rejected.clone(),
        settings: found,
    })
}

/// Whether a text has control characters, which no text form of bytes contains.
fn is_no_text(value: &str) -> bool {
    value.chars().any(char::is_control)
}

/// The setting `decode = "raw"`, if it reads all rejected values and does not change accepted ones.
fn raw<'v>(
    column: &Column,
    mut rejected: impl Iterator<Item = &'v str>,
    accepted: &[&&str],
) -> Option<ColumnSetting> {
    let format = column.format.as_deref().cloned().unwrap_or_default();
    let other = Column {
        decode: Decode::Raw,
        ..column.clone()
    };
    let (mut as_is, mut trial) = (Trial::new(column), Trial::new(&other));
    let reads = rejected.all(|value| trial.read(&format, value).is_some());
    let mut accepted = accepted.iter();
    let keeps = accepted.all(|value| as_is.read(&format, value) == trial.read(&format, value));
    (reads && keeps).then(|| ColumnSetting::new("decode", Decode::Raw.name()))
}

/// The cause of rejected values in a column of bytes, if some of them are not UTF-8: the file
/// contains plain bytes. `values` are all rejected values, each with the number of its records.
pub fn diagnose_raw(column: &Column, values: &[(&[u8], u64)], accepted: &[&str]) -> Option<Cause> {
    let is_text = |value: &[u8]| std::str::from_utf8(value).is_ok();
    if !column.kind.is_binary() || column.decode != Decode::Literal {
        return None;
    }
    if values.iter().all(|(value, _)| is_text(value)) {
        return None;
    }
    let read = |value: &[u8], decode| bytes::bytes(value, &column.kind, decode).ok();
    let is_read = |at: &usize| read(values[*at].0, Decode::Raw).is_some();
    let explained: Vec<usize> = (0..values.len()).filter(is_read).collect();
    let example = explained.first()?;
    let is_changed = |value: &&str| {
        let literal = read(value.as_bytes(), Decode::Literal);
        literal.is_some() && literal != read(value.as_bytes(), Decode::Raw)
    };
    let mut words = "bytes that are not text".to_owned();
    let changed = accepted.iter().copied().find(|value| is_changed(value));
    if let Some(changed) = changed {
        words.push_str(&format!(
            ", but decode = \"raw\" would change \"{changed}\", which is accepted"
        ));
    }
    let setting = || vec![ColumnSetting::new("decode", Decode::Raw.name())];
    Some(Cause {
        kind: CauseKind::Bytes,
        words,
        count: explained.iter().map(|at| values[*at].1).sum(),
        total: values.iter().map(|(_, count)| count).sum(),
        example: String::from_utf8_lossy(values[*example].0).into_owned(),
        values: explained,
        settings: changed.is_none().then(setting).into_iter().collect(),
    })
}
