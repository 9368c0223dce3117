//! The checks of a server. Each is a pure function of the facts about the server and of what the
//! run needs.

use super::{Check, Facts, Requirements, Right, Role, engine};
use crate::db::Support;
use crate::engines::Globals;
use crate::target::SqlLoad;
use model::flavour::Flavour;
use model::wording::grouped;
use mysql_schema::quote::quote_identifier;

pub(super) const MIB: u64 = 1 << 20;

/// The smallest max_allowed_packet in bytes with which a server accepts the packets of a LOAD DATA
/// stream, with a reserve for their headers.
const SMALLEST_PACKET: u64 = 512 << 10;

/// All checks of a server.
pub fn judge(facts: &Facts, needs: &Requirements) -> Vec<Check> {
    let role = Role::of(facts);
    let mut checks = vec![
        server(facts),
        engine::judge(facts),
        role.judge(facts, needs),
        rights(facts, needs),
        local_infile(facts, needs),
        sql_mode(facts),
        charset(facts, needs),
        super::disk::judge(facts, needs),
        binary_log(facts, needs, &role),
        max_allowed_packet(facts, needs),
        connections(facts, needs),
        super::account::judge(&facts.limits, needs),
    ];
    checks.extend(super::role::transaction_size(facts, needs, &role));
    checks.extend(engine::keys(facts, needs));
    let skipped = |check: Check| match needs.skip.iter().any(|s| s.name() == check.name) {
        true => check.skipped(),
        false => check,
    };
    checks.into_iter().map(skipped).collect()
}

fn server(facts: &Facts) -> Check {
    const NAME: &str = "server";
    let (server, url) = (&facts.server, &facts.url);
    match server.support() {
        // if the engine was not tested, the checks of the engine and of the role warn
        Support::Supported | Support::Untested => Check::pass(NAME, format!("{server} at {url}")),
        Support::TooOld(major, minor) => Check::fail(NAME, server.too_old(url, (major, minor))),
        Support::Unknown => Check::warn(
            NAME,
            format!(
                "the server at {url} reports the version \"{}\", which cannot be parsed; MySQL 8.0 and MariaDB 10.6 or later are supported",
                server.version
            ),
        ),
    }
}

fn rights(facts: &Facts, needs: &Requirements) -> Check {
    let database = &facts.database;
    let mut needed = vec!["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER"];
    if needs.foreign_keys && facts.server.flavour == Flavour::MySql {
        needed.push("REFERENCES");
    }
    if needs.drops_tables {
        needed.push("DROP");
    }
    let of = |wanted: Right| {
        let found = needed
            .iter()
            .filter(|p| facts.grants.right(p, database) == wanted);
        found.copied().collect::<Vec<_>>().join(", ")
    };
    let missing = of(Right::Missing);
    if !missing.is_empty() {
        return Check::fail(
            "rights",
            format!(
                "this account lacks {missing} on {database} at {}; have it granted: GRANT {missing} ON {}.* TO {}",
                facts.url,
                quote_identifier(database),
                facts.account.as_deref().unwrap_or("…")
            ),
        );
    }
    if let Some(check) = special_rights(facts, needs) {
        return check;
    }
    let unknown = of(Right::Unknown);
    if !unknown.is_empty() {
        return Check::pass(
            "rights",
            format!(
                "whether this account has {unknown} on {database} was not checked, because a role \
                 or a grant on a table decides it"
            ),
        );
    }
    let scratch = crate::inspect::scratch_name(database);
    let words = match facts.grants.right("CREATE", &scratch) {
        Right::Held => format!("the account has all needed privileges on {database}"),
        _ => format!(
            "the account has all needed privileges on {database}, but may not create another \
             database, so schema.sql is parsed without the server"
        ),
    };
    Check::pass("rights", words)
}

