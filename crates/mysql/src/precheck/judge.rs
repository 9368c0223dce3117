//! The judgements about a server, each a pure function of the facts and of what the run wants.

use super::{Check, Facts, Loaded, Requirements, Right, Role};
use crate::db::Support;
use crate::target::SqlLoad;
use model::flavour::Flavour;
use model::wording::grouped;

const MIB: u64 = 1 << 20;

/// Tables and indexes take 2.4 (MariaDB) to 2.9 times (MySQL) the bytes of the files; sorting index
/// entries takes room meanwhile.
const DISK_NEEDED: u64 = 3;
const DISK_WISHED: u64 = 4;

/// What a piece of a LOAD DATA stream takes, with room for its head.
const SMALLEST_PACKET: u64 = 512 << 10;

/// All judgements about a server.
pub fn judge(facts: &Facts, wishes: &Requirements) -> Vec<Check> {
    let role = Role::of(facts);
    let mut checks = vec![
        server(facts),
        role.judge(facts, wishes),
        rights(facts, wishes),
        local_infile(facts, wishes),
        sql_mode(facts),
        charset(facts, wishes),
        disk(facts, wishes),
        binary_log(facts, wishes, &role),
        max_allowed_packet(facts, wishes),
        connections(facts, wishes),
    ];
    checks.extend(super::role::transaction_size(facts, wishes, &role));
    let skipped = |check: Check| match wishes.skip.iter().any(|s| s.name() == check.name) {
        true => check.skipped(),
        false => check,
    };
    checks.into_iter().map(skipped).collect()
}

fn server(facts: &Facts) -> Check {
    const NAME: &str = "server";
    let (server, url) = (&facts.server, &facts.url);
    match server.support() {
        // of another product the role warns
        Support::Supported | Support::Untested(_) => {
            Check::pass(NAME, format!("{server} at {url}"))
        }
        Support::TooOld(major, minor) => Check::fail(NAME, server.too_old(url, (major, minor))),
        Support::Unknown => Check::warn(
            NAME,
            format!(
                "the server at {url} gives its version as \"{}\", which cannot be read; MySQL 8.0 and MariaDB 10.6 or later are supported",
                server.version
            ),
        ),
    }
}

fn rights(facts: &Facts, wishes: &Requirements) -> Check {
    let database = &facts.database;
    let mut needed = vec!["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER"];
    if wishes.foreign_keys && facts.server.flavour == Flavour::MySql {
        needed.push("REFERENCES");
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
                "this account lacks {missing} on {database} at {}; have it granted: GRANT {missing} ON `{database}`.* TO …",
                facts.url
            ),
        );
    }
    if let Some(check) = special_rights(facts, wishes) {
        return check;
    }
    let unknown = of(Right::Unknown);
    if !unknown.is_empty() {
        return Check::pass(
            "rights",
            format!(
                "{unknown} on {database} come by a role or table by table, if at all; not checked"
            ),
        );
    }
    let scratch = crate::inspect::scratch_name(database);
    let words = match facts.grants.right("CREATE", &scratch) {
        Right::Held => format!("all that it takes on {database}"),
        _ => format!(
            "all that it takes on {database}, but no other database can be created, so that schema.sql is read offline"
        ),
    };
    Check::pass("rights", words)
}

/// A failure when an option needs a right that the account lacks.
fn special_rights(facts: &Facts, wishes: &Requirements) -> Option<Check> {
    let database = &facts.database;
    let admin = [
        "SUPER",
        "SYSTEM_VARIABLES_ADMIN",
        "SESSION_VARIABLES_ADMIN",
        "BINLOG ADMIN",
    ];
    if wishes.skip_binlog && facts.grants.global_right(&admin) == Right::Missing {
        return Some(Check::fail(
            "rights",
            "--skip-binlog needs the right to set sql_log_bin (SYSTEM_VARIABLES_ADMIN or SESSION_VARIABLES_ADMIN, on MariaDB BINLOG ADMIN), which this account lacks; \
             leave the option out, or ask for the right",
        ));
    }
    let sibling = crate::db::sibling_name(database, "__reviewseed_new");
    if wishes.replace && facts.grants.right("CREATE", &sibling) == Right::Missing {
        return Some(Check::fail(
            "rights",
            format!(
                "--replace loads into a database beside it, and this account may not create one; have it granted: \
                 GRANT ALL ON `{}\\_\\_reviewseed%`.* TO …, or empty the tables and seed",
                database.replace('_', "\\_")
            ),
        ));
    }
    None
}

