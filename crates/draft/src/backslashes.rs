//! What is said about `\N`, empty fields and backslashes: programs that write `\N` for NULL keep
//! an empty text apart from it, and may write other backslashes as escapes.

use crate::error::Result;
use crate::profile::Profile;
use crate::scan::Scan;
use crate::trials::Trial;
use crate::whole_file;

/// Notes backslashes that have two readings, because `\N` is there too.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn note(scan: &Scan<'_>, trial: &mut Trial) -> Result<()> {
    let dialect = *trial.opened.source.dialect();
    let has_marks = trial.profiles.iter().any(|profile| profile.marks > 0);
    let mut texts = trial.profiles.iter().map(|profile| &profile.text);
    let has_backslashes = texts.any(|text| text.has_backslashes);
    if dialect.escape.is_some() || !has_marks || !has_backslashes {
        return Ok(());
    }
    if whole_file::evidence(scan, &trial.opened)?.may_be_escapes() {
        let with = match dialect.delimiter.bytes() {
            b"\t" => "--dialect mysqldump-tab, or --dialect postgres-text",
            _ => "--dialect mysql",
        };
        trial.opened.notes.push(format!(
            "backslashes are kept as they are, but may be escapes (\\t is a tab), because the \
             file has \\N for NULL: {with} reads them so"
        ));
    }
    Ok(())
}

/// The words about fields of a column of texts that are all NULL, although they are written in
/// several ways.
pub(crate) fn words_of_empty(profile: &Profile) -> Option<String> {
    let words: u64 = profile.null_words.values().sum();
    let all_empty = profile.nulls.saturating_sub(words + profile.marks);
    let quoted = profile.empty_in_quotes.min(all_empty);
    let empty = all_empty - quoted;
    let forms = [
        (profile.marks, "\\N"),
        (quoted, "\"\""),
        (empty, "an empty field"),
    ];
    let there = forms.iter().filter(|(count, _)| *count > 0);
    let there: Vec<String> = there
        .map(|(count, form)| format!("{form} ({count})"))
        .collect();
    if there.len() < 2 {
        return None;
    }
    let with = match quoted > 0 {
        true => "--empty-quoted text reads \"\" as an empty text",
        false => {
            "--dialect mysql, or mysqldump-tab without a header, reads an empty field as an empty \
             text"
        }
    };
    Some(format!("all read as NULL: {}; {with}", there.join(", ")))
}
