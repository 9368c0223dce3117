//! One run of `seed`: it is started, watched through the ledger, and disturbed.

use std::fs::{self, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use super::plan::{Fault, Link, Phase, Place, Strike, Victim};
use super::{Calm, Case, in_place};
use crate::support::background::background;
use crate::support::network::{Conditions, Fault as Loss, Moment, Network};

/// Longer than `seed` retries after it has lost the server, and longer than any phase takes.
const LIMIT: Duration = Duration::from_secs(1_200);
const POLL: Duration = Duration::from_millis(8);

/// How long a network is silent: the loader notices it earlier, with its `--net-timeout`.
const SILENCE: Duration = Duration::from_secs(3);
const NET_TIMEOUT: &str = "2";

/// What a run says while the server is still at a statement of a loader that was killed.
const STILL_AT_WORK: &str = "another reviewseed works on";

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

    /// The time of the whole run.
    fn whole(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |(_, at)| *at)
    }

    /// The phase to wait for, and the time to wait then. If the phase was too short to be
    /// seen, the moment is one of the whole run.
    fn aim(&self, phase: Phase, moment: f64) -> (Phase, Duration) {
        let is_seen = self.0.iter().any(|(seen, _)| *seen == phase);
        match is_seen {
            true => (phase, self.of(phase).mul_f64(moment)),
            false => (Phase::Read, self.whole().mul_f64(moment)),
        }
    }
}

/// A fault that has happened.
#[derive(Debug, Clone)]
pub struct Struck {
    pub phase: Phase,
    pub fault: Fault,
    /// Whether the run came to its end in spite of it.
    pub completed: bool,
    /// Whether the ledger says that the run is done.
    pub is_done: bool,
    /// The error with which it ended.
    pub error: Option<String>,
}

/// What became of a fault.
pub enum End {
    /// The fault happened.
    Struck(Struck),
    /// The run ended before the fault.
    TooLate,
}

/// One run.
pub struct Attempt<'a> {
    case: &'a Case<'a>,
    child: Child,
    network: Option<Network>,
    stderr: PathBuf,
    /// Length of what the attempts before it have said.
    said_before: usize,
    began: Instant,
}

/// The network of a run that this happens to.
fn network(case: &Case, strike: &Strike, calm: &Calm) -> Option<Network> {
    let Link::Network {
        latency,
        bytes_per_second,
    } = strike.link
    else {
        return None;
    };
    let (fault, moment) = match strike.fault {
        Fault::Kill(..) => (Loss::Cut, Moment::Never),
        Fault::Lost(loss, Place::Statement(share)) => {
            let number = (calm.statements as f64 * share) as usize;
            (loss, Moment::Statement(number + 1))
        }
        Fault::Lost(loss, Place::Bytes(share)) => {
            (loss, Moment::Bytes((calm.bytes as f64 * share) as u64 + 1))
        }
    };
    let conditions = Conditions {
        latency,
        bytes_per_second,
        ..Conditions::of(fault, moment)
    };
    Some(Network::before(case.scratch.url(), conditions))
}

