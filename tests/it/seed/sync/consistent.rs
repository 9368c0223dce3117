//! Files without faults are loaded completely, whatever rows the tables had before: the tables
//! equal the files, and the dry run has printed the same counts.

use std::fmt::Write;

use crate::seed::merge::model::Random;
use crate::seed::sync::{Counts, SYNC, counts};
use crate::support::data::Files;
use crate::support::harness::{Scratch, Server, on_both_servers};

/// Places have a primary key of two columns and two more unique keys, by which guests and other
/// places refer to them. The collation of the codes ignores case.
const SCHEMA: &str = "
    CREATE TABLE places (zone VARCHAR(4), id INT, code VARCHAR(8) COLLATE utf8mb4_general_ci, num INT NOT NULL, \
      near VARCHAR(8) COLLATE utf8mb4_general_ci, PRIMARY KEY (zone, id), UNIQUE KEY code (code), UNIQUE KEY num (num), \
      CONSTRAINT places_near FOREIGN KEY (near) REFERENCES places (code));
    CREATE TABLE guests (id INT PRIMARY KEY, zone VARCHAR(4), place INT, code VARCHAR(8) COLLATE utf8mb4_general_ci, \
      num INT, boss INT, CONSTRAINT g_place FOREIGN KEY (zone, place) REFERENCES places (zone, id), \
      CONSTRAINT g_code FOREIGN KEY (code) REFERENCES places (code), \
      CONSTRAINT g_num FOREIGN KEY (num) REFERENCES places (num), \
      CONSTRAINT g_boss FOREIGN KEY (boss) REFERENCES guests (id));";

const HEADERS: [&str; 2] = ["zone,id,code,num,near", "id,zone,place,code,num,boss"];

/// The rows of both tables as lines of their files.
type Lines = [Vec<String>; 2];

fn shuffle<T>(random: &mut Random, values: &mut [T]) {
    for at in (1..values.len()).rev() {
        values.swap(at, random.below(at as u64 + 1) as usize);
    }
}

/// One of these, or nothing.
fn some<T: Clone>(random: &mut Random, values: &[T]) -> Option<T> {
    let at = random.below(values.len().max(1) as u64) as usize;
    (random.below(3) > 0)
        .then(|| values.get(at).cloned())
        .flatten()
}

fn written(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// A code with other letters that the collation calls equal, now and then.
fn spelled(random: &mut Random, code: Option<String>) -> String {
    let code = written(code);
    match random.below(8) {
        0 => code.to_uppercase(),
        _ => code,
    }
}

fn lines(random: &mut Random) -> Lines {
    let size = 3 + random.below(20);
    let keys: Vec<(char, u64)> = ['a', 'b']
        .into_iter()
        .flat_map(|zone| (0..size).map(move |id| (zone, id)))
        .filter(|_| random.below(10) < 7)
        .collect();
    let mut values: Vec<u64> = (0..keys.len() as u64 + 5).collect();
    match random.below(3) {
        0 => shuffle(random, &mut values),
        // a few rows exchange their values
        1 if values.len() > 9 => shuffle(random, &mut values[..6]),
        _ => {}
    }
    let codes: Vec<String> = values
        .iter()
        .take(keys.len())
        .map(|n| format!("c{n}"))
        .collect();
    let places = keys.iter().enumerate().map(|(at, (zone, id))| {
        let near = some(random, &codes);
        let (code, near) = (
            spelled(random, Some(codes[at].clone())),
            spelled(random, near),
        );
        format!("{zone},{id},{code},{},{near}", values[at])
    });
    let mut places: Vec<String> = places.collect();
    let ids: Vec<u64> = (0..size * 2).filter(|_| random.below(10) < 7).collect();
    let guests = ids.iter().map(|id| {
        let place = some(random, &keys).map_or(",".to_owned(), |(zone, id)| format!("{zone},{id}"));
        let code = some(random, &codes);
        let code = spelled(random, code);
        let num = some(random, &values[..keys.len()]);
        let boss = some(random, &ids);
        format!("{id},{place},{code},{},{}", written(num), written(boss))
    });
    let mut guests: Vec<String> = guests.collect();
    shuffle(random, &mut places);
    shuffle(random, &mut guests);
    [places, guests]
}

fn put(files: &Files, lines: &Lines) {
    for ((table, header), lines) in ["places", "guests"].iter().zip(HEADERS).zip(lines) {
        let mut text = format!("{header}\n");
        for line in lines {
            writeln!(text, "{line}").unwrap();
        }
        files.put(table, text);
    }
}

/// The rows of the tables, in the same form, in some order.
fn stored(scratch: &Scratch) -> Lines {
    let selects = [
        "SELECT CONCAT_WS(',', zone, id, COALESCE(code, ''), num, COALESCE(near, '')) FROM places",
        "SELECT CONCAT_WS(',', id, COALESCE(zone, ''), COALESCE(place, ''), COALESCE(code, ''), COALESCE(num, ''), \
         COALESCE(boss, '')) FROM guests",
    ];
    selects.map(|select| {
        let rows = scratch.rows(select).into_iter();
        sorted(&rows.map(|row| row[0].clone().unwrap()).collect::<Vec<_>>())
    })
}

fn sorted(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort();
    lines
}

on_both_servers! {
    long
    fn random_files_without_faults_are_loaded_whole(server: Server) {
        let (files, scratch) = (Files::of_schema(SCHEMA), Scratch::new(server));
        let mut random = Random::new(7);
        for round in 0..12 {
            let new = lines(&mut random);
            put(&files, &new);
            let counted = |arguments: &[&str]| {
                files.seed(&scratch, &[&SYNC[..], arguments].concat()).exits(0);
                ["places", "guests"].map(|table| counts(&files, table))
            };
            // the first run makes the tables
            let foretold: Option<[Counts; 2]> = (round > 0).then(|| counted(&["--dry-run"]));
            let done = counted(&[]);
            assert_eq!(stored(&scratch), [sorted(&new[0]), sorted(&new[1])], "round {round}");
            assert!(foretold.is_none_or(|foretold| foretold == done), "round {round}");
        }
    }
}
