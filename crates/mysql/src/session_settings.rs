//! Settings that a user gives the loading sessions, as text like `SET bulk_insert_buffer_size = 1`.
//!
//! A setting on which the run itself relies is an error with the reason.

use std::fmt;

/// The settings of one text, as one statement that a session executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    statement: String,
}

impl SessionSettings {
    /// Parses `SET name = value, name = value`; the word SET may be missing.
    ///
    /// # Errors
    ///
    /// A message, when the text has another form, or sets a variable on which a run relies.
    pub fn parse(text: &str) -> Result<SessionSettings, String> {
        let trimmed = text.trim().trim_end_matches(';').trim_end();
        let list = match trimmed.split_once(char::is_whitespace) {
            Some((word, rest)) if word.eq_ignore_ascii_case("SET") => rest,
            _ => trimmed,
        };
        let mut settings = Vec::new();
        for part in parts(list)? {
            settings.push(setting(part)?);
        }
        Ok(SessionSettings {
            statement: format!("SET {}", settings.join(", ")),
        })
    }

    /// The statement that a session executes.
    pub fn statement(&self) -> &str {
        &self.statement
    }
}

impl fmt::Display for SessionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.statement)
    }
}

/// One setting, `SESSION name = value`.
fn setting(part: &str) -> Result<String, String> {
    let Some((name, value)) = part.split_once('=') else {
        return Err(
            match part.split_whitespace().next().map(str::to_lowercase) {
                Some(word) if word == "names" || word == "character" || word == "charset" => {
                    format!("\"{part}\" cannot be set: {UTF8}")
                }
                _ => format!("\"{part}\" is not a setting such as name = value"),
            },
        );
    };
    let (name, value) = (name.trim().trim_end_matches(':').trim_end(), value.trim());
    if value.is_empty() || value.contains(';') {
        return Err(format!("\"{part}\" is not a setting such as name = value"));
    }
    let name = name_of(name)?;
    match why_not(&name) {
        Some(why) => Err(format!("{name} cannot be set: {why}")),
        None => Ok(format!("SESSION {name} = {value}")),
    }
}

/// The name of a session variable, in lower case.
fn name_of(written: &str) -> Result<String, String> {
    let lower = written.to_lowercase();
    let bare = lower.strip_prefix("@@").unwrap_or(&lower);
    if bare.starts_with('@') {
        return Err(format!("{written} is a user variable, not a setting"));
    }
    for scope in ["global", "persist", "persist_only"] {
        let rest = bare.strip_prefix(scope);
        if rest.is_some_and(|rest| rest.starts_with(['.', ' '])) {
            return Err(format!(
                "{written} would change the server for everyone; only settings of sessions are \
                 possible"
            ));
        }
    }
    let mut name = bare;
    for scope in ["session", "local"] {
        if let Some(rest) = name.strip_prefix(scope)
            && rest.starts_with(['.', ' '])
        {
            name = rest[1..].trim_start();
        }
    }
    let name = name.trim_matches('`');
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    match !name.is_empty() && name.chars().all(is_plain) {
        true => Ok(name.to_owned()),
        false => Err(format!("\"{written}\" is not the name of a setting")),
    }
}

const UTF8: &str = "rows are sent in UTF-8, so the session must use utf8mb4";
const TRANSACTION: &str =
    "a batch is one transaction with its row in the ledger, so that it is loaded exactly once";
const CHECKED: &str =
    "the run decides which checks the server makes, and makes the other checks itself";
const WAITS: &str =
    "sessions of a run wait for each other, and the run sets the time limits for that";
const SESSION: &str = "it makes the server treat the run as another client or as a replica";
const WARNINGS: &str = "a batch counts only if the server reports no warning and no note";

const REJECTS: &str = "the server would reject statements of the run";

