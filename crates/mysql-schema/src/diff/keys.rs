//! Compares the indexes, foreign keys and CHECKs of two tables with the same name.
//!
//! Names of indexes are compared without regard to case, as servers do. Names that a server
//! generated are disregarded, because they depend on the order in which objects were created.

use super::{Available, Findings, Kind, Reason, Redundant};
use crate::check_name::is_generated_check_name;
use crate::expression::same_expression;
use model::schema::{Check, ForeignKey, Index, IndexKey, IndexKind, Schema, Table};

pub(super) fn indexes(
    from: &Table,
    to: &Table,
    available: &Available,
    findings: &mut Findings<'_>,
) {
    let replace = findings.scope.replace;
    let find = |table: &Table, name: &str| {
        let mut all = table.indexes.iter();
        all.find(|other| same_name(&other.name, name)).cloned()
    };
    let mut renamed: Vec<String> = Vec::new();
    for wanted in &to.indexes {
        if let Some(present) = find(from, &wanted.name) {
            if !same_index(&present, wanted) {
                change_index(present, wanted.clone(), findings);
            }
            continue;
        }
        // a missing primary key is treated as a changed one, because adding it rebuilds the table
        if wanted.kind == IndexKind::Primary {
            let nothing = Index {
                parts: Vec::new(),
                ..wanted.clone()
            };
            change_index(nothing, wanted.clone(), findings);
            continue;
        }
        let same_otherwise = from.indexes.iter().find(|present| {
            replace
                && same_index(present, wanted)
                && find(to, &present.name).is_none()
                && !renamed.contains(&present.name)
        });
        if let Some(present) = same_otherwise {
            renamed.push(present.name.clone());
            let (from, to) = (present.clone(), wanted.clone());
            findings.change(Kind::RenamedIndex { from, to });
            continue;
        }
        let columns = wanted.parts.iter().filter_map(|part| match &part.key {
            IndexKey::Column(name) => Some(name),
            IndexKey::Expression(_) => None,
        });
        match missing_columns(columns, available) {
            Some(why) => findings.leave(Kind::MissingIndex(wanted.clone()), why),
            None => findings.change(Kind::MissingIndex(wanted.clone())),
        }
    }
    for present in &from.indexes {
        if find(to, &present.name).is_none() && !renamed.contains(&present.name) {
            let kind = Kind::ExtraIndex(present.clone());
            match present.kind {
                IndexKind::Primary => findings.leave(kind, primary_keys_stay()),
                _ => drop_if_allowed(kind, findings),
            }
        }
    }
}

fn change_index(from: Index, to: Index, findings: &mut Findings<'_>) {
    let primary_key = to.kind == IndexKind::Primary;
    let allowed = findings.scope.replace && !primary_key;
    let otherwise = if primary_key {
        primary_keys_stay()
    } else {
        Reason::NotInScope
    };
    findings.change_if(allowed, Kind::ChangedIndex { from, to }, otherwise);
}

fn primary_keys_stay() -> Reason {
    Reason::Never("a primary key is never changed, because rows are stored in its order; `reviewseed seed --replace` loads the files into new tables".to_owned())
}

fn drop_if_allowed(kind: Kind, findings: &mut Findings<'_>) {
    let allowed = findings.scope.drop;
    findings.change_if(allowed, kind, Reason::Drops);
}

fn missing_columns<'a>(
    mut columns: impl Iterator<Item = &'a String>,
    available: &Available,
) -> Option<Reason> {
    let missing = columns.find(|name| !available.contains(*name))?;
    Some(Reason::Never(format!(
        "the table has no column \"{missing}\""
    )))
}

pub(super) fn same_name(a: &str, b: &str) -> bool {
    a == b || a.to_lowercase() == b.to_lowercase()
}

/// Whether two indexes are equal except for their names.
fn same_index(a: &Index, b: &Index) -> bool {
    a.visible == b.visible && a.comment == b.comment && same_structure(a, b)
}

/// Whether two indexes are equal except for their names, comments and visibility.
pub(super) fn same_structure(a: &Index, b: &Index) -> bool {
    a.kind == b.kind && a.parser == b.parser && a.parts.len() == b.parts.len() && begins_with(a, b)
}

/// Whether `long` begins with all key parts of `short`.
fn begins_with(long: &Index, short: &Index) -> bool {
    let same_key = |a: &IndexKey, b: &IndexKey| match (a, b) {
        (IndexKey::Expression(a), IndexKey::Expression(b)) => same_expression(a, b),
        (a, b) => a == b,
    };
    long.parts.len() >= short.parts.len()
        && long.parts.iter().zip(&short.parts).all(|(a, b)| {
            same_key(&a.key, &b.key) && a.prefix == b.prefix && a.descending == b.descending
        })
}

