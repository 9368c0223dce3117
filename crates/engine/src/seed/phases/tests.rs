//! Which step follows which, tested without a server.

use std::collections::{BTreeMap, VecDeque};

use crate::error::unfit;

use super::*;
use crate::rejects::Budget;

/// Steps that return prepared results, and note the calls.
#[derive(Default)]
struct Told {
    begins: VecDeque<Step<Told>>,
    deliveries: VecDeque<Result<(), load::Error>>,
    indexes: VecDeque<Result<()>>,
    differs: bool,
    imports: Option<ImportedBy>,
    attempts: u32,
    done: Vec<&'static str>,
}

impl Steps for Told {
    type Start = ();
    type Load = ();
    type Rows = ();
    type Differences = &'static str;

    async fn begin(&mut self) -> Result<Step<Self>> {
        match self.begins.pop_front() {
            Some(step) => Ok(step),
            None => Err(unfit!("rows of others are in the way").into()),
        }
    }

    async fn prepare(&mut self, (): ()) -> Result<()> {
        self.done.push("prepare");
        Ok(())
    }

    async fn deliver(&mut self, (): &mut ()) -> Result<(), load::Error> {
        self.done.push("deliver");
        self.deliveries.pop_front().unwrap_or(Ok(()))
    }

    fn imports(&self) -> Option<ImportedBy> {
        self.imports
    }

    async fn fall_back_to_sql(&mut self, (): &mut (), _why: load::Error) -> Result<()> {
        self.done.push("fall back");
        Ok(())
    }

    async fn index(&mut self, (): &()) -> Result<()> {
        self.done.push("index");
        self.indexes.pop_front().unwrap_or(Ok(()))
    }

    async fn verify(&mut self, (): &()) -> Result<Option<&'static str>> {
        self.done.push("verify");
        Ok(self.differs.then_some("a row is missing"))
    }

    async fn recovered(&mut self, _error: &Failure, attempt: u32) -> Result<bool> {
        Ok(attempt < self.attempts)
    }

    async fn finish(&mut self, (): &()) -> Result<()> {
        self.done.push("finish");
        Ok(())
    }

    async fn restore_globals(&mut self) -> Result<()> {
        self.done.push("globals");
        Ok(())
    }
}

fn from(step: Step<Told>) -> Told {
    Told {
        begins: [step].into(),
        ..Told::default()
    }
}

fn spent() -> BudgetSpent {
    BudgetSpent {
        table: "reviews".to_owned(),
        read: 10,
        rules: BTreeMap::new(),
        budget: Budget::Rows(0),
        rejects: None,
        diagnoses: Box::default(),
    }
}

fn damaged() -> load::Error {
    load::Error::Import {
        table: "orders".to_owned(),
        source: unfit!("the page is damaged"),
    }
}

async fn failure(told: &mut Told) -> String {
    match drive(told).await {
        Err(Failure::Error(error)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_interrupt_is_distinguished_from_errors() {
    let mut told = from(Step::Prepare(()));
    told.deliveries
        .push_back(Err(pipeline::Error::Interrupted.into()));
    let end = drive(&mut told).await;
    assert!(matches!(end, Err(Failure::Interrupted)), "{end:?}");
    assert_eq!(told.done.last(), Some(&"globals"));
}

#[tokio::test]
async fn a_run_that_begins_with_nothing_does_every_step() {
    let mut told = from(Step::Prepare(()));
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(
        told.done,
        [
            "globals", "prepare", "deliver", "index", "verify", "finish", "globals"
        ]
    );
}

#[tokio::test]
async fn a_run_that_was_loaded_before_is_only_indexed_and_verified() {
    let mut told = from(Step::Index(()));
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(told.done[1..5], ["index", "verify", "finish", "globals"]);
}

#[tokio::test]
async fn a_spent_budget_ends_the_run_and_nothing_is_indexed() {
    let mut told = from(Step::Prepare(()));
    told.deliveries
        .push_back(Err(pipeline::Error::OverBudget(spent()).into()));
    assert!(matches!(drive(&mut told).await, Ok(End::OverBudget(_))));
    assert_eq!(told.done, ["globals", "prepare", "deliver", "globals"]);
}

#[tokio::test]
async fn a_failed_import_that_the_user_did_not_ask_for_is_loaded_by_sql() {
    let mut told = from(Step::Prepare(()));
    told.imports = Some(ImportedBy::Default);
    told.deliveries.push_back(Err(damaged()));
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(
        told.done[2..6],
        ["deliver", "fall back", "deliver", "index"]
    );
}

#[tokio::test]
async fn a_failed_import_that_the_user_wants_fails_the_run() {
    for imports in [Some(ImportedBy::User), None] {
        let mut told = from(Step::Prepare(()));
        told.imports = imports;
        told.deliveries.push_back(Err(damaged()));
        assert_eq!(
            failure(&mut told).await,
            "orders cannot be imported physically"
        );
        assert_eq!(told.done, ["globals", "prepare", "deliver", "globals"]);
    }
}

#[tokio::test]
async fn global_variables_are_restored_after_success_and_failure() {
    let mut told = Told::default();
    assert!(drive(&mut told).await.is_err());
    assert_eq!(told.done, ["globals", "globals"]);
    let mut told = from(Step::Prepare(()));
    told.deliveries
        .push_back(Err(unfit!("the server is gone").into()));
    assert!(drive(&mut told).await.is_err());
    assert_eq!(told.done.last(), Some(&"globals"));
}

#[tokio::test]
async fn a_difference_is_no_success_and_the_ledger_does_not_say_done() {
    let mut told = from(Step::Index(()));
    told.differs = true;
    let end = drive(&mut told).await.unwrap();
    assert!(matches!(end, End::Differs("a row is missing")));
    assert!(!told.done.contains(&"finish"));
}

#[tokio::test]
async fn after_a_lost_connection_both_index_and_verification_begin_again() {
    let mut told = from(Step::Index(()));
    told.attempts = 3;
    for _ in 0..2 {
        told.indexes
            .push_back(Err(unfit!("the connection is lost").into()));
    }
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(told.done[1..5], ["index", "index", "index", "verify"]);
    // the number of attempts is limited
    let mut told = from(Step::Index(()));
    told.attempts = 2;
    for _ in 0..2 {
        told.indexes
            .push_back(Err(unfit!("the connection is lost").into()));
    }
    assert_eq!(failure(&mut told).await, "the connection is lost");
}

#[tokio::test]
async fn after_a_lost_connection_a_load_begins_with_what_the_ledger_says() {
    let mut told = from(Step::Prepare(()));
    told.attempts = 2;
    told.begins.push_back(Step::Prepare(()));
    told.deliveries
        .push_back(Err(unfit!("the connection is lost").into()));
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(
        told.done[1..6],
        ["prepare", "deliver", "prepare", "deliver", "index"]
    );
    // the ledger may say that the rows are loaded
    let mut told = from(Step::Prepare(()));
    told.attempts = 2;
    told.begins.push_back(Step::Index(()));
    told.deliveries
        .push_back(Err(unfit!("the connection is lost").into()));
    assert!(matches!(drive(&mut told).await, Ok(End::Seeded)));
    assert_eq!(told.done[1..4], ["prepare", "deliver", "index"]);
}

#[tokio::test]
async fn a_finished_run_of_the_same_files_does_nothing() {
    let mut told = from(Step::End(End::Earlier(Verdict::Done)));
    assert!(matches!(
        drive(&mut told).await,
        Ok(End::Earlier(Verdict::Done))
    ));
    assert_eq!(told.done, ["globals", "globals"]);
}
