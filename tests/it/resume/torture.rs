//! Torture: `seed` is disturbed at random moments, by SIGKILL of `seed` or of the server, or by a
//! network that fails, and the same command is run again.
//!
//! The result is compared with that of an undisturbed run of the same files on equal tables of the
//! same server: rows, checksums, rejected records and the bytes of the reject files are equal, a
//! full `verify` passes, and no temporary tables or settings are left. `make torture` runs many
//! rounds; without it, the test is short.
//!
//! `plan` determines a round, `data_set` and `start_state` make the files and the tables before it,
//! `strike` executes it, `ledger` finds the phase, `outcome` compares the results, and `tally`
//! counts the faults. `in_place` is about private servers that get files in place, and `twin`
//! changes the rows of their tables afterwards.

mod data_set;
mod in_place;
mod ledger;
mod outcome;
mod plan;
mod start_state;
mod strike;
mod tally;
mod twin;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::support::data::is_sound;
use crate::support::harness::{Scratch, Server, on_both_servers};
use crate::support::network::{Conditions, Fault as Loss, Moment, Network};
use crate::support::private::Private;
use crate::support::running::Running;
use data_set::DataSet;
use ledger::Ledger;
use outcome::{Outcome, Stored};
use plan::{Faults, Mode, Round};
use start_state::StartState;
use strike::{Attempt, End, Struck, Timeline};
use tally::Tally;

/// How often a round is repeated because its first fault came too late.
const HURRIES: u32 = 3;

/// How much of it, from the environment: `make torture` sets it.
struct Extent {
    first: u32,
    rounds: u32,
    seed: u64,
    products: u32,
    faults: Faults,
    /// No round begins after this time.
    limit: Option<Duration>,
}

impl Extent {
    fn read() -> Extent {
        let asked = |name: &str| {
            let value = std::env::var(format!("REVIEWSEED_TORTURE_{name}")).ok();
            value.filter(|v| !v.is_empty())
        };
        let number = |name: &str| {
            asked(name).map(|v| {
                v.parse::<u64>()
                    .unwrap_or_else(|_| panic!("{name}={v} is no number"))
            })
        };
        let small = |name: &str, otherwise: u32| {
            number(name).map_or(otherwise, |v| u32::try_from(v).unwrap())
        };
        Extent {
            first: small("FIRST", 0),
            rounds: small("ROUNDS", 2),
            seed: number("SEED").unwrap_or(1),
            products: small("PRODUCTS", 150),
            faults: match asked("FAULTS").as_deref() {
                None | Some("mixed") => Faults::Mixed,
                Some("kills") => Faults::Kills,
                Some("network") => Faults::Network,
                Some("physical") => Faults::Private,
                Some(other) => panic!("FAULTS={other} is none of kills, network, physical, mixed"),
            },
            limit: number("MINUTES").map(|minutes| Duration::from_secs(minutes * 60)),
        }
    }
}

/// The purpose of the server of the test that draws all modes.
const TORTURE: &str = "torture";

/// A server that no other test uses, because it is killed too, and the folder with the input.
struct Bench {
    server: Server,
    /// Ends the name of its folder. No test that may run at the same time has the same one.
    purpose: &'static str,
    home: PathBuf,
    url: String,
    /// The server, if it is the private server of the folder: its commands need no URL.
    private: Option<Private>,
}

impl Bench {
    /// The server of this name, which commands reach by its URL.
    fn new(server: Server, purpose: &'static str, products: u32) -> Bench {
        let own = server.own(purpose);
        Bench::with((server, purpose), (own.home(), own.url()), None, products)
    }

    /// The private server of a folder beside that of `bench`.
    fn of_private_server(bench: &Bench, products: u32) -> Bench {
        let purpose = match bench.purpose {
            TORTURE => "private-torture",
            _ => "twin-private-torture",
        };
        let private = Private::new(bench.server, purpose);
        let place = (private.home.clone(), private.url.clone());
        Bench::with((bench.server, purpose), place, Some(private), products)
    }

