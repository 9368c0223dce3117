//! Another program writes at another member during a run. The cluster rejects some of the run's
//! batches because of conflicts, and the run retries them.

use std::cell::Cell;
use std::fs;

use crate::cluster::{
    Kind, Seeding, batches, counted, counted_alone, every_member_holds_the_rows, with_data,
};
use crate::harness::rows;

/// Changes a row that was just loaded, and back; puts a row in where a batch that is under way has
/// one, and takes it out. All in one transaction, which leaves nothing but what the members
/// compare.
fn write_where_rows_are_being_loaded(url: &str, ahead: u32) {
    let sql = format!(
        "BEGIN; SET @last = (SELECT MAX(id) FROM reviews); SET @ahead = @last + {ahead}; \
         UPDATE reviews SET helpfulness = helpfulness + 1 WHERE id = @last; \
         UPDATE reviews SET helpfulness = helpfulness - 1 WHERE id = @last; \
         INSERT INTO reviews SELECT @ahead, product_id, rating, `date`, summary, body, recommend, reported, reviewer_name, reviewer_email, \
         response, helpfulness FROM reviews WHERE id = @last; \
         DELETE FROM reviews WHERE id = @ahead; COMMIT"
    );
    // the row may have been loaded at this moment, and the cluster may reject this transaction
    let _ = rows(url, &sql);
}

fn conflicts_with_another_writer_are_tried_again(kind: Kind) {
    let (cluster, home) = with_data(kind);
    let home = home.path();
    let alone = counted_alone(cluster.alone(), home);
    let _primaries = (kind == Kind::GroupReplication).then(|| cluster.several_primaries());
    cluster.database("conflicts");
    let members = cluster.members("conflicts");
    let (one, other) = (&members[0].0, &members[1].0);
    let mut seeding = Seeding::start(home, one, &[]);
    seeding.until("a batch", || batches(one) >= 1);
    let ahead = Cell::new(0);
    seeding.until("a conflict", || {
        ahead.set((ahead.get() + 97) % 1_500);
        write_where_rows_are_being_loaded(other, ahead.get() + 1);
        let said = fs::read_to_string(home.join("said")).unwrap();
        // which of the words for it depends on who was first, and where
        said.lines()
            .any(|line| line.contains("conflict") && line.contains("trying again"))
    });
    seeding.ends_well();
    assert_eq!(counted(home), alone);
    every_member_holds_the_rows(home, one);
    cluster.drop_database("conflicts");
}

on_both_clusters!(conflicts_with_another_writer_are_tried_again);
