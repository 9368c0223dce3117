//! Reports the progress of the rounds, and at the end the phases in which the kills occurred.

#![expect(
    clippy::print_stderr,
    reason = "the output of a test, shown by --nocapture and when it fails"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::plan::{Phase, Round, Victim};
use super::strike::Timeline;
use crate::support::harness::Server;

const PHASES: [Phase; 5] = [
    Phase::Read,
    Phase::Load,
    Phase::Index,
    Phase::Verify,
    Phase::Done,
];

/// Counts the kills by phase and victim.
pub struct Tally {
    server: Server,
    rounds: u32,
    kills: BTreeMap<Phase, [u32; 3]>,
}

impl Tally {
    pub fn new(server: Server, seed: u64, timeline: &Timeline) -> Tally {
        let times: Vec<String> = PHASES[..4]
            .iter()
            .map(|p| format!("{} {:.1} s", name(*p), timeline.of(*p).as_secs_f64()))
            .collect();
        eprintln!(
            "torture: {server:?}, seed {seed}; undisturbed: {}",
            times.join(", ")
        );
        Tally {
            server,
            rounds: 0,
            kills: BTreeMap::new(),
        }
    }

    /// Said beforehand, for a round that fails ends here.
    pub fn begin(&self, number: u32, round: &Round, evidence: &Path) {
        eprintln!(
            "torture: {:?} round {number}: {round:?}, evidence in {}",
            self.server,
            evidence.display()
        );
    }

    pub fn end(&mut self, number: u32, struck: &[(Phase, Victim)], elapsed: Duration) {
        self.rounds += 1;
        for (phase, victim) in struck {
            self.kills.entry(*phase).or_default()[*victim as usize] += 1;
        }
        let fell: Vec<String> = struck
            .iter()
            .map(|(phase, victim)| format!("{victim:?} in {}", name(*phase)))
            .collect();
        eprintln!(
            "torture: {:?} round {number}: equal after {}, {:.0} s",
            self.server,
            fell.join(" and "),
            elapsed.as_secs_f64()
        );
    }

    /// The histogram.
    pub fn finish(&self) {
        eprintln!(
            "torture: {:?}: {} rounds, no difference; the kills fell in\n  phase   loader  server  for a moment",
            self.server, self.rounds
        );
        for phase in PHASES {
            let Some([loader, server, moment]) = self.kills.get(&phase) else {
                continue;
            };
            let bar = "#".repeat((loader + server + moment) as usize);
            eprintln!(
                "  {:<6}  {loader:>6}  {server:>6}  {moment:>12}  {bar}",
                name(phase)
            );
        }
    }
}

fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Read => "read",
        Phase::Load => "load",
        Phase::Index => "index",
        Phase::Verify => "verify",
        Phase::Done => "done",
    }
}
