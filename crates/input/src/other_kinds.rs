//! Files of kinds that are not read: what they are, and what to do with them.

use model::shell::quoted;

/// Ends of the names of archives that `tar` unpacks.
const OF_TAR: [&str; 6] = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"];

/// How files begin, in lower case, and what they are.
const STARTS: [(&[u8], &str); 9] = [
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is a 7z archive; unpack it: 7z x FILE",
    ),
    (b"rar!", "it is a RAR archive; unpack it first"),
    (
        b"\xfd7zxz\0",
        "it is packed by xz, which is not read; unpack it: xz -d",
    ),
    (
        b"\x04\x22\x4d\x18",
        "it is packed by lz4, which is not read; unpack it: lz4 -d",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "it is a workbook of Excel (.xls); save its sheet as CSV (in UTF-8), and load that file",
    ),
    (
        b"sqlite format 3\0",
        "it is a database of SQLite; export its tables as CSV: sqlite3 -header -csv",
    ),
    (
        b"%pdf-",
        "it is a PDF document; export the data as CSV from the program that made the document",
    ),
    (
        b"\x89png",
        "it is a picture (PNG); name the file with the rows",
    ),
    (
        b"obj\x01",
        "it is an Avro file, which is not read; convert it to Parquet or JSON Lines",
    ),
];

/// What to do with a file that was named instead of a folder. `None` if the file's name does not
/// tell its kind.
pub(super) fn by_name(shown: &str) -> Option<String> {
    let lower = shown.to_ascii_lowercase();
    let file = quoted(shown);
    if OF_TAR.iter().any(|end| lower.ends_with(end)) {
        return Some(format!(
            "{shown} is a tar archive, which is not read; unpack it, and name the folder with its files: tar -xf {file}"
        ));
    }
    if lower.ends_with(".sql") {
        return Some(format!(
            "{shown} is a file of SQL, but a folder with files of rows is expected; use its CREATE TABLE statements with --schema {file}, and run its INSERT statements with the mysql client"
        ));
    }
    None
}

/// The kind of a file that begins with these bytes, and what to do with it. `None` for a file that
/// may have rows.
pub(super) fn by_start(start: &[u8]) -> Option<&'static str> {
    let lower = start.to_ascii_lowercase();
    let mut kinds = STARTS.iter();
    kinds
        .find(|(bytes, _)| lower.starts_with(bytes))
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_what_an_archive_and_a_dump_are() {
        let said = by_name("my data/Dump.TAR.gz").unwrap();
        assert!(said.ends_with("tar -xf 'my data/Dump.TAR.gz'"), "{said}");
        let said = by_name("shop.sql").unwrap();
        assert!(said.contains("--schema shop.sql"), "{said}");
        assert_eq!(by_name("reviews.csv"), None);
    }

    #[test]
    fn the_first_bytes_say_what_a_binary_file_is() {
        let cases: [(&[u8], &str); 5] = [
            (b"7z\xbc\xaf\x27\x1c\0\x04", "7z archive"),
            (b"Rar!\x1a\x07", "RAR archive"),
            (b"\xfd7zXZ\0\0", "xz"),
            (b"SQLite format 3\0", "SQLite"),
            (b"%PDF-1.7", "PDF"),
        ];
        for (start, words) in cases {
            assert!(by_start(start).unwrap().contains(words), "{words}");
        }
        assert_eq!(by_start(b"id,product_id\n"), None);
        assert_eq!(by_start(b"7z,rar\n"), None);
    }
}
