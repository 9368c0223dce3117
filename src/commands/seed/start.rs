//! What a run begins with: nothing, an unfinished run of the same files, a finished one, or rows that are none of its business.

use anyhow::{Result, bail};

use super::Seed;
use crate::load::ledger::{self, LoadedTable, Phase, Run};
use crate::load::prepare;
use crate::pipeline;
use crate::report::{Outcome, Report, TableReport};
use crate::source::Source;

/// Where a run begins.
pub(super) enum Start {
    /// With empty tables.
    Afresh,
    /// With tables that may hold rows, to which others are added.
    Append,
    /// Where an unfinished run of the same files and schema was interrupted while loading.
    Resume(Run),
    /// After the load of an unfinished run: its tables, in the pipeline's order.
    Loaded(Run, Vec<LoadedTable>),
    /// The same files are in, indexed and verified.
    Finished(Run, Vec<LoadedTable>),
}

impl Seed<'_> {
    /// Looks what the tables hold.
    pub(super) async fn start(
        &mut self,
        sources: &[Source],
        settings: &pipeline::Settings,
    ) -> Result<Start> {
        if self.args.append {
            return Ok(Start::Append);
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let filled = prepare::present(&mut self.connection, self.url.database(), &names)
            .await?
            .filled;
        if filled.is_empty() {
            return Ok(Start::Afresh);
        }
        let last = match ledger::exists(&mut self.connection).await? {
            true => ledger::last_run(&mut self.connection).await?,
            false => None,
        };
        let Some(run) = last else {
            return self.refuse(&filled, "that reviewseed did not load");
        };
        let unfinished = if run.phase == Phase::Done {
            ""
        } else {
            " that did not come to its end"
        };
        let of = format!("of the run of {} UTC{unfinished}", run.started_at);
        if run.fingerprint != self.fingerprint(sources, settings) {
            return self.refuse(
                &filled,
                &format!("{of}, which had other files, another schema or other options"),
            );
        }
        if run.phase == Phase::Load {
            return Ok(Start::Resume(run));
        }
        match self.same_content(&run, sources).await? {
            Some(tables) if run.phase == Phase::Done => Ok(Start::Finished(run, tables)),
            Some(tables) => Ok(Start::Loaded(run, tables)),
            None => self.refuse(&filled, &format!("{of}, whose files had other content")),
        }
    }

    fn refuse(&self, filled: &[String], why: &str) -> Result<Start> {
        let verb = if filled.len() == 1 { "holds" } else { "hold" };
        bail!(
            "{} in {} already {verb} rows, {why}; nothing was changed: load beside them and swap with --replace, add to them with --append, or name another database in --database-url",
            filled.join(", "),
            self.url,
        );
    }

    /// Hash of what decides the result, but for the content of the files, which the ledger compares by table or by batch.
    pub(super) fn fingerprint(&self, sources: &[Source], settings: &pipeline::Settings) -> String {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.text.sql.as_bytes());
        add(if self.args.append { b"append" } else { b"seed" });
        add(&settings.max_record.to_le_bytes());
        for source in sources {
            add(source.table.name.as_bytes());
            add(&source.fingerprint());
        }
        format!("{:032x}", hash.digest128())
    }

    /// The ledger's account of a run, when the files are still the ones that it read.
    async fn same_content(
        &mut self,
        run: &Run,
        sources: &[Source],
    ) -> Result<Option<Vec<LoadedTable>>> {
        let tables = ledger::tables_of(&mut self.connection, run.id).await?;
        let mut same = Vec::new();
        for source in sources {
            let Some(table) = tables.iter().find(|t| t.name == source.table.name) else {
                return Ok(None);
            };
            if table.content_hash != format!("{:032x}", source.content_hash()?) {
                return Ok(None);
            }
            same.push(table.clone());
        }
        Ok(Some(same))
    }

    /// Says that there is nothing to do.
    pub(super) fn already_seeded(&self, run: &Run, tables: &[LoadedTable], report: &mut Report) {
        report.outcome = Outcome::AlreadySeeded;
        report.tables = tables.iter().map(TableReport::from).collect();
        self.progress.say(report.summary().trim_end());
        self.progress.say(&format!(
            "seed: these files were seeded by the run of {} UTC; nothing to do",
            run.started_at
        ));
    }
}