fn local_infile(facts: &Facts, wishes: &Requirements) -> Check {
    const NAME: &str = "local_infile";
    let off = "LOAD DATA LOCAL is off on this server (local_infile=OFF)";
    let may = facts
        .grants
        .global_right(&["SUPER", "SYSTEM_VARIABLES_ADMIN"]);
    match (facts.is_on(NAME), wishes.load) {
        (_, Some(SqlLoad::Insert)) => Check::pass(NAME, "not needed with --load insert"),
        (true, _) => Check::pass(NAME, "ON"),
        (false, _) if wishes.set_global => match (may, wishes.load) {
            (Right::Missing, Some(SqlLoad::LocalInfile)) => Check::fail(
                NAME,
                format!(
                    "{off}, and this account may not switch it on (SYSTEM_VARIABLES_ADMIN); ask for the right, or use --load insert"
                ),
            ),
            (Right::Missing, _) => Check::warn(
                NAME,
                format!(
                    "{off}, and this account may not switch it on (SYSTEM_VARIABLES_ADMIN); using INSERT, which takes about twice as long"
                ),
            ),
            _ => Check::pass(
                NAME,
                "OFF; --set-global switches it on for the load, and back",
            ),
        },
        (false, Some(SqlLoad::LocalInfile)) => Check::fail(
            NAME,
            match may {
                Right::Missing => format!(
                    "{off}, and this account may not switch it on; use --load insert, or have an administrator do it: SET GLOBAL local_infile = ON"
                ),
                _ => format!(
                    "{off}; switch it on (SET GLOBAL local_infile = ON), add --set-global, or use --load insert"
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
                    "{off}; using INSERT, which takes about twice as long; --set-global would switch it on if this account may, which its grants do not tell"
                ),
                Right::Missing => format!(
                    "{off}, and this account may not switch it on; using INSERT, which takes about twice as long; an administrator may: SET GLOBAL local_infile = ON"
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
                    "the server at {} does not let a session set its own sql_mode (it is \"{}\"), so that wrong values would be stored as others; \
                     name the server itself in --database-url, not a proxy",
                    facts.url, facts.session_mode
                ),
            );
        }
    }
    Check::pass(
        NAME,
        "strict, set for each session; the server's own is not inherited",
    )
}

fn charset(facts: &Facts, wishes: &Requirements) -> Check {
    const NAME: &str = "charset";
    let charset = facts.charset.as_deref().unwrap_or("unknown");
    if charset.starts_with("utf8mb4") {
        return Check::pass(NAME, format!("utf8mb4 in {}", facts.database));
    }
    match wishes.without_charset.as_slice() {
        [] => Check::pass(NAME, "stated by the schema for each table"),
        tables => Check::warn(
            NAME,
            format!(
                "the database {} has character set {charset}, and the schema states none for {}: what {charset} does not have is refused; \
                 write DEFAULT CHARSET=utf8mb4 into the schema",
                facts.database,
                tables.join(", ")
            ),
        ),
    }
}

