//! The member to which a run is connected is killed. The run continues at the next member, with the
//! same result.

use crate::cluster::{
    Kind, Seeding, batches, counted, counted_alone, every_member_holds_the_rows, is_in_phase,
    number, with_data,
};
use crate::harness::{rows, run};

/// Kills the member when `is_now` says so of its URL and the round; the run must have `noticed` in
/// these words.
fn killed(kind: Kind, more: &[&str], is_now: impl Fn(&str, u32) -> bool, noticed: &str) {
    let (cluster, home) = with_data(kind);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    for round in 0..number("ROUNDS", 1) {
        cluster.tell(&["up"]);
        let name = format!("killed_{round}");
        cluster.database(&name);
        let url = cluster.url(&name);
        let (victim, victims_url) = cluster.first(&name);
        let process = cluster.process(victim);
        let mut seeding = Seeding::start(home, &url, more);
        seeding.until("the moment to kill", || is_now(&victims_url, round));
        cluster.kill_at_once(process);
        assert!(seeding.is_under_way(), "round {round}: killed too late");
        let said = seeding.ends_well();
        assert!(said.contains(noticed), "round {round}: not noticed\n{said}");
        assert_eq!(counted(home), alone, "round {round}");
        run(home, ["verify", "--database-url", &url]).exits(0);
        // the killed one comes back, and has it all too
        cluster.tell(&["up"]);
        every_member_holds_the_rows(home, &url);
        cluster.drop_database(&name);
    }
}

fn a_kill_while_it_loads_costs_nothing(kind: Kind) {
    // somewhere in the load, each round at another place
    let is_now = |url: &str, round: u32| batches(url) >= 3 + 7 * round;
    killed(kind, &[], is_now, "trying again");
}

fn a_kill_while_it_builds_indexes_costs_nothing(kind: Kind) {
    let is_now = |url: &str, _| is_in_phase(url, "index");
    // builds that were not begun yet go to the next host without a word
    killed(kind, &[], is_now, "index: ");
}

fn a_kill_while_it_verifies_costs_nothing(kind: Kind) {
    let is_now = |url: &str, _| is_in_phase(url, "verify");
    killed(kind, &["--verify", "full"], is_now, "trying the next host");
}

#[test]
fn a_primary_that_moves_while_it_loads_costs_nothing() {
    let (cluster, home) = with_data(Kind::GroupReplication);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    cluster.database("moved");
    let (first, primary) = cluster.first("moved");
    let mut seeding = Seeding::start(home, &cluster.url("moved"), &[]);
    seeding.until("a batch", || batches(&primary) >= 3);
    let others = "SELECT group_replication_set_as_primary(MIN(MEMBER_ID)) FROM performance_schema.replication_group_members \
                  WHERE MEMBER_ROLE = 'SECONDARY'";
    rows(&primary, others).unwrap();
    seeding.ends_well();
    assert_ne!(cluster.first("moved").0, first);
    assert_eq!(counted(home), alone);
    every_member_holds_the_rows(home, &cluster.url("moved"));
    cluster.drop_database("moved");
}

on_both_clusters!(
    a_kill_while_it_loads_costs_nothing,
    a_kill_while_it_builds_indexes_costs_nothing,
    a_kill_while_it_verifies_costs_nothing
);
