//! `targets`: the ids that load tests aim at, from the database or from the CSV files.

mod files;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Result, bail};

use super::{Exit, database, options};
use crate::cli::TargetsArgs;
use crate::terminal::{Terminal, Verbosity};
use engine::cores;
use engine::database::resolve;
use engine::event::Events;
use engine::pipeline::{self, OverBudget};
use engine::rejects::Budget;
use engine::schema_text::SchemaText;
use engine::seeded;
use input::DEFAULT_MAX_RECORD;
use model::wording::grouped;
use mysql::db;
use mysql_schema::obstacles;
use mysql_schema::parse::parse;
use reviews::targets;
use reviews::targets::database::LONGEST_WALK;
use reviews::targets::format::Kind;
use reviews::targets::format::script::Script;
use reviews::targets::output::Output;
use reviews::targets::{Draw, Feed, Of, ReaderGone, UrlTemplate, Wanted, Weight};

/// Input per batch when files are read: nothing waits for a transaction.
const BATCH_BYTES: usize = 2 << 20;

pub(super) async fn run(args: TargetsArgs) -> Result<Exit> {
    let verbosity = if args.quiet {
        Verbosity::Quiet
    } else {
        Verbosity::Normal
    };
    let terminal = Arc::new(Terminal::new("targets", verbosity));
    let events = terminal.events();
    // everything that can be wrong is found before anything is read
    let url = args
        .url
        .as_deref()
        .map(|url| UrlTemplate::parse(url, args.of))
        .transpose()?;
    let kind = args
        .format
        .unwrap_or_else(|| Kind::of_file(args.output.as_deref()));
    if url.is_some() && !kind.has_url() && !args.script {
        bail!(
            "--url goes with --format wrk, vegeta or urls, and with --script; --format {} holds ids only",
            kind.name()
        );
    }
    let weight = match (args.weighted, args.of) {
        (false, _) => Weight::Once,
        (true, Of::Product) => Weight::PerReview,
        (true, of) => bail!(
            "--weighted repeats products once per review; it does not go with --of {}",
            of.name()
        ),
    };
    let script = match (args.script, &args.output) {
        (false, _) => None,
        (true, Some(feed)) => Some(Script::new(kind, args.of, feed, url.as_ref())?),
        (true, None) => {
            bail!("--script writes the test beside the list; name the list's file with -o")
        }
    };
    if let Some(script) = &script {
        script.check_place()?;
    }
    let wanted = Wanted {
        of: args.of,
        last: args.last,
        limit: args.limit,
        weight,
    };
    let seed = args.seed.unwrap_or(1);
    let draw = match (args.count, args.shuffle) {
        (Some(count), _) => Draw::Count { count, seed },
        (None, true) => Draw::Shuffled { seed },
        (None, false) if args.seed.is_some() => {
            bail!("--seed decides a random order; it goes with --shuffle or --count")
        }
        (None, false) => Draw::InOrder,
    };
    let format = kind.writer(args.of, url.as_ref())?;
    let mut output = Output::open(args.output.as_deref())?;
    let written = match write(&args, wanted, draw, format, &mut output, (&terminal, &events)).await {
        Ok(written) => written,
        Err(error) if error.is::<ReaderGone>() => return Ok(Exit::Done),
        Err(error) => return Err(error),
    };
    output.commit()?;
    terminal.info(&format!(
        "targets: {} entries, from {} {}, {}",
        grouped(written.entries),
        grouped(written.selected),
        match args.of {
            Of::Product => "products",
            Of::Review => "reviews",
            Of::Characteristic => "characteristics",
        },
        match draw {
            Draw::InOrder => "newest first".to_owned(),
            Draw::Shuffled { seed } => format!("shuffled with seed {seed}"),
            Draw::Count { seed, .. } => format!("drawn with seed {seed}"),
        }
    ));
    if let Some(script) = script {
        script.write()?;
        terminal.info(&format!(
            "targets: the test is in {}",
            script.path.display()
        ));
    }
    Ok(Exit::Done)
}

async fn write(
    args: &TargetsArgs,
    wanted: Wanted,
    draw: Draw,
    format: Box<dyn targets::format::Format>,
    output: &mut Output,
    (terminal, events): (&Terminal, &Events),
) -> Result<targets::Written> {
    let mut feed = Feed::begin(args.of, draw, format, output)?;
    let Some(directory) = &args.from else {
        if !args.files.map.is_empty() {
            bail!(
                "--map names a file, and ids come from the database; add --from DIR to take them from files"
            );
        }
        let database = database::choose(&args.database, terminal)?;
        let (url, _) = resolve(&database, events).await?;
        let mut connection = db::connect(&url).await?;
        seeded::of_reviews(&mut connection, &url, events).await?;
        targets::database::select(&mut connection, wanted, LONGEST_WALK, &mut |entry| {
            feed.take(entry)
        })
        .await?;
        db::close(connection).await;
        return feed.finish();
    };
    let text = SchemaText::read(&options::schema(args.schema.as_deref()), Some(directory), events)?;
    let schema = parse(&text.sql, &text.origin)?;
    obstacles::only_loaded_types(&schema)?;
    let reading = pipeline::Settings {
        threads: cores(),
        batch_bytes: BATCH_BYTES,
        max_record: DEFAULT_MAX_RECORD,
        // how many rows may be refused is for `check` and `seed` to say
        budget: Budget::Percent(100.0),
        over_budget: OverBudget::Stop,
        carried: None,
        rejects: None,
        in_flight: cores() + 2,
        missing: HashMap::new(),
        existing: HashMap::new(),
        stop: Arc::new(AtomicBool::new(false)),
    };
    files::select(
        &options::input(directory, &args.files),
        &schema,
        wanted,
        &reading,
        events,
        &mut |entry| feed.take(entry),
    )?;
    feed.finish()
}
