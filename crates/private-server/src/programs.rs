//! Finds the programs: the server, its initialiser and its client. Finds out whether a server is
//! MySQL or MariaDB.
//!
//! This module looks for files and asks a program for its version. It changes nothing. The paths
//! are absolute, and symbolic links in them are kept, because a package upgrade moves the files
//! that the links point to.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const SERVERS: [&str; 2] = ["mysqld", "mariadbd"];

/// Folders in which servers are installed and which the PATH of an ordinary user lacks.
const USUAL_PLACES: [&str; 8] = [
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/local/mysql/bin",
    "/opt/homebrew/bin",
    "/opt/homebrew/opt/mysql/bin",
    "/opt/homebrew/opt/mariadb/bin",
];

const HOW_TO_GET_ONE: &str = "no database server is installed here; install one, or name one:
  Debian         scripts/servers mysql (in a clone; installs nothing), or apt install mariadb-server
  Ubuntu         apt install mariadb-server
  macOS          brew install mysql
  elsewhere      --mysqld PATH (REVIEWSEED_MYSQLD) names a mysqld or mariadbd
  Docker         docker run -d -p 3306:3306 -e MYSQL_ROOT_PASSWORD=pw -e MYSQL_DATABASE=reviews mysql --local-infile=1
                 and then --database-url mysql://root:pw@127.0.0.1:3306/reviews";

/// The two families of servers. They differ in how they are initialised and in their settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flavour {
    /// MySQL.
    MySQL,
    /// MariaDB.
    MariaDB,
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flavour::MySQL => "MySQL",
            Flavour::MariaDB => "MariaDB",
        })
    }
}

/// The product of a server program: `MySQL 9.7.4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// MySQL or MariaDB.
    pub flavour: Flavour,
    /// The version without suffixes: `10.11.19`.
    pub version: String,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.flavour, self.version)
    }
}

impl Product {
    /// `9.7` of `9.7.4`. Servers of one series can read each other's data directories.
    pub fn series(&self) -> &str {
        let end = self
            .version
            .match_indices('.')
            .nth(1)
            .map_or(self.version.len(), |(at, _)| at);
        &self.version[..end]
    }

    /// Whether both products can run on the same data directory.
    pub fn same_series(&self, other: &Product) -> bool {
        self.flavour == other.flavour && self.series() == other.series()
    }

    /// Whether this is the given version or a later one; a part that is not a number counts as 0.
    pub(super) fn at_least(&self, version: &[u32]) -> bool {
        let parts = self
            .version
            .split('.')
            .map(|part| part.parse().unwrap_or(0));
        parts.ge(version.iter().copied())
    }

    /// Parses the output of `--version`: `mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))`.
    fn parse(printed: &str) -> Option<Product> {
        let flavour = if printed.contains("MariaDB") {
            Flavour::MariaDB
        } else {
            Flavour::MySQL
        };
        let text = printed.split_once("Ver ")?.1.trim_start();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let version = text[..end].trim_end_matches('.').to_owned();
        version
            .contains('.')
            .then_some(Product { flavour, version })
    }
}

/// The server program: the one that the user named, else the `remembered` one, else the first that
/// a search finds.
pub(super) fn server(named: Option<&Path>, remembered: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        let found = if is_program(named) {
            Some(named.to_owned())
        } else {
            bare_name(named).and_then(on_path)
        };
        let found = found.ok_or_else(|| {
            Error::Program(format!(
                "--mysqld (REVIEWSEED_MYSQLD) names '{}', which is not a program; name a mysqld or mariadbd",
                named.display()
            ))
        })?;
        return absolute(&found);
    }
    if let Some(remembered) = remembered.filter(|path| is_program(path)) {
        return Ok(remembered.to_owned());
    }
    search(Path::new(""), env::var_os("PATH"), &USUAL_PLACES)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io(|| {
        format!("cannot determine the absolute path of '{}'", path.display())
    }))
}

/// Searches `.servers` of the folder, then the folders of `path`, then the `usual` folders. At each
/// of these three places, mysqld comes before mariadbd.
fn search(folder: &Path, path: Option<OsString>, usual: &[&str]) -> Result<PathBuf> {
    let path = path.unwrap_or_default();
    let candidates =
        [".servers/mysql/bin/mysqld", ".servers/mariadb/bin/mariadbd"].map(|own| folder.join(own));
    let on_path = SERVERS.iter().flat_map(|name| in_folders(&path, name));
    let usual = SERVERS
        .iter()
        .flat_map(|name| usual.iter().map(move |place| Path::new(place).join(name)));
    match candidates
        .into_iter()
        .chain(on_path)
        .chain(usual)
        .find(|path| is_program(path))
    {
        Some(found) => absolute(&found),
        None => Err(Error::Program(HOW_TO_GET_ONE.to_owned())),
    }
}

/// Asks the program for its product and version.
pub(super) fn identify(binary: &Path) -> Result<Product> {
    let output = Command::new(binary)
        .args(["--no-defaults", "--version"])
        .output()
        .map_err(Error::io(|| format!("cannot run '{}'", binary.display())))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    Product::parse(&printed)
        .filter(|_| output.status.success())
        .ok_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            Error::Program(format!(
                "'{}' did not print its version ({}): '{}'; is it a mysqld or mariadbd?",
                binary.display(),
                output.status,
                if printed.trim().is_empty() {
                    errors.trim()
                } else {
                    printed.trim()
                }
            ))
        })
}

