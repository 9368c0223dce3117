//! What every test needs: a folder in which the binary runs, a server of each kind, and a database
//! of its own.
//!
//! The first test that needs a server starts it with the binary, in `target/it/mysql` or
//! `target/it/mariadb`. It keeps running for the next tests; `make test` stops it. The lock of
//! `server start` makes this safe for any number of threads and processes. If a server program is
//! missing, the test fails: no test is ever skipped.
//!
//! The tests write only to `target/it`. `make test` makes it a link to a folder in memory.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

use crate::support::running::Running;
pub use crate::support::scratch::Scratch;

/// Longer than any command takes. A command that hangs fails its test, with the output so far.
pub const LIMIT: Duration = Duration::from_secs(180);

/// Declares a test body once and runs it on both servers: `name::mysql` and `name::mariadb`. With
/// the word `long` before it, only `make test-long` runs it.
macro_rules! on_both_servers {
    (long $($test:tt)*) => {
        $crate::support::harness::on_both_servers! {
            @with [ignore = "takes long: make test-long runs it"] $($test)*
        }
    };
    (@with [$($ignored:meta)?]
        $(#[$doc:meta])* fn $name:ident($server:ident: Server) $body:block) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn body($server: Server) $body

            #[test]
            $(#[$ignored])?
            fn mysql() {
                body(Server::MySQL);
            }

            #[test]
            $(#[$ignored])?
            fn mariadb() {
                body(Server::MariaDB);
            }
        }
    };
    (@with [$($ignored:meta)?]
        $(#[$doc:meta])* async fn $name:ident($server:ident: Server) $body:block) => {
        $crate::support::harness::on_both_servers! {
            @with [$($ignored)?] $(#[$doc])* fn $name($server: Server) {
                $crate::support::harness::wait_for(async { $body })
            }
        }
    };
    ($($test:tt)*) => {
        $crate::support::harness::on_both_servers! { @with [] $($test)* }
    };
}
pub(crate) use on_both_servers;

/// The result of a command of the binary.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Fails the test, with the whole output, unless the exit code is this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code\n{}", self.shown());
        self
    }

    /// Fails the test unless stderr contains these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(
            self.stderr.contains(words),
            "{words:?} not on stderr\n{}",
            self.shown()
        );
        self
    }

    /// Fails the test unless stdout contains these words.
    #[track_caller]
    pub fn prints(self, words: &str) -> Self {
        assert!(
            self.stdout.contains(words),
            "{words:?} not on stdout\n{}",
            self.shown()
        );
        self
    }

    fn shown(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr)
    }
}

/// Environment variables that the binary would read.
pub const TESTERS_SETTINGS: [&str; 4] = [
    "DATABASE_URL",
    "REVIEWSEED_MYSQLD",
    "REVIEWSEED_BUFFER_POOL",
    "REVIEWSEED_CONFIG",
];

/// A command that runs the binary in this folder, without the settings of the person who runs the
/// tests.
pub fn reviewseed(folder: &Path) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_reviewseed"));
    for name in TESTERS_SETTINGS {
        command.env_remove(name);
    }
    command.current_dir(folder).timeout(LIMIT);
    command
}

/// Runs the binary in this folder.
pub fn run<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    ran(reviewseed(folder).args(arguments))
}

/// Runs a prepared command. Returns when all processes that inherited its stdout and stderr have
/// closed them.
pub fn ran(command: &mut assert_cmd::Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8 output");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A new folder on the disk of the servers. It is removed when the value is dropped.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(files_of_tests()).unwrap()
}

/// `target/it` without links in its path, because the binary prints paths without them.
fn files_of_tests() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let folder = target.join("it");
        let made = fs::create_dir_all(&folder).and_then(|()| folder.canonicalize());
        made.unwrap_or_else(|error| {
            let folder = folder.display();
            panic!("'{folder}': {error}; remove it if it links to a folder that does not exist")
        })
    })
}

/// The two servers of `scripts/servers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    MySQL,
    MariaDB,
}

impl Server {
    /// The server program.
    pub fn program(self) -> PathBuf {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join(match self {
            Server::MySQL => ".servers/mysql/bin/mysqld",
            Server::MariaDB => ".servers/mariadb/bin/mariadbd",
        });
        assert!(
            program.exists(),
            "'{}' is missing: run scripts/servers",
            program.display()
        );
        program
    }

