//! Keys as written, and what the servers make of them.
//!
//! Names that are not given, the index that a foreign key brings along, NOT NULL of the primary key: all the rules by
//! which a server completes what a CREATE TABLE says about keys are here, so that the result equals the catalogue.

use anyhow::{Result, bail};
use sqlparser::ast::{
    Expr, ForeignKeyConstraint, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    IndexColumn, IndexConstraint, IndexOption, ObjectName, OrderBySort, ReferentialAction,
    TableConstraint, Value,
};

use super::Place;
use crate::schema::{
    Check, ForeignKey, Index, IndexKey, IndexKind, IndexPart, ReferenceAction, Table,
};

/// The keys of one table in the order in which they were written.
#[derive(Default)]
pub(super) struct Keys {
    indexes: Vec<PendingIndex>,
    foreign_keys: Vec<PendingForeignKey>,
}

struct PendingIndex {
    name: Option<String>,
    kind: IndexKind,
    parts: Vec<IndexPart>,
    comment: String,
    /// Brought along by a foreign key: goes when another index serves.
    generated: bool,
}

struct PendingForeignKey {
    name: Option<String>,
    columns: Vec<String>,
    parent_table: String,
    parent_columns: Vec<String>,
    on_delete: ReferenceAction,
    on_update: ReferenceAction,
}

impl Keys {
    pub(super) fn add(
        &mut self,
        table: &mut Table,
        constraint: TableConstraint,
        place: Place,
    ) -> Result<()> {
        match constraint {
            TableConstraint::PrimaryKey(key) => {
                let parts = parts(&key.columns, place)?;
                self.push(None, IndexKind::Primary, parts, &key.index_options);
            }
            TableConstraint::Unique(key) => {
                let name = key.index_name.or(key.name);
                let parts = parts(&key.columns, place)?;
                self.push(name, IndexKind::Unique, parts, &key.index_options);
            }
            TableConstraint::Index(index) => self.add_index(IndexKind::Plain, index, place)?,
            TableConstraint::FulltextOrSpatial(index) if index.fulltext => {
                let parts = parts(&index.columns, place)?;
                self.push(index.opt_index_name, IndexKind::FullText, parts, &[]);
            }
            TableConstraint::ForeignKey(key) => {
                let columns = key.columns.iter().map(|c| c.value.clone()).collect();
                let name = key.name.as_ref().or(key.index_name.as_ref());
                self.add_foreign_key(name, columns, &key, place)?;
            }
            TableConstraint::Check(check) if check.enforced == Some(false) => {}
            TableConstraint::Check(check) => table.checks.push(Check {
                name: check.name.map(|name| name.value).unwrap_or_default(),
                expression: check.expr.to_string(),
            }),
            other => {
                return Err(place.error(format!("{}: {other} is not supported", table.name)));
            }
        }
        Ok(())
    }

    pub(super) fn add_index(
        &mut self,
        kind: IndexKind,
        index: IndexConstraint,
        place: Place,
    ) -> Result<()> {
        let parts = parts(&index.columns, place)?;
        self.push(index.name, kind, parts, &index.index_options);
        Ok(())
    }

    pub(super) fn inline_primary(&mut self, column: &str) {
        self.push(None, IndexKind::Primary, vec![whole(column)], &[]);
    }

    pub(super) fn inline_unique(&mut self, column: &str) {
        self.push(None, IndexKind::Unique, vec![whole(column)], &[]);
    }

    pub(super) fn inline_foreign_key(
        &mut self,
        column: &str,
        name: Option<&Ident>,
        key: &ForeignKeyConstraint,
        place: Place,
    ) -> Result<()> {
        self.add_foreign_key(name, vec![column.to_owned()], key, place)
    }

    fn push(
        &mut self,
        name: Option<Ident>,
        kind: IndexKind,
        parts: Vec<IndexPart>,
        options: &[IndexOption],
    ) {
        let comment = options.iter().find_map(|option| match option {
            IndexOption::Comment(text) => Some(text.clone()),
            IndexOption::Using(_) => None,
        });
        self.indexes.push(PendingIndex {
            name: name.map(|name| name.value),
            kind,
            parts,
            comment: comment.unwrap_or_default(),
            generated: false,
        });
    }

