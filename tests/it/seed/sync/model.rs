//! A simple model of tables that are made equal to files: the rows of the files, and the rows that
//! are kept because of rejected records.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::seed::merge::model::Random;
use crate::support::data::Files;
use crate::support::harness::Scratch;

/// Users refer to each other and to teams, and teams to users.
pub const SCHEMA: &str = "
    CREATE TABLE teams (id INT PRIMARY KEY, chief INT, \
      CONSTRAINT teams_chief FOREIGN KEY (chief) REFERENCES users (id));
    CREATE TABLE users (id INT PRIMARY KEY, code VARCHAR(8) NOT NULL, boss INT, team INT, \
      age INT NOT NULL, UNIQUE KEY code (code), CONSTRAINT ages CHECK (age >= 0), \
      CONSTRAINT users_boss FOREIGN KEY (boss) REFERENCES users (id), \
      CONSTRAINT users_team FOREIGN KEY (team) REFERENCES teams (id));
    CREATE TABLE items (name VARCHAR(8), part INT, user INT NOT NULL, n INT, \
      PRIMARY KEY (name, part), CONSTRAINT items_user FOREIGN KEY (user) REFERENCES users (id));";

/// The names of the tables.
pub const TABLES: [&str; 3] = ["teams", "users", "items"];

/// A record or row: its key, its unique value, the rows to which it refers, and everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    key: String,
    code: Option<String>,
    refers: Vec<(usize, String)>,
    text: String,
}

/// The rows of the tables, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables([BTreeMap<String, Row>; 3]);

/// The records of the files, each with whether it is valid by itself.
#[derive(Debug, Clone, Default)]
pub struct Records([Vec<(Row, bool)>; 3]);

/// What a run did about one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub deleted: u64,
    pub kept: u64,
    pub rejected: u64,
}

impl Records {
    /// Records that share keys and unique values with those of other seeds. With `faults`, some are
    /// wrong, and some parents are missing.
    pub fn random(random: &mut Random, size: u64, faults: bool) -> Records {
        let mut records = Records::default();
        let mut codes: Vec<u64> = (0..size + size / 3).collect();
        for at in (1..codes.len()).rev() {
            codes.swap(at, random.below(at as u64 + 1) as usize);
        }
        let some = |random: &mut Random| (random.below(3) > 0).then(|| random.below(size));
        let is_in = |random: &mut Random| random.below(5) > 0;
        let chosen: Vec<u64> = (0..size).filter(|_| is_in(random)).collect();
        let teams: Vec<u64> = (0..size / 4).filter(|_| is_in(random)).collect();
        let known = |random: &mut Random, ids: &[u64], id: Option<u64>| {
            let id = id?;
            match faults && random.below(9) == 0 || ids.contains(&id) {
                true => Some(id),
                false => (!ids.is_empty()).then(|| ids[id as usize % ids.len()]),
            }
        };
        for id in &teams {
            let chief = some(random);
            let chief = known(random, &chosen, chief);
            records.0[0].push((team(*id, chief), true));
        }
        for id in &chosen {
            let (boss, of) = (some(random), some(random));
            let boss = known(random, &chosen, boss);
            let of = known(random, &teams, of);
            let age = random.below(3) as i64;
            let is_valid = !(faults && random.below(12) == 0);
            let age = if is_valid { age } else { -1 };
            // a few rows exchange their codes, and most keep theirs
            let code = if random.below(4) == 0 {
                codes[*id as usize]
            } else {
                *id
            };
            records.0[1].push((user((*id, code), boss, of, age), is_valid));
        }
        records.without_equal_codes();
        for name in ["a", "b", "c"] {
            for part in 0..size / 2 {
                if !is_in(random) {
                    continue;
                }
                let user = random.below(size);
                if let Some(user) = known(random, &chosen, Some(user)) {
                    records.0[2].push((item(name, part, user, random.below(3)), true));
                }
            }
        }
        records
    }

    /// Gives each code to one record.
    fn without_equal_codes(&mut self) {
        let mut taken = BTreeSet::new();
        for (number, (row, _)) in self.0[1].iter_mut().enumerate() {
            if let Some(code) = &row.code
                && !taken.insert(code.clone())
            {
                let other = format!("x{number}");
                row.text = row.text.replacen(code.as_str(), &other, 1);
                row.code = Some(other);
            }
        }
    }

    pub fn put(&self, files: &Files) {
        let headers = ["id,chief", "id,code,boss,team,age", "name,part,user,n"];
        for ((table, header), records) in TABLES.iter().zip(headers).zip(&self.0) {
            let mut text = format!("{header}\n");
            for (row, _) in records {
                writeln!(text, "{},{}", row.key, row.text).unwrap();
            }
            files.put(table, text);
        }
    }
}

