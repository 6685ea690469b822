//! A database with tables that are worth protecting.

use dbwright_servers::testing::{self, TestDatabase};
use sqlx::{Connection, PgConnection, raw_sql};

/// Tables `t` (1000 rows, referencing `p`), `p`, partitioned `parts` with `parts_part`, a
/// materialized view, an enum and a domain.
const SCHEMA: &str = "
    CREATE TABLE p (id int PRIMARY KEY, name text);
    INSERT INTO p SELECT n, 'name ' || n FROM generate_series(0, 9) n;
    CREATE TABLE t (id int NOT NULL, a int, b int NOT NULL DEFAULT 1, s varchar(20), n numeric(10,2), at timestamp, r int4range);
    INSERT INTO t SELECT n, n % 10, n, 's' || n, n, now(), int4range(n, n + 1) FROM generate_series(1, 1000) n;
    CREATE INDEX i ON t (b);
    CREATE TABLE parts (a int NOT NULL, b int) PARTITION BY RANGE (a);
    CREATE TABLE parts_part PARTITION OF parts FOR VALUES FROM (0) TO (1000);
    INSERT INTO parts SELECT n, n FROM generate_series(1, 100) n;
    CREATE TABLE loose (a int NOT NULL, b int);
    INSERT INTO loose SELECT n, n FROM generate_series(1000, 1100) n;
    CREATE MATERIALIZED VIEW v AS SELECT id, a FROM t;
    CREATE UNIQUE INDEX v_id ON v (id);
    CREATE TYPE mood AS ENUM ('sad');
    CREATE DOMAIN d AS int;
    CREATE TABLE uses (x d);
    INSERT INTO uses VALUES (1);
    ANALYZE;
";

pub(crate) struct Fixture {
    database: TestDatabase,
    pub(crate) connection: PgConnection,
}

impl Fixture {
    pub(crate) async fn new(hint: &str) -> Self {
        let database = testing::postgres().await.database(hint).await;
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
        Self { database, connection }
    }

    /// A second session.
    #[allow(dead_code)]
    pub(crate) async fn observer(&self) -> PgConnection {
        PgConnection::connect(&self.database.url()).await.unwrap()
    }

    /// Sends text as one simple query, as psql and migration runners do.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), String> {
        raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&mut self.connection)
            .await
            .map(|_| ())
            .map_err(|error| format!("{sql}\n=> {error}"))
    }

    #[allow(dead_code)]
    pub(crate) async fn number(&mut self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut self.connection).await.unwrap()
    }

    #[allow(dead_code)]
    pub(crate) async fn text(&mut self, sql: &str) -> String {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut self.connection).await.unwrap()
    }
}
