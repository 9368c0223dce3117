//! The table of engines: one constant for each row.

use super::{
    Catalogue, Engine, Globals, NamedLocks, Sign, Standing, TransactionLimit, UnknownCollation,
    session,
};
use crate::server_error::*;
use crate::target::SqlLoad;
use model::flavour::Flavour;
use mysql_schema::diff::Grouping;

/// All engines. A server has the first engine in this list whose sign matches.
pub const ALL: [&Engine; 12] = [
    &OCEANBASE,
    &TIDB,
    &VITESS,
    &MARIADB,
    &AURORA,
    &CLOUD_SQL,
    &AZURE,
    &RDS,
    &SINGLE_STORE,
    &STAR_ROCKS,
    &DORIS,
    &MYSQL,
];

const fn words(words: &'static [&'static str]) -> Sign {
    Sign {
        words,
        variable: None,
    }
}

const LOAD_DATA_REASON: &str = "local_infile is ON, and LOAD DATA takes half the time of INSERT";

/// MySQL, and servers that are built from it.
pub static MYSQL: Engine = MYSQL_ROW;

/// The values that other rows share with MySQL unless they set their own.
const MYSQL_ROW: Engine = Engine {
    name: "mysql",
    title: "MySQL",
    sign: Sign {
        words: &[],
        variable: None,
    },
    flavour: Flavour::MySql,
    oldest: (8, 0),
    counts_own_versions: false,
    standing: Standing::Tested,
    session: session::SESSION,
    unknown_collation: UnknownCollation::IsError,
    load: SqlLoad::LocalInfile,
    load_reason: LOAD_DATA_REASON,
    has_local_infile: true,
    ddl: Grouping::TOGETHER,
    keeps_methods: true,
    functional_keys: Some((8, 0, 13)),
    build_settings: Some((8, 0, 27)),
    has_full_text: true,
    has_foreign_keys: true,
    catalogue: Catalogue {
        indexes: include_str!("../inspect/indexes-mysql.sql"),
        checks: include_str!("../inspect/checks-mysql.sql"),
        names_parent_database: false,
    },
    has_table_checksum: true,
    doubts_keys: "",
    has_table_swap: true,
    named_locks: NamedLocks::OfServer,
    has_binary_log: true,
    transient: &[],
    transaction_bytes: None,
    globals: Globals::Set,
};

/// MariaDB.
pub static MARIADB: Engine = Engine {
    name: "mariadb",
    title: "MariaDB",
    sign: words(&["mariadb"]),
    flavour: Flavour::MariaDb,
    oldest: (10, 6),
    functional_keys: None,
    build_settings: None,
    catalogue: Catalogue {
        indexes: include_str!("../inspect/indexes-mariadb.sql"),
        checks: include_str!("../inspect/checks-mariadb.sql"),
        names_parent_database: false,
    },
    ..MYSQL_ROW
};

/// OceanBase, and its edition for one machine, seekdb. Its version is that of MySQL 5.7, but it has
/// most features of 8.0.
static OCEANBASE: Engine = Engine {
    name: "oceanbase",
    title: "OceanBase",
    sign: words(&["oceanbase"]),
    oldest: (5, 7),
    counts_own_versions: true,
    session: session::OCEANBASE,
    unknown_collation: UnknownCollation::IsReplaced,
    load: SqlLoad::Insert,
    load_reason: "LOAD DATA LOCAL leaves out rows on OceanBase and counts them as stored",
    has_local_infile: false,
    ddl: Grouping {
        foreign_keys_apart: true,
        checks_apart: true,
        replaced_apart: true,
    },
    keeps_methods: false,
    functional_keys: Some((0, 0, 0)),
    build_settings: None,
    catalogue: Catalogue {
        names_parent_database: true,
        ..MYSQL_ROW.catalogue
    },
    has_table_checksum: false,
    has_binary_log: false,
    doubts_keys: "/*+ NO_REWRITE */ ",
    has_table_swap: false,
    named_locks: NamedLocks::OfTable,
    transient: OF_OCEANBASE,
    ..MYSQL_ROW
};

/// Transient errors of OceanBase: the server is starting, is moving a tablet, or has ended the
/// transaction of a lost session.
const OF_OCEANBASE: &[u16] = &[
    OB_NOT_INIT,
    OB_TIMEOUT,
    OB_EAGAIN,
    OB_TENANT_OUT_OF_MEM,
    OB_NOT_MASTER,
    OB_SCHEMA_EAGAIN,
    OB_TRANS_ROLLED_BACK,
    OB_TRY_LOCK_ROW_CONFLICT,
    OB_SERVER_IS_INIT,
];

