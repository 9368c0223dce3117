//! Geometries: the bytes that MySQL 9.7.4 stored for each text, and what it rejected.

use proptest::prelude::*;

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn stored(text: &str, srid: Option<u32>) -> Result<String, Rule> {
    let stored = geometry(text.as_bytes(), Shape::Any, srid);
    stored.map(|bytes| hex(&bytes)).map_err(|fault| fault.rule)
}

const POINT: &str = "000000000101000000000000000000F03F0000000000000040";

#[test]
fn texts_become_the_bytes_of_the_server() {
    for (text, expected) in [
        ("POINT(1 2)", POINT),
        (" Point ( 1   2 ) ", POINT),
        ("POINT(+1 2.)", POINT),
        ("GEOMETRYCOLLECTION EMPTY", "00000000010700000000000000"),
        ("GEOMETRYCOLLECTION()", "00000000010700000000000000"),
        (
            "MULTIPOINT(0 0,(1 1))",
            "000000000104000000020000000101000000000000000000000000000000000000000101000000000000000000F03F000000000000F03F",
        ),
        (
            "POLYGON((0 0,0 1,1 1,1 0,0 0))",
            "0000000001030000000100000005000000000000000000000000000000000000000000000000000000000000000000F03F000000000000F03F000000000000F03F000000000000F03F000000000000000000000000000000000000000000000000",
        ),
        (
            "GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(POINT(1 1)))",
            "000000000107000000020000000101000000000000000000F03F00000000000000400107000000010000000101000000000000000000F03F000000000000F03F",
        ),
    ] {
        assert_eq!(stored(text, None).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn the_latitude_comes_first_in_texts_and_the_longitude_in_stored_bytes() {
    let expected = "E6100000010100000000000000000024400000000000003440";
    for text in [
        "POINT(20 10)",
        "010100000000000000000034400000000000002440",
        "0x0000000001403400000000000040240000000000 00"
            .replace(' ', "")
            .as_str(),
        expected,
    ] {
        assert_eq!(stored(text, Some(4326)).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(stored("POINT(120 10)", Some(4326)), Err(Rule::OutOfRange));
    assert_eq!(stored("POINT(10 181)", Some(4326)), Err(Rule::OutOfRange));
    assert!(
        stored("POINT(120 10)", Some(3857))
            .unwrap()
            .starts_with("110F0000")
    );
    // the SRID of the bytes is not that of the column
    assert_eq!(stored(expected, None), Err(Rule::NotAGeometry));
}

#[test]
fn what_the_server_rejects_is_rejected() {
    for text in [
        "",
        "POINT",
        "POINT EMPTY",
        "POINT()",
        "POINT(1)",
        "POINT(1 2 3)",
        "POINT Z(1 2 3)",
        "POINT(1,2)",
        "POINT(1 2)x",
        "POINT(1e400 1)",
        "POINT(nan 1)",
        "POINT(a b)",
        "LINESTRING(0 0)",
        "LINESTRING EMPTY",
        "POLYGON((0 0,1 1,0 0))",
        "POLYGON((0 0,0 1,1 1,1 0))",
        "POLYGON(0 0,0 1,1 1,0 0)",
        "MULTIPOINT()",
        "MULTIPOLYGON EMPTY",
        "GEOMCOLLECTION(POINT(1 2))",
        "GEOMETRY(1 2)",
        "GEOMETRYCOLLECTION(POINT(1 2)",
        "SRID=0;POINT(1 2)",
        "0x",
        "0101",
        "0101000000000000000000F03F00000000000000",
        "0108000000",
        "01010000000000000000000000000000000000F07F",
        "0104000000FFFFFFFF",
        "010400000001000000010200000001000000000000000000F03F0000000000000040",
    ] {
        assert_eq!(stored(text, None), Err(Rule::NotAGeometry), "{text}");
    }
    let deep = "GEOMETRYCOLLECTION(".repeat(60) + "POINT(1 2)" + &")".repeat(60);
    assert_eq!(stored(&deep, None), Err(Rule::NotAGeometry));
    for text in ["MULTIPOINT(1 2)", "GEOMETRYCOLLECTION(POINT(1 2))"] {
        assert!(geometry(text.as_bytes(), Shape::Collection, None).is_ok());
    }
    assert!(geometry(b"POINT(1 2)", Shape::Collection, None).is_err());
    let fault = geometry(b"LINESTRING(0 0,1 1)", Shape::Point, None).unwrap_err();
    assert_eq!(
        fault.message,
        "the value is a linestring, but the column holds a point"
    );
}

proptest! {
    #[test]
    fn stored_bytes_are_read_back(x in -180f64..180.0, y in -90f64..90.0, count in 2usize..5) {
        let line: Vec<String> = (0..count).map(|at| format!("{} {}", y / at.max(1) as f64, x / at.max(1) as f64)).collect();
        let text = format!("MULTILINESTRING(({0}),({0}))", line.join(","));
        for srid in [None, Some(4326)] {
            let first = match srid {
                Some(_) => text.clone(),
                None => text.replace("((", "( ("),
            };
            let bytes = geometry(first.as_bytes(), Shape::MultiLineString, srid).unwrap();
            let again = geometry(hex(&bytes).as_bytes(), Shape::Any, srid);
            prop_assert_eq!(again, Ok(bytes));
        }
    }

    #[test]
    fn any_bytes_are_read_or_rejected(bytes: Vec<u8>, text in "(POINT|POLYGON|MULTIPOINT|GEOMETRYCOLLECTION)?[() ,0-9.e-]{0,30}") {
        let _ = geometry(&bytes, Shape::Any, None);
        let _ = geometry(text.as_bytes(), Shape::Any, Some(4326));
        let _ = geometry(hex(&bytes).as_bytes(), Shape::Any, None);
    }
}
