//! A simple model of tables and files: records are applied one after another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::support::data::Files;
use crate::support::harness::Scratch;

pub const SCHEMA: &str = "
    CREATE TABLE users (id INT PRIMARY KEY, code VARCHAR(8) NOT NULL, age INT NOT NULL, note VARCHAR(20), \
      UNIQUE KEY code (code), CONSTRAINT ages CHECK (age >= 0));
    CREATE TABLE items (name VARCHAR(8) PRIMARY KEY, user INT NOT NULL, n INT, \
      CONSTRAINT items_user FOREIGN KEY (user) REFERENCES users (id));";

/// Numbers that depend on the seed alone.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }

    /// A short text in which upper and lower case are mixed.
    fn text(&mut self, letters: u64, length: u64) -> String {
        let letter = |random: &mut Random| {
            let letter = char::from(b'a' + u8::try_from(random.below(letters)).unwrap());
            match random.below(4) {
                0 => letter.to_ascii_uppercase(),
                _ => letter,
            }
        };
        (0..=self.below(length)).map(|_| letter(self)).collect()
    }
}

/// What a run did about the records of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub ignored: u64,
    pub rejected: u64,
}

impl Counts {
    pub fn all(&self) -> u64 {
        self.inserted + self.updated + self.unchanged + self.ignored + self.rejected
    }
}

#[derive(Debug, Clone)]
struct User {
    id: u64,
    values: (String, i64, Option<String>),
}

#[derive(Debug, Clone)]
struct Item {
    name: String,
    values: (u64, Option<u64>),
}

/// The records of both files.
#[derive(Debug, Default)]
pub struct Records {
    users: Vec<User>,
    items: Vec<Item>,
}

/// Files to begin with, and files that follow.
pub struct Case {
    pub old: Records,
    pub new: Records,
}

impl Records {
    fn random(random: &mut Random, size: u64) -> Records {
        let mut records = Records::default();
        let letters = 2 + random.below(20);
        for _ in 0..size {
            let code = random.text(letters, 4);
            let age = i64::try_from(random.below(30)).unwrap() - 1;
            let note = (random.below(3) > 0).then(|| format!("note {}", random.below(3)));
            records.users.push(User {
                id: random.below(size * 2),
                values: (code, age, note),
            });
            let n = (random.below(4) > 0).then(|| random.below(5));
            records.items.push(Item {
                name: random.text(letters, 5),
                values: (random.below(size * 2), n),
            });
        }
        records
    }

    /// Some of the old records again, so that rows stay as they are.
    fn with_some_of(mut self, old: &Records, random: &mut Random) -> Records {
        for user in &old.users {
            if random.below(3) == 0 {
                let at = random.below(self.users.len() as u64 + 1);
                self.users
                    .insert(usize::try_from(at).unwrap(), user.clone());
            }
        }
        for item in &old.items {
            if random.below(3) == 0 {
                self.items.push(item.clone());
            }
        }
        self
    }
}

impl Case {
    pub fn random(random: &mut Random) -> Case {
        let size = 20 + random.below(250);
        let old = Records::random(random, size);
        let new = Records::random(random, size).with_some_of(&old, random);
        Case { old, new }
    }

    pub fn put(&self, files: &Files, records: &Records) {
        let (mut users, mut items) = ("id,code,age,note\n".to_owned(), "name,user,n\n".to_owned());
        for User { id, values } in &records.users {
            let (code, age, note) = values;
            writeln!(users, "{id},{code},{age},{}", note.as_deref().unwrap_or("")).unwrap();
        }
        for Item { name, values } in &records.items {
            let n = values.1.map_or(String::new(), |n| n.to_string());
            writeln!(items, "{name},{},{n}", values.0).unwrap();
        }
        files.put("users", users);
        files.put("items", items);
    }
}

/// The rows of both tables. A key of items is one in upper and lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tables {
    users: BTreeMap<u64, (String, i64, Option<String>)>,
    items: BTreeMap<String, (String, u64, Option<u64>)>,
}

