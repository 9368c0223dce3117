//! Verifies the rows that a run has loaded.

use crate::error::Result;

use super::physical::ImportChoice;
use super::run::Run;
use super::tables::only;
use super::work::Rows;
use crate::database;
use crate::loaded;
use crate::options::{LoadMethod, Verification};
use model::schema::{Schema, Table};
use mysql::ledger::LoadedTable;
use mysql::physical::check;
use mysql::verify::{self, Asking, Depth, Difference, Watch};

impl Run<'_> {
    /// The depth of the verification. By default it is full if rows did not pass the server's SQL
    /// layer or triggers may have changed them, otherwise quick.
    pub(super) fn depth(&self) -> Option<Depth> {
        match self.options.verification {
            Verification::Depth(depth) => Some(depth),
            Verification::None => None,
            Verification::Default if self.imports_tables() || self.has_triggers => {
                Some(Depth::Full)
            }
            Verification::Default => Some(Depth::Quick),
        }
    }

    /// Whether rows of this run were loaded without the server's SQL layer.
    pub(super) fn imports_tables(&self) -> bool {
        self.resumes_import || self.import != ImportChoice::No
    }

    /// Whether the server also checks the imported pages with CHECK TABLE, in addition to our
    /// verifier. It does if the user asked for the import or for a verification.
    fn wants_check_table(&self) -> bool {
        let asked = self.options.loading.method == Some(LoadMethod::Physical)
            || self.options.verification != Verification::Default;
        asked && self.imports_tables() && self.depth() == Some(Depth::Full)
    }

    /// Verifies the rows, and reports progress at the same time.
    pub(super) async fn shown_verify(
        &mut self,
        rows: &Rows,
        depth: Option<Depth>,
    ) -> Result<Vec<Difference>> {
        let events = self.events;
        let what = match depth {
            Some(Depth::Full) => "comparing all values and foreign keys",
            _ => "counting rows and comparing indexes",
        };
        let watch = Watch::default();
        let work = self.verify(rows, depth, &watch);
        let shown = || watch.shown(what);
        events.waiting("verify", shown, work).await
    }

    async fn verify(
        &mut self,
        rows: &Rows,
        depth: Option<Depth>,
        watch: &Watch,
    ) -> Result<Vec<Difference>> {
        let Rows { tables, wanted, .. } = rows;
        let Some(depth) = depth else {
            return Ok(Vec::new());
        };
        self.events.detail(match depth {
            Depth::Quick => "verify: row counts, indexes and foreign keys; every batch was counted when it was stored (--verify full reads all values again)",
            Depth::Full => "verify: row counts, checksums of all values, orphans, indexes and \
                            foreign keys",
        });
        let expected: Vec<_> = tables.iter().map(loaded::expected).collect();
        // this schema includes the foreign keys that no server enforces
        let names: Vec<_> = tables.iter().map(|t| t.name.clone()).collect();
        let schema = only(&self.schema, &names);
        let database = &self.session.database;
        let asking = Asking {
            connections: self.connections,
            watch,
        };
        let mut differences = verify::verify(database, &schema, &expected, depth, asking).await?;
        if depth == Depth::Quick {
            // after an interruption, it is no longer known which foreign keys were checked during
            // the load, so all of them are checked
            let unjudged = rows.unjudged.clone();
            let unjudged = unjudged.unwrap_or_else(|| all_references(&schema));
            let found = verify::verify_references(database, &schema, &unjudged, asking);
            differences.extend(found.await?);
        }
        if self.wants_check_table() {
            let mut tables: Vec<&LoadedTable> = tables.iter().collect();
            tables.sort_by_key(|t| std::cmp::Reverse(t.loaded));
            let names = tables.iter().map(|t| t.name.clone()).collect();
            let checked = check::tables(database, names, self.connections);
            differences.extend(checked.await?);
        }
        if !self.options.loading.no_index {
            self.session.keep_lock().await?;
            differences.extend(database::plan_differences(&self.plan(wanted).await?));
        }
        Ok(differences)
    }
}

fn all_references(schema: &Schema) -> Vec<(String, String)> {
    let of = |t: &Table| {
        let table = t.name.clone();
        let names = t.foreign_keys.iter().map(|f| f.name.clone());
        names
            .map(move |name| (table.clone(), name))
            .collect::<Vec<_>>()
    };
    schema.tables.iter().flat_map(of).collect()
}
