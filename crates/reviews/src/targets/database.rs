//! The selection from a database, within one read-only snapshot.
//!
//! A plain query would group the whole table to find the newest review of each product. Instead, a
//! walk backwards over the primary key meets the products in the wanted order, newest review first.
//! The walk reads rows in chunks, notes the products that it has met in a bitmap, and ends when it
//! has found enough. After [`LONGEST_WALK`] rows an index is faster: one query asks for the
//! remaining products, whose newest review is older than the last row of the walk. To select a
//! share, the number of all products must be known. With a limit, it is enough to know that there
//! are as many products as the limit needs.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mysql::db::MySqlConnection;
use roaring::RoaringTreemap;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::{Entry, EntrySink, Portion, Selection, TargetKind, Weight};
use crate::error::{Error, Result, server_error};
use mysql::server_error::{ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE};

/// Number of rows of the first chunk of the walk, enough for a short list.
const FIRST_CHUNK: u64 = 1_000;

/// Number of rows of the largest chunk.
const LARGEST_CHUNK: u64 = 65_536;

/// The largest number of rows of a walk; the last tenth of the real data has 600,000. The walk
/// reads whole rows: for all of the real data, 2 GB. An index that has the products in order is 0.2
/// GB.
pub const LONGEST_WALK: u64 = 1_000_000;

/// Products per query for their reviews or characteristics.
const PRODUCTS_PER_QUERY: usize = 1_000;

/// Passes the selected entries to `sink`, in their order. The walk over the products ends after
/// `longest_walk` rows.
///
/// # Errors
///
/// When the server cannot execute a query (for example because a table does not exist), and the
/// errors of `sink`.
pub async fn select(
    connection: &mut MySqlConnection,
    selection: Selection,
    longest_walk: u64,
    sink: EntrySink<'_>,
) -> Result<()> {
    for sql in [
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ] {
        connection
            .execute(sql)
            .await
            .map_err(Error::database(|| "cannot begin a read-only transaction"))?;
    }
    match selection.target {
        TargetKind::Product => products(connection, selection, longest_walk, sink).await?,
        TargetKind::Review => reviews(connection, selection, sink).await?,
        TargetKind::Characteristic => {
            characteristics(connection, selection, longest_walk, sink).await?
        }
    }
    connection
        .execute("COMMIT")
        .await
        .map_err(Error::database(|| "cannot end the read-only transaction"))?;
    Ok(())
}

async fn products(
    connection: &mut MySqlConnection,
    selection: Selection,
    longest_walk: u64,
    sink: EntrySink<'_>,
) -> Result<()> {
    let enough = number(connection, PRODUCTS, selection.portion, selection.limit).await?;
    let mut walk = NewestProducts::new(enough, longest_walk);
    while let Some(mut found) = walk.next(connection).await? {
        for found in found.chunks_mut(PRODUCTS_PER_QUERY) {
            if selection.weight == Weight::PerReview {
                weigh(connection, found).await?;
            }
            for entry in found {
                sink(*entry)?;
            }
        }
    }
    Ok(())
}

async fn reviews(
    connection: &mut MySqlConnection,
    selection: Selection,
    sink: EntrySink<'_>,
) -> Result<()> {
    let mut left = number(connection, REVIEWS, selection.portion, selection.limit).await?;
    let mut walk = Walk::new("id, 0");
    let mut rows = Vec::new();
    while left > 0 && walk.next(connection, &mut rows, left).await? {
        left -= rows.len() as u64;
        for &(id, _) in &rows {
            sink(Entry::once(0, id))?;
        }
    }
    Ok(())
}

async fn characteristics(
    connection: &mut MySqlConnection,
    selection: Selection,
    longest_walk: u64,
    sink: EntrySink<'_>,
) -> Result<()> {
    // a product may have no characteristics, so the limit does not say how many products are needed
    let products = number(connection, PRODUCTS, selection.portion, None).await?;
    let mut left = selection.limit.unwrap_or(u64::MAX);
    let mut walk = NewestProducts::new(products, longest_walk);
    while let Some(found) = walk.next(connection).await? {
        for found in found.chunks(PRODUCTS_PER_QUERY) {
            let sql = format!(
                "SELECT product_id, id FROM characteristics WHERE product_id IN ({}) ORDER BY product_id, id",
                list(found)
            );
            let mut of_product: HashMap<u64, Vec<u64>> = HashMap::new();
            each(connection, sql, |product, id| {
                of_product.entry(product).or_default().push(id)
            })
            .await?;
            for entry in found {
                for &id in of_product
                    .get(&entry.product)
                    .map_or(&[][..], Vec::as_slice)
                {
                    if left == 0 {
                        return Ok(());
                    }
                    left -= 1;
                    sink(Entry::once(entry.product, id))?;
                }
            }
        }
    }
    Ok(())
}

/// The query that counts all products or reviews, and the query that selects them.
struct Counted {
    all: &'static str,
    rows: &'static str,
}

const PRODUCTS: Counted = Counted {
    all: "SELECT COUNT(DISTINCT product_id), 0 FROM reviews",
    rows: "SELECT DISTINCT product_id FROM reviews",
};

const REVIEWS: Counted = Counted {
    all: "SELECT COUNT(*), 0 FROM reviews",
    rows: "SELECT id FROM reviews",
};

/// How many products or reviews are selected.
async fn number(
    connection: &mut MySqlConnection,
    counted: Counted,
    last: Portion,
    limit: Option<u64>,
) -> Result<u64> {
    let most = limit.unwrap_or(u64::MAX);
    let sql = match (limit.and_then(|limit| last.least_total(limit)), last) {
        (_, Portion::Number(n)) => return Ok(n.min(most)),
        // it is enough to know whether the table has this many rows
        (Some(least), _) => format!(
            "SELECT COUNT(*), 0 FROM ({} LIMIT {least}) AS counted",
            counted.rows
        ),
        (None, _) => counted.all.to_owned(),
    };
    let mut total = 0;
    each(connection, sql, |count, _| total = count).await?;
    Ok(last.of(total).min(most))
}

