//! One column for each kind of type and parameter, with texts that a file may contain for it: valid
//! ones, invalid ones, and those at the limits. The same seed gives the same texts;
//! REVIEWSEED_TEST_SEED sets another seed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::string::{bytes_regex, string_regex};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Texts as a file may hold them.
pub type Texts = BoxedStrategy<Vec<u8>>;

/// A column type in SQL's words, and texts for it.
pub struct Kind {
    pub sql: &'static str,
    pub texts: Texts,
}

/// Source of the texts.
pub fn runner() -> TestRunner {
    let seed: u64 = std::env::var("REVIEWSEED_TEST_SEED").map_or(1, |s| s.parse().unwrap());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
    )
}

/// So many texts for a kind.
pub fn some(texts: &Texts, count: usize, runner: &mut TestRunner) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| texts.new_tree(runner).unwrap().current())
        .collect()
}

const INTEGERS: [&str; 10] = [
    "TINYINT",
    "TINYINT UNSIGNED",
    "SMALLINT",
    "SMALLINT UNSIGNED",
    "MEDIUMINT",
    "MEDIUMINT UNSIGNED",
    "INT",
    "INT UNSIGNED",
    "BIGINT",
    "BIGINT UNSIGNED",
];
const DECIMALS: [&str; 8] = [
    "DECIMAL(1,0)",
    "DECIMAL(5,2)",
    "DECIMAL(5,2) UNSIGNED",
    "DECIMAL(5,5)",
    "DECIMAL(20,9)",
    "DECIMAL(65,30)",
    "DECIMAL(65,0)",
    "DECIMAL(31,30)",
];
const REALS: [&str; 4] = ["FLOAT", "FLOAT UNSIGNED", "DOUBLE", "DOUBLE UNSIGNED"];
const INSTANTS: [&str; 9] = [
    "DATETIME",
    "DATETIME(1)",
    "DATETIME(3)",
    "DATETIME(6)",
    "TIMESTAMP",
    "TIMESTAMP(2)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "DATE",
];
const TIMES: [&str; 4] = ["TIME", "TIME(1)", "TIME(3)", "TIME(6)"];
/// Any character will do for these.
const TEXTS: [&str; 7] = [
    "CHAR(5)",
    "VARCHAR(5)",
    "VARCHAR(300) COLLATE utf8mb4_bin",
    "TINYTEXT",
    "TEXT",
    "MEDIUMTEXT COLLATE utf8mb4_bin",
    "LONGTEXT",
];
const LATIN1: [&str; 4] = [
    "CHAR(5) CHARACTER SET latin1",
    "VARCHAR(5) CHARACTER SET latin1 COLLATE latin1_bin",
    "TINYTEXT CHARACTER SET latin1",
    "TEXT CHARACTER SET latin1 COLLATE latin1_bin",
];
const UTF8MB3: [&str; 3] = [
    "CHAR(5) CHARACTER SET utf8mb3",
    "VARCHAR(5) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin",
    "TINYTEXT CHARACTER SET utf8mb3",
];
const UTF16: [&str; 2] = [
    "VARCHAR(5) CHARACTER SET utf16",
    "TINYTEXT CHARACTER SET utf16",
];
pub const ENUMS: [&str; 3] = [
    "ENUM('Size', 'Fit', '1', '3', '2', '0', 'it''s', 'b,c', 'back\\\\slash', '\"', 'größe', ' led', 'a\tb')",
    "ENUM('', 'x', 'null', '\\\\N')",
    "ENUM('caf\u{e9}', 'A', 'b') CHARACTER SET latin1",
];

/// All of them.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    let mut add = |types: &[&'static str], texts: Texts| {
        for sql in types {
            let texts = texts.clone();
            kinds.push(Kind { sql, texts });
        }
    };
    add(&INTEGERS, integers());
    add(&["BOOLEAN"], booleans());
    add(&DECIMALS, decimals());
    add(&REALS, reals());
    add(&INSTANTS, instants());
    add(&TIMES, times());
    add(&["YEAR"], years());
    let any_character = any::<char>().boxed();
    let wide = proptest::char::ranges(vec![' '..='~', '\u{a0}'..='\u{ff}'].into()).boxed();
    let bmp = prop_oneof![
        proptest::char::range('\0', '\u{d7ff}'),
        proptest::char::range('\u{e000}', '\u{ffff}')
    ]
    .boxed();
    add(&TEXTS, words(any_character.clone()));
    add(&LATIN1, words(wide));
    add(&UTF8MB3, words(bmp));
    add(&UTF16, words(any_character));
    add(&ENUMS, members());
    kinds
}

