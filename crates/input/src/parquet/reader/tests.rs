use std::fs::File;
use std::sync::Arc;

use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::parquet::Unusual;

/// Writes a file of one column in each group of rows; `write` writes the columns of a group.
fn written(
    schema: &str,
    groups: usize,
    write: impl Fn(usize, &mut SerializedRowGroupWriter<'_, File>),
) -> Arc<dyn Storage> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = tempfile::tempfile().unwrap();
    let properties = Arc::new(WriterProperties::default());
    let clone = file.try_clone().unwrap();
    let mut writer = SerializedFileWriter::new(clone, schema, properties).unwrap();
    for group in 0..groups {
        let mut rows = writer.next_row_group().unwrap();
        write(group, &mut rows);
        rows.close().unwrap();
    }
    writer.close().unwrap();
    Arc::new(file)
}

fn opened(storage: &Arc<dyn Storage>) -> ParquetFile {
    let bytes = storage.state().unwrap().bytes;
    ParquetFile::open(storage, (0, bytes), "t.parquet").unwrap()
}

fn text(storage: &Arc<dyn Storage>) -> String {
    let mut text = String::new();
    opened(storage)
        .text()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Writes the next column of a group.
macro_rules! column {
    ($rows:expr, $kind:ty, $values:expr, $levels:expr) => {{
        let mut column = $rows.next_column().unwrap().unwrap();
        let levels: Option<&[i16]> = $levels;
        column
            .typed::<$kind>()
            .write_batch($values, levels, None)
            .unwrap();
        column.close().unwrap();
    }};
}

/// Writes the next column of a group, which is in a list, with its levels.
macro_rules! repeated {
    ($rows:expr, $kind:ty, $values:expr, $defined:expr, $repeated:expr) => {{
        let mut column = $rows.next_column().unwrap().unwrap();
        column
            .typed::<$kind>()
            .write_batch($values, Some($defined), Some($repeated))
            .unwrap();
        column.close().unwrap();
    }};
}

#[test]
fn each_type_is_written_as_json() {
    let schema = "message t {
        required boolean flag; optional int32 small; required int64 huge (INTEGER(64, false));
        required int32 day (DATE); required int64 at (TIMESTAMP(MICROS, true)); required int64 clock (TIME(NANOS, false));
        required int64 price (DECIMAL(9, 2)); required float f; required double d;
        required binary name (STRING); required binary doc (JSON); required binary raw;
        required fixed_len_byte_array(16) id (UUID); required int96 old; required fixed_len_byte_array(2) wide (DECIMAL(4, 3)); }";
    let storage = written(schema, 1, |_, rows| {
        column!(rows, BoolType, &[true, false], None);
        column!(rows, Int32Type, &[-7], Some(&[1, 0]));
        column!(rows, Int64Type, &[-1, 0], None);
        column!(rows, Int32Type, &[19_782, -719_529], None);
        column!(rows, Int64Type, &[1_709_209_800_250_000, -1], None);
        column!(
            rows,
            Int64Type,
            &[45_000_250_000_000, 86_399_000_000_001],
            None
        );
        column!(rows, Int64Type, &[123_450, -5], None);
        column!(rows, FloatType, &[0.1, f32::NAN], None);
        column!(rows, DoubleType, &[1e300, -0.0], None);
        let texts = ["a\"\\\n\u{1}é", ""].map(ByteArray::from);
        column!(rows, ByteArrayType, &texts, None);
        column!(
            rows,
            ByteArrayType,
            &["{\"a\":\n1}", "[]"].map(ByteArray::from),
            None
        );
        column!(
            rows,
            ByteArrayType,
            &[ByteArray::from(vec![0, 255]), ByteArray::from(vec![])],
            None
        );
        let ids = [
            FixedLenByteArray::from(vec![0xab; 16]),
            FixedLenByteArray::from(vec![0; 16]),
        ];
        column!(rows, FixedLenByteArrayType, &ids, None);
        let mut old = Int96::new();
        // 12:30:00.25 of 2024-02-29
        let nanos = 45_000_250_000_000u64;
        old.set_data(nanos as u32, (nanos >> 32) as u32, 2_440_588 + 19_782);
        column!(rows, Int96Type, &[old, old], None);
        let wide = [
            FixedLenByteArray::from(vec![0xff, 0xff]),
            FixedLenByteArray::from(vec![0x10, 0]),
        ];
        column!(rows, FixedLenByteArrayType, &wide, None);
    });
    let expected = [
        r#"{"flag":true,"small":-7,"huge":18446744073709551615,"day":"2024-02-29","at":"2024-02-29 12:30:00.25","clock":"12:30:00.25","price":1234.50,"f":0.1,"d":1e300,"name":"a\"\\\n\u0001é","doc":{"a": 1},"raw":"0x00ff","id":"abababab-abab-abab-abab-abababababab","old":"2024-02-29 12:30:00.25","wide":-0.001}"#,
        r#"{"flag":false,"small":null,"huge":0,"day":"-719529 days since 1970","at":"1969-12-31 23:59:59.999999","clock":"23:59:59.000000001","price":-0.05,"f":"NaN","d":-0.0,"name":"","doc":[],"raw":"0x","id":"00000000-0000-0000-0000-000000000000","old":"2024-02-29 12:30:00.25","wide":4.096}"#,
    ];
    let text = text(&storage);
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    let remarks = opened(&storage).remarks().to_vec();
    let raw = Remark {
        column: "raw".to_owned(),
        what: Unusual::Bytes,
    };
    assert_eq!(remarks, [raw]);
}

