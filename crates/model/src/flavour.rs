//! The two families of servers.

/// The two families of servers; they differ in their catalogue and in some variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL and its close relatives (Percona, managed ones).
    MySql,
    /// MariaDB.
    MariaDb,
}