pub fn pattern(regex: &str) -> Texts {
    bytes_regex(regex).unwrap().boxed()
}

pub fn one_of(texts: &'static [&'static str]) -> Texts {
    proptest::sample::select(texts)
        .prop_map(|text| text.as_bytes().to_vec())
        .boxed()
}

/// What no type but text takes, or what it takes in its own way.
pub fn nothing() -> Texts {
    one_of(&[
        "", " ", "null", "NULL", "Null", "\\N", "abc", "-", "+", ".", "--1", "1 2", "0x10", "１２",
        "nan", "inf", "1a", "'", "\"", "1,5", "\t7\n",
    ])
}

pub fn blanks_around(texts: Texts) -> Texts {
    (
        one_of(&["", "", "", " ", "  "]),
        texts,
        one_of(&["", "", "", " "]),
    )
        .prop_map(|(before, text, after)| [before, text, after].concat())
        .boxed()
}

fn integers() -> Texts {
    let border = (
        proptest::sample::select(&[7u32, 8, 15, 16, 23, 24, 31, 32, 63, 64][..]),
        -2i128..=1,
        any::<bool>(),
    )
        .prop_map(|(bits, by, negative)| {
            let border = (1i128 << bits) + by;
            if negative { -border } else { border }
                .to_string()
                .into_bytes()
        });
    let number = prop_oneof![
        border,
        (-300..300i32).prop_map(|n| n.to_string().into_bytes()),
        any::<i64>().prop_map(|n| n.to_string().into_bytes()),
        pattern("[+-]?0{0,3}[0-9]{1,21}"),
    ];
    prop_oneof![
        8 => blanks_around(number.boxed()),
        1 => nothing(),
        1 => one_of(&["1.5", "1.0", "1e2", "-0", "+0", "-0.4", "5.", "60.000", "1.5e3", "2.5E+01", "100e-2", "-7.0", ".0", "1.23457E+11", "1e19"]),
        1 => pattern("-?[0-9]{1,3}(\\.0{0,3})?([eE][+]?[0-3])?"),
    ]
    .boxed()
}

fn booleans() -> Texts {
    let words = one_of(&[
        "true", "FALSE", "T", "f", "Yes", "no", "Y", "n", "1", "0", "tRUE", "2", "-1", "127",
        "128", "01", "1.0", "0.", "1.00", "2.0", "on", "off",
    ]);
    prop_oneof![8 => blanks_around(words), 1 => nothing()].boxed()
}

fn decimals() -> Texts {
    prop_oneof![
        2 => blanks_around(pattern("[+-]?[0-9]{1,6}(\\.[0-9]{0,3})?")),
        2 => pattern("[+-]?[0-9]{0,66}(\\.[0-9]{0,31})?"),
        2 => pattern("-?[0-9]{1,35}\\.[0-9]{1,30}"),
        1 => pattern("-?9{1,65}(\\.9{1,30})?"),
        1 => pattern("[+-]?[0-9]{0,3}(\\.[0-9]{0,5}0{0,9})?[eE][+-]?[0-9]{1,2}"),
        1 => pattern("-?0?\\.0{0,30}[0-9]{0,5}"),
        1 => nothing(),
    ]
    .boxed()
}

