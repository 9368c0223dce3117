//! Finds orphans after all rows are loaded and before foreign keys are added.
//!
//! The client checks foreign keys while it reads the files, as far as it can. The other foreign
//! keys are checked here, by the server's own comparison: texts whose bytes no parent has, because
//! a collation decides what is equal; columns that the server computes; parents in another
//! database, or in rows from before the run; foreign keys within a cycle of tables, or of a table
//! to itself, if the client found values without a parent. When an orphan is removed, its child
//! rows become orphans, too. [`remove`] removes the orphans when their files are read again, so
//! that each is rejected with its file and line.
//!
//! A row is identified by its primary key, or if the file does not fill that, by the columns of its
//! foreign keys: of the rows that are equal in these, either all or none are orphans. If the server
//! computes one of these columns, a row is identified by all columns of the file.

mod identity;
mod relation;
pub mod remove;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::db::MySqlConnection;
use crate::error::{Context, Result};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, Row};

use clean::keys::{missing_parent_message, with_value_in_table};
pub use identity::Identity;
use input::Source;
use model::schema::{Table, cycle_of};
use mysql_schema::orphans::orphans;
use relation::{Relation, lacks_column, pairs, values};

/// How many orphans one search finds. If there are more, the caller removes these and searches
/// again.
const MOST: usize = 1 << 20;

/// Maximum number of pairs of child and parent, within cycles of tables, that are kept in memory so
/// that each table is read only once. They take about 100 MB.
const MOST_PENDING: usize = 1 << 20;

/// The orphans of one table.
#[derive(Debug)]
pub struct OrphansOf {
    /// How a row is identified.
    pub identity: Identity,
    /// For each orphan, the position of its message.
    rows: HashMap<u128, usize>,
    messages: Vec<String>,
    /// By orphan and message, the values of a foreign key that the file does not have.
    values: HashMap<(u128, usize), Box<str>>,
}

/// The orphans of all tables, by the numbers of the tables in the pipeline.
#[derive(Debug, Default)]
pub struct Orphans(HashMap<usize, OrphansOf>);

impl Orphans {
    /// Whether there are no orphans.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The orphans of one table.
    pub fn of(&self, table: usize) -> Option<&OrphansOf> {
        self.0.get(&table)
    }

    /// The numbers of the tables that have orphans, each with the number of orphans found so far.
    pub fn counts(&self) -> Vec<(usize, usize)> {
        let mut counts: Vec<(usize, usize)> = self
            .0
            .iter()
            .map(|(table, of)| (*table, of.rows.len()))
            .collect();
        counts.sort_unstable();
        counts
    }
}

impl OrphansOf {
    /// The message for the row with this hash; `None` if it is not an orphan.
    pub fn message(&self, hash: u128) -> Option<String> {
        let number = *self.rows.get(&hash)?;
        let message = self.messages.get(number)?;
        Some(match self.values.get(&(hash, number)) {
            Some(value) => with_value_in_table(message, value),
            None => message.clone(),
        })
    }
}

/// A child row.
struct Child {
    /// The number of the child table.
    table: usize,
    hash: u128,
    /// Position of the message for the case that the parent is missing.
    message: usize,
    /// The values of the foreign key, if the file does not have them.
    values: Option<Box<str>>,
}

/// The state of a search.
struct Search<'a> {
    tables: Vec<(&'a Table, Option<Identity>)>,
    relations: Vec<Relation<'a>>,
    /// By table, the orphans with their messages. If a row breaks several foreign keys, the first
    /// one counts.
    found: Vec<HashMap<u128, usize>>,
    /// By table, the values of foreign keys that the file does not have, by orphan and message.
    values: Vec<HashMap<(u128, usize), Box<str>>>,
    total: usize,
    /// The children of rows that are not orphans so far, by table and hash of the parent.
    pending: HashMap<(usize, u128), Vec<Child>>,
    /// How many children were ever added to `pending`.
    waiting: usize,
}

/// Finds the rows of these tables that break one of the foreign keys in `searched` (table and
/// name), and the rows that refer to them, up to a limit.
///
/// # Errors
///
/// When a query fails.
pub async fn find(
    connection: &mut MySqlConnection,
    sources: &[Source],
    searched: &HashSet<(String, String)>,
) -> Result<Orphans> {
    let mut search = Search::new(sources);
    for number in 0..search.relations.len() {
        let relation = &search.relations[number];
        let name = &search.tables[relation.child].0.name;
        if searched.contains(&(name.clone(), relation.key.name.clone())) {
            search.direct(connection, number).await?;
        }
    }
    search.close(connection).await?;
    Ok(search.into_orphans())
}

