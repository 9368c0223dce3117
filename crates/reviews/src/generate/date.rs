//! Writes the date formats of the real files, without allocating memory: the day, ISO 8601 with
//! milliseconds, and the format of JavaScript's `Date`. The fourth format, epoch milliseconds, is a
//! plain number.
//!
//! The calendar is computed here, with integers, because it must be fast: there are millions of
//! rows.

/// Writes `2021-01-17`, in UTC.
pub(super) fn day(out: &mut Vec<u8>, ms: u64) {
    let (year, month, day) = civil(ms / MS_PER_DAY);
    digits::<4>(out, year);
    out.push(b'-');
    digits::<2>(out, month);
    out.push(b'-');
    digits::<2>(out, day);
}

/// Writes `2021-01-17T03:01:59.883Z`.
pub(super) fn iso(out: &mut Vec<u8>, ms: u64) {
    day(out, ms);
    out.push(b'T');
    clock(out, ms);
    out.push(b'.');
    digits::<3>(out, ms % 1000);
    out.push(b'Z');
}

/// Time zones as JavaScript prints them, with their offset from UTC in minutes.
const ZONES: [(&str, i64); 6] = [
    ("GMT-0400 (Eastern Daylight Time)", -240),
    ("GMT-0500 (Eastern Standard Time)", -300),
    ("GMT-0700 (Pacific Daylight Time)", -420),
    ("GMT+0000 (Coordinated Universal Time)", 0),
    ("GMT+0100 (Central European Standard Time)", 60),
    ("GMT+0530 (India Standard Time)", 330),
];

/// Writes `Wed Apr 21 2021 22:39:42 GMT-0400 (Eastern Daylight Time)`, without the milliseconds.
/// `zone` may be any number; it selects one of [`ZONES`].
pub(super) fn javascript(out: &mut Vec<u8>, ms: u64, zone: usize) {
    const DAYS: [&str; 7] = ["Thu ", "Fri ", "Sat ", "Sun ", "Mon ", "Tue ", "Wed "];
    const MONTHS: [&str; 12] = [
        "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ",
        "Dec ",
    ];
    let (name, minutes) = ZONES[zone % ZONES.len()];
    let local = ms.saturating_add_signed(minutes * 60_000);
    let days = local / MS_PER_DAY;
    let (year, month, day) = civil(days);
    out.extend_from_slice(DAYS[(days % 7) as usize].as_bytes());
    out.extend_from_slice(MONTHS[month as usize - 1].as_bytes());
    digits::<2>(out, day);
    out.push(b' ');
    digits::<4>(out, year);
    out.push(b' ');
    clock(out, local);
    out.push(b' ');
    out.extend_from_slice(name.as_bytes());
}

const MS_PER_DAY: u64 = 86_400_000;

/// Writes `03:01:59`.
fn clock(out: &mut Vec<u8>, ms: u64) {
    let seconds = ms % MS_PER_DAY / 1000;
    digits::<2>(out, seconds / 3600);
    out.push(b':');
    digits::<2>(out, seconds / 60 % 60);
    out.push(b':');
    digits::<2>(out, seconds % 60);
}

/// Writes a number with leading zeros.
fn digits<const N: usize>(out: &mut Vec<u8>, mut number: u64) {
    let mut text = [b'0'; N];
    for digit in text.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text);
}

/// Year, month and day of a number of days since 1970-01-01. This is H. Hinnant's
/// `civil_from_days`: its years begin in March, so that the leap day is their last day.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_formats_are_those_of_the_files() {
        let ms = 1_619_059_182_883;
        assert_eq!(text(|out| day(out, ms)), "2021-04-22");
        assert_eq!(text(|out| iso(out, ms)), "2021-04-22T02:39:42.883Z");
        assert_eq!(
            text(|out| javascript(out, ms, 0)),
            "Wed Apr 21 2021 22:39:42 GMT-0400 (Eastern Daylight Time)"
        );
    }

    proptest! {
        #[test]
        fn the_calendar_equals_that_of_jiff(ms in 0u64..4_102_444_800_000, zone: usize) {
            let stamp = jiff::Timestamp::from_millisecond(ms as i64).unwrap();
            prop_assert_eq!(text(|out| iso(out, ms)).parse::<jiff::Timestamp>().unwrap(), stamp);
            prop_assume!(ms > 86_400_000);
            let printed = text(|out| javascript(out, ms, zone));
            let (local, _) = printed.split_once(" (").unwrap();
            let read = jiff::fmt::strtime::parse("%a %b %d %Y %H:%M:%S GMT%z", local).unwrap();
            prop_assert_eq!(read.to_timestamp().unwrap().as_second(), stamp.as_second());
        }
    }
}
