use std::fs;
use std::io::Write;

use super::*;
use crate::source::Source;
use mysql_schema::parse::parse;

/// Opens files of the table `t` in the order given.
fn opened(files: &[(&str, &[u8])], columns: &str, read: &TableInput) -> Result<Source> {
    let folder = tempfile::tempdir().unwrap();
    let sql = format!("CREATE TABLE t ({columns})");
    let table = &parse(&sql, "test").unwrap().tables[0];
    let mut inputs = Vec::new();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        inputs.push(InputFile::open(&path, "t", &read.format)?);
    }
    Source::of_files(inputs, table, read)
}

fn error_of(files: &[(&str, &[u8])], columns: &str) -> String {
    let Err(error) = opened(files, columns, &TableInput::default()) else {
        return String::new();
    };
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
    causes
        .map(|cause| cause.to_string())
        .collect::<Vec<_>>()
        .join(": ")
}

#[test]
fn the_start_of_a_file_that_is_no_json_says_what_it_is() {
    for (name, text, words) in [
        (
            "t.jsonl",
            &b"{\"id\":1}\r{\"id\":2}\r"[..],
            "end with CR alone",
        ),
        (
            "t.jsonl",
            b"{\0\"\0i\0d\0\"\0:\x001\0}\0\n\0",
            "--encoding utf-16le",
        ),
        ("t.jsonl", b"{\n \"id\": 1\n}\n", "jq -c"),
        (
            "t.jsonl",
            b"{\"id\":1,}\n{}\n",
            "key must be a string, at byte 9",
        ),
    ] {
        let error = error_of(&[(name, text)], "id INT, a TEXT");
        assert!(error.contains(words), "{words}: {error}");
    }
    let error = error_of(&[("t.json", b"[{\"id\":1} {\"id\":2}]")], "id INT");
    assert!(
        error.ends_with("trailing characters, at byte 10"),
        "{error}"
    );
}

#[test]
fn a_later_file_begins_a_record_or_continues_one() {
    for (text, begins) in [
        ("{\"a\": 1}\n", Some(true)),
        ("{\"a\": 1}", Some(true)),
        (" {\"a\": 1", Some(true)),
        ("{\"a\": 1}{\"b\": 1}\n", Some(true)),
        ("{\"a\": 1}}\n{}", Some(false)),
        ("{\"a\": 1}, \"b\": 2}\n", Some(false)),
        ("{\"a\": 1}]}\n", Some(false)),
        ("\"a\": 1}\n", Some(false)),
        ("", Some(false)),
    ] {
        assert_eq!(begins_record(text.as_bytes(), true), begins, "{text}");
    }
    assert_eq!(begins_record(b"{\"a\": 1", false), None);
}

#[test]
fn an_array_that_does_not_end_does_not_make_its_packing_damaged() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"[{\"id\":1},\n{\"id\":2}").unwrap();
    let error = error_of(&[("t.json.gz", &packed.finish().unwrap())], "id INT");
    assert!(
        error.contains("the file's JSON array does not end"),
        "{error}"
    );
    assert!(!error.contains("gzip data"), "{error}");
}

#[cfg(feature = "parquet")]
mod of_parquet {
    use std::io::Read;
    use std::sync::Arc;

    use ::parquet::column::writer::ColumnWriter;
    use ::parquet::data_type::Int64Type;
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    use super::*;

    /// A file with one row, in which every column is NULL.
    fn file(columns: &str) -> Vec<u8> {
        let schema = format!("message t {{ optional int32 id; {columns} }}");
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        let mut rows = writer.next_row_group().unwrap();
        let level = Some(&[0][..]);
        while let Some(mut column) = rows.next_column().unwrap() {
            match column.untyped() {
                ColumnWriter::Int32ColumnWriter(c) => c.write_batch(&[], level, level).unwrap(),
                ColumnWriter::ByteArrayColumnWriter(c) => c.write_batch(&[], level, level).unwrap(),
                _ => panic!("no test has such a column"),
            };
            column.close().unwrap();
        }
        rows.close().unwrap();
        writer.into_inner().unwrap()
    }

    const TEXT: &str = "optional binary a (STRING);";
    const BYTES: &str = "optional binary a;";
    const LIST: &str =
        "optional group a (LIST) { repeated group list { optional int32 element; } }";
    const TWICE: &str = "optional int32 a; optional int32 a;";

    #[test]
    fn bytes_or_a_repeated_name_for_a_column_are_an_error_in_any_file() {
        for (later, columns, words) in [
            (TEXT, "id INT, a TEXT", ""),
            (BYTES, "id INT, a TEXT", "t-2.parquet: column a holds bytes"),
            (BYTES, "id INT, a BLOB", ""),
            (
                TWICE,
                "id INT, a TEXT",
                "t-2.parquet: two columns have the name a",
            ),
            (TWICE, "id INT, b TEXT", ""),
            (LIST, "id INT, a JSON", ""),
        ] {
            let files = [file(TEXT), file(later)];
            let files = [
                ("t-1.parquet", &files[0][..]),
                ("t-2.parquet", &files[1][..]),
            ];
            let error = error_of(&files, columns);
            assert!(
                error.contains(words) && error.is_empty() == words.is_empty(),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_parquet_file_is_said() {
        let packed = [&b"\x1f\x8b\x08\0"[..], &[0; 30]].concat();
        for (name, bytes, words) in [
            ("t.parquet", &b"id,a\n1,2\n"[..], "is not a Parquet file"),
            ("t.parquet", b"PARE and more PARE", "encrypted footer"),
            ("t.parquet.gz", &packed, "is a compressed Parquet file"),
        ] {
            let error = error_of(&[(name, bytes)], "id INT");
            assert!(error.contains(words), "{name}: {error}");
        }
    }

    #[test]
    fn the_size_of_the_text_is_estimated_and_reading_it_makes_progress() {
        let schema = Arc::new(parse_message_type("message t { required int64 id; }").unwrap());
        let properties = Arc::new(WriterProperties::default());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        let mut rows = writer.next_row_group().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        let ids: Vec<i64> = (0..100_000).map(|n| n * 7_919).collect();
        column
            .typed::<Int64Type>()
            .write_batch(&ids, None, None)
            .unwrap();
        column.close().unwrap();
        rows.close().unwrap();
        let bytes = writer.into_inner().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        fs::write(&path, &bytes).unwrap();
        let table = &parse("CREATE TABLE t (id BIGINT)", "test").unwrap().tables[0];
        let source = Source::open(path, table).unwrap();

        let mut text = Vec::new();
        source.text().read_to_end(&mut text).unwrap();
        let (size, all) = (source.text_size(), text.len() as u64);
        assert!(
            !size.exact && (all / 2..all * 2).contains(&size.bytes),
            "{size:?} of {all}"
        );
        let (half, raw) = (source.raw_position(all / 2), bytes.len() as u64);
        assert!((raw / 4..raw).contains(&half), "{half} of {raw}");
    }
}
