//! The number and the checksum of the rows in each bucket of a table, of the file and of the
//! server. A digest takes 16 bytes for a bucket, whatever the number of rows.

pub mod noted;

use std::sync::{Mutex, PoisonError};

use clean::checksum::RowHasher;
use futures_util::TryStreamExt;
use model::batch::Batch;
use model::schema::Column;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::SyncTable;
use super::buckets::{BUCKETS, KeyBuckets};
use crate::db::{self, Database, MySqlConnection};
use crate::error::{Context, Error, Result};
use crate::verify::in_sql::{Sum, select_list};
use crate::verify::probe::checksum_table;
use crate::verify::ranges::{Range, ranges};

/// Number of buckets whose memory is allocated together, as soon as one of them has a row.
const BLOCK: usize = 4096;

/// The number of rows in a bucket, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Bucket {
    rows: u64,
    checksum: u64,
}

/// The number and the checksum of the rows in each bucket of a table.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    blocks: Vec<Option<Box<[Bucket]>>>,
    rows: u64,
}

impl Digest {
    /// Adds the rows of a batch that are not rejected. `of_rows` becomes the list of their buckets.
    pub fn add_batch(&mut self, buckets: &KeyBuckets, batch: &Batch, of_rows: &mut Vec<u32>) {
        let mut hasher = RowHasher::new();
        of_rows.clear();
        for row in batch.live_rows() {
            let bucket = buckets.of(&mut hasher, batch, row);
            self.add(bucket, 1, batch.all_rows()[row].hash.into());
            of_rows.push(bucket);
        }
    }

    fn add(&mut self, bucket: u32, rows: u64, checksum: u64) {
        let (block, at) = (bucket as usize / BLOCK, bucket as usize % BLOCK);
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, None);
        }
        let new = || vec![Bucket::default(); BLOCK].into_boxed_slice();
        let bucket = &mut self.blocks[block].get_or_insert_with(new)[at];
        bucket.rows = bucket.rows.wrapping_add(rows);
        bucket.checksum = bucket.checksum.wrapping_add(checksum);
        self.rows = self.rows.wrapping_add(rows);
    }

    /// Number of all rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of rows in these buckets.
    pub fn rows_in(&self, buckets: &BucketSet) -> u64 {
        buckets.iter().map(|bucket| self.of(bucket).rows).sum()
    }

    fn of(&self, bucket: u32) -> Bucket {
        let (block, at) = (bucket as usize / BLOCK, bucket as usize % BLOCK);
        let block = self.blocks.get(block).and_then(Option::as_deref);
        block.map_or(Bucket::default(), |block| block[at])
    }

    /// The buckets in which two tables differ.
    pub fn differing(&self, other: &Digest) -> BucketSet {
        let mut set = BucketSet::default();
        for bucket in 0..BUCKETS {
            let block = bucket as usize / BLOCK;
            let is_empty = |digest: &Digest| !matches!(digest.blocks.get(block), Some(Some(_)));
            if !(is_empty(self) && is_empty(other)) && self.of(bucket) != other.of(bucket) {
                set.add(bucket);
            }
        }
        set
    }
}

/// A set of buckets.
#[derive(Debug, Clone, Default)]
pub struct BucketSet {
    words: Vec<u64>,
    count: usize,
}

impl BucketSet {
    /// Adds a bucket that is not in the set.
    pub fn add(&mut self, bucket: u32) {
        let word = bucket as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (bucket % 64);
        self.count += 1;
    }

    /// Whether a bucket is in the set.
    pub fn has(&self, bucket: u32) -> bool {
        let word = self.words.get(bucket as usize / 64);
        word.is_some_and(|word| word & (1 << (bucket % 64)) != 0)
    }

    /// Number of buckets.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether the set has no bucket.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The numbers of the buckets in the set, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..BUCKETS).filter(|bucket| self.has(*bucket))
    }
}

/// The digests of the rows that the server has, for the tables at the positions `wanted`. The rows
/// are read over several connections.
///
/// # Errors
///
/// When a query fails.
pub async fn of_tables(
    database: &Database,
    (tables, wanted): (&[SyncTable], &[usize]),
    connections: usize,
) -> Result<Vec<(usize, Digest)>> {
    let mut parts = Vec::new();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = database.open().await?;
    for at in wanted {
        for range in ranges_of(&mut connection, &tables[*at]).await? {
            parts.push((*at, range));
        }
    }
    db::close(connection).await;
    let digests: Vec<Mutex<Digest>> = tables.iter().map(|_| Mutex::default()).collect();
    let read_part = async |connection: &mut MySqlConnection, (at, range): (usize, Range)| {
        read(connection, (&tables[at], &range), &digests[at]).await
    };
    for_each(database, (parts, connections), read_part).await?;
    let mut whole: Vec<Digest> = digests
        .into_iter()
        .map(|digest| digest.into_inner().unwrap_or_default())
        .collect();
    let of_table = |at: &usize| (*at, std::mem::take(&mut whole[*at]));
    Ok(wanted.iter().map(of_table).collect())
}

