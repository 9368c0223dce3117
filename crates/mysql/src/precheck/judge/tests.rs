//! Judgements from invented facts: of servers, too, that no test here can start.

mod disk;
mod engines;
mod hints;
mod roles;

use std::collections::HashMap;

use super::*;
use crate::db::ServerInfo;
use crate::engines::MYSQL;
use crate::precheck::{AccountLimits, Grants, Level, Loaded, Member, Skippable};
use input::TextSize;

fn facts() -> Facts {
    let variables = [
        ("log_bin", "ON"),
        ("local_infile", "ON"),
        ("max_allowed_packet", "67108864"),
        ("max_connections", "151"),
        ("datadir", "/data/"),
    ];
    let pairs = |pairs: &[(&str, &str)]| -> HashMap<String, String> {
        let pair = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
        pairs.iter().map(pair).collect()
    };
    Facts {
        url: "mysql://app@db:3306/shop".to_string(),
        database: "shop".to_string(),
        server: ServerInfo::of(&MYSQL, "9.7.4"),
        variables: pairs(&variables),
        status: pairs(&[("Threads_connected", "3")]),
        session_mode: "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO".to_string(),
        account: Some("`app`@`%`".to_owned()),
        grants: Grants::parse(["GRANT ALL PRIVILEGES ON *.* TO `root`@`%`"]),
        limits: AccountLimits::default(),
        members: Vec::new(),
        replicas: Some(0),
        replicates_from: None,
        charset: Some("utf8mb4".to_string()),
        loaded: Loaded::Nothing,
        free_disk: Some(1 << 40),
    }
}

fn needs() -> Requirements {
    Requirements {
        skip_binlog: false,
        set_global: false,
        load: None,
        replace: false,
        drops_tables: false,
        connections: 4,
        max_record: 1 << 20,
        batch_bytes: 1 << 20,
        input_bytes: 3 << 30,
        unpacked: TextSize {
            bytes: 3 << 30,
            exact: true,
        },
        fills_redo_log: true,
        foreign_keys: true,
        full_text: Vec::new(),
        without_primary_key: Vec::new(),
        without_charset: Vec::new(),
        skip: Vec::new(),
    }
}

/// The checks that found a problem.
fn found(facts: &Facts, needs: &Requirements) -> Vec<(Level, &'static str, String)> {
    let checks = judge(facts, needs).into_iter();
    let checks = checks.filter(|c| c.level > Level::Hint);
    checks.map(|c| (c.level, c.name, c.words)).collect()
}

#[track_caller]
fn expect(facts: &Facts, needs: &Requirements, level: Level, name: &str, words: &str) {
    let found = found(facts, needs);
    let hit = |(l, n, w): &(Level, &str, String)| *l == level && *n == name && w.contains(words);
    assert!(found.len() == 1 && hit(&found[0]), "{found:?}");
}

fn set(facts: &mut Facts, name: &str, value: &str) {
    facts.variables.insert(name.to_string(), value.to_string());
}

#[test]
fn an_ordinary_server_passes_everything() {
    assert_eq!(found(&facts(), &needs()), []);
    assert_eq!(judge(&facts(), &needs()).len(), 12);
}

#[test]
fn a_right_that_is_missing_is_named_with_the_grant() {
    let mut facts = facts();
    facts.grants =
        Grants::parse(["GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON `shop`.* TO `app`@`%`"]);
    expect(
        &facts,
        &needs(),
        Level::Fail,
        "rights",
        "GRANT ALTER, REFERENCES ON `shop`.* TO",
    );
    facts.grants = Grants::parse(["GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`"]);
    assert_eq!(found(&facts, &needs()), []);
    let skip = Requirements {
        skip_binlog: true,
        ..needs()
    };
    expect(&facts, &skip, Level::Fail, "rights", "leave the option out");
    let sync = Requirements {
        drops_tables: true,
        ..needs()
    };
    assert_eq!(found(&facts, &sync), []);
    let all = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, REFERENCES";
    facts.grants = Grants::parse([&*format!("GRANT {all} ON `shop`.* TO `app`@`%`")]);
    assert_eq!(found(&facts, &needs()), []);
    expect(
        &facts,
        &sync,
        Level::Fail,
        "rights",
        "GRANT DROP ON `shop`.* TO",
    );
    facts.grants = Grants::parse(["GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`"]);
    let replace = Requirements {
        replace: true,
        ..needs()
    };
    expect(&facts, &replace, Level::Fail, "rights", "a second database");
    facts.grants = Grants::parse(["GRANT `writer`@`%` TO `app`@`%`"]);
    assert_eq!(found(&facts, &needs()), []);
}