    fn with(
        (server, purpose): (Server, &'static str),
        (home, url): (PathBuf, String),
        private: Option<Private>,
        products: u32,
    ) -> Bench {
        for data in DataSet::ALL {
            data.write(&home, products);
        }
        Bench {
            server,
            purpose,
            home,
            url,
            private,
        }
    }

    /// Kills the server; `false` if it does not run.
    fn kill(&self) -> bool {
        let running = Running::found(&self.home);
        running.inspect(Running::kill).is_some()
    }

    /// Starts the server again after it was killed.
    fn restart(&self) {
        Running::start(self.server, &self.home, &[]);
    }

    /// An empty folder for what one run leaves.
    fn evidence(&self, name: &str) -> PathBuf {
        let folder = self.home.join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }
}

/// A database on which the command of a round runs.
struct Case<'a> {
    bench: &'a Bench,
    round: &'a Round,
    scratch: Scratch,
    ledger: Ledger,
    evidence: &'a Path,
}

impl<'a> Case<'a> {
    fn new(bench: &'a Bench, round: &'a Round, start: &StartState, evidence: &'a Path) -> Self {
        let scratch = start.database();
        Case {
            bench,
            round,
            ledger: Ledger::of(&scratch, round.mode),
            scratch,
            evidence,
        }
    }