/// Sets the weight of products to the number of their unreported reviews, which may be 0.
async fn weigh(connection: &mut MySqlConnection, entries: &mut [Entry]) -> Result<()> {
    let sql = format!(
        "SELECT product_id, COUNT(*) FROM reviews WHERE reported = 0 AND product_id IN ({}) GROUP BY product_id",
        list(entries)
    );
    let mut weights = HashMap::with_capacity(entries.len());
    each(connection, sql, |product, count| {
        weights.insert(product, count);
    })
    .await?;
    for entry in entries {
        entry.weight = weights.get(&entry.product).copied().unwrap_or(0);
    }
    Ok(())
}

fn list(entries: &[Entry]) -> String {
    let products: Vec<_> = entries.iter().map(|e| e.product.to_string()).collect();
    products.join(",")
}

/// Finds the products in the order of their newest review, by a walk over the reviews.
struct NewestProducts {
    walk: Walk,
    // the products that the walk has met: 2 MB for a million neighbouring ids
    met: RoaringTreemap,
    rows: Vec<(u64, u64)>,
    left: u64,
    longest_walk: u64,
}

impl NewestProducts {
    fn new(enough: u64, longest_walk: u64) -> NewestProducts {
        NewestProducts {
            walk: Walk::new("id, product_id"),
            met: RoaringTreemap::new(),
            rows: Vec::new(),
            left: enough,
            longest_walk,
        }
    }

    /// The products that the next chunk adds; `None` when there are enough, or no more rows.
    async fn next(&mut self, connection: &mut MySqlConnection) -> Result<Option<Vec<Entry>>> {
        if self.left > 0 && self.walk.rows >= self.longest_walk {
            return self.rest(connection).await.map(Some);
        }
        if self.left == 0
            || !self
                .walk
                .next(connection, &mut self.rows, LARGEST_CHUNK)
                .await?
        {
            return Ok(None);
        }
        let mut found = Vec::new();
        let mut before = None;
        for &(id, product) in &self.rows {
            // a quick test first: neighbouring rows are mostly of the same product
            if before.replace(product) != Some(product) && self.met.insert(product) {
                found.push(Entry::once(product, id));
                self.left -= 1;
                if self.left == 0 {
                    break;
                }
            }
        }
        Ok(Some(found))
    }

    /// All remaining products, from an index: 24 bytes each in memory.
    async fn rest(&mut self, connection: &mut MySqlConnection) -> Result<Vec<Entry>> {
        let unmet = match self.walk.below {
            Some(id) => format!("HAVING newest < {id} "),
            None => String::new(),
        };
        let sql = format!(
            "SELECT MAX(id) AS newest, product_id FROM reviews GROUP BY product_id {unmet}ORDER BY newest DESC LIMIT {}",
            std::mem::take(&mut self.left)
        );
        let mut found = Vec::new();
        each(connection, sql, |id, product| {
            found.push(Entry::once(product, id));
        })
        .await?;
        Ok(found)
    }
}

/// A walk over the primary key of the reviews, from the largest id down, in growing chunks.
struct Walk {
    columns: &'static str,
    /// The smallest id so far; the next chunk is below it.
    below: Option<u64>,
    /// Number of rows of the next chunk.
    chunk: u64,
    /// Number of rows so far.
    rows: u64,
}

impl Walk {
    fn new(columns: &'static str) -> Walk {
        Walk {
            columns,
            below: None,
            chunk: FIRST_CHUNK,
            rows: 0,
        }
    }

    /// Replaces `rows` by the next chunk of at most `most` rows; false when there are no more rows.
    async fn next(
        &mut self,
        connection: &mut MySqlConnection,
        rows: &mut Vec<(u64, u64)>,
        most: u64,
    ) -> Result<bool> {
        let columns = self.columns;
        let below = match self.below {
            Some(id) => format!("WHERE id < {id} "),
            None => String::new(),
        };
        let chunk = self.chunk.min(most);
        self.chunk = (self.chunk * 4).min(LARGEST_CHUNK);
        // without this hint, the server would read all of an index that has both columns, and sort
        // its entries
        let sql = format!(
            "SELECT {columns} FROM reviews FORCE INDEX (PRIMARY) {below}ORDER BY id DESC LIMIT {chunk}"
        );
        rows.clear();
        each(connection, sql, |id, other| rows.push((id, other))).await?;
        self.rows += rows.len() as u64;
        self.below = rows.last().map(|row| row.0);
        Ok(!rows.is_empty())
    }
}

/// Calls `f` with the first two columns of every row.
async fn each(
    connection: &mut MySqlConnection,
    sql: String,
    mut f: impl FnMut(u64, u64),
) -> Result<()> {
    let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
    loop {
        match rows.try_next().await {
            Ok(Some(row)) => {
                let number = |at: usize| {
                    row.try_get_unchecked::<u64, _>(at)
                        .map_err(Error::database(|| "ids must be whole numbers from 0"))
                };
                f(number(0)?, number(1)?);
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                let what = match server_error(&error) {
                    Some(ER_NO_SUCH_TABLE) => {
                        "a table does not exist; load the data first: reviewseed seed DIR"
                    }
                    Some(ER_BAD_FIELD_ERROR) => {
                        "a column does not exist; `targets` needs reviews(id, product_id, reported) and characteristics(id, product_id)"
                    }
                    _ => "cannot read the ids",
                };
                return Err(Error::database(|| what)(error));
            }
        }
    }
}
