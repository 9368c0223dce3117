//! A value of a row, apart from the batch that stores it: conditions of the schema judge values
//! too.

/// One value of a cleaned row, in the form in which every sink takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// Signed integers and BOOLEAN (0 or 1).
    Int(i64),
    /// UNSIGNED integers.
    UInt(u64),
    /// FLOAT (widened) and DOUBLE.
    Double(f64),
    /// CHAR, VARCHAR, TEXT: valid UTF-8.
    Text(&'a str),
    /// DECIMAL in canonical form: optional `-`, digits, point, exactly `scale` digits; never `-0`.
    Decimal(&'a str),
    /// DATETIME and TIMESTAMP: microseconds since 1970-01-01 00:00:00 UTC, rounded to the column's
    /// precision.
    DateTime(i64),
    /// DATE: days since 1970-01-01.
    Date(i64),
    /// TIME: signed microseconds, rounded to the column's precision.
    Time(i64),
    /// YEAR: 0 or 1901..=2155.
    Year(u16),
    /// ENUM: position of the member, from 1.
    Enum(u32),
}