    fn add_foreign_key(
        &mut self,
        name: Option<&Ident>,
        columns: Vec<String>,
        key: &ForeignKeyConstraint,
        place: Place,
    ) -> Result<()> {
        let name = name.map(|name| name.value.clone());
        self.foreign_keys.push(PendingForeignKey {
            name: name.clone(),
            columns: columns.clone(),
            parent_table: parent_name(&key.foreign_table, place)?,
            parent_columns: key
                .referred_columns
                .iter()
                .map(|c| c.value.clone())
                .collect(),
            on_delete: action(&key.on_delete),
            on_update: action(&key.on_update),
        });
        self.indexes.push(PendingIndex {
            name,
            kind: IndexKind::Plain,
            parts: columns.iter().map(|column| whole(column)).collect(),
            comment: String::new(),
            generated: true,
        });
        Ok(())
    }
}

fn parent_name(name: &ObjectName, place: Place) -> Result<String> {
    super::single_name(name, place)
}

fn whole(column: &str) -> IndexPart {
    IndexPart {
        key: IndexKey::Column(column.to_owned()),
        prefix: None,
        descending: false,
    }
}

fn action(action: &Option<ReferentialAction>) -> ReferenceAction {
    match action {
        None | Some(ReferentialAction::Restrict | ReferentialAction::NoAction) => {
            ReferenceAction::Restrict
        }
        Some(ReferentialAction::Cascade) => ReferenceAction::Cascade,
        Some(ReferentialAction::SetNull) => ReferenceAction::SetNull,
        Some(ReferentialAction::SetDefault) => ReferenceAction::SetDefault,
    }
}

fn parts(columns: &[IndexColumn], place: Place) -> Result<Vec<IndexPart>> {
    columns.iter().map(|column| part(column, place)).collect()
}

fn part(column: &IndexColumn, place: Place) -> Result<IndexPart> {
    let descending = matches!(column.column.options.sort, Some(OrderBySort::Desc));
    let not_understood = || {
        place.error(format!(
            "the key part {} is not understood",
            column.column.expr
        ))
    };
    let (key, prefix) = match &column.column.expr {
        Expr::Identifier(name) => (IndexKey::Column(name.value.clone()), None),
        // sqlparser reads body(20) as a call of a function
        Expr::Function(function) => {
            let name = function.name.0.first().and_then(|part| part.as_ident());
            let FunctionArguments::List(arguments) = &function.args else {
                return Err(not_understood());
            };
            let length = match &arguments.args[..] {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => {
                    match &value.value {
                        Value::Number(digits, _) => digits.parse().ok(),
                        _ => None,
                    }
                }
                _ => None,
            };
            match (name, length) {
                (Some(name), Some(length)) => (IndexKey::Column(name.value.clone()), Some(length)),
                _ => return Err(not_understood()),
            }
        }
        Expr::Nested(inner) => (IndexKey::Expression(inner.to_string()), None),
        _ => return Err(not_understood()),
    };
    Ok(IndexPart {
        key,
        prefix,
        descending,
    })
}

/// Completes the keys of all tables as a server would.
pub(super) fn finish(drafts: Vec<(Table, Keys)>) -> Result<Vec<Table>> {
    let mut tables = Vec::with_capacity(drafts.len());
    let mut foreign_keys = Vec::with_capacity(drafts.len());
    for (mut table, keys) in drafts {
        table.indexes = indexes(&mut table, keys.indexes)?;
        tables.push(table);
        foreign_keys.push(keys.foreign_keys);
    }
    for (at, pending) in foreign_keys.into_iter().enumerate() {
        let mut unnamed = 0;
        for key in pending {
            let key = foreign_key(&tables, at, key, &mut unnamed)?;
            tables[at].foreign_keys.push(key);
        }
    }
    Ok(tables)
}

