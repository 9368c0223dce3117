//! Names of character sets and collations as servers rewrite them, and advice about types that
//! cannot be loaded.

/// Advice about an unsupported type: what to write instead.
pub fn replacement(written: &str) -> &'static str {
    let name: String = written
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    match name.as_str() {
        "xmltype" => "write LONGTEXT, and add a generated column of that type after the load",
        "point" | "geometry" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" => {
            "the axis order of this SRID is not known here; supported are SRID 0, 3857 and 4326"
        }
        _ => "docs/types.md lists the types that are supported",
    }
}

/// The name of a character set in `information_schema`: `utf8` is an alias of `utf8mb3`.
pub fn charset_name(name: &str) -> String {
    match name.to_lowercase().as_str() {
        "utf8" => "utf8mb3".to_owned(),
        other => other.to_owned(),
    }
}

/// The name of a collation in `information_schema`: `utf8_bin` is an alias of `utf8mb3_bin`.
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
