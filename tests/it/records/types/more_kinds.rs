//! Columns of bytes, bits, sets, numbers with a fixed number of digits, JSON, geometry and
//! addresses, with texts for them.

use proptest::collection::vec;
use proptest::prelude::*;

use super::kinds::{Kind, Texts, blanks_around, nothing, one_of, pattern};
use crate::support::harness::Server;

const BYTES: [&str; 7] = [
    "BINARY(1)",
    "BINARY(16)",
    "VARBINARY(3)",
    "VARBINARY(300)",
    "TINYBLOB",
    "BLOB",
    "LONGBLOB",
];
const BITS: [&str; 4] = ["BIT", "BIT(7)", "BIT(9)", "BIT(64)"];
const SETS: [&str; 3] = [
    "SET('Size', 'Fit', '1', '3', 'it''s', 'größe', 'back\\\\slash')",
    "SET('', 'x', 'null')",
    "SET('caf\u{e9}', 'a', 'b') CHARACTER SET latin1",
];
/// A SET of as many members as there can be.
const WIDE_SET: &str = "SET('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','20','21','22','23','24','25','26','27','28','29','30','31','32','33','34','35','36','37','38','39','40','41','42','43','44','45','46','47','48','49','50','51','52','53','54','55','56','57','58','59','60','61','62','63','64')";
const REALS: [&str; 7] = [
    "FLOAT(5,2)",
    "FLOAT(7,4) UNSIGNED",
    "FLOAT(20,6)",
    "DOUBLE(15,8)",
    "DOUBLE(10,0)",
    "DOUBLE(30,2)",
    "DOUBLE(40,30) UNSIGNED",
];

/// The additional column types of a server.
pub fn more_kinds(server: Server) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let mut add = |types: &[&'static str], texts: Texts| {
        for sql in types {
            let texts = texts.clone();
            kinds.push(Kind { sql, texts });
        }
    };
    add(&BYTES, bytes());
    add(&BITS, bits());
    add(&SETS, sets());
    add(&[WIDE_SET], pattern("[1-9](,[1-5]?[0-9]){0,9}"));
    add(&REALS, reals());
    add(&["YEAR(4)"], pattern("(19|20|21)[0-9]{2}|0000|[0-9]{1,3}"));
    match server {
        Server::MySQL => {
            add(&["JSON"], documents());
            add(&["VECTOR(3)"], vectors());
            add(&["POINT SRID 4326"], points("[0-9]{1,2}"));
        }
        Server::MariaDB => {
            add(
                &["INET4"],
                one_of(&[
                    "1.2.3.4",
                    "255.255.255.255",
                    "0.0.0.0",
                    "1.2.3",
                    "01.2.3.4",
                    "1.2.3.256",
                    "a",
                    "::1",
                ]),
            );
            add(&["INET6"], addresses());
            add(&["UUID"], uuids());
        }
    }
    add(
        &["POINT", "GEOMETRY"],
        points("-?[0-9]{1,3}(\\.[0-9]{1,9})?"),
    );
    add(
        &["POLYGON", "GEOMETRY"],
        one_of(&[
            "POLYGON((0 0,0 1,1 1,0 0))",
            "POLYGON((0 0,0 1,1 1,1 0))",
            "POINT(1 2)",
        ]),
    );
    kinds
}

fn bytes() -> Texts {
    prop_oneof![
        4 => pattern("0x([0-9a-fA-F]{2}){0,4}"),
        2 => pattern("[xX]'([0-9a-fA-F]{2}){0,4}'"),
        1 => pattern("0x([0-9a-f]{2}){254,301}"),
        1 => pattern("0x(00|09|0a|0d|5c|27|22|1a|ff|23){1,16}"),
        1 => pattern("0x[0-9a-f]{1,5}|[0-9a-f]{2,6}|\\\\x[0-9a-f]{2}"),
        1 => nothing(),
    ]
    .boxed()
}

fn bits() -> Texts {
    prop_oneof![
        3 => blanks_around(pattern("[0-9]{1,4}")),
        2 => any::<u64>().prop_map(|n| n.to_string().into_bytes()),
        2 => pattern("[bB]'[01]{1,65}'"),
        1 => pattern("0[bx][01]{1,9}"),
        2 => one_of(&["0", "1", "true", "FALSE", "yes", "n", "\u{0}", "\u{1}", "18446744073709551616", "b''", "2"]),
        1 => nothing(),
    ]
    .boxed()
}

