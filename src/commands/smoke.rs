//! `smoke`: tests whether the database alone, or a server of the service over HTTP, answers a given
//! number of requests per second.

mod ids;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Exit;
use crate::cli::{SQL_TIER, SmokeArgs};
use crate::command_line::typed;
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity, listen_for_stop};
use crate::{report_files, smoke_page};
use engine::event::Events;
use model::wording::{chain, counted};
use mysql::db::DatabaseUrl;
use reviews::smoke::comparison::{Compared, Comparison, TierKind};
use reviews::smoke::http::{HttpTier, one_kind};
use reviews::smoke::outcome::Outcome;
use reviews::smoke::rates::Step;
use reviews::smoke::tier::{SqlTier, Tier};
use reviews::smoke::{self, id_list};
use reviews::targets::TargetKind;

pub(super) async fn run(args: SmokeArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Arc::new(Terminal::new("smoke", verbosity));
    let events = terminal.events();
    args.check_rates()?;
    args.check_unused(|options| typed().has(options))?;
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
    let found = match listed {
        Some(ids) if !args.asks_the_database() => Ok((None, ids)),
        // all requests are the same, whatever the ids are
        None if !args.needs_ids()? => Ok((None, vec![1])),
        listed => ids::from_database(&args, kind, listed, &terminal).await,
    };
    let (url, ids) = match found {
        Ok(found) => found,
        // an earlier report must not be taken for that of this test
        Err(error) => {
            write(&args, 0, &not_tested(&args, &tiers, &error))?;
            return Err(error);
        }
    };
    let tiers = chosen(&args, url, tiers);
    let test = Test {
        args: &args,
        ids,
        stop: listen_for_stop(&terminal)?,
        events,
    };
    let comparison = tests(&test, tiers).await?;
    if test.is_stopped() {
        bail!("stopped before the end of the test; the result covers the requests sent until then");
    }
    if let (false, Some(Err(why))) = (args.compare, comparison.tiers.first().map(first_outcome)) {
        bail!("{why}");
    }
    let untested = comparison.untested();
    if !untested.is_empty() {
        bail!(
            "{} could not be tested, so the comparison is not complete",
            untested.join(", ")
        );
    }
    match comparison.first_fault() {
        None => Ok(Exit::Done),
        Some(_) => Ok(Exit::Found),
    }
}

fn first_outcome(tier: &Compared) -> std::result::Result<&Outcome, &str> {
    tier.first.outcome.as_ref().map_err(String::as_str)
}

/// The result of tiers of which none could be tested because of this error.
fn not_tested(args: &SmokeArgs, http: &[(String, HttpTier)], error: &anyhow::Error) -> Comparison {
    let sql = args
        .asks_the_database()
        .then_some((SQL_TIER, TierKind::Sql));
    let http = http.iter().map(|(name, _)| (&**name, TierKind::Http));
    let tiers = sql.into_iter().chain(http).map(|(name, kind)| {
        let outcome = Err(chain(error.as_ref()));
        Compared {
            name: name.to_owned(),
            kind,
            doubts: Vec::new(),
            first: Step {
                rate: args.rate,
                stopped: false,
                outcome,
            },
            higher: None,
            stopped: false,
        }
    });
    Comparison {
        tiers: tiers.collect(),
        limits: args.limits(),
    }
}

/// A tier that is tested.
struct Chosen {
    name: String,
    /// The name and address of the tier, for messages.
    place: String,
    tier: AnyTier,
}

#[derive(Clone)]
enum AnyTier {
    Sql(Box<SqlTier>),
    Http(HttpTier),
}

impl AnyTier {
    fn kind(&self) -> TierKind {
        match self {
            AnyTier::Sql(_) => TierKind::Sql,
            AnyTier::Http(_) => TierKind::Http,
        }
    }

    /// What may be wrong with its requests.
    fn doubts(&self) -> Vec<String> {
        match self {
            AnyTier::Http(http) if http.has_no_placeholder() => vec![
                "no request has a placeholder such as {product_id}, so all requests are the same"
                    .to_owned(),
            ],
            _ => Vec::new(),
        }
    }
}

