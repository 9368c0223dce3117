//! One value of a row. It is a separate module, because CHECK conditions of the schema use it too.

/// One value of a cleaned row, in the form that all sinks read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// Signed integers and BOOLEAN (0 or 1).
    Int(i64),
    /// UNSIGNED integers and BIT.
    UInt(u64),
    /// FLOAT (widened) and DOUBLE.
    Double(f64),
    /// CHAR, VARCHAR, TEXT, JSON, INET4, INET6, UUID: valid UTF-8, as the server shows it.
    Text(&'a str),
    /// DECIMAL in canonical form: optional `-`, digits, point, exactly `scale` digits. Never `-0`.
    Decimal(&'a str),
    /// DATETIME and TIMESTAMP: microseconds since 1970-01-01 00:00:00 UTC, rounded to the precision
    /// of the column.
    DateTime(i64),
    /// DATE: days since 1970-01-01.
    Date(i64),
    /// TIME: signed microseconds, rounded to the precision of the column.
    Time(i64),
    /// YEAR: 0 or 1901..=2155.
    Year(u16),
    /// ENUM: position of the member, from 1.
    Enum(u32),
    /// SET: one bit for each member. The bit of the first member is the lowest.
    Set(u64),
    /// BINARY, VARBINARY, BLOB, geometry and VECTOR: the bytes that the server stores.
    Bytes(&'a [u8]),
}
