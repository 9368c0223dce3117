//! The plan of a round. It depends only on the seed and the number of the round.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// The phase of a run, according to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the first batch is in: the server is looked at, tables are made, files are read.
    Read,
    /// Batches are in.
    Load,
    /// Indexes and foreign keys are built.
    Index,
    /// The result is verified.
    Verify,
    /// All is done, but the process has not ended yet.
    Done,
}

/// Phases that kills aim at, those first in which most is at stake.
const AIMS: [Phase; 4] = [Phase::Load, Phase::Index, Phase::Verify, Phase::Read];

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

/// First kills take these in turn; with the aims, all pairs in twelve rounds.
const VICTIMS: [Victim; 3] = [Victim::Loader, Victim::Server, Victim::ServerForAMoment];

/// One kill.
#[derive(Debug, Clone)]
pub struct Kill {
    /// Where it aims.
    pub phase: Phase,
    /// When: the share of the phase that is let pass.
    pub moment: f64,
    /// Who.
    pub victim: Victim,
}

/// One round.
#[derive(Debug, Clone)]
pub struct Round {
    /// The kills, each of another run of the same command.
    pub kills: Vec<Kill>,
    /// `--connections`.
    pub connections: u8,
    /// `--batch-size`.
    pub batch_size: &'static str,
    /// `--load`.
    pub load: &'static str,
    /// Whether LOAD DATA LOCAL is off at first and switched on by `--set-global`.
    pub set_global: bool,
}

prop_compose! {
    fn kills()(
        phase in prop::sample::select(&AIMS[..]),
        moment in 0.0..0.95,
        victim in prop_oneof![
            2 => Just(Victim::Loader),
            1 => Just(Victim::Server),
            1 => Just(Victim::ServerForAMoment),
        ],
    ) -> Kill {
        Kill { phase, moment, victim }
    }
}

prop_compose! {
    fn rounds()(
        kills in vec(kills(), 1..=2),
        connections in 1..=4u8,
        batch_size in prop::sample::select(&["32K", "256K", "1M"][..]),
        load in prop::sample::select(&["auto", "auto", "auto", "insert"][..]),
        set_global in prop::bool::weighted(0.25),
    ) -> Round {
        Round { kills, connections, batch_size, load, set_global }
    }
}

impl Round {
    /// No kill.
    pub const UNDISTURBED: Round = Round {
        kills: Vec::new(),
        connections: 4,
        batch_size: "256K",
        load: "auto",
        set_global: false,
    };

    /// The round of this number. Its first kill takes the phases and the victims in turn, so that
    /// none depends on luck.
    pub fn plan(seed: u64, number: u32) -> Round {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..12].copy_from_slice(&number.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), random);
        let mut round = rounds().new_tree(&mut runner).unwrap().current();
        round.kills[0].phase = AIMS[number as usize % AIMS.len()];
        round.kills[0].victim = VICTIMS[number as usize % VICTIMS.len()];
        round
    }

    /// Moves the first kill to an earlier moment, because the run ended before it.
    pub fn hurry(&mut self) {
        self.kills[0].moment *= 0.5;
    }
}
