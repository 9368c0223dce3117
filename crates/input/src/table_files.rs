//! The input files of one table, located but not yet opened.

use crate::error::Result;

use super::header;
use super::input_file::InputFile;
use super::locate::{Listing, Located};
use super::source::Source;
use super::table_input::TableInput;
use model::schema::Table;

/// The input files of one table.
pub(super) struct TableFiles<'a> {
    /// The table.
    pub(super) table: &'a Table,
    /// The settings by which the files are read.
    pub(super) read: TableInput,
    /// The paths of the files, or their positions in the listing.
    pub(super) located: Located,
}

impl TableFiles<'_> {
    /// Whether the files can be read more than once.
    pub(super) fn can_be_read_again(&self) -> bool {
        match &self.located {
            Located::Paths(paths) => paths.iter().all(|path| path.is_file()),
            Located::Listed(_) => true,
        }
    }

    /// Opens the files and matches their header.
    pub(super) fn open(&self, listing: Option<&Listing>) -> Result<Source> {
        let files = self.files(listing)?;
        Source::of_files(files, self.table, &self.read)
    }

    fn files(&self, listing: Option<&Listing>) -> Result<Vec<InputFile>> {
        let (name, format) = (&self.table.name, &self.read.format);
        match (&self.located, listing) {
            (Located::Paths(paths), _) => {
                let files = paths.iter().map(|path| InputFile::open(path, name, format));
                files.collect()
            }
            (Located::Listed(places), Some(listing)) => {
                let files = places.iter().map(|at| listing.open(*at, name, format));
                files.collect()
            }
            (Located::Listed(_), None) => Ok(Vec::new()),
        }
    }

    /// The names in the header, for files that do not fit the table. Empty if the files cannot be
    /// read.
    pub(super) fn names(&self, listing: Option<&Listing>) -> Vec<String> {
        let files = self.files(listing).unwrap_or_default();
        let first = files.first();
        first.map_or(Vec::new(), |file| header::names_in(file, &self.read))
    }
}
