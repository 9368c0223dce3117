//! The engine is found by what a server says about itself.

use super::*;

#[test]
fn an_engine_is_found_by_its_version_its_comment_or_its_variables() {
    for (version, comment, variable, name) in [
        ("9.7.4", "(Debian)", "", "mysql"),
        ("8.0.36-28", "Percona Server (GPL), Release 28", "", "mysql"),
        ("10.11.18-MariaDB-0+deb12u1", "Debian 12", "", "mariadb"),
        ("11.8.2", "mariadb.org binary distribution", "", "mariadb"),
        (
            "5.7.25-OceanBase seekdb-v1.4.0.0",
            "OceanBase 4.3.5.3",
            "",
            "oceanbase",
        ),
        (
            "8.0.11-TiDB-v8.5.0",
            "TiDB Server (Apache License 2.0)",
            "",
            "tidb",
        ),
        ("8.0.30-Vitess", "", "", "vitess"),
        ("8.0.32", "Source distribution", "aurora_version", "aurora"),
        ("8.0.31-google", "(Google)", "", "cloud-sql"),
        ("8.0.37-azure", "MySQL Community Server - GPL", "", "azure"),
        ("5.7.99-Doris-2.1", "", "", "doris"),
    ] {
        let found = Engine::of(version, comment, |name| name == variable);
        assert_eq!(found.name, name, "{version}");
        assert_eq!(Engine::named(name), Some(found));
    }
    assert_eq!(Engine::named("nothing"), None);
}

#[test]
fn names_are_unique_and_every_engine_has_a_complete_row() {
    for (at, engine) in ALL.iter().enumerate() {
        assert!(ALL[..at].iter().all(|other| other.name != engine.name));
        assert!(engine.session.starts_with("SET NAMES utf8mb4"));
        assert!(engine.session.contains("STRICT_ALL_TABLES"));
        assert!(
            engine.has_local_infile || engine.load == SqlLoad::Insert,
            "{engine}"
        );
        let variable = engine.sign.variable;
        assert!(variable.is_none_or(|name| Engine::VARIABLES.contains(name)));
    }
}

#[test]
fn the_differences_are_said_in_words() {
    let words = |name: &str| Engine::named(name).unwrap().in_words();
    assert_eq!(words("mysql"), "tested, --load local-infile by default");
    assert!(words("oceanbase").contains("one foreign key per ALTER"));
    assert!(words("vitess").contains("as documented, not tested"));
    assert!(words("tidb").contains("transactions of at most 104857600 bytes"));
}
