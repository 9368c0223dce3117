//! Writes the note about backslashes in files that also have `\N`. A program that writes `\N` for
//! NULL may write other backslashes as escapes.

use crate::error::Result;
use crate::open::Opened;
use crate::profile::Profile;
use crate::scan::Scan;
use crate::whole_file;

/// The note about backslashes that may be escapes; `None` if none of them may be one.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn words(
    scan: &Scan<'_>,
    opened: &Opened,
    profiles: &[Profile],
) -> Result<Option<String>> {
    let dialect = opened.source.dialect();
    let has_marks = profiles.iter().any(|profile| profile.marks > 0);
    let has_backslashes = profiles.iter().any(|profile| profile.text.has_backslashes);
    if dialect.escape.is_some() || !has_marks || !has_backslashes {
        return Ok(None);
    }
    let with = match dialect.delimiter.bytes() {
        b"\t" => "--dialect mysqldump-tab, or --dialect postgres-text",
        _ => "--dialect mysql",
    };
    let may_be_escapes = whole_file::evidence(scan, opened)?.may_be_escapes();
    Ok(may_be_escapes.then(|| {
        format!(
            "the file has \\N for NULL, so other backslashes may be escapes too, such as \\t for a \
             tab; draft keeps them as backslashes; {with} reads them as escapes"
        )
    }))
}
