//! The redo log and the binary log: what would make a load faster, and where.

use super::*;
use crate::engines::{ALL, MARIADB};
use crate::precheck::larger_redo_log;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const ONE: Option<u64> = Some(GIB);
const TWO: Option<u64> = Some(2 * GIB);

/// A server with a redo log of this many MiB.
fn with_log(mib: u64) -> Facts {
    let mut facts = facts();
    let bytes = (mib * MIB).to_string();
    set(&mut facts, "innodb_redo_log_capacity", &bytes);
    facts
}

/// A run with `--set-global` and this many MiB of text.
fn allowed(mib: u64) -> Requirements {
    Requirements {
        set_global: true,
        input_bytes: mib * MIB,
        unpacked: TextSize {
            bytes: mib * MIB,
            exact: true,
        },
        ..needs()
    }
}

/// The check with this name.
fn check(facts: &Facts, needs: &Requirements, name: &str) -> Option<(Level, String)> {
    let mut checks = judge(facts, needs).into_iter();
    checks.find(|c| c.name == name).map(|c| (c.level, c.words))
}

#[track_caller]
fn says(facts: &Facts, needs: &Requirements, level: Level, words: &str) {
    let (found, text) = check(facts, needs, "redo log").unwrap();
    assert!(found == level && text.contains(words), "{found:?} {text}");
}

#[test]
fn a_log_that_is_small_for_the_files_is_enlarged_as_far_as_the_files_need_it() {
    for (log, input, wanted) in [
        (100, 100, None),
        (100, 101, ONE),
        (100, 511, ONE),
        (100, 512, TWO),
        (100, 100_000, TWO),
        (1_023, 2_000, TWO),
        // another run may have enlarged it
        (1024, 100_000, None),
    ] {
        let larger = larger_redo_log(&with_log(log), &allowed(input));
        assert_eq!(larger, wanted, "{log} MiB, {input} MiB of files");
    }
    let mut used = with_log(100);
    let status = "Innodb_redo_log_capacity_resized".to_string();
    used.status.insert(status, GIB.to_string());
    assert_eq!(larger_redo_log(&used, &allowed(3_000)), None);
}

#[test]
fn only_the_rest_of_the_files_counts_for_a_resumed_run() {
    let mut facts = with_log(100);
    let part = |text: u64| Loaded::Part {
        text: text * MIB,
        tables: 0,
    };
    for (loaded, wanted) in [
        (part(100), ONE),
        (part(199), None),
        (part(400), None),
        (Loaded::All, None),
    ] {
        facts.loaded = loaded;
        assert_eq!(larger_redo_log(&facts, &allowed(220)), wanted, "{loaded:?}");
    }
}

#[test]
fn the_free_space_of_the_disk_limits_the_log_and_the_check_of_the_disk_counts_it() {
    let (mut facts, needs) = (with_log(100), allowed(1_000));
    for (free, wanted) in [
        (Some(4_000 + 2_048), TWO),
        (Some(4_000 + 2_047), ONE),
        (Some(4_000 + 1_024), ONE),
        (Some(4_000 + 1_023), None),
        (Some(100), None),
        (None, ONE),
    ] {
        facts.free_disk = free.map(|mib: u64| mib * MIB);
        assert_eq!(larger_redo_log(&facts, &needs), wanted, "{free:?}");
    }
    facts.free_disk = Some(5000 * MIB);
    says(
        &facts,
        &needs,
        Level::Pass,
        "the disk has no room for a larger one",
    );
    facts.free_disk = Some(5100 * MIB);
    let (level, words) = check(&facts, &needs, "disk space").unwrap();
    let counted = "and up to 1,024 MiB for the redo log, which --set-global enlarges";
    assert!(level == Level::Pass && words.contains(counted), "{words}");
}

#[test]
fn the_option_is_named_only_where_it_helps() {
    let (small, needs) = (with_log(100), needs());
    assert_eq!(larger_redo_log(&small, &needs), None);
    let helps = "3,072 MiB of files; --set-global enlarges it to 2,048 MiB during the load";
    says(&small, &needs, Level::Hint, helps);
    says(&with_log(1_024), &needs, Level::Pass, "1,024 MiB");
    let allowed = allowed(3_072);
    says(&small, &allowed, Level::Pass, "and restores it afterwards");
    let of = |grant: &str| Facts {
        grants: Grants::parse([grant]),
        ..small.clone()
    };
    let unknown = of("GRANT `admin`@`%` TO `app`@`%`");
    says(&unknown, &needs, Level::Hint, "if this account may do that");
    assert_eq!(larger_redo_log(&unknown, &allowed), TWO);
    let missing = of("GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`");
    let words = "an administrator can: SET GLOBAL innodb_redo_log_capacity = 2147483648";
    says(&missing, &allowed, Level::Hint, words);
    says(&missing, &needs, Level::Hint, words);
    assert_eq!(larger_redo_log(&missing, &allowed), None);
    // `doctor` knows no files
    let words = "--set-global enlarges it while more than 100 MiB of files are loaded";
    says(
        &small,
        &Requirements {
            input_bytes: 0,
            ..needs
        },
        Level::Pass,
        words,
    );
}

#[test]
fn servers_whose_log_is_not_changed_by_set_global_have_no_such_check() {
    let mut facts = with_log(100);
    for engine in ALL {
        facts.server = ServerInfo::of(engine, "9.7.4");
        let known = check(&facts, &allowed(3_072), "redo log").is_some();
        assert_eq!(known, engine.name == "mysql", "{}", engine.name);
    }
    facts.server = ServerInfo::of(&MARIADB, "11.8.2");
    assert_eq!(larger_redo_log(&facts, &allowed(3_072)), None);
    facts.server = ServerInfo::of(&MYSQL, "8.0.29");
    assert!(check(&facts, &allowed(3_072), "redo log").is_none());
    facts.server = ServerInfo::of(&MYSQL, "8.0.30");
    assert_eq!(larger_redo_log(&facts, &allowed(3_072)), TWO);
    let own = Requirements {
        fills_redo_log: false,
        ..allowed(3_072)
    };
    assert!(check(&facts, &own, "redo log").is_none());
    assert_eq!(larger_redo_log(&facts, &own), None);
}

#[test]
fn skip_binlog_is_suggested_for_large_files_if_nothing_reads_the_log() {
    let words = "no replica is connected; if no backup needs it either, --skip-binlog";
    let (level, found) = check(&facts(), &needs(), "binary log").unwrap();
    assert!(level == Level::Hint && found.contains(words), "{found}");
    let one = Facts {
        replicas: Some(1),
        ..facts()
    };
    let unseen = Facts {
        replicas: None,
        ..facts()
    };
    let unlogged = {
        let mut facts = facts();
        set(&mut facts, "log_bin", "OFF");
        facts
    };
    let poor = Facts {
        grants: Grants::parse(["GRANT ALL PRIVILEGES ON `shop`.* TO `app`@`%`"]),
        ..facts()
    };
    for other in [one, unseen, unlogged, poor] {
        let (level, found) = check(&other, &needs(), "binary log").unwrap();
        assert_eq!(level, Level::Pass, "{found}");
    }
    let skips = Requirements {
        skip_binlog: true,
        ..needs()
    };
    for needs in [allowed(99), allowed(0), skips] {
        let (level, found) = check(&facts(), &needs, "binary log").unwrap();
        assert_eq!(level, Level::Pass, "{found}");
    }
    let (level, _) = check(&facts(), &allowed(100), "binary log").unwrap();
    assert_eq!(level, Level::Hint);
}
