//! The list of damages for each table. Each damage has the rule by which a loader must reject the
//! row.
//!
//! Columns are counted from 0, in the order of the CSV headers. Each replacement text breaks
//! exactly one rule. `faults` draws from these lists.

use super::faults::Damage::{
    Append, Crlf, Extend, Gone, Lengthen, Lose, Open, OpenLast, Replace, Spoil, Twice,
};
use super::faults::FaultKind;
use model::rejection::Rule::{
    CheckFailed, DuplicateKey, FieldCount, MissingParent, MissingValue, NotABoolean, NotATimestamp,
    NotAnInteger, NotInEnum, NotUtf8, OutOfRange, TooLong,
};

/// Columns: id, product_id, rating, date, summary, body, recommend, reported, reviewer_name,
/// reviewer_email, response, helpfulness.
pub(super) const REVIEW_FAULTS: [FaultKind; 11] = [
    (None, &[Gone]),
    (Some(DuplicateKey), &[Twice]),
    (
        Some(FieldCount),
        &[Lose(2), Extend, Open(5), Open(8), OpenLast],
    ),
    (
        Some(MissingValue),
        &[
            Replace(2, ""),
            Replace(3, "null"),
            Replace(6, ""),
            Replace(11, "\\N"),
        ],
    ),
    (
        Some(NotAnInteger),
        &[
            Replace(1, "12a"),
            Replace(2, "five"),
            Replace(2, "4.5"),
            Replace(11, "1.5"),
        ],
    ),
    (
        Some(OutOfRange),
        &[
            Replace(1, "-7"),
            Replace(2, "300"),
            Replace(11, "4294967296"),
            Replace(11, "99999999999999999999"),
        ],
    ),
    (
        Some(NotATimestamp),
        &[
            Replace(3, "2021-02-30"),
            Replace(3, "2020-13-01T00:00:00.000Z"),
            Replace(3, "2021-04-31 10:00:00"),
            Replace(3, "yesterday"),
        ],
    ),
    (Some(NotABoolean), &[Replace(6, "maybe"), Replace(7, "2")]),
    (
        Some(CheckFailed),
        &[Replace(2, "0"), Replace(2, "6"), Replace(2, "9")],
    ),
    (
        Some(TooLong),
        &[Lengthen(4), Lengthen(5), Lengthen(8), Lengthen(9)],
    ),
    (Some(NotUtf8), &[Spoil(4), Spoil(5), Spoil(8)]),
];

/// Unusual, but valid: a loader must load these rows.
pub(super) const REVIEW_ODDITIES: [FaultKind; 4] = [
    (None, &[Crlf]),
    (
        None,
        &[
            Append(5, "\nAnd a second line, with \"\"quotes\"\"."),
            Append(4, "\r\nin two lines"),
        ],
    ),
    (
        None,
        &[
            Append(5, " A \"\"must\"\" have!"),
            Append(4, " - \"\"wow\"\""),
        ],
    ),
    (
        None,
        &[
            Append(5, "<br/><b>Love</b> it &amp; more"),
            Append(4, " <i class=\"\"big\"\">!</i>"),
        ],
    ),
];

/// Columns: id, review_id, url.
pub(super) const PHOTO_FAULTS: [FaultKind; 8] = [
    (Some(DuplicateKey), &[Twice]),
    (Some(FieldCount), &[Lose(1), Lose(2), Extend]),
    (Some(MissingValue), &[Replace(1, ""), Replace(1, "NULL")]),
    (Some(NotAnInteger), &[Replace(1, "abc"), Replace(1, "7.5")]),
    (
        Some(OutOfRange),
        &[Replace(1, "-1"), Replace(1, "4294967296")],
    ),
    (Some(TooLong), &[Lengthen(2)]),
    (Some(NotUtf8), &[Spoil(2)]),
    (
        Some(MissingParent),
        &[Replace(1, "0"), Replace(1, "4000000000")],
    ),
];

/// Unusual, but valid: a loader must load these rows. An empty text is a valid text.
pub(super) const PHOTO_ODDITIES: [FaultKind; 2] = [
    (None, &[Crlf]),
    (None, &[Replace(2, ""), Replace(2, "\"\"")]),
];

/// Columns: id, product_id, name.
pub(super) const CHARACTERISTIC_FAULTS: [FaultKind; 7] = [
    (None, &[Gone]),
    (Some(DuplicateKey), &[Twice]),
    (Some(FieldCount), &[Lose(1), Lose(2), Extend]),
    (
        Some(MissingValue),
        &[Replace(1, "null"), Replace(2, ""), Replace(2, "\"\"")],
    ),
    (Some(NotAnInteger), &[Replace(1, "n/a")]),
    (
        Some(OutOfRange),
        &[Replace(1, "-3"), Replace(1, "5000000000")],
    ),
    (
        Some(NotInEnum),
        &[Replace(2, "\"Colour\""), Replace(2, "\"Sizes\"")],
    ),
];

/// Columns: id, characteristic_id, review_id, value.
pub(super) const CHARACTERISTIC_REVIEW_FAULTS: [FaultKind; 7] = [
    (Some(DuplicateKey), &[Twice]),
    (Some(FieldCount), &[Lose(2), Lose(3), Extend]),
    (
        Some(MissingValue),
        &[Replace(2, ""), Replace(3, ""), Replace(3, "null")],
    ),
    (
        Some(NotAnInteger),
        &[Replace(2, "?"), Replace(3, "x"), Replace(3, "3.5")],
    ),
    (
        Some(OutOfRange),
        &[
            Replace(1, "4294967296"),
            Replace(3, "-4"),
            Replace(3, "300"),
        ],
    ),
    (Some(CheckFailed), &[Replace(3, "0"), Replace(3, "6")]),
    (
        Some(MissingParent),
        &[Replace(1, "4000000000"), Replace(2, "0")],
    ),
];

/// Unusual, but valid in any table: line ends of CR LF.
pub(super) const LINE_ENDS: [FaultKind; 1] = [(None, &[Crlf])];