/// The path of `mariadb-install-db`, which packages and archives put into different folders.
pub(super) fn mariadb_installer(server: &Path) -> Result<PathBuf> {
    let names = ["mariadb-install-db", "mysql_install_db"];
    beside(server, &["", "../bin", "../scripts"], &names).ok_or_else(|| {
        Error::Program(format!(
            "found no 'mariadb-install-db' beside '{}' or on PATH; install it with MariaDB's server package",
            server.display()
        ))
    })
}

/// The interactive client: the one that came with the server, else one on PATH.
pub(super) fn client(server: &Path, flavour: Flavour) -> Result<PathBuf> {
    let names = match flavour {
        Flavour::MySQL => ["mysql", "mariadb"],
        Flavour::MariaDB => ["mariadb", "mysql"],
    };
    beside(server, &["", "../bin"], &names).ok_or_else(|| {
        Error::Program(format!(
            "found no client '{}' beside '{}' or on PATH; install one (apt install {}-client), or use another client with the URL that 'reviewseed server url' prints",
            names[0],
            server.display(),
            names[0].replace("mysql", "default-mysql")
        ))
    })
}

/// The first program of that name on PATH.
pub(super) fn on_path(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    in_folders(&env::var_os("PATH")?, name).find(|path| is_program(path))
}

fn in_folders(path: &OsStr, name: impl AsRef<OsStr>) -> impl Iterator<Item = PathBuf> {
    // skips empty entries, which mean the current folder: nobody expects programs to come from it
    env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(move |folder| folder.join(name.as_ref()))
}

/// The first program with one of these names in `folders`, which are relative to the folder of the
/// server. If there is none, the first on PATH.
fn beside(server: &Path, folders: &[&str], names: &[&str]) -> Option<PathBuf> {
    let home = server.parent()?;
    // the server may be a link on PATH; the other programs are then beside the file it points to
    let real = server.canonicalize().ok();
    let homes = [Some(home), real.as_deref().and_then(Path::parent)];
    homes
        .into_iter()
        .flatten()
        .flat_map(|home| folders.iter().map(move |folder| home.join(folder)))
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| is_program(path))
        .or_else(|| names.iter().find_map(on_path))
}

fn bare_name(path: &Path) -> Option<&OsStr> {
    path.file_name().filter(|name| *name == path.as_os_str())
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_read_from_what_its_server_prints() {
        let cases = [
            (
                "/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))",
                "MySQL 9.7.4",
                "9.7",
            ),
            (
                "mariadbd  Ver 10.11.18-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)",
                "MariaDB 10.11.18",
                "10.11",
            ),
            (
                "mysqld  Ver 8.0.41 for macos15.2 on arm64 (Homebrew)",
                "MySQL 8.0.41",
                "8.0",
            ),
        ];
        for (printed, product, series) in cases {
            let parsed = Product::parse(printed).unwrap();
            assert_eq!(
                (parsed.to_string().as_str(), parsed.series()),
                (product, series)
            );
        }
        assert_eq!(Product::parse("GNU bash, version 5.2"), None);
        assert_eq!(Product::parse("Ver "), None);
    }

    #[test]
    fn a_patch_release_is_the_same_series_and_another_flavour_is_not() {
        let product = |flavour, version: &str| Product {
            flavour,
            version: version.into(),
        };
        let old = product(Flavour::MySQL, "9.7.4");
        assert!(old.same_series(&product(Flavour::MySQL, "9.7.10")));
        assert!(!old.same_series(&product(Flavour::MySQL, "9.70.1")));
        assert!(!old.same_series(&product(Flavour::MariaDB, "9.7.4")));
    }

    #[test]
    fn where_no_server_is_found_the_error_says_how_to_get_one() {
        let empty = tempfile::tempdir().unwrap();
        let error = search(empty.path(), Some(empty.path().into()), &[])
            .unwrap_err()
            .to_string();
        for word in [
            "scripts/servers",
            "Debian",
            "Ubuntu",
            "macOS",
            "Docker",
            "--database-url",
            "--mysqld",
        ] {
            assert!(error.contains(word), "{word:?} is missing in {error}");
        }
    }

    #[test]
    fn servers_of_the_folder_come_before_those_on_path_and_mysql_before_mariadb() {
        let folder = tempfile::tempdir().unwrap();
        let path = tempfile::tempdir().unwrap();
        let found = || search(folder.path(), Some(path.path().into()), &[]).ok();
        let add = |program: PathBuf| {
            std::fs::create_dir_all(program.parent().unwrap()).unwrap();
            std::fs::write(&program, "").unwrap();
            assert_ne!(
                found().as_ref(),
                Some(&program),
                "a file that cannot be run is no server"
            );
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
            assert_eq!(found(), Some(program));
        };
        add(path.path().join("mariadbd"));
        add(path.path().join("mysqld"));
        add(folder.path().join(".servers/mariadb/bin/mariadbd"));
        add(folder.path().join(".servers/mysql/bin/mysqld"));
    }
}
