//! What a run begins with: nothing, an unfinished run of the same files, a finished one, or rows
//! that are none of its business.

use anyhow::{Result, bail};

use super::Seed;
use crate::commands::schema_text::SchemaChoice;
use crate::commands::seeded;
use crate::commands::typed::quoted;
use crate::commands::verify::RAISED;
use input::Source;
use mysql::ledger::{self, LoadedTable, Phase, Run, beginning};
use mysql::precheck::Check;
use mysql::{prepare, verify};

const OTHER_CONTENT: &str = "whose files had other content";

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
    pub(super) async fn start(&mut self, sources: &[Source]) -> Result<Start> {
        if self.args.append {
            return self.start_append(sources).await;
        }
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let filled = prepare::present(&mut self.connection, self.url.database(), &names)
            .await?
            .filled;
        if filled.is_empty() {
            return Ok(Start::Afresh);
        }
        let run = match ledger::last_run(&mut self.connection).await? {
            Some(run) if run.fingerprint == self.fingerprint(sources) => run,
            other => {
                let differs = self.other_run().await?;
                bail!(self.refusal(&filled, other.as_ref(), &differs))
            }
        };
        if run.phase == Phase::Load {
            return Ok(Start::Resume(run));
        }
        match self.same_content(&run, sources).await? {
            Some(tables) if run.phase == Phase::Done => Ok(Start::Finished(run, tables)),
            Some(tables) => Ok(Start::Loaded(run, tables)),
            None => bail!(self.refusal(&filled, Some(&run), OTHER_CONTENT)),
        }
    }

    /// Rows are added to whatever is there, unless an interrupted run was at adding the same files.
    async fn start_append(&mut self, sources: &[Source]) -> Result<Start> {
        let last = ledger::last_run(&mut self.connection).await?;
        let fingerprint = self.fingerprint(sources);
        if !self.args.force
            && let Some(run) = last
                .as_ref()
                .filter(|r| r.phase == Phase::Done && r.fingerprint == fingerprint)
            && let Some(tables) = self.same_content(run, sources).await?
            && self.holds(&tables).await?
        {
            return Ok(Start::Finished(run.clone(), tables));
        }
        let Some(run) = last.filter(|r| r.phase != Phase::Done && r.fingerprint == fingerprint)
        else {
            return Ok(Start::Append);
        };
        if run.phase == Phase::Load {
            return Ok(Start::Resume(run));
        }
        match self.same_content(&run, sources).await? {
            Some(tables) => Ok(Start::Loaded(run, tables)),
            None => bail!(self.unfinished(&run).await?),
        }
    }

    /// Whether tables hold as many rows as after the run that loaded them.
    async fn holds(&mut self, tables: &[LoadedTable]) -> Result<bool> {
        for table in tables {
            if verify::count(&mut self.connection, &table.name).await? != table.loaded {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Why nothing is added to an unfinished run: its rows would be no longer those that it goes on
    /// with, and it could never be verified.
    async fn unfinished(&mut self, run: &Run) -> Result<String> {
        let command = beginning::command_of(&mut self.connection, run.id).await?;
        Ok(format!(
            "the run of {} UTC in {} is unfinished (it ended in phase {}); rows that are appended now could not be told from its rows, \
             so it could never be resumed; nothing was changed: resume it first{RAISED}: {}; or reload all tables with --replace instead of --append",
            run.started_at,
            self.url,
            run.phase.name(),
            command.unwrap_or_else(|| "reviewseed seed DIR".to_string())
        ))
    }

    /// How the last run differs from this one, as far as the ledger tells.
    async fn other_run(&mut self) -> Result<String> {
        let Some(schema) = seeded::last_schema(&mut self.connection).await? else {
            return Ok(format!(
                "which had other files, another schema (this run has {}) or other options",
                self.text.origin
            ));
        };
        if schema.hash == self.text.hash {
            return Ok("which had other files or other options".to_string());
        }
        let had = SchemaChoice::of_run(&schema);
        Ok(match had.shown() == self.text.origin {
            true => format!("which had another text of {}", self.text.origin),
            false => format!(
                "which had the schema {} (this run has {}; --schema {} takes that one)",
                had.shown(),
                self.text.origin,
                quoted(&had.option())
            ),
        })
    }

    /// Why nothing is loaded into tables that hold rows: whose they are, and how the newest run
    /// differs from this one.
    fn refusal(&self, filled: &[String], last: Option<&Run>, differs: &str) -> String {
        let verb = if filled.len() == 1 { "holds" } else { "hold" };
        let unfinished = last.is_some_and(|run| run.phase != Phase::Done);
        let (end, add) = match unfinished {
            true => (
                " that did not come to its end",
                "finish that run before you add to them with --append",
            ),
            false => ("", "add to them with --append"),
        };
        let whose = match last {
            None => "that reviewseed did not load".to_string(),
            Some(run) => format!("of the run of {} UTC{end}, {differs}", run.started_at),
        };
        format!(
            "{} in {} already {verb} rows, {whose}; nothing was changed: load beside them and swap with --replace, {add}, or name another database in --database-url",
            filled.join(", "),
            self.url,
        )
    }

    /// The same in the prechecks' words, before the content of the files is looked at.
    pub(super) async fn standing(&mut self, sources: &[Source]) -> Result<Check> {
        const NAME: &str = "tables";
        let names: Vec<String> = sources.iter().map(|s| s.table.name.clone()).collect();
        let filled = prepare::present(&mut self.connection, self.url.database(), &names)
            .await?
            .filled;
        let last = ledger::last_run(&mut self.connection).await?;
        let ours = last
            .as_ref()
            .is_some_and(|run| run.fingerprint == self.fingerprint(sources));
        let unfinished = last.as_ref().filter(|run| run.phase != Phase::Done);
        if let Some(run) = unfinished
            && self.args.append
            && !filled.is_empty()
            && !ours
        {
            return Ok(Check::fail(NAME, self.unfinished(run).await?));
        }
        let list = filled.join(", ");
        Ok(match (filled.is_empty(), self.args.append) {
            (true, _) => Check::pass(NAME, "empty"),
            (false, true) => Check::pass(NAME, format!("{list} hold rows, others are added")),
            (false, false) if ours && unfinished.is_some() => Check::pass(
                NAME,
                format!("{list} hold rows of the interrupted run that is gone on with"),
            ),
            (false, false) if ours => {
                Check::pass(NAME, format!("{list} hold the rows of these files"))
            }
            (false, false) => {
                let differs = self.other_run().await?;
                Check::fail(NAME, self.refusal(&filled, last.as_ref(), &differs))
            }
        })
    }

    /// Hash of what decides the result, but for the content of the files, which the ledger compares
    /// by table or by batch.
    pub(super) fn fingerprint(&self, sources: &[Source]) -> String {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(self.text.sql.as_bytes());
        add(if self.args.append { b"append" } else { b"seed" });
        add(&self.args.reading.max_record.to_le_bytes());
        for source in sources {
            add(source.table.name.as_bytes());
            add(&source.fingerprint());
        }
        format!("{:032x}", hash.digest128())
    }

    /// The ledger's account of a run, when the files are still the ones that it read.
    pub(super) async fn same_content(
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
}
