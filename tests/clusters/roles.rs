//! Members in roles that are rare: what the prechecks say of them, and that the run ends up where
//! rows are taken.

use std::time::{Duration, Instant};

use crate::cluster::{
    Kind, LIMIT, counted, counted_alone, every_member_holds_the_rows, seed, with_data,
};
use crate::harness::{execute, rows};

#[test]
fn each_of_several_primaries_accepts_the_rows() {
    let (cluster, home) = with_data(Kind::GroupReplication);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    let _primaries = cluster.several_primaries();
    for (number, (member, _)) in cluster.members("several").iter().enumerate() {
        cluster.database("several");
        seed(home, member, &["-v"])
            .exits(0)
            .says("one of several primaries of a Group Replication group of 3 members");
        assert_eq!(counted(home), alone, "member {}", number + 1);
        every_member_holds_the_rows(home, member);
    }
    cluster.drop_database("several");
}

/// Until the node itself knows.
fn wait_until_apart(server: &str) {
    let began = Instant::now();
    let state = "SHOW GLOBAL STATUS LIKE 'wsrep_local_state_comment'";
    while rows(server, state).is_ok_and(|rows| rows[0][1].as_deref() == Some("Synced")) {
        assert!(began.elapsed() < LIMIT, "still in the cluster");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A node that lags behind on purpose, as one does that another copies from, and one that has lost
/// the others.
#[test]
fn a_galera_node_that_is_not_synced_is_an_error_alone_and_skipped_among_several() {
    let (cluster, home) = with_data(Kind::Galera);
    let home = home.path();
    let (_, first) = cluster.first("apart");
    for (apart, again, words) in [
        (
            "SET GLOBAL wsrep_desync = ON",
            "SET GLOBAL wsrep_desync = OFF",
            "is Donor/Desynced, and its part of the cluster is Primary; use a node in --database-url that is Synced and Primary",
        ),
        (
            "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'",
            "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'",
            "is Initialized, and its part of the cluster is non-Primary; use a node in --database-url that is Synced and Primary",
        ),
    ] {
        cluster.database("apart");
        let server = first.rsplit_once('/').unwrap().0;
        execute(server, apart);
        wait_until_apart(server);
        let failed = seed(home, &first, &[]);
        let other = seed(home, &cluster.url("apart"), &[]);
        execute(server, again);
        // it is back among the others when `up` is done
        cluster.tell(&["up"]);
        failed.exits(2).says(words);
        other.exits(0);
        every_member_holds_the_rows(home, &cluster.url("apart"));
        cluster.drop_database("apart");
    }
}