/// Non-unique indexes that are redundant, because another visible index begins with the same key
/// parts. The indexes of the schema are considered, and those that only the database has.
pub(super) fn redundant(from: &Table, to: &Table) -> Vec<Redundant> {
    let has = |table: &Table, name: &str| table.indexes.iter().any(|i| same_name(&i.name, name));
    let extra = from.indexes.iter().filter(|present| {
        let mut wanted = to.indexes.iter();
        // a renamed index must not be counted twice
        !has(to, &present.name) && !wanted.any(|i| same_index(i, present) && !has(from, &i.name))
    });
    let all: Vec<&Index> = to.indexes.iter().chain(extra).collect();
    let covers = |other: &Index, index: &Index| {
        other.name != index.name
            && other.visible
            && !matches!(other.kind, IndexKind::FullText | IndexKind::Spatial)
            && begins_with(other, index)
            // if two indexes are equal, only the second one is redundant
            && (other.parts.len() > index.parts.len()
                || other.kind != IndexKind::Plain
                || all.iter().position(|i| i.name == other.name) < all.iter().position(|i| i.name == index.name))
    };
    all.iter()
        .filter(|index| index.kind == IndexKind::Plain)
        .filter_map(|index| {
            let other = all.iter().find(|other| covers(other, index))?;
            Some(Redundant {
                table: to.name.clone(),
                index: index.name.clone(),
                covered_by: other.name.clone(),
            })
        })
        .collect()
}

pub(super) fn foreign_keys(
    from: &Table,
    to: &Table,
    available: &Available,
    live: &Schema,
    findings: &mut Findings<'_>,
) {
    let replace = findings.scope.replace;
    let is_generated = |name: &str| name.starts_with(&format!("{}_ibfk_", to.name));
    let same_otherwise = |a: &ForeignKey, b: &ForeignKey| {
        let renamed = ForeignKey {
            name: b.name.clone(),
            ..a.clone()
        };
        renamed == *b
    };
    let (mut unmatched, missing) = without_equal_keys(from, to);
    for wanted in missing {
        let alike = unmatched.iter().position(|key| same_otherwise(key, wanted));
        if let Some(at) = alike
            && (is_generated(&wanted.name) || is_generated(&unmatched[at].name) || replace)
        {
            let present = unmatched.remove(at).clone();
            if !is_generated(&wanted.name) && !is_generated(&present.name) {
                let (from, to) = (present, wanted.clone());
                findings.change(Kind::ChangedForeignKey { from, to });
            }
            continue;
        }
        let named = unmatched
            .iter()
            .position(|key| same_name(&key.name, &wanted.name));
        if let Some(at) = named {
            let (from, to) = (unmatched.remove(at).clone(), wanted.clone());
            findings.change_if(
                replace,
                Kind::ChangedForeignKey { from, to },
                Reason::NotInScope,
            );
            continue;
        }
        let kind = Kind::MissingForeignKey(wanted.clone());
        let elsewhere = wanted.parent_database.is_some();
        match missing_columns(wanted.columns.iter(), available) {
            Some(why) => findings.leave(kind, why),
            None if replace && live.table(&wanted.parent_table).is_none() && !elsewhere => {
                let why = format!("there is no table \"{}\"", wanted.parent_table);
                findings.leave(kind, Reason::Never(why));
            }
            None => findings.change(kind),
        }
    }
    for extra in unmatched {
        drop_if_allowed(Kind::ExtraForeignKey(extra.clone()), findings);
    }
}

/// The foreign keys of both tables, without the pairs that are equal, names included. These pairs
/// are removed first, so that a key with a generated name is not matched with a key that has its
/// own counterpart.
fn without_equal_keys<'t>(
    from: &'t Table,
    to: &'t Table,
) -> (Vec<&'t ForeignKey>, Vec<&'t ForeignKey>) {
    let mut unmatched: Vec<&ForeignKey> = from.foreign_keys.iter().collect();
    let mut missing: Vec<&ForeignKey> = Vec::new();
    for wanted in &to.foreign_keys {
        match unmatched.iter().position(|key| *key == wanted) {
            Some(at) => drop(unmatched.remove(at)),
            None => missing.push(wanted),
        }
    }
    (unmatched, missing)
}

/// Compares CHECKs. A CHECK without a name, or with a generated name, is matched by its condition.
pub(super) fn checks(from: &Table, to: &Table, findings: &mut Findings<'_>) {
    let replace = findings.scope.replace;
    let nameless =
        |check: &Check| check.name.is_empty() || is_generated_check_name(&check.name, &to.name);
    let mut unmatched: Vec<&Check> = from.checks.iter().collect();
    let mut missing: Vec<&Check> = Vec::new();
    for wanted in &to.checks {
        let found = unmatched.iter().position(|present| {
            let names_agree =
                nameless(present) || nameless(wanted) || same_name(&present.name, &wanted.name);
            names_agree && same_expression(&present.expression, &wanted.expression)
        });
        match found {
            Some(at) => drop(unmatched.remove(at)),
            None => missing.push(wanted),
        }
    }
    for wanted in missing {
        let named = unmatched
            .iter()
            .position(|present| !nameless(wanted) && same_name(&present.name, &wanted.name));
        if let (Some(at), true) = (named, replace) {
            let (from, to) = (unmatched.remove(at).clone(), wanted.clone());
            findings.change(Kind::ChangedCheck { from, to });
            continue;
        }
        findings.change_if(
            replace,
            Kind::MissingCheck(wanted.clone()),
            Reason::NotInScope,
        );
    }
    for extra in unmatched {
        let kind = Kind::ExtraCheck(extra.clone());
        match extra.name.is_empty() && replace {
            true => {
                let why =
                    "the CHECK is part of a column's definition; only MODIFY COLUMN removes it";
                findings.leave(kind, Reason::Never(why.to_owned()));
            }
            false => drop_if_allowed(kind, findings),
        }
    }
}
