//! The names that servers generate for CHECK constraints.

/// Whether a server may have generated the name of a CHECK. MySQL generates `t_chk_1`, MariaDB
/// `CONSTRAINT_1`.
pub fn is_generated_check_name(name: &str, table: &str) -> bool {
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    numbered(&format!("{table}_chk_")) || numbered("CONSTRAINT_")
}
