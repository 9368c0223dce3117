//! Where a run begins: with empty tables, after an unfinished run of the same files, after a
//! finished one, or with rows that it must not touch.

use crate::error::{Result, fail};

use super::server::Server;
use crate::options::Mode;
use crate::schema_text::{SchemaChoice, SchemaText};
use crate::verify::RAISED;
use input::Source;
use model::shell::quoted;
use mysql::ledger::{LoadedTable, Phase, Run};
use mysql::precheck::Check;

#[cfg(test)]
mod tests;

const NAME: &str = "tables";
const OTHER_CONTENT: &str = "whose files had other content";

/// Where a run begins.
#[derive(Debug, Clone)]
pub(super) enum Start {
    /// With empty tables.
    Empty,
    /// With tables that may hold rows, to which this run adds rows.
    Append,
    /// In the load of an unfinished run of the same files and schema.
    Resume(Run),
    /// After the load of an unfinished run. Holds its tables, in the pipeline's order.
    Loaded(Run, Vec<LoadedTable>),
    /// The same files are already loaded, indexed and verified, so there is nothing to begin.
    Finished(Run, Vec<LoadedTable>),
}

/// What decides whether two runs are the same.
pub(super) struct Identity<'a> {
    pub(super) mode: Mode,
    /// Whether files may be appended again.
    pub(super) force: bool,
    /// Hash of everything that decides the result, except the content of the files.
    pub(super) fingerprint: String,
    /// The schema's name and hash.
    pub(super) schema: (String, String),
    /// The tables, each with a function that reads its whole file and returns the hash of it.
    pub(super) tables: Vec<(String, ContentHash<'a>)>,
}

/// Returns the hash of a file's content.
pub(super) type ContentHash<'a> = Box<dyn Fn() -> Result<u128> + Send + Sync + 'a>;

impl<'a> Identity<'a> {
    /// For a run that loads these files.
    pub(super) fn new(
        mode: Mode,
        force: bool,
        (text, max_record): (&SchemaText, usize),
        sources: &'a [Source],
    ) -> Identity<'a> {
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(text.sql.as_bytes());
        add(match mode {
            Mode::Append => b"append",
            Mode::Empty | Mode::Replace => b"seed",
        });
        add(&(max_record as u64).to_le_bytes());
        for source in sources {
            add(source.table.name.as_bytes());
            add(&source.fingerprint());
        }
        let content =
            |source: &'a Source| -> ContentHash<'a> { Box::new(|| Ok(source.content_hash()?)) };
        let tables = sources.iter();
        let tables = tables.map(|source| (source.table.name.clone(), content(source)));
        Identity {
            mode,
            force,
            fingerprint: format!("{:032x}", hash.digest128()),
            schema: (text.origin.clone(), text.hash.clone()),
            tables: tables.collect(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _)| name.clone()).collect()
    }

    fn is_of(&self, run: &Run) -> bool {
        run.fingerprint == self.fingerprint
    }
}

/// Decides where a run begins.
///
/// # Errors
///
/// When the tables hold rows that this run must not touch. The error says which rows, and what to
/// do.
pub(super) async fn decide(server: &mut impl Server, this: &Identity<'_>) -> Result<Start> {
    if this.mode == Mode::Append {
        return decide_append(server, this).await;
    }
    let filled = server.filled(&this.names()).await?;
    if filled.is_empty() {
        return Ok(Start::Empty);
    }
    let run = match server.last_run().await? {
        Some(run) if this.is_of(&run) => run,
        other => {
            let differs = other_run(server, this).await?;
            fail!(
                "{}",
                rows_in_the_way(server, &filled, other.as_ref(), &differs)
            )
        }
    };
    if run.phase == Phase::Load {
        return Ok(Start::Resume(run));
    }
    match same_content(server, &run, this).await? {
        Some(tables) if run.phase == Phase::Done => Ok(Start::Finished(run, tables)),
        Some(tables) => Ok(Start::Loaded(run, tables)),
        None => fail!(
            "{}",
            rows_in_the_way(server, &filled, Some(&run), OTHER_CONTENT)
        ),
    }
}

/// Adds rows to existing ones, or resumes an interrupted run that was adding the same files.
async fn decide_append(server: &mut impl Server, this: &Identity<'_>) -> Result<Start> {
    let last = server.last_run().await?;
    let Some(run) = last.filter(|run| this.is_of(run)) else {
        return Ok(Start::Append);
    };
    match run.phase {
        Phase::Done if this.force => Ok(Start::Append),
        Phase::Done => Ok(match same_content(server, &run, this).await? {
            Some(tables) if holds(server, &tables).await? => Start::Finished(run, tables),
            _ => Start::Append,
        }),
        Phase::Load => Ok(Start::Resume(run)),
        _ => match same_content(server, &run, this).await? {
            Some(tables) => Ok(Start::Loaded(run, tables)),
            None => fail!("{}", unfinished(server, &run).await?),
        },
    }
}