#[test]
fn local_infile_is_checked_for_the_wanted_load_method() {
    let mut facts = facts();
    set(&mut facts, "local_infile", "OFF");
    let with = |load, set_global| Requirements {
        load,
        set_global,
        ..needs()
    };
    expect(
        &facts,
        &with(None, false),
        Level::Warn,
        "local_infile",
        "using INSERT",
    );
    expect(
        &facts,
        &with(Some(SqlLoad::LocalInfile), false),
        Level::Fail,
        "local_infile",
        "--load insert",
    );
    assert_eq!(found(&facts, &with(Some(SqlLoad::LocalInfile), true)), []);
    assert_eq!(found(&facts, &with(Some(SqlLoad::Insert), false)), []);
    // only who may is told to
    for (grant, level, load, words) in [
        (
            "GRANT ALL PRIVILEGES ON *.* TO `app`@`%`",
            Level::Warn,
            None,
            "--set-global would switch it on",
        ),
        (
            "GRANT `admin`@`%` TO `app`@`%`",
            Level::Warn,
            None,
            "would switch it on if this account may",
        ),
        (
            "GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`",
            Level::Warn,
            None,
            "an administrator can switch it on: SET GLOBAL",
        ),
        (
            "GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`",
            Level::Fail,
            Some(SqlLoad::LocalInfile),
            "have an administrator do it",
        ),
    ] {
        facts.grants = Grants::parse([grant]);
        expect(&facts, &with(load, false), level, "local_infile", words);
    }
    let words = &found(&facts, &with(None, false))[0].2;
    assert!(!words.contains("--set-global"), "{words}");
    facts.grants = Grants::parse(["GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`"]);
    expect(
        &facts,
        &with(None, true),
        Level::Warn,
        "local_infile",
        "may not switch it on",
    );
    expect(
        &facts,
        &with(Some(SqlLoad::LocalInfile), true),
        Level::Fail,
        "local_infile",
        "may not switch it on",
    );
}

#[test]
fn a_check_that_is_skipped_warns_and_fails_no_run() {
    let mut poor = facts();
    poor.free_disk = Some(0);
    poor.grants = Grants::parse(["GRANT SELECT ON `shop`.* TO `app`@`%`"]);
    set(&mut poor, "super_read_only", "ON");
    let levels = |skip: &[Skippable]| {
        let needs = Requirements {
            skip: skip.to_vec(),
            ..needs()
        };
        let found = found(&poor, &needs);
        let failed = found.iter().filter(|f| f.0 == Level::Fail);
        failed.map(|f| f.1).collect::<Vec<_>>()
    };
    assert_eq!(levels(&[]), ["role", "rights", "disk space"]);
    assert_eq!(levels(&[Skippable::Disk]), ["role", "rights"]);
    let all = [
        Skippable::Disk,
        Skippable::Rights,
        Skippable::Role,
        Skippable::TransactionSize,
    ];
    assert!(levels(&all).is_empty());
    let needs = Requirements {
        skip: vec![Skippable::Disk],
        ..needs()
    };
    poor = facts();
    poor.free_disk = Some(0);
    expect(
        &poor,
        &needs,
        Level::Warn,
        "disk space",
        "(skipped, as asked)",
    );
}

#[test]
fn packets_connections_characters_versions_and_modes_are_checked() {
    let with = |name: &str, value: &str| {
        let mut facts = facts();
        set(&mut facts, name, value);
        facts
    };
    let (facts, needs) = (facts(), needs());
    expect(
        &with("max_allowed_packet", "1048576"),
        &needs,
        Level::Warn,
        "max_allowed_packet",
        "1,048,576",
    );
    expect(
        &with("max_allowed_packet", "65536"),
        &needs,
        Level::Fail,
        "max_allowed_packet",
        "65,536",
    );
    expect(
        &with("max_connections", "8"),
        &needs,
        Level::Warn,
        "connections",
        "5 of 8",
    );
    let latin = Facts {
        charset: Some("latin1".to_string()),
        ..facts.clone()
    };
    assert_eq!(found(&latin, &needs), []);
    let silent = Requirements {
        without_charset: vec!["t".to_string()],
        ..needs.clone()
    };
    expect(&latin, &silent, Level::Warn, "charset", "latin1");
    assert_eq!(found(&facts, &silent), []);
    let loose = Facts {
        session_mode: "NO_AUTO_VALUE_ON_ZERO".to_string(),
        ..facts.clone()
    };
    expect(&loose, &needs, Level::Fail, "sql_mode", "not a proxy");
    let mut old = facts;
    old.server.number = (5, 7, 44);
    expect(
        &old,
        &needs,
        Level::Fail,
        "server",
        "needs MySQL 8.0 or later",
    );
    old.server.number = (0, 0, 0);
    expect(&old, &needs, Level::Warn, "server", "cannot be parsed");
}

#[test]
fn limits_of_the_account_that_a_run_would_exceed_are_failures() {
    let (facts, needs) = (facts(), needs());
    let limited = |limits: AccountLimits| Facts {
        limits,
        ..facts.clone()
    };
    let three = limited(AccountLimits {
        connections: 3,
        ..AccountLimits::default()
    });
    expect(
        &three,
        &needs,
        Level::Fail,
        "account",
        "raise the limit to at least 5",
    );
    let six = limited(AccountLimits {
        connections: 6,
        ..AccountLimits::default()
    });
    expect(&six, &needs, Level::Fail, "account", "use --connections 2");
    let queries = limited(AccountLimits {
        queries: 100,
        ..AccountLimits::default()
    });
    expect(
        &queries,
        &needs,
        Level::Fail,
        "account",
        "MAX_QUERIES_PER_HOUR",
    );
    let enough = limited(AccountLimits {
        connections: 10,
        queries: 1_000_000,
        ..AccountLimits::default()
    });
    assert_eq!(found(&enough, &needs), []);
}
