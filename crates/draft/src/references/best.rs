//! Chooses among the references that the values allow.

use super::Judged;
use super::name_evidence::Name;
use crate::tables::DraftTable;

/// The best parent for each child column.
pub(super) fn best(mut judged: Vec<Judged>) -> Vec<Judged> {
    let rank = |j: &Judged| {
        let c = &j.candidate;
        let has_orphans = j.inclusion.orphans > 0;
        (
            c.child,
            c.is_sibling,
            has_orphans,
            std::cmp::Reverse(c.name),
            c.child.0 != c.parent.0,
            !c.is_identity,
            c.parent,
        )
    };
    judged.sort_by_key(rank);
    judged.dedup_by_key(|j| j.candidate.child);
    // if two keys refer to each other, the one in the later table is the child
    let pairs: Vec<_> = judged
        .iter()
        .map(|j| (j.candidate.child, j.candidate.parent))
        .collect();
    judged.retain(|j| {
        let c = &j.candidate;
        c.child > c.parent || !pairs.contains(&(c.parent, c.child))
    });
    judged
}

/// Removes foreign keys of columns that only copy another column of the parent, if the child also
/// refers to the parent's primary key. For example, `customer_email` is a copy beside
/// `customer_id`.
pub(super) fn without_copies(tables: &[DraftTable], mut found: Vec<Judged>) -> Vec<Judged> {
    let is_primary = |(p, key): (usize, usize)| tables[p].key_columns() == [key];
    let of_primary = found.iter().filter(|j| is_primary(j.candidate.parent));
    let of_primary = of_primary.map(|j| (j.candidate.child.0, j.candidate.parent.0));
    let of_primary: Vec<(usize, usize)> = of_primary.collect();
    found.retain(|Judged { candidate: c, .. }| {
        let is_copy = of_primary.contains(&(c.child.0, c.parent.0));
        is_primary(c.parent) || c.name >= Name::Same || !is_copy
    });
    found
}
