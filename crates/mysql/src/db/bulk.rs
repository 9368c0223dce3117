//! The connection for LOAD DATA LOCAL: a connection of mysql_async in which every wait has an end.

use std::io;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use mysql_async::Conn;
use mysql_async::prelude::{FromRow, Queryable};
use tokio::time::timeout;

use super::DatabaseUrl;
use super::peer::{GOODBYE, Peer, who_am_i};
use crate::engines::Engine;
use crate::error::{Error, Result};

/// A connection of mysql_async. Every wait ends as in a
/// [`MySqlConnection`](super::MySqlConnection).
#[derive(Debug)]
pub struct BulkConnection {
    inner: Conn,
    peer: Peer,
    engine: &'static Engine,
}

impl BulkConnection {
    /// A connection whose session on the server is not known, because the server is not asked.
    pub fn new(inner: Conn, url: &DatabaseUrl) -> BulkConnection {
        let (peer, engine) = (Peer::new(url, None), url.engine());
        BulkConnection {
            inner,
            peer,
            engine,
        }
    }

    /// Asks the server for the session of a new connection.
    pub(super) async fn identified(mut inner: Conn, url: &DatabaseUrl) -> Result<BulkConnection> {
        let identity = match inner.query_first(who_am_i(0)).await.map_err(Error::from) {
            Ok(identity) => identity,
            // the server answers with an error, so the session stays unknown
            Err(error) if error.code().is_some() => None,
            Err(error) => return Err(error),
        };
        let (peer, engine) = (Peer::new(url, identity), url.engine());
        Ok(BulkConnection {
            inner,
            peer,
            engine,
        })
    }

    /// The engine of the server.
    pub(super) fn engine(&self) -> &'static Engine {
        self.engine
    }

    /// Executes a statement.
    ///
    /// # Errors
    ///
    /// The server's error, and when the connection is lost.
    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        let answer = self
            .peer
            .answer(self.inner.query_drop(sql), sql.len())
            .await;
        self.checked(answer)
    }

    /// All rows of a query.
    ///
    /// # Errors
    ///
    /// The same as for [`BulkConnection::execute`].
    pub async fn query<T: FromRow + Send + 'static>(&mut self, sql: &str) -> Result<Vec<T>> {
        let answer = self.peer.answer(self.inner.query(sql), sql.len()).await;
        self.checked(answer)
    }

    fn checked<T>(&mut self, answer: io::Result<mysql_async::Result<T>>) -> Result<T> {
        if let Ok(Err(mysql_async::Error::Io(_))) = answer {
            self.peer.lost();
        }
        Ok(answer.map_err(mysql_async::Error::from)??)
    }

    /// Executes LOAD DATA LOCAL, which reads these pieces, whatever file the statement names.
    /// `bytes` is their length.
    ///
    /// # Errors
    ///
    /// The same as for [`BulkConnection::execute`].
    pub async fn load(
        &mut self,
        sql: &str,
        pieces: impl Iterator<Item = Bytes> + Send + Sync + 'static,
        bytes: usize,
    ) -> Result<()> {
        let pieces = stream::iter(pieces.map(Ok));
        self.inner
            .set_infile_handler(async move { Ok(pieces.boxed()) });
        let loaded = self.inner.query_drop(sql);
        let answer = self.peer.answer(loaded, sql.len() + bytes).await;
        self.checked(answer)
    }

    /// The server's text about the last statement.
    pub fn info(&self) -> String {
        self.inner.info().into_owned()
    }

    /// Tells the server that the connection ends, and closes it. It is not an error if the
    /// connection was lost before.
    pub async fn close(self) {
        if !self.peer.is_given_up() {
            let _ = timeout(GOODBYE, self.inner.disconnect()).await;
        }
    }
}