fn number(value: Option<u64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn refers(references: &[(usize, Option<u64>)]) -> Vec<(usize, String)> {
    let some = references
        .iter()
        .filter_map(|(table, id)| Some((*table, (*id)?.to_string())));
    some.collect()
}

fn team(id: u64, chief: Option<u64>) -> Row {
    Row {
        key: id.to_string(),
        code: None,
        refers: refers(&[(1, chief)]),
        text: number(chief),
    }
}

fn user((id, code): (u64, u64), boss: Option<u64>, team: Option<u64>, age: i64) -> Row {
    let code = format!("c{code}");
    Row {
        key: id.to_string(),
        refers: refers(&[(1, boss), (0, team)]),
        text: format!("{code},{},{},{age}", number(boss), number(team)),
        code: Some(code),
    }
}

fn item(name: &str, part: u64, user: u64, n: u64) -> Row {
    Row {
        key: format!("{name},{part}"),
        code: None,
        refers: refers(&[(1, Some(user))]),
        text: format!("{user},{n}"),
    }
}

impl Tables {
    /// Makes the tables equal to the records, and returns what that takes.
    pub fn sync(&mut self, records: &Records) -> [Counts; 3] {
        let accepted = self.accepted(records);
        let kept = self.kept(records, &accepted);
        let mut all: [Counts; 3] = Default::default();
        for (table, counts) in all.iter_mut().enumerate() {
            let (old, new) = (&self.0[table], &accepted.0[table]);
            for (key, row) in new {
                match old.get(key) {
                    None => counts.inserted += 1,
                    Some(old) if old == row => counts.unchanged += 1,
                    Some(_) => counts.updated += 1,
                }
            }
            counts.rejected = (records.0[table].len() - new.len()) as u64;
            counts.kept = kept[table].len() as u64;
            let stays = |key: &&String| new.contains_key(*key) || kept[table].contains(*key);
            counts.deleted = (old.len() - old.keys().filter(stays).count()) as u64;
        }
        for (table, mut rows) in accepted.0.into_iter().enumerate() {
            for key in &kept[table] {
                rows.insert(key.clone(), self.0[table][key].clone());
            }
            self.0[table] = rows;
        }
        all
    }

    /// The records that are accepted: valid ones whose parents are accepted, or rows of rejected
    /// records, and whose code no kept row has.
    fn accepted(&self, records: &Records) -> Tables {
        let mut valid = Tables::default();
        for (table, records) in records.0.iter().enumerate() {
            let of_table = records.iter().filter(|(_, is_valid)| *is_valid);
            valid.0[table].extend(of_table.map(|(row, _)| (row.key.clone(), row.clone())));
        }
        let without_orphans = |is_row_of_rejected: &dyn Fn(usize, &String) -> bool| {
            let mut accepted = valid.clone();
            while accepted.remove(|accepted, row| {
                let is_missing = |(table, key): &(usize, String)| {
                    !accepted.0[*table].contains_key(key) && !is_row_of_rejected(*table, key)
                };
                row.refers.iter().any(is_missing)
            }) {}
            accepted
        };
        // the files alone
        let of_files = without_orphans(&|_, _| false);
        // with the rows of the rejected records
        let mut accepted = without_orphans(&|table, key| {
            let is_rejected = !of_files.0[table].contains_key(key);
            let has_record = records.0[table].iter().any(|(row, _)| row.key == *key);
            is_rejected && has_record && self.0[table].contains_key(key)
        });
        // with the rows that are kept
        loop {
            let kept = self.kept(records, &accepted);
            let is_taken = |code: &String| {
                kept[1]
                    .iter()
                    .any(|key| self.0[1][key].code.as_ref() == Some(code))
            };
            let removed = accepted.remove(|accepted, row| {
                let is_missing = |(table, key): &(usize, String)| {
                    !accepted.0[*table].contains_key(key) && !kept[*table].contains(key)
                };
                row.refers.iter().any(is_missing) || row.code.as_ref().is_some_and(is_taken)
            });
            if !removed {
                return accepted;
            }
        }
    }

    /// Removes the rows of which this is true, by the state before. Returns whether there were any.
    fn remove(&mut self, is_removed: impl Fn(&Tables, &Row) -> bool) -> bool {
        let before = self.clone();
        for table in &mut self.0 {
            table.retain(|_, row| !is_removed(&before, row));
        }
        *self != before
    }

    /// The rows whose records were rejected, and the rows to which kept rows refer.
    fn kept(&self, records: &Records, accepted: &Tables) -> [BTreeSet<String>; 3] {
        let mut kept: [BTreeSet<String>; 3] = Default::default();
        let stored = |table: usize, key: &String| {
            self.0[table].contains_key(key) && !accepted.0[table].contains_key(key)
        };
        for (table, records) in records.0.iter().enumerate() {
            let rejected = records.iter().map(|(row, _)| &row.key);
            kept[table].extend(rejected.filter(|key| stored(table, key)).cloned());
        }
        loop {
            let mut more = Vec::new();
            for (table, keys) in kept.iter().enumerate() {
                for (of, key) in keys.iter().flat_map(|key| &self.0[table][key].refers) {
                    if stored(*of, key) && !kept[*of].contains(key) {
                        more.push((*of, key.clone()));
                    }
                }
            }
            if more.is_empty() {
                return kept;
            }
            for (table, key) in more {
                kept[table].insert(key);
            }
        }
    }

    /// What the database has, as the files would write it.
    pub fn read(scratch: &Scratch) -> Vec<String> {
        let selects = [
            "SELECT CONCAT_WS(',', id, COALESCE(chief, '')) FROM teams",
            "SELECT CONCAT_WS(',', id, code, COALESCE(boss, ''), COALESCE(team, ''), age) FROM users",
            "SELECT CONCAT_WS(',', name, part, user, n) FROM items",
        ];
        let rows = selects.iter().flat_map(|select| scratch.rows(select));
        let mut rows: Vec<String> = rows.map(|row| row[0].clone().unwrap()).collect();
        rows.sort();
        rows
    }

    /// The rows of the model, in the same form.
    pub fn written(&self) -> Vec<String> {
        let rows = self.0.iter().flat_map(BTreeMap::values);
        let mut rows: Vec<String> = rows
            .map(|row| format!("{},{}", row.key, row.text))
            .collect();
        rows.sort();
        rows
    }
}
