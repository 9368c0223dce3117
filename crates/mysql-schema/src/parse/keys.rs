//! Collects the keys of a table, as written: primary, unique, plain, full-text and foreign keys.
//!
//! `complete` generates the missing names when all keys of the table are known.

use sqlparser::ast::{
    Expr, ForeignKeyConstraint, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    IndexColumn, IndexConstraint, IndexOption, OrderBySort, ReferentialAction, Spanned,
    TableConstraint, Value,
};

use super::{Place, Result};
use crate::expression::write;
use model::schema::{Check, IndexKey, IndexKind, IndexPart, ReferenceAction, Table};

/// Line and column of a key in its file. Generated names depend on the order of the keys, and
/// sqlparser loses the order of keys that are written beside a column.
type Position = (usize, u64);

/// The keys of one table.
#[derive(Default)]
pub(super) struct Keys {
    /// Position of the key that is added next.
    at: Position,
    pub(super) indexes: Vec<PendingIndex>,
    pub(super) foreign_keys: Vec<PendingForeignKey>,
}

pub(super) struct PendingIndex {
    pub(super) at: Position,
    pub(super) name: Option<String>,
    pub(super) kind: IndexKind,
    pub(super) parts: Vec<IndexPart>,
    pub(super) comment: String,
    /// Whether a foreign key made it, so that it is dropped when another index serves the key.
    pub(super) generated: bool,
}

pub(super) struct PendingForeignKey {
    pub(super) at: Position,
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) parent_database: Option<String>,
    pub(super) parent_table: String,
    pub(super) parent_columns: Vec<String>,
    pub(super) on_delete: ReferenceAction,
    pub(super) on_update: ReferenceAction,
}

impl Keys {
    pub(super) fn add(
        &mut self,
        table: &mut Table,
        constraint: TableConstraint,
        place: Place,
    ) -> Result<()> {
        let start = constraint.span().start;
        let place = place.at(start.line);
        self.written_at(place, start.column);
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
            TableConstraint::FulltextOrSpatial(index) => {
                let parts = parts(&index.columns, place)?;
                let kind = match index.fulltext {
                    true => IndexKind::FullText,
                    false => IndexKind::Spatial,
                };
                self.push(index.opt_index_name, kind, parts, &[]);
            }
            TableConstraint::ForeignKey(key) => {
                let columns = key.columns.iter().map(|c| c.value.clone()).collect();
                self.add_foreign_key(None, columns, &key, place)?;
            }
            TableConstraint::Check(check) if check.enforced == Some(false) => {}
            TableConstraint::Check(check) => table.checks.push(Check {
                name: check.name.map(|name| name.value).unwrap_or_default(),
                expression: write(&check.expr),
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

    /// Sets the position of the keys that are added from now on.
    pub(super) fn written_at(&mut self, place: Place, column: u64) {
        self.at = (place.line, column);
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
            at: self.at,
            name: name.map(|name| name.value),
            kind,
            parts,
            comment: comment.unwrap_or_default(),
            generated: false,
        });
    }

    fn add_foreign_key(
        &mut self,
        inline_name: Option<&Ident>,
        columns: Vec<String>,
        key: &ForeignKeyConstraint,
        place: Place,
    ) -> Result<()> {
        let index_name = key
            .name
            .as_ref()
            .or(inline_name)
            .or(key.index_name.as_ref());
        let (parent_database, parent_table) = super::qualified_name(&key.foreign_table, place)?;
        self.foreign_keys.push(PendingForeignKey {
            at: self.at,
            name: key
                .name
                .as_ref()
                .or(inline_name)
                .map(|name| name.value.clone()),
            columns: columns.clone(),
            parent_database,
            parent_table,
            parent_columns: key
                .referred_columns
                .iter()
                .map(|c| c.value.clone())
                .collect(),
            on_delete: action(&key.on_delete),
            on_update: action(&key.on_update),
        });
        self.indexes.push(PendingIndex {
            at: self.at,
            name: index_name.map(|name| name.value.clone()),
            kind: IndexKind::Plain,
            parts: columns.iter().map(|column| whole(column)).collect(),
            comment: String::new(),
            generated: true,
        });
        Ok(())
    }
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
    let cannot_parse = || {
        place.error(format!(
            "the key part {} cannot be parsed without a server",
            column.column.expr
        ))
    };
    let (key, prefix) = match &column.column.expr {
        Expr::Identifier(name) => (IndexKey::Column(name.value.clone()), None),
        // sqlparser parses body(20) as a function call
        Expr::Function(function) => {
            let name = function.name.0.first().and_then(|part| part.as_ident());
            let FunctionArguments::List(arguments) = &function.args else {
                return Err(cannot_parse());
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
                _ => return Err(cannot_parse()),
            }
        }
        Expr::Nested(inner) => (IndexKey::Expression(write(inner)), None),
        _ => return Err(cannot_parse()),
    };
    Ok(IndexPart {
        key,
        prefix,
        descending,
    })
}
