//! The reads of the service, as prepared statements on one connection: what a request of its API
//! asks the database.

use std::time::Duration;

use sqlx::mysql::MySqlRow;
use sqlx::{MySqlConnection, Row};

use super::mix::Read;
use mysql::db::server_error_code;
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

/// Reviews on a page, and places in the query for their photos.
const PAGE: usize = 5;

/// A request that was not answered.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Failures are counted by this.
    pub kind: String,
    /// The first of its kind is shown with this.
    pub message: String,
    broke: bool,
}

impl Failure {
    /// A connection that could not be opened again.
    pub fn connect(error: anyhow::Error) -> Failure {
        Failure {
            kind: match server_error_code(&error) {
                Some(code) => format!("cannot connect (server error {code})"),
                None => "cannot connect".to_owned(),
            },
            message: format!("{error:#}"),
            broke: true,
        }
    }

    /// No answer in time.
    pub fn timeout(limit: Duration) -> Failure {
        Failure {
            kind: "timeout".to_owned(),
            message: format!("no answer within {limit:?}"),
            broke: true,
        }
    }

    /// Whether the connection is of no use any more.
    pub fn broke_connection(&self) -> bool {
        self.broke
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        let message = error.to_string();
        let error = anyhow::Error::new(error);
        let code = server_error_code(&error);
        Failure {
            kind: match code {
                Some(code) => format!("server error {code}"),
                None => "connection lost".to_owned(),
            },
            message,
            // the server ends a session that it shuts down (1053) or kills (1317 kills the
            // statement only)
            broke: !matches!(code, Some(code) if code != ER_SERVER_SHUTDOWN),
        }
    }
}

/// Prepares every statement, so that no request pays for it.
///
/// # Errors
///
/// When the server refuses one.
pub async fn prepare(connection: &mut MySqlConnection) -> anyhow::Result<()> {
    let told = |failure: Failure| {
        let hint = match failure.broke_connection() {
            true => "the connection was lost before the test began; is the server still running?",
            false => {
                "the database does not answer the reads of the service; seed it first: reviewseed seed DIR"
            }
        };
        anyhow::anyhow!(failure.message).context(hint)
    };
    for read in Read::ALL {
        ask(connection, read, 0).await.map_err(told)?;
    }
    let asked = photos(connection, &[]).await;
    asked.map_err(|error| told(Failure::from(error)))
}

/// Sends one request and reads its answer.
///
/// # Errors
///
/// When there is no answer.
pub async fn ask(
    connection: &mut MySqlConnection,
    read: Read,
    product: u64,
) -> Result<(), Failure> {
    let list = match read {
        Read::ListNewest => LIST_NEWEST,
        Read::ListHelpful => LIST_HELPFUL,
        Read::ListRelevant => LIST_RELEVANT,
        Read::Meta => {
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
    let reviews = page.iter().map(id).collect::<Result<Vec<u64>, _>>()?;
    if !reviews.is_empty() {
        photos(connection, &reviews).await?;
    }
    Ok(())
}

fn id(row: &MySqlRow) -> Result<u64, sqlx::Error> {
    row.try_get_unchecked(0)
}

/// The photos of a page's reviews; a shorter page repeats its last review.
async fn photos(connection: &mut MySqlConnection, reviews: &[u64]) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(LIST_PHOTOS);
    let last = reviews.last().copied().unwrap_or(0);
    for place in 0..PAGE {
        query = query.bind(reviews.get(place).copied().unwrap_or(last));
    }
    query.fetch_all(connection).await.map(|_| ())
}
