//! The checks for what an engine lacks. They read the row of the engine (`engines`).

use super::{Check, Facts, Requirements};
use crate::engines::{Engine, Globals, Standing};
use crate::target::SqlLoad;

const LOCAL_INFILE: &str = "local_infile";

/// Which engine the server is, and whether reviewseed was tested with this engine.
pub(super) fn judge(facts: &Facts) -> Check {
    const NAME: &str = "engine";
    let engine = facts.server.engine;
    let words = format!("{engine}: {}", engine.in_words());
    match engine.standing {
        Standing::Documented => Check::warn(
            NAME,
            format!(
                "{words}; reviewseed follows the documentation of {engine} and was never run on it, \
                 so run `reviewseed verify` afterwards; if it is another engine, name that with --engine"
            ),
        ),
        Standing::Tested | Standing::Unknown => Check::pass(NAME, words),
    }
}

/// Foreign keys and indexes that the engine does not build, and tables that it does not create.
pub(super) fn keys(facts: &Facts, needs: &Requirements) -> Vec<Check> {
    let engine = facts.server.engine;
    let mut checks = Vec::new();
    if needs.foreign_keys && !engine.has_foreign_keys {
        checks.push(Check::warn(
            "foreign keys",
            format!(
                "{engine} adds foreign keys only if an administrator has allowed them; if adding them \
                 fails, use --no-index, which adds no foreign keys and no secondary indexes; seed \
                 rejects orphans in any case"
            ),
        ));
    }
    if needs.replace && !engine.has_table_swap {
        checks.push(Check::fail(
            "replace",
            format!(
                "--replace swaps tables by one RENAME TABLE, which {engine} cannot do; load into \
                 another database, and let readers use that one when the rows are verified"
            ),
        ));
    }
    if !needs.full_text.is_empty() && !engine.has_full_text {
        checks.push(Check::fail(
            "fulltext",
            format!(
                "{engine} has no FULLTEXT indexes, and the schema has {}; take these indexes out \
                 of the schema",
                needs.full_text.join(", ")
            ),
        ));
    }
    if !needs.without_primary_key.is_empty() && facts.is_on("sql_require_primary_key") {
        checks.push(Check::fail(
            "primary keys",
            format!(
                "the server at {} creates no table without a primary key \
                 (sql_require_primary_key=ON), and these tables have none: {}; add primary keys to the schema",
                facts.url,
                needs.without_primary_key.join(", ")
            ),
        ));
    }
    checks
}

/// The check of LOAD DATA LOCAL, if rows are loaded by INSERT, or the engine has no LOAD DATA
/// LOCAL.
pub(super) fn without_local_infile(engine: &Engine, wanted: Option<SqlLoad>) -> Option<Check> {
    match (engine.has_local_infile, wanted, engine.load) {
        (false, Some(SqlLoad::LocalInfile), _) => Some(Check::fail(
            LOCAL_INFILE,
            format!(
                "--load local-infile cannot be used on {engine}: {}; use --load insert",
                engine.load_reason
            ),
        )),
        (_, None, SqlLoad::Insert) => Some(Check::pass(
            LOCAL_INFILE,
            format!(
                "not needed, because rows are loaded by INSERT: {}",
                engine.load_reason
            ),
        )),
        _ => None,
    }
}

/// How an administrator changes a global variable. `setting` is a text such as `local_infile = ON`.
pub(super) fn how_to_set(engine: &Engine, setting: &str) -> String {
    match engine.globals {
        Globals::Set => format!("SET GLOBAL {setting}"),
        Globals::Console(place) => format!("{setting} in {place}"),
    }
}

/// The check of the binary log if there is none.
pub(super) fn without_binary_log(engine: &Engine, needs: &Requirements) -> Check {
    const NAME: &str = "binary log";
    match needs.skip_binlog {
        true => Check::fail(
            NAME,
            format!(
                "{engine} has no binary log that a session can switch off; leave --skip-binlog out"
            ),
        ),
        false => Check::pass(NAME, format!("{engine} has none")),
    }
}
