//! A small database to ask about.

use dbwright_postgres::ScriptSession;
use dbwright_servers::testing::{self, TestDatabase};

/// Two tables, one foreign key without an index, one status that is rare.
const SHOP: &str = "
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL,
                         note varchar(20));
    INSERT INTO customers SELECT n, 'c' || n || '@example.com' FROM generate_series(1, 2000) n;
    INSERT INTO orders SELECT n, 1 + n % 2000, CASE WHEN n % 500 = 0 THEN 'open' ELSE 'done' END, 'n' || n
    FROM generate_series(1, 100000) n;
    ANALYZE";

pub async fn shop(hint: &str) -> TestDatabase {
    let database = testing::postgres().await.database(hint).await;
    run(&database, SHOP).await;
    database
}

pub async fn run(database: &TestDatabase, sql: &'static str) {
    let mut session = ScriptSession::open(&database.url().into(), "test").await.unwrap();
    for statement in dbwright_sql::split(sql).unwrap() {
        session.run(statement.text).await.unwrap();
    }
}
