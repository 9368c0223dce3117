//! Clusters whose members all hold the same rows.

use crate::cluster::{Kind, counted, counted_alone, every_member_holds_the_rows, seed, with_data};
use crate::harness::{execute, rows, run};

/// What a stand-alone server gets, every member gets.
fn members_get_what_a_server_alone_gets(kind: Kind) {
    let (cluster, home) = with_data(kind);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    cluster.database("same");
    let url = cluster.url("same");
    let ran = seed(home, &url, &["-v"]).exits(0);
    ran.says("precheck: pass: transaction size: a batch is a transaction of about 131072 bytes");
    assert_eq!(counted(home), alone);
    every_member_holds_the_rows(home, &url);

    // one member that differs is named
    let mut members = cluster.members("same").into_iter();
    let (url_of_other, _) = members.find(|(_, takes)| !takes).unwrap();
    match kind {
        Kind::GroupReplication => execute(
            &url_of_other,
            "SET GLOBAL super_read_only = 0; SET GLOBAL read_only = 0; SET SESSION sql_log_bin = 0; DELETE FROM reviews_photos LIMIT 1; SET GLOBAL super_read_only = 1",
        ),
        _ => execute(
            &url_of_other,
            "SET SESSION wsrep_on = 0; DELETE FROM reviews_photos LIMIT 1",
        ),
    }
    let address = url_of_other.split(['@', '/']).nth(3).unwrap();
    run(home, ["verify", "--members", "--database-url", &url])
        .exits(1)
        .says(&format!(
            "error: verify: member {address}: reviews_photos: holds "
        ));
    cluster.drop_database("same");
}

/// A member that accepts no rows, and options that would make members differ, are errors before
/// anything is changed.
fn options_that_would_make_members_differ_are_an_error(kind: Kind) {
    let (cluster, home) = with_data(kind);
    let home = home.path();
    cluster.database("differ");
    let url = cluster.url("differ");
    seed(home, &url, &["--skip-binlog"])
        .exits(2)
        .says("would not receive the rows");
    if kind == Kind::GroupReplication {
        let primary = cluster.first("differ").1;
        let address = primary.split(['@', '/']).nth(3).unwrap().to_owned();
        for (member, _) in cluster.members("differ").iter().filter(|(_, takes)| !takes) {
            seed(home, member, &[])
                .exits(2)
                .says("accepts no rows (online secondary)")
                .says(&format!("use the primary, {address}, in --database-url"));
        }
    }
    assert!(
        rows(&cluster.first("differ").1, "SHOW TABLES")
            .unwrap()
            .is_empty()
    );
    cluster.drop_database("differ");
}

on_both_clusters!(
    members_get_what_a_server_alone_gets,
    options_that_would_make_members_differ_are_an_error
);
