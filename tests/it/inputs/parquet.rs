//! Parquet files give the same rows as CSV. Rejected rows are written as lines of JSON.

use std::fs::{self, File};
use std::sync::Arc;

use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const TABLE: &str = "CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, label VARCHAR(30) NOT NULL, \
    price DECIMAL(9,2), sold DATE, seen DATETIME(6), paid BOOLEAN, weight DOUBLE, raw VARBINARY(9), doc JSON);";
const SCHEMA: &str = "message sales {
    required int32 id; required binary label (STRING); optional int64 price (DECIMAL(9, 2)); optional int32 sold (DATE);
    optional int64 seen (TIMESTAMP(MICROS, false)); optional boolean paid; optional double weight; optional binary raw; optional binary doc (JSON); }";

/// Rows of one row group.
struct Rows {
    first: i32,
    count: i32,
}

impl Rows {
    fn ids(&self) -> Vec<i32> {
        (self.first..self.first + self.count).collect()
    }

    /// Which rows have values in the columns that may be NULL: all but each fifth.
    fn defined(&self) -> Vec<i16> {
        self.ids().iter().map(|id| i16::from(id % 5 != 0)).collect()
    }

    fn values<T>(&self, of: impl Fn(i32) -> T) -> Vec<T> {
        let ids = self.ids().into_iter().filter(|id| id % 5 != 0);
        ids.map(of).collect()
    }

    fn csv(&self) -> String {
        let line = |id: i32| match id % 5 {
            0 => format!("{id},\"label \"\"{id}\"\"\nnext\",,,,,,,\n"),
            _ => format!(
                "{id},\"label \"\"{id}\"\"\nnext\",{}.{:02},2024-02-{:02},2024-02-29 12:30:00.{id:06},{},{}.5,0x00{:02x},\"{{\"\"a\"\": [{id}]}}\"\n",
                id / 100,
                id % 100,
                1 + id % 28,
                id % 2 == 0,
                id,
                id % 256
            ),
        };
        self.ids().into_iter().map(line).collect()
    }
}

macro_rules! column {
    ($group:expr, $kind:ty, $values:expr, $levels:expr) => {{
        let mut column = $group.next_column().unwrap().unwrap();
        let levels: Option<&[i16]> = $levels;
        column
            .typed::<$kind>()
            .write_batch($values, levels, None)
            .unwrap();
        column.close().unwrap();
    }};
}

fn write_group(group: &mut SerializedRowGroupWriter<'_, File>, rows: &Rows) {
    let defined = rows.defined();
    let some = Some(&defined[..]);
    column!(group, Int32Type, &rows.ids(), None);
    let labels: Vec<_> = rows
        .ids()
        .iter()
        .map(|id| ByteArray::from(format!("label \"{id}\"\nnext").as_str()))
        .collect();
    column!(group, ByteArrayType, &labels, None);
    column!(group, Int64Type, &rows.values(i64::from), some);
    column!(group, Int32Type, &rows.values(|id| 19_754 + id % 28), some);
    column!(
        group,
        Int64Type,
        &rows.values(|id| 1_709_209_800_000_000 + i64::from(id)),
        some
    );
    column!(group, BoolType, &rows.values(|id| id % 2 == 0), some);
    column!(
        group,
        DoubleType,
        &rows.values(|id| f64::from(id) + 0.5),
        some
    );
    column!(
        group,
        ByteArrayType,
        &rows.values(|id| ByteArray::from(vec![0, (id % 256) as u8])),
        some
    );
    column!(
        group,
        ByteArrayType,
        &rows.values(|id| ByteArray::from(format!("{{\"a\": [{id}]}}").as_str())),
        some
    );
}

fn write(files: &Files, name: &str, groups: &[Rows]) {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let file = File::create(files.path("csv").join(name)).unwrap();
    let properties =
        WriterProperties::builder().set_compression(::parquet::basic::Compression::SNAPPY);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).unwrap();
    for rows in groups {
        let mut group = writer.next_row_group().unwrap();
        write_group(&mut group, rows);
        group.close().unwrap();
    }
    writer.close().unwrap();
}

fn groups() -> Vec<Rows> {
    let of = |(first, count)| Rows { first, count };
    [(1, 700), (701, 3), (704, 1500)].map(of).into()
}

on_both_servers! {
    fn the_rows_are_those_of_the_same_data_as_csv(server: Server) {
        let csv = Files::of_schema(TABLE);
        let text: String = groups().iter().map(Rows::csv).collect();
        csv.put("sales", format!("id,label,price,sold,seen,paid,weight,raw,doc\n{text}"));
        csv.check(&[]).exits(0);
        for load in ["local-infile", "insert"] {
            let (files, scratch) = (Files::of_schema(TABLE), Scratch::new(server));
            write(&files, "sales.parquet", &groups());
            files.seed(&scratch, &["--load", load, "--verify", "full", "--batch-size", "16K"]).exits(0);
            assert_eq!(files.reported("sales")["checksum"], csv.reported("sales")["checksum"], "{load}");
            assert_eq!(files.reported("sales")["loaded"], 2203);
            assert_eq!(
                scratch.value("SELECT CONCAT_WS('/', label, price, sold, seen, paid, weight, HEX(raw)) FROM sales WHERE id = 702"),
                "label \"702\"\nnext/7.02/2024-02-03/2024-02-29 12:30:00.000702/1/702.5/00BE"
            );
            files.verify(&scratch).exits(0);
            // the same files again change nothing
            files.seed(&scratch, &[]).exits(0).says("nothing to do");
        }
    }
}

