//! The other end of a connection: finds out whether the server still works while a statement has no
//! answer.
//!
//! A socket that waits to read does not notice that the network has stopped to forward packets (a
//! cut cable, a NAT timeout, a frozen proxy). Keepalive probes of TCP do not find this either, if a
//! proxy or a kernel answers them for a frozen server. So while a connection waits for an answer, a
//! query on a second connection asks what the server does with the session. Nothing limits how long
//! a server may execute a statement, as long as it answers these queries.

use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::poll;
use sqlx::mysql::MySqlRow;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use tokio::time::timeout;

use super::DatabaseUrl;
use super::network::Network;
use super::session_list::LISTS;
use crate::error::{Error, Result};
use crate::server_error::ER_CANNOT_CONVERT_STRING;

/// States of a session in a statement whose rest, or whose data, the client has not sent yet.
const WAITS_FOR_CLIENT: &str = "'Receiving from client', 'Reading from net'";

/// A session as its server knows it. The client's address distinguishes it from a session that has
/// the same number after a restart of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerSession {
    /// Host name and port that the server reports about itself. Behind a balancer, two connections
    /// may be to different servers.
    pub(super) server: String,
    id: u64,
    client: String,
}

/// Server, number and client of a session; each is `None` if the server does not report it.
pub(super) type Identity = (Option<String>, Option<u64>, Option<String>);

/// The statement that reads which session this is, from the list at position `list` of [`LISTS`].
pub(super) fn who_am_i(list: usize) -> String {
    format!(
        "SELECT CONCAT(@@hostname, ':', @@port), CAST(CONNECTION_ID() AS UNSIGNED), \
         (SELECT CAST(HOST AS CHAR) FROM {} WHERE ID = CONNECTION_ID())",
        LISTS[list]
    )
}

/// The state of the session, as a check from a second connection has found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// The server executes the statement, or cannot say what the session does.
    Working,
    /// The server has ended the session.
    Gone,
    /// The server waits for the client: either it has not received the statement or all of its
    /// data, or it has sent the answer.
    Idle,
    /// The server does not answer.
    Silent,
}

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Peer {
    /// A URL with only one host, the one of the connection.
    url: DatabaseUrl,
    /// The session of the connection; `None` if the server does not report it.
    session: Option<ServerSession>,
    given_up: bool,
}

impl Peer {
    /// The other end of a connection to the only host of a URL. `session` is the server's answer to
    /// [`who_am_i`].
    pub(super) fn new(url: &DatabaseUrl, session: Option<Identity>) -> Peer {
        let session = session.and_then(|(server, id, client)| {
            Some(ServerSession {
                server: server?,
                id: id?,
                client: client?,
            })
        });
        Peer {
            url: url.clone(),
            session,
            given_up: false,
        }
    }

    /// Whether the connection must not be used again.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up
    }

    fn network(&self) -> &Network {
        self.url.network()
    }

    /// Awaits the answer to a statement of `bytes` bytes, however long the server executes it.
    ///
    /// # Errors
    ///
    /// When the server is silent, or does not execute the statement although there is no answer.
    /// All later calls then fail at once, because the connection may be in the middle of an answer.
    pub(super) async fn answer<T>(
        &mut self,
        answer: impl Future<Output = T>,
        bytes: usize,
    ) -> io::Result<T> {
        self.must_be_usable()?;
        let mut answer = pin!(answer);
        // most packets of a large result have arrived already, and need no timer
        if let Poll::Ready(answer) = poll!(&mut answer) {
            return Ok(answer);
        }
        let began = Instant::now();
        let mut patience = self.network().patience();
        let mut suspected = false;
        loop {
            if let Ok(answer) = timeout(patience, &mut answer).await {
                return Ok(answer);
            }
            let seen = tokio::select! {
                biased;
                answer = &mut answer => return Ok(answer),
                seen = self.look() => seen,
            };
            // the server waits for the statement until a slow network has delivered it
            let on_its_way = seen == Seen::Idle && began.elapsed() < self.network().delivery(bytes);
            if seen == Seen::Working || on_its_way {
                (patience, suspected) = (self.network().patience(), false);
            } else if suspected {
                return Err(self.give_up(seen).await);
            } else {
                (patience, suspected) = (self.network().second_look(), true);
            }
        }
    }

    /// Awaits the answer to a question that every server answers at once.
    ///
    /// # Errors
    ///
    /// When there is no answer within the time limit. The connection is given up then.
    pub(super) async fn prompt_answer<T>(
        &mut self,
        answer: impl Future<Output = T>,
    ) -> io::Result<T> {
        self.must_be_usable()?;
        match timeout(self.network().connect(), answer).await {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.give_up(Seen::Silent).await),
        }
    }

    fn must_be_usable(&self) -> io::Result<()> {
        match self.given_up {
            true => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                format!("the connection to {} was given up", self.url.place()),
            )),
            false => Ok(()),
        }
    }

    /// Marks the connection as lost. Its session may hold locks, and the server may not know that
    /// nobody uses it any more. So the next connection ends the session.
    pub(super) fn lost(&mut self) {
        self.given_up = true;
        if let Some(session) = self.session.take() {
            self.network().give_up(session);
        }
    }

    async fn give_up(&mut self, seen: Seen) -> io::Error {
        self.lost();
        if seen == Seen::Idle {
            // if this fails, the next connection ends the session
            let _ = timeout(self.network().look(), self.end_given_up()).await;
        }
        let place = self.url.place();
        let seconds = self.network().timeout().as_secs_f32();
        let words = match seen {
            Seen::Gone => {
                format!(
                    "the server {place} has ended the session, but the connection was not closed here"
                )
            }
            Seen::Idle => format!(
                "the server {place} does not execute the statement, so the statement, its data or its answer was lost on the way"
            ),
            Seen::Working | Seen::Silent => format!(
                "the server {place} is silent: no answer for {seconds} s, on this connection or a new one"
            ),
        };
        io::Error::new(io::ErrorKind::TimedOut, words)
    }

    /// Ends the sessions that were given up, by opening a connection: [`identify`] then ends them.
    async fn end_given_up(&self) -> Result<()> {
        let mut connection = self.url.sqlx().connect().await.map_err(Error::from)?;
        identify(&mut connection, &self.url).await?;
        Ok(connection.close().await?)
    }

    /// Asks, on a second connection, what the server does with the session.
    async fn look(&self) -> Seen {
        match timeout(self.network().look(), self.ask_about_session()).await {
            Ok(Ok(seen)) => seen,
            // any answer shows that the server works; for example, the account may have no
            // connection left
            Ok(Err(error)) if error.code().is_some() => Seen::Working,
            Ok(Err(Error::PasswordHeldBack)) => Seen::Working,
            Ok(Err(_)) | Err(_) => Seen::Silent,
        }
    }

    async fn ask_about_session(&self) -> Result<Seen> {
        let mut connection = self.url.sqlx().connect().await.map_err(Error::from)?;
        let Some(session) = &self.session else {
            return Ok(Seen::Working);
        };
        let row = ask(&mut connection, |list| session.command(list)).await?;
        let _ = connection.close().await;
        let Some(row) = row else {
            return Ok(Seen::Working);
        };
        if row.try_get_unchecked::<Option<String>, _>(0)?.as_ref() != Some(&session.server) {
            // a load balancer has connected this query with another server, so nothing is known
            // about the session
            return Ok(Seen::Working);
        }
        Ok(match row.try_get_unchecked::<Option<String>, _>(1)? {
            None => Seen::Gone,
            Some(command) if command == "Sleep" => Seen::Idle,
            Some(_) => Seen::Working,
        })
    }
}

