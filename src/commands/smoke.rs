//! `smoke`: how many requests a second the database alone can answer, or a server of the service
//! over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};

use super::{Exit, database};
use crate::cli::SmokeArgs;
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity, listen_for_stop};
use crate::{report_files, smoke_page};
use engine::database::resolve;
use engine::event::Events;
use engine::seeded;
use model::wording::{chain, grouped};
use mysql::db::{self, DatabaseUrl};
use reviews::smoke::comparison::{Compared, Comparison};
use reviews::smoke::http::{HttpTier, one_kind};
use reviews::smoke::outcome::{Limits, Outcome};
use reviews::smoke::tier::{SqlTier, Tier};
use reviews::smoke::{self, Settings, id_list};
use reviews::targets::TargetKind;

pub(super) async fn run(args: SmokeArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Arc::new(Terminal::new("smoke", verbosity));
    let events = terminal.events();
    report_files::prepare(&args.report)?;
    let tiers = args.http_tiers()?;
    let kinds = tiers.iter().map(|(_, tier)| tier.kind());
    let mut kinds = kinds.collect::<reviews::Result<Vec<_>>>()?;
    if args.asks_the_database() {
        kinds.push(TargetKind::Product);
    }
    let kind = one_kind(kinds.into_iter())?.unwrap_or(TargetKind::Product);
    let listed = args.targets.as_deref();
    let listed = listed.map(|file| id_list::read(file, kind)).transpose()?;
    let url = match &listed {
        Some(_) if !args.asks_the_database() => None,
        _ => {
            let database = database::existing(&args.database, &terminal).await?;
            Some(resolve(&database, &events).await?.0)
        }
    };
    let ids = match (listed, &url) {
        (Some(ids), _) => ids,
        (None, Some(url)) => last_tenth(url, kind, &events).await?,
        (None, None) => bail!("neither a list of ids nor a database was given"),
    };
    let test = Test {
        settings: args.settings(),
        limits: args.limits(),
        ids,
        stop: listen_for_stop(&terminal)?,
        events,
    };
    let verdict = tests(&args, &test, url, tiers).await?;
    match test.is_stopped() {
        true => {
            bail!("stopped before the end of the test; the result is of the requests until then")
        }
        false => Ok(verdict),
    }
}

/// Tests the tiers that were chosen.
async fn tests(
    args: &SmokeArgs,
    test: &Test,
    url: Option<DatabaseUrl>,
    tiers: Vec<(String, HttpTier)>,
) -> Result<Exit> {
    match (args.compare, url.filter(|_| args.asks_the_database())) {
        (true, database) => compare(args, test, database, tiers).await,
        (false, Some(database)) => {
            let place = database.to_string();
            let mix = args.mix.clone();
            let outcome = test.of(SqlTier { database, mix }, &place).await?;
            judge(args, test, "sql", &outcome)
        }
        (false, None) => {
            let (name, tier) = tiers.into_iter().next().context("no request was given")?;
            let outcome = test.of(tier, &name).await?;
            judge(args, test, &name, &outcome)
        }
    }
}

/// What the tests of all tiers have in common.
struct Test {
    settings: Settings,
    limits: Limits,
    ids: Vec<u64>,
    /// Becomes true when the user stops the test.
    stop: Arc<AtomicBool>,
    events: Events,
}

impl Test {
    async fn of<T: Tier>(&self, tier: T, place: &str) -> Result<Outcome> {
        self.events.info(&format!(
            "smoke: {} requests in {:?} for {} targets at {place}",
            grouped(self.settings.requests()),
            self.settings.duration,
            grouped(self.ids.len() as u64)
        ));
        Ok(smoke::run(tier, self.ids.clone(), &self.settings, &self.stop).await?)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Reports the result of one tier.
fn judge(args: &SmokeArgs, test: &Test, name: &str, outcome: &Outcome) -> Result<Exit> {
    test.events.info(outcome.summary().trim_end());
    let json = outcome.to_json(&test.limits);
    let json = json.context("cannot write the result as JSON")?;
    if args.json {
        print_data(&json)?;
    }
    let exceeded = outcome.exceeded_limits(&test.limits);
    let tier = smoke_page::tier(name, exceeded.clone(), Some(outcome));
    smoke_page::write(args, test.ids.len(), vec![tier], &json)?;
    for limit in &exceeded {
        test.events.error(&format!("smoke: {limit}"));
    }
    if exceeded.is_empty() && !test.is_stopped() {
        let passed = outcome.passed(&test.limits);
        test.events.info(&format!("smoke: {passed}"));
    }
    Ok(exit(exceeded.is_empty()))
}

fn exit(passed: bool) -> Exit {
    match passed {
        true => Exit::Done,
        false => Exit::Found,
    }
}

/// Tests one tier after another with the same requests, and reports them side by side.
async fn compare(
    args: &SmokeArgs,
    test: &Test,
    database: Option<DatabaseUrl>,
    tiers: Vec<(String, HttpTier)>,
) -> Result<Exit> {
    let compared = |name: String, outcome: Result<Outcome>| Compared {
        name,
        outcome: outcome.map_err(|error| chain(error.as_ref())),
    };
    let mut results = Vec::new();
    if let Some(database) = database {
        let place = format!("sql, {database}");
        let mix = args.mix.clone();
        let outcome = test.of(SqlTier { database, mix }, &place).await;
        results.push(compared("sql".to_owned(), outcome));
    }
    for (name, tier) in tiers {
        if test.is_stopped() {
            break;
        }
        let place = format!("{name}, {}", tier.address());
        results.push(compared(name, test.of(tier, &place).await));
    }
    let comparison = Comparison {
        tiers: results,
        limits: test.limits,
    };
    test.events.info(comparison.table().trim_end());
    let json = comparison.to_json();
    let json = json.context("cannot write the result as JSON")?;
    if args.json {
        print_data(&json)?;
    }
    let tiers = comparison.tiers.iter();
    let tiers = tiers.map(|tier| {
        let outcome = tier.outcome.as_ref().ok();
        smoke_page::tier(&tier.name, tier.faults(&test.limits), outcome)
    });
    smoke_page::write(args, test.ids.len(), tiers.collect(), &json)?;
    match comparison.first_fault() {
        None if test.is_stopped() => {}
        None => test.events.info(&format!(
            "smoke: passed: every tier is within errors of {} % and an average of {} ms",
            test.limits.error_percent,
            test.limits.average.as_secs_f64() * 1000.0
        )),
        Some((tier, faults)) => test.events.error(&format!(
            "smoke: {tier} is the first tier that is over a limit: {}",
            faults.join("; ")
        )),
    }
    Ok(exit(comparison.first_fault().is_none()))
}

/// The last tenth of the products or reviews, as `targets` selects it.
async fn last_tenth(url: &DatabaseUrl, kind: TargetKind, events: &Events) -> Result<Vec<u64>> {
    let mut connection = db::connect(url).await?;
    seeded::of_reviews(&mut connection, url, events).await?;
    let ids = id_list::last_tenth(&mut connection, kind).await?;
    db::close(connection).await;
    if ids.is_empty() {
        bail!(
            "{url} has no reviews that the test could read; load them first: reviewseed seed \
               DIR"
        );
    }
    Ok(ids)
}