on_both_servers! {
    fn rejected_rows_are_lines_of_json_that_can_be_corrected_and_added(server: Server) {
        let table = TABLE.replace("label VARCHAR(30)", "label VARCHAR(14)");
        let (files, scratch) = (Files::of_schema(&table), Scratch::new(server));
        write(&files, "sales.parquet", &[Rows { first: 1, count: 12 }, Rows { first: 7, count: 2 }]);
        files.seed(&scratch, &["--max-rejects", "100%"]).exits(0);
        // labels from 10 on are too long by a character; two ids occur twice
        let rejected = files.rejected("sales");
        assert_eq!(rejected, [10, 11, 12].map(|line| (line, "too_long".to_owned())).into_iter()
            .chain([13, 14].map(|line| (line, "duplicate_key".to_owned()))).collect::<Vec<_>>());
        let lines = String::from_utf8(files.rejects("sales.jsonl")).unwrap();
        assert!(lines.starts_with("{\"id\":10,\"label\":\"label \\\"10\\\"\\nnext\",\"price\":null,"), "{lines}");
        fs::write(files.path("rejects/sales.jsonl"), lines.replace("label", "l").replace("\"l\":", "\"label\":").replace("\"id\":", "\"id\":2")).unwrap();
        files.seed(&scratch, &["--append", "--map", "sales=rejects/sales.jsonl", "--rejects", "again"]).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM sales WHERE id > 9"), "27,28,210,211,212");
    }
}

const LISTS: &str = "message t { required int32 id;
    optional group tags (LIST) { repeated group list { optional binary element (STRING); } }
    repeated group images { required binary url (STRING); } }";

on_both_servers! {
    fn lists_fill_json_columns_and_child_tables(server: Server) {
        let files = Files::of_schema(
            "CREATE TABLE posts (id INT NOT NULL PRIMARY KEY, tags JSON);
             CREATE TABLE images (post_id INT NOT NULL, number INT NOT NULL, url VARCHAR(9) NOT NULL, PRIMARY KEY (post_id, number));",
        );
        write_lists(&files);
        let scratch = Scratch::new(server);
        let settings = ["--set", "images.each=$.images", "--set", "images.post_id.from=$.id", "--set", "images.number.from=@#", "--set", "images.files=posts.parquet", "--verify", "full"];
        files.seed(&scratch, &settings).exits(0);
        let tags = "SELECT GROUP_CONCAT(CONCAT_WS(' ', id, JSON_UNQUOTE(JSON_EXTRACT(tags, '$[0]')), JSON_LENGTH(tags)) ORDER BY id) FROM posts";
        assert_eq!(scratch.value(tags), "1 a 2,2,3 0");
        let images = "SELECT GROUP_CONCAT(CONCAT_WS(' ', post_id, number, url) ORDER BY post_id, number) FROM images";
        assert_eq!(scratch.value(images), "1 1 u1,1 2 u2,3 1 u3");
    }
}

/// `posts.parquet`: rows with a list of texts and a list of groups.
fn write_lists(files: &Files) {
    let schema = Arc::new(parse_message_type(LISTS).unwrap());
    let file = File::create(files.path("csv/posts.parquet")).unwrap();
    let properties = Arc::new(WriterProperties::default());
    let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    column!(group, Int32Type, &[1, 2, 3], None);
    let texts =
        |texts: &[&str]| -> Vec<ByteArray> { texts.iter().map(|t| ByteArray::from(*t)).collect() };
    for (values, defined, repeated) in [
        (texts(&["a"]), [3, 2, 0, 1], [0, 1, 0, 0]),
        (texts(&["u1", "u2", "u3"]), [1, 1, 0, 1], [0, 1, 0, 0]),
    ] {
        let mut column = group.next_column().unwrap().unwrap();
        let typed = column.typed::<ByteArrayType>();
        typed
            .write_batch(&values, Some(&defined), Some(&repeated))
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn what_cannot_be_read_is_named() {
    let files = Files::of_schema(TABLE);
    // by the name, by the setting, and by the content of a file with another name
    files.put("sales", "no Parquet");
    fs::rename(files.path("csv/sales.csv"), files.path("csv/sales.parquet")).unwrap();
    files
        .check(&[])
        .exits(2)
        .says("csv/sales.parquet is not a Parquet file");
    fs::remove_file(files.path("csv/sales.parquet")).unwrap();
    write(&files, "sales.csv", &groups());
    files.check(&[]).exits(0);
    files.check(&["--set", "sales.format=csv"]).exits(2);
    fs::rename(files.path("csv/sales.csv"), files.path("csv/sales.data")).unwrap();
    files
        .check(&[
            "--map",
            "sales=csv/sales.data",
            "--set",
            "sales.format=parquet",
        ])
        .exits(0);
    // bytes of which nothing says that they are text
    let text = Files::of_schema(&TABLE.replace("raw VARBINARY(9)", "raw VARCHAR(9)"));
    write(&text, "sales.parquet", &groups());
    text.check(&[])
        .exits(2)
        .says("column raw holds bytes that are not declared as UTF-8 text");
    text.check(&["--set", "sales.ignore=raw"])
        .exits(0)
        .says("sales: columns left out: raw");
    // two formats of one table
    write(&files, "sales.parquet", &groups());
    files.put("sales", "id,label\n1,a\n");
    files.check(&[]).exits(2).says("sales.parquet");
}
