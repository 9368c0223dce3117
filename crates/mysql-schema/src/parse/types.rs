//! Names of character sets and collations, which servers rewrite, and advice about types that
//! cannot be loaded.

/// Advice: what to write instead of an unsupported type.
pub fn replacement(written: &str) -> &'static str {
    let name: String = written
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    match name.as_str() {
        "json" | "xmltype" => "write LONGTEXT, and after the load a generated column of that type",
        "bit" if written == "bit(1)" => "write BOOLEAN",
        "bit" => "write BIGINT UNSIGNED",
        "set" => "write VARCHAR",
        "float" | "double" => "it rounds the values; write DECIMAL, or leave the digits out",
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            "write VARCHAR or TEXT for a text that encodes the bytes, such as hexadecimal digits"
        }
        "inet4" | "inet6" | "uuid" => "write VARCHAR",
        "point" | "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "geomcollection" => {
            "write TEXT for WKT, and after the load a generated column of that type"
        }
        _ => {
            "supported are integers, BOOLEAN, DECIMAL, FLOAT, DOUBLE, DATE, DATETIME, TIMESTAMP, TIME, YEAR, CHAR, VARCHAR, \
             TEXT and ENUM"
        }
    }
}

/// The name in `information_schema`: `utf8` is an alias of `utf8mb3`.
pub fn charset_name(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "utf8" => "utf8mb3".to_owned(),
        other => other.to_owned(),
    }
}

/// The name in `information_schema`: `utf8_bin` is an alias of `utf8mb3_bin`.
pub fn collation_name(name: &str) -> String {
    let name = name.to_lowercase();
    match name.strip_prefix("utf8_") {
        Some(rest) => format!("utf8mb3_{rest}"),
        None => name,
    }
}

/// The character set of a collation: the text before the first underscore.
pub fn charset_of(collation: &str) -> String {
    collation.split('_').next().unwrap_or_default().to_owned()
}
