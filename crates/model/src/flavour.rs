//! The two families of servers: MySQL and MariaDB.

/// The family of a server. The families differ in their catalogue and in some variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// MySQL and servers derived from it, such as Percona Server and managed MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}
