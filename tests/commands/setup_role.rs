//! `setup role`: printed, approved by its hash, carried out; and everything that dbwright does
//! works with what it made.

use std::os::unix::fs::PermissionsExt;

use dbwright_postgres::ScriptSession;
use dbwright_servers::{Postgres, PostgresOptions, Redis, RedisOptions, testing};
use serde_json::Value;

use crate::support::program::{Ended, Home};

const SHOP: &str = "
    CREATE ROLE app LOGIN;
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, password_hash text);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status text NOT NULL);
    CREATE TABLE api_tokens (id bigint PRIMARY KEY, token text);
    INSERT INTO customers SELECT n, 'c' || n || '@example.com', md5(n::text) FROM generate_series(1, 2000) n;
    INSERT INTO orders SELECT n, 1 + n % 2000, CASE WHEN n % 500 = 0 THEN 'open' ELSE 'done' END
    FROM generate_series(1, 60000) n;
    ANALYZE";

struct Stand {
    postgres: Postgres,
    redis: Redis,
    home: Home,
}

impl Stand {
    async fn new() -> Self {
        let postgres = testing::own_postgres(PostgresOptions::default().setting("log_statement", "ddl")).await;
        postgres.create_database("shop").await.unwrap();
        let mut session = ScriptSession::open(&postgres.url("shop").into(), "test").await.unwrap();
        for statement in dbwright_sql::split(SHOP).unwrap() {
            session.run(statement.text).await.unwrap();
        }
        for extension in ["CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "CREATE EXTENSION IF NOT EXISTS hypopg"]
        {
            // Not every server has hypopg.
            let _ = session.run(extension).await;
        }
        session.close().await;
        let redis = testing::own_redis(RedisOptions::default()).await;
        let keys = (0..500).map(|n| vec!["SET".to_owned(), format!("session:{n}"), "x".repeat(50)]);
        let config = dbwright_redis::RedisConfig::new("cache", redis.url());
        dbwright_redis::Redis::new(config).unwrap().load(keys).await.unwrap();
        Self { postgres, redis, home: Home::new() }
    }

    async fn setup(&self, more: &[&str]) -> Ended {
        let (database, redis) = (self.postgres.url("shop"), self.redis.url());
        let arguments = [&["setup", "role", "--db", &database, "--redis", &redis][..], more].concat();
        self.home.run(&arguments).await
    }

    /// As `setup role --apply` leaves it: the URLs of the role and of the user.
    async fn made(&self) -> (String, String, String) {
        let shown = self.setup(&["--format", "json"]).await;
        let hash = serde_json::from_str::<Value>(&shown.stdout).unwrap()["hash"].as_str().unwrap().to_owned();
        let file = self.home.path().join("password").display().to_string();
        let ended = self.setup(&["--apply", "--approve", &hash, "--password-file", &file]).await;
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("specialist logs in and can only read"), "{}", ended.stderr);
        let password = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        assert_eq!(password.len(), 32);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!format!("{}{}", ended.stdout, ended.stderr).contains(&password));
        let redis = format!("{}?user=specialist&pass={password}", self.redis.url());
        (self.postgres.url_as("specialist", "shop"), redis, password)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_shown_then_approved_by_its_hash_then_done_once() {
    let stand = Stand::new().await;
    let shown = stand.setup(&[]).await;
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for part in [
        "CREATE ROLE specialist LOGIN NOSUPERUSER",
        "\\password specialist",
        "GRANT SELECT (id, email) ON public.customers TO specialist; -- all columns but password_hash",
        "-- not granted, because it looks like a secret: public.api_tokens",
        "-- REVOKE TEMPORARY ON DATABASE shop FROM PUBLIC; -- everybody may create temporary tables",
        "-- DROP ROLE specialist;",
        "ACL SETUSER specialist reset on #SHA256-OF-THE-PASSWORD resetchannels",
        "-- Undo: ACL DELUSER specialist",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    for (arguments, code, part) in [
        (&["--apply"][..], 3, "nobody can be asked here"),
        (&["--apply", "--approve", "0123456789ab"], 3, "is not the hash"),
        (&["--approve", "0123456789ab"], 2, "--apply"),
        (&["--no-password"], 2, "a Redis user needs a password"),
        (&["--schemas", "nope"], 1, "no schema nope"),
    ] {
        let ended = stand.setup(arguments).await;
        assert!(ended.code == code && ended.stderr.contains(part), "{arguments:?}: {ended:?}");
    }
    let hash = shown.stderr.split("--approve ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let without = stand.setup(&["--apply", "--approve", &hash]).await;
    assert!(without.code == 2 && without.stderr.contains("--password-file"), "{without:?}");
    // Until now nothing has happened.
    assert_eq!(stand.setup(&[]).await.stdout, shown.stdout);

    let (_, _, password) = stand.made().await;
    let again = stand.setup(&[]).await;
    assert!(again.code == 0 && again.stderr.contains("nothing to do"), "{again:?}");
    let mut logged = 0;
    for file in std::fs::read_dir(stand.postgres.dir()).unwrap().flatten() {
        let Ok(text) = std::fs::read_to_string(file.path()) else { continue };
        logged += text.matches("CREATE ROLE specialist").count();
        assert!(!text.contains(&password), "{}", file.path().display());
    }
    assert_eq!(logged, 1);
    let file = stand.home.path().join("password").display().to_string();
    let newer = stand.setup(&["--new-password", "--format", "json"]).await;
    let hash = serde_json::from_str::<Value>(&newer.stdout).unwrap()["hash"].as_str().unwrap().to_owned();
    let taken = stand.setup(&["--new-password", "--apply", "--approve", &hash, "--password-file", &file]).await;
    assert!(taken.code == 2 && taken.stderr.contains("is not overwritten"), "{taken:?}");
}

/// What a role without rights is told, in all its forms.
fn lacks_a_right(gap: &str) -> bool {
    ["permission", "privilege", "may not", "superuser", "must be", "not read"].iter().any(|word| gap.contains(word))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_with_what_it_made() {
    let stand = Stand::new().await;
    let (database, redis, _) = stand.made().await;
    let servers = ["--db", &database, "--redis", &redis];
    let statement = "SELECT * FROM orders WHERE customer_id = 7";
    let run = async |arguments: &[&str]| stand.home.run(&[arguments, &servers].concat()).await;

    let review = run(&["review", "--format", "json"]).await;
    assert_eq!(review.code, 0, "{}", review.stderr);
    let review: Value = serde_json::from_str(&review.stdout).unwrap();
    let gaps: Vec<&str> = review["gaps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(gaps.iter().filter(|gap| lacks_a_right(gap)).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert!(
        review["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["rule"] == "missing_fk_index" || finding["object"]["name"] == "public.orders"),
        "{:#}",
        review["findings"]
    );

    for arguments in [
        &["check", "--format", "json"][..],
        &["explain", "--analyze", statement],
        &["advise", "--workload"],
        &["keyspace"],
    ] {
        let ended = run(arguments).await;
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
        assert!(!lacks_a_right(&ended.stderr), "{arguments:?}: {}", ended.stderr);
    }
    // What is left out on purpose is said, with the grant.
    let hidden = run(&["explain", "SELECT password_hash FROM customers"]).await;
    assert!(hidden.code == 1 && hidden.stderr.contains("permission denied"), "{hidden:?}");

    let doctor = run(&["doctor"]).await;
    assert_eq!(doctor.stdout.matches("specialist can do no harm here").count(), 2, "{}", doctor.stdout);
    let (owner, cache) = (stand.postgres.url("shop"), stand.redis.url());
    let doctor = stand.home.run(&["doctor", "--db", &owner, "--redis", &cache]).await;
    for part in
        ["is a superuser", "dbwright setup role --db shop", "may erase whole databases", "ACL SETUSER default -@write;"]
    {
        assert!(doctor.stdout.contains(part), "{part}: {}", doctor.stdout);
    }
    let review = stand.home.run(&["review", "--format", "json", "--db", &owner, "--redis", &cache]).await;
    let gaps = serde_json::from_str::<Value>(&review.stdout).unwrap()["gaps"].to_string();
    assert_eq!(gaps.matches("makes a role that can do no harm").count(), 2, "{gaps}");
}
