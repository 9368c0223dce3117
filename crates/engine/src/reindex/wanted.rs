//! Determines how the tables must look, and which schema the ledger records for them.

use crate::error::{Result, fail};

use super::Reindex;
use crate::schema_text::{SchemaChoice, SchemaText};
use crate::seeded;
use model::schema::Schema;
use model::shell::quoted;
use mysql::db::lacks_right;
use mysql::inspect;
use mysql::ledger::schemas;
use mysql::prepare;
use mysql::storage_engines::read_engines;
use mysql_schema::diff::Definitions;
use mysql_schema::parse::{parse_as, parse_script};
use mysql_schema::statements::Script;

/// The wanted tables. If the server has parsed the schema, also the server's definitions of them.
pub(super) struct Wanted {
    pub(super) schema: Schema,
    pub(super) definitions: Option<Definitions>,
    /// The names of all tables of the schema, even if the user named only some of them.
    pub(super) all_tables: Vec<String>,
}

impl Reindex<'_> {
    pub(super) async fn wanted(&mut self) -> Result<Wanted> {
        let database = self.database.name().to_owned();
        let SchemaText { sql, origin, .. } = self.text;
        let read = inspect::scratch_schema_with_definitions(
            &mut self.connection,
            &database,
            sql,
            origin,
            &self.seeded.tables,
        )
        .await;
        let (schema, definitions) = match read {
            Ok((read, definitions)) => {
                for note in read.notes() {
                    self.events.info(&format!("reindex: {note}"));
                }
                (read.schema, Some(definitions))
            }
            Err(error) if lacks_right(&error) => {
                self.events.info(
                    "reindex: this account may not create a scratch database, so reindex parses \
                     the schema without the server, and assumes which statements block writers",
                );
                let flavour = self.connection.engine().flavour;
                let mut schema = parse_as(sql, origin, flavour)?;
                let script = Script::read(sql, origin)?;
                parse_script(&script, origin).order_indexes(&mut schema);
                (schema, None)
            }
            Err(error) => return Err(error.into()),
        };
        self.compare_with_ledger(&schema)?;
        let all_tables: Vec<String> = schema.tables.iter().map(|t| t.name.clone()).collect();
        // the names in the server's spelling
        let meant = |name: &String| schema.named(name).map(|table| table.name.clone());
        let asked: Vec<String> = self.options.tables.iter().filter_map(meant).collect();
        let mut names = self.options.tables.iter();
        if let Some(unknown) = names.find(|name| schema.named(name).is_none()) {
            fail!(
                "{origin} has no table \"{unknown}\"; it has {}; see --table",
                all_tables.join(", ")
            );
        }
        let asked = |name: &String| self.options.tables.is_empty() || asked.contains(name);
        Ok(Wanted {
            schema: Schema {
                tables: schema
                    .tables
                    .into_iter()
                    .filter(|t| asked(&t.name))
                    .collect(),
            },
            definitions,
            all_tables,
        })
    }

    /// Records in the ledger which schema the tables now have. If some tables still have another
    /// schema, reports the one with which `verify` compares.
    pub(super) async fn note_schema(&mut self, named: &SchemaText) -> Result<()> {
        let Some(last) = seeded::last_schema(&mut self.connection).await? else {
            return Ok(());
        };
        let now = named.of_run(&[]);
        let runs = schemas::newest_runs(&mut self.connection).await?;
        let script = Script::read(&named.sql, &named.origin)?;
        let has_all = runs
            .iter()
            .all(|(table, _)| script.about(table).next().is_some());
        if self.options.tables.is_empty()
            && has_all
            && (now.file != last.file || now.hash != last.hash)
        {
            let mut runs: Vec<u64> = runs.into_iter().map(|(_, run)| run).collect();
            runs.sort_unstable();
            runs.dedup();
            schemas::adopt(&mut self.connection, &runs, &now).await?;
            self.events.info(&format!(
                "reindex: `verify` and `reindex` compare with {} from now on",
                named.origin
            ));
            return Ok(());
        }
        if now.file != last.file && now.hash != last.hash {
            self.events.info(&format!(
                "reindex: `verify` compares with {}, the schema of the last run; to compare with the schema of this command: verify --schema {}",
                SchemaChoice::of_run(&last).shown(),
                quoted(&named.choice.option())
            ));
        }
        Ok(())
    }

    /// Reports loaded tables that the schema does not have. If it has none of them, it belongs to
    /// another database, which is an error.
    fn compare_with_ledger(&self, schema: &Schema) -> Result<()> {
        let lacking = self.seeded.lacking(schema);
        if !lacking.is_empty() && lacking.len() == self.seeded.tables.len() {
            return Err(self.seeded.not_comparable(&lacking, self.database.url()));
        }
        if !lacking.is_empty() {
            self.events.info(&format!(
                "reindex: tables not changed, because {} does not have them: {}",
                self.text.origin,
                lacking.join(", ")
            ));
        }
        Ok(())
    }

    /// Fails if the engine of a table has no transactions, because a failed change would leave such
    /// a table partly changed.
    pub(super) async fn stop_without_transactions(&mut self, wanted: &Wanted) -> Result<()> {
        let names: Vec<&str> = wanted
            .schema
            .tables
            .iter()
            .map(|t| t.name.as_str())
            .collect();
        let live =
            inspect::inspect_tables(&mut self.connection, self.database.name(), &names).await?;
        let engines = read_engines(&mut self.connection).await;
        let mut lacking = prepare::without_transactions(&live, &engines);
        let Some(last) = lacking.pop() else {
            return Ok(());
        };
        for words in &lacking {
            self.events.error(&format!("reindex: {words}"));
        }
        fail!("{last}, or name the other tables with --table");
    }
}