/// The tiers in the order of their tests: the database is the first.
fn chosen(
    args: &SmokeArgs,
    url: Option<DatabaseUrl>,
    http: Vec<(String, HttpTier)>,
) -> Vec<Chosen> {
    let sql = url.filter(|_| args.asks_the_database()).map(|database| {
        let place = match args.compare {
            true => format!("{SQL_TIER}, {database}"),
            false => database.to_string(),
        };
        let mix = args.mix.clone();
        Chosen {
            name: SQL_TIER.to_owned(),
            place,
            tier: AnyTier::Sql(Box::new(SqlTier { database, mix })),
        }
    });
    let http = http.into_iter().map(|(name, tier)| {
        let address = tier.address().to_string();
        Chosen {
            place: match name == address {
                true => address,
                false => format!("{name}, {address}"),
            },
            name,
            tier: AnyTier::Http(tier),
        }
    });
    sql.into_iter().chain(http).collect()
}

/// The arguments and ids that the tests of all tiers share.
struct Test<'a> {
    args: &'a SmokeArgs,
    ids: Vec<u64>,
    /// Becomes true when the user stops the test.
    stop: Arc<AtomicBool>,
    events: Events,
}

impl Test<'_> {
    async fn of(&self, chosen: &Chosen, rate: f64) -> Result<Outcome> {
        let settings = self.args.settings(rate);
        self.events.info(&format!(
            "smoke: {} in {:?} for {} at {}",
            counted(settings.requests(), "request", "requests"),
            settings.duration,
            counted(self.ids.len() as u64, "target", "targets"),
            chosen.place
        ));
        let ids = self.ids.clone();
        let outcome = match chosen.tier.clone() {
            AnyTier::Sql(tier) => smoke::run(*tier, ids, &settings, &self.stop).await,
            AnyTier::Http(tier) => smoke::run(tier, ids, &settings, &self.stop).await,
        }?;
        self.warn(&chosen.name, &outcome.warnings());
        Ok(outcome)
    }

    /// Tests a tier at one rate. If the tier cannot be reached, the error is its result.
    async fn step(&self, chosen: &Chosen, rate: f64) -> Step {
        let outcome = self.of(chosen, rate).await;
        Step {
            rate,
            stopped: self.is_stopped(),
            outcome: outcome.map_err(|error| chain(error.as_ref())),
        }
    }

    fn warn(&self, tier: &str, warnings: &[String]) {
        for warning in warnings {
            self.events.info(&format!("warning: {tier}: {warning}"));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Tests the tiers, first at the rate of `--rate`, then at the higher rates of `--then`.
async fn tests(test: &Test<'_>, chosen: Vec<Chosen>) -> Result<Comparison> {
    let args = test.args;
    let mut tiers: Vec<Compared> = Vec::new();
    for tier in &chosen {
        let first = match test.is_stopped() {
            true => Step::not_begun(args.rate),
            false => {
                say_requests(test, tier);
                test.step(tier, args.rate).await
            }
        };
        tiers.push(Compared {
            name: tier.name.clone(),
            kind: tier.tier.kind(),
            doubts: tier.tier.doubts(),
            stopped: first.stopped,
            first,
            higher: None,
        });
    }
    let mut comparison = Comparison {
        tiers,
        limits: args.limits(),
    };
    match args.compare {
        true => say_side_by_side(test, &comparison),
        false => say_alone(test, &comparison),
    }
    if let Some(next) = comparison.next_step() {
        test.events.info(&format!("next: {next}"));
    }
    if !args.then.is_empty() && !test.is_stopped() {
        higher_rates(test, &chosen, &mut comparison).await;
        test.events.info(comparison.rates_table().trim_end());
    }
    if test.is_stopped() {
        note_unfinished(args, &mut comparison);
    }
    write(args, test.ids.len(), &comparison)?;
    Ok(comparison)
}

/// Marks the tiers whose tests the user stopped: the last one was stopped, or a higher rate was not
/// tried although the tier held the last one.
fn note_unfinished(args: &SmokeArgs, comparison: &mut Comparison) {
    let limits = comparison.limits;
    for tier in &mut comparison.tiers {
        let higher = tier.higher.as_deref().unwrap_or_default();
        let last = higher.last().unwrap_or(&tier.first);
        let is_left = higher.len() < args.then.len() && last.is_held(&limits);
        tier.stopped |= last.stopped || is_left;
    }
}

/// Says what is sent to a tier, where it might not be what the user expects.
fn say_requests(test: &Test<'_>, chosen: &Chosen) {
    if let AnyTier::Http(http) = &chosen.tier
        && http.shares().len() > 1
    {
        let shares = http.shares();
        test.events.info(&format!(
            "smoke: {} gets {}, in proportion to their weights: {}",
            chosen.name,
            counted(shares.len() as u64, "kind of requests", "kinds of requests"),
            shares.join(", ")
        ));
    }
    test.warn(&chosen.name, &chosen.tier.doubts());
}

/// Pause after a tier was overloaded, in which it becomes idle before the next tier is tested.
const RECOVERY: Duration = Duration::from_secs(2);

/// Tests every tier at higher rates, until it exceeds a limit.
async fn higher_rates(test: &Test<'_>, chosen: &[Chosen], comparison: &mut Comparison) {
    let limits = comparison.limits;
    for tier in &mut comparison.tiers {
        tier.higher = Some(Vec::new());
    }
    for &rate in &test.args.then {
        for (chosen, tier) in chosen.iter().zip(&mut comparison.tiers) {
            let Some(higher) = &mut tier.higher else {
                continue;
            };
            if !higher.last().unwrap_or(&tier.first).is_held(&limits) {
                continue;
            }
            if test.is_stopped() {
                return;
            }
            let step = test.step(chosen, rate).await;
            let verdict = step.verdict(&limits);
            test.events.info(&format!(
                "smoke: {} at {rate} a second {}: {}",
                tier.name,
                verdict.unwrap_or("passed"),
                step.line()
            ));
            higher.push(step);
            if verdict.is_some() && !test.is_stopped() {
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
}

/// Reports the result of one tier.
fn say_alone(test: &Test<'_>, comparison: &Comparison) {
    for tier in &comparison.tiers {
        let Ok(outcome) = &tier.first.outcome else {
            continue;
        };
        test.events.info(outcome.summary().trim_end());
        let exceeded = tier.first.faults(&comparison.limits);
        for limit in &exceeded {
            test.events.error(&format!("smoke: {limit}"));
        }
        if exceeded.is_empty() && !test.is_stopped() {
            let passed = outcome.passed(&comparison.limits);
            test.events.info(&format!("smoke: {passed}"));
        }
    }
}

/// Reports the results of all tiers side by side.
fn say_side_by_side(test: &Test<'_>, comparison: &Comparison) {
    test.events.info(comparison.table().trim_end());
    match comparison.first_fault() {
        None if test.is_stopped() => {}
        None => test.events.info(&format!(
            "smoke: passed: every tier has at most {} % errors and an average latency of at most {} ms",
            comparison.limits.error_percent,
            comparison.limits.average.as_secs_f64() * 1000.0
        )),
        Some(tier) => test.events.error(&format!(
            "smoke: {} is the first tier that {}: {}",
            tier.name,
            tier.first.verdict(&comparison.limits).unwrap_or_default(),
            tier.first.faults(&comparison.limits).join("; ")
        )),
    }
}

/// Writes the results as JSON and as reports, if the user wants them.
fn write(args: &SmokeArgs, targets: usize, comparison: &Comparison) -> Result<()> {
    let json = match (args.compare, comparison.tiers.first()) {
        (false, Some(tier)) => tier.to_json(&comparison.limits),
        _ => comparison.to_json(),
    };
    let json = json.context("cannot write the result as JSON")?;
    if args.json {
        print_data(&json)?;
    }
    smoke_page::write(args, targets, comparison, &json)
}