#[test]
fn a_group_that_is_null_is_written_as_null() {
    let schema = "message t {
        required int32 id;
        optional group user { optional group home { optional int32 zip; optional int32 no; } required int32 n; }
        optional group other { optional int32 x; } }";
    let storage = written(schema, 1, |_, rows| {
        column!(rows, Int32Type, &[1, 2, 3, 4], None);
        column!(rows, Int32Type, &[9], Some(&[0, 1, 2, 3]));
        column!(rows, Int32Type, &[8], Some(&[0, 1, 2, 3]));
        column!(rows, Int32Type, &[5, 6, 7], Some(&[0, 1, 1, 1]));
        column!(rows, Int32Type, &[4], Some(&[0, 1, 0, 2]));
    });
    assert_eq!(
        text(&storage),
        "{\"id\":1,\"user\":null,\"other\":null}\n\
         {\"id\":2,\"user\":{\"home\":null,\"n\":5},\"other\":{\"x\":null}}\n\
         {\"id\":3,\"user\":{\"home\":{\"zip\":null,\"no\":null},\"n\":6},\"other\":null}\n\
         {\"id\":4,\"user\":{\"home\":{\"zip\":9,\"no\":8},\"n\":7},\"other\":{\"x\":4}}\n"
    );
}

#[test]
fn a_line_end_within_a_string_of_a_document_makes_it_no_json() {
    let storage = written("message t { required binary doc (JSON); }", 1, |_, rows| {
        let texts = ["{\n\"a\": 1\r\n}", "{\"a\": \"x\ny\"}"].map(ByteArray::from);
        column!(rows, ByteArrayType, &texts, None);
    });
    let text = text(&storage);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "{\"doc\":{ \"a\": 1  }}");
    assert!(serde_json::from_str::<serde_json::Value>(lines[1]).is_err());
}

#[test]
fn groups_are_objects_and_repeated_fields_are_arrays() {
    let schema = "message t {
        required group user { required int32 id; optional group home { optional int32 zip; } }
        repeated int32 tags; optional int32 last; }";
    let storage = written(schema, 1, |_, rows| {
        column!(rows, Int32Type, &[1, 2], None);
        column!(rows, Int32Type, &[9], Some(&[2, 0]));
        repeated!(rows, Int32Type, &[5, 6], &[1, 1, 0], &[0, 1, 0]);
        column!(rows, Int32Type, &[3], Some(&[0, 1]));
    });
    assert_eq!(
        text(&storage),
        "{\"user\":{\"id\":1,\"home\":{\"zip\":9}},\"tags\":[5,6],\"last\":null}\n\
         {\"user\":{\"id\":2,\"home\":null},\"tags\":[],\"last\":3}\n"
    );
}

#[test]
fn lists_are_arrays_and_maps_are_objects() {
    let schema = "message t {
        optional group names (LIST) { repeated group list { optional binary element (STRING); } }
        required group photos (LIST) { repeated group list { required group element {
            required int32 w; optional group tags (LIST) { repeated int32 array; } } } }
        optional group counts (MAP) { repeated group key_value { required int32 key; optional int64 value; } }
        optional group both { required int32 n; repeated int32 more; }
        required boolean last; }";
    let storage = written(schema, 1, |_, rows| {
        // ["a", null], null, []
        let names = ["a\""].map(ByteArray::from);
        repeated!(rows, ByteArrayType, &names, &[3, 2, 0, 1], &[0, 1, 0, 0]);
        // [{1, [7, 8]}, {2, null}], [], [{3, []}]
        repeated!(rows, Int32Type, &[1, 2, 3], &[1, 1, 0, 1], &[0, 1, 0, 0]);
        repeated!(rows, Int32Type, &[7, 8], &[3, 3, 1, 0, 2], &[0, 2, 1, 0, 0]);
        // {5: 50, 6: null}, {}, null
        repeated!(rows, Int32Type, &[5, 6], &[2, 2, 1, 0], &[0, 1, 0, 0]);
        repeated!(rows, Int64Type, &[50], &[3, 2, 1, 0], &[0, 1, 0, 0]);
        // {4, [9]}, null, {5, []}
        column!(rows, Int32Type, &[4, 5], Some(&[1, 0, 1]));
        repeated!(rows, Int32Type, &[9], &[2, 0, 1], &[0, 0, 0]);
        column!(rows, BoolType, &[true, false, true], None);
    });
    let expected = [
        r#"{"names":["a\"",null],"photos":[{"w":1,"tags":[7,8]},{"w":2,"tags":null}],"counts":{"5":50,"6":null},"both":{"n":4,"more":[9]},"last":true}"#,
        r#"{"names":null,"photos":[],"counts":{},"both":null,"last":false}"#,
        r#"{"names":[],"photos":[{"w":3,"tags":[]}],"counts":null,"both":{"n":5,"more":[]},"last":true}"#,
    ];
    let text = text(&storage);
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn columns_of_a_list_that_contradict_each_other_are_an_error() {
    let schema = "message t { repeated group a { required int32 x; required int32 y; } }";
    let storage = written(schema, 1, |_, rows| {
        repeated!(rows, Int32Type, &[1, 2], &[1, 1], &[0, 1]);
        repeated!(rows, Int32Type, &[1, 2, 3], &[1, 1, 1], &[0, 1, 1]);
    });
    let read = opened(&storage)
        .text()
        .unwrap()
        .read_to_string(&mut String::new());
    let error = read.unwrap_err().to_string();
    assert!(error.contains("different numbers of values"), "{error}");
}

