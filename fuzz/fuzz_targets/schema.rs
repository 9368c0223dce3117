//! schema.sql read offline: nothing makes it panic, and a schema that was read, written as SQL
//! again, is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::schema::{Column, ColumnType, ForeignKey, ReferenceAction, Schema, Table};
use mysql_schema::diff::{deferral, diff, index_definition};
use mysql_schema::parse::parse;
use mysql_schema::predicate::Predicate;
use mysql_schema::quote::{quote_identifier, quote_literal};

fn quoted(members: &[String]) -> String {
    let members: Vec<String> = members.iter().map(|m| quote_literal(m)).collect();
    members.join(",")
}

fn kind(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Enum { members } => format!("enum({})", quoted(members)),
        ColumnType::Set { members } => format!("set({})", quoted(members)),
        other => other.to_string(),
    }
}

fn is_of_literals(c: char) -> bool {
    c.is_ascii_digit() || "-.: ".contains(c)
}

fn default(text: &str, kind: &ColumnType) -> String {
    let is_expression = !kind.is_text()
        && !matches!(kind, ColumnType::Enum { .. })
        && !text.chars().all(is_of_literals);
    match is_expression {
        true => format!("({text})"),
        false => quote_literal(text),
    }
}

fn column(column: &Column) -> String {
    let mut text = format!("{} {}", quote_identifier(&column.name), kind(&column.kind));
    if let Some(charset) = &column.charset {
        text += &format!(" CHARACTER SET {charset}");
    }
    if let Some(collation) = &column.collation {
        text += &format!(" COLLATE {collation}");
    }
    if column.generated {
        text += " GENERATED ALWAYS AS (1)";
    }
    text += if column.nullable {
        " NULL"
    } else {
        " NOT NULL"
    };
    match &column.default {
        Some(value) if value.starts_with("CURRENT_TIMESTAMP") => {
            text += &format!(" DEFAULT {value}");
        }
        Some(value) => text += &format!(" DEFAULT {}", default(value, &column.kind)),
        None => {}
    }
    if column.auto_increment {
        text += " AUTO_INCREMENT";
    }
    if !column.comment.is_empty() {
        text += &format!(" COMMENT {}", quote_literal(&column.comment));
    }
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let names = |names: &[String]| {
        let quoted: Vec<String> = names.iter().map(|n| quote_identifier(n)).collect();
        quoted.join(", ")
    };
    let action = |action: ReferenceAction| match action {
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::Cascade => "CASCADE",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
        quote_identifier(&key.name),
        names(&key.columns),
        quote_identifier(&key.parent_table),
        names(&key.parent_columns),
        action(key.on_delete),
        action(key.on_update)
    )
}

fn table(table: &Table) -> String {
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    parts.extend(table.indexes.iter().map(index_definition));
    parts.extend(table.foreign_keys.iter().map(foreign_key));
    parts.extend(table.checks.iter().map(|check| match check.name.as_str() {
        "" => format!("CHECK ({})", check.expression),
        name => format!(
            "CONSTRAINT {} CHECK ({})",
            quote_identifier(name),
            check.expression
        ),
    }));
    let mut text = format!(
        "CREATE TABLE {} (\n  {}\n)",
        quote_identifier(&table.name),
        parts.join(",\n  ")
    );
    if let Some(charset) = &table.charset {
        text += &format!(" CHARSET {charset}");
    }
    if let Some(collation) = &table.collation {
        text += &format!(" COLLATE {collation}");
    }
    text
}

fn write(schema: &Schema) -> String {
    let tables: Vec<String> = schema.tables.iter().map(table).collect();
    tables.join(";\n") + ";\n"
}

/// Whether it can be told from the text of a default of a date or time what it was written as: a
/// literal, or an expression. It cannot of a literal that is neither, which no server takes.
fn is_clear(column: &Column) -> bool {
    use ColumnType::{Date, DateTime, Time, Timestamp, Year};
    let of_time = matches!(
        column.kind,
        Date | DateTime { .. } | Time { .. } | Timestamp { .. } | Year
    );
    let text = column.default.as_deref().unwrap_or_default();
    !of_time || text.starts_with("CURRENT_TIMESTAMP") || text.chars().all(is_of_literals)
}

/// Whether the table can be written with what it holds: ZEROFILL loses its width, versioning has no
/// place in a definition, and a column without a character set would get that of its table.
fn is_complete(table: &Table) -> bool {
    let open = |column: &Column| {
        let has_charset = column.kind.is_text() || matches!(column.kind, ColumnType::Enum { .. });
        column.zero_filled || has_charset && column.charset.is_none() && table.charset.is_some()
    };
    !table.system_versioned && !table.columns.iter().any(open)
}

fuzz_target!(|sql: &str| {
    let Ok(schema) = parse(sql, "fuzz.sql") else {
        return;
    };
    if !schema.tables.iter().flat_map(|t| &t.columns).all(is_clear) {
        return;
    }
    if !schema.tables.iter().all(is_complete) {
        return;
    }
    for table in &schema.tables {
        for check in &table.checks {
            let _ = Predicate::compile(&check.expression, table);
        }
    }
    let _ = deferral(&schema, |_, _| false);
    let written = write(&schema);
    let again = parse(&written, "written.sql").unwrap_or_else(|e| panic!("{e:#}\n{written}"));
    assert_eq!(again, schema, "{written}");
    assert!(diff(&schema, &again).is_empty());
});
