//! Removes what runs have left in a database besides the rows: the tables of the ledger.

use crate::database::resolve;
use crate::error::{Result, fail};
use crate::event::Events;
use crate::options::DatabaseChoice;
use crate::seeded;
use mysql::db::{self, Database, DatabaseUrl, MySqlConnection};
use mysql::ledger::removal;

/// What is done about a run that is unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// It is kept, so that it can be resumed: nothing is removed.
    Keep,
    /// It can no longer be resumed.
    Forget,
}

/// What can be removed, while no run can begin in the database.
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
    /// When a run works on the database, or an unfinished run is to be kept.
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
                "the run of {} UTC in {url} is unfinished (phase {}), and without these tables it can never be resumed; nothing was removed: finish it with {command}, or add --forget-unfinished",
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

    /// The database.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The tables that would be removed.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }

    /// Databases that interrupted runs have left, which are not removed.
    pub fn other_databases(&self) -> &[String] {
        &self.others
    }

    /// Removes the tables. Returns the global settings that were restored before.
    ///
    /// # Errors
    ///
    /// When the account may not drop them.
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
