//! Recognises the text that `COPY` of PostgreSQL writes by its last line, and files with a blank
//! after each delimiter.

use input::dialect::Symbol;
use input::format::Format;
use input::records::Following;

use super::{Sample, Score, Setting, line};

const DIALECT: &str = "postgres-text";

const WORDS: &str = "guessed: dialect = postgres-text, because the last line is \\.; if it is wrong, \
                     change it in the settings of the table";

/// The fewest records from which blanks after delimiters can be judged.
const FEWEST: usize = 3;

impl Sample<'_> {
    /// The note about a blank after each delimiter, which is stored as a part of each text.
    pub(super) fn words_of_blanks(
        &self,
        format: &Format,
        delimiter: Symbol,
        score: Score,
    ) -> Option<String> {
        let records = self.records(format, delimiter, score);
        let begins = |record: &Vec<String>| {
            let mut fields = record.iter().skip(1);
            fields.all(|field| field.starts_with(' '))
        };
        let has_blanks = format.blanks.is_none()
            && format.dialect.is_none()
            && score.fields > 1
            && records.len() >= FEWEST
            && records.iter().skip(1).all(begins);
        has_blanks.then(|| {
            "a blank follows each delimiter, and texts are stored with it: --trim removes blanks \
             around fields"
                .to_owned()
        })
    }

    /// Sets the dialect of `COPY` if fields are separated by tabs and the last line is `\.`, unless
    /// the user has set how the file is written.
    pub(super) fn take_copied(
        &self,
        format: &mut Format,
        settings: &mut Vec<Setting>,
        notes: &mut Vec<String>,
    ) {
        let is_told = format.dialect.is_some()
            || format.delimiter.is_some()
            || format.quote.is_some()
            || format.escape.is_some();
        let (first, _) = line(self.text);
        let is_copied = self.following == Following::EndOfFile
            && self.text.trim_ascii_end().ends_with(b"\n\\.")
            && first.contains(&b'\t');
        if !is_told && is_copied && format.set("dialect", &[DIALECT.to_owned()]).is_ok() {
            settings.push(("dialect", DIALECT.to_owned()));
            notes.push(WORDS.to_owned());
        }
    }
}
