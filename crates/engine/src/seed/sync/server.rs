//! The queries about the tables on the server, while the files are read and afterwards.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Compared;
use crate::event::Events;
use crate::load;
use crate::pipeline::{self, TableResult};
use crate::seed::work::Work;
use mysql::db::{self, Database};
use mysql::sync::SyncTable;
use mysql::sync::digest::{self, Digest, noted};

/// What the server returned while the files were read.
pub(super) struct Looked {
    /// The checksums of some tables: (position of the table, sum).
    sums: Vec<(usize, Option<u32>)>,
    /// By table, the digest of its rows. Empty for the tables in `sums`.
    digests: Vec<Digest>,
}

/// The tables on the server.
pub(super) struct Server<'s> {
    pub(super) database: &'s Database,
    pub(super) tables: &'s Arc<Vec<SyncTable>>,
    /// By table, the size of its file in bytes.
    pub(super) sizes: Vec<u64>,
    pub(super) connections: usize,
    pub(super) events: &'s Events,
}

impl Server<'_> {
    /// Queries the server while the files are read. For tables whose checksum the client computes
    /// too, it returns only the checksum, which takes a third of the time. For the others, it
    /// returns the digests.
    pub(super) async fn first_look(
        &self,
        settings: &pipeline::Settings,
    ) -> Result<Looked, load::Error> {
        let has_sum = |at: &usize| {
            let name = self.tables[*at].name();
            settings.table_checksums.contains_key(name)
        };
        let (mut summed, others): (Vec<usize>, Vec<usize>) =
            (0..self.tables.len()).partition(has_sum);
        // the largest first, because no two connections can share a table
        summed.sort_by_key(|at| Reverse(self.sizes[*at]));
        let sums = digest::sums(self.database, (self.tables, &summed), self.connections).await?;
        let mut digests: Vec<Digest> = self.tables.iter().map(|_| Digest::default()).collect();
        for (at, digest) in self.digests(&others).await? {
            digests[at] = digest;
        }
        Ok(Looked { sums, digests })
    }

    /// The tables whose checksums equal those of their files, and the digests of the other tables.
    pub(super) async fn second_look(
        &self,
        looked: Looked,
        results: &[TableResult],
    ) -> Result<(Vec<usize>, Vec<Digest>), load::Error> {
        let mut digests = looked.digests;
        let is_same =
            |(at, sum): &(usize, Option<u32>)| sum.is_some() && *sum == results[*at].table_checksum;
        let (same, rest): (Vec<_>, Vec<_>) = looked.sums.into_iter().partition(is_same);
        let rest = self.noted(rest, &mut digests).await?;
        for (at, digest) in self.digests(&rest).await? {
            digests[at] = digest;
        }
        Ok((same.into_iter().map(|(at, _)| at).collect(), digests))
    }

    /// Reads the digests that earlier runs have noted for tables with these checksums. Returns the
    /// tables without one.
    async fn noted(
        &self,
        sums: Vec<(usize, Option<u32>)>,
        digests: &mut [Digest],
    ) -> Result<Vec<usize>, load::Error> {
        let mut rest = Vec::new();
        if sums.is_empty() {
            return Ok(rest);
        }
        let mut connection = self.database.open().await?;
        for (at, sum) in sums {
            let table = &self.tables[at];
            let noted = match sum {
                Some(sum) => noted::read(&mut connection, table, sum).await?,
                None => None,
            };
            let Some(digest) = noted else {
                rest.push(at);
                continue;
            };
            self.events.detail(&format!(
                "sync: {}: the table is as an earlier run left it, so the checksums of its ranges \
                 of keys are those that this run noted",
                table.name()
            ));
            digests[at] = digest;
        }
        db::close(connection).await;
        Ok(rest)
    }

    /// The digests of these tables.
    async fn digests(&self, wanted: &[usize]) -> Result<Vec<(usize, Digest)>, load::Error> {
        Ok(digest::of_tables(self.database, (self.tables, wanted), self.connections).await?)
    }
}

impl Work<'_, '_> {
    /// Notes the digests of large tables that hold exactly the accepted records, so that the next
    /// run need not ask the server for the checksums of all ranges.
    pub(super) async fn note_digests(
        &mut self,
        compared: &Compared,
        is_exact: impl Fn(usize) -> bool,
    ) -> Result<(), load::Error> {
        let connection = &mut self.run.session.connection;
        for (at, table) in compared.tables.iter().enumerate() {
            let digest = &compared.of_files[at];
            let Some(sum) = compared.results[at].table_checksum else {
                continue;
            };
            if digest.rows() >= noted::WORTH_NOTING && is_exact(at) {
                noted::write(connection, table, (sum, digest)).await?;
            }
        }
        Ok(())
    }
}
