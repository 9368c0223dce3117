//! The rules by which records are rejected, and their names in reports and reject files.

/// Why a record was rejected. The variants are in the order in which the rules are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The record is longer than the limit.
    RecordTooLarge,
    /// A quoted field is never closed, or text follows its closing quote.
    UnclosedQuote,
    /// The record has more or fewer fields than the header.
    FieldCount,
    /// The record is not a JSON object, or it contains a name twice.
    InvalidJson,
    /// The value is a JSON object or array, but the column is not JSON.
    NestedValue,
    /// The value is missing, but the column is NOT NULL. Texts may be empty.
    MissingValue,
    /// The value is not an integer.
    NotAnInteger,
    /// The value is not a boolean.
    NotABoolean,
    /// The value is not a number.
    NotANumber,
    /// The value is not a date or date-time, or the date does not exist.
    NotATimestamp,
    /// The value is not a time of day or a duration.
    NotATime,
    /// The value is valid, but outside the range of the column's type.
    OutOfRange,
    /// The text is not valid UTF-8.
    NotUtf8,
    /// The text is longer than the column allows.
    TooLong,
    /// The value is not a member of the ENUM.
    NotInEnum,
    /// A value is not a member of the SET.
    NotInSet,
    /// The field is not bytes in the form that is set for the column.
    NotBytes,
    /// The text is not JSON that the server accepts.
    NotJson,
    /// The text is not a geometry that the column accepts.
    NotAGeometry,
    /// The text is not an IP address of the column's type.
    NotAnAddress,
    /// The text is not a UUID.
    NotAUuid,
    /// The text is not a list of numbers that the VECTOR can store.
    NotAVector,
    /// The column's character set lacks a character of the text.
    NotInCharset,
    /// A CHECK constraint is violated.
    CheckFailed,
    /// An earlier row has the same primary or unique key.
    DuplicateKey,
    /// The parent row does not exist or was rejected.
    MissingParent,
    /// The server rejected the row for a reason that no other rule covers.
    RefusedByServer,
}

impl Rule {
    /// All rules, in the order in which they are applied.
    pub const ALL: [Rule; 27] = [
        Rule::RecordTooLarge,
        Rule::UnclosedQuote,
        Rule::FieldCount,
        Rule::InvalidJson,
        Rule::NestedValue,
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
        Rule::NotInSet,
        Rule::NotBytes,
        Rule::NotJson,
        Rule::NotAGeometry,
        Rule::NotAnAddress,
        Rule::NotAUuid,
        Rule::NotAVector,
        Rule::NotInCharset,
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
            Rule::InvalidJson => "invalid_json",
            Rule::NestedValue => "nested_value",
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
            Rule::NotInSet => "not_in_set",
            Rule::NotBytes => "not_bytes",
            Rule::NotJson => "not_json",
            Rule::NotAGeometry => "not_a_geometry",
            Rule::NotAnAddress => "not_an_address",
            Rule::NotAUuid => "not_a_uuid",
            Rule::NotAVector => "not_a_vector",
            Rule::NotInCharset => "not_in_charset",
            Rule::CheckFailed => "check_failed",
            Rule::DuplicateKey => "duplicate_key",
            Rule::MissingParent => "missing_parent",
            Rule::RefusedByServer => "refused_by_server",
        }
    }

    /// Finds a rule by its name.
    pub fn from_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|r| r.name() == name)
    }

    /// Whether the rule is about the structure of a record. Such records are written to
    /// `<table>.broken`.
    pub fn is_structural(self) -> bool {
        matches!(
            self,
            Rule::RecordTooLarge | Rule::UnclosedQuote | Rule::FieldCount | Rule::InvalidJson
        )
    }
}
