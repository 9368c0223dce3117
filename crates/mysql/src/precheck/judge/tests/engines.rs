//! What an engine lacks: decisions about engines that no test here can start.

use super::*;
use crate::engines::Engine;

fn of_engine(name: &str) -> Facts {
    let engine = Engine::named(name).unwrap();
    Facts {
        server: ServerInfo::of(engine, "8.0.36"),
        ..facts()
    }
}

#[test]
fn an_engine_that_only_its_documentation_describes_is_a_warning() {
    for name in ["tidb", "vitess", "aurora", "cloud-sql", "azure", "rds"] {
        let needs = Requirements {
            foreign_keys: false,
            ..needs()
        };
        expect(
            &of_engine(name),
            &needs,
            Level::Warn,
            "engine",
            "was never run on it",
        );
    }
    assert_eq!(found(&of_engine("oceanbase"), &needs()), []);
}

#[test]
fn what_an_engine_lacks_is_an_error_before_the_first_row() {
    let failed = |facts: &Facts, needs: &Requirements| {
        let mut found = found(facts, needs);
        found.retain(|(level, ..)| *level == Level::Fail);
        let found: Vec<_> = found
            .into_iter()
            .map(|(_, name, words)| (name, words))
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    };
    let full_text = Requirements {
        full_text: vec!["words of notes".to_owned()],
        ..needs()
    };
    let (name, words) = failed(&of_engine("tidb"), &full_text);
    assert!(
        name == "fulltext" && words.contains("words of notes"),
        "{words}"
    );
    let local = Requirements {
        load: Some(SqlLoad::LocalInfile),
        ..needs()
    };
    assert_eq!(failed(&of_engine("vitess"), &local).0, "local_infile");
    let large = Requirements {
        batch_bytes: 64 << 20,
        ..needs()
    };
    assert_eq!(failed(&of_engine("tidb"), &large).0, "transaction size");
    for (name, needs) in [
        (
            "replace",
            Requirements {
                replace: true,
                ..needs()
            },
        ),
        (
            "binary log",
            Requirements {
                skip_binlog: true,
                ..needs()
            },
        ),
    ] {
        assert_eq!(failed(&of_engine("oceanbase"), &needs).0, name);
    }
}

#[test]
fn a_server_that_requires_primary_keys_names_the_tables_without() {
    let mut server = facts();
    set(&mut server, "sql_require_primary_key", "ON");
    assert_eq!(found(&server, &needs()), []);
    let needs = Requirements {
        without_primary_key: vec!["log".to_owned()],
        ..needs()
    };
    expect(
        &server,
        &needs,
        Level::Fail,
        "primary keys",
        "these tables have none: log",
    );
}

#[test]
fn a_managed_server_says_where_a_variable_is_set() {
    let mut server = of_engine("aurora");
    set(&mut server, "local_infile", "OFF");
    let found = found(&server, &needs());
    let words = &found
        .iter()
        .find(|(_, name, _)| *name == "local_infile")
        .unwrap()
        .2;
    assert!(!words.is_empty());
    let asked = Requirements {
        load: Some(SqlLoad::LocalInfile),
        ..needs()
    };
    let found = judge(&server, &asked);
    let check = found
        .iter()
        .find(|check| check.name == "local_infile")
        .unwrap();
    assert!(
        check.words.contains("parameter group of the cluster"),
        "{}",
        check.words
    );
}
