//! Writes values as the text that MySQL itself would write. LOAD DATA, INSERT and the checksum use
//! this text.
//!
//! Texts and bytes are left to the callers, because each of them writes them differently.

use crate::value::Value;

/// Appends a value that is neither text nor bytes. `precision` is the number of digits of a
/// fractional second. For NULL, text and bytes, appends nothing.
#[inline]
pub fn push_plain(out: &mut Vec<u8>, value: Value<'_>, precision: u8) {
    match value {
        Value::Null | Value::Text(_) | Value::Bytes(_) => {}
        Value::Set(v) => push_int(out, v),
        Value::Int(v) => push_int(out, v),
        Value::UInt(v) => push_int(out, v),
        Value::Enum(v) => push_int(out, v),
        Value::Double(v) => push_double(out, v),
        Value::Decimal(text) => out.extend_from_slice(text.as_bytes()),
        Value::DateTime(v) => push_datetime(out, v, precision),
        Value::Date(v) => push_date(out, v),
        Value::Time(v) => push_time(out, v, precision),
        Value::Year(v) => push_padded(out, u32::from(v), 4),
    }
}

/// Whether a value needs quotes in an SQL statement.
pub fn needs_quotes(value: Value<'_>) -> bool {
    matches!(
        value,
        Value::Text(_) | Value::DateTime(_) | Value::Date(_) | Value::Time(_)
    )
}

/// Appends bytes as hexadecimal digits, in upper case as the server writes them.
pub fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        let digits = [byte >> 4, byte & 15].map(|half| DIGITS[usize::from(half)]);
        out.extend_from_slice(&digits);
    }
}

/// Appends an integer.
#[inline]
pub fn push_int(out: &mut Vec<u8>, v: impl itoa::Integer + TryInto<u32> + Copy) {
    match v.try_into() {
        Ok(small) if small < SMALL => {
            let (digits, count) = small_digits(small);
            let length = out.len() + count;
            // appending all eight bytes and truncating is faster than copying an unknown number of
            // bytes
            out.extend_from_slice(&digits);
            out.truncate(length);
        }
        _ => out.extend_from_slice(itoa::Buffer::new().format(v).as_bytes()),
    }
}

/// The smallest number with more than eight digits. Nearly all ids are smaller.
pub const SMALL: u32 = 100_000_000;

/// The digits of a number below [`SMALL`], in the first of eight bytes, and how many digits there
/// are.
#[inline]
pub fn small_digits(v: u32) -> ([u8; 8], usize) {
    let digits = eight_digits(v);
    // at most seven leading zeros are removed, so the number 0 keeps a digit
    let zeros = ((digits ^ ZEROS).trailing_zeros() / 8).min(7);
    ((digits >> (8 * zeros)).to_le_bytes(), 8 - zeros as usize)
}

/// The digit `0` in each of eight bytes.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The eight digits of a number below [`SMALL`]. The first digit is in the lowest byte. The number
/// is split in steps that work in parallel: into two groups of four digits, then four of two, then
/// eight of one.
#[inline(always)]
fn eight_digits(v: u32) -> u64 {
    let v = u64::from(v);
    let fours = (v / 10_000) | ((v % 10_000) << 32);
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    let ones = tens | ((twos - tens * 10) << 8);
    ones | ZEROS
}

/// Appends the last `width` digits of a number, at most ten.
fn push_padded(out: &mut Vec<u8>, v: u32, width: usize) {
    let (mut digits, mut rest) = ([0; 10], v);
    let digits = &mut digits[..width];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(digits);
}

/// Number of days from 1970-01-01 to a date of the proleptic Gregorian calendar. This is the
/// inverse of [`civil`].
pub fn days_of_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

/// Year, month and day for a number of days since 1970-01-01, for the years 0 to 9999. The method
/// is that of Cassio Neri and Lorenz Schneider ("Euclidean affine functions and their application
/// to calendar algorithms"): years begin in March, and each division becomes one multiplication.
/// jiff is not used, because its greatest instant is one day before that of MySQL.
pub fn civil(days: i64) -> (u32, u32, u32) {
    const DAYS_OF_ERA: u32 = 146_097;
    // ten eras of 400 years are added, so that no number is negative
    const ERAS: u32 = 10;
    const BEGIN: i64 = 719_468 + (DAYS_OF_ERA * ERAS) as i64;
    let of_days = 4 * (days + BEGIN) as u32 + 3;
    let (century, day) = (of_days / DAYS_OF_ERA, of_days % DAYS_OF_ERA / 4);
    let of_years = 2_939_745 * u64::from(4 * day + 3);
    let year = (100 * century + (of_years >> 32) as u32).wrapping_sub(400 * ERAS);
    let day = of_years as u32 / 2_939_745 / 4;
    let of_months = 2_141 * day + 197_913;
    let (month, day) = (of_months >> 16, (of_months & 0xffff) / 2_141 + 1);
    match month > 12 {
        true => (year + 1, month - 12, day),
        false => (year, month, day),
    }
}

/// A date as `YYYY-MM-DD`.
#[inline(always)]
fn date(days: i64) -> [u8; 10] {
    let (year, month, day) = civil(days);
    let [a, b, c, d, e, f, g, h] = eight_digits(year * 10_000 + month * 100 + day).to_le_bytes();
    [a, b, c, d, b'-', e, f, b'-', g, h]
}

