//! What is said about backslashes beside `\N`: programs that write it for NULL may write other
//! backslashes as escapes.

use crate::error::Result;
use crate::open::Opened;
use crate::profile::Profile;
use crate::scan::Scan;
use crate::whole_file;

/// The words about backslashes that have two readings, because `\N` is there too.
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
            "backslashes are kept as they are, but may be escapes (\\t is a tab), because the \
             file has \\N for NULL: {with} reads them so"
        )
    }))
}
