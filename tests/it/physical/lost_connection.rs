//! A connection that is lost in the middle of a physical import.

use crate::support::data::{Files, TABLES, is_sound};
use crate::support::harness::{Scratch, Server, on_both_servers, ran, run};
use crate::support::network::{Conditions, Fault, Moment, Network};

on_both_servers! {
    /// What the import has left is dropped before the table is used again: the server could crash,
    /// and the next run would drop the loaded table as one that is half imported.
    fn a_connection_lost_during_an_import_does_not_end_the_run(server: Server) {
        for statement in ["DISCARD TABLESPACE", "IMPORT TABLESPACE"] {
            for fault in [Fault::AllCut, Fault::AnswerLost] {
                let (files, scratch) = (Files::small(), Scratch::at(&server.physical_url()));
                let lost = Conditions::of(fault, Moment::Text(statement));
                let network = Network::before(scratch.url(), lost);
                let url = network.url(scratch.url());
                let seed = ["--load", "physical", "-v", "--database-url", &url];
                let seeded = ran(&mut files.command("seed", &seed)).exits(0);
                assert!(network.struck().is_some(), "{statement}: {}", seeded.stderr);
                let imports = "SELECT CAST(COUNT(*) AS CHAR) FROM _reviewseed_imports";
                assert_eq!(scratch.value(imports), "0", "{statement}, {fault:?}: {}", seeded.stderr);
                for table in TABLES {
                    is_sound(&scratch, table);
                }
                // a second run drops nothing
                let again = ran(&mut files.command("seed", &["--database-url", scratch.url()]));
                again.exits(0).says("nothing to do: the row counts agree");
                run(&files.path(""), ["verify", "--database-url", scratch.url()]).exits(0);
            }
        }
    }
}
