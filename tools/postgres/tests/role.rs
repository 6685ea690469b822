//! The least-privilege role on a real server: what the plan grants, what it leaves out, what is
//! left of a role's power, and that the undo takes all of it back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

use dbwright_postgres::{
    Database, DatabaseConfig, PgError,
    role::{Password, Right, RolePlan, RoleRequest, power, verifier},
};
use dbwright_servers::{Postgres, PostgresOptions, testing::own_postgres};
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const SCHEMA: &str = "
    CREATE ROLE app_owner;
    CREATE ROLE app_writers;
    CREATE ROLE app LOGIN;
    GRANT app_writers TO app;
    CREATE SCHEMA app AUTHORIZATION app_owner;
    CREATE SCHEMA audit;
    SET ROLE app_owner;
    CREATE TABLE app.orders (id bigint PRIMARY KEY, total numeric);
    CREATE TABLE app.\"Order Lines\" (id bigint, note text);
    CREATE TABLE app.users (id bigint PRIMARY KEY, email text, password_hash text, password_changed_at timestamptz);
    CREATE TABLE app.api_tokens (id bigint, token text);
    CREATE VIEW app.big AS SELECT * FROM app.orders WHERE total > 100;
    CREATE SEQUENCE app.numbers;
    GRANT USAGE ON SCHEMA app TO app_writers;
    GRANT INSERT, UPDATE, DELETE, SELECT ON app.orders TO app_writers;
    GRANT USAGE ON SEQUENCE app.numbers TO app_writers;
    RESET ROLE;
    CREATE TABLE audit.log (id bigint, line text);
    CREATE TABLE audit.more (id bigint);
    CREATE FUNCTION audit.strong() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    INSERT INTO app.users VALUES (1, 'a@example.com', 'x', now());
    INSERT INTO app.orders VALUES (1, 10);";

struct Stand {
    server: Postgres,
}

impl Stand {
    async fn new() -> Self {
        let server = own_postgres(PostgresOptions::default()).await;
        server.create_database("shop").await.unwrap();
        let stand = Self { server };
        stand.sql("postgres", SCHEMA).await.unwrap();
        stand
    }

    async fn session(&self, role: &str) -> PgConnection {
        PgConnection::connect(&self.server.url_as(role, "shop")).await.unwrap()
    }

    async fn sql(&self, role: &str, script: &str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut self.session(role).await).await.map(|_| ())
    }

    async fn value(&self, role: &str, query: &str) -> Result<String, sqlx::Error> {
        let query = format!("SELECT ({query})::text");
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut self.session(role).await).await
    }

    fn database(&self, role: &str) -> Database {
        Database::new(DatabaseConfig::new("shop", self.server.url_as(role, "shop"))).unwrap()
    }

    async fn plan(&self, name: &str, password: Password) -> RolePlan {
        let request = RoleRequest { name: name.to_owned(), schemas: Vec::new(), password };
        RolePlan::read(&self.database("postgres"), &request).await.unwrap()
    }
}

