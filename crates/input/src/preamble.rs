//! The preamble of a file, which precedes the header or the first record: lines that a setting
//! skips, a line that names the delimiter (`sep=;`, as Excel understands it), and comments.

use crate::dialect::Symbol;
use crate::error::{Result, fail};
use crate::format::{Format, HeaderLine};
use crate::lines::Lines;
use crate::records::MARK;
use crate::records::long::marks;
use memchr::{memchr_iter, memmem};

/// The preamble of a file.
#[derive(Debug, Default)]
pub(super) struct Preamble {
    /// Length of the preamble in bytes, byte order marks included.
    pub(super) bytes: usize,
    /// Number of line feeds in the preamble.
    pub(super) line_feeds: u64,
    /// The delimiter that the first line names.
    pub(super) delimiter: Option<Symbol>,
    /// The skipped lines without byte order marks. Reject files begin with these lines, so that the
    /// same settings apply to reject files.
    pub(super) skipped: Vec<u8>,
    /// The comments after the skipped lines, as (start, end).
    pub(super) comments: Vec<(usize, usize)>,
}

impl Preamble {
    /// Finds the preamble of a text that begins with these bytes. `None` if the preamble does not
    /// end within these bytes.
    ///
    /// # Errors
    ///
    /// When the text is `whole` and has fewer lines than must be skipped.
    pub(super) fn find(start: &[u8], format: &Format, whole: Whole) -> Result<Option<Preamble>> {
        let lines = Lines::ending_with(format.line_end_of_lines());
        let first = marks(start);
        let first_line = lines.find(start, first);
        let content = first_line.as_ref().map_or(start.len(), |end| end.start);
        let delimiter = named_delimiter(&start[first..content]);
        let next = first_line.map_or(start.len(), |end| end.end);
        let delimiter = delimiter.filter(|d| has_fields(format, *d, &start[next..]));
        let skipped_lines = format.skip_lines.max(u64::from(delimiter.is_some()));
        if skipped_lines == 0 && format.comment.is_none() {
            return Ok(Some(Preamble::default()));
        }
        let mut at = first;
        for line in 0..skipped_lines {
            match (lines.find(start, at), whole) {
                (Some(end), _) => at = end.end,
                (None, Whole::No) => return Ok(None),
                (None, Whole::Yes) if line + 1 == skipped_lines && at < start.len() => {
                    at = start.len();
                }
                (None, Whole::Yes) => fail!(
                    "skip_lines is {skipped_lines}, but the file has fewer lines; correct skip_lines (--skip-lines)"
                ),
            }
        }
        let mut preamble = Preamble {
            bytes: at,
            delimiter,
            skipped: start[first.min(at)..at].to_vec(),
            ..Preamble::default()
        };
        if format.header_line() == HeaderLine::Present
            && !preamble.pass_comments(start, format.comment, &lines)
            && whole == Whole::No
        {
            return Ok(None);
        }
        preamble.line_feeds = memchr_iter(b'\n', &start[..preamble.bytes]).count() as u64;
        Ok(Some(preamble))
    }

    /// Skips comments, and the blank lines and byte order marks before and between them. Returns
    /// `false` if nothing follows.
    fn pass_comments(&mut self, start: &[u8], comment: Option<Symbol>, lines: &Lines) -> bool {
        let Some(comment) = comment else {
            return true;
        };
        let mut at = self.bytes;
        while at < start.len() {
            if let Some(blank) = lines.at(start, at) {
                at = blank.end;
            } else if start[at..].starts_with(MARK) {
                at += MARK.len();
            } else if start[at..].starts_with(comment.bytes()) {
                let Some(end) = lines.find(start, at) else {
                    self.comments.push((at, start.len()));
                    self.bytes = start.len();
                    return false;
                };
                self.comments.push((at, end.start));
                at = end.end;
                self.bytes = at;
            } else {
                return true;
            }
        }
        false
    }
}

/// Whether bytes are a whole text or only its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Yes,
    No,
}

