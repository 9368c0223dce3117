//! `reviewseed server`: each test has a state directory of its own and stops the servers that it
//! started.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::harness::{
    Ran, Scratch, Server, folder, on_both_servers, ran, reviewseed, rows, run, wait_for,
};
use crate::support::running::initialise;

/// A folder with a private server, which is stopped in the end, also when the test fails.
struct Private {
    folder: tempfile::TempDir,
    below: PathBuf,
    server: Server,
}

impl Private {
    /// Initialised already, because that takes seconds.
    fn new(server: Server) -> Self {
        Self::initialised_below(server, "")
    }

    /// [`Private::new`] in a folder below.
    fn initialised_below(server: Server, below: impl Into<PathBuf>) -> Self {
        let private = Self::empty_below(server, below);
        initialise(server, &private.home());
        private
    }

    /// Nothing is there before the first start.
    fn empty(server: Server) -> Self {
        Self::empty_below(server, "")
    }

    /// [`Private::empty`] in a folder below.
    fn empty_below(server: Server, below: impl Into<PathBuf>) -> Self {
        let private = Self {
            folder: folder(),
            below: below.into(),
            server,
        };
        fs::create_dir_all(private.home()).unwrap();
        private
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join(&self.below)
    }

    fn state(&self, name: &str) -> PathBuf {
        self.home().join(".reviewseed").join(name)
    }

    fn server(&self, arguments: &[&str]) -> Ran {
        ran(reviewseed(&self.home()).arg("server").args(arguments))
    }

    fn start(&self, arguments: &[&str]) -> Ran {
        ran(reviewseed(&self.home())
            .args(["server", "start", "--mysqld"])
            .arg(self.server.program())
            .args(arguments))
    }

    fn url(&self) -> String {
        let url = self.server(&["url"]).exits(0).stdout;
        assert_eq!(url.matches('\n').count(), 1, "one line: {url:?}");
        url.trim().to_owned()
    }

    fn pid(&self) -> i32 {
        let status = self.server(&["status"]).exits(0).stdout;
        let pid = status.split_once("(pid ").unwrap().1;
        pid.split_once(')').unwrap().0.parse().unwrap()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let stopped = self.server(&["stop"]);
        if !std::thread::panicking() {
            stopped.exits(0);
        }
    }
}