/// The settings on which a run relies, with the reason.
const RELIED_ON: [(&str, &str); 46] = [
    (
        "sql_mode",
        "without the strict mode that the run sets, the server would change values silently",
    ),
    (
        "time_zone",
        "times are sent in UTC, and would be stored shifted",
    ),
    ("character_set_client", UTF8),
    ("character_set_connection", UTF8),
    ("character_set_results", UTF8),
    ("character_set_database", UTF8),
    ("collation_connection", UTF8),
    ("autocommit", TRANSACTION),
    ("completion_type", TRANSACTION),
    ("transaction_isolation", TRANSACTION),
    ("tx_isolation", TRANSACTION),
    ("transaction_read_only", TRANSACTION),
    ("tx_read_only", TRANSACTION),
    ("gtid_next", TRANSACTION),
    ("foreign_key_checks", CHECKED),
    ("unique_checks", CHECKED),
    ("check_constraint_checks", CHECKED),
    ("sql_log_bin", "use --skip-binlog instead"),
    (
        "sql_auto_is_null",
        "it changes the results of queries of the run",
    ),
    ("sql_safe_updates", REJECTS),
    (
        "sql_select_limit",
        "it limits how many rows the run can read",
    ),
    ("sql_big_selects", REJECTS),
    ("max_join_size", REJECTS),
    (
        "max_sort_length",
        "it changes the results of queries of the run",
    ),
    (
        "default_week_format",
        "it changes what the server computes from the rows",
    ),
    (
        "div_precision_increment",
        "it changes what the server computes from the rows",
    ),
    ("insert_id", "it changes AUTO_INCREMENT numbers"),
    ("last_insert_id", "it changes AUTO_INCREMENT numbers"),
    ("identity", "it changes AUTO_INCREMENT numbers"),
    (
        "lc_time_names",
        "it changes what the server computes from the rows",
    ),
    ("pseudo_thread_id", SESSION),
    ("pseudo_slave_mode", SESSION),
    ("pseudo_replica_mode", SESSION),
    ("require_row_format", SESSION),
    ("default_storage_engine", TRANSACTION),
    ("storage_engine", TRANSACTION),
    ("default_tmp_storage_engine", TRANSACTION),
    (
        "timestamp",
        "it changes what the server computes from the rows",
    ),
    ("wait_timeout", WAITS),
    ("net_read_timeout", WAITS),
    ("net_write_timeout", WAITS),
    ("max_execution_time", WAITS),
    ("max_statement_time", WAITS),
    ("max_error_count", WARNINGS),
    ("sql_notes", WARNINGS),
    ("old_mode", "it changes how the server reads values"),
];

fn why_not(name: &str) -> Option<&'static str> {
    let mut relied_on = RELIED_ON.iter();
    relied_on
        .find(|(known, _)| *known == name)
        .map(|(_, why)| *why)
}

/// Why a statement of a user would break the sessions of a run; `None` if it would not.
pub fn why_breaks(statement: &str) -> Option<String> {
    let (word, rest) = statement.split_once(char::is_whitespace)?;
    if !word.eq_ignore_ascii_case("SET") {
        return None;
    }
    let parts = parts(rest).ok()?;
    parts.into_iter().find_map(|part| {
        let (name, _) = part.split_once('=')?;
        let name = name_of(name.trim().trim_end_matches(':').trim_end()).ok()?;
        let of_transactions = ["autocommit", "completion_type", "gtid_next", "sql_log_bin"];
        let breaks = of_transactions.contains(&name.as_str());
        breaks.then(|| {
            format!(
                "{name} cannot be set: {}",
                why_not(&name).unwrap_or_default()
            )
        })
    })
}

/// The parts of a list between its commas, except those in quotes and parentheses.
fn parts(list: &str) -> Result<Vec<&str>, String> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0u32);
    let mut quote = None;
    for (at, character) in list.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(list[begin..at].trim());
                begin = at + 1;
            }
            (None, _) => {}
        }
    }
    if quote.is_some() || depth > 0 {
        return Err(format!(
            "\"{list}\" has a quote or parenthesis that is not closed"
        ));
    }
    parts.push(list[begin..].trim());
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, String> {
        SessionSettings::parse(text).map(|settings| settings.statement)
    }

    #[test]
    fn settings_are_written_for_the_session() {
        let one = "SET SESSION innodb_strict_mode = OFF";
        for same in [
            "innodb_strict_mode = OFF",
            "SET innodb_strict_mode=OFF;",
            "set @@session.innodb_strict_mode := OFF",
            "SET LOCAL `innodb_strict_mode` = OFF",
        ] {
            assert_eq!(parsed(same).as_deref(), Ok(one), "{same}");
        }
        assert_eq!(
            parsed("SET a = CONCAT('x,', \"=\"), b.c = 2").as_deref(),
            Ok("SET SESSION a = CONCAT('x,', \"=\"), SESSION b.c = 2")
        );
    }

    #[test]
    fn what_the_loader_relies_on_is_rejected_with_the_reason() {
        for (text, why) in [
            ("sql_mode = ''", "change values silently"),
            ("SET a = 1, @@SESSION.Time_Zone='SYSTEM'", "stored shifted"),
            ("SET NAMES latin1", "UTF-8"),
            ("autocommit=0", "exactly once"),
            ("unique_checks = 0", "checks"),
            ("identity = 4", "AUTO_INCREMENT numbers"),
            ("SET @@session.pseudo_thread_id = 5", "another client"),
            ("default_tmp_storage_engine=MyISAM", "exactly once"),
            ("SET GLOBAL max_connections = 1", "for everyone"),
            ("@@global.x = 1", "for everyone"),
            ("@x = 1", "not a setting"),
            ("DROP TABLE reviews", "not a setting"),
            ("a = 1; DROP TABLE reviews", "not a setting"),
            ("a = 'b", "not closed"),
            ("", "not a setting"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn statements_that_end_transactions_break_a_run() {
        assert!(why_breaks("SET autocommit = 0").is_some());
        assert!(why_breaks("SET @a = 1, SESSION sql_log_bin = 0").is_some());
        for fine in [
            "SET @autocommit = 0",
            "SET sql_mode = ''",
            "UPDATE t SET a = 1",
        ] {
            assert_eq!(why_breaks(fine), None, "{fine}");
        }
    }
}
