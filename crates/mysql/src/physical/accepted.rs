//! The server programs that have passed the probe: one line each in
//! `$XDG_CACHE_HOME/reviewseed/accepted-servers`, so that a program is probed once. Without the
//! file, each run probes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use sqlx::Row;

/// Version of the files that are written. If it changes, all servers are probed again.
const FORMAT: u32 = 1;

/// A server program: its line in the list has its version, path, size and time of change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProgram {
    line: String,
}

impl ServerProgram {
    /// The program of a server. `binary` is its path, if the caller knows it; otherwise the program
    /// is found through the process of the server. `None` if it cannot be found: then the server is
    /// probed in each run.
    ///
    /// # Errors
    ///
    /// When the server's variables cannot be read.
    pub async fn of(
        connection: &mut MySqlConnection,
        folder: &Path,
        binary: Option<&Path>,
    ) -> Result<Option<ServerProgram>> {
        let row = sqlx::query(
            "SELECT CONCAT_WS(' ', VERSION(), @@version_comment, @@version_compile_os, @@version_compile_machine), @@pid_file",
        )
        .fetch_one(connection)
        .await
        .context("cannot read the server's version")?;
        let version: String = row.try_get_unchecked(0)?;
        let pid_file: String = row.try_get_unchecked(1)?;
        let found = binary.map(Path::to_owned);
        let found = found.or_else(|| program_of(&folder.join(pid_file)));
        Ok(found.and_then(|binary| ServerProgram::new(&version, &binary)))
    }

    fn new(version: &str, binary: &Path) -> Option<ServerProgram> {
        let file = fs::metadata(binary).ok()?;
        let line = format!(
            "{FORMAT} {version} {} {} {}.{}",
            binary.display(),
            file.len(),
            file.mtime(),
            file.mtime_nsec()
        );
        Some(ServerProgram {
            line: line.replace('\n', " "),
        })
    }

    /// Whether the program has passed the probe.
    pub fn is_accepted(&self) -> bool {
        let text = list().and_then(|list| fs::read_to_string(list).ok());
        text.is_some_and(|text| text.lines().any(|line| line == self.line))
    }

    /// Adds the program to the list of those that have passed the probe.
    ///
    /// # Errors
    ///
    /// When the list cannot be written; the next run probes again.
    pub fn accept(&self) -> std::io::Result<()> {
        let Some(list) = list() else {
            return Ok(());
        };
        if let Some(folder) = list.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut list = OpenOptions::new().create(true).append(true).open(list)?;
        list.write_all(format!("{}\n", self.line).as_bytes())
    }
}

fn list() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| set("HOME").map(|home| Path::new(&home).join(".cache")))?;
    Some(cache.join("reviewseed/accepted-servers"))
}

/// The program of the process whose id is in a file.
fn program_of(pid_file: &Path) -> Option<PathBuf> {
    let pid: u32 = fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    fs::read_link(format!("/proc/{pid}/exe")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_or_another_file_is_another_program() {
        let folder = std::env::temp_dir().join(format!("accepted-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let binary = folder.join("mysqld");
        fs::write(&binary, "one").unwrap();
        let one = ServerProgram::new("9.7.4 GPL", &binary).unwrap();
        assert_eq!(ServerProgram::new("9.7.4 GPL", &binary), Some(one.clone()));
        assert_ne!(ServerProgram::new("9.7.5 GPL", &binary), Some(one.clone()));
        fs::write(&binary, "other").unwrap();
        assert_ne!(ServerProgram::new("9.7.4 GPL", &binary), Some(one));
        assert_eq!(ServerProgram::new("9.7.4", &folder.join("none")), None);
        fs::remove_dir_all(folder).unwrap();
    }
}
