//! The digests of tables, noted in the ledger together with what `CHECKSUM TABLE` returns for the
//! same rows. If the server returns this number again, the table holds these rows, and their
//! digest is known without a query that reads all rows.

use std::sync::{Mutex, PoisonError};

use sqlx::{Executor, Row};

use super::{BLOCK, Bucket, Digest, SyncTable, statement};
use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use crate::ledger;
use crate::sync::buckets::BUCKETS;
use crate::verify::ranges::Range;
use model::batch::Batch;

/// The digest of the rows that a run stores in an empty table.
#[derive(Debug)]
pub struct Collected {
    table: SyncTable,
    digest: Mutex<Digest>,
}

impl Collected {
    /// No rows of a table.
    pub fn new(table: SyncTable) -> Collected {
        Collected {
            table,
            digest: Mutex::default(),
        }
    }

    /// Adds the rows of a batch that are not rejected.
    pub fn add(&self, batch: &Batch) {
        let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        digest.add_batch(&self.table.buckets, batch, &mut Vec::new());
    }

    /// Notes the digest if it has exactly the rows that the table holds, which have this number and
    /// checksum. It has others if rows were removed after the load, or were stored by an earlier
    /// run. See [`write`] for `sum`.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub async fn write(
        &self,
        connection: &mut MySqlConnection,
        (rows, checksum): (u64, u64),
        sum: u32,
    ) -> Result<()> {
        let digest = {
            let mut digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *digest)
        };
        if digest.rows() < WORTH_NOTING || (digest.rows(), digest.checksum()) != (rows, checksum) {
            return Ok(());
        }
        write(connection, &self.table, (sum, &digest)).await
    }
}

/// Rows of a table, at least, whose digest is noted. The server computes the digest of fewer rows
/// in less than half a second.
pub const WORTH_NOTING: u64 = 50_000;

/// The table of the ledger.
const TABLE: &str = "_reviewseed_digests";

/// Bytes of a digest that are written to one row of the ledger.
const PIECE: usize = 1 << 18;

impl Digest {
    /// The checksum of all rows.
    fn checksum(&self) -> u64 {
        let buckets = self.blocks.iter().flatten().flat_map(|block| block.iter());
        buckets.fold(0, |sum, of| sum.wrapping_add(of.checksum))
    }

    /// The number and the checksum of all rows, and the buckets with rows, ascending. Each bucket
    /// is written as three numbers: the distance from the last bucket, the number of its rows, and
    /// its checksum.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        push(&mut bytes, self.rows);
        push(&mut bytes, self.checksum());
        let mut last = 0;
        for (number, block) in self.blocks.iter().enumerate() {
            let buckets = block.iter().flat_map(|block| block.iter()).enumerate();
            for (at, of) in buckets.filter(|(_, of)| **of != Bucket::default()) {
                let bucket = (number * BLOCK + at) as u64;
                for value in [bucket - last, of.rows, of.checksum] {
                    push(&mut bytes, value);
                }
                last = bucket;
            }
        }
        bytes
    }

    /// The digest that [`Digest::to_bytes`] has written; `None` if these are not such bytes.
    fn from_bytes(mut bytes: &[u8]) -> Option<Digest> {
        let whole = (take(&mut bytes)?, take(&mut bytes)?);
        let mut digest = Digest::default();
        let mut bucket = 0u64;
        while !bytes.is_empty() {
            bucket = bucket.checked_add(take(&mut bytes)?)?;
            let (rows, checksum) = (take(&mut bytes)?, take(&mut bytes)?);
            let number = u32::try_from(bucket).ok().filter(|of| *of < BUCKETS)?;
            digest.add(number, rows, checksum);
        }
        ((digest.rows, digest.checksum()) == whole).then_some(digest)
    }
}

/// Appends a number, seven bits in a byte. All bytes except the last have the highest bit.
fn push(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The hash of everything that decides which digest belongs to the rows of a table: the columns,
/// and the query by which the server would compute the digest.
fn hash_of_query(table: &SyncTable) -> String {
    let columns = &table.target.columns;
    let text = format!("{} {columns:?}", statement(table, &Range::whole()));
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(text.as_bytes()))
}