impl ServerSession {
    /// The statement that reads which server answers, and what the session does there: `Sleep` if
    /// the session waits for the client.
    fn command(&self, list: usize) -> String {
        format!(
            "SELECT CONCAT(@@hostname, ':', @@port), \
             (SELECT CAST(IF(STATE IN ({WAITS_FOR_CLIENT}), 'Sleep', COMMAND) AS CHAR) FROM {} \
             WHERE ID = {} AND HOST = {})",
            LISTS[list],
            self.id,
            mysql_schema::quote::quote_literal(&self.client)
        )
    }
}

/// The only row of a statement about a list of sessions; `None` if no list can be read.
async fn ask(
    connection: &mut sqlx::MySqlConnection,
    statement: impl Fn(usize) -> String,
) -> Result<Option<MySqlRow>> {
    for list in 0..LISTS.len() {
        let asked = connection.fetch_one(AssertSqlSafe(statement(list))).await;
        match asked.map_err(Error::from) {
            Ok(row) => return Ok(Some(row)),
            Err(error) if error.code() == Some(ER_CANNOT_CONVERT_STRING) => {}
            Err(error) if error.code().is_some() => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Reads which session a new connection has, and ends the sessions of this server that were given
/// up before.
///
/// # Errors
///
/// When the connection is lost. It is not an error if the server does not report the session.
pub(super) async fn identify(
    connection: &mut sqlx::MySqlConnection,
    url: &DatabaseUrl,
) -> Result<Peer> {
    let row = ask(connection, who_am_i).await?;
    let identity = row.map(|row| {
        Ok::<Identity, sqlx::Error>((
            row.try_get_unchecked(0)?,
            row.try_get_unchecked(1)?,
            row.try_get_unchecked(2)?,
        ))
    });
    let peer = Peer::new(url, identity.transpose()?);
    if let Some(session) = &peer.session {
        let given_up = url.network().take_given_up(&session.server);
        end(connection, given_up, url.network()).await;
    }
    Ok(peer)
}

/// Ends the sessions that wait for the client, because the client sends nothing more. Sessions that
/// execute a statement are recorded again: they may be changing a table, and the run needs the
/// result.
async fn end(
    connection: &mut sqlx::MySqlConnection,
    sessions: Vec<ServerSession>,
    network: &Network,
) {
    for session in sessions {
        let Ok(Some(row)) = ask(connection, |list| session.command(list)).await else {
            continue;
        };
        match row.try_get_unchecked::<Option<String>, _>(1) {
            Ok(Some(command)) if command == "Sleep" => {
                // it is not an error if the session ends by itself at this moment
                let kill = AssertSqlSafe(format!("KILL {}", session.id));
                let _ = connection.execute(kill).await;
            }
            Ok(Some(_)) => network.give_up(session),
            Ok(None) | Err(_) => {}
        }
    }
}

/// Time limit for telling the server that a connection ends. No server needs this message.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);
