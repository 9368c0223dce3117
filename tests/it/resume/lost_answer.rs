//! A commit whose answer is lost: the ledger tells whether the batch was committed, also for its
//! rejected rows.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, folder, on_both_servers, run};

const SCHEMA: &str =
    "CREATE TABLE parents (id INT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL,
  CONSTRAINT no_x CHECK (name NOT LIKE 'x%')) CHARSET utf8mb4;";

/// Passes on what client and server say to each other. Of the first commit after a row was noted as
/// rejected, the server's answer is lost, and the connection with it.
fn relay(at: &Path, server: String) {
    let listener = UnixListener::bind(at).unwrap();
    let struck = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), UnixStream::connect(&server).unwrap());
            let (asked, answered) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let cut = Arc::new(AtomicBool::new(false));
            let (struck, cutting) = (Arc::clone(&struck), Arc::clone(&cut));
            std::thread::spawn(move || {
                let mut rejected = false;
                pass(asked, server, |bytes| {
                    let says = |words: &[u8]| bytes.windows(words.len()).any(|w| w == words);
                    rejected |= says(b"INSERT INTO _reviewseed_refused");
                    if rejected && says(b"COMMIT") && !struck.swap(true, SeqCst) {
                        cutting.store(true, SeqCst);
                    }
                    true
                });
            });
            std::thread::spawn(move || pass(answered, client, |_| !cut.load(SeqCst)));
        }
    });
}

/// Until one end closes, or `goes_on` says no.
fn pass(mut from: UnixStream, mut to: UnixStream, mut goes_on: impl FnMut(&[u8]) -> bool) {
    let mut bytes = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !goes_on(&bytes[..count]) || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

on_both_servers! {
    fn rejected_rows_of_a_batch_whose_commit_was_not_answered_are_kept(server: Server) {
        let files = Files::of_schema(SCHEMA);
        files.put("parents", "id,name\n1,anna\n2,xeno\n3,bert\n");
        let (home, scratch) = (folder(), Scratch::new(server));
        let (url, socket) = scratch.url().split_once("socket=").unwrap();
        let at = home.path().join("relay.sock");
        relay(&at, socket.replace("%2F", "/"));
        let url = format!("{url}socket={}", at.to_str().unwrap().replace('/', "%2F"));
        let seed = ["seed", "csv", "--schema", "schema.sql", "--max-rejects", "50%", "--report", "report.json"];
        run(&files.path(""), seed.iter().chain(&["--database-url", &url])).exits(0).says("trying again");
        assert_eq!(files.rejected("parents"), [(3, "check_failed".to_owned())]);
        let reported = files.reported("parents");
        assert_eq!((&reported["read"], &reported["loaded"], &reported["rejected"]), (&3.into(), &2.into(), &1.into()));
        assert_eq!(scratch.value("SELECT COUNT(*) FROM parents"), "2");
        run(&files.path(""), ["verify", "--schema", "schema.sql", "--database-url", scratch.url()]).exits(0);
    }
}
