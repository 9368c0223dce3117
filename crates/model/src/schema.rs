//! What `schema.sql` says, as values.
//!
//! Two producers make the same [`Schema`]: `parse` from the text of schema.sql, offline, and
//! `inspect` from the catalogue of a live server. `diff` compares two of them and `apply` carries
//! out the plan. Every other phase only consults these values: which files are read, what a valid
//! row is, what is built and what is verified all follow from here, so that another data set is
//! another schema.sql.

use std::fmt;

/// All tables of one database, parents before children (load order).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The tables, each after all the tables that it refers to (itself excepted).
    pub tables: Vec<Table>,
}

impl Schema {
    /// The table of that name (names compare exactly).
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// The table that a person means by a name: the one of exactly that name, else the only one
    /// whose name differs from it in upper and lower case alone.
    pub fn named(&self, name: &str) -> Option<&Table> {
        let names: Vec<&str> = self.tables.iter().map(|t| t.name.as_str()).collect();
        self.table(meant(name, &names)?)
    }
}

/// The same tables, each after those of them that it refers to, otherwise in their order. Where
/// they refer to each other in a circle, one of it comes first.
pub fn parents_first(tables: Vec<&Table>) -> Vec<&Table> {
    let mut waiting = tables;
    let mut ordered: Vec<&Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|table| {
            table.foreign_keys.iter().all(|key| {
                key.refers_to(&table.name)
                    || !waiting.iter().any(|other| key.refers_to(&other.name))
            })
        });
        ordered.push(waiting.remove(ready.unwrap_or(0)));
    }
    ordered
}

/// Which of some names a person means: exactly that one, else the only one that differs from it in
/// upper and lower case alone.
pub fn meant<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    if let Some(same) = names.iter().find(|other| **other == name) {
        return Some(same);
    }
    let lower = name.to_lowercase();
    let mut alike = names.iter().filter(|other| other.to_lowercase() == lower);
    match (alike.next(), alike.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// One table: columns in their order of definition, keys, references, constraints.
///
/// Two are the same whatever the order of their indexes.
#[derive(Debug, Clone, Eq)]
pub struct Table {
    /// Table name, unquoted.
    pub name: String,
    /// Columns in the order of definition.
    pub columns: Vec<Column>,
    /// All indexes, the primary key among them (`IndexKind::Primary`, named `PRIMARY`), in the
    /// order in which they are built.
    pub indexes: Vec<Index>,
    /// Foreign keys of which this table is the child.
    pub foreign_keys: Vec<ForeignKey>,
    /// CHECK constraints, of columns and of the table.
    pub checks: Vec<Check>,
    /// Default character set, where it is stated or known, for example `utf8mb4`.
    pub charset: Option<String>,
    /// Default collation, where it is stated or known.
    pub collation: Option<String>,
    /// WITH SYSTEM VERSIONING (MariaDB): the server keeps what its rows were before.
    pub system_versioned: bool,
    /// Storage engine, where it is stated or known. Two tables are the same whatever their engines.
    pub engine: Option<String>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        let by_name = |table: &Table| {
            let mut indexes: Vec<Index> = table.indexes.clone();
            indexes.sort_by(|a, b| a.name.cmp(&b.name));
            indexes
        };
        self.name == other.name
            && self.columns == other.columns
            && by_name(self) == by_name(other)
            && self.foreign_keys == other.foreign_keys
            && self.checks == other.checks
            && self.charset == other.charset
            && self.collation == other.collation
            && self.system_versioned == other.system_versioned
    }
}