/// TiDB. Its transactions are limited by `txn-total-size-limit`, 100 MiB by default.
static TIDB: Engine = Engine {
    name: "tidb",
    title: "TiDB",
    sign: words(&["tidb"]),
    oldest: (5, 7),
    counts_own_versions: true,
    standing: Standing::Documented,
    session: session::TIDB,
    unknown_collation: UnknownCollation::IsReplaced,
    load: SqlLoad::Insert,
    load_reason: "TiDB limits transactions of LOAD DATA and INSERT alike, and only INSERT says \
                  which rows cannot be stored",
    ddl: Grouping {
        foreign_keys_apart: true,
        checks_apart: true,
        replaced_apart: true,
    },
    keeps_methods: false,
    functional_keys: Some((0, 0, 0)),
    build_settings: None,
    has_full_text: false,
    has_table_checksum: false,
    has_binary_log: false,
    transient: &[
        TIDB_SCHEMA_CHANGED,
        TIDB_PD_TIMEOUT,
        TIDB_TIKV_TIMEOUT,
        TIDB_TIKV_BUSY,
        TIDB_WRITE_CONFLICT,
    ],
    transaction_bytes: Some(TransactionLimit {
        name: "txn-total-size-limit",
        bytes: 100 << 20,
    }),
    ..MYSQL_ROW
};

/// Vitess, and PlanetScale, which runs it.
static VITESS: Engine = Engine {
    name: "vitess",
    title: "Vitess",
    sign: words(&["vitess", "planetscale"]),
    counts_own_versions: true,
    standing: Standing::Documented,
    load: SqlLoad::Insert,
    load_reason: "Vitess has no LOAD DATA LOCAL",
    has_local_infile: false,
    build_settings: None,
    has_foreign_keys: false,
    has_table_checksum: false,
    has_table_swap: false,
    has_binary_log: false,
    globals: Globals::Console("the my.cnf of each tablet's MySQL server"),
    ..MYSQL_ROW
};

/// Aurora MySQL.
static AURORA: Engine = Engine {
    name: "aurora",
    title: "Aurora MySQL",
    sign: Sign {
        words: &["aurora"],
        variable: Some("aurora_version"),
    },
    standing: Standing::Documented,
    globals: Globals::Console("the parameter group of the cluster"),
    ..MYSQL_ROW
};

/// Cloud SQL for MySQL.
static CLOUD_SQL: Engine = Engine {
    name: "cloud-sql",
    title: "Cloud SQL",
    sign: words(&["-google", "(google)"]),
    standing: Standing::Documented,
    globals: Globals::Console("the flags of the instance"),
    ..MYSQL_ROW
};

/// Azure Database for MySQL, flexible server.
static AZURE: Engine = Engine {
    name: "azure",
    title: "Azure Database for MySQL",
    sign: words(&["-azure"]),
    standing: Standing::Documented,
    globals: Globals::Console("the server parameters"),
    ..MYSQL_ROW
};

/// Amazon RDS for MySQL.
static RDS: Engine = Engine {
    name: "rds",
    title: "Amazon RDS",
    sign: Sign {
        words: &[],
        variable: Some("rds_version"),
    },
    standing: Standing::Documented,
    globals: Globals::Console("the parameter group of the instance"),
    ..MYSQL_ROW
};

/// SingleStore, which is treated as MySQL.
static SINGLE_STORE: Engine = Engine {
    name: "singlestore",
    title: "SingleStore",
    sign: words(&["singlestore"]),
    ..UNKNOWN
};

static STAR_ROCKS: Engine = Engine {
    name: "starrocks",
    title: "StarRocks",
    sign: words(&["starrocks"]),
    ..UNKNOWN
};

static DORIS: Engine = Engine {
    name: "doris",
    title: "Doris",
    sign: words(&["doris"]),
    ..UNKNOWN
};

const UNKNOWN: Engine = Engine {
    oldest: (0, 0),
    counts_own_versions: true,
    standing: Standing::Unknown,
    load: SqlLoad::Insert,
    load_reason: "INSERT works on every server",
    ..MYSQL_ROW
};
