//! Candidates whose name is, or is similar to, that of a table.

use super::{Found, OF_ROWS, Sign, is_file};
use crate::file_names::{choose, other_stem, unpacked_name};
use crate::locate::Listing;
use crate::missing_files::{Situation, other_formats};
use crate::near::nearest;
use crate::pattern;

/// Files with the table's name but another extension or another case.
pub(super) fn alike<'l>(listing: &'l Listing, table: &str) -> Vec<&'l str> {
    let is_alike = |name: &&str| {
        let bare = unpacked_name(name);
        let (stem, _) = bare.rsplit_once('.').unwrap_or((bare, ""));
        stem.eq_ignore_ascii_case(table)
            && other_formats::may_have_rows(bare)
            && is_file(listing, name)
    };
    let mut names = listing.names();
    names.retain(is_alike);
    names.sort_unstable();
    names
}

/// The file name without its extensions, if the file may have rows. Some programs write several
/// files of a table without an extension (`<table>_0000_part_00`).
fn stem(name: &str) -> Option<&str> {
    let bare = unpacked_name(name);
    match bare.rsplit_once('.') {
        Some((stem, ending)) => OF_ROWS.contains(&ending).then_some(stem),
        None => Some(bare),
    }
}

/// Names of the files that may have rows and that belong to no table.
fn free<'l>(situation: &Situation<'_>, listing: &'l Listing, found: &Found) -> Vec<&'l str> {
    let names = listing.names();
    let taken: Vec<usize> = situation
        .known
        .iter()
        .filter_map(|table| choose(&names, table, situation.known).ok())
        .flatten()
        .collect();
    let names = names.into_iter().enumerate();
    let free = names.filter(|(at, name)| {
        !taken.contains(at) && stem(name).is_some() && found.is_free(name) && is_file(listing, name)
    });
    free.map(|(_, name)| name).collect()
}

/// For each table: adds the only file whose name begins with that of the table. If there are
/// several with the same extension, adds a pattern for them (`<table>_*.dat`).
pub(super) fn give_beginnings(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    for table in situation.open_tables(found) {
        let free = free(situation, listing, found);
        let is_of =
            |name: &&&str| begins_with(name, table) && !is_of_another(name, situation, table);
        let group: Vec<&str> = free.iter().filter(is_of).copied().collect();
        let Some(first) = group.first() else {
            continue;
        };
        if group.len() == 1 {
            found.add(listing, table, first, Sign::Beginning);
            continue;
        }
        let separator = table.len()
            + first[table.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        let ending = stem(first).map_or(first.len(), str::len);
        let pattern = format!("{}*{}", &first[..separator], &first[ending..]);
        let names = listing.names();
        let mut matching = names.iter().filter(|name| pattern::matches(&pattern, name));
        if matching.clone().count() == group.len() && matching.all(|name| group.contains(name)) {
            found.add(listing, table, &pattern, Sign::Beginning);
        }
    }
}

/// Whether a name begins with that of a table, followed by `_`, `-` or a blank.
fn begins_with(name: &str, table: &str) -> bool {
    let Some((start, rest)) = name.split_at_checked(table.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(table) && rest.starts_with(['_', '-', ' '])
}

/// Whether a name begins with that of another table whose name is longer.
fn is_of_another(name: &str, situation: &Situation<'_>, table: &str) -> bool {
    let mut others = situation.known.iter();
    others.any(|other| other.len() > table.len() && begins_with(name, other))
}

/// Adds files that belong to no table as candidates for tables with similar names.
pub(super) fn give_similar(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    let names = free(situation, listing, found);
    let open = situation.open_tables(found);
    for table in &open {
        let near = |name: &&&str| stem(name).and_then(|stem| nearest(table, [stem])).is_some();
        let mut similar = names.iter().filter(near);
        let (Some(name), None) = (similar.next(), similar.next()) else {
            continue;
        };
        let meant = stem(name).and_then(|stem| nearest(stem, open.iter()));
        if meant == Some(table) && found.is_free(name) {
            found.add(listing, table, name, Sign::SimilarName);
        }
    }
}

/// For each table: adds the only file whose extension is the table's name, such as `u.user` for
/// `users`.
pub(super) fn give_endings(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    for table in situation.open_tables(found) {
        let plural = table.to_lowercase();
        let single = plural.strip_suffix('s').unwrap_or(&plural);
        let is_of = |name: &&str| {
            let ending = name
                .rsplit_once('.')
                .map(|(_, ending)| ending.to_lowercase());
            let is_name = ending.is_some_and(|ending| ending == plural || ending == single);
            is_name && found.is_free(name) && is_file(listing, name)
        };
        let mut names = listing.names();
        names.retain(is_of);
        if let [only] = names[..] {
            found.add(listing, table, only, Sign::Ending);
        }
    }
}

/// If only one table has no file and only one file belongs to no table, adds that file. Adds it
/// only if other tables have files, and files of its kind often have no header.
pub(super) fn give_the_last(situation: &Situation<'_>, listing: &Listing, found: &mut Found) {
    let others = !found.candidates.is_empty() || !situation.found.is_empty();
    let mut free = free(situation, listing, found);
    free.retain(|name| other_stem(name).is_some());
    if let (true, [table], [name]) = (others, &situation.open_tables(found)[..], &free[..]) {
        found.add(listing, table, name, Sign::Last);
    }
}
