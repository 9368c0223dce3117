//! Chooses the SQL statement that loads the rows, and changes the global variable that it may need.

use crate::error::{Context, Result, fail};

use super::server::Server;
use crate::event::Events;
use crate::options::LoadMethod;
use mysql::engines::Engine;
use mysql::local_infile::{InsertFallback, WhenUnsupported};
use mysql::precheck::{Facts, Role};
use mysql::retry::Topology;
use mysql::target::SqlLoad;

#[cfg(test)]
mod tests;

/// Whether rows are loaded into a cluster. Retries depend on this.
pub(super) fn role(facts: &Facts, several_hosts: bool) -> Topology {
    match Role::of(facts) {
        Role::GroupMember { .. } | Role::Galera { .. } => Topology::Cluster,
        _ if several_hosts => Topology::Cluster,
        _ => Topology::Single,
    }
}

/// What the run does if the server rejects LOAD DATA LOCAL.
pub(super) fn detour(wanted: Option<LoadMethod>) -> InsertFallback {
    InsertFallback::new(match wanted {
        Some(LoadMethod::LocalInfile) => WhenUnsupported::Fail,
        None | Some(LoadMethod::Insert | LoadMethod::Physical) => WhenUnsupported::Insert,
    })
}

/// What the user allows for LOAD DATA LOCAL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) engine: &'static Engine,
    pub(super) method: Option<LoadMethod>,
    pub(super) set_global: bool,
    pub(super) dry_run: bool,
}

/// Asks the server, and chooses the statement. A global variable is changed only with
/// `--set-global`. The ledger records its old value first. This run restores it at its end or, if
/// this run is killed, the next run does.
///
/// # Errors
///
/// When LOAD DATA LOCAL is required but not available.
pub(super) async fn choose(
    server: &mut impl Server,
    wish: Wish,
    events: &Events,
) -> Result<SqlLoad> {
    let must = wish.method == Some(LoadMethod::LocalInfile);
    if wish.method == Some(LoadMethod::Insert) || wish.engine.load == SqlLoad::Insert && !must {
        return Ok(SqlLoad::Insert);
    }
    if server.local_infile().await? {
        return Ok(SqlLoad::LocalInfile);
    }
    let off = "LOAD DATA LOCAL is off on this server (local_infile=OFF)";
    if wish.set_global && wish.dry_run {
        events.info(&format!(
            "seed: {off}; --set-global switches it on if this account may do that"
        ));
        return Ok(SqlLoad::LocalInfile);
    }
    if wish.set_global {
        match server.allow_local_infile().await {
            Ok(()) => {
                events.info(
                    "seed: switched local_infile ON for the load; it will be restored to \
                             OFF afterwards",
                );
                return Ok(SqlLoad::LocalInfile);
            }
            Err(error) if must => {
                return Err(error).with_context(|| {
                    format!(
                        "{off}; use --load insert, or have an administrator switch it on, because \
                         this account may not switch it on"
                    )
                });
            }
            Err(error) => events.info(&format!("seed: {error:#}")),
        }
    }
    if must {
        fail!(
            "{off}; switch it on (SET GLOBAL local_infile = ON), add --set-global, or use --load insert"
        );
    }
    // a precheck has already warned that the load falls back to INSERT
    Ok(SqlLoad::Insert)
}

/// Restores the global variables that this run or a killed run has changed.
pub(super) async fn restore_globals(server: &mut impl Server, events: &Events) -> Result<()> {
    for name in server.restore_globals().await? {
        events.detail(&format!("seed: restored the global variable {name}"));
    }
    Ok(())
}
