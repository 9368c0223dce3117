//! Which way rows travel, and the one global variable that may have to change for it.

use anyhow::{Context, Result, bail};
use sqlx::{Executor, Row};

use super::Seed;
use crate::cli::{LoadArg, SeedArgs};
use mysql::ledger;
use mysql::local_infile::{Detour, OnUnsupported};
use mysql::precheck::{Facts, Role};
use mysql::retry::Place;
use mysql::target::Way;

/// What errors of the server may mean.
pub(super) fn place(facts: &Facts, several_hosts: bool) -> Place {
    match Role::of(facts) {
        Role::GroupMember { .. } | Role::Galera { .. } => Place::Cluster,
        _ if several_hosts => Place::Cluster,
        _ => Place::Alone,
    }
}

/// What is done where LOAD DATA LOCAL turns out not to work.
pub(super) fn detour(args: &SeedArgs) -> Detour {
    Detour::new(match args.loading.load {
        LoadArg::LocalInfile => OnUnsupported::Fail,
        LoadArg::Auto | LoadArg::Insert | LoadArg::Physical => OnUnsupported::Insert,
    })
}

impl Seed<'_> {
    /// Which way rows travel, after asking the server. Only with `--set-global` is anything
    /// changed, and noted in the ledger first, so that it is put back: at the end, or by the next
    /// run when this one is killed.
    pub(super) async fn way(&mut self) -> Result<Way> {
        let (load, set_global) = (self.args.loading.load, self.args.loading.set_global);
        if load == LoadArg::Insert {
            return Ok(Way::Insert);
        }
        let on: bool = self
            .connection
            .fetch_one("SELECT @@GLOBAL.local_infile <> 0")
            .await
            .and_then(|row| row.try_get_unchecked(0))
            .context("cannot read local_infile")?;
        if on {
            return Ok(Way::LocalInfile);
        }
        let off = "LOAD DATA LOCAL is off on this server (local_infile=OFF)";
        if set_global && self.args.dry_run {
            self.progress.say(&format!(
                "seed: {off}; --set-global switches it on if the account may"
            ));
            return Ok(Way::LocalInfile);
        }
        if set_global {
            let on = "SET GLOBAL local_infile = ON";
            match ledger::change_global(&mut self.connection, "local_infile", "OFF", on).await {
                Ok(()) => {
                    self.progress.say(
                        "seed: local_infile was OFF, is ON for the load, and will be put back",
                    );
                    return Ok(Way::LocalInfile);
                }
                Err(error) if load == LoadArg::LocalInfile => {
                    let why = format!("{off}, and this account may not switch it on");
                    return Err(error.context(why).into());
                }
                Err(error) => self.progress.say(&format!("seed: {error:#}")),
            }
        }
        if load == LoadArg::LocalInfile {
            bail!(
                "{off}; switch it on (SET GLOBAL local_infile = ON), add --set-global, or use --load insert"
            );
        }
        // the prechecks have said so
        Ok(Way::Insert)
    }

    /// Puts back what this run, or one that was killed, has changed.
    pub(super) async fn restore_globals(&mut self) -> Result<()> {
        for name in ledger::restore_globals(&mut self.connection).await? {
            self.progress
                .detail(&format!("seed: global variable {name} is as it was before"));
        }
        Ok(())
    }
}
