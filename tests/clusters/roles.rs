//! Members in roles that are rare: what the prechecks say of them, and that the run ends up where rows are taken.

use crate::cluster::{
    Cluster, Kind, counted, counted_alone, every_member_holds_the_rows, generate, seed,
};
use crate::harness::{execute, folder, rows};

#[test]
fn each_of_several_primaries_takes_the_rows() {
    let cluster = Cluster::up(Kind::GroupReplication);
    let home = folder();
    let home = home.path();
    generate(home);
    let alone = counted_alone(cluster.alone(), home);
    let admin = cluster.first("reviews").1;
    rows(
        &admin,
        "SELECT group_replication_switch_to_multi_primary_mode()",
    )
    .unwrap();
    for (number, (member, _)) in cluster.members("several").iter().enumerate() {
        cluster.database("several");
        seed(home, member, &["-v"])
            .exits(0)
            .says("one of several primaries of a Group Replication group of 3 members");
        assert_eq!(counted(home), alone, "member {}", number + 1);
        every_member_holds_the_rows(home, member);
    }
    cluster.drop_database("several");
    rows(
        &admin,
        "SELECT group_replication_switch_to_single_primary_mode()",
    )
    .unwrap();
}

/// A node that lags behind on purpose, as one does that another copies from, and one that has lost the others.
#[test]
fn a_galera_node_that_is_not_synced_is_refused_and_passed_over() {
    let cluster = Cluster::up(Kind::Galera);
    let home = folder();
    let home = home.path();
    generate(home);
    let (_, first) = cluster.first("apart");
    let next = cluster.members("apart")[1]
        .0
        .split(['@', '/'])
        .nth(3)
        .unwrap()
        .to_owned();
    for (apart, again, words) in [
        (
            "SET GLOBAL wsrep_desync = ON",
            "SET GLOBAL wsrep_desync = OFF",
            "is Donor/Desynced, its part of the cluster Primary; name a node in --database-url that is Synced and Primary",
        ),
        (
            "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'",
            "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'",
            "WSREP has not yet prepared node",
        ),
    ] {
        cluster.database("apart");
        let server = first.rsplit_once('/').unwrap().0;
        execute(server, apart);
        let refused = seed(home, &first, &[]);
        let gone_on = seed(home, &cluster.url("apart"), &[]);
        execute(server, again);
        // it is back among the others when `up` is done
        cluster.tell(&["up"]);
        refused.exits(2).says(words);
        gone_on.exits(0).says(&format!("@{next}"));
        every_member_holds_the_rows(home, &cluster.url("apart"));
        cluster.drop_database("apart");
    }
}
