//! Settings of single tables and columns that say how their files are read. They come from `--set`,
//! from options such as `--decode`, and from `reviewseed.toml`. They are parsed here, because only
//! the schema says which tables and columns exist.

use std::sync::Arc;

use crate::error::{Result, fail};

use input::TableInput;
use input::format::Format;
use model::flavour::Flavour;
use model::schema::{Column, ColumnType, Decode, Schema, Table, ValueFormat, ZeroDates};
use model::setting::{SettingError, single, switch};
use mysql_schema::parse::Fault;
use mysql_schema::predicate::json_column;

/// All settings of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The format of values, for all columns.
    pub values: ValueFormat,
    /// The meaning of a zero date, for all columns.
    pub zero_dates: ZeroDates,
    /// The settings of single tables and columns. A later setting replaces an earlier one with the
    /// same name.
    pub single: Vec<Setting>,
}

/// One setting of a table or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The table; case does not matter.
    pub table: String,
    /// The column, whose case does not matter; `None` for a setting of the table.
    pub column: Option<String>,
    /// The name of the setting.
    pub key: String,
    /// The value of the setting, or several values in order.
    pub values: Vec<String>,
    /// Where the user gave the setting, for messages: `--decode t.c=hex`.
    pub place: String,
}

/// The setting that names a dialect.
const DIALECT: &str = "dialect";

/// The settings of tables that are about neither files nor values.
const OF_TABLES: &[&str] = &["generate_ids"];

/// The settings of columns that are not about the format of values.
const OF_COLUMNS: &[&str] = &["decode", CONSTANT, PATH];

/// The setting of a column that gives it the same value in every row.
const CONSTANT: &str = "value";

/// The setting of a column that fills it from a path in JSON records.
const PATH: &str = "from";

/// The settings of values that are allowed for single columns only. For a whole table, a factor
/// would multiply the ids too. `trim` of a table has another meaning: it applies to all fields
/// without quotes.
const OF_COLUMNS_ALONE: &[&str] = &["scale", "trim", "keep_null"];

impl Settings {
    /// How to find and read the files of tables that have settings. Other tables use `format`.
    ///
    /// # Errors
    ///
    /// When a setting does not exist, or does not accept its value.
    pub fn tables(&self, format: &Format) -> Result<Vec<(String, TableInput)>> {
        let mut tables: Vec<(String, TableInput)> = Vec::new();
        // the dialect of a table is set first, because its other settings take precedence over the
        // dialect
        let of_files = |s: &&Setting| s.column.is_none() || s.key == CONSTANT || s.key == PATH;
        let of_files = self.single.iter().filter(of_files);
        let is_dialect = |s: &&Setting| s.column.is_none() && s.key == DIALECT;
        let (dialects, others): (Vec<_>, Vec<_>) = of_files.partition(is_dialect);
        for setting in dialects.into_iter().chain(others) {
            let is_same = |name: &String| name.eq_ignore_ascii_case(&setting.table);
            let at = tables.iter().position(|(name, _)| is_same(name));
            let at = at.unwrap_or_else(|| {
                let input = TableInput {
                    format: format.clone(),
                    ..TableInput::default()
                };
                tables.push((setting.table.clone(), input));
                tables.len() - 1
            });
            let input = &mut tables[at].1;
            if setting.column.is_none() && setting.key == DIALECT {
                input.format.forget_dialect();
            }
            let set = match &setting.column {
                None => input.set(&setting.key, &setting.values),
                Some(column) => {
                    single(&setting.values).and_then(|value| match setting.key == PATH {
                        true => input.mapping.set_path(column, value),
                        false => {
                            input.mapping.set_constant(column, value);
                            Ok(())
                        }
                    })
                }
            };
            match set {
                // `apply` handles the other settings
                Ok(()) | Err(SettingError::Unknown) => {}
                Err(SettingError::Wrong(why)) => fail!("{}: {why}", setting.place),
            }
        }
        Ok(tables)
    }

