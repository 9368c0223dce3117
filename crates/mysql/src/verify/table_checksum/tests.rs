use super::*;
use model::batch::{BatchSize, Layout};
use mysql_schema::parse::parse;

fn table(columns: &str) -> Table {
    let sql = format!("CREATE TABLE t ({columns}) CHARSET utf8mb4;");
    let mut table = parse(&sql, "schema").unwrap().tables.remove(0);
    for column in table.columns.iter_mut().filter(|c| c.kind.is_text()) {
        column.charset.get_or_insert("utf8mb4".to_owned());
    }
    table
}

fn checksum(flavour: Flavour, table: &Table) -> Result<TableChecksum, String> {
    let names: Vec<&str> = table.columns.iter().map(|c| &*c.name).collect();
    TableChecksum::new(flavour, table, &names, FirstBit::likely_first(table)[0])
}

fn bytes(flavour: Flavour, columns: &str, values: &[Value<'_>]) -> Vec<u8> {
    let table = table(columns);
    let layout = Layout::new(table.columns.iter().map(|c| &c.kind));
    let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
    values.iter().for_each(|value| batch.push(*value));
    batch.finish_row(0, 0, 0, 0);
    let mut record = Vec::new();
    let checksum = checksum(flavour, &table).unwrap();
    checksum.write(&batch, 0, &mut record).unwrap();
    record
}

#[test]
fn numbers_are_little_endian_after_the_null_bits() {
    let columns = "id INT UNSIGNED NOT NULL, n SMALLINT NOT NULL, d DATE NOT NULL";
    let values = [Value::UInt(1), Value::Int(-2), Value::Date(16_437)];
    // without a nullable column, the first bit is the only one that is used
    let expected = [0xff, 1, 0, 0, 0, 0xfe, 0xff, 0x22, 0xbe, 0x0f];
    assert_eq!(bytes(Flavour::MySql, columns, &values), expected);
}

#[test]
fn a_table_with_texts_has_no_reserved_bit() {
    let columns = "id INT NOT NULL, v VARCHAR(9) NOT NULL, n TINYINT";
    let row = |n| [Value::Int(1), Value::Text("ab"), n];
    let mysql = |n| bytes(Flavour::MySql, columns, &row(n));
    assert_eq!(mysql(Value::Int(5)), [0xfe, 1, 0, 0, 0, b'a', b'b', 5]);
    assert_eq!(mysql(Value::Null), [0xff, 1, 0, 0, 0, b'a', b'b', 0]);
    // MariaDB leaves NULL out
    let mariadb = bytes(Flavour::MariaDb, columns, &row(Value::Null));
    assert_eq!(mariadb, [0xff, 1, 0, 0, 0, b'a', b'b']);
}

/// The expected sums were computed by MySQL 9.7.4.
#[test]
fn null_has_the_bytes_that_mysql_gives_it() {
    let of_null = [
        ("TINYINT", 1_751_524_319),
        ("DECIMAL(20,5)", 2_961_834_522),
        ("DOUBLE", 2_839_512_651),
        ("DATE", 3_844_002_363),
        ("DATETIME(3)", 72_647_224),
        ("TIMESTAMP(6) NULL", 2_353_162_442),
        ("TIME(2)", 2_394_271_296),
        ("YEAR", 1_751_524_319),
        ("ENUM('x','y')", 1_751_524_319),
        ("BIT(11)", 3_288_745_707),
        ("CHAR(5)", 1_338_004_548),
        ("BINARY(4)", 1_676_417_147),
    ];
    for (kind, expected) in of_null {
        let columns = format!("id INT NOT NULL, v VARCHAR(3) NOT NULL, c {kind}");
        let row = [Value::Int(1), Value::Text(""), Value::Null];
        let found = crc32fast::hash(&bytes(Flavour::MySql, &columns, &row));
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn tables_whose_rows_the_client_does_not_know_completely_are_not_covered() {
    let nullable = |count: usize| {
        let columns: Vec<String> = (0..count).map(|n| format!("c{n} TEXT")).collect();
        table(&columns.join(", "))
    };
    for (count, covered) in [(1, true), (7, true), (8, false), (9, true), (16, false)] {
        for flavour in [Flavour::MySql, Flavour::MariaDb] {
            let judged = checksum(flavour, &nullable(count));
            assert_eq!(judged.is_ok(), covered, "{count}: {judged:?}");
        }
    }
    assert!(checksum(Flavour::MySql, &table("id INT, j JSON")).is_err());
    let with_default = table("id INT NOT NULL, n INT DEFAULT 5");
    assert!(checksum(Flavour::MySql, &with_default).is_err());
    assert!(checksum(Flavour::MariaDb, &with_default).is_ok());
    let table = table("id INT NOT NULL, n INT");
    let some = TableChecksum::new(Flavour::MySql, &table, &["id"], FirstBit::Reserved);
    assert!(some.is_err());
}

#[test]
fn sums_of_batches_add_up_and_leave_rejected_rows_out() {
    let table = table("id INT NOT NULL");
    let checksum = checksum(Flavour::MySql, &table).unwrap();
    let batch = |ids: &[i64]| {
        let layout = Layout::new(table.columns.iter().map(|c| &c.kind));
        let mut batch = Batch::new(layout, 0, 1, BatchSize::default());
        for id in ids {
            batch.push(Value::Int(*id));
            batch.finish_row(0, 0, 0, 0);
        }
        batch
    };
    let sum = |ids: &[i64]| checksum.of(&batch(ids)).unwrap();
    assert_eq!(sum(&[1, 2, 3]), sum(&[3, 1]).wrapping_add(sum(&[2])));
    let mut rejected = batch(&[1, 2]);
    rejected.reject(0);
    assert_eq!(checksum.of(&rejected), Some(sum(&[2])));
}
