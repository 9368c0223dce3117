//! Repeats work that a lost connection has ended: a command that only reads, or the checks before a
//! run. Such work gives the same result when it starts over.

use crate::error::Result;

use crate::Error;
use crate::event::Events;
use model::wording::chain;
use mysql::db::DatabaseUrl;
use mysql::retry::{self, Topology};

/// The attempts at a command.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    command: &'static str,
    events: &'a Events,
    number: u32,
    /// The URL of the server, once it is known. If the server cannot be reached even once, it is
    /// probably not running, or the URL is wrong, so another attempt would not help.
    url: Option<DatabaseUrl>,
}

impl<'a> Attempts<'a> {
    /// Starts the first attempt. Messages begin with the name of the command.
    pub(crate) fn new(command: &'static str, events: &'a Events) -> Attempts<'a> {
        Attempts {
            command,
            events,
            number: 1,
            url: None,
        }
    }

    pub(crate) fn events(&self) -> &'a Events {
        self.events
    }

    /// Notes the server that the command connects to. Once it has accepted a log-in, another
    /// attempt is worthwhile after a lost connection, and after a log-in without an answer.
    pub(crate) fn connect_to(&mut self, url: &DatabaseUrl) {
        self.url.get_or_insert_with(|| url.clone());
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    ///
    /// The error itself, if another attempt would not help.
    pub(crate) async fn after(&mut self, error: Error) -> Result<()> {
        let Some(url) = self.url.as_ref().filter(|url| url.was_reached()) else {
            return Err(error);
        };
        let topology = match url.has_several_hosts() {
            true => Topology::Cluster,
            false => Topology::Single,
        };
        if !is_worth_retrying(&error, url, topology, self.number) {
            return Err(error);
        }
        wait(
            &error,
            topology,
            (self.command, self.events),
            (self.number, url),
        )
        .await;
        self.number += 1;
        Ok(())
    }
}

/// Whether another attempt may follow attempt `number`.
pub(crate) fn is_worth_retrying(
    error: &Error,
    url: &DatabaseUrl,
    topology: Topology,
    number: u32,
) -> bool {
    let of_server = error.server();
    number < retry::attempts(url)
        && of_server.is_some_and(|error| retry::is_transient(error, url, topology))
}

/// Reports the error with which attempt `number` failed, and waits before the next attempt.
pub(crate) async fn wait(
    error: &Error,
    topology: Topology,
    (command, events): (&str, &Events),
    (number, url): (u32, &DatabaseUrl),
) {
    let wait = retry::delay(number);
    let meaning = error.server().map_or("", |e| retry::meaning(e, topology));
    let next = match url.has_several_hosts() {
        true => "trying the next host",
        false => "trying again",
    };
    events.info(&format!(
        "{command}: {meaning}{}; {next} in {} ms ({number} of {})",
        chain(error),
        wait.as_millis(),
        retry::attempts(url)
    ));
    tokio::time::sleep(wait).await;
}