fn kill(signal: &str, pid: i32) {
    assert!(
        Command::new("kill")
            .args([signal, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(30), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

on_both_servers! {
    fn starts_in_a_folder_with_a_blank_and_an_umlaut_answers_both_clients_and_stops(server: Server) {
        let private = Private::empty_below(server, "a ü+%");
        // captured output: a server that kept stdout or stderr open would make this wait for ever
        private.start(&[]).exits(0).says("started");
        assert_eq!(mode(&private.state("")), 0o700);
        private.server(&["status"]).exits(0).prints("runs (pid ");
        let pid = private.pid();

        let url = private.url();
        assert!(url.starts_with("mysql://root@localhost/reviews?socket=%2F"), "{url}");
        let who = rows(&url, "SELECT CURRENT_USER(), DATABASE(), @@character_set_database, @@local_infile, @@log_bin").unwrap();
        let who: Vec<_> = who[0].iter().flatten().map(String::as_str).collect();
        assert_eq!(who, ["root@localhost", "reviews", "utf8mb4", "1", "0"]);
        let one = wait_for(async {
            use mysql_async::prelude::Queryable;
            let mut connection = mysql_async::Conn::from_url(&url).await?;
            connection.query_first::<u8, _>("SELECT 1").await
        });
        assert_eq!(one.unwrap(), Some(1));

        let shell = ran(reviewseed(&private.home()).args(["server", "shell"]).write_stdin("SELECT DATABASE(), 40 + 2")).exits(0);
        assert_eq!(shell.stdout.lines().last(), Some("reviews\t42"));

        private.start(&[]).exits(0).says("runs already");
        assert_eq!(private.pid(), pid, "the second start found the first server");
        private.server(&["stop"]).exits(0).says("server: stopped (pid ");
        private.server(&["stop"]).exits(0).says("no private server runs");
        private.server(&["status"]).exits(1).prints("no private server runs");
        private.server(&["url"]).exits(2).says("server start");
        private.server(&["shell"]).exits(2).says("server start");
    }
}

on_both_servers! {
    fn starts_again_after_the_server_was_killed(server: Server) {
        let private = Private::new(server);
        private.start(&["--buffer-pool", "96M"]).exits(0);
        let url = private.url();
        rows(&url, "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)").unwrap();
        kill("-KILL", private.pid());
        wait_until("the server is gone", || private.server(&["status"]).code == Some(1));
        assert!(private.state("server.sock").exists() && private.state("server.pid").exists(), "both are stale now");

        // not named again: the program that made the data and the options are remembered
        private.server(&["start"]).exits(0).says("started");
        assert_eq!(private.url(), url);
        let pool = rows(&url, "SELECT CAST(@@GLOBAL.innodb_buffer_pool_size AS CHAR)").unwrap();
        assert_eq!(pool[0][0].as_deref(), Some("100663296"));
        assert_eq!(rows(&url, "SELECT * FROM t").unwrap().len(), 1, "what was committed is there");
    }
}

on_both_servers! {
    fn tcp_is_loopback_only_and_takes_the_password(server: Server) {
        let private = Private::new(server);
        private.start(&["--tcp"]).exits(0);
        assert_eq!(mode(&private.state("password")), 0o600);
        let url = private.url();
        let password = fs::read_to_string(private.state("password")).unwrap();
        let host = url.strip_prefix(&format!("mysql://reviewseed:{}@127.0.0.1:", password.trim())).expect("the TCP account");
        let at_port = |account: &str| format!("mysql://{account}@127.0.0.1:{host}");

        let who = rows(&url, "SELECT CURRENT_USER(), @@bind_address").unwrap();
        assert_eq!(who[0], [Some("reviewseed@127.0.0.1".into()), Some("127.0.0.1".into())]);
        rows(&url, "CREATE DATABASE other; DROP DATABASE other; SET GLOBAL max_connections = 90").unwrap();
        let one = wait_for(async {
            use mysql_async::prelude::Queryable;
            let mut connection = mysql_async::Conn::from_url(&url).await?;
            connection.query_first::<u8, _>("SELECT 1").await
        });
        assert_eq!(one.unwrap(), Some(1));
        for account in ["root", "reviewseed", "reviewseed:wrong", "nobody", "root:wrong"] {
            let error = rows(&at_port(account), "SELECT 1").expect_err(account).to_string();
            assert!(error.contains("Access denied"), "{account}: {error}");
        }

        private.start(&[]).exits(0).says("runs already");
        let port: u16 = host.split_once('/').unwrap().0.parse().unwrap();
        private.start(&["--tcp", &(port ^ 1).to_string()]).exits(2).says("server stop");
        private.server(&["stop"]).exits(0);
        private.start(&[]).exits(0);
        assert!(private.url().contains("socket="), "TCP is on request only");
        private.start(&["--tcp"]).exits(2).says("runs without TCP");
    }
}

#[test]
fn two_starts_at_once_end_with_one_server() {
    let private = Private::empty(Server::MariaDB);
    let started: Vec<Ran> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| private.start(&[]).exits(0)))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    let fresh = started
        .iter()
        .filter(|ran| ran.stderr.contains("started"))
        .count();
    assert_eq!(fresh, 1, "{started:?}");
}

#[test]
fn a_socket_path_too_long_for_the_system_moves_to_a_short_folder() {
    // with a blank and an umlaut, which a URL must carry
    let private = Private::initialised_below(
        Server::MariaDB,
        format!("Prüf stand/{}", "deep/".repeat(20)),
    );
    private.start(&[]).exits(0);
    let url = private.url();
    assert!(url.contains("socket=%2Ftmp%2Freviewseed-"), "{url}");
    rows(&url, "SELECT 1").unwrap();
    let status = private.server(&["status"]).stdout;
    let socket = Path::new(
        status
            .split_once("socket")
            .unwrap()
            .1
            .lines()
            .next()
            .unwrap()
            .trim(),
    )
    .to_owned();
    let place = socket.parent().unwrap();
    assert_eq!(mode(place), 0o700);
    private.server(&["stop"]).exits(0);
    assert!(!place.exists(), "nothing stays in /tmp");
}

#[test]
fn a_process_that_only_has_the_pid_of_the_server_is_not_stopped() {
    let private = Private::new(Server::MariaDB);
    private.start(&[]).exits(0);
    let pid = private.pid();
    let record = fs::read_to_string(private.state("running.json")).unwrap();
    private.server(&["stop"]).exits(0);

    let mut stranger = Command::new("sleep")
        .arg("600")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let strange = stranger.id().to_string();
    let forge = || {
        fs::write(
            private.state("running.json"),
            record.replace(&pid.to_string(), &strange),
        )
        .unwrap();
        fs::write(private.state("server.pid"), &strange).unwrap();
    };
    forge();
    private.server(&["status"]).exits(1);
    private
        .server(&["stop"])
        .exits(0)
        .says("no private server runs");
    forge();
    private.start(&[]).exits(0).says("started");
    assert_ne!(private.pid().to_string(), strange);
    private.server(&["stop"]).exits(0);
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger lives");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

on_both_servers! {
    long
    fn a_killed_initialisation_is_redone_and_nothing_of_it_stays(server: Server) {
        let private = Private::empty(server);
        let mut start = Command::new(env!("CARGO_BIN_EXE_reviewseed"))
            .args(["server", "start", "--mysqld"])
            .arg(server.program())
            .current_dir(private.home())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let partial = private.state(&format!("partial-{}", start.id()));
        wait_until("it initialises", || partial.join("data").exists());
        start.kill().unwrap();
        start.wait().unwrap();
        assert!(partial.exists() && !private.state("server").exists());

        private.start(&[]).exits(0).says("started");
        rows(&private.url(), "SELECT 1").unwrap();
        private.server(&["stop"]).exits(0);
        private.start(&[]).exits(0);
        assert!(!partial.exists());
    }
}

#[test]
fn the_data_of_another_product_is_an_error_that_names_both() {
    let private = Private::new(Server::MariaDB);
    private.start(&[]).exits(0);
    let with_mysql = || {
        let mysql = Server::MySQL.program();
        ran(reviewseed(&private.home())
            .args(["server", "start"])
            .env("REVIEWSEED_MYSQLD", mysql))
        .exits(2)
    };
    with_mysql()
        .says("MariaDB")
        .says("MySQL")
        .says("server stop");
    private.server(&["stop"]).exits(0);
    with_mysql()
        .says("was initialised by MariaDB")
        .says("is MySQL")
        .says("--mysqld")
        .says(".reviewseed");
    private.server(&["start"]).exits(0);
}

#[test]
fn the_program_of_a_server_that_runs_is_not_run_for_its_version() {
    let private = Private::new(Server::MariaDB);
    let (program, runs) = (private.home().join("named"), private.home().join("runs"));
    let real = Server::MariaDB.program();
    let script = format!(
        "#!/bin/sh\necho run >>'{}'\nexec '{}' \"$@\"\n",
        runs.display(),
        real.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let start = || {
        let mut command = reviewseed(&private.home());
        ran(command
            .args(["server", "start"])
            .env("REVIEWSEED_MYSQLD", &program))
        .exits(0)
    };
    start().says("started");
    let so_far = fs::read_to_string(&runs).unwrap();
    assert!(so_far.contains("run"));
    start().says("runs already");
    assert_eq!(fs::read_to_string(&runs).unwrap(), so_far);
}

#[test]
fn a_server_that_does_not_start_shows_the_end_of_its_log() {
    let private = Private::new(Server::MariaDB);
    private.start(&[]).exits(0);
    private.server(&["stop"]).exits(0);
    let system = private.state("server/data/ibdata1");
    fs::write(&system, "spoiled").unwrap();
    private
        .start(&[])
        .exits(2)
        .says("ended while it was starting")
        .says("[ERROR]")
        .says("server.log");
    private.server(&["status"]).exits(1);
}

#[test]
fn a_program_that_is_not_a_server_is_an_error_before_anything_is_created() {
    let place = folder();
    let start = |program| run(place.path(), ["server", "start", "--mysqld", program]).exits(2);
    start("nosuch/mysqld").says("'nosuch/mysqld', which is not a program");
    assert!(!place.path().join(".reviewseed").exists());
    start("true").says("did not print its version");
}

on_both_servers! {
    fn a_scratch_database_is_created_and_dropped(server: Server) {
        let scratch = Scratch::new(server);
        let name = scratch.name().to_owned();
        assert_eq!(scratch.value("SELECT DATABASE()"), name);
        scratch.execute("CREATE TABLE t (id INT)");
        assert!(rows(scratch.url(), "SELECT * FROM t").unwrap().is_empty());
        drop(scratch);
        let left = rows(server.url(), &format!("SHOW DATABASES LIKE '{name}'")).unwrap();
        assert!(left.is_empty());
    }
}
