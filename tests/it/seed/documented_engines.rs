//! Engines of which the tests have no server. A proxy in front of MySQL answers as their
//! documentation says: with their version and their errors, and without the features that they
//! lack.

use std::sync::{Arc, Mutex};

use crate::support::data::{Files, sample_data};
use crate::support::harness::{Ran, Scratch, Server, folder, run};
use crate::support::proxy::Proxy;

/// What an engine says about itself, and what it does not accept.
struct Engine {
    version: &'static str,
    comment: &'static str,
    /// A global variable that only it has.
    variable: Option<&'static str>,
    /// Error, words and texts: a statement that contains all of these texts gets this error.
    errors: &'static [(u16, &'static str, &'static [&'static str])],
    /// The only collations that it has; empty for those of MySQL.
    collations: &'static [&'static str],
    /// Global variables that have another value than on the server.
    globals: &'static [(&'static str, &'static str)],
}

const MYSQL: Engine = Engine {
    version: "8.0.36",
    comment: "Source distribution",
    variable: None,
    errors: &[],
    collations: &[],
    globals: &[],
};

const NO_SUPER: (u16, &str, &[&str]) = (
    1227,
    "Access denied; you need (at least one of) the SUPER privilege(s)",
    &["SET GLOBAL"],
);

const TIDB: Engine = Engine {
    version: "8.0.11-TiDB-v8.5.0",
    comment: "TiDB Server (Apache License 2.0) Community Edition, MySQL 8.0 compatible",
    errors: &[
        (1273, "Unknown collation", &["utf8mb4_unicode_520_ci"]),
        (1064, "CHECKSUM TABLE", &["CHECKSUM TABLE"]),
        (1193, "Unknown system variable", &["sql_log_bin"]),
        (
            8200,
            "Unsupported multi schema change",
            &["ALTER TABLE", "FOREIGN KEY", ", ADD"],
        ),
        (
            8200,
            "Unsupported multi schema change",
            &["ALTER TABLE", "CHECK", ", ADD"],
        ),
    ],
    collations: &["utf8mb4_bin", "utf8mb4_general_ci", "utf8mb4_unicode_ci"],
    ..MYSQL
};

const VITESS: Engine = Engine {
    version: "8.0.30-Vitess",
    comment: "Version: 21.0.0",
    errors: &[
        (1105, "VT12001: unsupported: LOAD DATA", &["LOAD DATA"]),
        (
            1105,
            "VT10001: foreign key constraints are not allowed",
            &["FOREIGN KEY ("],
        ),
        (
            1105,
            "VT12001: unsupported: CHECKSUM TABLE",
            &["CHECKSUM TABLE"],
        ),
    ],
    ..MYSQL
};

