//! `draft`: from the files alone to a schema that loads them. `check` accepts every row with the
//! drafted schema, and `draft` reports every choice that it cannot make.

mod command;
mod exact;
mod loads;
mod planted;
mod public_sets;
mod references;
mod shapes;
mod told;
mod two_readings;
mod unharmed;
mod whole_files;

use std::fs;
use std::path::Path;

use crate::support::harness::{Ran, folder, run};

/// A folder with files in `in/`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(folder());
        fs::create_dir(folder.path().join("in")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join("in").join(name), text).unwrap();
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(self.path(), arguments)
    }

    /// Drafts, demands that `check` accepts all rows with the result, and returns the schema and
    /// the settings.
    #[track_caller]
    fn drafted(&self, options: &[&str]) -> Drafted {
        let draft = [&["draft", "in"], options].concat();
        let said = self.run(&draft).exits(0).stderr;
        let read = |name: &str| fs::read_to_string(self.path().join(name)).unwrap_or_default();
        let schema = read("schema.sql");
        self.run(&["check", "in", "--schema", "schema.sql"])
            .exits(0);
        Drafted {
            schema,
            settings: read("reviewseed.toml"),
            said,
        }
    }
}

/// What `draft` wrote and said.
struct Drafted {
    schema: String,
    settings: String,
    said: String,
}

impl Drafted {
    /// The definition of a column, without its comment.
    #[track_caller]
    fn column(&self, table: &str, column: &str) -> String {
        let begin = format!("CREATE TABLE IF NOT EXISTS `{table}` (");
        let (_, table) = self.schema.split_once(&begin).expect(&self.schema);
        let (table, _) = table.split_once(") ENGINE").unwrap();
        let name = format!("  `{column}` ");
        let line = table.lines().find_map(|line| line.strip_prefix(&name));
        let definition = line.expect(&self.schema);
        let end = definition.find(", --").unwrap();
        definition[..end].to_owned()
    }

    #[track_caller]
    fn has(&self, words: &str) -> &Drafted {
        assert!(
            self.schema.contains(words),
            "{words:?} not in\n{}",
            self.schema
        );
        self
    }

    #[track_caller]
    fn lacks(&self, words: &str) -> &Drafted {
        assert!(
            !self.schema.contains(words),
            "{words:?} in\n{}",
            self.schema
        );
        self
    }
}

/// Lines of a file.
fn lines(header: &str, rows: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        text.push_str(&row);
        text.push('\n');
    }
    text
}
