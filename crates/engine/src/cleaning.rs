//! Removes what runs leave in a database besides the rows: the tables of the ledger.

use crate::database::resolve;
use crate::error::{Result, fail};
use crate::event::Events;
use crate::options::DatabaseChoice;
use crate::seeded;
use mysql::db::{self, Database, DatabaseUrl, MySqlConnection};
use mysql::ledger::removal;

/// What to do about an unfinished run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// Remove nothing, so that the run can be resumed.
    Keep,
    /// Remove the ledger, although the run can then no longer be resumed.
    Forget,
}

/// The tables of the ledger, which can be removed. While this value exists, no run can start in the
/// database.
pub struct Cleaning {
    url: DatabaseUrl,
    connection: MySqlConnection,
    /// Holds the run lock.
    _database: Database,
    tables: Vec<String>,
    others: Vec<String>,
}

impl Cleaning {
    /// Takes the run lock and lists the tables.
    ///
    /// # Errors
    ///
    /// When a run is working on the database, or an unfinished run must be kept.
    pub async fn prepare(
        choice: &DatabaseChoice,
        unfinished: Unfinished,
        events: &Events,
    ) -> Result<Cleaning> {
        let (url, _) = resolve(choice, events).await?;
        let mut connection = db::connect(&url).await?;
        let mut database = Database::new(url.clone());
        database.lead(&mut connection).await?;
        if unfinished == Unfinished::Keep
            && let Some((run, command)) = seeded::unfinished(&mut connection).await?
        {
            fail!(
                "the run of {} UTC in {url} is unfinished (phase {}), and without the tables _reviewseed_* it can never be resumed; nothing was removed: finish it with {command}, or add --forget-unfinished",
                run.started_at,
                run.phase.name()
            );
        }
        let tables = removal::tables(&mut connection).await?;
        let others = removal::databases(&mut connection, url.database()).await?;
        Ok(Cleaning {
            url,
            connection,
            _database: database,
            tables,
            others,
        })
    }

    /// The URL of the database.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The tables that would be removed.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Databases that interrupted runs have left. They are not removed.
    pub fn other_databases(&self) -> &[String] {
        &self.others
    }

    /// Removes the tables. Returns the global settings that were restored before that.
    ///
    /// # Errors
    ///
    /// When the account may not drop the tables.
    pub async fn remove(mut self) -> Result<Vec<String>> {
        let restored = removal::remove(&mut self.connection, &self.tables).await?;
        db::close(self.connection).await;
        Ok(restored)
    }
}

impl std::fmt::Debug for Cleaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Cleaning {{ url: {}, tables: {:?} }}",
            self.url, self.tables
        )
    }
}
