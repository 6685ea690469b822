//! A database for one test, with a superuser's connection beside the handle under test.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each test file uses its part")]

use std::time::Duration;

use dbwright_contract::CallCx;
use dbwright_postgres::{Database, DatabaseConfig};
use dbwright_servers::testing::{TestDatabase, postgres};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio_util::sync::CancellationToken;

pub fn cx() -> CallCx {
    CallCx::detached(CancellationToken::new())
}

pub struct Fixture {
    pub db: Database,
    pub database: TestDatabase,
}

impl Fixture {
    pub async fn new(hint: &str) -> Self {
        let database = postgres().await.database(hint).await;
        let db = Database::new(DatabaseConfig::new("app", database.url())).unwrap();
        Self { db, database }
    }

    /// Runs a script as the superuser.
    pub async fn sql(&self, script: &str) {
        self.hold(script).await;
    }

    /// Runs a script and keeps its session open.
    pub async fn hold(&self, script: &str) -> PgConnection {
        let mut connection = PgConnection::connect(&self.database.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        connection
    }

    /// One value, read as the superuser.
    pub async fn value(&self, query: &str) -> String {
        let mut connection = PgConnection::connect(&self.database.url()).await.unwrap();
        let query = format!("SELECT ({query})::text");
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap()
    }

    /// Waits until a condition on the server holds.
    pub async fn until(&self, condition: &str) {
        let mut connection = PgConnection::connect(&self.database.url()).await.unwrap();
        while !sqlx::query_scalar::<_, bool>(AssertSqlSafe(condition)).fetch_one(&mut connection).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A new role without rights; `{role}` in `grants` stands for it.
    pub async fn role_with(&self, grants: &str) -> Database {
        let role = format!("r_{}", self.database.name());
        self.sql(&format!(
            "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN PASSWORD 'hunter22'; {}",
            grants.replace("{role}", &role)
        ))
        .await;
        Database::new(DatabaseConfig::new("app", self.database.url_as(&role))).unwrap()
    }

    /// The server's socket folder.
    pub fn socket(&self) -> String {
        let url = self.database.url();
        let host = url.split("host=").nth(1).unwrap().split('&').next().unwrap();
        host.replace("%2F", "/")
    }
}