#[tokio::test]
async fn the_role_reads_what_it_should_and_a_second_plan_is_empty() {
    let stand = Stand::new().await;
    let plan = stand.plan("specialist", Password::IfNew).await;
    assert!(
        plan.sets_password && plan.steps[0].sql.starts_with("CREATE ROLE specialist LOGIN NOSUPERUSER"),
        "{plan:#?}"
    );
    assert_eq!(plan.left_out, ["app.api_tokens", "app.users (password_hash)"]);
    let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
    for expected in [
        "GRANT SELECT (id, email, password_changed_at) ON app.users TO specialist",
        "GRANT SELECT ON app.\"Order Lines\", app.big, app.orders TO specialist",
        "GRANT SELECT ON ALL TABLES IN SCHEMA audit TO specialist",
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA app GRANT SELECT ON TABLES TO specialist",
        "ALTER ROLE specialist SET temp_file_limit = '1GB'",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO specialist",
    ] {
        assert!(statements.contains(&expected), "{expected}: {statements:#?}");
    }
    assert_eq!(statements.iter().any(|sql| sql.ends_with("WITH INHERIT TRUE, SET FALSE")), plan.major >= 16);
    assert!(plan.optional.iter().any(|optional| optional.sql == "REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC"));
    assert!(plan.optional.iter().any(|optional| optional.sql.contains("audit.strong()")), "{:#?}", plan.optional);

    let secret = verifier(&"pl4nted-password".into(), &[7; 16]).unwrap();
    let without = plan.apply(&stand.database("postgres"), None).await;
    assert!(matches!(without, Err(PgError::Answer(_))));
    plan.apply(&stand.database("postgres"), Some(&secret)).await.unwrap();
    let again = stand.plan("specialist", Password::IfNew).await;
    assert!(again.is_done(), "{again:#?}");

    for readable in [
        "SELECT count(*) FROM app.orders",
        "SELECT max(email) FROM app.users",
        "SELECT count(*) FROM app.big",
        "SELECT count(*) FROM audit.log",
    ] {
        stand.value("specialist", readable).await.unwrap();
    }
    for hidden in ["SELECT max(password_hash) FROM app.users", "SELECT count(*) FROM app.api_tokens"] {
        let error = stand.value("specialist", hidden).await.unwrap_err().to_string();
        assert!(error.contains("permission denied"), "{hidden}: {error}");
    }
    stand.value("specialist", "SELECT last_value FROM app.numbers").await.unwrap();
    assert!(stand.value("specialist", "SELECT nextval('app.numbers')").await.is_err());
    let write = "BEGIN READ WRITE; UPDATE app.orders SET total = 0";
    assert!(stand.sql("specialist", write).await.unwrap_err().to_string().contains("permission denied"));
    stand.sql("postgres", "SET ROLE app_owner; CREATE TABLE app.later (id int)").await.unwrap();
    stand.value("specialist", "SELECT count(*) FROM app.later").await.unwrap();
    assert_eq!(stand.value("specialist", "current_setting('temp_file_limit')").await.unwrap(), "1GB");

    // The difference alone: what is taken away comes back, and nothing else.
    stand
        .sql(
            "postgres",
            "REVOKE SELECT ON app.orders FROM specialist; ALTER ROLE specialist SET temp_file_limit = '9GB'",
        )
        .await
        .unwrap();
    let difference = stand.plan("specialist", Password::IfNew).await;
    let statements: Vec<&str> = difference.steps.iter().map(|step| step.sql.as_str()).collect();
    assert_eq!(
        statements,
        ["GRANT SELECT ON app.orders TO specialist", "ALTER ROLE specialist SET temp_file_limit = '1GB'"]
    );
    assert_eq!(difference.steps[1].undo, "ALTER ROLE specialist SET temp_file_limit = '9GB'");

    let power = power(&stand.database("specialist")).await.unwrap();
    assert_eq!(power.own().collect::<Vec<_>>(), Vec::<&dbwright_postgres::role::Excess>::new());
    let kinds: Vec<Right> = power.public().map(|excess| excess.right).collect();
    assert!(kinds.contains(&Right::Temporary) && kinds.contains(&Right::DefinerFunctions), "{kinds:?}");
    assert_eq!(kinds.contains(&Right::Create), plan.major < 15, "{kinds:?}");

    stand.sql("postgres", "DROP TABLE app.later").await.unwrap();
    stand.sql("postgres", &plan.undo()).await.unwrap();
    assert_eq!(
        stand.value("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'specialist'").await.unwrap(),
        "0"
    );
}

