//! What kind of server it is, and whether rows belong there: stand-alone, source, replica, member
//! of Group Replication, node of Galera.

use super::{Check, Facts, Requirements};
use crate::db::Support;

const NAME: &str = "role";

/// Rows in a write set take up to twice the bytes of their text, and a batch may end a record late.
const ROOM: u64 = 4;

/// What a server is to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// On its own, as far as can be seen.
    StandAlone,
    /// Others replicate from it; `None` when this account may not ask how many.
    Source(Option<usize>),
    /// It replicates from this host.
    Replica(String),
    /// A member of Group Replication.
    GroupMember {
        /// This one.
        own: Member,
        /// All.
        members: Vec<Member>,
    },
    /// A node of Galera.
    Galera {
        /// `Synced`, `Donor/Desynced`, …
        state: String,
        /// `Primary` unless it has lost the others.
        status: String,
        /// Nodes.
        size: String,
    },
    /// Speaks the protocol, but is no MySQL or MariaDB: its name.
    Other(&'static str),
}

/// A member of Group Replication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `host:port`.
    pub address: String,
    /// `ONLINE`, `RECOVERING`, …
    pub state: String,
    /// `PRIMARY` or `SECONDARY`; all are primary in a group of several.
    pub role: String,
    /// Whether it is the server that was asked.
    pub own: bool,
}

impl Role {
    /// What the facts say.
    pub fn of(facts: &Facts) -> Role {
        if let Some(name) = relative(facts) {
            return Role::Other(name);
        }
        if facts.is_on("wsrep_on") {
            let status = |name: &str| facts.status.get(name).cloned().unwrap_or_default();
            return Role::Galera {
                state: status("wsrep_local_state_comment"),
                status: status("wsrep_cluster_status"),
                size: status("wsrep_cluster_size"),
            };
        }
        // a member that left is listed alone, OFFLINE
        let own = facts.members.iter().find(|m| m.own && m.state != "OFFLINE");
        if let Some(own) = own {
            return Role::GroupMember {
                own: own.clone(),
                members: facts.members.clone(),
            };
        }
        if let Some(source) = &facts.replicates_from {
            return Role::Replica(source.clone());
        }
        match facts.replicas {
            Some(0) => Role::StandAlone,
            None if !facts.is_on("log_bin") => Role::StandAlone,
            replicas => Role::Source(replicas),
        }
    }

    /// Whether others feed on its binary log.
    pub(super) fn feeds_others(&self) -> bool {
        matches!(self, Role::Source(Some(_)) | Role::GroupMember { .. })
    }

    pub(super) fn judge(&self, facts: &Facts, wishes: &Requirements) -> Check {
        let where_it_is = &facts.url;
        match self {
            Role::Other(name) => Check::warn(
                NAME,
                format!(
                    "{where_it_is} is {name}, on which reviewseed was never tried; take --load insert, and verify what is in"
                ),
            ),
            Role::StandAlone => read_only(facts).unwrap_or_else(|| Check::pass(NAME, "stand-alone")),
            Role::Source(replicas) => read_only(facts).unwrap_or_else(|| {
                let words = match replicas {
                    Some(1) => "source with 1 replica".to_string(),
                    Some(n) => format!("source with {n} replicas"),
                    None => "it writes a binary log; whether replicas read it, this account may not ask (REPLICATION SLAVE)".to_string(),
                };
                Check::pass(NAME, words)
            }),
            Role::Replica(source) => read_only(facts).unwrap_or_else(|| {
                Check::warn(
                    NAME,
                    format!(
                        "{where_it_is} is a replica of {source}; rows that are written here are not there, name {source} in --database-url unless that is meant"
                    ),
                )
            }),
            Role::GroupMember { own, members } => judge_member(own, members, facts, wishes),
            Role::Galera {
                state,
                status,
                size,
            } => {
                if state != "Synced" || status != "Primary" {
                    let others = match facts.status.get("wsrep_incoming_addresses") {
                        Some(nodes) if !nodes.is_empty() => format!(", the cluster has {nodes}"),
                        _ => String::new(),
                    };
                    return Check::fail(
                        NAME,
                        format!(
                            "the Galera node at {where_it_is} is {state}, its part of the cluster {status}; name a node in --database-url that is Synced and Primary{others}"
                        ),
                    );
                }
                if wishes.skip_binlog {
                    return Check::fail(NAME, kept_from_others(facts));
                }
                read_only(facts).unwrap_or_else(|| {
                    Check::pass(NAME, format!("Galera node, synced, in a cluster of {size}"))
                })
            }
        }
    }
}

