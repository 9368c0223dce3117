//! Sends the reads of the service as prepared statements on one connection, as a request of its API
//! does.

use std::time::Duration;

use mysql::db::MySqlConnection;
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::mix::ReadKind;
use crate::error::{Error, Result, server_error};
use mysql::server_error::ER_SERVER_SHUTDOWN;

const LIST_NEWEST: &str = include_str!("../../../../queries/list-newest.sql");
const LIST_HELPFUL: &str = include_str!("../../../../queries/list-helpful.sql");
const LIST_RELEVANT: &str = include_str!("../../../../queries/list-relevant.sql");
const LIST_PHOTOS: &str = include_str!("../../../../queries/list-photos.sql");
const META: [&str; 3] = [
    include_str!("../../../../queries/meta-ratings.sql"),
    include_str!("../../../../queries/meta-recommended.sql"),
    include_str!("../../../../queries/meta-characteristics.sql"),
];

/// Reviews on a page, and placeholders in the query for their photos.
const PAGE: usize = 5;

/// An answer that arrived completely.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP; `None` for SQL.
    pub status: Option<u16>,
    /// Bytes of the body; 0 for SQL.
    pub bytes: u64,
    /// Where a redirect leads.
    pub redirect: Option<String>,
}

/// The kind of requests that were not answered in time.
pub(super) const TIMEOUT: &str = "timeout";

/// A request that was not answered.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The kind by which failures are counted.
    pub kind: String,
    /// The message; the first of each kind is shown.
    pub message: String,
    broke: bool,
}

impl Failure {
    /// A connection that could not be opened again.
    pub fn connect(error: Error) -> Failure {
        let kind = match error.server_error() {
            Some(code) => format!("cannot connect (server error {code})"),
            None => "cannot connect".to_owned(),
        };
        Failure {
            kind,
            message: with_causes(&error),
            broke: true,
        }
    }

    /// No answer in time.
    pub fn timeout(limit: Duration) -> Failure {
        Failure::lost(TIMEOUT, format!("no answer within {limit:?}"))
    }

    /// No connection in time.
    pub(super) fn not_open(limit: Duration) -> Failure {
        Failure::lost(
            TIMEOUT,
            format!("the connection is not open after {limit:?}"),
        )
    }

    /// A connection that failed in this way.
    pub(super) fn lost(kind: &str, message: String) -> Failure {
        Failure {
            kind: kind.to_owned(),
            message,
            broke: true,
        }
    }

    /// Whether the connection cannot be used again.
    pub fn broke_connection(&self) -> bool {
        self.broke
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        let code = server_error(&error);
        Failure {
            kind: match code {
                Some(code) => format!("server error {code}"),
                None => "connection lost".to_owned(),
            },
            message: error.to_string(),
            broke: !matches!(code, Some(code) if code != ER_SERVER_SHUTDOWN),
        }
    }
}

/// The error and its causes, separated by colons.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Prepares every statement, so that no request has to.
///
/// # Errors
///
/// [`Error::Unanswered`] when the server cannot execute a statement.
pub async fn prepare(connection: &mut MySqlConnection) -> Result<()> {
    let unanswered = |failure: Failure| {
        let what = match failure.broke_connection() {
            true => "the connection was lost before the test began; is the server still running?",
            false => {
                "the database cannot execute the queries of the service; if its tables are missing, load them first: reviewseed seed DIR"
            }
        };
        Error::Unanswered {
            what: what.to_owned(),
            source: failure.message.into(),
        }
    };
    for read in ReadKind::ALL {
        ask(connection, read, 0).await.map_err(unanswered)?;
    }
    let asked = photos(connection, &[]).await;
    asked.map_err(|error| unanswered(Failure::from(error)))
}

/// Sends one request and reads its answer.
///
/// # Errors
///
/// When there is no answer.
pub async fn ask(
    connection: &mut MySqlConnection,
    read: ReadKind,
    product: u64,
) -> std::result::Result<(), Failure> {
    let list = match read {
        ReadKind::ListNewest => LIST_NEWEST,
        ReadKind::ListHelpful => LIST_HELPFUL,
        ReadKind::ListRelevant => LIST_RELEVANT,
        ReadKind::Meta => {
            for sql in META {
                sqlx::query(sql)
                    .bind(product)
                    .fetch_all(&mut *connection)
                    .await?;
            }
            return Ok(());
        }
    };
    let page = sqlx::query(list)
        .bind(product)
        .bind(0_u64)
        .fetch_all(&mut *connection)
        .await?;
    let reviews = page.iter().map(id);
    let reviews = reviews.collect::<std::result::Result<Vec<u64>, _>>()?;
    if !reviews.is_empty() {
        photos(connection, &reviews).await?;
    }
    Ok(())
}

fn id(row: &MySqlRow) -> std::result::Result<u64, sqlx::Error> {
    row.try_get_unchecked(0)
}

/// Reads the photos of the reviews of a page. If the page has fewer than [`PAGE`] reviews, the last
/// one fills the remaining placeholders.
async fn photos(
    connection: &mut MySqlConnection,
    reviews: &[u64],
) -> std::result::Result<(), sqlx::Error> {
    let mut query = sqlx::query(LIST_PHOTOS);
    let last = reviews.last().copied().unwrap_or(0);
    for place in 0..PAGE {
        query = query.bind(reviews.get(place).copied().unwrap_or(last));
    }
    query.fetch_all(connection).await.map(|_| ())
}
