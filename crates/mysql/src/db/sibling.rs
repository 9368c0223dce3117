//! Names of the databases that reviewseed creates next to the one that is loaded.

/// Longest name of a database, in characters.
const LONGEST_NAME: usize = 64;

/// Name of a database that reviewseed creates for `database`: the name of `database` with `suffix`.
/// If this is too long, a hash replaces the end of the name of `database`.
pub fn sibling_name(database: &str, suffix: &str) -> String {
    let room = LONGEST_NAME - suffix.len();
    if database.chars().count() <= room {
        return format!("{database}{suffix}");
    }
    let hash = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(database.as_bytes()));
    let start: String = database.chars().take(room - hash.len()).collect();
    format!("{start}{hash}{suffix}")
}
