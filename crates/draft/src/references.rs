//! Finds foreign keys: columns whose values are all, or nearly all, in the key of another table.
//! The names of the columns are the main evidence. If the names do not fit, the values must be so
//! many or so unusual that this is hardly a coincidence.

mod best;
mod composite;
mod name_evidence;
mod spellings;
mod unify;

use model::schema::ColumnType;

use crate::error::Result;
use crate::passes::{self, Inclusion, KeyColumn};
use crate::scan::Scan;
use crate::tables::{DraftColumn, DraftForeignKey, DraftTable, Uniqueness};
use best::{best, without_copies};
use name_evidence::{Name, Naming};
pub(crate) use unify::unify;

/// The least percentage of values that the parent must contain for a foreign key with orphans. Such
/// a key also needs a name that refers to the parent.
const LEAST_INCLUDED: u64 = 50;

/// With at least this many distinct values, a match is hardly a coincidence.
const FEWEST_DISTINCT: u64 = 20;

/// Texts of at least this many bytes hardly match by coincidence.
const LONG_TEXT: usize = 6;

/// A pair of columns that may be child and parent.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    child: (usize, usize),
    parent: (usize, usize),
    name: Name,
    /// Whether the parent's key is named after its own table, so that it is not itself a reference.
    is_identity: bool,
    /// Whether the parent's key is itself a reference to the table that the child's name mentions.
    /// For example, `user_id` of `posts` refers to `users`, not to `user_id` of `profiles`.
    is_sibling: bool,
}

impl Candidate {
    /// The rank of a candidate; the smallest is the best.
    fn rank(&self) -> (bool, std::cmp::Reverse<Name>) {
        (self.is_sibling, std::cmp::Reverse(self.name))
    }

    /// Whether the name is strong enough for a foreign key although some rows have no parent. The
    /// draft then contains the foreign key as a comment.
    fn may_have_orphans(&self) -> bool {
        matches!(self.name, Name::Role | Name::End) || self.name >= Name::Table
    }
}

/// A candidate with the number of rows that have a parent.
struct Judged {
    candidate: Candidate,
    inclusion: Inclusion,
}

/// Finds the foreign keys of all tables. `declared` has the columns of each table with their types.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn find(
    scan: &Scan<'_>,
    tables: &mut [DraftTable],
    declared: &[Vec<KeyColumn>],
) -> Result<()> {
    let candidates = candidates(tables);
    let mut judged = Vec::new();
    let mut rest = Vec::new();
    for candidate in candidates {
        match by_sets(tables, candidate) {
            Some(Verdict::Included(inclusion)) => judged.push(Judged {
                candidate,
                inclusion,
            }),
            Some(Verdict::Not) => {}
            Some(Verdict::Partly) | None => rest.push(candidate),
        }
    }
    // a column has one parent, so candidates that a better one already beats are not read
    let is_open = |candidate: &Candidate| {
        let better = |other: &Judged| {
            other.candidate.child == candidate.child && other.candidate.rank() <= candidate.rank()
        };
        !judged.iter().any(better)
    };
    rest.retain(is_open);
    judged.extend(by_reading(scan, tables, declared, &rest)?);
    let evidence = Naming::new(tables);
    for found in without_copies(tables, best(judged)) {
        add(tables, &found, &evidence);
    }
    composite::find(scan, tables, declared, &evidence)?;
    spellings::note(scan, tables, declared)?;
    for table in tables {
        // a foreign key column may be unique by coincidence, so no unique key is suggested for it
        let keys = &table.foreign_keys;
        let is_child = |at: usize| keys.iter().any(|key| key.columns == [at]);
        table
            .unique
            .retain(|(at, u)| *u == Uniqueness::Declared || !is_child(*at));
    }
    Ok(())
}