    /// Adds the settings to the columns of a schema. Ignores settings of a table that could not be
    /// parsed (`faults`), because a server may be able to parse it.
    ///
    /// # Errors
    ///
    /// When a setting is for a table or a column that does not exist or cannot have this setting.
    pub fn apply(&self, schema: &mut Schema, faults: &[Fault]) -> Result<()> {
        for table in &mut schema.tables {
            for column in &mut table.columns {
                column.zero_dates = self.zero_dates;
            }
            set_format(table, &self.values);
        }
        // settings of a column take precedence over those of its table, so they are applied last
        let (of_columns, of_tables): (Vec<_>, Vec<_>) =
            self.single.iter().partition(|s| s.column.is_some());
        for setting in of_tables.into_iter().chain(of_columns) {
            setting.apply(schema, faults)?;
        }
        check(schema)
    }
}

impl Setting {
    fn apply(&self, schema: &mut Schema, faults: &[Fault]) -> Result<()> {
        let Some(table) = self.table_of(schema, faults)? else {
            return Ok(());
        };
        let set = match &self.column {
            None => self.set_table(table),
            Some(column) => {
                let name = table.name.clone();
                let mut columns = table.columns.iter_mut();
                let Some(found) = columns.find(|c| c.is_named(column)) else {
                    fail!("{}: table {name} has no column {column}", self.place);
                };
                self.set_column(&name, found)
            }
        };
        match set {
            Ok(()) => Ok(()),
            Err(SettingError::Wrong(why)) => fail!("{}: {why}", self.place),
            Err(SettingError::Unknown) => fail!("{}: {}", self.place, self.unknown()),
        }
    }

    fn set_table(&self, table: &mut Table) -> Result<(), SettingError> {
        if self.key == "generate_ids" {
            return generate_ids(table, switch(&self.values)?);
        }
        match TableInput::default().set(&self.key, &self.values) {
            Err(SettingError::Unknown) => {}
            // the setting was applied when the files were opened
            done => return done,
        }
        if OF_COLUMNS_ALONE.contains(&self.key.as_str()) {
            let why = format!(
                "{key} can only be set for a single column: --set {}.COLUMN.{key}=…",
                table.name,
                key = self.key
            );
            return Err(SettingError::Wrong(why));
        }
        let mut format = ValueFormat::default();
        format.set(&self.key, &self.values)?;
        for column in &mut table.columns {
            let mut format = of(column);
            format.set(&self.key, &self.values)?;
            column.format = reduced(column, &format);
        }
        Ok(())
    }

    fn set_column(&self, table: &str, column: &mut Column) -> Result<(), SettingError> {
        if self.key == "decode" {
            return decode(table, column, single(&self.values)?);
        }
        if self.key == CONSTANT || self.key == PATH {
            // the setting was applied when the files were opened
            return single(&self.values).map(|_| ());
        }
        let mut format = of(column);
        format.set(&self.key, &self.values)?;
        if !ValueFormat::uses(&self.key, &column.kind) {
            return Err(SettingError::Wrong(format!(
                "{table}.{} has type {}, which cannot use {}",
                column.name, column.kind, self.key
            )));
        }
        column.format = (format != ValueFormat::default()).then(|| Arc::new(format));
        Ok(())
    }

    /// The message about an unknown setting.
    fn unknown(&self) -> String {
        let names = match self.column {
            None => {
                let of_values = ValueFormat::KEYS.iter().copied();
                let of_values = of_values.filter(|name| !OF_COLUMNS_ALONE.contains(name));
                let of_values: Vec<&str> = of_values.collect();
                [&TableInput::keys(), &of_values[..], OF_TABLES].concat()
            }
            Some(_) => [ValueFormat::KEYS, OF_COLUMNS].concat(),
        };
        let kind = match self.column {
            None => "a table",
            Some(_) => "a column",
        };
        format!(
            "{} is not a setting of {kind}; the settings are {}",
            self.key,
            names.join(", ")
        )
    }