#[tokio::test]
async fn the_verifier_lets_the_password_in_and_only_it() {
    let stand = Stand::new().await;
    let plan = stand.plan("specialist", Password::Always).await;
    let password = "pl4nted ' password";
    let secret = verifier(&password.into(), &[9; 16]).unwrap();
    plan.apply(&stand.database("postgres"), Some(&secret)).await.unwrap();
    let stored = "SELECT rolpassword FROM pg_authid WHERE rolname = 'specialist'";
    assert_eq!(stand.value("postgres", stored).await.unwrap(), secret.expose_secret());
    let hba = stand.value("postgres", "current_setting('hba_file')").await.unwrap();
    std::fs::write(&hba, "local all specialist scram-sha-256\nlocal all all trust\n").unwrap();
    stand.sql("postgres", "SELECT pg_reload_conf()").await.unwrap();
    let with = |password: &str| {
        let options: sqlx::postgres::PgConnectOptions = stand.server.url_as("specialist", "shop").parse().unwrap();
        options.password(password)
    };
    // The reload reaches the postmaster a moment later.
    loop {
        if PgConnection::connect_with(&with("wrong")).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    PgConnection::connect_with(&with(password)).await.unwrap();
    let log = std::fs::read_dir(stand.server.dir())
        .unwrap()
        .flatten()
        .filter_map(|file| std::fs::read_to_string(file.path()).ok());
    assert!(log.into_iter().all(|text| !text.contains("pl4nted")));
}

#[tokio::test]
async fn power_is_named_with_what_takes_it_away() {
    let stand = Stand::new().await;
    let all = power(&stand.database("postgres")).await.unwrap();
    assert_eq!(all.own().map(|excess| excess.right).collect::<Vec<_>>(), [Right::Superuser]);

    stand.sql("postgres", "ALTER ROLE app CREATEDB; GRANT pg_signal_backend TO app; GRANT CREATE ON SCHEMA audit TO app; GRANT UPDATE (line) ON audit.log TO app; GRANT TRUNCATE ON audit.more TO PUBLIC; GRANT CREATE ON DATABASE shop TO app").await.unwrap();
    let app = power(&stand.database("app")).await.unwrap();
    let what: Vec<&str> = app.own().map(|excess| excess.what.as_str()).collect();
    for expected in [
        "has CREATEDB",
        "is a member of pg_signal_backend",
        "may DELETE, INSERT, UPDATE on 1 table of schema app (such as app.orders), as a member of app_writers",
        "may UPDATE on 1 table of schema audit (such as audit.log)",
        "may TRUNCATE on 1 table of schema audit (such as audit.more), as everybody may",
        "may advance 1 sequence of schema app (app.numbers), as a member of app_writers",
        "may create objects in schema audit",
        "may create schemas in the database shop",
    ] {
        assert!(what.contains(&expected), "{expected}: {what:#?}");
    }
    for excess in app.own() {
        for statement in &excess.revoke {
            stand.sql("postgres", statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }
    let left = power(&stand.database("app")).await.unwrap();
    assert_eq!(left.own().count(), 0, "{left:#?}");

    stand.sql("postgres", "ALTER ROLE app_owner LOGIN").await.unwrap();
    let owner = power(&stand.database("app_owner")).await.unwrap();
    assert!(
        owner.own().any(|excess| excess.right == Right::Ownership && excess.what.contains("the schemas app")),
        "{owner:#?}"
    );

    stand.sql("postgres", "CREATE ROLE strong LOGIN SUPERUSER CREATEROLE").await.unwrap();
    let plan = stand.plan("strong", Password::None).await;
    let statements: Vec<&str> = plan.steps.iter().map(|step| step.sql.as_str()).collect();
    assert!(statements.contains(&"ALTER ROLE strong NOSUPERUSER") && !plan.sets_password, "{statements:#?}");
}

#[tokio::test]
async fn a_wrong_request_is_refused_with_its_reason() {
    let stand = Stand::new().await;
    let database = stand.database("postgres");
    for (name, schemas, part) in [
        ("", vec![], "cannot be the name"),
        ("pg_x", vec![], "cannot be the name"),
        ("a", vec!["nope".to_owned()], "no schema nope"),
    ] {
        let request = RoleRequest { name: name.to_owned(), schemas, password: Password::None };
        let error = RolePlan::read(&database, &request).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    // A name is data, whatever it looks like.
    let plan = stand.plan("x\"; DROP TABLE app.orders; --", Password::None).await;
    plan.apply(&database, None).await.unwrap();
    assert_eq!(stand.value("postgres", "SELECT count(*) FROM app.orders").await.unwrap(), "1");
    // Whoever may not do it leaves nothing half done.
    let refused = RolePlan::read(
        &stand.database("app"),
        &RoleRequest { name: "other".to_owned(), schemas: Vec::new(), password: Password::None },
    )
    .await
    .unwrap();
    assert!(refused.apply(&stand.database("app"), None).await.is_err_and(|error| error.is_privilege()));
    assert_eq!(stand.value("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'other'").await.unwrap(), "0");
}
