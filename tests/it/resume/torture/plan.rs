//! The plan of a round. It depends only on the seed and the number of the round.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::data_set::DataSet;
use crate::support::network::Fault as Loss;

/// The phase of a run, according to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the first batch is committed: the server is checked, tables are created, files are
    /// read.
    Read,
    /// Batches are being committed, or files of tables are built.
    Load,
    /// The private server is being stopped, so that files can be replaced.
    Stop,
    /// The files of tables are being replaced.
    Place,
    /// The private server is being started with the new files.
    Start,
    /// Indexes and foreign keys are built.
    Index,
    /// The result is verified.
    Verify,
    /// The ledger says that the run is done, but the process has not ended yet.
    Done,
}

/// Phases that kills aim at, those first in which most is at stake.
const AIMS: [Phase; 4] = [Phase::Load, Phase::Index, Phase::Verify, Phase::Read];

/// The same for a private server that gets files in place. `Load` is a moment of the whole run.
const AIMS_IN_PLACE: [Phase; 4] = [Phase::Start, Phase::Place, Phase::Load, Phase::Stop];

/// Which faults a round may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// Kills alone, without a network.
    Kills,
    /// Faults of the network alone.
    Network,
    /// Both, also kills behind a slow network.
    Mixed,
    /// Kills alone, of a private server that gets files in place.
    Private,
}

impl Faults {
    /// The modes of the rounds. A private server has no network.
    fn modes(self) -> &'static [Mode] {
        match self {
            Faults::Kills | Faults::Mixed => &Mode::ALL,
            Faults::Network => &Mode::ALL[1..],
            Faults::Private => &Mode::ALL[..1],
        }
    }
}

/// The rows that the tables have before the run, and what the run does with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// `--load physical` into the empty database of a private server that nobody else uses.
    Private,
    /// An empty database.
    Plain,
    /// `--append` to other rows, some of which have the keys of records.
    Append,
    /// `--append --on-duplicate update`.
    Update,
    /// `--append --on-duplicate ignore`.
    Ignore,
    /// `--replace`.
    Replace,
    /// `--sync` of tables that were changed.
    Sync,
}

impl Mode {
    /// All of them.
    pub const ALL: [Mode; 7] = [
        Mode::Private,
        Mode::Plain,
        Mode::Append,
        Mode::Update,
        Mode::Ignore,
        Mode::Replace,
        Mode::Sync,
    ];

    /// Its options.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Mode::Private | Mode::Plain => &[],
            Mode::Append => &["--append"],
            Mode::Update => &["--append", "--on-duplicate", "update"],
            Mode::Ignore => &["--append", "--on-duplicate", "ignore"],
            Mode::Replace => &["--replace", "--force"],
            Mode::Sync => &["--sync", "--max-deletes", "100%"],
        }
    }

    /// Whether the same command reads all records again after a run that was finished, and finds
    /// other rows than that run.
    pub fn begins_again(self) -> bool {
        matches!(self, Mode::Update | Mode::Ignore | Mode::Sync)
    }
}

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// `seed`. Its running statements continue in the server for a moment.
    Loader,
    /// The server, which is started again when `seed` no longer retries.
    Server,
    /// The server, which is started again at once, while `seed` still retries.
    ServerForAMoment,
}

/// Where the network fails, as a share of what the undisturbed run sends.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// Of its statements.
    Statement(f64),
    /// Of its bytes.
    Bytes(f64),
}

/// What happens to a run.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// A kill in this phase, after this share of its time.
    Kill(Victim, Phase, f64),
    /// A fault of the network.
    Lost(Loss, Place),
}

impl Fault {
    /// Whether only a time limit shows it.
    pub fn is_silent(self) -> bool {
        matches!(self, Fault::Lost(Loss::HalfOpen | Loss::Silence, _))
    }
}

/// What lies between the loader and the server.
#[derive(Debug, Clone, Copy)]
pub enum Link {
    /// The socket of the server.
    Socket,
    /// A simulated network.
    Network {
        latency: Duration,
        bytes_per_second: Option<u64>,
    },
}

impl Link {
    const FAST: Link = Link::Network {
        latency: Duration::ZERO,
        bytes_per_second: None,
    };
}

/// One fault, and the link of the run that it happens to.
#[derive(Debug, Clone, Copy)]
pub struct Strike {
    pub fault: Fault,
    pub link: Link,
}

/// One round.
#[derive(Debug, Clone)]
pub struct Round {
    /// The input.
    pub data: DataSet,
    /// The rows before the run.
    pub mode: Mode,
    /// The faults, each of another run of the same command.
    pub strikes: Vec<Strike>,
    /// `--connections`.
    pub connections: u8,
    /// `--batch-size`.
    pub batch_size: &'static str,
    /// `--load`.
    pub load: &'static str,
    /// Whether LOAD DATA LOCAL is off at first and switched on by `--set-global`.
    pub set_global: bool,
    /// Determines the changes of the rows after a round on a private server.
    pub changes: u64,
}

fn places() -> impl Strategy<Value = Place> {
    prop_oneof![
        3 => (0.0..1.0).prop_map(Place::Statement),
        1 => (0.0..1.0).prop_map(Place::Bytes),
    ]
}

