//! The tier to which a test sends its requests: the database by SQL, or a server of the service
//! over HTTP.

use std::future::Future;
use std::time::Duration;

use mysql::db::{self, DatabaseUrl, MySqlConnection};

use super::mix::{Mix, ReadKind};
use super::requests::{self, Answer, Failure};
use crate::error::{Error, Result};
use crate::targets::TargetKind;

/// What answers the requests of a test.
pub trait Tier: Send + Sync + 'static {
    /// An open connection.
    type Connection: Send;

    /// The kind of ids that the requests need.
    ///
    /// # Errors
    ///
    /// [`Error::Options`] when the requests need ids of more than one kind.
    fn kind(&self) -> Result<TargetKind>;

    /// The names of the kinds of requests.
    fn labels(&self) -> Vec<String>;

    /// Which kind of request the `n`-th is, from 0. The same seed gives the same requests.
    fn pick(&self, seed: u64, n: u64) -> usize;

    /// Opens a connection before the first request, within the time `limit`.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached in this time, or cannot answer requests of this kind. The
    /// message says what the user can do.
    fn open_first(&self, limit: Duration) -> impl Future<Output = Result<Self::Connection>> + Send;

    /// Opens a connection in the course of the test.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    fn open(&self) -> impl Future<Output = std::result::Result<Self::Connection, Failure>> + Send;

    /// Sends one request of this kind and reads its answer.
    ///
    /// # Errors
    ///
    /// When there is no complete answer.
    fn ask(
        &self,
        connection: &mut Self::Connection,
        which: usize,
        id: u64,
    ) -> impl Future<Output = std::result::Result<Answer, Failure>> + Send;

    /// The most probable cause, if it can be found, when the server answered no request, or all
    /// with 400.
    fn diagnosis(&self) -> impl Future<Output = Option<String>> + Send {
        std::future::ready(None)
    }

    /// Closes a connection after the test.
    fn close(connection: Self::Connection) -> impl Future<Output = ()> + Send;
}

/// The database: the reads of the service.
#[derive(Debug, Clone)]
pub struct SqlTier {
    /// The URL of the database.
    pub database: DatabaseUrl,
    /// The share of each kind of read.
    pub mix: Mix,
}

impl SqlTier {
    /// A connection on which every statement is prepared, so that no request has to.
    async fn prepared(&self) -> Result<MySqlConnection> {
        let mut connection = db::connect(&self.database).await.map_err(Error::other)?;
        requests::prepare(&mut connection).await?;
        Ok(connection)
    }
}

impl Tier for SqlTier {
    type Connection = MySqlConnection;

    fn kind(&self) -> Result<TargetKind> {
        Ok(TargetKind::Product)
    }

    fn labels(&self) -> Vec<String> {
        ReadKind::ALL.map(|read| read.name().to_owned()).to_vec()
    }

    fn pick(&self, seed: u64, n: u64) -> usize {
        self.mix.pick(seed, n) as usize
    }

    async fn open_first(&self, limit: Duration) -> Result<MySqlConnection> {
        let opened = tokio::time::timeout(limit, self.prepared()).await;
        opened.unwrap_or_else(|_| {
            Err(Error::Unanswered {
                what: format!(
                    "cannot open a connection to {} within {limit:?}; is the server overloaded? \
                     otherwise allow more time: --timeout TIME",
                    self.database
                ),
                source: "the server has not answered yet".into(),
            })
        })
    }

    async fn open(&self) -> std::result::Result<MySqlConnection, Failure> {
        self.prepared().await.map_err(Failure::connect)
    }

    async fn ask(
        &self,
        connection: &mut MySqlConnection,
        which: usize,
        id: u64,
    ) -> std::result::Result<Answer, Failure> {
        requests::ask(connection, ReadKind::ALL[which], id).await?;
        Ok(Answer::default())
    }

    async fn close(connection: MySqlConnection) {
        db::close(connection).await;
    }
}