fn push_date(out: &mut Vec<u8>, days: i64) {
    out.extend_from_slice(&date(days));
}

fn push_datetime(out: &mut Vec<u8>, microseconds: i64, precision: u8) {
    let mut text = [0; LONGEST_DATETIME];
    let length = write_datetime(&mut text, microseconds, precision);
    out.extend_from_slice(&text[..length]);
}

/// Length of a date and time with microseconds.
pub const LONGEST_DATETIME: usize = 26;

/// Writes a date and time as `YYYY-MM-DD hh:mm:ss`, with `precision` digits of the fractional
/// second. Returns the length. Bytes after it are overwritten with arbitrary content.
#[inline(always)]
pub fn write_datetime(
    text: &mut [u8; LONGEST_DATETIME],
    microseconds: i64,
    precision: u8,
) -> usize {
    const DAY: i64 = 86_400 * 1_000_000;
    let (days, in_day) = (microseconds.div_euclid(DAY), microseconds.rem_euclid(DAY));
    let (second, fraction) = ((in_day / 1_000_000) as u32, (in_day % 1_000_000) as u32);
    let (minute, hour) = (second / 60, second / 3600);
    let clock = hour * 10_000 + (minute - hour * 60) * 100 + second - minute * 60;
    text[..10].copy_from_slice(&date(days));
    text[10] = b' ';
    let [_, _, a, b, c, d, e, f] = eight_digits(clock).to_le_bytes();
    text[11..19].copy_from_slice(&[a, b, b':', c, d, b':', e, f]);
    text[19] = b'.';
    text[20..].copy_from_slice(&eight_digits(fraction).to_le_bytes()[2..]);
    match precision {
        0 => 19,
        digits => 20 + usize::from(digits.min(6)),
    }
}

fn push_time(out: &mut Vec<u8>, microseconds: i64, precision: u8) {
    if microseconds < 0 {
        out.push(b'-');
    }
    let span = microseconds.unsigned_abs();
    let seconds = (span / 1_000_000) as u32;
    let hours = seconds / 3600;
    push_padded(out, hours, if hours > 99 { 3 } else { 2 });
    out.push(b':');
    push_padded(out, seconds / 60 % 60, 2);
    out.push(b':');
    push_padded(out, seconds % 60, 2);
    push_fraction(out, (span % 1_000_000) as u32, precision);
}

const TENS: [u32; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

fn push_fraction(out: &mut Vec<u8>, microseconds: u32, precision: u8) {
    if precision > 0 {
        let precision = usize::from(precision.min(6));
        out.push(b'.');
        push_padded(out, microseconds / TENS[6 - precision], precision);
    }
}

/// Appends a DOUBLE with the fewest digits that read back as the same number. It always has an
/// exponent, because in an SQL statement a number without an exponent is a DECIMAL, which has at
/// most 30 digits after the point.
fn push_double(out: &mut Vec<u8>, v: f64) {
    out.extend_from_slice(format!("{v:e}").as_bytes());
}

/// Appends a DOUBLE in brackets, exactly as the server writes it with [`DOUBLE_IN_SQL`]. It has the
/// fewest digits that read back as the same number. Numbers from 1e-15 to below 1e15 have no
/// exponent. Neither have greater numbers with digits after the point (`my_gcvt` in strings/dtoa.cc
/// of the MySQL source, with enough space for all digits).
pub fn push_double_as_json(out: &mut Vec<u8>, v: f64) {
    let scientific = shortest(v);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |m| ("-", m));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let count = digits.clone().count() as i32;
    out.push(b'[');
    if exponent < -15 || (exponent >= 15 && count <= exponent + 1) {
        out.extend_from_slice(scientific.as_bytes());
    } else {
        out.extend_from_slice(sign.as_bytes());
        if exponent < 0 {
            out.extend_from_slice(b"0.");
            out.extend((exponent..-1).map(|_| b'0'));
            out.extend(digits);
        } else {
            for (place, digit) in (0..).zip(digits) {
                if place == exponent + 1 {
                    out.push(b'.');
                }
                out.push(digit);
            }
            out.extend((count..exponent + 1).map(|_| b'0'));
        }
    }
    out.push(b']');
}

/// The fewest digits that read back as `v`. If two candidates are equally near, the servers write
/// the even one (David Gay's dtoa), but Rust the larger one. A widened FLOAT is often exactly in
/// the middle between two candidates.
fn shortest(v: f64) -> String {
    let larger = format!("{v:e}");
    let digits = larger
        .bytes()
        .take_while(|b| *b != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    // the same number of digits, with ties rounded to the even digit
    let even = format!("{v:.*e}", digits.saturating_sub(1));
    if even.parse() == Ok(v) { even } else { larger }
}

/// The SQL expression by which a server writes the DOUBLE `{}` in the form of
/// [`push_double_as_json`]. Only JSON has enough space for all digits: MySQL writes an expression
/// in at most 22 characters, which is too few for 17 digits of a negative number, and a column in
/// at most 25.
pub const DOUBLE_IN_SQL: &str = "REPLACE(JSON_ARRAY({}),'.0]',']')";

#[cfg(test)]
mod tests;