#[test]
fn names_that_two_columns_have_are_noted() {
    let schema =
        "message t { optional int32 a; optional group g { optional int32 x; optional int32 x; }
        optional int32 a; }";
    let storage = written(schema, 0, |_, _| {});
    let twice = |column: &str| Remark {
        column: column.to_owned(),
        what: Unusual::Twice,
    };
    assert_eq!(opened(&storage).remarks(), [twice("g.x"), twice("a")]);
}

#[test]
fn what_is_no_document_cannot_fill_other_columns() {
    let storage = written("message t { required binary doc (JSON); }", 1, |_, rows| {
        let documents = ["1,\"note\":\"x\"", "{", "", "1}{"];
        column!(rows, ByteArrayType, &documents.map(ByteArray::from), None);
    });
    for line in text(&storage).lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_err(),
            "{line}"
        );
    }
}

#[test]
fn row_groups_keep_their_order() {
    let rows_of = |group: usize| 700 * (group % 4) + 3;
    let storage = written("message t { required int64 n; }", 9, |group, rows| {
        let first = 1_000_000 * group as i64;
        let values: Vec<i64> = (first..first + rows_of(group) as i64).collect();
        column!(rows, Int64Type, &values, None);
    });
    let expected = (0..9usize).flat_map(|group| {
        let first = 1_000_000 * group;
        (first..first + rows_of(group)).map(|n| format!("{{\"n\":{n}}}\n"))
    });
    assert_eq!(text(&storage), expected.collect::<String>());
    // nobody reads to the end
    let mut some = [0; 10];
    opened(&storage)
        .text()
        .unwrap()
        .read_exact(&mut some)
        .unwrap();
    assert_eq!(&some, b"{\"n\":0}\n{\"");
}

#[test]
fn a_damaged_file_is_an_error_that_names_it() {
    let storage = written("message t { required int64 n; }", 1, |_, rows| {
        column!(rows, Int64Type, &[1, 2, 3], None);
    });
    let bytes = storage.state().unwrap().bytes;
    let Err(error) = ParquetFile::open(&storage, (0, bytes - 3), "t.parquet") else {
        panic!("it opens");
    };
    let error = error.to_string();
    assert!(
        error.starts_with("t.parquet is damaged or incomplete: "),
        "{error}"
    );
}

#[test]
fn decimals_of_any_width_are_exact() {
    for (bytes, digits) in [
        (vec![0u8; 17], "0"),
        (vec![0xff; 20], "-1"),
        (
            [vec![0, 1], vec![0; 16]].concat(),
            "340282366920938463463374607431768211456",
        ),
        (
            [vec![0x80], vec![0; 15]].concat(),
            "-170141183460469231731687303715884105728",
        ),
        (
            [vec![0xff, 0xff], vec![0; 16]].concat(),
            "-340282366920938463463374607431768211456",
        ),
    ] {
        assert_eq!(value::integer(&bytes).as_deref(), Some(digits));
    }
    assert_eq!(value::integer(&[]), None);
}

#[test]
fn numbers_of_16_bits_are_read() {
    for (bits, number) in [
        (0x3c00u16, 1.0f32),
        (0xc000, -2.0),
        (0x7bff, 65504.0),
        (0x0001, 2f32.powi(-24)),
        (0x7c00, f32::INFINITY),
    ] {
        assert_eq!(value::half(bits.to_le_bytes()).to_bits(), number.to_bits());
    }
    assert!(value::half(0x7e00u16.to_le_bytes()).is_nan());
}

proptest::proptest! {
    #[test]
    fn any_text_is_written_as_json_reads_it(text in "(.|\\PC|[\"\\\\\u{0}-\u{1f}]){0,80}") {
        let mut written = Vec::new();
        value::write_text(text.as_bytes(), &mut written);
        let read: String = serde_json::from_slice(&written).unwrap();
        proptest::prop_assert_eq!(read, text);
    }
}