fn reals() -> Texts {
    let double = any::<u64>().prop_map(f64::from_bits);
    let float = any::<u32>().prop_map(|bits| f64::from(f32::from_bits(bits)));
    // exponents around those at which the servers change their notation
    let near = (1u64..1 << 53, -40i32..25)
        .prop_map(|(digits, exponent)| format!("{digits}e{exponent}").parse::<f64>().unwrap());
    let denormal = any::<u32>().prop_map(|bits| f64::from_bits(u64::from(bits)));
    let written = (prop_oneof![double, float, near, denormal], 0..4u8).prop_map(|(v, form)| {
        match form {
            0 => format!("{v:e}"),
            1 => format!("{v:E}"),
            2 if (1e-20..1e25).contains(&v.abs()) => format!("{v}"),
            _ => format!("{v:.19e}"),
        }
        .into_bytes()
    });
    prop_oneof![
        8 => written,
        2 => blanks_around(pattern("[+-]?[0-9]{1,9}(\\.[0-9]{0,9})?")),
        1 => pattern("[+-]?[0-9]{0,3}\\.?[0-9]{0,20}e[+-]?[0-9]{1,3}"),
        1 => one_of(&[
            "0", "-0", "-0.0", "1e400", "-1e400", "1e-400", "-1e-400", "3.4028235e38", "3.4028236e38",
            "3.4028234663852886e38", "1.7976931348623157e308", "1.7976931348623159e308", "5e-324", "2e-324",
            "1e-45", "1e15", "1e14", "999999999999999", "1000000000000000", "1234567890123456.75", "0.1", ".5", "5.",
            "1e", "1e+", "1e-15", "9.99e-16", "1e99999999999",
        ]),
        1 => nothing(),
    ]
    .boxed()
}

fn instants() -> Texts {
    let date = "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]";
    let day = "(19[7-9]|20[0-3])[0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
    let time = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?";
    let zone = "(Z|[+-][01][0-9]:?[0-5][0-9]|[+-]0[0-9])?";
    prop_oneof![
        3 => pattern(&format!("{day} {time}")),
        3 => pattern(&format!("{day}T{time}{zone}")),
        1 => pattern(date),
        1 => pattern(&format!("{date}[T ]{time}")),
        2 => pattern("[1-9][0-9]{8,14}"),
        1 => pattern("(Mon|Tue) (Jan|Feb|Dec) [0-3][0-9] 20[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-5][0-9] GMT[+-]0[0-9]00( \\(Somewhere\\))?"),
        3 => one_of(&[
            "9999-12-31 23:59:59", "9999-12-31 23:59:59.4", "9999-12-31 23:59:59.949", "9999-12-31 23:59:59.95",
            "9999-12-31 23:59:59.9995", "9999-12-31 23:59:59.9999994", "9999-12-31 23:59:59.9999995",
            "9999-12-31", "10000-01-01", "1000-01-01", "0999-12-31", "0999-12-31 23:59:59.9999999", "0001-01-01",
            "1970-01-01", "1970-01-01 00:00:00", "1970-01-01 00:00:00.4", "1970-01-01 00:00:00.5",
            "1970-01-01 00:00:00.999999", "1970-01-01 00:00:00.9999995", "1970-01-01 00:00:01",
            "1969-12-31 23:59:59.75", "2038-01-19 03:14:07", "2038-01-19 03:14:07.4", "2038-01-19 03:14:07.5",
            "2038-01-19 03:14:07.999999", "2038-01-19 03:14:07.9999995", "2038-01-19 03:14:08",
            "2106-02-07 06:28:15", "2020-02-29", "2021-02-29", "2020-02-29 23:59:59.9999995", "1900-02-29",
            "2020-01-02 24:00:00", "2020-01-02 23:59:60", "0000-00-00", "2020-00-10", "2020-10-00",
            "2020-1-2", "20-01-02", "20200102", "20200102030405", "2020/01/02", "2020.01.02 03.04.05",
            "2020-01-02T03:04", "2020-01-02T03", "2020-01-02 03:04:05.", "2020-01-02  03:04:05",
            "2020-01-02 3:4:5", "2020-01-02 03:04:05 PM", "2020-01-02 13:04:05 PM", "2020-01-02 03:04:05 UTC",
            "2020-01-02 03:04:05 +00:00", "20200102T030405", "20200102T030405.5", "20200102T0304", "20200102 030405",
            "20200102 03:04:05", "20200102030405.5", "20200102030405Z", "20201302", "20200230", "02-Jan-2020",
            "Jan 2 2020", "2 January 2020", "2020-Jan-02", "Thu, 02 Jan 2020 03:04:05 GMT", "02.01.2020", "01/02/2020",
            "31/12/2020", "02-Jan-20", "2020/1/2", "2020 01 02", "2020.01.02", "2020-1-2 3:04",
        ]),
        2 => pattern(&format!("(19[7-9]|20[0-3])[0-9]([/.-])(0?[1-9]|1[0-2])([/.-])(0?[1-9]|1[0-9]|2[0-8])( {time})?")),
        1 => pattern("(19[7-9]|20[0-3])[0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])(T[01][0-9][0-5][0-9][0-5][0-9])?"),
        1 => nothing(),
    ]
    .boxed()
}

