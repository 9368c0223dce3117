//! The schema for one server: names as the server spells them, and no keys that it does not know.

use crate::error::{Result, fail};

use super::SchemaText;
use mysql::collations;
use mysql::db::{self, DatabaseUrl, MySqlConnection, ServerInfo};
use mysql::engines::UnknownCollation;
use mysql_schema::statements::{
    Replaced, functional_keys, in_lower_case, with_collations_of, without_database,
};

/// A schema as one server gets it.
pub struct AtServer {
    /// The schema.
    pub text: SchemaText,
    /// The database, as the server spells its name.
    pub url: DatabaseUrl,
    /// The character sets and collations that the server lacks.
    pub replaced: Vec<Replaced>,
}

impl AtServer {
    /// For each character set or collation that was replaced: what, where, and by what.
    pub fn notes(&self, server: &ServerInfo) -> Vec<String> {
        let note = |replaced: &Replaced| {
            format!(
                "{}:{}: {} has no {}; tables and columns get {}, the nearest one that it has",
                self.text.origin, replaced.line, server.engine, replaced.from, replaced.to
            )
        };
        self.replaced.iter().map(note).collect()
    }
}

impl SchemaText {
    /// The schema and the URL, with the names of tables and database as this server keeps them. On
    /// an engine that lacks collations, the nearest ones take their place.
    ///
    /// # Errors
    ///
    /// When a query fails, and when the schema has keys that the server does not know.
    pub async fn at(
        &self,
        connection: &mut MySqlConnection,
        server: &ServerInfo,
        url: &DatabaseUrl,
    ) -> Result<AtServer> {
        let SchemaText { sql, origin, .. } = self;
        let (mut sql, mut url) = (sql.clone(), url.clone());
        if db::keeps_names_in_lower_case(connection).await? {
            sql = in_lower_case(&sql, origin)?;
            url = url.with_database(&url.database().to_lowercase());
        }
        let mut replaced = Vec::new();
        if server.engine.unknown_collation == UnknownCollation::IsReplaced {
            let known = collations::read(connection).await?;
            (sql, replaced) = with_collations_of(&known, &sql, origin)?;
        }
        let text = SchemaText {
            sql: without_database(&sql, origin, url.database())?,
            ..self.clone()
        };
        text.check_keys_are_known(server)?;
        Ok(AtServer {
            text,
            url,
            replaced,
        })
    }

    /// Only MySQL has keys over expressions. Other servers report a syntax error without naming the
    /// key.
    fn check_keys_are_known(&self, server: &ServerInfo) -> Result<()> {
        let found = match server.is_since(server.engine.functional_keys) {
            true => Vec::new(),
            false => functional_keys(&self.sql, &self.origin)?,
        };
        let Some(first) = found.first() else {
            return Ok(());
        };
        let named: Vec<String> = found
            .iter()
            .map(|k| match &k.key {
                Some(key) => format!("{key} of {}", k.table),
                None => format!("one without a name of {}", k.table),
            })
            .collect();
        fail!(
            "{}:{}: {server} has no keys over expressions, and the schema has {}: {}; add a generated column for each \
             expression and a key over that column, or take the keys out; MySQL 8.0.13 and later have them",
            self.origin,
            first.line,
            found.len(),
            named.join(", ")
        );
    }
}
