//! WKT and vectors: our bytes equal those that the server's functions compute from the same text.

use sqlx::{AssertSqlSafe, Executor, Row};

use super::kinds::{Texts, one_of, pattern, runner, some};
use crate::support::harness::{Scratch, Server, on_both_servers, wait_for};
use model::schema::Shape;
use mysql::db::{self, DatabaseUrl};
use mysql_schema::quote::quote_literal;
use proptest::collection::vec;
use proptest::prelude::*;

const TRIED: usize = 400;

fn coordinates(number: &str) -> Texts {
    pattern(&format!("{number} {{1,2}}{number}"))
}

fn texts(number: &str) -> Texts {
    let position = coordinates(number);
    let line =
        vec(position.clone(), 1..5).prop_map(|line| [b"(", &line.join(&b',')[..], b")"].concat());
    let ring = vec(position.clone(), 2..5).prop_map(|mut ring| {
        ring.push(ring[0].clone());
        [b"(", &ring.join(&b',')[..], b")"].concat()
    });
    let polygon = vec(ring, 1..3).prop_map(|rings| [b"(", &rings.join(&b',')[..], b")"].concat());
    let of = |name: &'static str, body: BoxedStrategy<Vec<u8>>| {
        body.prop_map(move |body| [name.as_bytes(), &body].concat())
            .boxed()
    };
    let several = |body: BoxedStrategy<Vec<u8>>| {
        vec(body, 1..3)
            .prop_map(|parts| [b"(", &parts.join(&b',')[..], b")"].concat())
            .boxed()
    };
    let simple = prop_oneof![
        of(
            "POINT",
            position
                .clone()
                .prop_map(|p| [b"(", &p[..], b")"].concat())
                .boxed()
        ),
        of("LineString ", line.clone().boxed()),
        of("POLYGON", polygon.clone().boxed()),
        of("MULTIPOINT", line.clone().boxed()),
        of("MULTILINESTRING", several(line.boxed())),
        of("MULTIPOLYGON", several(polygon.boxed())),
        one_of(&[
            "POINT EMPTY",
            "POINT(1)",
            "POLYGON((0 0,0 1,1 1,1 0))",
            "POINT(1 2)x",
            "LINESTRING()"
        ]),
    ]
    .boxed();
    prop_oneof![4 => simple.clone(), 1 => of("GEOMETRYCOLLECTION", several(simple))].boxed()
}

/// The bytes that the server makes of an expression; `None` when it rejects the text.
async fn bytes_of(connection: &mut db::MySqlConnection, expression: String) -> Option<String> {
    let sql = format!("SELECT HEX({expression})");
    let row = connection.fetch_one(AssertSqlSafe(sql)).await.ok()?;
    row.get(0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

on_both_servers! {
    fn geometries_have_the_bytes_that_the_server_makes_of_their_text(server: Server) {
        let scratch = Scratch::new(server);
        let plane = texts("-?[0-9]{1,3}(\\.[0-9]{1,9})?(e[0-9])?");
        let earth = texts("-?[0-9]{1,2}(\\.[0-9]{1,9})?");
        let mut runner = runner();
        let mut accepted = 0;
        wait_for(async {
            let url = DatabaseUrl::parse(scratch.url()).unwrap();
            let mut connection = db::connect(&url).await.unwrap();
            let srids = match server {
                Server::MySQL => vec![(plane, 0), (earth, 4326)],
                Server::MariaDB => vec![(plane, 0)],
            };
            for (texts, srid) in srids {
                for text in some(&texts, TRIED, &mut runner) {
                    let ours = clean::geometry::geometry(&text, Shape::Any, Some(srid)).ok();
                    let text = String::from_utf8(text).unwrap();
                    let function = format!("ST_GeomFromText({}, {srid})", quote_literal(&text));
                    let theirs = bytes_of(&mut connection, function).await;
                    let ours = ours.map(|bytes| hex(&bytes));
                    accepted += usize::from(ours.is_some());
                    // MariaDB reads more than one form of some texts, and less of others
                    if server == Server::MySQL || (ours.is_some() && theirs.is_some()) {
                        assert_eq!(ours, theirs, "{text}");
                    }
                }
            }
            db::close(connection).await;
        });
        assert!(accepted > TRIED / 2, "{accepted} were accepted");
    }
}

#[test]
fn vectors_have_the_bytes_that_the_server_makes_of_their_text() {
    let scratch = Scratch::new(Server::MySQL);
    let texts = prop_oneof![
        3 => pattern("\\[-?[0-9]{1,9}(\\.[0-9]{1,20})?(, ?[+-]?[0-9]{1,3}e-?[0-9]{1,2}){0,4}\\]"),
        1 => vec(any::<f32>(), 1..5).prop_map(|values| format!("{values:?}").into_bytes()),
        1 => vec(any::<f64>(), 1..3).prop_map(|values| format!("{values:?}").into_bytes()),
    ];
    let texts = some(&texts.boxed(), TRIED, &mut runner());
    let mut accepted = 0;
    wait_for(async {
        let url = DatabaseUrl::parse(scratch.url()).unwrap();
        let mut connection = db::connect(&url).await.unwrap();
        for text in texts {
            let ours = clean::vector::vector(&text, 100)
                .ok()
                .map(|bytes| hex(&bytes));
            let text = String::from_utf8(text).unwrap();
            let function = format!("STRING_TO_VECTOR({})", quote_literal(&text));
            let theirs = bytes_of(&mut connection, function).await;
            accepted += usize::from(ours.is_some());
            assert_eq!(ours, theirs, "{text}");
        }
        db::close(connection).await;
    });
    assert!(accepted > TRIED / 2, "{accepted} were accepted");
}
