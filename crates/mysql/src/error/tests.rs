use std::io::{self, ErrorKind};

use super::*;
use crate::db::lacks_right;
use crate::precheck::{Check, Checks};
use crate::retry::{Topology, breaks_connection, is_transient};
use crate::server_error::*;
use model::wording::chain;

fn answer(code: u16, state: &str, message: &str) -> mysql_async::Error {
    mysql_async::Error::Server(mysql_async::ServerError {
        code,
        message: message.to_owned(),
        state: state.to_owned(),
    })
}

#[test]
fn an_answer_of_the_server_keeps_number_state_and_words() {
    let error = Error::from(answer(ER_DUP_ENTRY, "23000", "Duplicate entry '7'"));
    let error = error.context("cannot load").context("cannot go on");
    let server = error.server().unwrap();
    assert_eq!(
        (server.code, &*server.state, &*server.message),
        (ER_DUP_ENTRY, "23000", "Duplicate entry '7'")
    );
    assert_eq!(error.code(), Some(ER_DUP_ENTRY));
}

#[test]
fn the_text_is_that_of_the_client_after_that_of_the_context() {
    let client = || answer(ER_DUP_ENTRY, "23000", "Duplicate entry '7'");
    let alone = Error::from(client());
    assert_eq!(alone.to_string(), client().to_string());
    let with = alone.context("cannot load");
    assert_eq!(with.to_string(), "cannot load");
    assert_eq!(
        chain(&with),
        format!("cannot load: {}", chain(&Error::from(client())))
    );
    assert!(format!("{with:#}").starts_with(&format!("cannot load: {}", client())));
}

#[test]
fn a_lost_connection_is_distinguished_from_other_errors_of_a_client() {
    let lost = || io::Error::from(ErrorKind::BrokenPipe);
    for error in [
        Error::from(sqlx::Error::Io(lost())),
        Error::from(sqlx::Error::Tls(Box::new(lost()))),
        Error::from(mysql_async::Error::Io(lost().into())),
    ] {
        assert!(matches!(error, Error::Connection(_)), "{error:?}");
    }
    let unreadable = Error::from(sqlx::Error::RowNotFound);
    assert!(matches!(unreadable, Error::Client(_)), "{unreadable:?}");
}

#[test]
fn a_file_of_this_machine_is_no_connection() {
    let url = crate::db::DatabaseUrl::parse("mysql://app@db/shop").unwrap();
    let file = Error::from(io::Error::from(ErrorKind::NotFound)).context("cannot read 't.ibd'");
    assert!(!is_transient(&file, &url, Topology::Single));
    assert_eq!(chain(&file), "cannot read 't.ibd': entity not found");
}

#[test]
fn an_error_of_a_client_is_judged_like_the_servers_answer_that_it_holds() {
    let url = crate::db::DatabaseUrl::parse("mysql://app@db/shop").unwrap();
    let deadlock = answer(ER_LOCK_DEADLOCK, "40001", "Deadlock found");
    let error = Error::from(deadlock).context("cannot load");
    assert_eq!(error.code(), Some(ER_LOCK_DEADLOCK));
    assert!(is_transient(&error, &url, Topology::Single));
    assert!(!breaks_connection(&error));
    let lost = Error::from(sqlx::Error::Io(ErrorKind::BrokenPipe.into()));
    assert!(is_transient(&lost, &url, Topology::Single));
    let other = Error::other("no reason");
    assert_eq!(other.code(), None);
    assert!(!lacks_right(&other) && !is_transient(&other, &url, Topology::Single));
}

#[test]
fn a_missing_value_is_unfit() {
    let error = None::<u8>.context("it has no key").unwrap_err();
    assert!(matches!(&error, Error::Unfit(words) if words == "it has no key"));
}

#[test]
fn a_failed_check_keeps_the_kind_of_its_error() {
    let url = crate::db::DatabaseUrl::parse("mysql://app@db/shop").unwrap();
    let silent = io::Error::from(ErrorKind::TimedOut);
    let lost = Error::Connection(silent.into()).context("cannot connect");
    let mut checks = Checks::default();
    checks.add(Check::failed("server", lost));
    let failure = checks.into_failures().remove(0);
    assert!(is_transient(&failure, &url, Topology::Single));
    assert!(
        format!("{failure:#}").starts_with("cannot connect: "),
        "{failure:#}"
    );
}