/// What `CHECKSUM TABLE` returns for the tables at the positions `wanted`; `None` if the server
/// does not compute it.
///
/// # Errors
///
/// When a query fails.
pub async fn sums(
    database: &Database,
    (tables, wanted): (&[SyncTable], &[usize]),
    connections: usize,
) -> Result<Vec<(usize, Option<u32>)>> {
    let sums: Mutex<Vec<(usize, Option<u32>)>> = Mutex::default();
    let ask = async |connection: &mut MySqlConnection, at: usize| {
        let sum = checksum_table(connection, tables[at].name()).await?;
        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
        sums.push((at, sum));
        Ok(())
    };
    for_each(database, (wanted.to_vec(), connections), ask).await?;
    Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Does `work` for each of `things`, over several connections.
async fn for_each<T>(
    database: &Database,
    (things, connections): (Vec<T>, usize),
    work: impl AsyncFn(&mut MySqlConnection, T) -> Result<()>,
) -> Result<()> {
    let connections = connections.clamp(1, things.len().max(1));
    let things = Mutex::new(things.into_iter());
    let next = || things.lock().ok().and_then(|mut things| things.next());
    let one = async || -> Result<()> {
        let Some(mut thing) = next() else {
            return Ok(());
        };
        let mut connection = database.open().await?;
        loop {
            work(&mut connection, thing).await?;
            match next() {
                Some(other) => thing = other,
                None => break,
            }
        }
        db::close(connection).await;
        Ok(())
    };
    let all = (0..connections).map(|_| one());
    futures_util::future::try_join_all(all).await?;
    Ok(())
}

async fn ranges_of(connection: &mut MySqlConnection, table: &SyncTable) -> Result<Vec<Range>> {
    match table.key.first() {
        Some(column) => ranges(connection, &table.live, &column.name).await,
        None => Ok(vec![Range::whole()]),
    }
}

/// The query for the number and the checksum of the rows in each bucket of a range.
fn statement(table: &SyncTable, range: &Range) -> String {
    let columns: Vec<&Column> = table.target.columns.iter().collect();
    format!(
        "SELECT {}, {} FROM {} WHERE TRUE{} GROUP BY 1 ORDER BY NULL",
        table.buckets.in_sql(""),
        select_list(&columns),
        table.quoted(),
        range.and("")
    )
}

/// Adds the rows that the server has in a range of the primary key.
async fn read(
    connection: &mut MySqlConnection,
    (table, range): (&SyncTable, &Range),
    digest: &Mutex<Digest>,
) -> Result<()> {
    let sql = statement(table, range);
    let cannot = || format!("cannot compute the checksums of {}", table.name());
    let mut rows = connection.fetch(AssertSqlSafe(sql));
    let mut found = Vec::new();
    loop {
        let row = rows.try_next().await.with_context(cannot)?;
        if let Some(row) = &row {
            let bucket = KeyBuckets::of_server(row.try_get_unchecked::<i64, _>(0)?);
            let count = row.try_get_unchecked::<i64, _>(1)? as u64;
            let digits: String = row.try_get_unchecked(2)?;
            let sum = Sum::parse(&digits).with_context(cannot)?;
            // a row whose hash the server cannot compute makes its bucket differ
            let checksum = sum.checksum.wrapping_add(sum.wide_rows << 40);
            found.push((bucket, count, checksum));
        }
        if found.len() >= BLOCK || row.is_none() {
            let mut digest = digest.lock().map_err(|_| Error::Unfit(cannot()))?;
            for (bucket, count, checksum) in found.drain(..) {
                digest.add(bucket, count, checksum);
            }
        }
        if row.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_differ_by_their_rows_or_their_checksums() {
        let (mut file, mut server) = (Digest::default(), Digest::default());
        for bucket in [0, 5, BUCKETS - 1] {
            file.add(bucket, 1, 7);
            server.add(bucket, 1, 7);
        }
        assert!(file.differing(&server).is_empty());
        file.add(5000, 1, 0);
        server.add(5, 0, 1);
        let differing: Vec<u32> = file.differing(&server).iter().collect();
        assert_eq!(differing, [5, 5000]);
        assert_eq!(file.differing(&server).len(), 2);
        assert_eq!((file.rows(), server.rows()), (4, 3));
        assert_eq!(server.rows_in(&file.differing(&server)), 1);
    }
}