/// The pairs of columns with matching types that are worth checking, by name or by value.
fn candidates(tables: &[DraftTable]) -> Vec<Candidate> {
    let naming = Naming::new(tables);
    let mut candidates = Vec::new();
    for (t, table) in tables.iter().enumerate() {
        for (c, column) in table.columns.iter().enumerate() {
            for (p, parent) in tables.iter().enumerate() {
                for key in parent_keys(parent) {
                    if (t, c) == (p, key) || !fits(column, &parent.columns[key]) {
                        continue;
                    }
                    let name = naming.of((t, c), (p, key));
                    let is_primary = parent.key_columns() == [key];
                    let is_named = match is_primary {
                        true => name >= Name::Part,
                        false => {
                            let is_alike = naming.ends_alike((t, c), (p, key));
                            name >= Name::Same || (is_alike && name >= Name::End)
                        }
                    };
                    let may_be =
                        is_named || (is_primary && t != p && is_strong(table, column, parent, key));
                    let is_identity = naming.is_identity((t, c)) && !naming.is_rather_of((t, c), p);
                    let is_own_key =
                        table.key_columns() == [c] && (name < Name::Table || is_identity);
                    if may_be && !is_own_key {
                        candidates.push(Candidate {
                            child: (t, c),
                            parent: (p, key),
                            name,
                            is_identity: naming.is_identity((p, key)),
                            is_sibling: false,
                        });
                    }
                }
            }
        }
    }
    note_siblings(&mut candidates, &naming);
    candidates
}

/// Marks the candidates whose parent key is itself a reference to the table that the child's name
/// mentions.
fn note_siblings(candidates: &mut [Candidate], naming: &Naming) {
    let stated: Vec<Candidate> = candidates
        .iter()
        .filter(|c| c.is_identity && c.name >= Name::End)
        .copied()
        .collect();
    for candidate in candidates {
        candidate.is_sibling = stated.iter().any(|other| {
            let is_other = other.child == candidate.child && other.parent.0 != candidate.parent.0;
            let is_key_of_other = naming.of(candidate.parent, other.parent) >= Name::End;
            let is_own = naming.is_identity(candidate.parent)
                && !naming.is_rather_of(candidate.parent, other.parent.0);
            is_other && is_key_of_other && !is_own
        });
    }
}

/// The columns of a table that a foreign key may refer to.
fn parent_keys(table: &DraftTable) -> Vec<usize> {
    let mut keys = match table.key_columns() {
        [only] => vec![*only],
        _ => Vec::new(),
    };
    keys.extend(table.unique.iter().map(|(at, _)| *at));
    keys
}

/// Whether values of the two columns can be equal.
fn fits(child: &DraftColumn, parent: &DraftColumn) -> bool {
    let is_number = |column: &DraftColumn| {
        let is_plain = column.profile.words.is_empty() || column.typed.nullable;
        matches!(column.typed.kind, ColumnType::Integer { .. })
            || (column.typed.kind == ColumnType::Boolean
                && column.profile.integers.count > 0
                && is_plain)
    };
    let is_text = |column: &DraftColumn| {
        matches!(
            column.typed.kind,
            ColumnType::Char { .. } | ColumnType::VarChar { length: ..=255 }
        )
    };
    if child.values() == 0 {
        return false;
    }
    // calendar tables have days as keys, written as whole numbers such as 20240131
    let is_day = |column: &DraftColumn| {
        column.typed.kind == ColumnType::Date && column.profile.integers.count > 0
    };
    (is_number(child) && is_number(parent))
        || (is_day(child) && is_day(parent))
        || (is_text(child) && is_text(parent))
        || (matches!(child.typed.kind, ColumnType::Binary { .. })
            && child.typed.kind == parent.typed.kind)
}

/// Whether the values of a child are so many or so unusual that the parent's key hardly contains
/// them by coincidence.
fn is_strong(table: &DraftTable, column: &DraftColumn, parent: &DraftTable, key: usize) -> bool {
    let (distinct, _) = column.distinct();
    let is_key_of_own = table
        .key_columns()
        .iter()
        .any(|at| table.columns[*at].name == column.name);
    if distinct < FEWEST_DISTINCT || (is_key_of_own && table.key_columns().len() == 1) {
        return false;
    }
    let is_code = is_code_like(column, &parent.columns[key]);
    let key = &parent.columns[key].profile;
    match column.typed.kind {
        _ if is_code => true,
        ColumnType::Date => false,
        ColumnType::Integer { .. } => {
            let range = key
                .integers
                .greatest
                .saturating_sub(key.integers.least)
                .max(1) as u64;
            // a key with nearly every number of its range contains any small number
            range / 10 > key.integers.count
        }
        ColumnType::Char { .. } | ColumnType::VarChar { .. } => {
            column.profile.text.least_bytes >= LONG_TEXT && !column.profile.text.has_blanks
        }
        _ => true,
    }
}