/// Whether the line `sep=;` can be taken for the name of the delimiter: the file has a header, or
/// the rest of the text contains the delimiter. Otherwise a first record that is only the text
/// `sep=;` would be lost.
fn has_fields(format: &Format, delimiter: Symbol, text: &[u8]) -> bool {
    format.header_line() == HeaderLine::Present || memmem::find(text, delimiter.bytes()).is_some()
}

/// The delimiter in a line `sep=;`.
fn named_delimiter(line: &[u8]) -> Option<Symbol> {
    let inner = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\""));
    let (name, delimiter) = inner.unwrap_or(line).split_at_checked(4)?;
    let is_named = name.eq_ignore_ascii_case(b"sep=") && !delimiter.is_empty();
    let text = std::str::from_utf8(delimiter).ok().filter(|_| is_named)?;
    Symbol::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(settings: &[(&str, &str)]) -> Format {
        let mut format = Format::default();
        for (key, value) in settings {
            format.set(key, &[(*value).to_owned()]).unwrap();
        }
        format
    }

    fn found(start: &[u8], settings: &[(&str, &str)]) -> Preamble {
        let found = Preamble::find(start, &format(settings), Whole::Yes);
        found.unwrap().unwrap()
    }

    #[test]
    fn physical_lines_are_skipped_whatever_is_in_them() {
        let skip = [("skip_lines", "2")];
        let preamble = found(b"\xef\xbb\xbfa \"b\n\r\nid,v\n", &skip);
        assert_eq!((preamble.bytes, preamble.line_feeds), (10, 2));
        assert_eq!(preamble.skipped, b"a \"b\n\r\n");
        assert_eq!(found(b"a\rb\rid\r", &skip).bytes, 4);
        assert_eq!(found(b"a\nb", &skip).bytes, 3, "the last line is skipped");
        let few = Preamble::find(b"a\n", &format(&skip), Whole::Yes);
        assert_eq!(
            few.unwrap_err().to_string(),
            "skip_lines is 2, but the file has fewer lines; correct skip_lines (--skip-lines)"
        );
        let more = Preamble::find(b"a\n", &format(&skip), Whole::No);
        assert!(more.unwrap().is_none());
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        for (start, delimiter, bytes) in [
            (&b"sep=;\r\nid;v\r\n"[..], &b";"[..], 7),
            (b"\xef\xbb\xbfSEP=|\nid|v", b"|", 9),
            (b"\"sep=::\"\nid", b"::", 9),
            (b"sep=\t\nid", b"\t", 6),
        ] {
            let preamble = found(start, &[]);
            assert_eq!(preamble.delimiter.unwrap().bytes(), delimiter);
            assert_eq!(preamble.bytes, bytes);
        }
        for start in [
            &b"sep=\nid"[..],
            b"sep,id\n",
            b"id\nsep=;\n",
            b"sep=123456789\n",
        ] {
            let preamble = found(start, &[]);
            assert_eq!((preamble.delimiter, preamble.bytes), (None, 0));
        }
        assert_eq!(found(b"sep=;\nx\nid\n", &[("skip_lines", "2")]).bytes, 8);
        let absent = [("no_header", "true")];
        assert_eq!(found(b"sep=;\n1;2\n", &absent).bytes, 6);
        assert_eq!(found(b"sep=;\nsep=|\n", &absent).bytes, 0);
    }

    #[test]
    fn comments_before_a_header_are_counted() {
        let comment = ("comment", "#");
        let start = b"# a\n\n#b\nid,v\n#c\n";
        let preamble = found(start, &[comment]);
        assert_eq!((preamble.bytes, preamble.comments.len()), (8, 2));
        assert_eq!(preamble.skipped, b"");
        let absent = found(start, &[comment, ("no_header", "true")]);
        assert_eq!((absent.bytes, absent.comments.len()), (0, 0));
        let no_end = Preamble::find(b"# a\n# b", &format(&[comment]), Whole::No);
        assert!(no_end.unwrap().is_none());
    }
}
