//! MySQL Router, with a connection to the server for each client, and with connections that clients
//! share.

use std::collections::BTreeSet;
use std::time::Duration;

use mysql::db::{self, DatabaseUrl, MySqlConnection};
use sqlx::{ConnectOptions, Executor, MySql, Row};

use super::{Backend, Proxy, is_no_difference};
use crate::harness::{Server, wait_for};

fn before(backend: &Backend, more: &str) -> Proxy {
    Proxy::start("mysql-router", "mysqlrouter", |port, folder| {
        let plugins = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/.servers/mysql-router/lib/mysqlrouter/plugin"
        );
        let (folder, server) = (folder.display(), backend.port);
        format!(
            "[DEFAULT]\nplugin_folder={plugins}\nlogging_folder=\nruntime_folder={folder}\n\
             data_folder={folder}\n[logger]\nlevel=INFO\n[connection_pool]\n\
             max_idle_server_connections=8\n[routing:only]\nbind_address=127.0.0.1\n\
             bind_port={port}\ndestinations=127.0.0.1:{server}\n\
             routing_strategy=first-available\n{more}\n"
        )
    })
}

/// The router sees the statements, and gives the connection of a client that is idle to another.
fn sharing(backend: &Backend) -> Proxy {
    let data = backend.data.display();
    let more = format!(
        "client_ssl_mode=REQUIRED\nserver_ssl_mode=REQUIRED\nconnection_sharing=1\n\
         connection_sharing_delay=0\nclient_ssl_cert={data}/server-cert.pem\n\
         client_ssl_key={data}/server-key.pem"
    );
    before(backend, &more)
}

#[test]
fn a_load_through_it_has_the_same_result_as_one_without_it() {
    let backend = Backend::of(Server::MySQL);
    let proxy = before(
        &backend,
        "client_ssl_mode=PASSTHROUGH\nserver_ssl_mode=AS_CLIENT",
    );
    is_no_difference(&backend, &proxy);
}

#[test]
fn a_load_through_shared_connections_has_the_same_result() {
    let backend = Backend::of(Server::MySQL);
    is_no_difference(&backend, &sharing(&backend));
}

/// The server's number of a session, and what a run sets in it.
const SESSION: &str = "SELECT CAST(CONNECTION_ID() AS CHAR), CONCAT_WS('|', @@sql_mode, \
    @@time_zone, @@collation_connection, @@transaction_isolation, @@net_write_timeout)";

/// Runs a check with two connections of the program through a router that shares connections.
fn shared(check: impl AsyncFnOnce(MySqlConnection, MySqlConnection)) {
    let backend = Backend::of(Server::MySQL);
    let proxy = sharing(&backend);
    let url = DatabaseUrl::parse(&proxy.url("mysql")).unwrap();
    let url = url.with_net_timeout(Duration::from_secs(1));
    wait_for(async {
        let mut numbers = BTreeSet::new();
        // clients that change nothing in their sessions get the same connection in turn
        let mut clients = Vec::new();
        for _ in 0..2 {
            let mut client = url.sqlx().connect().await.unwrap();
            numbers.insert(number(&mut client).await);
            clients.push(client);
        }
        assert_eq!(numbers.len(), 1, "the router shares no connections");
        let first = db::connect(&url).await.unwrap();
        check(first, db::connect(&url).await.unwrap()).await;
    });
}

async fn number(client: impl Executor<'_, Database = MySql>) -> String {
    let row = sqlx::raw_sql(SESSION).fetch_one(client).await.unwrap();
    row.get_unchecked(0)
}

#[test]
fn the_sessions_of_a_run_keep_their_connections_and_settings() {
    shared(async |mut first, mut second| {
        let mut seen = BTreeSet::new();
        for _ in 0..4 {
            for client in [&mut first, &mut second] {
                let row = sqlx::raw_sql(SESSION).fetch_one(client).await.unwrap();
                let (number, settings): (String, String) =
                    (row.get_unchecked(0), row.get_unchecked(1));
                assert!(settings.contains("STRICT_ALL_TABLES"), "{settings}");
                seen.insert((number, settings));
            }
        }
        assert_eq!(seen.len(), 2, "{seen:?}");
    });
}

/// Another session on its connection would look as if it did not execute the statement.
#[test]
fn a_long_statement_is_waited_for() {
    shared(async |mut first, mut second| {
        assert_ne!(number(&mut first).await, number(&mut second).await);
        let slept = sqlx::raw_sql("SELECT SLEEP(5)").fetch_one(&mut first).await;
        slept.unwrap();
    });
}
