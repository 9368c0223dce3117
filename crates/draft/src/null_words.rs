//! Words that mean NULL, with their counts.

use std::collections::BTreeMap;

use model::wording::grouped;

/// Words with their counts.
pub(crate) type Words = BTreeMap<String, u64>;

/// The note about the words that the drafted settings turn into NULL.
pub(crate) fn read_as_null(words: &Words) -> String {
    format!("read as NULL by the setting \"null\": {}", counted(words))
}

/// The words with their counts, as text.
pub(crate) fn counted(words: &Words) -> String {
    let each = words
        .iter()
        .map(|(word, count)| format!("\"{word}\" ({})", grouped(*count)));
    each.collect::<Vec<_>>().join(", ")
}
