//! `--load physical`: which tables go as files, and what a killed run left of such.

use std::path::PathBuf;

use anyhow::Result;

use super::Seed;
use crate::clean::keys::is_judged_on_stream;
use crate::cli::LoadArg;
use crate::load::physical::fitness::{self, Fit};
use crate::load::physical::{host, import, recover};
use crate::load::{Way, prepare};
use crate::schema::{Index, IndexKind, Schema, Table};
use crate::source::Source;

impl Seed<'_> {
    fn wants_files(&self) -> bool {
        self.args.loading.load == LoadArg::Physical && !self.args.append
    }

    /// The word for how rows travel.
    pub(super) fn way_name(&self, way: Way) -> &'static str {
        if self.files.is_empty() {
            way.name()
        } else {
            "physical"
        }
    }

    /// Drops the tables that a killed run was filling from files: the next use of one could end the server.
    pub(super) async fn recover_imports(&mut self) -> Result<()> {
        if recover::unfinished(&mut self.connection).await?.is_empty() {
            return Ok(());
        }
        let folder = self.folder().await;
        let tables = recover::recover(&mut self.connection, folder.as_deref().ok()).await?;
        self.progress.say(&format!(
            "seed: {} are begun anew, for a run did not finish their files",
            tables.join(", ")
        ));
        if let Err(error) = folder {
            self.progress.say(&format!(
                "seed: files that it left in the server's folder are still there: {error:#}"
            ));
        }
        Ok(())
    }

    /// The folder of the database, proved to be the server's.
    async fn folder(&mut self) -> Result<PathBuf> {
        let facts = host::facts(&mut self.connection, &self.server).await?;
        host::folder(&mut self.connection, &facts, self.url.database()).await
    }

    /// Notes the tables that are about to be created and may be filled from files.
    pub(super) async fn announce_files(&mut self, missing: &[String]) -> Result<()> {
        if self.wants_files() {
            recover::announce(&mut self.connection, missing).await?;
        }
        Ok(())
    }

    /// Makes empty tables bare of what is built after the data; those that go as files (of the `created`) keep what goes into the file.
    pub(super) async fn strip(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
    ) -> Result<()> {
        let mut fit = Vec::new();
        let folder = match self.wants_files() {
            true => self.choose(live, sources, created, &mut fit).await?,
            false => None,
        };
        let bare = Schema {
            tables: live.tables.iter().map(|t| without_files(t, &fit)).collect(),
        };
        // duplicates that the stream cannot judge are found by the server
        let keep = |table: &Table, index: &Index| !judged(sources, table, index);
        prepare::strip(&self.url, &self.sessions, &bare, keep).await?;
        let mut given_up = Vec::new();
        for fit in &fit {
            let table = &fit.layout.table;
            let Some(folder) = &folder else {
                break;
            };
            let prepared = import::prepare(
                &mut self.connection,
                self.server.flavour,
                self.url.database(),
                folder,
                fit,
            );
            match prepared.await {
                Ok(prepared) => {
                    self.files.insert(table.clone(), prepared);
                }
                Err(error) => {
                    // whatever the session held for the export
                    sqlx::Executor::execute(&mut self.connection, "UNLOCK TABLES").await?;
                    self.say_unfit(table, &format!("{error:#}"));
                    given_up.push(table.clone());
                }
            }
        }
        let rest = super::tables::only(live, &given_up);
        prepare::strip(&self.url, &self.sessions, &rest, keep).await?;
        for table in created {
            if self.wants_files() && !self.files.contains_key(table) {
                recover::forget(&mut self.connection, table).await?;
            }
        }
        Ok(())
    }

    /// Finds the tables that are fit, and the folder; says why others are not.
    async fn choose(
        &mut self,
        live: &Schema,
        sources: &[Source],
        created: &[String],
        fit: &mut Vec<Fit>,
    ) -> Result<Option<PathBuf>> {
        let input = sources.iter().map(|s| s.bytes).sum();
        let found = async {
            let facts = host::facts(&mut self.connection, &self.server).await?;
            fitness::server(&facts, self.args.loading.skip_binlog)
                .and_then(|()| fitness::disk(&facts, input))
                .map_err(anyhow::Error::msg)?;
            host::folder(&mut self.connection, &facts, self.url.database()).await
        };
        let folder = match found.await {
            Ok(folder) => folder,
            Err(error) => {
                self.progress.say(&format!(
                    "seed: this server takes no files, rows go the SQL way: {error:#}"
                ));
                return Ok(None);
            }
        };
        for table in &live.tables {
            let Some(source) = sources.iter().find(|s| s.table.name == table.name) else {
                continue;
            };
            let judged = match created.contains(&table.name) {
                true => fitness::table(table, source),
                false => Err("it was there before this run".to_owned()),
            };
            match judged {
                Ok(this) => {
                    for (index, why) in &this.left_out {
                        self.progress.say(&format!(
                            "seed: index {index} of {} is left to the server: {why}",
                            table.name
                        ));
                    }
                    fit.push(this);
                }
                Err(why) => self.say_unfit(&table.name, &why),
            }
        }
        Ok(Some(folder))
    }

    fn say_unfit(&self, table: &str, why: &str) {
        self.progress
            .say(&format!("seed: {table} goes the SQL way: {why}"));
    }
}

/// Whether duplicates in a unique index are found while its rows are read.
fn judged(sources: &[Source], table: &Table, index: &Index) -> bool {
    let mut sources = sources.iter().filter(|s| s.table.name == table.name);
    sources.any(|s| {
        let loaded: Vec<usize> = s.header.columns.iter().map(|c| c.0).collect();
        is_judged_on_stream(&s.table, &loaded, index)
    })
}

/// A table as far as it is to be stripped: what goes into its file is left out of sight.
fn without_files(table: &Table, fit: &[Fit]) -> Table {
    let mut table = table.clone();
    if let Some(fit) = fit.iter().find(|f| f.layout.table == table.name) {
        let stays = |name: &String| !fit.layout.indexes.iter().any(|(of, _)| of == name);
        table
            .indexes
            .retain(|i| i.kind == IndexKind::Primary || stays(&i.name));
    }
    table
}
