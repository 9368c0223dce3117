//! max_allowed_packet: rows that are longer than a packet are loaded, or rejected with this reason,
//! and `verify` checks them like all others.

use crate::support::data::Files;
use crate::support::harness::{Ran, Scratch, Server, on_both_servers, ran, reviewseed, run};
use crate::support::own_server::OwnServer;

const SCHEMA: &str = "CREATE TABLE docs (id INT NOT NULL PRIMARY KEY, short_body TEXT NULL, long_body LONGTEXT NULL);
CREATE TABLE latin (id INT NOT NULL PRIMARY KEY, a MEDIUMTEXT CHARACTER SET latin1 NOT NULL, b MEDIUMTEXT NULL, e ENUM('x','y') NOT NULL, d DOUBLE NULL);";

/// Texts at and over the limits of TEXT, two rows that are longer than the packet, and rows around
/// them.
fn files() -> Files {
    let files = Files::of_schema(SCHEMA);
    let wide = "say \"\"b\"\",\n".repeat(190_650);
    let docs = format!(
        "id,short_body,long_body\n1,{},\n2,{},\n3,{},\n4,,\"{wide}\"\n5,last,\n6,,{}\n",
        "a".repeat(65_535),
        "a".repeat(65_536),
        "\u{20ac}".repeat(21_846),
        "w".repeat(1_048_576)
    );
    files.put("docs", docs);
    // no text alone is longer than the packet, but the row is
    let half = "\u{e9}".repeat(400_000);
    files.put(
        "latin",
        format!("id,a,b,e,d\n1,{half},{half},y,1.5\n2,short,,x,\n"),
    );
    files
}

fn seed(files: &Files, url: &str, arguments: &[&str]) -> Ran {
    let fixed = [
        "--max-rejects",
        "100%",
        "--max-record",
        "8M",
        "--database-url",
        url,
    ];
    ran(files.command("seed", arguments).args(fixed))
}

fn verify(files: &Files, url: &str) -> Ran {
    run(
        &files.path(""),
        ["verify", "--schema", "schema.sql", "--database-url", url],
    )
}

on_both_servers! {
    fn rows_longer_than_a_packet_are_loaded_by_load_data_and_rejected_by_insert_and_verified(server: Server) {
        let home = crate::support::harness::folder();
        let mut own = OwnServer::new(server, home.path());
        own.start(&["--max-allowed-packet=1M".to_owned(), "--local-infile=ON".to_owned()]);
        let files = files();

        let scratch = Scratch::at(own.socket_url());
        let url = scratch.url();
        seed(&files, url, &["--load", "local-infile", "--verify", "full"]).exits(0);
        assert_eq!(files.rejected("docs"), [(3, "too_long".to_owned()), (4, "too_long".to_owned())]);
        assert_eq!(scratch.value("SELECT LENGTH(long_body) FROM docs WHERE id = 4"), "1715850");
        assert_eq!(scratch.value("SELECT LENGTH(a) + LENGTH(b) FROM latin WHERE id = 1"), "1200000");
        verify(&files, url).exits(0);
        // a difference in such a row is one
        scratch.execute("UPDATE latin SET a = INSERT(a, 399999, 1, 'x') WHERE id = 1");
        verify(&files, url).exits(1).says("latin: the checksum is");
        scratch.execute("UPDATE latin SET a = INSERT(a, 399999, 1, _utf8mb4 X'C3A9') WHERE id = 1");
        verify(&files, url).exits(0);
        scratch.execute("UPDATE docs SET long_body = NULL WHERE id = 6");
        verify(&files, url).exits(1).says("docs: the checksum is");

        let scratch = Scratch::at(own.socket_url());
        let url = scratch.url();
        let seeded = seed(&files, url, &["--load", "insert"]).exits(0);
        assert!(!seeded.stderr.contains("trying again"), "{}", seeded.stderr);
        let rejected: Vec<_> = files.reasons("docs").into_iter().map(|r| (r.rule, r.message.contains("max_allowed_packet"))).collect();
        let expected = [("too_long", false), ("too_long", false), ("refused_by_server", true), ("refused_by_server", true)];
        assert_eq!(rejected, expected.map(|(rule, named)| (rule.to_owned(), named)));
        assert_eq!(files.rejected("latin"), [(2, "refused_by_server".to_owned())]);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM docs"), "1,5");
        verify(&files, url).exits(0);
        // the advice works: the rejects by the way that needs no long packets
        let again = ["seed", "rejects", "--append", "--rejects", "again", "--schema", "schema.sql", "--load", "local-infile", "--database-url", url];
        ran(reviewseed(&files.path("")).args(again).args(["--max-rejects", "100%", "--max-record", "8M"])).exits(0);
        assert_eq!(scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM docs"), "1,4,5,6");
        verify(&files, url).exits(0);
        rows_at_the_edge(&own);
    }
}

/// Rows just below the packet go by INSERT, just above they are rejected.
fn rows_at_the_edge(own: &OwnServer) {
    let scratch = Scratch::at(own.socket_url());
    let files =
        Files::of_schema("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v MEDIUMTEXT NOT NULL);");
    // the packet is the statement and one byte, and must be shorter than the limit
    let most = 1_048_576 - 2 - "INSERT INTO `t` (`id`,`v`) VALUES (1,'')".len();
    let rows: String = (0..4)
        .map(|id| format!("{id},{}\n", "x".repeat(most - 1 + id)))
        .collect();
    files.put("t", format!("id,v\n{rows}"));
    seed(&files, scratch.url(), &["--load", "insert"]).exits(0);
    assert_eq!(
        scratch.value("SELECT GROUP_CONCAT(id ORDER BY id) FROM t"),
        "0,1"
    );
    assert_eq!(files.rejected("t").len(), 2);
    verify(&files, scratch.url()).exits(0);
}
