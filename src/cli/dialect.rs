//! The arguments about the dialect of delimited files. Each is also a setting of single tables
//! (`--set TABLE.quote=none`, `quote = "none"` in `reviewseed.toml`), with one parser for both.

use clap::Args;
use input::format::Format;
use model::setting::SettingError;

/// How the files are divided into records and fields.
#[derive(Debug, Args)]
#[command(next_help_heading = "Dialect of the files")]
pub struct DialectArgs {
    /// The program that wrote the files: mysql (INTO OUTFILE with commas and quotes),
    /// mysqldump-tab, excel (with semicolons), spark, postgres (COPY as CSV), postgres-text or unix
    /// (csv.unix_dialect of Python). The options below override single settings of the dialect
    #[arg(long, value_name = "NAME", value_parser = checked("dialect"))]
    pub dialect: Option<String>,
    /// Separator of fields: a few characters, such as ;, ::, tab or \x01 [default: a tab in .tsv
    /// files, else a comma]
    #[arg(long, value_name = "TEXT", value_parser = checked("delimiter"))]
    pub delimiter: Option<String>,
    /// Character that encloses fields, or none: quotes are text [default: "]
    #[arg(long, value_name = "C|none", value_parser = checked("quote"))]
    pub quote: Option<String>,
    /// Escape character, such as the \ that INTO OUTFILE writes (\N is NULL, \n a line end, \" a
    /// quote), or none [default: none]
    #[arg(long, value_name = "C|none", value_parser = checked("escape"))]
    pub escape: Option<String>,
    /// The only line end: lf, crlf or cr; other line ends are then text [default: all three end a
    /// line]
    #[arg(long, value_name = "END", value_parser = checked("line_end"))]
    pub line_end: Option<String>,
    /// Text that begins a comment line; these lines are skipped
    #[arg(long, value_name = "TEXT", value_parser = checked("comment"))]
    pub comment: Option<String>,
    /// Number of lines to skip at the beginning of each file, before the header
    #[arg(long, value_name = "N", value_parser = checked("skip_lines"))]
    pub skip_lines: Option<String>,
    /// Remove blanks around fields that are not quoted
    #[arg(long)]
    pub trim: bool,
    /// What to do with records that have too few fields: `reject` them, or `pad` them with empty
    /// fields [default: reject]
    #[arg(long, value_name = "reject|pad", value_parser = checked("short_rows"))]
    pub short_rows: Option<String>,
    /// What to do with records that have too many fields: `reject` them, or `ignore-empty` to
    /// ignore extra fields that are empty [default: reject]
    #[arg(long, value_name = "reject|ignore-empty", value_parser = checked("long_rows"))]
    pub long_rows: Option<String>,
    /// How to read a quoted field that is empty, \N or null: as `text`, or as `null` like the same
    /// field without quotes [default: null]
    #[arg(long, value_name = "text|null", value_parser = checked("empty_quoted"))]
    pub empty_quoted: Option<String>,
}

impl DialectArgs {
    /// Sets the options that were given.
    ///
    /// # Errors
    ///
    /// When a value is not accepted. Clap rejects such values earlier.
    pub fn set(&self, format: &mut Format) -> Result<(), SettingError> {
        let trim = self.trim.then(|| "true".to_owned());
        for (key, value) in [
            ("dialect", &self.dialect),
            ("delimiter", &self.delimiter),
            ("quote", &self.quote),
            ("escape", &self.escape),
            ("line_end", &self.line_end),
            ("comment", &self.comment),
            ("skip_lines", &self.skip_lines),
            ("trim", &trim),
            ("short_rows", &self.short_rows),
            ("long_rows", &self.long_rows),
            ("empty_quoted", &self.empty_quoted),
        ] {
            if let Some(value) = value {
                format.set(key, std::slice::from_ref(value))?;
            }
        }
        Ok(())
    }
}

/// A parser that accepts the values that the setting accepts.
fn checked(key: &'static str) -> impl Fn(&str) -> Result<String, String> + Clone + Send + Sync {
    move |text| match Format::default().set(key, &[text.to_owned()]) {
        Ok(()) => Ok(text.to_owned()),
        Err(SettingError::Wrong(why)) => Err(why),
        Err(SettingError::Unknown) => Err(format!("{key} is not a setting")),
    }
}
