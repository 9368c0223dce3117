//! A database for one test alone.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::harness::{Server, execute, rows};

/// A database of one test. It is dropped if the test succeeds; if the test fails, it is kept and
/// its URL is printed.
#[derive(Debug)]
pub struct Scratch {
    name: String,
    url: String,
}

impl Scratch {
    /// Creates an empty database.
    pub fn new(server: Server) -> Self {
        Self::at(server.url())
    }

    /// Creates an empty database on the server of this URL.
    pub fn at(server: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // the name is unique among processes, threads, and databases that earlier runs have kept
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("it_{now:x}_{}_{count}_", std::process::id());
        let url = server.replace("/reviews?", &format!("/{name}?"));
        execute(
            server,
            &format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
        );
        Self { name, url }
    }

    /// The existing database of a URL.
    pub fn existing(url: &str) -> Self {
        let name = url.rsplit('/').next().unwrap_or_default();
        let name = name.split('?').next().unwrap_or_default().to_owned();
        Self {
            name,
            url: url.to_owned(),
        }
    }

    /// The URL for `--database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Executes statements and ignores their results.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// The rows of a query, as text; NULL is `None`.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        rows(&self.url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The only value of a query.
    pub fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql}");
        rows[0][0].clone().unwrap_or_else(|| panic!("{sql}: NULL"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(
                clippy::print_stderr,
                reason = "the test's captured output, shown because it failed"
            )]
            {
                eprintln!("kept for inspection: {}", self.url);
            }
            return;
        }
        // the binary creates databases of its own, whose names begin with the name of this one
        let named = format!(
            "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, {}) = '{}'",
            self.name.len(),
            self.name
        );
        for row in self.rows(&named) {
            self.execute(&format!("DROP DATABASE `{}`", row[0].as_deref().unwrap()));
        }
    }
}
