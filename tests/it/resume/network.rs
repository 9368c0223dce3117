//! Networks that lose statements and answers, or become silent without closing a connection. A run
//! notices each of these faults, and completes by itself when the network works again.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::background::background;
use crate::support::data::Files;
use crate::support::harness::{LIMIT, Scratch, Server, on_both_servers, ran, reviewseed, run};
use crate::support::network::{Conditions, Fault, Moment, Network};
use crate::support::watched::Watched;

const SCHEMA: &str = "
    CREATE TABLE p (id INT NOT NULL PRIMARY KEY, name VARCHAR(60) NOT NULL, KEY k_name (name));
    CREATE TABLE c (id INT NOT NULL PRIMARY KEY, p_id INT NOT NULL, v VARCHAR(60) NOT NULL,
        UNIQUE KEY k_v (v), CONSTRAINT fk_p FOREIGN KEY (p_id) REFERENCES p (id));";
const ROWS: u32 = 300;

/// Statements of each phase of a run.
const PHASES: [(&str, &str); 6] = [
    ("prechecks", "max_allowed_packet"),
    ("creating tables", "CREATE TABLE"),
    ("loading", "LOAD DATA LOCAL"),
    ("commit", "COMMIT"),
    ("index", "ADD INDEX"),
    ("verification", "COUNT(*)"),
];

pub fn files() -> Files {
    let files = Files::of_schema(SCHEMA);
    let parents: String = (0..ROWS).map(|i| format!("{i},parent {i}\n")).collect();
    let children: String = (0..ROWS)
        .map(|i| format!("{i},{},child {i}\n", i * 7 % ROWS))
        .collect();
    files.put("p", format!("id,name\n{parents}"));
    files.put("c", format!("id,p_id,v\n{children}"));
    files
}

pub fn start(files: &Files, url: &str, more: &[&str]) -> Watched {
    let seed = [
        "seed",
        "csv",
        "--schema",
        "schema.sql",
        "--database-url",
        url,
    ];
    let small = ["--batch-size", "4K", "--connections", "2", "-v"];
    let arguments = seed.iter().chain(&small).chain(more);
    Watched::start(background(&files.path(""), arguments))
}

/// All rows are in the database, and nothing else.
pub fn is_complete(files: &Files, scratch: &Scratch) {
    for table in ["p", "c"] {
        let count = format!("SELECT CAST(COUNT(*) AS CHAR) FROM {table}");
        assert_eq!(scratch.value(&count), ROWS.to_string());
    }
    run(&files.path(""), ["verify", "--database-url", scratch.url()]).exits(0);
}