/// A failed check, if an option needs a privilege that the account lacks.
fn special_rights(facts: &Facts, needs: &Requirements) -> Option<Check> {
    let database = &facts.database;
    let admin = [
        "SUPER",
        "SYSTEM_VARIABLES_ADMIN",
        "SESSION_VARIABLES_ADMIN",
        "BINLOG ADMIN",
    ];
    if needs.skip_binlog && facts.grants.global_right(&admin) == Right::Missing {
        return Some(Check::fail(
            "rights",
            "--skip-binlog needs a privilege to set sql_log_bin (SYSTEM_VARIABLES_ADMIN or SESSION_VARIABLES_ADMIN, on MariaDB BINLOG ADMIN), which this account lacks; \
             leave the option out, or ask for the privilege",
        ));
    }
    let sibling = crate::db::sibling_name(database, "__reviewseed_new");
    if needs.replace && facts.grants.right("CREATE", &sibling) == Right::Missing {
        return Some(Check::fail(
            "rights",
            format!(
                "--replace loads into a second database, which this account may not create; have it granted: \
                 GRANT ALL ON `{}\\_\\_reviewseed%`.* TO {}, or empty the tables and run seed without --replace",
                database.replace('_', "\\_"),
                facts.account.as_deref().unwrap_or("…")
            ),
        ));
    }
    None
}

fn local_infile(facts: &Facts, needs: &Requirements) -> Check {
    const NAME: &str = "local_infile";
    let off = "LOAD DATA LOCAL is off on this server (local_infile=OFF)";
    let engine = facts.server.engine;
    let may = match engine.globals {
        Globals::Set => facts
            .grants
            .global_right(&["SUPER", "SYSTEM_VARIABLES_ADMIN"]),
        Globals::Console(_) => Right::Missing,
    };
    if let Some(check) = engine::without_local_infile(engine, needs.load) {
        return check;
    }
    let by_hand = engine::how_to_set(engine, "local_infile = ON");
    match (facts.is_on(NAME), needs.load) {
        (_, Some(SqlLoad::Insert)) => Check::pass(NAME, "not needed with --load insert"),
        (true, _) => Check::pass(NAME, "ON"),
        (false, _) if needs.set_global => match (may, needs.load) {
            (Right::Missing, Some(SqlLoad::LocalInfile)) => Check::fail(
                NAME,
                format!(
                    "{off}, and this account may not switch it on (SYSTEM_VARIABLES_ADMIN); use --load insert, or have an administrator do it: {by_hand}"
                ),
            ),
            (Right::Missing, _) => Check::warn(
                NAME,
                format!(
                    "{off}, and this account may not switch it on (SYSTEM_VARIABLES_ADMIN); using INSERT, which takes about twice as long; an administrator can switch it on: {by_hand}"
                ),
            ),
            _ => Check::pass(
                NAME,
                "OFF; --set-global switches it on for the load, and off afterwards",
            ),
        },
        (false, Some(SqlLoad::LocalInfile)) => Check::fail(
            NAME,
            match may {
                Right::Missing => format!(
                    "{off}, and this account may not switch it on; use --load insert, or have an administrator do it: {by_hand}"
                ),
                _ => format!(
                    "{off}; switch it on ({by_hand}), add --set-global, or use --load insert"
                ),
            },
        ),
        (false, None) => Check::warn(
            NAME,
            match may {
                Right::Held => format!(
                    "{off}; using INSERT, which takes about twice as long; --set-global would switch it on"
                ),
                Right::Unknown => format!(
                    "{off}; using INSERT, which takes about twice as long; --set-global would \
                     switch it on if this account may do that, which its grants do not show"
                ),
                Right::Missing => format!(
                    "{off}, and this account may not switch it on; using INSERT, which takes about twice as long; an administrator can switch it on: {by_hand}"
                ),
            },
        ),
    }
}

fn sql_mode(facts: &Facts) -> Check {
    const NAME: &str = "sql_mode";
    for needed in ["STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO"] {
        if !facts.session_mode.split(',').any(|mode| mode == needed) {
            return Check::fail(
                NAME,
                format!(
                    "the server at {} does not let a session set its own sql_mode (it is \"{}\"), so wrong values would be changed instead of rejected; \
                     use the server itself in --database-url, not a proxy",
                    facts.url, facts.session_mode
                ),
            );
        }
    }
    Check::pass(
        NAME,
        "strict; reviewseed sets it for each session, whatever the server's default is",
    )
}

