//! A reader and a writer use a table while `reindex` builds its indexes: no statement fails, and
//! none waits long.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::support::harness::{Scratch, Server, folder, on_both_servers, run, wait_for};

/// What one of them met.
#[derive(Debug)]
struct Met {
    statements: u32,
    failed: Vec<String>,
    longest: Duration,
}

/// Sends the statement again and again; `#` in it is a number from 1 to `rows`.
fn hammer(url: &str, sql: &str, rows: u32, stop: &AtomicBool) -> Met {
    let mut met = Met {
        statements: 0,
        failed: Vec::new(),
        longest: Duration::ZERO,
    };
    let options: MySqlConnectOptions = url.parse().unwrap();
    wait_for(async {
        let mut connection = options.connect().await.unwrap();
        while !stop.load(Ordering::Relaxed) {
            met.statements += 1;
            let id = met.statements.wrapping_mul(2_654_435_761) % rows + 1;
            let begin = Instant::now();
            let sql = sql.replace('#', &id.to_string());
            if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await
            {
                met.failed.push(error.to_string());
            }
            met.longest = met.longest.max(begin.elapsed());
        }
    });
    met
}

/// Runs `reindex` with both at it; gives what the reader and the writer met.
fn reindex_under_fire(
    folder: &std::path::Path,
    arguments: &[&str],
    url: &str,
    sql: [&str; 2],
    rows: u32,
) -> [Met; 2] {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let [reader, writer] = sql.map(|sql| scope.spawn(|| hammer(url, sql, rows, &stop)));
        std::thread::sleep(Duration::from_millis(200));
        let ran = run(folder, arguments);
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        let met = [reader.join().unwrap(), writer.join().unwrap()];
        ran.exits(0);
        met
    })
}

on_both_servers! {
    fn readers_and_writers_are_not_blocked_while_indexes_are_built(server: Server) {
        const COLUMNS: &str = "id INT AUTO_INCREMENT PRIMARY KEY, a INT NOT NULL, b VARCHAR(100) NOT NULL";
        let scratch = Scratch::new(server);
        scratch.execute(&format!("CREATE TABLE t ({COLUMNS}); INSERT INTO t (a, b) VALUES (1, 'x')"));
        for _ in 0..16 {
            scratch.execute("INSERT INTO t (a, b) SELECT CRC32(id + a) % 100000, SHA2(id + a, 256) FROM t");
        }
        let folder = folder();
        let keys = "KEY ka (a, b), KEY kb (b), KEY kd (a DESC)";
        std::fs::write(folder.path().join("to.sql"), format!("CREATE TABLE t ({COLUMNS}, {keys})")).unwrap();
        let met = reindex_under_fire(
            folder.path(),
            &["reindex", "--schema", "to.sql", "--database-url", scratch.url()],
            scratch.url(),
            ["SELECT * FROM t WHERE id = #", "UPDATE t SET a = a + 1, b = SHA2(b, 256) WHERE id = #"],
            1 << 16,
        );
        for met in met {
            assert!(met.statements > 20, "{met:?}");
            assert_eq!(met.failed, [""; 0]);
            assert!(met.longest < Duration::from_secs(20), "{met:?}");
        }
        run(folder.path(), ["reindex", "--schema", "to.sql", "--database-url", scratch.url(), "--dry-run"]).exits(0);
    }
}
