//! Seeds a folder through the engine, without the command line, and prints what happens:
//!
//! ```sh
//! cargo run --example embed -- sample-data mysql://user@127.0.0.1:3306/shop
//! ```

use std::sync::Arc;

use anyhow::{Context, Result};
use engine::event::{Event, Events, Subscriber};
use engine::interrupt::Interrupt;
use engine::options::{DatabaseChoice, ReadingOptions, SeedOptions};
use engine::seed::seed;
use input::Input;
use mysql::db::DatabaseUrl;

struct Printed;

impl Subscriber for Printed {
    fn receive(&self, event: Event<'_>) {
        match event {
            Event::Message { text, .. } => println!("{text}"),
            Event::TableFinished { result, .. } => {
                println!("{}: {} rows", result.name, result.loaded)
            }
            _ => {}
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("the first argument is a folder")?;
    let url = arguments
        .next()
        .context("the second argument is a database URL")?;
    let reading = ReadingOptions::new(Input::folder(folder.as_ref()));
    let options = SeedOptions::new(reading, DatabaseChoice::Url(DatabaseUrl::parse(&url)?));
    let seeded = seed(
        &options,
        &Interrupt::default(),
        &Events::new(Arc::new(Printed)),
    )
    .await;
    println!("{:?}", seeded.verdict?);
    Ok(())
}