/// Whether both columns are codes of one length with letters, such as airport codes. The parent's
/// key hardly contains many of these by coincidence.
fn is_code_like(column: &DraftColumn, key: &DraftColumn) -> bool {
    matches!(column.typed.kind, ColumnType::Char { length: 2.. })
        && column.typed.kind == key.typed.kind
        && column.profile.text.has_letters
}

enum Verdict {
    Included(Inclusion),
    Partly,
    Not,
}

/// Compares the sets of whole numbers of child and parent; `None` if one of them is not known.
fn by_sets(tables: &[DraftTable], candidate: Candidate) -> Option<Verdict> {
    let profile = |(t, c): (usize, usize)| &tables[t].columns[c].profile;
    let (child, parent) = (profile(candidate.child), profile(candidate.parent));
    if tables[candidate.parent.0].has_bad_values() {
        return None;
    }
    let sets = child.integers.set().zip(parent.integers.set());
    let (child_set, parent_set) = sets.filter(|_| child.tried == 0 && parent.tried == 0)?;
    let shared = child_set.intersection_len(parent_set);
    if shared == child_set.len() {
        return Some(Verdict::Included(Inclusion {
            rows: child.integers.count,
            orphans: 0,
        }));
    }
    // programs often write zero for a missing reference, so zero may be the only orphan
    let is_zero_alone =
        child_set.len() - shared == 1 && child_set.contains(crate::integers::key(0));
    let is_near = shared * 100 >= child_set.len() * LEAST_INCLUDED || is_zero_alone;
    Some(match is_near && candidate.may_have_orphans() {
        true => Verdict::Partly,
        false => Verdict::Not,
    })
}

/// Reads the values of parents and children. Returns the candidates that may be foreign keys, with
/// the number of their orphans.
fn by_reading(
    scan: &Scan<'_>,
    tables: &[DraftTable],
    declared: &[Vec<KeyColumn>],
    candidates: &[Candidate],
) -> Result<Vec<Judged>> {
    let mut parents: Vec<(usize, usize)> = candidates.iter().map(|c| c.parent).collect();
    parents.sort_unstable();
    parents.dedup();
    let mut judged = Vec::new();
    for (p, key) in parents {
        let of_parent = candidates.iter().filter(|c| c.parent == (p, key));
        let set = tables[p].columns[key].profile.integers.set();
        let is_number = matches!(
            tables[p].columns[key].typed.kind,
            ColumnType::Integer { .. }
        );
        // the set may have keys of records that `seed` will reject; then the file is read again
        let is_whole = is_number && !tables[p].has_bad_values();
        let hashes = match set.filter(|_| is_whole) {
            Some(_) => None,
            None => {
                let columns = [declared[p][key].clone()];
                Some(passes::hashes(scan, &tables[p].opened.source, &columns)?)
            }
        };
        for candidate in of_parent {
            let (t, c) = candidate.child;
            let (source, column) = (&tables[t].opened.source, &declared[t][c]);
            let inclusion = match (&hashes, set) {
                (Some(hashes), _) => {
                    passes::inclusion(scan, source, std::slice::from_ref(column), hashes)?
                }
                (None, Some(set)) => passes::inclusion_of_numbers(scan, source, column.field, set)?,
                (None, None) => continue,
            };
            let included = inclusion.rows - inclusion.orphans;
            let is_near = included * 100 >= inclusion.rows * LEAST_INCLUDED;
            let is_zero = inclusion.orphans > 0 && has_zero(&tables[t].columns[c]);
            let is_foreign_key =
                inclusion.orphans == 0 || ((is_near || is_zero) && candidate.may_have_orphans());
            if is_foreign_key && inclusion.rows > 0 {
                judged.push(Judged {
                    candidate: *candidate,
                    inclusion,
                });
            }
        }
    }
    Ok(judged)
}

fn has_zero(column: &DraftColumn) -> bool {
    let set = column.profile.integers.set();
    set.is_some_and(|set| set.contains(crate::integers::key(0)))
}

fn add(tables: &mut [DraftTable], found: &Judged, naming: &Naming) {
    let Candidate {
        child: (t, c),
        parent: (p, key),
        name,
        ..
    } = found.candidate;
    let evidence = naming.words(name);
    tables[t].foreign_keys.push(DraftForeignKey {
        columns: vec![c],
        parent: p,
        parent_columns: vec![key],
        inclusion: found.inclusion,
        evidence: evidence.to_owned(),
    });
    for (at, uniqueness) in &mut tables[p].unique {
        if *at == key {
            *uniqueness = Uniqueness::Declared;
        }
    }
}