/// The digest of a table for which `CHECKSUM TABLE` has returned `sum`; `None` if no run has noted
/// the digest of these rows.
///
/// # Errors
///
/// When the ledger cannot be read.
pub async fn read(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    sum: u32,
) -> Result<Option<Digest>> {
    if !ledger::has_table(connection, TABLE).await? {
        return Ok(None);
    }
    let rows = sqlx::query(
        "SELECT piece FROM _reviewseed_digests \
         WHERE table_name = ? AND query_hash = ? AND checksum = ? ORDER BY number",
    )
    .bind(table.name())
    .bind(hash_of_query(table))
    .bind(sum)
    .fetch_all(connection)
    .await
    .context("cannot read the ledger")?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for row in &rows {
        bytes.extend_from_slice(&row.try_get_unchecked::<Vec<u8>, _>(0)?);
    }
    Ok(Digest::from_bytes(&bytes))
}

/// Notes the digest of rows for which `CHECKSUM TABLE` returns `sum`, in place of the digest that
/// was noted for the table before. Does nothing if it is noted already. Commits an open
/// transaction.
///
/// # Errors
///
/// When the ledger cannot be written.
pub async fn write(
    connection: &mut MySqlConnection,
    table: &SyncTable,
    (sum, digest): (u32, &Digest),
) -> Result<()> {
    ledger::ensure(connection, &[TABLE]).await?;
    let hash = hash_of_query(table);
    let written: Result<(), sqlx::Error> = async {
        let noted = sqlx::query(
            "SELECT 1 FROM _reviewseed_digests \
             WHERE table_name = ? AND query_hash = ? AND checksum = ? LIMIT 1",
        );
        let noted = noted.bind(table.name()).bind(&hash).bind(sum);
        if noted.fetch_optional(&mut *connection).await?.is_some() {
            return Ok(());
        }
        connection.execute("BEGIN").await?;
        sqlx::query("DELETE FROM _reviewseed_digests WHERE table_name = ?")
            .bind(table.name())
            .execute(&mut *connection)
            .await?;
        for (number, piece) in digest.to_bytes().chunks(PIECE).enumerate() {
            sqlx::query("INSERT INTO _reviewseed_digests VALUES (?, ?, ?, ?, ?)")
                .bind(table.name())
                .bind(number as u32)
                .bind(&hash)
                .bind(sum)
                .bind(piece)
                .execute(&mut *connection)
                .await?;
        }
        connection.execute("COMMIT").await?;
        Ok(())
    }
    .await;
    written.context("cannot write the ledger")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_digest_is_read_as_it_was_written(
            buckets in proptest::collection::btree_map(0..BUCKETS, (1u64.., 0u64..), 0..99)
        ) {
            let mut digest = Digest::default();
            for (bucket, (rows, checksum)) in &buckets {
                digest.add(*bucket, rows % (1 << 50), *checksum);
            }
            let read = Digest::from_bytes(&digest.to_bytes()).unwrap();
            prop_assert!(read.differing(&digest).is_empty());
            prop_assert_eq!(read.rows(), digest.rows());
        }

        #[test]
        fn other_bytes_are_no_digest_or_one_within_bounds(
            bytes in proptest::collection::vec(0u8.., 0..50)
        ) {
            if let Some(digest) = Digest::from_bytes(&bytes) {
                prop_assert!(digest.blocks.len() <= BUCKETS as usize / BLOCK + 1);
            }
        }
    }

    #[test]
    fn a_digest_without_its_end_is_none() {
        let mut digest = Digest::default();
        digest.add(7, 2, 1 << 40);
        digest.add(8, 2, 5);
        let bytes = digest.to_bytes();
        for end in 0..bytes.len() {
            assert!(Digest::from_bytes(&bytes[..end]).is_none(), "{end}");
        }
        let too_large = [1, 1, 0xff, 0xff, 0xff, 0x7f, 1, 1];
        assert!(Digest::from_bytes(&too_large).is_none());
    }
}
