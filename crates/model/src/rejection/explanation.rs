//! What each rule means, and how to correct a record that violates it. `reviewseed explain`, the
//! report's page and docs/rules.md show these texts.

use super::Rule;

impl Rule {
    /// Describes what is wrong with the value or the record.
    pub fn meaning(self) -> &'static str {
        match self {
            Rule::RecordTooLarge => "longer than a record may be",
            Rule::UnclosedQuote => "a quote is never closed, or text follows the closing one",
            Rule::FieldCount => "more or fewer fields than the header",
            Rule::InvalidJson => "not a JSON object, or a name is in it twice",
            Rule::NestedValue => "an object or an array in a column that is not JSON",
            Rule::MissingValue => "no value in a column that must have one",
            Rule::NotAnInteger => "not an integer",
            Rule::NotABoolean => "neither true nor false",
            Rule::NotANumber => "not a number",
            Rule::NotATimestamp => "not a point in time, or an impossible date",
            Rule::NotATime => "not a time",
            Rule::OutOfRange => "outside of the range of the column's type",
            Rule::NotUtf8 => "not valid UTF-8",
            Rule::TooLong => "more characters than the column holds",
            Rule::NotInEnum => "not a member of the ENUM",
            Rule::NotInSet => "has a member that the SET lacks",
            Rule::NotBytes => "not bytes in the form that the column expects",
            Rule::NotJson => "not JSON",
            Rule::NotAGeometry => "not a geometry that the column holds",
            Rule::NotAnAddress => "not an IP address",
            Rule::NotAUuid => "not a UUID",
            Rule::NotAVector => "not a list of numbers that the column holds",
            Rule::NotInCharset => "has a character that the column's character set lacks",
            Rule::CheckFailed => "violates a CHECK of the table",
            Rule::DuplicateKey => "an earlier record has the same key",
            Rule::MissingParent => {
                "refers to a row that does not exist, or that was rejected itself"
            }
            Rule::RefusedByServer => "rejected by the server",
        }
    }

    /// Says how to correct a record that violates the rule, in Markdown.
    pub fn remedy(self) -> &'static str {
        match self {
            Rule::RecordTooLarge => {
                "allow longer records: `--max-record 8M`; or correct a missing or stray quote"
            }
            Rule::UnclosedQuote => "close the quote, or double it if it belongs to the text",
            Rule::FieldCount => "quote the field that contains a comma; add the missing field",
            Rule::InvalidJson => {
                "write the record as one JSON object on one line, with each name once; the message says where it is not JSON"
            }
            Rule::NestedValue => {
                "take a value out of it with `from` (see [JSON](inputs.md#json)), or make the column JSON"
            }
            Rule::MissingValue => "add a value, or make the column nullable in schema.sql",
            Rule::NotAnInteger | Rule::NotANumber => {
                "write the number in digits, or set how the file writes [numbers](#settings-of-values)"
            }
            Rule::NotABoolean => "write true or false, or set `true_values` and `false_values`",
            Rule::NotATimestamp => {
                "write a date that exists with the year first, or set `date_order` or `date_format`"
            }
            Rule::NotATime => "write hh:mm:ss, or set `date_format`",
            Rule::OutOfRange => {
                "correct the value, or widen the column's type in schema.sql; `round` rounds a DECIMAL"
            }
            Rule::NotUtf8 => "convert the file: `iconv -f latin1 -t utf8`",
            Rule::TooLong => "shorten the text, or widen the column in schema.sql",
            Rule::NotInEnum => {
                "write a member of the ENUM, or add the value to the ENUM in schema.sql"
            }
            Rule::NotInSet => {
                "write members of the SET, separated by commas, or add the values to the SET in schema.sql"
            }
            Rule::NotBytes => {
                "write `0x…`, or set the form of the column with `decode` in reviewseed.toml"
            }
            Rule::NotJson => "write valid JSON; the section below says what the servers accept",
            Rule::NotAGeometry => "write WKT, or WKB in hexadecimal digits",
            Rule::NotAnAddress => "write an IPv4 or IPv6 address",
            Rule::NotAUuid => "write a UUID of 32 hexadecimal digits",
            Rule::NotAVector => "write numbers in brackets: `[1, 0.5]`",
            Rule::NotInCharset => {
                "change the character, or give the column the character set utf8mb4 in schema.sql"
            }
            Rule::CheckFailed => "correct the value, or the CHECK in schema.sql",
            Rule::DuplicateKey => "keep one of the records; only the first one can be loaded",
            Rule::MissingParent => {
                "correct the parent first, if it was rejected; otherwise the foreign key value"
            }
            Rule::RefusedByServer => {
                "see the server's message; it names `max_allowed_packet` if the row is too long for an INSERT"
            }
        }
    }
}