impl<'a> Search<'a> {
    fn new(sources: &'a [Source]) -> Search<'a> {
        let tables: Vec<(&Table, Option<Identity>)> = sources
            .iter()
            .map(|source| (&source.table, Identity::of(source)))
            .collect();
        let all: Vec<&Table> = tables.iter().map(|(table, _)| *table).collect();
        let mut relations = Vec::new();
        for (child, (table, _)) in tables.iter().enumerate() {
            let cycle = cycle_of(table, &all);
            for (message, key) in table.foreign_keys.iter().enumerate() {
                relations.push(Relation {
                    child,
                    parent: all.iter().position(|other| key.refers_to(&other.name)),
                    key,
                    message,
                    is_kept: cycle.iter().any(|other| key.refers_to(&other.name)),
                    is_in_table_only: lacks_column(&sources[child], key),
                });
            }
        }
        Search {
            found: vec![HashMap::new(); tables.len()],
            values: vec![HashMap::new(); tables.len()],
            tables,
            relations,
            total: 0,
            pending: HashMap::new(),
            waiting: 0,
        }
    }

    /// Adds an orphan, and the rows that refer to it, as far as they were read already.
    fn add(&mut self, row: Child) {
        let mut new = vec![row];
        while let Some(row) = new.pop() {
            let Child {
                table,
                hash,
                message,
                values,
            } = row;
            if let Some(value) = values {
                self.values[table].insert((hash, message), value);
            }
            match self.found[table].entry(hash) {
                Entry::Occupied(mut known) => {
                    let first = message.min(*known.get());
                    known.insert(first);
                }
                Entry::Vacant(free) => {
                    free.insert(message);
                    self.total += 1;
                    new.extend(self.pending.remove(&(table, hash)).into_iter().flatten());
                }
            }
        }
    }

    /// Finds the rows that have no parent in the database, for one foreign key.
    async fn direct(&mut self, connection: &mut MySqlConnection, number: usize) -> Result<()> {
        let relation = &self.relations[number];
        let (table, identity) = &self.tables[relation.child];
        let Some(identity) = identity else {
            return Ok(());
        };
        let sql = format!(
            "SELECT {}{}, {} {}",
            connection.engine().doubts_keys,
            identity.in_sql("child"),
            relation.values_in_sql(),
            orphans(&table.name, relation.key)
        );
        let (child, message, table) = (relation.child, relation.message, *table);
        let mut rows = connection.fetch(AssertSqlSafe(sql));
        while let Some(row) = rows
            .try_next()
            .await
            .with_context(|| format!("cannot look for rows of {} without a parent", table.name))?
        {
            self.add(Child {
                table: child,
                hash: Identity::hash(&row.try_get_unchecked::<Vec<u8>, _>(0)?),
                message,
                values: values(&row, 1)?,
            });
            if self.total >= MOST {
                break;
            }
        }
        Ok(())
    }

    /// Adds the child rows of the orphans that were found, until there are no more.
    async fn close(&mut self, connection: &mut MySqlConnection) -> Result<()> {
        // for each foreign key: how many orphans of the parent table were known when it was last
        // read
        let mut read = vec![0; self.relations.len()];
        loop {
            let outdated = (0..self.relations.len()).find(|&number| {
                let parent = self.relations[number].parent;
                parent.is_some_and(|parent| self.found[parent].len() > read[number])
            });
            let Some(number) = outdated.filter(|_| self.total < MOST) else {
                return Ok(());
            };
            read[number] = self.follow(connection, number).await?;
        }
    }

    /// Reads the pairs of a relation, and adds the children of the orphans that were found. Returns
    /// how many orphans of the parent table were considered. Returns the largest number if the
    /// relation need not be read again for orphans that are found later.
    async fn follow(&mut self, connection: &mut MySqlConnection, number: usize) -> Result<usize> {
        let relation = &self.relations[number];
        let (child, message) = (relation.child, relation.message);
        let Some(parent) = relation.parent else {
            return Ok(usize::MAX);
        };
        let known = self.found[parent].len();
        let (Some(of_child), Some(of_parent)) = (&self.tables[child].1, &self.tables[parent].1)
        else {
            return Ok(usize::MAX);
        };
        let sql = pairs(self.tables[child].0, relation, of_child, of_parent);
        let is_kept = relation.is_kept;
        let mut is_complete = is_kept;
        let mut rows = connection.fetch(AssertSqlSafe(sql));
        while let Some(row) = rows.try_next().await.with_context(|| {
            format!(
                "cannot look for rows of {} whose parent was rejected",
                self.tables[child].0.name
            )
        })? {
            let own = Child {
                table: child,
                hash: Identity::hash(&row.try_get_unchecked::<Vec<u8>, _>(0)?),
                message,
                values: values(&row, 2)?,
            };
            let of = Identity::hash(&row.try_get_unchecked::<Vec<u8>, _>(1)?);
            if self.found[parent].contains_key(&of) {
                self.add(own);
                if self.total >= MOST {
                    break;
                }
            } else if is_kept && self.waiting < MOST_PENDING {
                let of = self.pending.entry((parent, of)).or_default();
                of.push(own);
                self.waiting += 1;
            } else {
                is_complete = false;
            }
        }
        // when a relation is read again, its first pairs are in memory already, so no more are kept
        self.relations[number].is_kept = false;
        // a relation whose pairs are all in memory need not be read again
        Ok(match is_complete {
            true => usize::MAX,
            false => known,
        })
    }

    fn into_orphans(self) -> Orphans {
        let mut orphans = HashMap::new();
        let found = self.found.into_iter().zip(self.values);
        let tables = self.tables.into_iter().zip(found);
        for (number, ((table, identity), (rows, values))) in tables.enumerate() {
            if let (Some(identity), false) = (identity, rows.is_empty()) {
                let messages = table
                    .foreign_keys
                    .iter()
                    .map(missing_parent_message)
                    .collect();
                let of = OrphansOf {
                    identity,
                    rows,
                    messages,
                    values,
                };
                orphans.insert(number, of);
            }
        }
        Orphans(orphans)
    }
}
