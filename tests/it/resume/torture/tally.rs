//! Reports the progress of the rounds, and at the end the phases in which the faults occurred.

#![expect(
    clippy::print_stderr,
    reason = "the output of a test, shown by --nocapture and when it fails"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::plan::{Fault, Mode, Phase, Round, Victim};
use super::strike::Struck;
use crate::support::harness::Server;
use crate::support::network::Fault as Loss;

/// The columns of the histogram.
const FAULTS: [&str; 8] = [
    "loader",
    "server",
    "restart",
    "reset",
    "resets",
    "no answer",
    "half-open",
    "silence",
];

const PHASES: [(Phase, &str); 8] = [
    (Phase::Read, "read"),
    (Phase::Load, "load"),
    (Phase::Stop, "stop"),
    (Phase::Place, "place"),
    (Phase::Start, "start"),
    (Phase::Index, "index"),
    (Phase::Verify, "verify"),
    (Phase::Done, "done"),
];

/// Counts the faults by mode, phase and kind.
pub struct Tally {
    server: Server,
    began: Instant,
    rounds: u32,
    faults: BTreeMap<(Mode, Phase), [u32; FAULTS.len()]>,
    /// By kind: faults, and runs that came to their end in spite of it.
    completed: [(u32, u32); FAULTS.len()],
}

impl Tally {
    pub fn new(server: Server, seed: u64) -> Tally {
        eprintln!("torture: {server:?}, seed {seed}");
        Tally {
            server,
            began: Instant::now(),
            rounds: 0,
            faults: BTreeMap::new(),
            completed: [(0, 0); FAULTS.len()],
        }
    }

    /// Printed beforehand, because a round that fails ends the test.
    pub fn begin(&self, number: u32, round: &Round, evidence: &Path) {
        eprintln!(
            "torture: {:?} round {number}: {round:?}, evidence in {}",
            self.server,
            evidence.display()
        );
    }

    pub fn end(&mut self, (number, mode): (u32, Mode), struck: &[Struck], elapsed: Duration) {
        self.rounds += 1;
        let mut happened = Vec::new();
        for Struck {
            phase,
            fault,
            completed,
            error,
            ..
        } in struck
        {
            let kind = kind(*fault);
            self.faults.entry((mode, *phase)).or_default()[kind] += 1;
            self.completed[kind].0 += 1;
            self.completed[kind].1 += u32::from(*completed);
            let end = match (completed, error) {
                (true, _) => ", survived".to_owned(),
                (false, Some(error)) => format!(" ({error})"),
                (false, None) => String::new(),
            };
            happened.push(format!("{} in {}{end}", FAULTS[kind], name(*phase)));
        }
        eprintln!(
            "torture: {:?} round {number}: equal after {}; {:.0} s, {:.0} rounds per hour",
            self.server,
            match happened.is_empty() {
                true => "no fault: the run was too fast for it".to_owned(),
                false => happened.join(" and "),
            },
            elapsed.as_secs_f64(),
            self.per_hour(),
        );
    }

    /// How long it has taken so far.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn per_hour(&self) -> f64 {
        f64::from(self.rounds) * 3600.0 / self.elapsed().as_secs_f64()
    }

    /// The histogram.
    pub fn finish(&self) {
        eprintln!(
            "torture: {:?}: {} rounds in {:.0} s, {:.0} per hour, no difference",
            self.server,
            self.rounds,
            self.elapsed().as_secs_f64(),
            self.per_hour()
        );
        let line = |head: &str, cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>9}")).collect();
            eprintln!("  {head:<16}{}", cells.join(" "));
        };
        line("faults in", &FAULTS.map(str::to_owned));
        for ((mode, phase), counts) in &self.faults {
            let head = format!("{mode:?} {}", name(*phase));
            line(&head, &counts.map(|count| count.to_string()));
        }
        line("all", &self.completed.map(|(all, _)| all.to_string()));
        line(
            "survived",
            &self.completed.map(|(_, ends)| ends.to_string()),
        );
    }
}

fn kind(fault: Fault) -> usize {
    match fault {
        Fault::Kill(Victim::Loader, ..) => 0,
        Fault::Kill(Victim::Server, ..) => 1,
        Fault::Kill(Victim::ServerForAMoment, ..) => 2,
        Fault::Lost(Loss::Cut, _) => 3,
        Fault::Lost(Loss::AllCut, _) => 4,
        Fault::Lost(Loss::AnswerLost, _) => 5,
        Fault::Lost(Loss::HalfOpen, _) => 6,
        Fault::Lost(Loss::Silence, _) => 7,
    }
}

fn name(phase: Phase) -> &'static str {
    let found = PHASES.iter().find(|(of, _)| *of == phase);
    found.map_or("", |(_, name)| name)
}
