//! Adapts the schema to one server: spells names as the server does, and rejects keys that the
//! server does not support.

use crate::error::{Result, fail};

use super::SchemaText;
use mysql::collations;
use mysql::db::{self, DatabaseUrl, MySqlConnection, ServerInfo};
use mysql::engines::UnknownCollation;
use mysql_schema::statements::{
    Replaced, functional_keys, in_lower_case, with_collations_of, without_database,
};

/// A schema adapted to one server.
pub struct AtServer {
    /// The schema.
    pub text: SchemaText,
    /// The URL with the database's name as the server spells it.
    pub url: DatabaseUrl,
    /// The replaced character sets and collations, which the server does not have.
    pub replaced: Vec<Replaced>,
}

impl AtServer {
    /// A note for each replaced character set or collation: what was replaced, where, and by what.
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
    /// Adapts the schema and the URL: names of tables and of the database are spelled as this
    /// server does. If the engine does not have a collation, the most similar one replaces it.
    ///
    /// # Errors
    ///
    /// When a query fails, or when the schema has keys that the server does not support.
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

    /// Fails if the schema has keys over expressions and the server is not MySQL, because other
    /// servers only report a syntax error that does not name the key.
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
                None => format!("one of {}, without a name", k.table),
            })
            .collect();
        fail!(
            "{}:{}: {server} has no keys over expressions, and the schema has {}: {}; add a \
             generated column for each expression and a key over that column, or remove the keys; \
             MySQL 8.0.13 and later have them",
            self.origin,
            first.line,
            found.len(),
            named.join(", ")
        );
    }
}