fn times() -> Texts {
    prop_oneof![
        4 => blanks_around(pattern("-?([0-9]|[0-9]{2}|[0-8][0-9]{2}):[0-5]?[0-9](:[0-5]?[0-9](\\.[0-9]{0,9})?)?")),
        1 => pattern("[+-]?[0-9]{1,4}:[0-9]{1,3}:[0-9]{1,3}"),
        2 => one_of(&[
            "838:59:59", "-838:59:59", "838:59:59.4", "838:59:59.5", "838:59:59.000000", "838:59:59.999999",
            "-838:59:59.0000004", "-838:59:59.5", "839:00:00", "-839:00:00", "838:59:58.999999", "838:59:58.9999999",
            "-00:00:00", "-00:00:00.4", "-00:00:00.000001", "-00:00:00.0000004", "-00:00:00.9999999",
            "-1:02:03.25", "11:12", "1112", "111213", "7", "1 02:03:04", "00:00:60", "00:60:00", "24:00:00",
            "11:12:13.", "11:12:13.5.5", "11.5", "11:", ":11", "11:12:13 PM", "12:00 am", "13:00 PM", "0:30 AM", "999999999:00:00", "9999999999:00:00",
        ]),
        1 => nothing(),
    ]
    .boxed()
}

fn years() -> Texts {
    prop_oneof![
        3 => blanks_around(pattern("(19|20|21)[0-9]{2}")),
        1 => pattern("[0-9]{1,5}"),
        2 => one_of(&["1900", "1901", "2155", "2156", "0000", "0", "00", "000", "70", "-2020", "2020.0", "2020.5", "0000.0", "2.02e3", "+2020"]),
        1 => nothing(),
    ]
    .boxed()
}

/// Short texts about five characters, some about 255 bytes; what is special to CSV, LOAD DATA,
/// INSERT; blanks at the end.
fn words(character: BoxedStrategy<char>) -> Texts {
    let short = vec(character.clone(), 0..8).prop_map(String::from_iter);
    let ascii = string_regex("[ -~\t\n\r]{0,7}").unwrap();
    let blank = string_regex("[ab ]{0,5} {0,3}").unwrap();
    let long = (vec(character, 1..4), 60..260usize)
        .prop_map(|(piece, characters)| piece.iter().cycle().take(characters).collect::<String>());
    let special = proptest::sample::select(
        &[
            "", "null", "NULL", "\\N", "\\", "\\\\", "'", "''", "\"", "\"\"", "\t", "\n", "\r\n",
            "\0", "a\0b", "\\0", "\\n", "\u{1a}", "a,b", "#", "é", "\u{a0}", "5#ab",
        ][..],
    )
    .prop_map(str::to_owned);
    prop_oneof![
        3 => short.prop_map(String::into_bytes),
        2 => ascii.prop_map(String::into_bytes),
        1 => blank.prop_map(String::into_bytes),
        2 => long.prop_map(String::into_bytes),
        2 => special.prop_map(String::into_bytes),
        1 => pattern("[ab]{0,2}(?-u:[\\x80-\\xff])[ab]{0,2}"),
    ]
    .boxed()
}

fn members() -> Texts {
    let members = one_of(&[
        "Size",
        "size",
        "SIZE ",
        " Fit",
        "1",
        "2",
        "3",
        "0",
        "4",
        "7",
        "it's",
        "b,c",
        "B,C",
        "back\\slash",
        "\"",
        "größe",
        "GRÖSSE",
        "led",
        " led",
        "a\tb",
        "x",
        "X",
        "",
        " ",
        "null",
        "NULL",
        "\\N",
        "\\n",
        "café",
        "CAFÉ",
        "A",
        "a",
        "B",
        "Sizes",
        "cafe",
        "1.0",
        "01",
        "-1",
        "14",
    ]);
    prop_oneof![8 => members, 1 => nothing()].boxed()
}
