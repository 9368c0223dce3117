//! The role of a server in replication (stand-alone, source, replica, member of Group Replication,
//! node of Galera), and whether rows should be loaded into it.

use super::{Check, Facts, Requirements};
use crate::engines::Standing;
use model::wording::counted;

const NAME: &str = "role";

/// A batch may have a quarter of the limit, because rows in a write set take up to twice the bytes
/// of their text, and a batch may be longer by one record.
const ROOM: u64 = 4;

/// The role of a server in replication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The server replicates with no other server, as far as this account can see.
    StandAlone,
    /// Other servers replicate from this server. Contains their number; `None` if this account may
    /// not see it.
    Source(Option<usize>),
    /// The server replicates from this host.
    Replica(String),
    /// A member of Group Replication.
    GroupMember {
        /// The member that is the server of this connection.
        own: Member,
        /// All members.
        members: Vec<Member>,
    },
    /// A node of Galera.
    Galera {
        /// `Synced`, `Donor/Desynced`, …
        state: String,
        /// `Primary` unless the node has lost contact with most of the others.
        status: String,
        /// Number of nodes.
        size: String,
    },
    /// Neither MySQL nor MariaDB, but another product with the same protocol. Contains its name.
    Other(&'static str),
}

/// A member of Group Replication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// `host:port`.
    pub address: String,
    /// `ONLINE`, `RECOVERING`, …
    pub state: String,
    /// `PRIMARY` or `SECONDARY`; in a multi-primary group, all members are `PRIMARY`.
    pub role: String,
    /// Whether the member is the server of this connection.
    pub own: bool,
}

impl Role {
    /// The role according to the facts.
    pub fn of(facts: &Facts) -> Role {
        let engine = facts.server.engine;
        if engine.standing == Standing::Unknown {
            return Role::Other(engine.title);
        }
        if facts.is_on("wsrep_on") {
            let status = |name: &str| facts.status.get(name).cloned().unwrap_or_default();
            return Role::Galera {
                state: status("wsrep_local_state_comment"),
                status: status("wsrep_cluster_status"),
                size: status("wsrep_cluster_size"),
            };
        }
        // a member that has left the group sees only itself, OFFLINE, and counts as a server
        // without a group
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

    /// Whether other servers read the binary log of a server with this role.
    pub(super) fn feeds_others(&self) -> bool {
        matches!(self, Role::Source(Some(_)) | Role::GroupMember { .. })
    }

    pub(super) fn judge(&self, facts: &Facts, needs: &Requirements) -> Check {
        let where_it_is = &facts.url;
        match self {
            Role::Other(name) => Check::warn(
                NAME,
                format!(
                    "{where_it_is} is {name}, which reviewseed was never tested with; use --load \
                     insert, and verify the rows"
                ),
            ),
            Role::StandAlone => read_only(facts).unwrap_or_else(|| Check::pass(NAME, "stand-alone")),
            Role::Source(replicas) => read_only(facts).unwrap_or_else(|| {
                let words = match replicas {
                    Some(1) => "source with 1 replica".to_string(),
                    Some(n) => format!("source with {n} replicas"),
                    None => "the server writes a binary log; only an account with the privilege REPLICATION SLAVE sees whether replicas read it".to_string(),
                };
                Check::pass(NAME, words)
            }),
            Role::Replica(source) => read_only(facts).unwrap_or_else(|| {
                Check::warn(
                    NAME,
                    format!(
                        "{where_it_is} is a replica of {source}; rows that are written here do not reach the source; use {source} in --database-url unless this is intended"
                    ),
                )
            }),
            Role::GroupMember { own, members } => judge_member(own, members, facts, needs),
            Role::Galera {
                state,
                status,
                size,
            } => {
                if state != "Synced" || status != "Primary" {
                    let others = match facts.status.get("wsrep_incoming_addresses") {
                        Some(nodes) if !nodes.is_empty() => format!("; the nodes are {nodes}"),
                        _ => String::new(),
                    };
                    return Check::fail(
                        NAME,
                        format!(
                            "the Galera node at {where_it_is} is {state}, and its part of the cluster is {status}; use a node in --database-url that is Synced and Primary{others}"
                        ),
                    );
                }
                if needs.skip_binlog {
                    return Check::fail(NAME, kept_from_others(facts));
                }
                read_only(facts).unwrap_or_else(|| {
                    Check::pass(NAME, format!("synced node of a Galera cluster of {size} nodes"))
                })
            }
        }
    }
}

fn judge_member(own: &Member, members: &[Member], facts: &Facts, needs: &Requirements) -> Check {
    let primaries = members
        .iter()
        .filter(|m| m.role == "PRIMARY" && m.state == "ONLINE");
    let primaries: Vec<&str> = primaries.map(|m| m.address.as_str()).collect();
    if own.state != "ONLINE" || own.role != "PRIMARY" {
        let next = match primaries.first() {
            Some(address) => format!("use the primary, {address}, in --database-url"),
            None => "no member is the primary now; run the same command again when there is a \
                     primary"
                .to_string(),
        };
        let what = format!("{} {}", own.state, own.role).to_lowercase();
        return Check::fail(
            NAME,
            format!(
                "the server at {} is a member of Group Replication that accepts no rows ({what}); {next}",
                facts.url
            ),
        );
    }
    if needs.skip_binlog {
        return Check::fail(NAME, kept_from_others(facts));
    }
    let kind = match primaries.len() {
        1 => "primary of a Group Replication group",
        _ => "one of several primaries of a Group Replication group",
    };
    read_only(facts).unwrap_or_else(|| {
        Check::pass(
            NAME,
            format!(
                "{kind} of {}",
                counted(members.len() as u64, "member", "members")
            ),
        )
    })
}

fn kept_from_others(facts: &Facts) -> String {
    format!(
        "with --skip-binlog, the other members of the cluster of {} would not receive the rows; leave the option out",
        facts.url
    )
}

/// Whether the cluster accepts transactions of the size of a batch; `None` for other servers.
pub(super) fn transaction_size(facts: &Facts, needs: &Requirements, role: &Role) -> Option<Check> {
    const NAME: &str = "transaction size";
    let of_engine = facts.server.engine.transaction_bytes;
    let variable = match (role, of_engine) {
        (Role::GroupMember { .. }, _) => "group_replication_transaction_size_limit",
        (Role::Galera { .. }, _) => "wsrep_max_ws_size",
        (_, Some(limit)) => limit.name,
        _ => return None,
    };
    let limit = facts
        .number(variable)
        .or(of_engine.map(|limit| limit.bytes));
    // 0 means no limit
    let limit = limit.filter(|limit| *limit > 0)?;
    let most = limit / ROOM;
    let words = format!(
        "a batch is a transaction of about {} bytes, {variable} is {limit}",
        needs.batch_bytes
    );
    Some(match needs.batch_bytes > most {
        true => Check::fail(NAME, format!("{words}; use --batch-size {most}")),
        false => Check::pass(NAME, words),
    })
}

/// A failed check or a warning, if the server is read-only.
fn read_only(facts: &Facts) -> Option<Check> {
    let next = "use a server in --database-url that accepts rows, or switch this variable off";
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
                "the server at {} is read-only (read_only=ON), and this account may still write to it; check that it is the intended server",
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