impl Tables {
    /// Applies the records to empty tables.
    pub fn insert(&mut self, records: &Records) -> (Counts, Counts) {
        self.merge(records, true)
    }

    /// Applies the records. A record whose key an earlier one has is rejected, and so is one that
    /// has the code of another row.
    pub fn merge(&mut self, records: &Records, update: bool) -> (Counts, Counts) {
        let users = self.merge_users(records, update);
        (users, self.merge_items(records, update))
    }

    fn merge_users(&mut self, records: &Records, update: bool) -> Counts {
        let mut counts = Counts::default();
        let (mut ids, mut codes) = (BTreeSet::new(), BTreeSet::new());
        for User { id, values } in &records.users {
            if values.1 < 0 || ids.contains(id) || codes.contains(&values.0) {
                counts.rejected += 1;
                continue;
            }
            ids.insert(*id);
            codes.insert(values.0.clone());
            let old = self.users.get(id);
            let has_code =
                |row: &(String, i64, Option<String>)| row.0.eq_ignore_ascii_case(&values.0);
            let is_taken = self
                .users
                .iter()
                .any(|(other, row)| other != id && has_code(row));
            match old {
                Some(_) if !update => counts.ignored += 1,
                Some(old) if old == values => counts.unchanged += 1,
                _ if is_taken => counts.rejected += 1,
                old => {
                    match old {
                        Some(_) => counts.updated += 1,
                        None => counts.inserted += 1,
                    }
                    self.users.insert(*id, values.clone());
                }
            }
        }
        counts
    }

    fn merge_items(&mut self, records: &Records, update: bool) -> Counts {
        let mut counts = Counts::default();
        // what the client compares byte by byte, and what the server compares
        let (mut bytes, mut keys) = (BTreeSet::new(), BTreeSet::new());
        // rows of a seed without a parent have a key until they are removed after the load
        let is_seed = self.items.is_empty();
        for Item { name, values } in &records.items {
            let key = name.to_ascii_lowercase();
            let is_new = bytes.insert(name);
            if is_seed && is_new && !self.users.contains_key(&values.0) {
                keys.insert(key.clone());
            }
            if !is_new || !self.users.contains_key(&values.0) || keys.contains(&key) {
                counts.rejected += 1;
                continue;
            }
            keys.insert(key.clone());
            let new = |name: &str| (name.to_owned(), values.0, values.1);
            match self.items.get(&key) {
                None => {
                    counts.inserted += 1;
                    self.items.insert(key, new(name));
                }
                Some(_) if !update => counts.ignored += 1,
                Some(old) if (old.1, old.2) == *values => counts.unchanged += 1,
                Some(old) => {
                    counts.updated += 1;
                    // the key stays as the table has it
                    let row = new(&old.0);
                    self.items.insert(key, row);
                }
            }
        }
        counts
    }

    /// What the database has.
    pub fn read(&self, scratch: &Scratch) -> Tables {
        let text = |value: &Option<String>| value.clone().unwrap();
        let rows = |sql: &str| scratch.rows(sql).into_iter();
        let user = |row: Vec<Option<String>>| {
            let age = text(&row[2]).parse().unwrap();
            (
                text(&row[0]).parse().unwrap(),
                (text(&row[1]), age, row[3].clone()),
            )
        };
        let item = |row: Vec<Option<String>>| {
            let name = text(&row[0]);
            let n = row[2].as_ref().map(|n| n.parse().unwrap());
            (
                name.to_ascii_lowercase(),
                (name, text(&row[1]).parse().unwrap(), n),
            )
        };
        Tables {
            users: rows("SELECT CAST(id AS CHAR), code, CAST(age AS CHAR), note FROM users")
                .map(user)
                .collect(),
            items: rows("SELECT name, CAST(user AS CHAR), CAST(n AS CHAR) FROM items")
                .map(item)
                .collect(),
        }
    }
}