/// An empty database on such an engine.
struct Documented {
    home: tempfile::TempDir,
    scratch: Scratch,
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Documented {
    fn new(engine: &'static Engine) -> Documented {
        let (home, scratch) = (folder(), Scratch::new(Server::MySQL));
        let heard = Arc::default();
        let url = proxy(engine, Arc::clone(&heard)).start(home.path(), scratch.url());
        Documented {
            home,
            scratch,
            url,
            heard,
        }
    }

    /// Runs a command in the folder of the files.
    fn run(&self, files: &Files, arguments: &[&str]) -> Ran {
        let url = ["--database-url", &self.url];
        run(&files.path(""), arguments.iter().chain(&url))
    }

    /// Fails if the engine got a statement with one of these texts.
    #[track_caller]
    fn never_got(&self, texts: &[&str]) {
        let heard = self.heard.lock().unwrap();
        assert!(self.home.path().exists() && !heard.is_empty());
        for text in texts {
            let hits: Vec<_> = heard.iter().filter(|sql| sql.contains(text)).collect();
            assert!(hits.is_empty(), "{hits:#?}");
        }
    }
}

fn proxy(engine: &'static Engine, heard: Arc<Mutex<Vec<String>>>) -> Proxy {
    let row = |values: &[&str]| {
        values
            .iter()
            .map(|value| (*value).to_owned())
            .collect::<Vec<_>>()
    };
    Proxy {
        answers: Some(Box::new(move |sql| {
            heard.lock().unwrap().push(sql.to_owned());
            let hit = |texts: &[&str]| texts.iter().all(|text| sql.contains(text));
            let mut errors = engine.errors.iter();
            let (code, text, _) = errors.find(|(_, _, texts)| hit(texts))?;
            Some((*code, (*text).to_owned()))
        })),
        rows: Some(Box::new(move |sql| match sql {
            "SELECT VERSION(), @@version_comment" => {
                Some(vec![row(&[engine.version, engine.comment])])
            }
            "SELECT VERSION()" => Some(vec![row(&[engine.version])]),
            "SHOW COLLATION" if !engine.collations.is_empty() => {
                Some(engine.collations.iter().map(|name| row(&[name])).collect())
            }
            "SELECT @@GLOBAL.local_infile <> 0" if !engine.globals.is_empty() => {
                Some(vec![row(&["0"])])
            }
            sql if sql.contains("'aurora_version'") => Some(
                engine
                    .variable
                    .iter()
                    .map(|name| row(&[name, "3.08.0"]))
                    .collect(),
            ),
            sql if sql.contains("'sql_require_primary_key'") && !engine.globals.is_empty() => {
                let globals = engine.globals.iter();
                Some(globals.map(|(name, value)| row(&[name, value])).collect())
            }
            _ => None,
        })),
        ..Proxy::default()
    }
}

#[test]
fn tidb_gets_inserts_one_foreign_key_an_alter_and_collations_that_it_has() {
    let (tidb, files, sample) = (Documented::new(&TIDB), Files::none(), sample_data());
    let seed = ["seed", sample.to_str().unwrap(), "-v", "--verify", "full"];
    tidb.run(&files, &seed)
        .exits(0)
        .says("seed: engine TiDB: as documented, not tested, --load insert by default")
        .says("was never run on it")
        .says("TiDB has no utf8mb4_unicode_520_ci; tables and columns get utf8mb4_unicode_ci")
        .says("ADD CONSTRAINT");
    tidb.run(&files, &["verify"]).exits(0);
    tidb.scratch
        .execute("ALTER TABLE reviews DROP INDEX reviews_newest");
    tidb.run(&files, &["reindex"]).exits(0);
    tidb.run(&files, &["reindex", "--dry-run"]).exits(0);
    tidb.never_got(&[
        "LOAD DATA",
        "CHECKSUM TABLE",
        "COLLATE=utf8mb4_unicode_520_ci",
        "sql_log_bin",
    ]);
}

#[test]
fn tidb_does_not_get_what_it_cannot_do() {
    const WORDS: &str = "CREATE TABLE t (id INT PRIMARY KEY, v TEXT, FULLTEXT KEY words (v));";
    let (tidb, files) = (Documented::new(&TIDB), Files::of_schema(WORDS));
    files.put("t", "id,v\n1,a\n");
    let seed = ["seed", "csv", "--schema", "schema.sql"];
    tidb.run(&files, &seed)
        .exits(2)
        .says("TiDB has no FULLTEXT indexes, and the schema has ");
    let large: Vec<_> = seed
        .iter()
        .copied()
        .chain(["--batch-size", "64M"])
        .collect();
    tidb.run(&files, &large)
        .exits(2)
        .says("txn-total-size-limit");
    assert!(tidb.scratch.rows("SHOW TABLES").is_empty());
}

#[test]
fn vitess_gets_inserts_and_its_lack_of_foreign_keys_is_said_before_the_load() {
    const PLAIN: &str = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), KEY of_v (v));";
    let (vitess, files) = (Documented::new(&VITESS), Files::of_schema(PLAIN));
    files.put("t", "id,v\n1,a\n2,b\n");
    let seed = ["seed", "csv", "--schema", "schema.sql", "--verify", "full"];
    vitess
        .run(&files, &[&seed[..], &["--load", "local-infile"]].concat())
        .exits(2)
        .says("--load local-infile cannot be used on Vitess");
    vitess
        .run(&files, &seed)
        .exits(0)
        .says("Vitess: as documented, not tested, --load insert by default");
    let count = "SELECT CAST(COUNT(*) AS CHAR) FROM t";
    assert_eq!(vitess.scratch.value(count), "2");
    vitess.never_got(&["LOAD DATA", "CHECKSUM TABLE"]);
    let vitess = Documented::new(&VITESS);
    vitess
        .run(&Files::small(), &["seed", "csv", "--no-index"])
        .says("Vitess adds foreign keys only if an administrator has allowed them");
}

/// LOAD DATA LOCAL is off there, and tables need a primary key.
const CLOUD: Engine = Engine {
    globals: &[("local_infile", "OFF"), ("sql_require_primary_key", "ON")],
    errors: &[NO_SUPER],
    ..MYSQL
};

const AURORA: Engine = Engine {
    variable: Some("aurora_version"),
    ..CLOUD
};

const RDS: Engine = Engine {
    variable: Some("rds_version"),
    ..CLOUD
};

const CLOUD_SQL: Engine = Engine {
    version: "8.0.37-google",
    comment: "(Google)",
    ..CLOUD
};

const AZURE: Engine = Engine {
    version: "8.0.37-azure",
    ..CLOUD
};

fn is_managed(engine: &'static Engine, title: &str, place: &str) {
    let (cloud, files) = (Documented::new(engine), Files::small());
    let by_hand = format!("local_infile = ON in {place}");
    for more in [
        &["--set-global", "--dry-run"][..],
        &["-v"],
        &["--set-global"],
    ] {
        cloud
            .run(&files, &[&["seed", "csv"][..], more].concat())
            .exits(0)
            .says(&by_hand);
    }
    cloud
        .run(&files, &["seed", "csv", "-v"])
        .says(&format!("engine {title}: as documented, not tested"));
    let count = "SELECT CAST(COUNT(*) AS CHAR) FROM reviews";
    assert_eq!(cloud.scratch.value(count), "3");
    cloud
        .run(&files, &["seed", "csv", "--load", "local-infile"])
        .exits(2)
        .says(&by_hand);
    cloud.never_got(&["LOAD DATA", "SET GLOBAL"]);
    let (cloud, files) = (
        Documented::new(engine),
        Files::of_schema("CREATE TABLE t (id INT);"),
    );
    files.put("t", "id\n1\n");
    cloud
        .run(&files, &["seed", "csv", "--schema", "schema.sql"])
        .exits(2)
        .says("creates no table without a primary key");
}

#[test]
fn aurora_names_its_parameter_group_and_gets_no_set_global() {
    is_managed(
        &AURORA,
        "Aurora MySQL",
        "the parameter group of the cluster",
    );
}

#[test]
fn rds_names_its_parameter_group_and_gets_no_set_global() {
    is_managed(&RDS, "Amazon RDS", "the parameter group of the instance");
}

#[test]
fn cloud_sql_names_its_flags_and_gets_no_set_global() {
    is_managed(&CLOUD_SQL, "Cloud SQL", "the flags of the instance");
}

#[test]
fn azure_names_its_server_parameters_and_gets_no_set_global() {
    is_managed(&AZURE, "Azure Database for MySQL", "the server parameters");
}