fn judge_member(own: &Member, members: &[Member], facts: &Facts, wishes: &Requirements) -> Check {
    let primaries = members
        .iter()
        .filter(|m| m.role == "PRIMARY" && m.state == "ONLINE");
    let primaries: Vec<&str> = primaries.map(|m| m.address.as_str()).collect();
    if own.state != "ONLINE" || own.role != "PRIMARY" {
        let next = match primaries.first() {
            Some(address) => format!("name {address} in --database-url, the primary"),
            None => "no member is primary now; run again when one is".to_string(),
        };
        let what = format!("{} {}", own.state, own.role).to_lowercase();
        return Check::fail(
            NAME,
            format!(
                "the server at {} is a member of Group Replication that takes no rows ({what}); {next}",
                facts.url
            ),
        );
    }
    if wishes.skip_binlog {
        return Check::fail(NAME, kept_from_others(facts));
    }
    let kind = match primaries.len() {
        1 => "primary of a Group Replication group",
        _ => "one of several primaries of a Group Replication group",
    };
    read_only(facts)
        .unwrap_or_else(|| Check::pass(NAME, format!("{kind} of {} members", members.len())))
}

fn kept_from_others(facts: &Facts) -> String {
    format!(
        "--skip-binlog on {} would keep the rows from the other members of its cluster; leave it out",
        facts.url
    )
}

/// Whether the cluster takes transactions of the size of a batch; nothing to check elsewhere.
pub(super) fn transaction_size(facts: &Facts, wishes: &Requirements, role: &Role) -> Option<Check> {
    const NAME: &str = "transaction size";
    let variable = match role {
        Role::GroupMember { .. } => "group_replication_transaction_size_limit",
        Role::Galera { .. } => "wsrep_max_ws_size",
        _ => return None,
    };
    // 0 is no limit
    let limit = facts.number(variable).filter(|limit| *limit > 0)?;
    let most = limit / ROOM;
    let words = format!(
        "a batch is a transaction of some {} bytes, {variable} is {limit}",
        wishes.batch_bytes
    );
    Some(match wishes.batch_bytes > most {
        true => Check::fail(NAME, format!("{words}; take --batch-size {most}")),
        false => Check::pass(NAME, words),
    })
}

/// A failure when no rows can be written.
fn read_only(facts: &Facts) -> Option<Check> {
    let next = "name a server in --database-url that takes rows, or switch it off";
    for name in ["super_read_only", "innodb_read_only"] {
        if facts.is_on(name) {
            let words = format!(
                "the server at {} is read-only ({name}=ON); {next}",
                facts.url
            );
            return Some(Check::fail(NAME, words));
        }
    }
    if !facts.is_on("read_only") {
        return None;
    }
    let may = [
        "SUPER",
        "CONNECTION_ADMIN",
        "CONNECTION ADMIN",
        "READ_ONLY ADMIN",
    ];
    match facts.grants.global_right(&may) {
        super::Right::Held => Some(Check::warn(
            NAME,
            format!(
                "the server at {} is read-only (read_only=ON), and this account may write all the same; is it the one that is meant?",
                facts.url
            ),
        )),
        _ => Some(Check::fail(
            NAME,
            format!(
                "the server at {} is read-only (read_only=ON); {next}",
                facts.url
            ),
        )),
    }
}

/// Servers that only speak the protocol, by what they say of themselves.
fn relative(facts: &Facts) -> Option<&'static str> {
    match facts.server.support() {
        Support::Untested(name) => Some(name),
        _ if facts.variables.contains_key("aurora_version") => Some("Aurora"),
        _ => None,
    }
}
