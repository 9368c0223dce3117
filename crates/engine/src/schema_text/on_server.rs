//! The schema for one server: names as the server spells them, and no keys that it does not know.

use crate::error::{Result, fail};

use super::SchemaText;
use model::flavour::Flavour;
use mysql::db::{self, DatabaseUrl, MySqlConnection, ServerInfo};
use mysql_schema::statements::{functional_keys, in_lower_case, without_database};

impl SchemaText {
    /// The schema and the URL, with the names of tables and database as this server keeps them.
    ///
    /// # Errors
    ///
    /// When a query fails, and when the schema has keys that the server does not know.
    pub async fn at(
        &self,
        connection: &mut MySqlConnection,
        server: &ServerInfo,
        url: &DatabaseUrl,
    ) -> Result<(SchemaText, DatabaseUrl)> {
        let SchemaText { sql, origin, .. } = self;
        let (mut sql, mut url) = (sql.clone(), url.clone());
        if db::keeps_names_in_lower_case(connection).await? {
            sql = in_lower_case(&sql, origin)?;
            url = url.with_database(&url.database().to_lowercase());
        }
        let text = SchemaText {
            sql: without_database(&sql, origin, url.database())?,
            ..self.clone()
        };
        text.check_keys_are_known(server)?;
        Ok((text, url))
    }

    /// Only MySQL has keys over expressions. Other servers report a syntax error without naming the
    /// key.
    fn check_keys_are_known(&self, server: &ServerInfo) -> Result<()> {
        let known = server.flavour == Flavour::MySql && server.number >= (8, 0, 13);
        let found = match known {
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