fn foreign_key(
    tables: &[Table],
    child: usize,
    pending: PendingForeignKey,
    unnamed: &mut u32,
) -> Result<ForeignKey> {
    let table = &tables[child];
    let name = pending.name.unwrap_or_else(|| {
        *unnamed += 1;
        format!("{}_ibfk_{unnamed}", table.name)
    });
    let columns = own_spelling(table, pending.columns)?;
    let parent = tables
        .iter()
        .find(|other| other.name == pending.parent_table);
    let parent_columns = match parent {
        // REFERENCES parent alone means its primary key
        Some(parent) if pending.parent_columns.is_empty() => {
            let key = parent
                .primary_key()
                .map(|key| &key.parts[..])
                .unwrap_or_default();
            key.iter()
                .filter_map(column_of)
                .map(str::to_owned)
                .collect()
        }
        Some(parent) => own_spelling(parent, pending.parent_columns)?,
        None => pending.parent_columns,
    };
    if columns.len() != parent_columns.len() && parent.is_some() {
        bail!(
            "the foreign key {name} of {} has {} columns, but refers to {} of {}",
            table.name,
            columns.len(),
            parent_columns.len(),
            pending.parent_table
        );
    }
    Ok(ForeignKey {
        name,
        columns,
        parent_table: pending.parent_table,
        parent_columns,
        on_delete: pending.on_delete,
        on_update: pending.on_update,
    })
}

/// Column names compare without regard to case; the catalogue has them as the column was defined.
fn own_spelling(table: &Table, names: Vec<String>) -> Result<Vec<String>> {
    names
        .into_iter()
        .map(|name| {
            match table
                .columns
                .iter()
                .find(|column| same(&column.name, &name))
            {
                Some(column) => Ok(column.name.clone()),
                None => bail!(
                    "a key of {} names the column {name}, which it does not have",
                    table.name
                ),
            }
        })
        .collect()
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn column_of(part: &IndexPart) -> Option<&str> {
    match &part.key {
        IndexKey::Column(name) => Some(name),
        IndexKey::Expression(_) => None,
    }
}

fn indexes(table: &mut Table, mut pending: Vec<PendingIndex>) -> Result<Vec<Index>> {
    for index in &mut pending {
        for part in &mut index.parts {
            if let IndexKey::Column(name) = &mut part.key {
                *name = own_spelling(table, vec![std::mem::take(name)])?.remove(0);
            }
        }
    }
    drop_needless(&mut pending);
    let mut made: Vec<Index> = Vec::with_capacity(pending.len());
    for index in pending {
        let name = match (index.kind, index.name) {
            (IndexKind::Primary, _) => "PRIMARY".to_owned(),
            (_, Some(name)) => name,
            (_, None) => free_name(&made, &index.parts),
        };
        if made.iter().any(|other| same(&other.name, &name)) {
            bail!("{} has two indexes named {name}", table.name);
        }
        if index.kind == IndexKind::Primary {
            for column in &mut table.columns {
                if index
                    .parts
                    .iter()
                    .any(|part| column_of(part) == Some(&column.name))
                {
                    column.nullable = false;
                }
            }
        }
        made.push(Index {
            name,
            kind: index.kind,
            parts: index.parts,
            visible: true,
            comment: index.comment,
        });
    }
    Ok(made)
}

/// Drops the index that a foreign key brings along where another index begins with the same columns: one that was
/// written, or, of two that were brought along, the longer, or the later one.
fn drop_needless(pending: &mut Vec<PendingIndex>) {
    let mut needless = vec![false; pending.len()];
    for at in 0..pending.len() {
        for before in 0..at {
            if needless[before] {
                continue;
            }
            let (this, that) = (&pending[at], &pending[before]);
            let shared = this.parts.len().min(that.parts.len());
            let same_start =
                (0..shared).all(|i| column_of(&this.parts[i]) == column_of(&that.parts[i]));
            let this_goes = this.generated && this.parts.len() == shared;
            let that_goes = that.generated && that.parts.len() == shared;
            if !same_start || this.kind == IndexKind::FullText || that.kind == IndexKind::FullText {
                continue;
            }
            if that_goes {
                needless[before] = true;
            } else if this_goes {
                needless[at] = true;
                break;
            }
        }
    }
    let mut keep = needless.into_iter().map(|needless| !needless);
    pending.retain(|_| keep.next().unwrap_or(true));
}

/// The first column's name, or with _2, _3, … where that is taken.
fn free_name(made: &[Index], parts: &[IndexPart]) -> String {
    let first = parts
        .first()
        .and_then(column_of)
        .unwrap_or("functional_index");
    let free = |name: &str| !made.iter().any(|index| same(&index.name, name));
    if free(first) && !first.eq_ignore_ascii_case("PRIMARY") {
        return first.to_owned();
    }
    (2..)
        .map(|number| format!("{first}_{number}"))
        .find(|name| free(name))
        .unwrap_or_default()
}
