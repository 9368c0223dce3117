//! The rules by which rows are refused, each with its name in reports and reject files.

/// Why a row was refused. The order is that in which the rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The record is longer than the limit.
    RecordTooLarge,
    /// A quote is opened and never closed.
    UnclosedQuote,
    /// The record has more or fewer fields than the header.
    FieldCount,
    /// A NOT NULL column that is not text has no value.
    MissingValue,
    /// The value is no integer.
    NotAnInteger,
    /// The value is no boolean.
    NotABoolean,
    /// The value is no number.
    NotANumber,
    /// The value is no point in time, or an impossible date.
    NotATimestamp,
    /// The value is no time of day or span of time.
    NotATime,
    /// The value is valid, but the column's type cannot hold it.
    OutOfRange,
    /// The text is not valid UTF-8.
    NotUtf8,
    /// The text has more characters than the column holds.
    TooLong,
    /// The value is no member of the ENUM.
    NotInEnum,
    /// A CHECK constraint is violated.
    CheckFailed,
    /// An earlier row has the same key.
    DuplicateKey,
    /// The row that it refers to was not accepted.
    MissingParent,
    /// The server refused it for a reason that no other rule stands for.
    RefusedByServer,
}

impl Rule {
    /// All rules in the order of application.
    pub const ALL: [Rule; 17] = [
        Rule::RecordTooLarge,
        Rule::UnclosedQuote,
        Rule::FieldCount,
        Rule::MissingValue,
        Rule::NotAnInteger,
        Rule::NotABoolean,
        Rule::NotANumber,
        Rule::NotATimestamp,
        Rule::NotATime,
        Rule::OutOfRange,
        Rule::NotUtf8,
        Rule::TooLong,
        Rule::NotInEnum,
        Rule::CheckFailed,
        Rule::DuplicateKey,
        Rule::MissingParent,
        Rule::RefusedByServer,
    ];

    /// The name in reports and reject files.
    pub fn name(self) -> &'static str {
        match self {
            Rule::RecordTooLarge => "record_too_large",
            Rule::UnclosedQuote => "unclosed_quote",
            Rule::FieldCount => "field_count",
            Rule::MissingValue => "missing_value",
            Rule::NotAnInteger => "not_an_integer",
            Rule::NotABoolean => "not_a_boolean",
            Rule::NotANumber => "not_a_number",
            Rule::NotATimestamp => "not_a_timestamp",
            Rule::NotATime => "not_a_time",
            Rule::OutOfRange => "out_of_range",
            Rule::NotUtf8 => "not_utf8",
            Rule::TooLong => "too_long",
            Rule::NotInEnum => "not_in_enum",
            Rule::CheckFailed => "check_failed",
            Rule::DuplicateKey => "duplicate_key",
            Rule::MissingParent => "missing_parent",
            Rule::RefusedByServer => "refused_by_server",
        }
    }

    /// The rule of that name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|r| r.name() == name)
    }

    /// Whether the record is broken as CSV, so that it goes to `<table>.broken`.
    pub fn is_structural(self) -> bool {
        matches!(
            self,
            Rule::RecordTooLarge | Rule::UnclosedQuote | Rule::FieldCount
        )
    }
}