    /// The table of the setting; `None` if the table could not be parsed.
    fn table_of<'s>(
        &self,
        schema: &'s mut Schema,
        faults: &[Fault],
    ) -> Result<Option<&'s mut Table>> {
        let Some(name) = schema.named(&self.table).map(|found| found.name.clone()) else {
            let is_unread = |fault: &Fault| {
                let named = fault.table.as_ref();
                named.is_none_or(|name| name.eq_ignore_ascii_case(&self.table))
            };
            if faults.iter().any(is_unread) {
                return Ok(None);
            }
            fail!("{}: the schema has no table {}", self.place, self.table);
        };
        Ok(schema.tables.iter_mut().find(|found| found.name == name))
    }
}

/// Makes the client validate the JSON texts of each text column that has a CHECK with `json_valid`,
/// by the rules of `servers`. In MariaDB, JSON columns have such a CHECK.
pub(crate) fn judge_json(schema: &mut Schema, servers: Flavour) {
    for table in &mut schema.tables {
        for column in json_columns(table) {
            table.columns[column].json = Some(servers);
        }
    }
}

/// The text columns of a table that must contain JSON.
pub(crate) fn json_columns(table: &Table) -> Vec<usize> {
    let checks = table.checks.iter();
    let columns = checks.filter_map(|check| json_column(&check.expression, table));
    columns.collect()
}

/// The format that a column has so far.
fn of(column: &Column) -> ValueFormat {
    column.format.as_deref().cloned().unwrap_or_default()
}

/// The part of a table's format that affects a column; `None` if the column is read in the same way
/// without it.
fn reduced(column: &Column, format: &ValueFormat) -> Option<Arc<ValueFormat>> {
    let format = format.reduced(&column.kind);
    (format != ValueFormat::default()).then(|| Arc::new(format))
}

/// Checks that the settings of each column, from all sources together, do not contradict each
/// other.
fn check(schema: &Schema) -> Result<()> {
    for table in &schema.tables {
        for column in &table.columns {
            let format = column.format.as_ref();
            let checked = format.map_or(Ok(()), |format| format.check(&column.kind));
            if let Err(why) = checked {
                fail!("the settings of {}.{}: {why}", table.name, column.name);
            }
        }
    }
    Ok(())
}

/// Sets the format of all columns of a table.
fn set_format(table: &mut Table, values: &ValueFormat) {
    for column in &mut table.columns {
        column.format = reduced(column, values);
    }
}

fn generate_ids(table: &mut Table, wanted: bool) -> Result<(), SettingError> {
    let is_numbered = |column: &&mut Column| {
        column.auto_increment && matches!(column.kind, ColumnType::Integer { .. })
    };
    match table.columns.iter_mut().find(is_numbered) {
        Some(found) => found.generates_ids = wanted,
        None => {
            let why = "the table has no AUTO_INCREMENT column of an integer type";
            return Err(SettingError::Wrong(why.to_owned()));
        }
    }
    Ok(())
}

fn decode(table: &str, column: &mut Column, form: &str) -> Result<(), SettingError> {
    let Some(decode) = Decode::from_name(form) else {
        let forms = Decode::ALL.map(Decode::name).join(", ");
        return Err(SettingError::Wrong(format!(
            "\"{form}\" is not one of {forms}"
        )));
    };
    if let Some(why) = misfit(column, decode) {
        return Err(SettingError::Wrong(format!(
            "{table}.{} {why}",
            column.name
        )));
    }
    column.decode = decode;
    Ok(())
}

/// Why the values of a column cannot be decoded in this form; `None` if they can.
fn misfit(column: &Column, decode: Decode) -> Option<String> {
    let kind = &column.kind;
    if matches!(kind, ColumnType::Bit { .. }) && matches!(decode, Decode::Raw | Decode::Literal) {
        return None;
    }
    if !kind.is_binary() {
        return Some(format!(
            "has type {kind}; decode applies only to BINARY, VARBINARY and BLOB columns, and to BIT \
             columns with the values raw and literal"
        ));
    }
    let length = match kind {
        ColumnType::Binary { length } | ColumnType::VarBinary { length } => *length,
        _ => u32::MAX,
    };
    let is_uuid = matches!(decode, Decode::Uuid | Decode::UuidSwap);
    (is_uuid && length < 16)
        .then(|| format!("has type {kind}, which is too short for the 16 bytes of a UUID"))
}

#[cfg(test)]
mod tests;
