//! The beginning of an input file: finds the header and matches it with the table.

use crate::error::{Context, Error, Result, fail};

use super::dialect::LineEnd;
use super::file_names::separates_by_tabs;
use super::format::{Format, HeaderLine};
use super::header::{HEADER_LIMIT, Header};
use super::input_file::{InputFile, SkippedStart};
use super::preamble::{Preamble, Whole};
use super::records::long::marks;
use super::table_input::TableInput;
use memchr::{memchr, memchr_iter};
use model::schema::Table;

/// Maximum length in bytes of all lines before the header.
const PREAMBLE_LIMIT: usize = 64 << 20;

/// Comments before a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comments {
    /// Number of comments.
    pub count: u64,
    /// Offset of the first comment in the text.
    pub offset: u64,
    /// Physical line of the first comment, from 1.
    pub line: u64,
    /// The first comment.
    pub first: Vec<u8>,
}

/// The beginning of a file.
pub(super) struct Beginning<'a> {
    file: &'a InputFile,
    pub(super) preamble: Preamble,
    /// The first bytes of the text, preamble included.
    start: Vec<u8>,
    /// Whether the delimiter is only assumed, because neither a setting nor the file names it.
    has_usual_delimiter: bool,
}

impl<'a> Beginning<'a> {
    /// Reads the beginning of a file. Sets the delimiter in `format`, if the file's name or its
    /// first line decides it.
    pub(super) fn read(file: &'a InputFile, format: &mut Format) -> Result<Beginning<'a>> {
        let mut limit = HEADER_LIMIT;
        loop {
            let start = file.beginning(limit)?;
            let whole = match start.len() < limit {
                true => Whole::Yes,
                false => Whole::No,
            };
            let found = Preamble::find(&start, format, whole);
            let Some(preamble) = found.with_context(|| file.name.clone())? else {
                limit *= 4;
                if limit > PREAMBLE_LIMIT {
                    fail!(
                        "{}: no header was found in the first {} MiB; check the settings skip_lines and comment",
                        file.name,
                        PREAMBLE_LIMIT >> 20
                    );
                }
                continue;
            };
            let start = match preamble.bytes {
                0 => start,
                // after the preamble, read as many bytes as the longest header has
                before => file.beginning(before + HEADER_LIMIT)?,
            };
            let mut beginning = Beginning {
                file,
                preamble,
                start,
                has_usual_delimiter: false,
            };
            beginning.set_delimiter(format)?;
            beginning.check_line_end(format)?;
            return Ok(beginning);
        }
    }

    fn set_delimiter(&mut self, format: &mut Format) -> Result<()> {
        let name = &self.file.name;
        match (format.delimiter, self.preamble.delimiter) {
            (Some(told), Some(named)) if told != named => fail!(
                "{name}: its first line names the delimiter {named}, but {told} is set, or used in the first file of the table; remove the setting of the delimiter, or remove the line"
            ),
            (Some(_), _) => {}
            (None, named) => {
                let has_tabs = separates_by_tabs(name);
                self.has_usual_delimiter = named.is_none() && !has_tabs && format.dialect.is_none();
                format.delimiter = named.or(Some(format.delimiter_of(has_tabs)));
            }
        }
        Ok(())
    }

    /// Checks that the lines end as the named dialect says. Otherwise the CR of each CR LF would be
    /// loaded as a part of the last field.
    fn check_line_end(&self, format: &Format) -> Result<()> {
        if format.line_end.is_some() || format.line_end_of_lines() != LineEnd::Lf {
            return Ok(());
        }
        let text = self.text();
        let first = memchr(b'\n', text).unwrap_or(0);
        if !text[..first].ends_with(b"\r") {
            return Ok(());
        }
        let dialect = format.dialect.map_or("", |dialect| dialect.name());
        fail!(
            "{}: its first line ends with CR LF, but lines of the dialect {dialect} end with LF; add --line-end crlf, or --line-end lf if the CR belongs to the last field",
            self.file.name
        )
    }

    /// The text from the header on.
    pub(super) fn text(&self) -> &[u8] {
        &self.start[self.preamble.bytes..]
    }

    /// The comments before the header.
    pub(super) fn comments(&self) -> Comments {
        let comments = &self.preamble.comments;
        let (from, to) = comments.first().copied().unwrap_or_default();
        let before = &self.start[..from];
        Comments {
            count: comments.len() as u64,
            offset: from as u64,
            line: 1 + memchr_iter(b'\n', before).count() as u64,
            first: self.start[from..to].to_vec(),
        }
    }

    /// Parses the header of the first file of a table. If the delimiter is only assumed and the
    /// line is a complete header with another common delimiter, that delimiter is used.
    pub(super) fn first_header(&self, table: &Table, read: &mut TableInput) -> Result<Header> {
        let parse = |read: &TableInput| Header::parse(self.text(), &self.file.name, table, read);
        let header = match parse(read) {
            Err(Error::Misread(misread)) if self.has_usual_delimiter => {
                let Some(delimiter) = misread.advice.only_delimiter() else {
                    return Err(Error::Misread(misread));
                };
                read.format.delimiter = Some(delimiter);
                let mut header = parse(read)?;
                header.proven_delimiter = Some(delimiter);
                header
            }
            header => header?,
        };
        Ok(self.in_file(header))
    }

    /// Corrects the position of a header that was parsed without the preamble.
    fn in_file(&self, mut header: Header) -> Header {
        header.bytes += self.preamble.bytes as u64;
        header.next_line += self.preamble.line_feeds;
        header
    }

    /// Finds what to skip at the start of a file that is not the first one of its table: the
    /// preamble, the repeated header, or a byte order mark.
    pub(super) fn later_start(
        &self,
        header: &Header,
        table: &Table,
        read: &TableInput,
    ) -> Result<Option<SkippedStart>> {
        let (text, name) = (self.text(), &self.file.name);
        let found = match read.format.header_line() {
            HeaderLine::Absent => None,
            _ => Header::parse(text, name, table, read).ok(),
        };
        // if the setting `fields` names the columns, any line can be parsed as a header; only a
        // line that repeats the names in the first file is one
        let is_by_position = !read.mapping.fields.is_empty();
        let found = found.filter(|h| !is_by_position || h.names() == header.names());
        let Some(found) = found else {
            // the file has no header, so its rows continue those of the previous file; it may still
            // begin with a byte order mark, if it was written as a separate file
            let bytes = self.preamble.bytes + marks(text);
            return Ok((bytes > 0).then_some(SkippedStart {
                bytes: bytes as u64,
                next_line: 1 + self.preamble.line_feeds,
            }));
        };
        let found = self.in_file(found);
        let same = |h: &Header| (h.columns.clone(), h.ignored.clone(), h.fields);
        if same(&found) != same(header) {
            fail!(
                "{name}: its header differs from that of the first file; all files of a table need the same columns in the same order"
            );
        }
        Ok(Some(SkippedStart {
            bytes: found.bytes,
            next_line: found.next_line,
        }))
    }
}
