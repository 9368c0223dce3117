//! Names of CHECK constraints that a server made up.

/// Whether a CHECK has a name such as a server makes up: `t_chk_1` on MySQL, `CONSTRAINT_1` on
/// MariaDB.
pub fn is_made_up_check_name(name: &str, table: &str) -> bool {
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    numbered(&format!("{table}_chk_")) || numbered("CONSTRAINT_")
}