/// Whether tables hold as many rows as at the end of the run that loaded them.
async fn holds(server: &mut impl Server, tables: &[LoadedTable]) -> Result<bool> {
    for table in tables {
        if server.count(&table.name).await? != table.loaded {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The tables of a run as the ledger has them, if the files are still the ones that it read.
pub(super) async fn same_content(
    server: &mut impl Server,
    run: &Run,
    this: &Identity<'_>,
) -> Result<Option<Vec<LoadedTable>>> {
    let tables = server.tables_of(run.id).await?;
    let mut same = Vec::new();
    for (name, content) in &this.tables {
        let Some(table) = tables.iter().find(|t| t.name == *name) else {
            return Ok(None);
        };
        if table.content_hash != format!("{:032x}", content()?) {
            return Ok(None);
        }
        same.push(table.clone());
    }
    Ok(Some(same))
}

/// Whether a run can begin in a sibling database as it is: the database is empty, or holds rows of
/// an unfinished run of the same files.
pub(super) async fn is_resumable(server: &mut impl Server, this: &Identity<'_>) -> Result<bool> {
    if server.filled(&this.names()).await?.is_empty() {
        return Ok(true);
    }
    let last = server.last_run().await?;
    let Some(run) = last.filter(|run| this.is_of(run)) else {
        return Ok(false);
    };
    Ok(run.phase == Phase::Load || same_content(server, &run, this).await?.is_some())
}

/// Why rows cannot be appended while a run is unfinished.
async fn unfinished(server: &mut impl Server, run: &Run) -> Result<String> {
    let command = server.command_of(run.id).await?;
    Ok(format!(
        "the run of {} UTC in {} is unfinished (it ended in phase {}); rows that are appended now \
         could not be distinguished from its rows, so it could never be resumed; nothing was \
         changed: resume it first{RAISED}: {}; or reload all tables with --replace instead of \
         --append",
        run.started_at,
        server.place(),
        run.phase.name(),
        command.unwrap_or_else(|| "reviewseed seed DIR".to_string())
    ))
}

/// How the last run differs from this one, as far as the ledger shows.
async fn other_run(server: &mut impl Server, this: &Identity<'_>) -> Result<String> {
    let (origin, hash) = &this.schema;
    let Some(schema) = server.last_schema().await? else {
        return Ok(format!(
            "which had other files, another schema (this run has {origin}) or other options"
        ));
    };
    if schema.hash == *hash {
        return Ok("which had other files or other options".to_string());
    }
    let had = SchemaChoice::of_run(&schema);
    Ok(match had.shown() == *origin {
        true => format!("which had another text of {origin}"),
        false => format!(
            "which had the schema {} (this run has {origin}; --schema {} selects the former)",
            had.shown(),
            quoted(&had.option())
        ),
    })
}

/// Why nothing is loaded into tables that hold rows: which run loaded these rows, and how that run
/// differs from this one.
fn rows_in_the_way(
    server: &impl Server,
    filled: &[String],
    last: Option<&Run>,
    differs: &str,
) -> String {
    let verb = if filled.len() == 1 { "holds" } else { "hold" };
    let unfinished = last.is_some_and(|run| run.phase != Phase::Done);
    let (end, add) = match unfinished {
        true => (
            ", which is unfinished",
            "finish that run before you add to them with --append",
        ),
        false => ("", "add to them with --append"),
    };
    let whose = match last {
        None => "that reviewseed did not load".to_string(),
        Some(run) => format!("of the run of {} UTC{end}, {differs}", run.started_at),
    };
    format!(
        "{} in {} already {verb} rows, {whose}; nothing was changed: replace them with --replace, \
         {add}, or name another database in --database-url",
        filled.join(", "),
        server.place(),
    )
}

/// The same decision as a check, made before the contents of the files are read.
pub(super) async fn check(server: &mut impl Server, this: &Identity<'_>) -> Result<Check> {
    let filled = server.filled(&this.names()).await?;
    let last = server.last_run().await?;
    let ours = last.as_ref().is_some_and(|run| this.is_of(run));
    let unfinished_run = last.as_ref().filter(|run| run.phase != Phase::Done);
    let appends = this.mode == Mode::Append;
    if let Some(run) = unfinished_run
        && appends
        && !filled.is_empty()
        && !ours
    {
        return Ok(Check::fail(NAME, unfinished(server, run).await?));
    }
    let list = filled.join(", ");
    Ok(match (filled.is_empty(), appends) {
        (true, _) => Check::pass(NAME, "empty"),
        (false, true) => Check::pass(
            NAME,
            format!("{list} hold rows; the rows of the files are added"),
        ),
        (false, false) if ours && unfinished_run.is_some() => Check::pass(
            NAME,
            format!("{list} hold rows of the interrupted run, which is resumed"),
        ),
        (false, false) if ours => Check::pass(NAME, format!("{list} hold the rows of these files")),
        (false, false) => {
            let differs = other_run(server, this).await?;
            let words = rows_in_the_way(server, &filled, last.as_ref(), &differs);
            Check::fail(NAME, words)
        }
    })
}
