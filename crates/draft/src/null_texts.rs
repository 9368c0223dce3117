//! Decides whether the word `null` in a text column is a text or means NULL.

use crate::null_words::counted;
use crate::tables::DraftColumn;
use crate::types::{self, TypeOptions};

/// The word `null` is frequent if at least one field in this many is that word. A frequent word
/// means NULL.
const SHARE_OF_MARK: u64 = 5;

/// The word `null` is frequent only if at least this many fields are that word.
const FEWEST_MARKS: u64 = 3;

/// The word `null` means NULL if at least this many other text columns have it too.
const OTHER_TEXTS: usize = 2;

/// Words in the names of columns that hold names of persons.
const NAMES: [&str; 9] = [
    "name",
    "surname",
    "lastname",
    "firstname",
    "last",
    "first",
    "family",
    "author",
    "username",
];

/// Decides for each text column whether the word `null` is a text or means NULL. It means NULL if
/// other columns of the file have it too, or if it is frequent. Otherwise it may be a person's
/// name, so it is kept.
pub(crate) fn settle(columns: &mut [DraftColumn], options: TypeOptions) {
    let are_marks: Vec<bool> = (0..columns.len())
        .map(|at| are_marks(columns, at))
        .collect();
    for (column, are_marks) in columns.iter_mut().zip(are_marks) {
        let words = column.profile.null_words.clone();
        if words.is_empty() || !column.typed.kind.is_text() || column.profile.values() == 0 {
            continue;
        }
        if are_marks && !column.profile.told.format.text.keep_null {
            column
                .typed
                .notes
                .push(format!("read as NULL: {}", counted(&words)));
            continue;
        }
        column.profile.keep_null_words();
        let from = column.typed.settings.iter().find(|(key, _)| *key == "from");
        let from = from.cloned();
        column.typed = types::choose(&column.name, &column.profile, options);
        column.typed.settings.extend(from);
        let is_told = column.profile.told.format.text.keep_null;
        let other = match column.typed.nullable {
            true => {
                let keep = ("keep_null", vec!["true".to_owned()]);
                column.typed.settings.push(keep);
                "keep_null = true reads the word as text; without this setting it is NULL"
            }
            false => "declare the column NULL to read the word as NULL",
        };
        let ambiguity = format!(
            "{} may be a text, such as a name, or mean NULL; {other}",
            counted(&words)
        );
        column.typed.ambiguity = (!is_told).then_some(ambiguity);
    }
}

/// Whether the word `null` in a column means NULL.
fn are_marks(columns: &[DraftColumn], at: usize) -> bool {
    let profile = &columns[at].profile;
    let words = &profile.null_words;
    let is_of_words = profile.text.has_letters || profile.text.wide > 0;
    if !is_of_words || columns[at].typed.ambiguity.is_some() {
        return true;
    }
    let names = crate::names::words(&columns[at].name);
    let has_names = names.iter().any(|word| NAMES.contains(&word.as_str()));
    let others = || {
        let others = columns.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(_, column)| column)
    };
    let is_mark = |(word, count): (&String, &u64)| {
        let with_word = others().filter(|column| column.profile.null_words.contains_key(word));
        let (texts, typed): (Vec<_>, Vec<_>) =
            with_word.partition(|column| column.typed.kind.is_text());
        let fields = profile.values() + profile.nulls;
        // no program writes `Null` for NULL, but people have that name, so its frequency proves
        // nothing
        let is_mixed = word.starts_with("Nu");
        let is_often = *count >= FEWEST_MARKS && count * SHARE_OF_MARK >= fields;
        let is_often = is_often && !is_mixed && !has_names;
        let texts = if is_mixed { 0 } else { texts.len() };
        !typed.is_empty() || texts >= OTHER_TEXTS || is_often
    };
    words.iter().all(is_mark)
}