impl<'a> Attempt<'a> {
    /// Starts the command of this round, to be struck.
    pub fn under(case: &'a Case<'a>, strike: &Strike, calm: &Calm) -> Attempt<'a> {
        let silent = strike.fault.is_silent();
        let more: &[&str] = if silent {
            &["--net-timeout", NET_TIMEOUT]
        } else {
            &[]
        };
        Attempt::start(case, network(case, strike, calm), more)
    }

    /// Starts the command of this round, behind a network or not; what it says is added to `stderr`
    /// among the evidence.
    pub fn start(case: &'a Case<'a>, network: Option<Network>, more: &[&str]) -> Attempt<'a> {
        let (round, url) = (case.round, case.scratch.url());
        let stderr = case.evidence.join("stderr");
        let log = OpenOptions::new().append(true).create(true).open(&stderr);
        let said_before = fs::metadata(&stderr).unwrap().len() as usize;
        let mut command = background(&case.bench.home, ["seed"]);
        match case.bench.private {
            Some(_) => command.env("REVIEWSEED_MYSQLD", case.bench.server.program()),
            None => command
                .arg("--database-url")
                .arg(network.as_ref().map_or(url.to_owned(), |n| n.url(url))),
        };
        command
            .args(round.data.files())
            .args(["-v", "--verify", "full", "--max-rejects", "100%"])
            .args(round.mode.options())
            .args(["--load", round.load])
            .args(["--connections", &round.connections.to_string()])
            .args(["--batch-size", round.batch_size])
            .args(round.set_global.then_some("--set-global"))
            .args(more)
            .arg("--rejects")
            .arg(case.evidence.join("rejects"))
            .arg("--report")
            .arg(case.evidence.join("report.json"))
            .stderr(log.unwrap());
        Attempt {
            case,
            child: command.spawn().unwrap(),
            network,
            said_before,
            stderr,
            began: Instant::now(),
        }
    }

    /// What it belongs to.
    pub fn case(&self) -> &'a Case<'a> {
        self.case
    }

    fn phase(&self) -> Phase {
        let step = match self.case.bench.private {
            Some(_) => in_place::step(&self.case.bench.home),
            None => None,
        };
        step.unwrap_or_else(|| self.case.ledger.phase())
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it ends, and calls a function in the meantime.
    fn wait_and(&mut self, what: &str, mut each: impl FnMut(&Attempt)) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            each(self);
            if began.elapsed() > LIMIT {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("{what}: still running after {LIMIT:?}\n{}", self.said());
            }
            std::thread::sleep(POLL);
        }
    }

    fn wait(&mut self, what: &str) -> ExitStatus {
        self.wait_and(what, |_| ())
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }

    /// What it has said itself, and not the attempts before it.
    fn own_words(&self) -> String {
        self.said().split_off(self.said_before)
    }

    fn error(&self) -> Option<String> {
        let said = self.own_words();
        let error = said.lines().find(|line| line.starts_with("error"));
        error.map(str::to_owned)
    }

    /// Lets it run and notes how long it takes.
    pub fn time_to_the_end(&mut self) -> Timeline {
        let status = self.wait("the undisturbed run");
        assert!(status.success(), "{status}\n{}", self.said());
        Timeline(vec![
            (Phase::Read, Duration::ZERO),
            (Phase::Done, self.began.elapsed()),
        ])
    }

    /// Lets it run and notes when each phase begins, and how much it sends.
    pub fn watch_to_the_end(&mut self) -> (Timeline, usize, u64) {
        let mut timeline = vec![(Phase::Read, Duration::ZERO)];
        let status = self.wait_and("the undisturbed run", |run| {
            let phase = run.phase();
            if timeline.last().is_none_or(|(last, _)| *last < phase) {
                timeline.push((phase, run.began.elapsed()));
            }
        });
        assert!(status.success(), "{status}\n{}", self.said());
        if timeline.last().is_none_or(|(last, _)| *last < Phase::Done) {
            timeline.push((Phase::Done, self.began.elapsed()));
        }
        let network = self.network.as_ref().unwrap();
        (Timeline(timeline), network.statements(), network.bytes())
    }

    /// Lets it run until the fault has happened and the run has ended.
    pub fn suffer(&mut self, strike: &Strike, timeline: &Timeline) -> End {
        let struck = match strike.fault {
            Fault::Kill(victim, phase, moment) => {
                let came = match self.case.bench.private {
                    Some(_) => in_place::wait(self, (phase, moment), timeline.whole()),
                    None => self.wait_until(timeline.aim(phase, moment)),
                };
                if came { self.kill(victim) } else { None }
            }
            Fault::Lost(loss, _) => self.lose(loss),
        };
        let Some((phase, completed)) = struck else {
            self.must_be(&[0]);
            return End::TooLate;
        };
        End::Struck(Struck {
            phase,
            fault: strike.fault,
            completed,
            is_done: self.phase() == Phase::Done,
            error: self.error(),
        })
    }

    /// Waits for a moment of a phase; `false` when the run ends before.
    fn wait_until(&mut self, (aim, moment): (Phase, Duration)) -> bool {
        while self.phase() < aim {
            if self.ended().is_some() {
                return false;
            }
            std::thread::sleep(POLL);
        }
        std::thread::sleep(moment);
        self.ended().is_none()
    }

    /// Kills: the phase, and whether the run completed; `None` when it had ended before. If the
    /// server is stopped at this moment, the loader is killed instead.
    fn kill(&mut self, victim: Victim) -> Option<(Phase, bool)> {
        let phase = self.phase();
        if self.ended().is_some() {
            return None;
        }
        let bench = self.case.bench;
        let is_killed = victim != Victim::Loader && bench.kill();
        match victim {
            _ if !is_killed => {
                self.child.kill().unwrap();
                let killed = self.wait("the killed loader").signal() == Some(9);
                return killed.then_some((phase, false));
            }
            Victim::ServerForAMoment => {
                bench.restart();
                self.wait("the loader whose server was restarted");
            }
            Victim::Loader | Victim::Server => {
                self.wait("the loader whose server was killed");
                bench.restart();
            }
        }
        // it may have had its last answer
        Some((phase, self.must_be(&[0, 2]) == 0))
    }

    /// Waits until the network has failed and the run has ended. A silent network works again after
    /// a while.
    fn lose(&mut self, loss: Loss) -> Option<(Phase, bool)> {
        let (mut phase, mut healed) = (None, false);
        self.wait_and("the run whose network fails", |run| {
            let network = run.network.as_ref().unwrap();
            let Some((_, since)) = network.struck() else {
                return;
            };
            phase.get_or_insert_with(|| run.phase());
            if loss == Loss::Silence && !healed && since.elapsed() > SILENCE {
                network.heal();
                healed = true;
            }
        });
        // the last statement may be the one
        if self.network.as_ref().unwrap().struck().is_some() {
            phase.get_or_insert(Phase::Done);
        }
        Some((phase?, self.must_be(&[0, 2]) == 0))
    }

    /// Demands one of these exit codes of a run that has ended, and gives it.
    fn must_be(&mut self, codes: &[i32]) -> i32 {
        let status = self.child.wait().unwrap();
        let code = status.code().filter(|code| codes.contains(code));
        code.unwrap_or_else(|| panic!("{status}, not one of {codes:?}\n{}", self.said()))
    }

    /// Waits until the run ends; it must succeed. `false` when a statement of an earlier run is
    /// still being executed.
    pub fn finishes(&mut self) -> bool {
        self.wait("the run that nobody disturbs");
        let waits = self.own_words().contains(STILL_AT_WORK);
        match waits {
            true => self.must_be(&[0, 2]) == 0,
            false => self.must_be(&[0]) == 0,
        }
    }

    /// Lets it run once more, when everything is done.
    pub fn finds_nothing_to_do(&mut self) {
        assert!(self.finishes(), "{}", self.said());
        let said = self.own_words();
        assert!(said.contains("nothing to do"), "{said}");
    }
}
