//! Points in time: what is accepted reads back from the text that it is stored as, that text is
//! what jiff writes for it, and where jiff reads the same field, it is the same instant.
#![no_main]

use clean::timestamp::{date, datetime, timestamp};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use libfuzzer_sys::fuzz_target;
use model::batch::Value;
use model::sqltext::push_plain;

fn stored(value: Value<'_>, precision: u8) -> String {
    let mut text = Vec::new();
    push_plain(&mut text, value, precision);
    String::from_utf8(text).unwrap()
}

/// Microseconds since the epoch, rounded half up, of what jiff reads.
fn by_jiff(text: &str) -> Option<i128> {
    let micros = |nanoseconds: i128| (nanoseconds + 500).div_euclid(1000);
    if let Ok(pieces) = Pieces::parse(text) {
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        let time = pieces.time().unwrap_or_default();
        let local = since_epoch(DateTime::from_parts(pieces.date(), time));
        let offset = pieces.to_numeric_offset().map_or(0, |o| o.seconds());
        return Some(micros(local - i128::from(offset) * 1_000_000_000));
    }
    let script = text.split_once(" (").map_or(text, |(date, _)| date);
    let parsed = jiff::fmt::strtime::parse("%a %b %d %Y %H:%M:%S GMT%z", script).ok()?;
    let local = since_epoch(parsed.to_datetime().ok()?);
    let offset = parsed.offset()?.seconds();
    Some(micros(local - i128::from(offset) * 1_000_000_000))
}

fn since_epoch(at: DateTime) -> i128 {
    let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    at.duration_since(epoch).as_nanos()
}

fuzz_target!(|field: &[u8]| {
    for precision in 0..=6 {
        if let Ok(at) = datetime(field, precision) {
            let text = stored(Value::DateTime(at), precision);
            assert_eq!(datetime(text.as_bytes(), precision), Ok(at), "{text}");
            // jiff's calendar of instants ends a day before the servers' does
            if let Ok(instant) = Timestamp::from_microsecond(at) {
                let format = match precision {
                    0 => "%Y-%m-%d %H:%M:%S".to_owned(),
                    digits => format!("%Y-%m-%d %H:%M:%S.%{digits}f"),
                };
                assert_eq!(instant.strftime(&format).to_string(), text);
            }
        }
        if let Ok(at) = timestamp(field, precision) {
            // a narrower range, and the same instant
            assert_eq!(datetime(field, precision), Ok(at));
        }
    }
    if let Ok(day) = date(field) {
        let text = stored(Value::Date(day), 0);
        assert_eq!(date(text.as_bytes()), Ok(day), "{text}");
    }
    let Ok(text) = std::str::from_utf8(field) else {
        return;
    };
    if let (Ok(ours), Some(theirs)) = (datetime(field, 6), by_jiff(text)) {
        assert_eq!(i128::from(ours), theirs);
    }
    // 14 digits are a date and time, and never an epoch; 10 and 12 digits may be rejected
    let length = field.len();
    if (9..=13).contains(&length) && field.iter().all(u8::is_ascii_digit) {
        let number: i64 = text.parse().unwrap();
        let unit = if length > 10 { 1_000 } else { 1_000_000 };
        match datetime(field, 6) {
            Err(_) if length % 2 == 0 => {}
            read => assert_eq!(read, Ok(number * unit)),
        }
    }
});
