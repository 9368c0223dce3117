//! Files that the server cannot import, made by bypassing the verifier: the table is dropped, no
//! files are left, and the server keeps running.

use std::fs::File;
use std::os::unix::fs::FileExt;

use innodb_file::build::Build;
use innodb_file::page::{INFIMUM, PAGE, Stamp, u16_at};
use model::batch::{Batch, BatchSize, Layout, Value};
use mysql::db::{self, DatabaseUrl, ServerInfo};
use mysql::inspect;
use mysql::ledger;
use mysql::physical::{export, fitness, host, import, recover};
use mysql::target::Target;
use mysql_schema::parse::parse;

use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

const SCHEMA: &str = "CREATE TABLE made (id INT UNSIGNED NOT NULL PRIMARY KEY, n INT NOT NULL, KEY k (n)) CHARSET utf8mb4;";

/// Root of the clustered tree.
fn root(server: Server) -> u64 {
    match server {
        Server::MySQL => 4,
        Server::MariaDB => 3,
    }
}

type Damage = fn(&mut [u8], Stamp, u32);

/// A byte that the checksum covers.
fn turned(page: &mut [u8], _: Stamp, _: u32) {
    page[5000] ^= 1;
}

/// The first key above the second, under a right checksum.
fn out_of_order(page: &mut [u8], stamp: Stamp, number: u32) {
    let first = INFIMUM + usize::from(u16_at(page, INFIMUM - 2));
    page[first] = 0x7f;
    stamp.seal(page, number);
}

/// Imports a damaged file, and demands what must be so afterwards.
async fn import_fails(server: Server, url: &str, damage: Damage) {
    let scratch = Scratch::at(url);
    let files = Files::of_schema(SCHEMA);
    files.put("made", "id,n\n");
    let schema = parse(SCHEMA, "schema").unwrap();
    let source = input::open_all(&input::Input::folder(&files.path("csv")), &schema, &[])
        .unwrap()
        .remove(0);
    let database = DatabaseUrl::parse(scratch.url()).unwrap();
    let mut connection = db::connect(&database).await.unwrap();
    let connection = &mut connection;
    ledger::create(connection).await.unwrap();
    recover::announce(connection, &["made".to_owned()])
        .await
        .unwrap();
    scratch.execute(SCHEMA);
    let info = ServerInfo::read(connection).await.unwrap();
    let facts = host::facts(connection, &info).await.unwrap();
    fitness::server(&facts, false).unwrap();
    let folder = host::folder(connection, &facts, scratch.name())
        .await
        .unwrap();
    let live = inspect::inspect_tables(connection, scratch.name(), &["made"])
        .await
        .unwrap();
    let fit = fitness::table(&live.tables[0], &source).unwrap();
    let prepared = export::prepare(connection, info.flavour, scratch.name(), &folder, &fit)
        .await
        .unwrap();
    let table = &schema.tables[0];
    let mut batch = Batch::new(
        Layout::new(table.columns.iter().map(|c| &c.kind)),
        0,
        1,
        BatchSize::default(),
    );
    for id in 0..300 {
        batch.push(Value::UInt(id));
        batch.push(Value::Int(7));
        batch.finish_row(0, 0, 0, 0);
    }
    let mut build = Build::new(
        prepared.layout.clone(),
        prepared.template.clone(),
        &folder,
        1 << 20,
    )
    .unwrap();
    build.add(&batch).unwrap();
    let built = build.finish().unwrap();
    let file = File::options()
        .read(true)
        .write(true)
        .open(built.path())
        .unwrap();
    let mut page = vec![0; PAGE];
    let place = root(server) * PAGE as u64;
    file.read_exact_at(&mut page, place).unwrap();
    damage(&mut page, prepared.template.stamp, root(server) as u32);
    file.write_all_at(&page, place).unwrap();
    let target = Target {
        table: "made".to_owned(),
        columns: table.columns.clone(),
        computed: Vec::new(),
    };
    let rows = import::ImportedRows {
        run: 1,
        batches: &[],
    };
    let error = import::import(connection, &prepared, &target, built, rows)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("the server does not accept the file of made"),
        "{error:#}"
    );
    // the same connection: the server has not been away
    assert_eq!(
        recover::recover(connection, Some(&folder)).await.unwrap(),
        ["made"]
    );
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        !left.iter().any(|name| name.starts_with("made")),
        "{left:?}"
    );
    scratch.execute(SCHEMA);
    scratch.execute("INSERT INTO made VALUES (1, 2)");
    assert_eq!(
        scratch.value("SELECT GROUP_CONCAT(id) FROM made FORCE INDEX (k)"),
        "1"
    );
}

on_both_servers! {
    async fn a_file_that_the_server_does_not_import_costs_only_its_table(server: Server) {
        let url = server.own("refusing").url();
        import_fails(server, &url, turned).await;
        if server == Server::MySQL {
            // MariaDB does not look at the order of the keys while it imports
            import_fails(server, &url, out_of_order).await;
        }
        server.own("refusing").remove();
    }
}
