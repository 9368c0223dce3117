//! Opens files again with settings that the first pass has suggested: an encoding, or paths to the
//! values within objects.

use crate::open::Opened;
use crate::profile::Profile;
use crate::sniff;

/// Number of fields that were kept because they are not UTF-8.
pub(crate) fn bad(profiles: &[Profile]) -> usize {
    profiles.iter().map(|profile| profile.bad.len()).sum()
}

/// Opens the files in the encoding that is probable for the values that are not UTF-8.
pub(crate) fn decoded(opened: &Opened, profiles: &[Profile]) -> Option<Opened> {
    let bad: Vec<&[u8]> = profiles
        .iter()
        .flat_map(|profile| profile.bad.iter().map(Vec::as_slice))
        .collect();
    let wide: u64 = profiles.iter().map(|profile| profile.text.wide).sum();
    if bad.is_empty() || opened.source.has_told_encoding() {
        return None;
    }
    let bytes = bad.join(&b' ');
    let encoding = sniff::guessed(&bytes);
    if sniff::is_mixed(encoding, bad.len() as u64, wide) {
        return None;
    }
    let mut other = opened.with(&[("encoding", encoding.name().to_ascii_lowercase())])?;
    other.guess = Some(sniff::words_of_guess(encoding, &bytes));
    Some(other)
}

/// Opens the JSON files with the paths to the single values within objects that MongoDB wrote.
pub(crate) fn unwrapped(opened: &Opened, profiles: &[Profile]) -> Option<Opened> {
    let columns = opened.columns.iter().zip(profiles);
    let paths = columns.filter_map(|(column, profile)| {
        let inner = profile.within.wrapped(profile.values())?;
        Some((
            column.clone(),
            format!("{}{inner}", opened.path_of(column)?),
        ))
    });
    let paths: Vec<(String, String)> = paths.collect();
    opened.with_paths(&paths).filter(|_| !paths.is_empty())
}