fn disk(facts: &Facts, wishes: &Requirements) -> Check {
    const NAME: &str = "disk space";
    let Some(free) = facts.free_disk else {
        return Check::pass(NAME, "unknown, the server is on another machine");
    };
    if facts.loaded == Loaded::All {
        return Check::pass(NAME, "the files are loaded");
    }
    let folder = facts.variables.get("datadir").map_or("", String::as_str);
    let text = wishes.unpacked.bytes;
    let unpacked = match (wishes.unpacked.exact, text == wishes.input_bytes) {
        (true, true) => String::new(),
        (true, false) => format!(", {} MiB unpacked,", grouped(text.div_ceil(MIB))),
        (false, _) => format!(
            ", unpacked perhaps {} MiB (an estimate, for their packing does not tell),",
            grouped(text.div_ceil(MIB))
        ),
    };
    let there = match facts.loaded {
        Loaded::Nothing => String::new(),
        _ => format!(
            ", of which about {} MiB are there",
            grouped(facts.loaded.on_disk() / MIB)
        ),
    };
    let words = format!(
        "{} MiB are free in {folder}, and {} MiB of files{unpacked} take about {} MiB as tables with indexes{there}",
        grouped(free / MIB),
        grouped(wishes.input_bytes.div_ceil(MIB)),
        grouped(text.saturating_mul(DISK_NEEDED).div_ceil(MIB))
    );
    // an estimate alone stops nobody
    let certain = match wishes.unpacked.exact {
        true => text,
        false => wishes.input_bytes.min(text),
    };
    // an interrupted run needs room for the rest only
    let needs = |text: u64, factor: u64| {
        text.saturating_mul(factor)
            .saturating_sub(facts.loaded.on_disk())
    };
    if free < needs(certain, DISK_NEEDED) {
        return Check::fail(
            NAME,
            format!(
                "{words}; make room on the server's disk, or load all the same with --skip-check disk: a run that fills the disk can be resumed"
            ),
        );
    }
    if free < needs(text, DISK_WISHED) {
        return Check::warn(
            NAME,
            format!("{words}, and building indexes as much as a third more meanwhile; make room"),
        );
    }
    Check::pass(NAME, words)
}

fn binary_log(facts: &Facts, wishes: &Requirements, role: &Role) -> Check {
    const NAME: &str = "binary log";
    match (facts.is_on("log_bin"), wishes.skip_binlog) {
        (false, _) => Check::pass(NAME, "OFF"),
        (true, true) if role.feeds_others() => Check::warn(
            NAME,
            format!(
                "--skip-binlog keeps the rows from the replicas of {}, which differ from then on; leave it out unless that is meant",
                facts.url
            ),
        ),
        (true, true) => Check::pass(NAME, "ON; left out of these sessions, as asked"),
        (true, false) if role.feeds_others() => Check::pass(NAME, "ON, for others read it"),
        (true, false) => Check::pass(
            NAME,
            "ON; where no replica or backup needs the rows, --skip-binlog saves writing them twice",
        ),
    }
}

fn max_allowed_packet(facts: &Facts, wishes: &Requirements) -> Check {
    const NAME: &str = "max_allowed_packet";
    let Some(packet) = facts.number(NAME) else {
        return Check::pass(NAME, "unknown");
    };
    let next = "raise it on the server (SET GLOBAL max_allowed_packet = 67108864)";
    if packet < SMALLEST_PACKET {
        return Check::fail(
            NAME,
            format!(
                "the server at {} takes packets of {} bytes only, a batch is sent in pieces of up to {}; {next}",
                facts.url,
                grouped(packet),
                grouped(SMALLEST_PACKET)
            ),
        );
    }
    // a quoted value may take twice its bytes
    if packet / 2 < wishes.max_record {
        return Check::warn(
            NAME,
            format!(
                "the server at {} takes packets of {} bytes, and records may have {}: a row that is longer than a packet is rejected where it goes by INSERT; {next}",
                facts.url,
                grouped(packet),
                grouped(wishes.max_record)
            ),
        );
    }
    Check::pass(NAME, format!("{} bytes", grouped(packet)))
}

fn connections(facts: &Facts, wishes: &Requirements) -> Check {
    const NAME: &str = "connections";
    let (Some(most), Some(now)) = (
        facts.number("max_connections"),
        facts.number("Threads_connected"),
    ) else {
        return Check::pass(NAME, "unknown");
    };
    let left = most.saturating_sub(now);
    // each worker may need one of either client
    let needed = 2 * wishes.connections as u64;
    if left < needed {
        return Check::warn(
            NAME,
            format!(
                "the server at {} has {left} of {most} connections left, this run may need {needed}; lower --connections",
                facts.url
            ),
        );
    }
    Check::pass(
        NAME,
        format!("{left} of {most} are left, {needed} may be needed"),
    )
}

#[cfg(test)]
mod tests;
