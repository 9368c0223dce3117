//! One run of `seed`: it is started, watched through the ledger, and killed, or its server is
//! killed.

use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use super::Bench;
use super::plan::{Kill, Phase, Round, Victim};
use crate::support::background::background;
use crate::support::harness::{Scratch, rows};

/// Longer than `seed` retries after it has lost the server, and longer than any phase takes.
const LIMIT: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(4);

const STATE: &str = "SELECT CAST(phase AS CHAR), \
    CAST(EXISTS (SELECT 1 FROM _reviewseed_batches AS b WHERE b.run = r.run) AS CHAR) \
    FROM _reviewseed_runs AS r ORDER BY run DESC LIMIT 1";

/// How long the phases of the undisturbed run took.
#[derive(Debug, Clone, Default)]
pub struct Timeline(Vec<(Phase, Duration)>);

impl Timeline {
    /// The time that was spent in a phase.
    pub fn of(&self, phase: Phase) -> Duration {
        let begin = |wanted: &dyn Fn(Phase) -> bool| {
            let found = self.0.iter().find(|(p, _)| wanted(*p));
            found.map_or(Duration::ZERO, |(_, at)| *at)
        };
        begin(&|p| p > phase).saturating_sub(begin(&|p| p == phase))
    }
}

/// What became of a kill.
pub enum End {
    /// The kill fell in this phase.
    Struck(Phase),
    /// The run ended before the kill.
    TooLate,
}

/// One run.
pub struct Attempt {
    child: Child,
    url: String,
    stderr: PathBuf,
    began: Instant,
}

impl Attempt {
    /// Starts the command of this round, always the same; what it says is added to `stderr` among
    /// the evidence.
    pub fn start(bench: &Bench, scratch: &Scratch, evidence: &Path, round: &Round) -> Attempt {
        let stderr = evidence.join("stderr");
        let log = OpenOptions::new().append(true).create(true).open(&stderr);
        let seed = ["seed", "csv", "--database-url", scratch.url(), "-v"];
        let mut command = background(&bench.home, seed);
        command
            .args(["--verify", "full", "--load", round.load])
            .args(["--connections", &round.connections.to_string()])
            .args(["--batch-size", round.batch_size])
            .args(round.set_global.then_some("--set-global"))
            .arg("--rejects")
            .arg(evidence.join("rejects"))
            .arg("--report")
            .arg(evidence.join("report.json"))
            .stderr(log.unwrap());
        Attempt {
            child: command.spawn().unwrap(),
            url: scratch.url().to_owned(),
            stderr,
            began: Instant::now(),
        }
    }

    /// The phase of the run. Before there is a ledger, the run reads.
    fn phase(&self) -> Phase {
        let Ok(found) = rows(&self.url, STATE) else {
            return Phase::Read;
        };
        let Some(run) = found.first() else {
            return Phase::Read;
        };
        match (run[0].as_deref(), run[1].as_deref()) {
            (Some("load"), Some("0")) => Phase::Read,
            (Some("load"), _) => Phase::Load,
            (Some("index"), _) => Phase::Index,
            (Some("verify"), _) => Phase::Verify,
            (Some("done"), _) => Phase::Done,
            other => panic!("the ledger has a phase {other:?}"),
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    fn wait(&mut self, what: &str) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            if began.elapsed() > LIMIT {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("{what}: still running after {LIMIT:?}\n{}", self.said());
            }
            std::thread::sleep(POLL);
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }

    /// Lets it run and notes when each phase begins.
    pub fn watch_to_the_end(&mut self) -> Timeline {
        let mut timeline = vec![(Phase::Read, Duration::ZERO)];
        let status = loop {
            if let Some(status) = self.ended() {
                break status;
            }
            let phase = self.phase();
            if timeline.last().is_none_or(|(last, _)| *last < phase) {
                timeline.push((phase, self.began.elapsed()));
            }
            std::thread::sleep(POLL);
        };
        assert!(status.success(), "{status}\n{}", self.said());
        if timeline.last().is_none_or(|(last, _)| *last < Phase::Done) {
            timeline.push((Phase::Done, self.began.elapsed()));
        }
        Timeline(timeline)
    }

    /// Waits for the moment and kills.
    pub fn strike(&mut self, bench: &Bench, kill: &Kill, timeline: &Timeline) -> End {
        while self.phase() < kill.phase {
            if self.ended().is_some() {
                self.must_be(&[0]);
                return End::TooLate;
            }
            std::thread::sleep(POLL);
        }
        std::thread::sleep(timeline.of(kill.phase).mul_f64(kill.moment));
        let phase = self.phase();
        if self.ended().is_some() {
            self.must_be(&[0]);
            return End::TooLate;
        }
        match kill.victim {
            Victim::Loader => {
                self.child.kill().unwrap();
                if self.wait("the killed loader").signal() != Some(9) {
                    self.must_be(&[0]);
                    return End::TooLate;
                }
            }
            Victim::Server => {
                bench.kill();
                self.wait("the loader whose server was killed");
                bench.restart();
                // it may have had its last answer
                self.must_be(&[0, 2]);
            }
            Victim::ServerForAMoment => {
                bench.kill();
                bench.restart();
                self.wait("the loader whose server was restarted");
                self.must_be(&[0, 2]);
            }
        }
        End::Struck(phase)
    }

    /// Demands one of these exit codes of a run that has ended.
    fn must_be(&mut self, codes: &[i32]) {
        let status = self.child.wait().unwrap();
        let good = status.code().is_some_and(|code| codes.contains(&code));
        assert!(good, "{status}, not one of {codes:?}\n{}", self.said());
    }

    /// Waits until the run ends; it must succeed.
    pub fn finish(&mut self) {
        self.wait("the run that nobody kills");
        self.must_be(&[0]);
    }

    /// Lets it run once more, when everything is done.
    pub fn finds_nothing_to_do(&mut self) {
        let before = self.said().len();
        self.finish();
        let said = self.said().split_off(before);
        assert!(said.contains("nothing to do"), "{said}");
    }
}