    /// The URL of the shared server. The first call starts it.
    pub fn url(self) -> &'static str {
        static MYSQL: OnceLock<String> = OnceLock::new();
        static MARIADB: OnceLock<String> = OnceLock::new();
        match self {
            Server::MySQL => MYSQL.get_or_init(|| self.start("mysql", &[])),
            Server::MariaDB => MARIADB.get_or_init(|| self.start("mariadb", &[])),
        }
    }

    /// The URL of a second server, for tests that change the server itself. It also listens on TCP,
    /// where MySQL offers TLS.
    pub fn second_url(self) -> &'static str {
        static MYSQL: OnceLock<String> = OnceLock::new();
        static MARIADB: OnceLock<String> = OnceLock::new();
        match self {
            Server::MySQL => MYSQL.get_or_init(|| self.start("mysql-second", &["--tcp"])),
            Server::MariaDB => MARIADB.get_or_init(|| self.start("mariadb-second", &["--tcp"])),
        }
    }

    /// The URL of a server for physical imports. The server is started if it does not run.
    pub fn physical_url(self) -> String {
        self.own("physical").url()
    }

    /// A server for one test alone, which may restart and kill it.
    pub fn own(self, purpose: &str) -> Own {
        let kind = match self {
            Server::MySQL => "mysql",
            Server::MariaDB => "mariadb",
        };
        Own {
            server: self,
            name: format!("{kind}-{purpose}"),
        }
    }

    /// The folder of the server of this name.
    pub fn home(name: &str) -> PathBuf {
        files_of_tests().join(name)
    }

    /// Starts the server of this name, unless it runs, and returns its URL.
    pub fn start(self, name: &str, arguments: &[&str]) -> String {
        let home = Server::home(name);
        fs::create_dir_all(&home).unwrap();
        Running::start(self, &home, arguments).url
    }
}

/// A server for one test alone.
pub struct Own {
    server: Server,
    name: String,
}

impl Own {
    /// The URL of the server, which is started if it does not run.
    pub fn url(&self) -> String {
        self.server.start(&self.name, &[])
    }

    /// The folder of the server.
    pub fn home(&self) -> PathBuf {
        Server::home(&self.name)
    }

    /// Stops the server cleanly.
    pub fn stop(&self) {
        Running::find(&self.home()).stop();
    }

    /// Sends SIGKILL to the server.
    pub fn kill(&self) {
        Running::find(&self.home()).kill();
    }

    /// Kills the server if it runs, and removes its folder of about a hundred megabytes, which no
    /// other test needs.
    pub fn remove(&self) {
        let home = self.home();
        if home.exists() {
            // a clean shutdown takes MySQL more than a second, and nobody needs its data
            if let Some(running) = Running::found(&home) {
                running.kill();
            }
            // this removes the socket, which may be in another folder
            run(&home, ["server", "stop"]).exits(0);
            fs::remove_dir_all(home).unwrap();
        }
    }
}

/// Executes statements and ignores their results.
#[track_caller]
pub fn execute(url: &str, sql: &str) {
    rows(url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The rows of a query, as text; the error if the connection or the query fails.
pub fn rows(url: &str, sql: &str) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
    let options: MySqlConnectOptions = url.parse()?;
    // SET NAMES would name a collation, which not every engine has
    let options = options.set_names(false);
    let asked = async {
        let mut connection = options.connect().await?;
        let rows = sqlx::raw_sql(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await?;
        let texts = rows
            .iter()
            .map(|row| (0..row.len()).map(|at| row.try_get_unchecked(at)).collect())
            .collect();
        // under TLS, closing fails if the server closes the connection first
        let _ = connection.close().await;
        texts
    };
    // on a thread of its own, because the caller may run in a tokio runtime, which allows no second
    // one on its thread
    std::thread::scope(|scope| scope.spawn(|| wait_for(asked)).join().unwrap())
}

/// Runs a future to its end. It may run several commands, so its time limit is three times as long.
#[track_caller]
pub fn wait_for<T>(future: impl Future<Output = T>) -> T {
    let limit = LIMIT * 3;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { tokio::time::timeout(limit, future).await })
        .unwrap_or_else(|_| panic!("no end within {limit:?}"))
}
