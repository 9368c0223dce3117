//! Cleans fields by their kind, for dialects that mark NULL. Also decides whether a record without
//! any value is a row.

use std::sync::Arc;

use clean::{Fault, clean_value, enumeration};
use input::dialect::{Dialect, FieldKind, Nulls};
use input::header::ColumnSource;
use model::batch::{Batch, BatchSize, Layout};
use model::rejection::Rule;
use model::schema::{Column, ColumnType, IndexKey, IndexPart, Table};

/// Cleans fields whose kind is known, such as quoted or NULL.
#[derive(Debug)]
pub(super) struct Kinds {
    nulls: Nulls,
    /// Each column as if it were NOT NULL, so that a word for NULL is read as a value if the column
    /// can store the word. Empty if the dialect does not mark NULL.
    certain: Vec<Column>,
}

impl Kinds {
    pub(super) fn new(dialect: &Dialect, columns: &[(Column, ColumnSource)]) -> Kinds {
        let certain = match dialect.has_kinds() {
            true => columns.iter().map(|(column, _)| certain(column)).collect(),
            false => Vec::new(),
        };
        Kinds {
            nulls: dialect.nulls,
            certain,
        }
    }

    /// Converts a field to a value of the column at this position in the row, and adds it to the
    /// batch.
    #[inline]
    pub(super) fn clean(
        &self,
        (at, column): (usize, &Column),
        kind: FieldKind,
        field: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Fault> {
        match kind {
            FieldKind::Plain => clean_value(column, field, batch),
            FieldKind::Null => null(column, batch),
            FieldKind::Nested => Err(Fault::new(
                Rule::NestedValue,
                format!(
                    "the value is a JSON {}, and the column has type {}; take a value out of it (columns.{}.from), or make the column JSON",
                    match field.first() {
                        Some(b'[') => "array",
                        _ => "object",
                    },
                    column.kind,
                    column.name
                ),
            )),
            FieldKind::Value | FieldKind::Literal if is_word_for_null(column, field) => {
                null(column, batch)
            }
            FieldKind::Value | FieldKind::Literal | FieldKind::Quoted => match self.certain.get(at)
            {
                Some(certain) if has_texts(&column.kind) => {
                    let cleaned = clean_value(certain, field, batch);
                    cleaned.or_else(|fault| self.no_value(column, field, fault, batch))
                }
                // in a column of any other type, an empty field can only mean NULL
                _ => clean_value(column, field, batch),
            },
        }
    }

    /// Handles a field that is not NULL but is also not a valid value of its column.
    fn no_value(
        &self,
        column: &Column,
        field: &[u8],
        fault: Fault,
        batch: &mut Batch,
    ) -> Result<(), Fault> {
        if fault.rule != Rule::MissingValue || !column.nullable {
            return Err(fault);
        }
        // in a dialect without a mark for NULL, an empty field or a word for NULL means NULL
        if self.nulls == Nulls::Words {
            return null(column, batch);
        }
        let fault = match &column.kind {
            ColumnType::Enum { members } => enumeration::member(field, members).err(),
            _ => None,
        };
        Err(fault.unwrap_or_else(|| {
            let words = "the field is an empty text, which the column cannot hold; in this dialect, an empty field is not NULL";
            Fault::new(Rule::MissingValue, words)
        }))
    }

    /// Whether a row of the table needs a value in these columns. If so, a record without any value
    /// is not a row; it may be the end of a spreadsheet. The same holds for a record whose primary
    /// key would be an empty text, unless the dialect says that an empty field is a value.
    pub(super) fn needs_value(&self, columns: &[(Column, ColumnSource)], table: &Table) -> bool {
        if matches!(self.nulls, Nulls::Words) && has_key_of_texts(columns, table) {
            return true;
        }
        let kind = match self.nulls {
            Nulls::Words => FieldKind::Plain,
            Nulls::Mark => FieldKind::Value,
            Nulls::Empty => FieldKind::Null,
        };
        let layout = Layout::new(columns.iter().map(|(column, _)| &column.kind));
        let mut batch = Batch::new(Arc::clone(&layout), 0, 1, BatchSize::default());
        // only fields count, because constants are in every record
        let fields = columns.iter().enumerate();
        let mut fields = fields.filter(|(_, (_, source))| matches!(source, ColumnSource::Field(_)));
        fields.any(|(at, (column, _))| {
            let cleaned = self.clean((at, column), kind, b"", &mut batch);
            cleaned.is_err_and(|fault| fault.rule == Rule::MissingValue)
        })
    }
}

/// Whether fields fill a primary key that has only text columns.
fn has_key_of_texts(columns: &[(Column, ColumnSource)], table: &Table) -> bool {
    let is_text = |part: &IndexPart| {
        let mut columns = columns.iter();
        columns.any(|(column, source)| {
            part.key == IndexKey::Column(column.name.clone())
                && column.kind.is_text()
                && matches!(source, ColumnSource::Field(_))
        })
    };
    table
        .primary_key()
        .is_some_and(|key| !key.parts.is_empty() && key.parts.iter().all(is_text))
}

/// Adds NULL if the column can be NULL.
fn null(column: &Column, batch: &mut Batch) -> Result<(), Fault> {
    if column.nullable || column.generates_ids {
        batch.push(model::batch::Value::Null);
        return Ok(());
    }
    Err(Fault::new(
        Rule::MissingValue,
        "the column is NOT NULL, but the field is NULL",
    ))
}

fn certain(column: &Column) -> Column {
    let mut certain = Column {
        nullable: false,
        ..column.clone()
    };
    if let Some(format) = &mut certain.format {
        Arc::make_mut(format).nulls.clear();
    }
    certain
}

/// Whether a setting of the column says that this text means NULL.
fn is_word_for_null(column: &Column, field: &[u8]) -> bool {
    let mut words = column.format.iter().flat_map(|format| &format.nulls);
    words.any(|word| word.as_bytes() == field)
}

/// Whether an empty field, or a field with a word for NULL, can be a value of this type.
fn has_texts(kind: &ColumnType) -> bool {
    let is_of_words = matches!(
        kind,
        ColumnType::Enum { .. } | ColumnType::Set { .. } | ColumnType::Json
    );
    is_of_words || kind.is_text() || kind.is_binary()
}