on_both_servers! {
    long
    fn silence_is_noticed_in_every_phase_and_the_run_completes_when_it_ends(server: Server) {
        for (phase, statement) in PHASES {
            let (files, scratch) = (files(), Scratch::new(server));
            let conditions = Conditions::of(Fault::Silence, Moment::Text(statement));
            let network = Network::before(scratch.url(), conditions);
            let mut seed = start(&files, &network.url(scratch.url()), &["--net-timeout", "2"]);
            assert!(seed.says("is silent"), "{phase}: {}", seed.said);
            let (_, since) = network.struck().unwrap();
            let noticed = since.elapsed();
            tell(&format!("{server:?}, silence in {phase}: noticed after {:.1} s", noticed.as_secs_f64()));
            assert!(noticed < Duration::from_secs(15), "{phase}: noticed after {noticed:?}");
            network.heal();
            seed.exits(0);
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    /// The server has accepted a log-in before, so it is there.
    fn a_log_in_without_an_answer_is_repeated(server: Server) {
        for statement in ["@@version_comment", "max_allowed_packet"] {
            let (files, scratch) = (files(), Scratch::new(server));
            let conditions = Conditions::of(Fault::Silence, Moment::Text(statement));
            let network = Network::before(scratch.url(), conditions);
            let mut seed = start(&files, &network.url(scratch.url()), &["--net-timeout", "1"]);
            let second = "sends no MySQL greeting (waited 1 s; --net-timeout raises the limit); trying again in 200 ms (2 of 8)";
            assert!(seed.says(second), "{statement}: {}", seed.said);
            network.heal();
            seed.exits(0);
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    long
    fn one_connection_that_is_lost_without_a_word_is_noticed_beside_others_that_work(server: Server) {
        for (phase, statement) in PHASES {
            let (files, scratch) = (files(), Scratch::new(server));
            let conditions = Conditions::of(Fault::HalfOpen, Moment::Text(statement));
            let network = Network::before(scratch.url(), conditions);
            let seed = start(&files, &network.url(scratch.url()), &["--net-timeout", "2"]);
            let said = seed.exits(0);
            let (_, since) = network.struck().unwrap();
            assert!(said.contains("trying again"), "{phase}: {said}");
            assert!(since.elapsed() < Duration::from_secs(60), "{phase}: {:?}", since.elapsed());
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    /// The server is within LOAD DATA, and waits for the rest of the rows for ten minutes.
    fn data_that_are_lost_without_a_word_are_noticed(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let conditions = Conditions::of(Fault::HalfOpen, Moment::Data("child 299"));
        let network = Network::before(scratch.url(), conditions);
        let seed = start(&files, &network.url(scratch.url()), &["--net-timeout", "2"]);
        let said = seed.exits(0);
        let (_, since) = network.struck().unwrap();
        assert!(said.contains("its data or its answer was lost"), "{said}");
        assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
        is_complete(&files, &scratch);
    }
}

on_both_servers! {
    long
    fn one_ctrl_c_ends_a_run_whose_network_is_silent(server: Server) {
        for (phase, statement) in PHASES {
            let (files, scratch) = (files(), Scratch::new(server));
            let conditions = Conditions::of(Fault::Silence, Moment::Text(statement));
            let network = Network::before(scratch.url(), conditions);
            let seed = start(&files, &network.url(scratch.url()), &[]);
            let began = Instant::now();
            while network.struck().is_none() && began.elapsed() < LIMIT {
                std::thread::sleep(Duration::from_millis(5));
            }
            let asked = Instant::now();
            seed.signal(Signal::INT);
            let said = seed.exits(130);
            let waited = asked.elapsed();
            tell(&format!("{server:?}, Ctrl-C in the silence of {phase}: ended after {:.1} s", waited.as_secs_f64()));
            assert!(waited < Duration::from_secs(5), "{phase}: {waited:?} {said}");
            drop(network);
            let seed = ["seed", "csv", "--schema", "schema.sql", "--batch-size", "4K"];
            let again = ["--database-url", scratch.url()];
            run(&files.path(""), seed.iter().chain(&again)).exits(0);
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn a_connection_cut_in_the_middle_of_a_batch_is_no_end(server: Server) {
        for bytes in [4_000, 9_000, 14_000, 20_000] {
            let (files, scratch) = (files(), Scratch::new(server));
            let network = Network::before(scratch.url(), Conditions::of(Fault::Cut, Moment::Bytes(bytes)));
            start(&files, &network.url(scratch.url()), &[]).exits(0);
            assert!(network.struck().is_some(), "{bytes}: {} statements", network.statements());
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn a_connection_lost_while_the_tables_are_checked_is_no_finding_about_them(server: Server) {
        for statement in ["The columns of the tables", "The foreign keys of one database"] {
            let (files, scratch) = (files(), Scratch::new(server));
            let cut = Conditions::of(Fault::Cut, Moment::Text(statement));
            let network = Network::before(scratch.url(), cut);
            start(&files, &network.url(scratch.url()), &[]).exits(0);
            assert!(network.struck().is_some(), "{statement}");
            is_complete(&files, &scratch);
        }
    }
}

on_both_servers! {
    fn a_slow_network_is_no_silence(server: Server) {
        let (files, scratch) = (files(), Scratch::new(server));
        let network = Network::before(scratch.url(), Conditions {
            latency: Duration::from_millis(5),
            bytes_per_second: Some(40_000),
            ..Conditions::of(Fault::Cut, Moment::Never)
        });
        let seed = start(&files, &network.url(scratch.url()), &["--net-timeout", "4"]);
        let said = seed.exits(0);
        assert!(!said.contains("trying again"), "{said}");
        is_complete(&files, &scratch);
    }
}

#[test]
fn a_port_that_accepts_and_never_greets_is_an_error_within_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (files, url) = (files(), format!("mysql://root@127.0.0.1:{port}/shop"));
    let began = Instant::now();
    for command in ["seed", "verify", "reindex"] {
        let mut command = match command {
            "seed" => files.command("seed", &[]),
            other => {
                let mut command = reviewseed(&files.path(""));
                command.arg(other);
                command
            }
        };
        let given_up = ran(command.args(["--net-timeout", "1", "--database-url", &url])).exits(2);
        given_up.says("the port accepts connections but sends no MySQL greeting");
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
    // one signal ends it before the first row
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let seed = start(&files, &url, &[]);
        std::thread::sleep(Duration::from_millis(1_000));
        let asked = Instant::now();
        seed.signal(signal);
        seed.exits(code);
        let waited = asked.elapsed();
        assert!(waited < Duration::from_secs(3), "{code}: {waited:?}");
    }
}

#[expect(clippy::print_stderr, reason = "shown by --nocapture")]
pub fn tell(line: &str) {
    eprintln!("{line}");
}

/// How many statements lie between two that are tried: all of them with `make torture
/// FAULTS=network`.
pub fn stride() -> usize {
    match std::env::var("REVIEWSEED_TORTURE_FAULTS").as_deref() {
        Ok("network") => 1,
        _ => 37,
    }
}

on_both_servers! {
    long
    fn a_connection_lost_at_any_statement_does_not_end_the_run(server: Server) {
        for fault in [Fault::Cut, Fault::AnswerLost] {
            let (mut number, mut runs, mut failed) = (1, 0, Vec::new());
            loop {
                let (files, scratch) = (files(), Scratch::new(server));
                let conditions = Conditions::of(fault, Moment::Statement(number));
                let network = Network::before(scratch.url(), conditions);
                let url = network.url(scratch.url());
                let seed = start(&files, &url, &["--verify", "full"]);
                let (code, said) = seed.ends();
                let Some((statement, _)) = network.struck() else {
                    assert_eq!(code, Some(0), "{said}");
                    break;
                };
                runs += 1;
                match code {
                    Some(0) => is_complete(&files, &scratch),
                    _ => failed.push(format!("{number}: {statement}\n{said}")),
                }
                number += stride();
            }
            tell(&format!("{server:?}, {fault:?}: {runs} runs, {} of them did not complete by themselves", failed.len()));
            assert!(failed.is_empty(), "{fault:?}: {} of {runs} runs did not complete by themselves\n{}", failed.len(), failed.join("\n\n"));
        }
    }
}
