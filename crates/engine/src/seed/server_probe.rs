//! Tests whether the server accepts tablespace files, unless the server's program has already
//! passed the test.

use std::path::Path;
use std::time::Instant;

use super::run::Run;
use mysql::db;
use mysql::physical::accepted::ServerProgram;
use mysql::physical::fitness::Facts;
use mysql::physical::probe::probe;

impl Run<'_> {
    /// Makes sure that the server accepts tablespace files. Skips the test if its program has
    /// passed it before.
    pub(super) async fn probe(&mut self, facts: &Facts, folder: &Path) -> mysql::Result<()> {
        let binary = self.private.as_ref().map(|p| p.binary().to_owned());
        let connection = &mut self.session.connection;
        let program = ServerProgram::of(connection, &facts.folder, binary.as_deref()).await?;
        if program.as_ref().is_some_and(ServerProgram::is_accepted) {
            return Ok(());
        }
        let began = Instant::now();
        let mut connection = self.session.database.open_to_load().await?;
        let database = self.session.database.name();
        let probed = probe(&mut connection, self.session.info.flavour, database, folder).await;
        db::close(connection).await;
        probed.map_err(|error| {
            error.context(format!(
                "{} did not accept the tablespace file of a test table",
                self.session.info
            ))
        })?;
        self.events.detail(&format!(
            "seed: {} accepts tablespace files (tested with a test table in {:.1} s)",
            self.session.info,
            began.elapsed().as_secs_f64()
        ));
        // if this fails, the next run tests again
        let _ = program.map(|program| program.accept());
        Ok(())
    }
}
