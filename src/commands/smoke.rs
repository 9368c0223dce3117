//! `smoke`: how many requests a second the database alone can answer.

use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::{Exit, database};
use crate::cli::SmokeArgs;
use crate::print::print_data;
use crate::terminal::{Terminal, Verbosity};
use engine::database::resolve;
use engine::event::Events;
use engine::seeded;
use model::wording::grouped;
use mysql::db;
use reviews::smoke::outcome::Limits;
use reviews::smoke::{self, Settings, product_list};

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
        .map(product_list::read)
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
    events.info(&format!(
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
    let exceeded = outcome.exceeded_limits(&limits);
    events.info(outcome.summary().trim_end());
    if args.json {
        let json = outcome.to_json(&limits);
        print_data(&json.context("cannot write the result as JSON")?)?;
    }
    for limit in &exceeded {
        events.error(&format!("smoke: {limit}"));
    }
    Ok(if exceeded.is_empty() {
        Exit::Done
    } else {
        Exit::Found
    })
}

/// The last tenth of the products, as `targets` selects it.
async fn last_tenth(url: &db::DatabaseUrl, events: &Events) -> Result<Vec<u64>> {
    let mut connection = db::connect(url).await?;
    seeded::of_reviews(&mut connection, url, events).await?;
    let products = product_list::last_tenth(&mut connection).await?;
    db::close(connection).await;
    if products.is_empty() {
        bail!(
            "{url} has no reviews that the test could read; load them first: reviewseed seed \
               DIR"
        );
    }
    Ok(products)
}
