//! Carries out a plan that somebody approved.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{Power, RolePlan, power::of_session};
use crate::{Database, PgError};

/// Catalog changes wait for nobody longer than this.
const BEGIN: &str = "BEGIN /* dbwright */; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'";
/// For all of it.
const LIMIT: Duration = Duration::from_secs(60);

impl RolePlan {
    /// Runs the steps in one transaction: all of them or none. `verifier` is what
    /// [`super::verifier`] made of the password.
    ///
    /// # Errors
    /// With the statement that failed; nothing has changed then.
    pub async fn apply(&self, database: &Database, verifier: Option<&SecretString>) -> Result<(), PgError> {
        if self.sets_password && verifier.is_none() {
            return Err(PgError::Answer(format!("the role {} needs a password and none was given", self.role)));
        }
        let mut connection = database.target().connect().await?;
        let ended = tokio::time::timeout(LIMIT, self.run(&mut connection, verifier))
            .await
            .unwrap_or(Err(PgError::Timeout(LIMIT)));
        // Without its COMMIT the server rolls back.
        let _ = connection.close().await;
        ended
    }

    async fn run(&self, connection: &mut PgConnection, verifier: Option<&SecretString>) -> Result<(), PgError> {
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        for step in &self.steps {
            sqlx::raw_sql(AssertSqlSafe(step.sql.clone()))
                .execute(&mut *connection)
                .await
                .map_err(|error| failed(&step.sql, error.into()))?;
        }
        if let (true, Some(verifier)) = (self.sets_password, verifier) {
            // Base64, digits, `$`, `:` and `-`: nothing in it needs quoting.
            let role = dbwright_sql::quote_ident(&self.role);
            let statement = format!("ALTER ROLE {role} PASSWORD '{}'", verifier.expose_secret());
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *connection)
                .await
                .map_err(|error| failed(&format!("ALTER ROLE {role} PASSWORD …"), error.into()))?;
        }
        sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
        Ok(())
    }
}

/// Connects as the role, and asks what it could do: proof that the plan has worked, from the other
/// side of the server's pg_hba.conf.
///
/// # Errors
/// When the server does not let the role in.
pub async fn log_in(database: &Database, role: &str, password: Option<&SecretString>) -> Result<Power, PgError> {
    let mut connection = database.target().as_role(role, password).connect().await?;
    let power = of_session(&mut connection).await;
    // The session has done what it was for, however it ends.
    let _ = connection.close().await;
    power
}

fn failed(statement: &str, error: PgError) -> PgError {
    match error {
        PgError::Server(mut server) => {
            server.message = format!("{statement}: {}", server.message);
            PgError::Server(server)
        }
        other => other,
    }
}
