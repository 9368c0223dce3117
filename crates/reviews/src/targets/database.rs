//! The selection from a database, within one read-only snapshot.
//!
//! The published query groups the whole table to find each product's newest review. But its order,
//! newest review first, is the order in which a walk backwards over the primary key meets the
//! products for the first time: so the walk goes in pieces, a bitmap remembers the products met,
//! and it ends as soon as enough are found. After [`LONGEST_WALK`] rows an index serves better: the
//! products that are still to come are those whose newest review is older than the last one seen,
//! and are asked for at once. A share needs to know how many products there are; where a limit
//! stands beside it, only whether there are enough for the limit.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use futures_util::TryStreamExt;
use roaring::RoaringTreemap;
use sqlx::{AssertSqlSafe, Executor, MySqlConnection, Row};

use super::{Entry, Last, Of, Take, Wanted, Weight};
use mysql::db::server_error_code;
use mysql::server_error::{ER_BAD_FIELD_ERROR, ER_NO_SUCH_TABLE};

/// Rows of the first piece of the walk; a short list needs no more.
const FIRST_PIECE: u64 = 1_000;

/// Rows of the largest piece.
const LARGEST_PIECE: u64 = 65_536;

/// Rows after which the walk gives way: the last tenth of the real data is 600,000. Whole rows are
/// read for it, so that all of the real data would be 2 GB, where the index that has the products
/// in order is 0.2 GB.
pub const LONGEST_WALK: u64 = 1_000_000;

/// Products whose reviews or characteristics are asked for at a time.
const ASKED_AT_ONCE: usize = 1_000;

/// Hands the wanted entries to `take`, in their order; the walk for products gives way after
/// `longest_walk` rows.
///
/// # Errors
///
/// When the server cannot be asked, or a table is missing; and what `take` says.
pub async fn select(
    connection: &mut MySqlConnection,
    wanted: Wanted,
    longest_walk: u64,
    take: Take<'_>,
) -> Result<()> {
    for sql in [
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ] {
        connection
            .execute(sql)
            .await
            .context("cannot begin to read")?;
    }
    match wanted.of {
        Of::Product => products(connection, wanted, longest_walk, take).await?,
        Of::Review => reviews(connection, wanted, take).await?,
        Of::Characteristic => characteristics(connection, wanted, longest_walk, take).await?,
    }
    connection
        .execute("COMMIT")
        .await
        .context("cannot end reading")?;
    Ok(())
}

async fn products(
    connection: &mut MySqlConnection,
    wanted: Wanted,
    longest_walk: u64,
    take: Take<'_>,
) -> Result<()> {
    let enough = number(connection, PRODUCTS, wanted.last, wanted.limit).await?;
    let mut walk = Newest::new(enough, longest_walk);
    while let Some(mut found) = walk.next(connection).await? {
        for found in found.chunks_mut(ASKED_AT_ONCE) {
            if wanted.weight == Weight::PerReview {
                weigh(connection, found).await?;
            }
            for entry in found {
                take(*entry)?;
            }
        }
    }
    Ok(())
}

async fn reviews(connection: &mut MySqlConnection, wanted: Wanted, take: Take<'_>) -> Result<()> {
    let mut left = number(connection, REVIEWS, wanted.last, wanted.limit).await?;
    let mut walk = Walk::new("id, 0");
    let mut rows = Vec::new();
    while left > 0 && walk.next(connection, &mut rows, left).await? {
        left -= rows.len() as u64;
        for &(id, _) in &rows {
            take(Entry::once(0, id))?;
        }
    }
    Ok(())
}

async fn characteristics(
    connection: &mut MySqlConnection,
    wanted: Wanted,
    longest_walk: u64,
    take: Take<'_>,
) -> Result<()> {
    // a product may have no characteristics, so the limit says nothing about the products
    let products = number(connection, PRODUCTS, wanted.last, None).await?;
    let mut left = wanted.limit.unwrap_or(u64::MAX);
    let mut walk = Newest::new(products, longest_walk);
    while let Some(found) = walk.next(connection).await? {
        for found in found.chunks(ASKED_AT_ONCE) {
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
                    take(Entry::once(entry.product, id))?;
                }
            }
        }
    }
    Ok(())
}

/// What is counted: a statement that does it, and the rows that it counts.
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

/// How many are wanted.
async fn number(
    connection: &mut MySqlConnection,
    counted: Counted,
    last: Last,
    limit: Option<u64>,
) -> Result<u64> {
    let most = limit.unwrap_or(u64::MAX);
    let sql = match (limit.and_then(|limit| last.least_total(limit)), last) {
        (_, Last::Number(n)) => return Ok(n.min(most)),
        // more than this many make no difference
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

/// The products with unreported reviews count; the others weigh nothing.
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

/// The walk over the reviews as the products that it meets.
struct Newest {
    walk: Walk,
    // products met: 2 MB for a million neighbouring ids
    met: RoaringTreemap,
    rows: Vec<(u64, u64)>,
    left: u64,
    longest_walk: u64,
}

impl Newest {
    fn new(enough: u64, longest_walk: u64) -> Newest {
        Newest {
            walk: Walk::new("id, product_id"),
            met: RoaringTreemap::new(),
            rows: Vec::new(),
            left: enough,
            longest_walk,
        }
    }

    /// The products that the next piece adds; `None` when there are enough, or no more.
    async fn next(&mut self, connection: &mut MySqlConnection) -> Result<Option<Vec<Entry>>> {
        if self.left > 0 && self.walk.rows >= self.longest_walk {
            return self.rest(connection).await.map(Some);
        }
        if self.left == 0
            || !self
                .walk
                .next(connection, &mut self.rows, LARGEST_PIECE)
                .await?
        {
            return Ok(None);
        }
        let mut found = Vec::new();
        let mut before = None;
        for &(id, product) in &self.rows {
            // neighbours are mostly of the same product
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

    /// All products that are still wanted, from an index: 24 bytes each until they are handed on.
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

/// A walk over the primary key of the reviews, from the largest id down, in pieces that grow.
struct Walk {
    columns: &'static str,
    below: Option<u64>,
    piece: u64,
    /// Rows so far.
    rows: u64,
}

impl Walk {
    fn new(columns: &'static str) -> Walk {
        Walk {
            columns,
            below: None,
            piece: FIRST_PIECE,
            rows: 0,
        }
    }

    /// Replaces `rows` by the next piece, of at most `most` rows; false when there is none.
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
        let piece = self.piece.min(most);
        self.piece = (self.piece * 4).min(LARGEST_PIECE);
        // without the hint an index that holds both columns would be read whole and sorted
        let sql = format!(
            "SELECT {columns} FROM reviews FORCE INDEX (PRIMARY) {below}ORDER BY id DESC LIMIT {piece}"
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
                        .context("ids must be whole numbers from 0")
                };
                f(number(0)?, number(1)?);
            }
            Ok(None) => return Ok(()),
            Err(error) => {
                let error = anyhow!(error);
                let next = match server_error_code(&error) {
                    Some(ER_NO_SUCH_TABLE) => {
                        "the table is not there; seed it first: reviewseed seed DIR"
                    }
                    Some(ER_BAD_FIELD_ERROR) => {
                        "the column is not there; targets need reviews(id, product_id, reported) and characteristics(id, product_id)"
                    }
                    _ => "cannot read the targets",
                };
                return Err(error.context(next));
            }
        }
    }
}