impl Table {
    /// Position of a column by its exact name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The primary key, if the table has one.
    pub fn primary_key(&self) -> Option<&Index> {
        self.indexes.iter().find(|i| i.kind == IndexKind::Primary)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Column name, unquoted.
    pub name: String,
    /// Type with its parameters.
    pub kind: ColumnType,
    /// Whether NULL may be stored.
    pub nullable: bool,
    /// Text of the DEFAULT as the catalogue has it: unquoted for literals (`0`, `abc`), the
    /// expression otherwise (`CURRENT_TIMESTAMP(3)`). `None`: no default, or DEFAULT NULL.
    pub default: Option<String>,
    /// Whether the server numbers the rows by itself.
    pub auto_increment: bool,
    /// ZEROFILL: the server writes the number with zeros before it.
    pub zero_filled: bool,
    /// Generated columns are never loaded: the server computes them.
    pub generated: bool,
    /// Character set of a text column, where it is stated or known.
    pub charset: Option<String>,
    /// Collation of a text column, where it is stated or known.
    pub collation: Option<String>,
    /// COMMENT of the column; empty when there is none.
    pub comment: String,
}

impl Column {
    /// Whether a row may come without a value for this column.
    pub fn may_be_missing(&self) -> bool {
        self.nullable || self.default.is_some() || self.auto_increment || self.generated
    }
}

/// The supported column types. Lengths are in characters, precisions in decimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// TINYINT (8 bits) to BIGINT (64 bits).
    Integer {
        /// 8, 16, 24, 32 or 64.
        bits: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// BOOLEAN, that is signed TINYINT(1).
    Boolean,
    /// DECIMAL(precision, scale).
    Decimal {
        /// Digits in all, 1..=65.
        precision: u8,
        /// Digits after the point, 0..=30.
        scale: u8,
        /// UNSIGNED.
        unsigned: bool,
    },
    /// FLOAT, 32 bits.
    Float {
        /// UNSIGNED.
        unsigned: bool,
    },
    /// DOUBLE, 64 bits.
    Double {
        /// UNSIGNED.
        unsigned: bool,
    },
    /// DATETIME(precision): 1000-01-01 to 9999-12-31, no zone.
    DateTime {
        /// Digits of the second's fraction, 0..=6.
        precision: u8,
    },
    /// TIMESTAMP(precision): 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC.
    Timestamp {
        /// Digits of the second's fraction, 0..=6.
        precision: u8,
    },
    /// DATE.
    Date,
    /// TIME(precision): -838:59:59 to 838:59:59.
    Time {
        /// Digits of the second's fraction, 0..=6.
        precision: u8,
    },
    /// YEAR: 1901 to 2155, and 0000.
    Year,
    /// CHAR(length): loses trailing blanks, as MySQL does.
    Char {
        /// Largest length in characters, 0..=255.
        length: u32,
    },
    /// VARCHAR(length).
    VarChar {
        /// Largest length in characters.
        length: u32,
    },
    /// TINYTEXT, TEXT, MEDIUMTEXT, LONGTEXT.
    Text {
        /// Largest length in bytes: 255, 65535, 16777215 or 4294967295.
        max_bytes: u32,
    },
    /// ENUM(members).
    Enum {
        /// The members in their order; a value is stored as the position, from 1.
        members: Vec<String>,
    },
    /// A type whose values are not loaded, such as JSON. Its column stays in the table, and no file
    /// may fill it.
    Unsupported {
        /// As the catalogue writes it: `json`, `bit(1)`, `float(7,4)`.
        written: String,
    },
}

impl ColumnType {
    /// Whether the type holds text whose bytes are kept as they are.
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            ColumnType::Char { .. } | ColumnType::VarChar { .. } | ColumnType::Text { .. }
        )
    }
}

