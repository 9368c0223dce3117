//! The schema as one server understands it: names as it keeps them, and only what it knows.

use anyhow::{Result, bail};
use sqlx::MySqlConnection;

use super::SchemaText;
use model::flavour::Flavour;
use mysql::db::{self, DatabaseUrl, ServerInfo};
use mysql_schema::statements::{functional_keys, in_lower_case, without_database};

impl SchemaText {
    /// The schema with the names of tables as this server keeps them, and the URL with its database
    /// likewise.
    ///
    /// # Errors
    ///
    /// When the server cannot be asked, and when the schema has keys that it does not know.
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
        text.refuse_unknown_keys(server)?;
        Ok((text, url))
    }

    /// Keys over expressions are MySQL's; other servers call them a syntax error and do not say
    /// which they mean.
    fn refuse_unknown_keys(&self, server: &ServerInfo) -> Result<()> {
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
        bail!(
            "{}:{}: {server} has no keys over expressions, and the schema has {}: {}; add a generated column for each \
             expression and a key over that column, or take the keys out; MySQL 8.0.13 and later have them",
            self.origin,
            first.line,
            found.len(),
            named.join(", ")
        );
    }
}
