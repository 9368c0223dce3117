//! Settings of single columns: how the file of a table writes them. They are not part of the
//! schema, so they are added to it after it was read.

use crate::error::{Result, fail};

use model::flavour::Flavour;
use model::schema::{Column, ColumnType, Decode, Schema, Table, ZeroDates};
use mysql_schema::parse::Fault;
use mysql_schema::predicate::json_column;

/// The settings of all columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnSettings {
    /// How the files write bytes.
    pub decode: Vec<ColumnSetting>,
    /// The tables in which a row without a value in the AUTO_INCREMENT column gets the next number.
    pub generate_ids: Vec<String>,
    /// What a zero date means, in all columns.
    pub zero_dates: ZeroDates,
}

/// How one column is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSetting {
    /// The table, in upper or lower case.
    pub table: String,
    /// The column, in upper or lower case.
    pub column: String,
    /// How the file writes its bytes.
    pub decode: Decode,
}

/// Adds the settings to the columns of a schema. A table that could not be parsed (`faults`) is
/// passed over, because a server may read it.
///
/// # Errors
///
/// When a setting is for a table or a column that does not exist, or that cannot have it.
pub(crate) fn apply(
    schema: &mut Schema,
    settings: &ColumnSettings,
    faults: &[Fault],
) -> Result<()> {
    for setting in &settings.decode {
        let (table, column) = (&setting.table, &setting.column);
        let place = format!("--decode {table}.{column}={}", setting.decode.name());
        let Some(table) = table_of(schema, table, &place, faults)? else {
            continue;
        };
        let name = table.name.clone();
        let mut columns = table.columns.iter_mut();
        let Some(found) = columns.find(|c| c.is_named(column)) else {
            fail!("{place}: table {name} has no column {column}");
        };
        if let Some(why) = misfit(found, setting.decode) {
            fail!("{place}: {name}.{} {why}", found.name);
        }
        found.decode = setting.decode;
    }
    for table in &settings.generate_ids {
        let place = format!("--generate-ids {table}");
        let Some(table) = table_of(schema, table, &place, faults)? else {
            continue;
        };
        let is_numbered = |column: &&mut Column| {
            column.auto_increment && matches!(column.kind, ColumnType::Integer { .. })
        };
        let Some(found) = table.columns.iter_mut().find(is_numbered) else {
            fail!("{place}: the table has no AUTO_INCREMENT column of an integer type");
        };
        found.generates_ids = true;
    }
    let columns = schema.tables.iter_mut().flat_map(|t| &mut t.columns);
    for column in columns {
        column.zero_dates = settings.zero_dates;
    }
    Ok(())
}

/// Lets the client judge the texts of columns with the CHECK `json_valid`, by the rules of these
/// servers: also the JSON columns of MariaDB, which are such texts.
pub(crate) fn judge_json(schema: &mut Schema, servers: Flavour) {
    for table in &mut schema.tables {
        for column in json_columns(table) {
            table.columns[column].json = Some(servers);
        }
    }
}

/// The text columns of a table that must be JSON.
pub(crate) fn json_columns(table: &Table) -> Vec<usize> {
    let checks = table.checks.iter();
    let columns = checks.filter_map(|check| json_column(&check.expression, table));
    columns.collect()
}

/// The table that a setting is for; `None` if it could not be parsed.
fn table_of<'s>(
    schema: &'s mut Schema,
    table: &str,
    place: &str,
    faults: &[Fault],
) -> Result<Option<&'s mut Table>> {
    let Some(name) = schema.named(table).map(|found| found.name.clone()) else {
        let is_unread = |fault: &Fault| {
            let named = fault.table.as_ref();
            named.is_none_or(|name| name.eq_ignore_ascii_case(table))
        };
        if faults.iter().any(is_unread) {
            return Ok(None);
        }
        fail!("{place}: the schema has no table {table}");
    };
    Ok(schema.tables.iter_mut().find(|found| found.name == name))
}

/// Why a column cannot be read in that way.
fn misfit(column: &Column, decode: Decode) -> Option<String> {
    let kind = &column.kind;
    if !kind.is_binary() {
        return Some(format!(
            "has type {kind}; only BINARY, VARBINARY and BLOB columns are decoded"
        ));
    }
    let length = match kind {
        ColumnType::Binary { length } | ColumnType::VarBinary { length } => *length,
        _ => u32::MAX,
    };
    let is_uuid = matches!(decode, Decode::Uuid | Decode::UuidSwap);
    (is_uuid && length < 16).then(|| format!("has type {kind}, and a UUID has 16 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_schema::parse::parse;

    fn applied(table: &str, column: &str, decode: Decode) -> Result<Decode, String> {
        let sql = "CREATE TABLE T (id INT, uid BINARY(16), short VARBINARY(15), b BLOB)";
        let mut schema = parse(sql, "t.sql").unwrap();
        let setting = ColumnSetting {
            table: table.to_owned(),
            column: column.to_owned(),
            decode,
        };
        let settings = ColumnSettings {
            decode: vec![setting],
            ..ColumnSettings::default()
        };
        apply(&mut schema, &settings, &[]).map_err(|error| error.to_string())?;
        let mut columns = schema.tables[0].columns.iter();
        Ok(columns.find(|c| c.is_named(column)).unwrap().decode)
    }

    #[test]
    fn a_setting_is_found_by_the_names_of_its_table_and_column() {
        assert_eq!(applied("t", "UID", Decode::Uuid), Ok(Decode::Uuid));
        assert_eq!(applied("T", "b", Decode::Base64), Ok(Decode::Base64));
    }

    #[test]
    fn a_setting_that_no_column_can_have_is_an_error() {
        for (table, column, decode, words) in [
            ("u", "uid", Decode::Hex, "the schema has no table u"),
            ("t", "x", Decode::Hex, "table T has no column x"),
            ("t", "id", Decode::Hex, "T.id has type int; only BINARY"),
            ("t", "short", Decode::UuidSwap, "a UUID has 16 bytes"),
        ] {
            let error = applied(table, column, decode).unwrap_err();
            assert!(
                error.starts_with("--decode ") && error.contains(words),
                "{error}"
            );
        }
    }
}