/// The type as MySQL 9 writes it in its catalogue (`int unsigned`, `varchar(255)`,
/// `enum('a','b')`).
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |unsigned: &bool| if *unsigned { " unsigned" } else { "" };
        let fraction = |p: &u8| match p {
            0 => String::new(),
            p => format!("({p})"),
        };
        match self {
            ColumnType::Integer { bits, unsigned } => {
                let name = match bits {
                    8 => "tinyint",
                    16 => "smallint",
                    24 => "mediumint",
                    32 => "int",
                    _ => "bigint",
                };
                write!(f, "{name}{}", sign(unsigned))
            }
            ColumnType::Boolean => f.write_str("tinyint(1)"),
            ColumnType::Decimal {
                precision,
                scale,
                unsigned,
            } => write!(f, "decimal({precision},{scale}){}", sign(unsigned)),
            ColumnType::Float { unsigned } => write!(f, "float{}", sign(unsigned)),
            ColumnType::Double { unsigned } => write!(f, "double{}", sign(unsigned)),
            ColumnType::DateTime { precision } => write!(f, "datetime{}", fraction(precision)),
            ColumnType::Timestamp { precision } => write!(f, "timestamp{}", fraction(precision)),
            ColumnType::Date => f.write_str("date"),
            ColumnType::Time { precision } => write!(f, "time{}", fraction(precision)),
            ColumnType::Year => f.write_str("year"),
            ColumnType::Char { length } => write!(f, "char({length})"),
            ColumnType::VarChar { length } => write!(f, "varchar({length})"),
            ColumnType::Text { max_bytes } => f.write_str(match max_bytes {
                255 => "tinytext",
                65_535 => "text",
                16_777_215 => "mediumtext",
                _ => "longtext",
            }),
            ColumnType::Enum { members } => {
                f.write_str("enum(")?;
                for (i, member) in members.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}'{}'", member.replace('\'', "''"))?;
                }
                f.write_str(")")
            }
            ColumnType::Unsupported { written } => f.write_str(written),
        }
    }
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Index name; `PRIMARY` for the primary key.
    pub name: String,
    /// What it enforces or how it is organised.
    pub kind: IndexKind,
    /// Key parts in their order.
    pub parts: Vec<IndexPart>,
    /// False: INVISIBLE (MySQL) or IGNORED (MariaDB).
    pub visible: bool,
    /// COMMENT of the index; empty when there is none.
    pub comment: String,
    /// WITH PARSER of a FULLTEXT index; `None`: the built-in one.
    pub parser: Option<String>,
}

impl Index {
    /// Whether a key part is an expression.
    pub fn is_functional(&self) -> bool {
        let is_expression = |part: &IndexPart| matches!(part.key, IndexKey::Expression(_));
        self.parts.iter().any(is_expression)
    }
}

/// The kinds of index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    /// PRIMARY KEY.
    Primary,
    /// UNIQUE.
    Unique,
    /// Neither unique nor special.
    Plain,
    /// FULLTEXT.
    FullText,
    /// SPATIAL: of a column whose type is not supported. It stays while rows are loaded.
    Spatial,
}

/// One key part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    /// A column, or the text of an expression (functional key part, MySQL only).
    pub key: IndexKey,
    /// Length of the indexed prefix in characters; `None`: the whole value.
    pub prefix: Option<u32>,
    /// DESC.
    pub descending: bool,
}

/// What a key part is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKey {
    /// Name of a column.
    Column(String),
    /// Text of an expression.
    Expression(String),
}

/// One foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: String,
    /// Columns of the child.
    pub columns: Vec<String>,
    /// Database of the table referred to; `None`: the same as the child's.
    pub parent_database: Option<String>,
    /// Table referred to.
    pub parent_table: String,
    /// Columns referred to, as many as `columns`.
    pub parent_columns: Vec<String>,
    /// ON DELETE.
    pub on_delete: ReferenceAction,
    /// ON UPDATE.
    pub on_update: ReferenceAction,
}

impl ForeignKey {
    /// Whether it refers to a table of this name in the child's own database.
    pub fn refers_to(&self, table: &str) -> bool {
        self.parent_database.is_none() && self.parent_table == table
    }

    /// The table referred to, for messages and as a key: a parent in another database is written
    /// with its database.
    pub fn parent(&self) -> String {
        match &self.parent_database {
            Some(database) => format!("{database}.{}", self.parent_table),
            None => self.parent_table.clone(),
        }
    }
}

/// What happens to the child when its parent goes. NO ACTION and RESTRICT are the same in InnoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReferenceAction {
    /// RESTRICT or NO ACTION.
    #[default]
    Restrict,
    /// CASCADE.
    Cascade,
    /// SET NULL.
    SetNull,
    /// SET DEFAULT (accepted by the grammar, refused by InnoDB).
    SetDefault,
}

/// One CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Constraint name; empty when schema.sql does not name it.
    pub name: String,
    /// Text of the condition, as schema.sql or the catalogue has it.
    pub expression: String,
}