fn sets() -> Texts {
    let member = one_of(&[
        "Size",
        "size",
        " Fit",
        "1",
        "3",
        "it's",
        "größe",
        "back\\slash",
        "x",
        "X",
        "null",
        "café",
        "cafe",
        "a",
        "b",
        "",
        "7",
    ]);
    prop_oneof![
        6 => vec(member, 1..4).prop_map(|members| members.join(&b',')),
        1 => one_of(&["", "5", "0", "Size,", ",Size", "a b", "Size Fit", "Size;Fit"]),
        1 => nothing(),
    ]
    .boxed()
}

fn reals() -> Texts {
    prop_oneof![
        4 => blanks_around(pattern("-?[0-9]{1,4}(\\.[0-9]{0,3})?")),
        3 => pattern("-?[0-9]{1,8}\\.[0-9]{1,9}"),
        1 => pattern("[0-9]{1,10}\\.[0-9]{28,31}"),
        1 => pattern("-?[0-9]{10,29}(\\.[0-9]{1,2})?"),
        1 => pattern("[0-9](\\.[0-9])?e[0-3]"),
        1 => one_of(&["999.99", "-999.99", "999.995", "999.994", "1000", "0.005", "-0", "-0.001", "1e400", "999999999", "1.1"]),
        1 => nothing(),
    ]
    .boxed()
}

fn documents() -> Texts {
    let scalar = prop_oneof![
        pattern("-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"),
        pattern("\"[a-zé\u{1f600}\\\\/\"]{0,4}\""),
        pattern("\"\\\\(u[0-9a-fD]{4}|[bfnrt/]|x)\""),
        one_of(&["null", "true", "false", "True", "[]", "{}", "01", "1e400"]),
    ];
    let object = (
        pattern("[ab]{0,2}"),
        scalar.clone(),
        pattern("[ab]{0,2}"),
        scalar.clone(),
    )
        .prop_map(|(a, x, b, y)| {
            [b"{\"", &a[..], b"\":", &x, b" , \"", &b, b"\" : ", &y, b"}"].concat()
        });
    prop_oneof![
        3 => scalar.clone(),
        3 => object,
        1 => vec(scalar, 0..4).prop_map(|items| [b"[", &items.join(&b',')[..], b"]"].concat()),
        1 => nothing(),
    ]
    .boxed()
}

fn vectors() -> Texts {
    prop_oneof![
        4 => pattern("\\[ ?-?[0-9]{1,3}(\\.[0-9]{1,9})?(,-?[0-9]e-?[0-9]{1,2}){0,2}\\]"),
        1 => one_of(&["[]", "[1,2,3,4]", "[1e39]", "[1e-46]", "[1,", "1,2,3", "[a]"]),
    ]
    .boxed()
}

fn points(coordinate: &str) -> Texts {
    let point = format!("(POINT|Point|point) ?\\( ?{coordinate} {coordinate}\\)");
    prop_oneof![
        6 => pattern(&point),
        1 => one_of(&["POINT(1)", "POINT(1 2", "LINESTRING(0 0,1 1)", "POINT(91 2)", "000000000101000000000000000000F03F0000000000000040"]),
    ]
    .boxed()
}

fn addresses() -> Texts {
    prop_oneof![
        4 => pattern("((0|1|ffff|2001|DB8):){7}(0|1|abcd)"),
        2 => pattern("(0|1|ffff)::(0|1|FFFF)(:(0|1)){0,4}"),
        1 => pattern("::(ffff:)?[0-9]{1,2}\\.[0-9]{1,2}\\.0\\.[1-9]"),
        2 => one_of(&["::", "::1", "1::", "1.2.3.4", "fe80::1%eth0", "00001::", ":1", "::ffff:0:0", "1:2:3:4:5:6:7::"]),
    ]
    .boxed()
}

fn uuids() -> Texts {
    prop_oneof![
        4 => pattern("[0-9a-fA-F]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        2 => pattern("[0-9a-f]{32}"),
        1 => pattern("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        1 => one_of(&["", "6ccd780c", "{6ccd780c-baba-1026-9564-5b8c656024db}", "6ccd-780cbaba-1026-9564-5b8c656024db"]),
    ]
    .boxed()
}
