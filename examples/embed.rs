//! Seeds a folder through the engine, without the command line, and prints what happens:
//! `cargo run --example embed -- sample-data mysql://user@127.0.0.1:3306/shop`
#![expect(clippy::print_stdout, reason = "an example prints")]

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
        if let Event::Message { text, .. } = event {
            println!("{text}");
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("name a folder")?;
    let url = arguments.next().context("name a database URL")?;
    let reading = ReadingOptions::new(Input::folder(folder.as_ref()));
    let options = SeedOptions::new(reading, DatabaseChoice::Url(DatabaseUrl::parse(&url)?));
    let events = Events::new(Arc::new(Printed));
    let seeded = seed(&options, &Interrupt::default(), &events).await;
    println!("{:?}", seeded.verdict?);
    Ok(())
}