fn charset(facts: &Facts, needs: &Requirements) -> Check {
    const NAME: &str = "charset";
    let charset = facts.charset.as_deref().unwrap_or("unknown");
    if charset.starts_with("utf8mb4") {
        return Check::pass(NAME, format!("utf8mb4 in {}", facts.database));
    }
    match needs.without_charset.as_slice() {
        [] => Check::pass(NAME, "the schema names a character set for each table"),
        tables => Check::warn(
            NAME,
            format!(
                "the database {} has character set {charset}, and the schema names none for {}: \
                 rows with characters that {charset} lacks are rejected; write DEFAULT \
                 CHARSET=utf8mb4 into the schema",
                facts.database,
                tables.join(", ")
            ),
        ),
    }
}

fn binary_log(facts: &Facts, needs: &Requirements, role: &Role) -> Check {
    const NAME: &str = "binary log";
    if !facts.server.engine.has_binary_log {
        return engine::without_binary_log(facts.server.engine, needs);
    }
    match (facts.is_on("log_bin"), needs.skip_binlog) {
        (false, _) => Check::pass(NAME, "OFF"),
        (true, true) if role.feeds_others() => Check::warn(
            NAME,
            format!(
                "with --skip-binlog, the replicas of {} do not get the rows and will differ; leave \
                 the option out unless this is intended",
                facts.url
            ),
        ),
        (true, true) => Check::pass(
            NAME,
            "ON; with --skip-binlog, the sessions that load rows do not write to it",
        ),
        (true, false) if role.feeds_others() => Check::pass(
            NAME,
            "ON; the run writes its rows to it, because other servers replicate from this one",
        ),
        (true, false) => Check::pass(
            NAME,
            "ON; if no replica or backup needs the rows, --skip-binlog avoids writing them twice",
        ),
    }
}

fn max_allowed_packet(facts: &Facts, needs: &Requirements) -> Check {
    const NAME: &str = "max_allowed_packet";
    let Some(packet) = facts.number(NAME) else {
        return Check::pass(NAME, "unknown");
    };
    let next = "raise max_allowed_packet on the server (SET GLOBAL max_allowed_packet = 67108864)";
    if packet < SMALLEST_PACKET {
        return Check::fail(
            NAME,
            format!(
                "the server at {} accepts packets of {} bytes only, and a batch is sent in packets of up to {}; {next}",
                facts.url,
                grouped(packet),
                grouped(SMALLEST_PACKET)
            ),
        );
    }
    // in a statement, a value may take twice its bytes, because characters are escaped
    if packet / 2 < needs.max_record {
        return Check::warn(
            NAME,
            format!(
                "the server at {} accepts packets of {} bytes, and records may have {}: INSERT rejects a row that is longer than a packet; {next}",
                facts.url,
                grouped(packet),
                grouped(needs.max_record)
            ),
        );
    }
    Check::pass(NAME, format!("{} bytes", grouped(packet)))
}

fn connections(facts: &Facts, needs: &Requirements) -> Check {
    const NAME: &str = "connections";
    let (Some(most), Some(now)) = (
        facts.number("max_connections"),
        facts.number("Threads_connected"),
    ) else {
        return Check::pass(NAME, "unknown");
    };
    let left = most.saturating_sub(now);
    // each worker may need one connection of sqlx and one of mysql_async
    let needed = 2 * needs.connections as u64;
    if left < needed {
        return Check::warn(
            NAME,
            format!(
                "the server at {} has {left} of {most} connections left, and this run may need {needed}; lower --connections",
                facts.url
            ),
        );
    }
    Check::pass(
        NAME,
        format!("{left} of {most} are left, and {needed} may be needed"),
    )
}

#[cfg(test)]
mod tests;
