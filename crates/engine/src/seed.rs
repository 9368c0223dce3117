//! `seed`: loads files into a database, in the steps open → check → lock → load → index → verify.
//!
//! Each step returns a value with which the next step starts. [`open::Opened`] has read everything
//! that can be read without a server, and [`checks::Checked`] has the run lock. [`phases::drive`]
//! executes the other steps. A run with `--replace` loads into another database, and its tables are
//! swapped at the end ([`replace::Replacement`]).

mod checks;
mod conclusion;
#[cfg(test)]
mod fake_server;
mod finished;
mod generated;
mod identity;
mod in_place;
mod index;
mod load;
mod load_method;
mod merging;
mod noted_digests;
mod open;
mod orphans;
mod other_tables;
mod parents;
mod phases;
mod physical;
mod redo_log;
mod replace;
mod run;
mod run_lock;
mod schema;
mod server;
mod server_probe;
mod session;
mod start;
mod statements;
mod sync;
mod table_checks;
mod table_checksums;
mod tables;
mod verification;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crate::error::{Result, fail, unfit};

use crate::Verdict;
use crate::again::Attempts;
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::options::SeedOptions;
use crate::pipeline;
use crate::reading;
use checks::Checked;
use input::Source;
use model::report::Report;
use mysql::db;
use mysql::ledger;
use open::Opened;
use phases::{End, Failure};
use replace::Replacement;
use run::Run;
use session::RunSession;
use work::Work;

/// The outcome of a run.
#[derive(Debug)]
pub struct Seeded {
    /// What happened to each table, as far as it is known. Filled even after a failure.
    pub report: Report,
    /// The folder of the reject files. It differs from the folder in the options if that one has
    /// files that must not be replaced.
    pub rejects: PathBuf,
    /// The verdict, or the error that ended the run.
    pub verdict: Result<Verdict>,
}

/// Loads files into a database. Committed rows survive any failure. The same call resumes the run.
pub async fn seed(options: &SeedOptions, interrupt: &Interrupt, events: &Events) -> Seeded {
    let mut report = Report::default();
    let mut rejects = options.reading.rejects.clone();
    let verdict = run(options, interrupt, events, (&mut report, &mut rejects)).await;
    reading::remove_if_unused(&rejects, &options.reading.rejects);
    Seeded {
        report,
        rejects,
        verdict,
    }
}

async fn run(
    options: &SeedOptions,
    interrupt: &Interrupt,
    events: &Events,
    (report, rejects): (&mut Report, &mut PathBuf),
) -> Result<Verdict> {
    let began = Instant::now();
    let mut attempts = Attempts::new("seed", events);
    let (run, sources, settings, replacement) = loop {
        let ready = tokio::select! {
            ready = Box::pin(make_ready(options, interrupt, rejects, &mut attempts)) => ready,
            () = interrupt.first() => fail!(
                "interrupted before anything was loaded; to resume: {}",
                options.commands.again
            ),
        };
        match ready {
            Ok(Ready {
                run,
                sources,
                settings,
                replacement,
            }) => {
                break (run, sources, settings, replacement);
            }
            Err(error) => attempts.after(error).await?,
        }
    };
    if let Some(replacement) = replacement {
        // an interrupt during the swap at the end must not end the program either
        let _answering = interrupt.answer();
        let lost = replacement.lost();
        let verdict = until_lost(run, (sources, settings), (report, began), lost).await;
        return replacement.conclude(verdict, events).await;
    }
    let never = std::future::pending();
    until_lost(run, (sources, settings), (report, began), never).await
}

/// A run that may start, and the database whose tables it replaces, if any.
struct Ready<'a> {
    run: Run<'a>,
    sources: Vec<Source>,
    settings: pipeline::Settings,
    replacement: Option<Replacement>,
}

/// Opens the files and the database, takes the run lock, and checks whether the run may start.
async fn make_ready<'a>(
    options: &SeedOptions,
    interrupt: &'a Interrupt,
    rejects: &mut PathBuf,
    attempts: &mut Attempts<'a>,
) -> Result<Ready<'a>> {
    let events = attempts.events();
    let opened = Opened::open(options, events)?;
    rejects.clone_from(&opened.options.reading.rejects);
    let (checked, mut checks) = opened.check(interrupt, attempts).await?;
    let Checked {
        mut run,
        sources,
        settings,
    } = checked;
    rejects.clone_from(&run.options.reading.rejects);
    if !run.options.dry_run {
        run.recover_imports().await?;
    }
    run.name_unfinished_replacement().await?;
    let watch = run.watch_prechecks().await?;
    run.check_tables(&mut checks, &sources).await?;
    drop(watch);
    checks::conclude(checks, events)?;
    let (replacement, run) = match run.replaces() {
        true => {
            let (replacement, run) = run.beside(&sources).await?;
            (Some(replacement), run)
        }
        false => (None, run),
    };
    Ok(Ready {
        run,
        sources,
        settings,
        replacement,
    })
}

/// Executes the steps of a run, until it loses its lock or must stop at once.
async fn until_lost(
    mut run: Run<'_>,
    input: (Vec<Source>, pipeline::Settings),
    output: (&mut Report, Instant),
    lost: impl Future<Output = crate::Error>,
) -> Result<Verdict> {
    let (database, interrupt) = (run.session.database.clone(), run.interrupt);
    let mut silent = false;
    let verdict = tokio::select! {
        // boxed, because the compiler limits the nesting of futures
        verdict = Box::pin(steps(&mut run, input, output)) => verdict,
        () = interrupt.second() => Err(Failure::Interrupted),
        () = interrupt.in_silence(&database) => {
            silent = true;
            Err(Failure::Interrupted)
        }
        error = database.lost() => Err(error.into()),
        error = lost => Err(error.into()),
    };
    let verdict = match verdict {
        Ok(verdict) => Ok(verdict),
        Err(Failure::Interrupted) if silent => Err(unfit!(
            "interrupted, and {} does not answer, so statements of this run may still run there; \
             to resume: {}",
            database.url(),
            run.options.commands.again
        )),
        Err(Failure::Interrupted) => {
            let commands = &run.options.commands;
            Err(run
                .session
                .after_interrupt((interrupt, commands), run.events)
                .await)
        }
        Err(Failure::Error(error)) => Err(error),
    };
    // after a success, the redo log is already on
    if (silent && run.redo_log_is_off() || run.redo_log_on().await.is_err()) && verdict.is_err() {
        run.events.info(
            "seed: the private server was lost while its redo log was off, so no loaded row is \
             kept: the next command creates its data folder again and loads everything again \
             (--keep-redo-log keeps committed batches)",
        );
    }
    db::close(run.session.connection).await;
    verdict
}

async fn steps(
    run: &mut Run<'_>,
    (sources, settings): (Vec<Source>, pipeline::Settings),
    (report, began): (&mut Report, Instant),
) -> Result<Verdict, Failure> {
    let mut work = Work {
        run,
        sources: Arc::new(sources),
        settings,
        report,
        began,
    };
    if work.run.options.dry_run {
        return Ok(work.dry_run().await?);
    }
    let events = work.run.events;
    let create =
        async |session: &mut RunSession| Ok(ledger::create(&mut session.connection).await?);
    work.run.session.repeated(events, create).await?;
    let end = phases::drive(&mut work).await?;
    if matches!(end, End::Seeded) && work.run.options.loading.compare_generated {
        work.compare_generated().await?;
    }
    Ok(work.run.conclude(end, work.report))
}
