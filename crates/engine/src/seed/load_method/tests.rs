//! The choice of the load method, and the global variable, tested with a fake server.

use std::sync::{Arc, Mutex};

use super::*;
use crate::event::{Event, Subscriber};
use crate::seed::fake_server::FakeServer;
use mysql::engines::{ALL, MYSQL};

#[derive(Default)]
struct Texts(Mutex<Vec<String>>);

impl Subscriber for Texts {
    fn receive(&self, event: Event<'_>) {
        if let Event::Message { text, .. } = event {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }
}

fn wish(method: Option<LoadMethod>, set_global: bool) -> Wish {
    Wish {
        engine: &MYSQL,
        method,
        set_global,
        dry_run: false,
    }
}

async fn chosen(server: &mut FakeServer, wish: Wish) -> Result<SqlLoad> {
    choose(server, wish, &Events::ignored()).await
}

#[tokio::test]
async fn load_data_is_used_where_the_server_allows_it_and_otherwise_insert() {
    for method in [None, Some(LoadMethod::Physical)] {
        let mut server = FakeServer::default();
        let way = chosen(&mut server, wish(method, false)).await.unwrap();
        assert_eq!(way, SqlLoad::Insert);
        server.local_infile = true;
        let way = chosen(&mut server, wish(method, false)).await.unwrap();
        assert_eq!(way, SqlLoad::LocalInfile);
    }
}

#[tokio::test]
async fn insert_is_used_although_the_server_allows_load_data() {
    let mut server = FakeServer {
        local_infile: true,
        ..FakeServer::default()
    };
    let wish = wish(Some(LoadMethod::Insert), true);
    assert_eq!(chosen(&mut server, wish).await.unwrap(), SqlLoad::Insert);
    assert!(server.noted.is_empty());
}

#[tokio::test]
async fn a_global_variable_is_changed_only_if_allowed_and_restored() {
    let mut server = FakeServer {
        may_set: true,
        ..FakeServer::default()
    };
    assert_eq!(
        chosen(&mut server, wish(None, false)).await.unwrap(),
        SqlLoad::Insert
    );
    assert!(!server.local_infile);
    assert_eq!(
        chosen(&mut server, wish(None, true)).await.unwrap(),
        SqlLoad::LocalInfile
    );
    assert!(server.local_infile);
    let texts = Arc::new(Texts::default());
    let events = Events::new(Arc::clone(&texts) as Arc<dyn Subscriber>);
    restore_globals(&mut server, &events).await.unwrap();
    assert!(!server.local_infile);
    let expected = "seed: restored the global variable local_infile";
    assert_eq!(*texts.0.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn a_dry_run_changes_no_global_variable() {
    let mut server = FakeServer {
        may_set: true,
        ..FakeServer::default()
    };
    let wish = Wish {
        dry_run: true,
        ..wish(None, true)
    };
    assert_eq!(
        chosen(&mut server, wish).await.unwrap(),
        SqlLoad::LocalInfile
    );
    assert!(!server.local_infile && server.noted.is_empty());
}

const MIB: u64 = 1 << 20;

/// What the run says while it enlarges the redo log to 1 GiB.
async fn enlarged(server: &mut FakeServer, dry_run: bool) -> Vec<String> {
    let texts = Arc::new(Texts::default());
    let events = Events::new(Arc::clone(&texts) as Arc<dyn Subscriber>);
    let how = (1024 * MIB, dry_run);
    enlarge_redo_log(server, how, &events).await.unwrap();
    texts.0.lock().unwrap().clone()
}

#[tokio::test]
async fn the_redo_log_is_enlarged_once_and_gets_its_own_size_back() {
    let mut server = FakeServer {
        may_set: true,
        redo_log: 100 * MIB,
        ..FakeServer::default()
    };
    let told = enlarged(&mut server, true).await;
    assert!(told[0].contains("from 100 to 1,024 MiB"), "{told:?}");
    assert_eq!(server.redo_log, 100 * MIB);
    assert!(server.noted.is_empty());
    let told = enlarged(&mut server, false).await;
    assert!(told[0].contains("it will be restored"), "{told:?}");
    assert_eq!(server.redo_log, 1024 * MIB);
    // after a lost connection, or beside another run
    assert!(enlarged(&mut server, false).await.is_empty());
    assert_eq!(server.noted, ["innodb_redo_log_capacity"]);
    restore_globals(&mut server, &Events::ignored())
        .await
        .unwrap();
    assert_eq!(server.redo_log, 100 * MIB);
}

#[tokio::test]
async fn an_account_that_may_not_enlarge_the_redo_log_loads_with_the_small_one() {
    let mut server = FakeServer {
        redo_log: 100 * MIB,
        ..FakeServer::default()
    };
    let told = enlarged(&mut server, false).await;
    let expected = "seed: Access denied; loading with the small redo log";
    assert_eq!(told, [expected]);
    assert_eq!(server.redo_log, 100 * MIB);
}

#[tokio::test]
async fn required_load_data_that_is_not_available_is_an_error_with_remedies() {
    let wanted = Some(LoadMethod::LocalInfile);
    let mut server = FakeServer::default();
    let error = chosen(&mut server, wish(wanted, false)).await.unwrap_err();
    let text = error.to_string();
    for way_out in [
        "SET GLOBAL local_infile = ON",
        "--set-global",
        "--load insert",
    ] {
        assert!(text.contains(way_out), "{text}");
    }
    let error = chosen(&mut server, wish(wanted, true)).await.unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("may not switch it on: Access denied"),
        "{text}"
    );
    // if LOAD DATA is not required, an account without the privilege is no error
    let way = chosen(&mut server, wish(None, true)).await.unwrap();
    assert_eq!(way, SqlLoad::Insert);
}

#[tokio::test]
async fn an_engine_decides_by_which_statement_rows_are_loaded_if_the_user_does_not() {
    for engine in ALL {
        let mut server = FakeServer {
            local_infile: true,
            ..FakeServer::default()
        };
        let wished = |method| Wish {
            engine,
            ..wish(method, false)
        };
        assert_eq!(
            chosen(&mut server, wished(None)).await.unwrap(),
            engine.load
        );
        let asked = wished(Some(LoadMethod::LocalInfile));
        assert_eq!(
            chosen(&mut server, asked).await.unwrap(),
            SqlLoad::LocalInfile
        );
        let asked = wished(Some(LoadMethod::Insert));
        assert_eq!(chosen(&mut server, asked).await.unwrap(), SqlLoad::Insert);
    }
}
