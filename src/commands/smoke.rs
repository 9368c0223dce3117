//! `smoke`: what the database alone can take.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::{Exit, database};
use crate::cli::SmokeArgs;
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity};
use engine::database::resolve;
use engine::event::Events;
use engine::seeded;
use model::wording::grouped;
use mysql::db;
use reviews::smoke::result::{Limits, Outcome};
use reviews::smoke::{self, Settings};
use reviews::targets;
use reviews::targets::database::LONGEST_WALK;
use reviews::targets::{Last, Of, Wanted, Weight};

/// The result with the judgement.
#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    outcome: &'a Outcome,
    max_error_percent: f64,
    max_average_ms: f64,
    passed: bool,
}

pub(super) async fn run(args: SmokeArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Arc::new(Terminal::new("smoke", verbosity));
    let events = terminal.events();
    let listed = args
        .targets
        .as_deref()
        .map(smoke::targets::read)
        .transpose()?;
    let database = database::choose(&args.database, &terminal)?;
    let (url, _) = resolve(&database, &events).await?;
    let products = match listed {
        Some(products) => products,
        None => last_tenth(&url, &events).await?,
    };
    let settings = Settings {
        rate: args.rate,
        duration: args.duration,
        connections: args
            .connections
            .map_or_else(|| smoke::connections_for(args.rate), usize::from),
        timeout: args.timeout,
        mix: args.mix,
        seed: args.seed,
    };
    terminal.info(&format!(
        "smoke: {} requests in {:?} for {} targets at {url}",
        grouped(settings.requests()),
        settings.duration,
        grouped(products.len() as u64)
    ));
    let outcome = smoke::run(&url, products, &settings).await?;
    let limits = Limits {
        error_percent: args.max_error_rate,
        average: args.max_avg,
    };
    let passed = outcome.passed_limits(&limits);
    terminal.info(outcome.summary().trim_end());
    if args.json {
        let judged = Judged {
            outcome: &outcome,
            max_error_percent: limits.error_percent,
            max_average_ms: limits.average.as_secs_f64() * 1000.0,
            passed: passed.is_empty(),
        };
        let json =
            serde_json::to_string_pretty(&judged).context("cannot write the result as JSON")?;
        print_data(&format!("{json}\n"))?;
    }
    for limit in &passed {
        events.error(&format!("smoke: {limit}"));
    }
    Ok(if passed.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

/// The last tenth of the products, as `targets` gives it.
async fn last_tenth(url: &db::DatabaseUrl, events: &Events) -> Result<Vec<u64>> {
    let wanted = Wanted {
        of: Of::Product,
        last: Last::TENTH,
        limit: None,
        weight: Weight::Once,
    };
    let mut connection = db::connect(url).await?;
    seeded::of_reviews(&mut connection, url, events).await?;
    let mut products = Vec::new();
    targets::database::select(&mut connection, wanted, LONGEST_WALK, &mut |entry| {
        products.push(entry.product);
        Ok(())
    })
    .await?;
    db::close(connection).await;
    if products.is_empty() {
        bail!("{url} has no reviews to ask for; seed it first: reviewseed seed DIR");
    }
    Ok(products)
}
