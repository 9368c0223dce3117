//! The connection that all statements except LOAD DATA use: a connection of sqlx in which every
//! wait has an end.
//!
//! [`MySqlConnection`] replaces sqlx's type of the same name, so that no code can execute a
//! statement without a limit.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sqlx::mysql::{MySql, MySqlQueryResult, MySqlRow, MySqlStatement, MySqlTypeInfo};
use sqlx::{Connection, Either, Execute, Executor, SqlStr};
use tokio::time::timeout;

use super::peer::{GOODBYE, Peer};
use crate::engines::Engine;
use crate::error::{Context, Result};

/// A connection of sqlx. If the server is silent, or does not execute a statement that has no
/// answer, the statement fails as it does when the connection is reset.
#[derive(Debug)]
pub struct MySqlConnection {
    inner: sqlx::MySqlConnection,
    peer: Box<Peer>,
    engine: &'static Engine,
}

impl MySqlConnection {
    pub(super) fn new(
        inner: sqlx::MySqlConnection,
        peer: Peer,
        engine: &'static Engine,
    ) -> MySqlConnection {
        let peer = Box::new(peer);
        MySqlConnection {
            inner,
            peer,
            engine,
        }
    }

    /// The engine of the server.
    pub fn engine(&self) -> &'static Engine {
        self.engine
    }

    /// Sets the session variables again as they were when the session began, whatever has changed
    /// them.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn begin_again(&mut self) -> Result<()> {
        let session = self.execute(sqlx::raw_sql(self.engine.session)).await;
        session.context("cannot set the session that reviewseed needs")?;
        Ok(())
    }

    /// Asks the server whether it still answers.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn ping(&mut self) -> Result<()> {
        let answer = self.peer.prompt_answer(self.inner.ping()).await;
        Ok(answer.map_err(sqlx::Error::Io)??)
    }

    /// Tells the server that the connection ends, and closes it. It is not an error if the
    /// connection was lost before.
    pub(super) async fn close(self) {
        if !self.peer.is_given_up() {
            let _ = timeout(GOODBYE, self.inner.close()).await;
        }
    }
}

impl<'c> Executor<'c> for &'c mut MySqlConnection {
    type Database = MySql;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        mut query: E,
    ) -> BoxStream<'e, Result<Either<MySqlQueryResult, MySqlRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, MySql>,
    {
        let MySqlConnection { inner, peer, .. } = self;
        let arguments = query.take_arguments();
        let sql = query.sql();
        let bytes = sql.as_str().len();
        let answers = match arguments {
            Ok(arguments) => inner.fetch_many((sql, arguments)),
            Err(error) => return stream::iter([Err(sqlx::Error::Encode(error))]).boxed(),
        };
        stream::try_unfold((answers, peer), move |(mut answers, peer)| async move {
            let answer = peer.answer(answers.next(), bytes).await;
            let answer = answer.map_err(sqlx::Error::Io)?;
            if let Some(Err(sqlx::Error::Io(_))) = answer {
                peer.lost();
            }
            let answer = answer.transpose()?;
            Ok(answer.map(|answer| (answer, (answers, peer))))
        })
        .boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<MySqlRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, MySql>,
    {
        let mut rows = self.fetch(query);
        Box::pin(async move { rows.try_next().await })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [MySqlTypeInfo],
    ) -> BoxFuture<'e, Result<MySqlStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        let MySqlConnection { inner, peer, .. } = self;
        Box::pin(async move {
            let bytes = sql.as_str().len();
            let prepared = inner.prepare_with(sql, parameters);
            let prepared = peer.answer(prepared, bytes).await;
            prepared.map_err(sqlx::Error::Io)?
        })
    }
}