    /// Runs the command to its end, when the server is no longer at work for an earlier one.
    fn finish(&self) {
        let began = Instant::now();
        while !Attempt::start(self, None, &[]).finishes() {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The undisturbed run: what it begins with, what must come out, how long each phase takes, and how
/// much it sends.
struct Calm {
    start: StartState,
    outcome: Rc<Outcome>,
    timeline: Timeline,
    statements: usize,
    bytes: u64,
}

impl Calm {
    fn of(bench: &Bench, data: DataSet, mode: Mode) -> Calm {
        let start = StartState::new(bench, data, mode);
        let evidence = bench.evidence(&format!("undisturbed/{}-{mode:?}", data.name()));
        let round = Round::undisturbed(data, mode);
        let case = Case::new(bench, &round, &start, &evidence);
        let perfect = Conditions::of(Loss::Cut, Moment::Never);
        let network = Network::before(case.scratch.url(), perfect);
        let (timeline, statements, bytes) =
            Attempt::start(&case, Some(network), &[]).watch_to_the_end();
        let outcome = Outcome::of(&case);
        outcome::nothing_is_left(&case);
        drop(case);
        Calm {
            start,
            outcome: Rc::new(outcome),
            timeline,
            statements,
            bytes,
        }
    }

    /// The same on a private server. What must come out is what an SQL load gives.
    fn in_place(bench: &Bench, data: DataSet, outcome: Rc<Outcome>) -> Calm {
        let start = StartState::Emptied(bench.url.clone());
        let evidence = bench.evidence(&format!("undisturbed/{}", data.name()));
        let round = Round::undisturbed(data, Mode::Private);
        let case = Case::new(bench, &round, &start, &evidence);
        let timeline = Attempt::start(&case, None, &[]).time_to_the_end();
        let found = Outcome::of(&case);
        outcome.stored.compare(&found.stored);
        outcome.told.compare(&found.told);
        outcome::nothing_is_left(&case);
        drop(case);
        Calm {
            start,
            outcome,
            timeline,
            statements: 0,
            bytes: 0,
        }
    }
}

/// How far the faults of a round let its run come.
enum Reached {
    /// The first fault came too late, so that the round has to be repeated.
    TooFast,
    /// The same command has to be run again.
    Interrupted,
    /// The run came to its end.
    Completed,
    /// The run was done, but ended before it could tell the result.
    Untold,
}

fn strike(case: &Case, calm: &Calm, struck: &mut Vec<Struck>) -> Reached {
    for strike in &case.round.strikes {
        match Attempt::under(case, strike, calm).suffer(strike, &calm.timeline) {
            End::TooLate if struck.is_empty() => return Reached::TooFast,
            End::TooLate => return Reached::Completed,
            End::Struck(one) => struck.push(one),
        }
        match struck.last() {
            Some(one) if one.completed => return Reached::Completed,
            Some(one) if one.is_done && case.round.mode.begins_again() => return Reached::Untold,
            _ => {}
        }
    }
    Reached::Interrupted
}

/// One round: the faults that happened; `None` when the first came too late. `other` is a server
/// that is not disturbed if `bench` is a private one.
fn round(
    (bench, other): (&Bench, &Bench),
    round: &Round,
    calm: &Calm,
    evidence: &Path,
) -> Option<Vec<Struck>> {
    let case = Case::new(bench, round, &calm.start, evidence);
    if round.set_global {
        case.scratch.execute("SET GLOBAL local_infile = OFF");
    }
    let mut struck = Vec::new();
    let reached = strike(&case, calm, &mut struck);
    match reached {
        Reached::Interrupted => case.finish(),
        Reached::TooFast | Reached::Completed | Reached::Untold => {}
    }
    match reached {
        Reached::Untold => calm.outcome.stored.compare(&Stored::of(&case)),
        _ => {
            let outcome = Outcome::of(&case);
            calm.outcome.stored.compare(&outcome.stored);
            calm.outcome.told.compare(&outcome.told);
        }
    }
    outcome::nothing_is_left(&case);
    if matches!(round.mode, Mode::Plain | Mode::Private) {
        Attempt::start(&case, None, &[]).finds_nothing_to_do();
    }
    if round.mode == Mode::Private {
        for table in round.data.tables() {
            is_sound(&case.scratch, table);
        }
        twin::behaves_alike(&case, other, round.changes);
    }
    case.scratch.execute("SET GLOBAL local_infile = ON");
    (!matches!(reached, Reached::TooFast)).then_some(struck)
}

/// Repeats a round until its first fault comes in time, a few times.
fn until_struck(
    benches: (&Bench, &Bench),
    mut planned: Round,
    calm: &Calm,
    evidence: &str,
) -> Vec<Struck> {
    for _ in 0..HURRIES {
        let evidence = benches.0.evidence(evidence);
        if let Some(struck) = round(benches, &planned, calm, &evidence) {
            return struck;
        }
        planned.hurry();
    }
    Vec::new()
}

/// The servers, and what undisturbed runs give.
struct Torture {
    bench: Bench,
    in_place: Option<Bench>,
    calm: BTreeMap<(DataSet, Mode), Calm>,
    products: u32,
}

impl Torture {
    fn round(&mut self, planned: Round, number: u32, tally: &mut Tally) {
        let (data, mode) = (planned.data, planned.mode);
        let (name, began) = (format!("round-{number}"), Instant::now());
        let (bench, products) = (&self.bench, self.products);
        let of = |mode| move || Calm::of(bench, data, mode);
        let bench = match mode {
            Mode::Private => {
                let plain = self.calm.entry((data, Mode::Plain));
                let outcome = Rc::clone(&plain.or_insert_with(of(Mode::Plain)).outcome);
                let new = || Bench::of_private_server(bench, products);
                let private = &*self.in_place.get_or_insert_with(new);
                let calm = self.calm.entry((data, mode));
                calm.or_insert_with(|| Calm::in_place(private, data, outcome));
                private
            }
            _ => {
                self.calm.entry((data, mode)).or_insert_with(of(mode));
                bench
            }
        };
        tally.begin(number, &planned, &bench.home.join(&name));
        let calm = &self.calm[&(data, mode)];
        let struck = until_struck((bench, &self.bench), planned, calm, &name);
        tally.end((number, mode), &struck, began.elapsed());
        fs::remove_dir_all(bench.home.join(&name)).unwrap();
    }
}

fn torture(bench: Bench, extent: &Extent) {
    let mut tally = Tally::new(bench.server, extent.seed);
    let mut torture = Torture {
        bench,
        in_place: None,
        calm: BTreeMap::new(),
        products: extent.products,
    };
    for number in extent.first..extent.first + extent.rounds {
        if extent.limit.is_some_and(|limit| tally.elapsed() > limit) {
            break;
        }
        let planned = Round::plan(extent.seed, number, extent.faults);
        torture.round(planned, number, &mut tally);
    }
    tally.finish();
    let folders = DataSet::ALL.map(DataSet::name);
    for folder in ["undisturbed"].into_iter().chain(folders) {
        fs::remove_dir_all(torture.bench.home.join(folder)).unwrap();
    }
}

on_both_servers! {
    long
    fn a_run_disturbed_anywhere_has_the_same_result(server: Server) {
        let extent = Extent::read();
        torture(Bench::new(server, TORTURE, extent.products), &extent);
    }
}

on_both_servers! {
    long
    /// While files are built and replaced, and while the server stops and starts.
    fn a_private_server_that_gets_files_survives_a_kill_at_any_moment(server: Server) {
        let extent = Extent { faults: Faults::Private, ..Extent::read() };
        torture(Bench::new(server, "twin-torture", extent.products), &extent);
    }
}
