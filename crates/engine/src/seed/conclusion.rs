//! Reports the end of a run.

use super::finished;
use super::phases::End;
use super::run::Run;
use crate::Verdict;
use crate::check;
use crate::event::Event;
use model::report::{Outcome, Report};
use mysql::verify::Difference;

impl Run<'_> {
    /// Reports how the run ended.
    pub(super) fn conclude(&self, end: End<Vec<Difference>>, report: &mut Report) -> Verdict {
        match end {
            End::Earlier(verdict) => verdict,
            End::Seeded => {
                report.outcome = Outcome::Seeded;
                self.events.emit(Event::Summary(report));
                check::tell_rejects(report, &self.options.reading, self.events);
                let verified = finished::verified(self.depth());
                self.events.info(&format!("seed: done; {verified}"));
                Verdict::Done
            }
            End::Differs(differences) => {
                report.outcome = Outcome::VerificationFailed;
                self.events.emit(Event::Summary(report));
                finished::tell_differences(&differences, self.events);
                Verdict::Found
            }
            End::OverBudget(spent) => {
                report.outcome = Outcome::BudgetSpent;
                let unchanged = match self.syncs() {
                    true => "\n  --sync has changed nothing in the database",
                    false => "",
                };
                self.events.error(&format!("{spent}{unchanged}"));
                Verdict::Found
            }
        }
    }
}