fn kills(mode: Mode) -> impl Strategy<Value = Fault> {
    let victim = prop_oneof![
        6 => Just(Victim::Loader),
        3 => Just(Victim::ServerForAMoment),
        // the loader takes ten seconds to give up
        1 => Just(Victim::Server),
    ];
    let aim = prop::sample::select(&aims(mode)[..]);
    (victim, aim, 0.0..0.95).prop_map(|(victim, phase, moment)| Fault::Kill(victim, phase, moment))
}

fn aims(mode: Mode) -> &'static [Phase; 4] {
    match mode {
        Mode::Private => &AIMS_IN_PLACE,
        _ => &AIMS,
    }
}

fn losses() -> impl Strategy<Value = Fault> {
    let loss = prop_oneof![
        3 => Just(Loss::Cut),
        3 => Just(Loss::AnswerLost),
        2 => Just(Loss::AllCut),
        1 => Just(Loss::HalfOpen),
        1 => Just(Loss::Silence),
    ];
    (loss, places()).prop_map(|(loss, place)| Fault::Lost(loss, place))
}

fn links() -> impl Strategy<Value = Link> {
    let slow = (0..3u64, prop::option::of(200_000..2_000_000u64));
    let slow = slow.prop_map(|(latency, bytes_per_second)| Link::Network {
        latency: Duration::from_millis(latency),
        bytes_per_second,
    });
    prop_oneof![3 => Just(Link::Socket), 2 => Just(Link::FAST), 1 => slow]
}

/// One fault. A fault of the network needs a network, and without such faults there is none.
fn strikes(mode: Mode, faults: Faults) -> impl Strategy<Value = Strike> {
    let faults = match mode {
        Mode::Private => Faults::Private,
        _ => faults,
    };
    let fault = match faults {
        Faults::Kills | Faults::Private => kills(mode).boxed(),
        Faults::Network => losses().boxed(),
        Faults::Mixed => prop_oneof![kills(mode), losses()].boxed(),
    };
    (fault, links()).prop_map(move |(fault, link)| {
        let link = match (fault, link) {
            _ if matches!(faults, Faults::Kills | Faults::Private) => Link::Socket,
            (Fault::Lost(..), Link::Socket) => Link::FAST,
            _ => link,
        };
        Strike { fault, link }
    })
}

/// How the rows reach the server. Tables that have rows are never imported physically.
fn load(mode: Mode) -> impl Strategy<Value = &'static str> {
    let ways: &[&str] = match mode {
        Mode::Private => &["physical"],
        Mode::Plain | Mode::Replace => &["auto", "auto", "local-infile", "insert", "physical"],
        Mode::Append => &["auto", "local-infile", "insert"],
        // rows are compared before they are stored, which LOAD DATA cannot do
        Mode::Update | Mode::Ignore => &["auto", "insert"],
        // the rows that differ are always sent by INSERT
        Mode::Sync => &["auto"],
    };
    prop::sample::select(ways)
}

fn rounds(data: DataSet, mode: Mode, faults: Faults) -> impl Strategy<Value = Round> {
    (
        vec(strikes(mode, faults), 1..=3),
        1..=4u8,
        prop::sample::select(&["4K", "32K", "256K", "1M"][..]),
        load(mode),
        prop::bool::weighted(0.25),
        any::<u64>(),
    )
        .prop_map(
            move |(strikes, connections, batch_size, load, set_global, changes)| Round {
                data,
                mode,
                strikes,
                connections,
                batch_size,
                load,
                set_global: set_global && mode == Mode::Plain,
                changes,
            },
        )
}

impl Round {
    /// No fault.
    pub fn undisturbed(data: DataSet, mode: Mode) -> Round {
        Round {
            data,
            mode,
            strikes: Vec::new(),
            connections: 4,
            batch_size: "32K",
            load: match mode {
                Mode::Private => "physical",
                _ => "auto",
            },
            set_global: false,
            changes: 0,
        }
    }

    /// The round of this number. Data sets, modes and the phase of its first kill are taken in
    /// turn, so that no combination depends on luck.
    pub fn plan(seed: u64, number: u32, faults: Faults) -> Round {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..12].copy_from_slice(&number.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), random);
        let number = number as usize;
        let data = DataSet::ALL[number % 3];
        let modes = faults.modes();
        let mode = modes[number / 3 % modes.len()];
        let drawn = rounds(data, mode, faults).new_tree(&mut runner);
        let mut round = drawn.unwrap().current();
        if let Fault::Kill(_, phase, _) = &mut round.strikes[0].fault {
            let aims = aims(mode);
            *phase = aims[number / (3 * modes.len()) % aims.len()];
        }
        round
    }

    /// Moves the first fault to an earlier moment, because the run ended before it.
    pub fn hurry(&mut self) {
        match &mut self.strikes[0].fault {
            Fault::Kill(_, _, share)
            | Fault::Lost(_, Place::Statement(share) | Place::Bytes(share)) => *share *= 0.5,
        }
    }

    /// Whether a fault of it kills the server.
    pub fn kills_the_server(&self) -> bool {
        let kills = |s: &Strike| {
            matches!(
                s.fault,
                Fault::Kill(Victim::Server | Victim::ServerForAMoment, ..)
            )
        };
        self.strikes.iter().any(kills)
    }
}
