//! What to do about the first tier that is over a limit.

use super::{Comparison, TierKind};

impl Comparison {
    /// What to do next about the first tier that is over a limit; `None` if every tier is within
    /// the limits, or if that tier was stopped or could not be tested, because then the error says
    /// what to do.
    pub fn next_step(&self) -> Option<String> {
        let fault = self.first_fault().filter(|tier| !tier.first.stopped)?;
        let outcome = fault.first.outcome.as_ref().ok()?;
        let at = self.tiers.iter().position(|tier| tier.name == fault.name)?;
        let before = at.checked_sub(1).and_then(|before| self.tiers.get(before));
        let name = &fault.name;
        let has_errors = outcome.error_percent > self.limits.error_percent;
        if has_errors && outcome.has_only_rejections() {
            return Some(format!(
                "{name} rejects the requests, so check method, path, query and body of its --http"
            ));
        }
        Some(match (before, fault.kind) {
            (Some(before), _) => format!(
                "the tiers up to {} are within the limits, so look at {name} itself and at its \
                 connections to {}",
                before.name, before.name
            ),
            (None, TierKind::Sql) => "look at the database: is it under another load, does its \
                 memory hold the data, and are its indexes complete (reviewseed verify)?"
                .to_owned(),
            // nothing was understood, and a warning says why
            (None, TierKind::Http) if outcome.diagnosis.is_some() => return None,
            (None, TierKind::Http) => format!(
                "to find out whether {name} or a tier that it asks is at fault, test those \
                 before it: --compare with --sql and an --http NAME=URL for each, the database first"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{comparison, outcome, tier};
    use super::*;

    fn next_step(tiers: Vec<super::super::Compared>) -> Option<String> {
        comparison(tiers).next_step()
    }

    #[test]
    fn the_next_step_is_about_the_first_tier_over_a_limit() {
        let good = |name| tier(name, Ok(super::super::Outcome::default()));
        let bad = |name| tier(name, Ok(outcome(10)));
        assert_eq!(next_step(vec![good("api"), good("front")]), None);
        let said = next_step(vec![
            good("api"),
            good("balancer"),
            bad("front"),
            bad("edge"),
        ]);
        assert_eq!(
            said.unwrap(),
            "the tiers up to balancer are within the limits, so look at front itself and at its \
             connections to balancer"
        );
        let said = next_step(vec![bad("api"), bad("front")]).unwrap();
        assert!(
            said.contains("whether api or a tier that it asks"),
            "{said}"
        );
        let mut sql = bad("sql");
        sql.kind = TierKind::Sql;
        let said = next_step(vec![sql]).unwrap();
        assert!(said.contains("reviewseed verify"), "{said}");
        assert_eq!(next_step(vec![tier("api", Err("refused"))]), None);
        let mut wrong = bad("front");
        let answers = [(200, 5), (404, 2), (422, 3)];
        if let Ok(outcome) = &mut wrong.first.outcome {
            (outcome.unsent, outcome.not_answered) = (0, 0);
            outcome.statuses = answers.into_iter().collect();
        }
        let said = next_step(vec![good("api"), wrong]).unwrap();
        assert!(
            said.starts_with("front rejects the requests, so check method, path"),
            "{said}"
        );
    }
}
