//! The error about a file that could probably be read with other settings. The settings are kept as
//! values. Whether they are for one table or for all tables is known only when the files of all
//! tables were opened.

use std::fmt;

use crate::dialect::Symbol;
use model::shell::quoted;

/// The settings that exist only for single tables.
const OF_TABLES: [&str; 2] = ["format", "fields"];

/// A file that does not fit its table, with the settings with which it would probably fit.
#[derive(Debug, thiserror::Error)]
#[error("{words}; {}add {}", advice.clue, self.options())]
pub struct Misread {
    /// The table.
    pub(crate) table: String,
    /// Where and why the file does not fit.
    pub(crate) words: String,
    /// The proposed settings, with the reason.
    pub(crate) advice: Advice,
    /// Whether the settings are for all tables.
    pub(crate) scope: Scope,
}

/// Settings with which a file would probably fit its table, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The reason, which precedes the settings in the message: `its names are separated by tabs: `.
    pub(crate) clue: String,
    /// The proposed settings: (name, value as users type it).
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// Whether settings are for all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The settings are for the files of all tables.
    AllTables,
    /// The settings are for the files of one table.
    Table,
}

impl Advice {
    pub(crate) fn new(clue: impl Into<String>, settings: &[(&'static str, &str)]) -> Advice {
        let of = |(key, value): &(&'static str, &str)| (*key, (*value).to_owned());
        Advice {
            clue: clue.into(),
            settings: settings.iter().map(of).collect(),
        }
    }
}

impl Advice {
    /// The delimiter, if no other setting is needed to read the file.
    pub(crate) fn only_delimiter(&self) -> Option<Symbol> {
        match &self.settings[..] {
            [("delimiter", value)] => Symbol::parse(value).ok(),
            _ => None,
        }
    }
}

impl Misread {
    /// Makes the error. The settings are options for all files where such options exist.
    pub(crate) fn new(table: &str, words: String, advice: Advice) -> Misread {
        let is_of_table = |(key, _): &(&str, String)| OF_TABLES.contains(key);
        let scope = match advice.settings.iter().any(is_of_table) {
            true => Scope::Table,
            false => Scope::AllTables,
        };
        Misread {
            table: table.to_owned(),
            words,
            advice,
            scope,
        }
    }

    /// The settings as options that users can paste.
    pub(crate) fn options(&self) -> String {
        let table = &self.table;
        let option = |(key, value): &(&'static str, String)| match self.scope {
            Scope::Table => format!("--set {}", quoted(&format!("{table}.{key}={value}"))),
            Scope::AllTables => AsOption(key, value).to_string(),
        };
        let options: Vec<String> = self.advice.settings.iter().map(option).collect();
        options.join(" ")
    }
}

/// Shows a setting as the option with the same name.
struct AsOption<'a>(&'a str, &'a str);

impl fmt::Display for AsOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AsOption(key, value) = *self;
        write!(f, "--{}", key.replace('_', "-"))?;
        match (key, value) {
            ("no_header", "true") => Ok(()),
            // a single quote is easier to read in double quotes than as '\''
            (_, "'") => write!(f, " \"'\""),
            _ => write!(f, " {}", quoted(value)),
        }
    }
}

/// Makes the proposed settings those of single tables, unless all tables need the same settings. An
/// option for all files would break the tables that do not need it. `misfits` has one item for each
/// table whose files cannot be read. `opened` is the number of the other tables.
pub(crate) fn tell_apart(mut misfits: Vec<Option<&mut Misread>>, opened: usize) {
    let settings = |misfit: &Option<&mut Misread>| {
        let misread = misfit.as_ref()?;
        Some(misread.advice.settings.clone())
    };
    let mut all = misfits.iter().map(settings);
    let first = all.next().flatten();
    if opened == 0 && first.is_some() && all.all(|settings| settings == first) {
        return;
    }
    for misread in misfits.iter_mut().flatten() {
        misread.scope = Scope::Table;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misread(table: &str, settings: &[(&'static str, &str)]) -> Misread {
        let advice = Advice::new("it looks so: ", settings);
        Misread::new(table, "f: no".to_owned(), advice)
    }

    fn said(mut misfits: Vec<Misread>, opened: usize) -> Vec<String> {
        tell_apart(misfits.iter_mut().map(Some).collect(), opened);
        misfits.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tables_that_need_different_settings_get_settings_of_their_own() {
        let bar: &[_] = &[("delimiter", "|")];
        let tabs: &[_] = &[("no_header", "true"), ("delimiter", "tab")];
        let users = "f: no; it looks so: add --set 'users.delimiter=|'";
        let both = said(vec![misread("users", bar), misread("a b", tabs)], 0);
        assert_eq!(
            both,
            [
                users,
                "f: no; it looks so: add --set 'a b.no_header=true' --set 'a b.delimiter=tab'"
            ]
        );
        assert_eq!(said(vec![misread("users", bar)], 1), [users]);
        let mut beside_another_fault = misread("users", bar);
        tell_apart(vec![Some(&mut beside_another_fault), None], 0);
        assert_eq!(beside_another_fault.to_string(), users);
    }

    #[test]
    fn what_all_tables_need_is_an_option_for_all() {
        let bar: &[_] = &[("delimiter", "|")];
        let both = said(vec![misread("a", bar), misread("b", bar)], 0);
        assert_eq!(both, ["f: no; it looks so: add --delimiter '|'"; 2]);
        for (settings, options) in [
            (&[("quote", "'")][..], "--quote \"'\""),
            (
                &[("no_header", "true"), ("skip_lines", "3")],
                "--no-header --skip-lines 3",
            ),
            (&[("format", "jsonl")], "--set t.format=jsonl"),
        ] {
            let said = said(vec![misread("t", settings)], 0);
            assert_eq!(said, [format!("f: no; it looks so: add {options}")]);
        }
    }
}
