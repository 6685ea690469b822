//! Changes on a real server: kept, taken back, stopped, refused, looked up, never done twice.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use dbwright_contract::{CallCx, Effect, Landed, Progress, Tool, ToolError};
use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_postgres::{
    Access, ActionPlan, ApplyChange, ApplyChangeArgs, Changed, Database, DatabaseConfig, Databases, Environment, Fared,
    Maintain, MaintainArgs, Outcome, Patience, carry_out, landed, plan_of, session_start, way_back, with_backend_start,
};
use serde_json::json;
use support::Fixture;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const ORDERS: &str = "CREATE SCHEMA shop;
    CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer bigint NOT NULL, status text NOT NULL);
    INSERT INTO shop.orders SELECT n, n % 5000, 'done' FROM generate_series(1, 60000) n;
    VACUUM ANALYZE shop.orders";
const BY_CUSTOMER: &str = "SELECT * FROM shop.orders WHERE customer = 77";

/// Short enough for a test, in the proportions of the defaults.
fn patience() -> Patience {
    Patience {
        lock: Duration::from_millis(400),
        attempts: 3,
        pause: Duration::from_millis(50),
        old_transactions: Duration::from_secs(60),
        blocking: Duration::from_secs(1),
        clean_up: Duration::from_secs(10),
        ..Patience::default()
    }
}

struct Bench {
    fixture: Fixture,
    db: Database,
}

impl Bench {
    async fn new(hint: &str, script: &str) -> Self {
        let fixture = Fixture::new(hint).await;
        for statement in dbwright_sql::split(script).unwrap() {
            fixture.sql(statement.text).await;
        }
        let db = with(&fixture, Access::Change, Environment::Development);
        Self { fixture, db }
    }

    fn plan(&self, statements: &[&str], measure: &[&str]) -> ActionPlan {
        let measure = measure.iter().map(|sql| (*sql).to_owned()).collect();
        ActionPlan::new("app", statements, &[], measure).unwrap()
    }

    async fn run(&self, statements: &[&str], measure: &[&str]) -> Result<Changed, ToolError> {
        carry_out(&self.db, &support::cx(), &self.plan(statements, measure), false, patience()).await
    }

    async fn indexes(&self) -> String {
        self.fixture
            .value(
                "SELECT coalesce(string_agg(c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' (invalid)' END, ', ' ORDER BY c.relname), '')
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = 'shop'",
            )
            .await
    }
}

fn with(fixture: &Fixture, access: Access, environment: Environment) -> Database {
    Database::new(DatabaseConfig { access, environment, ..DatabaseConfig::new("app", fixture.database.url()) }).unwrap()
}

/// A call that can be watched and interrupted.
fn watched() -> (CallCx, CancellationToken, mpsc::UnboundedReceiver<Progress>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let cancel = CancellationToken::new();
    (CallCx::new("session", "call", cancel.clone(), Some(sender)), cancel, receiver)
}

/// The first progress line with these words.
async fn told(progress: &mut mpsc::UnboundedReceiver<Progress>, words: &str) -> String {
    let mut seen = Vec::new();
    while let Some(line) = progress.recv().await {
        if line.message.contains(words) {
            return line.message;
        }
        seen.push(line.message);
    }
    panic!("`{words}` was never told: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_helps_is_kept_and_never_built_twice() {
    let bench = Bench::new("kept", ORDERS).await;
    let statement = ["CREATE INDEX ON shop.orders (customer)"];
    let changed = bench.run(&statement, &[BY_CUSTOMER]).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Kept, "{changed:#?}");
    let [measured] = changed.measured.as_slice() else { panic!("{changed:#?}") };
    assert_eq!(measured.fared, Fared::Gained);
    assert!(measured.measured.ratio.unwrap() > 5.0 && measured.before.runs == 5, "{measured:?}");
    assert_eq!(changed.undo, ["DROP INDEX CONCURRENTLY shop.orders_customer_idx"]);
    assert_eq!(bench.indexes().await, "orders_customer_idx, orders_pkey");
    // The same again, and the same under another name: nothing to do.
    for statement in [statement, ["CREATE INDEX other ON shop.orders USING btree (customer ASC)"]] {
        let again = bench.run(&statement, &[BY_CUSTOMER]).await.unwrap();
        assert_eq!((again.outcome, again.steps.len()), (Outcome::AlreadyThere, 0), "{again:#?}");
    }
    assert_eq!(bench.indexes().await, "orders_customer_idx, orders_pkey");
    let taken = bench.run(&["CREATE INDEX orders_customer_idx ON shop.orders (status)"], &[]).await.unwrap_err();
    assert!(taken.to_string().contains("another index has the name"), "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_does_not_help_is_taken_back() {
    let bench = Bench::new("useless", ORDERS).await;
    let statement = ["CREATE INDEX useless ON shop.orders (status)"];
    let changed = bench.run(&statement, &[BY_CUSTOMER]).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Reverted, "{changed:#?}");
    assert!(changed.reason.contains("no statement gains 20 %") && changed.undo.is_empty(), "{changed:#?}");
    assert_eq!(bench.indexes().await, "orders_pkey");
    // Kept all the same where somebody wants it.
    let plan = bench.plan(&statement, &[BY_CUSTOMER]);
    let kept = carry_out(&bench.db, &support::cx(), &plan, true, patience()).await.unwrap();
    assert_eq!(kept.outcome, Outcome::Kept, "{kept:#?}");
    assert_eq!(bench.indexes().await, "orders_pkey, useless");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_whose_loss_hurts_comes_back() {
    let bench = Bench::new("dropped", ORDERS).await;
    bench
        .fixture
        .sql("CREATE INDEX by_customer ON shop.orders (customer); CREATE INDEX by_status ON shop.orders (status)")
        .await;
    let hurt = bench.run(&["DROP INDEX CONCURRENTLY shop.by_customer"], &[BY_CUSTOMER]).await.unwrap();
    assert_eq!(hurt.outcome, Outcome::Reverted, "{hurt:#?}");
    assert!(hurt.reason.contains("more than 10 % more work"), "{}", hurt.reason);
    let fine = bench.run(&["DROP INDEX CONCURRENTLY shop.by_status"], &[BY_CUSTOMER]).await.unwrap();
    assert_eq!(fine.outcome, Outcome::Kept, "{fine:#?}");
    assert_eq!(fine.undo, ["CREATE INDEX CONCURRENTLY by_status ON shop.orders USING btree (status)"]);
    assert_eq!(bench.indexes().await, "by_customer, orders_pkey");
    let again = bench.run(&["DROP INDEX CONCURRENTLY shop.by_status"], &[]).await.unwrap();
    assert_eq!(again.outcome, Outcome::AlreadyThere);
}

#[tokio::test(flavor = "multi_thread")]
async fn placeholders_get_values_and_statements_that_write_are_not_executed() {
    let bench = Bench::new("values", ORDERS).await;
    let measure = ["SELECT * FROM shop.orders WHERE customer = $1", "DELETE FROM shop.orders"];
    let changed = bench.run(&["CREATE INDEX ON shop.orders (customer)"], &measure).await.unwrap();
    assert_eq!((changed.outcome, changed.measured.len()), (Outcome::Kept, 1), "{changed:#?}");
    assert!(!changed.measured[0].executed.contains('$'), "{}", changed.measured[0].executed);
    assert!(
        changed.gaps.iter().any(|gap| gap.starts_with("not measured") && gap.contains("DELETE")),
        "{:?}",
        changed.gaps
    );
    assert_eq!(bench.fixture.value("SELECT count(*) FROM shop.orders").await, "60000");
}

/// What a build would wait for is waited for before it begins: stopping then leaves nothing.
#[tokio::test(flavor = "multi_thread")]
async fn old_transactions_are_named_and_waited_for_before_the_build() {
    let bench = Bench::new("old", ORDERS).await;
    let holder = bench
        .fixture
        .hold("SET application_name = 'nightly'; BEGIN; UPDATE shop.orders SET status = 'x' WHERE id = 1")
        .await;
    bench
        .fixture
        .until("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'nightly' AND xact_start < clock_timestamp() - interval '2.1 s' AND datname = current_database())")
        .await;
    let plan = bench.plan(&["CREATE INDEX late ON shop.orders (customer)"], &[]);
    let (cx, cancel, mut progress) = watched();
    let (outcome, line) = tokio::join!(carry_out(&bench.db, &cx, &plan, false, patience()), async {
        let line = told(&mut progress, "before it begins").await;
        cancel.cancel();
        line
    });
    assert!(matches!(outcome, Err(ToolError::Cancelled)), "{outcome:?}");
    assert!(line.contains("nightly") && line.contains("idle in transaction"), "{line}");
    assert_eq!(bench.indexes().await, "orders_pkey");
    let impatient = Patience { old_transactions: Duration::from_millis(10), ..patience() };
    let error = carry_out(&bench.db, &support::cx(), &plan, false, impatient).await.unwrap_err();
    assert!(error.to_string().contains("nothing was changed"), "{error}");
    drop(holder);
    let changed = bench.run(&["CREATE INDEX late ON shop.orders (customer)"], &[]).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Applied, "{changed:#?}");
    assert_eq!(bench.indexes().await, "late, orders_pkey");
}

/// A transaction that is too young to be noticed beforehand: the build itself waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_is_stopped_in_the_middle_leaves_no_invalid_index() {
    let bench = Bench::new("middle", ORDERS).await;
    bench.fixture.sql("CREATE TABLE shop.elsewhere (id int)").await;
    let _snapshot = bench
        .fixture
        .hold("SET application_name = 'report'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM shop.elsewhere")
        .await;
    let plan = bench.plan(&["CREATE INDEX middle ON shop.orders (customer)"], &[]);
    let (cx, cancel, mut progress) = watched();
    let (outcome, line) = tokio::join!(carry_out(&bench.db, &cx, &plan, false, patience()), async {
        let line = told(&mut progress, "waits for").await;
        assert_eq!(bench.indexes().await, "middle (invalid), orders_pkey");
        // Nobody else may take it for finished or missing meanwhile.
        assert!(
            matches!(landed(&bench.db, &plan).await.unwrap(), Landed::Unclear(words) if words.contains("is being built by session"))
        );
        cancel.cancel();
        line
    });
    assert!(matches!(outcome, Err(ToolError::Cancelled)), "{outcome:?}");
    assert!(line.contains("waiting for old snapshots") && line.contains("report"), "{line}");
    assert_eq!(bench.indexes().await, "orders_pkey");
    assert!(matches!(landed(&bench.db, &plan).await.unwrap(), Landed::NotDone(_)));
}

/// Where even the clean-up must wait, the leftover is named, and the next run removes it first.
#[tokio::test(flavor = "multi_thread")]
async fn a_leftover_that_cannot_go_yet_is_named_and_goes_with_the_next_run() {
    let bench = Bench::new("leftover", ORDERS).await;
    let holder = bench
        .fixture
        .hold("SET application_name = 'writer'; BEGIN; UPDATE shop.orders SET status = 'x' WHERE id = 1")
        .await;
    let plan = bench.plan(&["CREATE INDEX \"Left Over\" ON shop.orders (customer)"], &[]);
    let (cx, cancel, mut progress) = watched();
    let short = Patience { clean_up: Duration::from_millis(800), ..patience() };
    let (outcome, _) = tokio::join!(carry_out(&bench.db, &cx, &plan, false, short), async {
        told(&mut progress, "waits for").await;
        cancel.cancel();
    });
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("DROP INDEX CONCURRENTLY shop.\"Left Over\"") && error.contains("writer"), "{error}");
    assert_eq!(bench.indexes().await, "Left Over (invalid), orders_pkey");
    assert!(matches!(landed(&bench.db, &plan).await.unwrap(), Landed::NotDone(words) if words.contains("invalid")));
    drop(holder);
    let (cx, _cancel, mut progress) = watched();
    let changed = carry_out(&bench.db, &cx, &plan, false, patience()).await.unwrap();
    drop(cx);
    told(&mut progress, "dropping it first").await;
    assert_eq!(changed.outcome, Outcome::Applied);
    assert_eq!(bench.indexes().await, "Left Over, orders_pkey");
}

/// A unique index over duplicates fails by itself, in the middle.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_fails_leaves_nothing() {
    let bench = Bench::new("fails", ORDERS).await;
    let error = bench.run(&["CREATE UNIQUE INDEX one ON shop.orders (customer)"], &[]).await.unwrap_err();
    assert!(
        error.to_string().contains("duplicate") || error.to_string().contains("could not create unique"),
        "{error}"
    );
    assert_eq!(bench.indexes().await, "orders_pkey");
}

/// A waiting schema change stops all readers behind it: the build gives way.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_gives_way_to_those_who_stand_behind_it() {
    let bench = Bench::new("gives_way", ORDERS).await;
    bench.fixture.sql("CREATE TABLE shop.elsewhere (id int)").await;
    let _snapshot = bench.fixture.hold("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM shop.elsewhere").await;
    let plan = bench.plan(&["CREATE INDEX slow ON shop.orders (customer)"], &[]);
    let (cx, _cancel, mut progress) = watched();
    let (outcome, ()) = tokio::join!(carry_out(&bench.db, &cx, &plan, false, patience()), async {
        told(&mut progress, "waits for").await;
        bench.fixture.sql("ALTER TABLE shop.orders ADD COLUMN note text").await;
    });
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("others stood behind it") && error.contains("ADD COLUMN note"), "{error}");
    assert_eq!(bench.indexes().await, "orders_pkey");
}

/// The strongest lock is waited for briefly, so that readers behind it never wait longer: theirs
/// would fail at five times our limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_strong_lock_never_holds_readers_up_for_longer_than_its_timeout() {
    let bench = Bench::new(
        "pile_up",
        "CREATE SCHEMA shop; CREATE TABLE shop.parts (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
         CREATE INDEX parts_at ON shop.parts (at)",
    )
    .await;
    let holder = bench.fixture.hold("SET application_name = 'reader'; BEGIN; SELECT * FROM shop.parts").await;
    let plan = bench.plan(&["DROP INDEX shop.parts_at"], &[]);
    let (cx, _cancel, mut progress) = watched();
    let done = CancellationToken::new();
    let (outcome, reads) = tokio::join!(
        async {
            let outcome = carry_out(&bench.db, &cx, &plan, false, patience()).await;
            done.cancel();
            outcome
        },
        async {
            let mut reads = 0;
            let mut session = bench.fixture.hold("SET lock_timeout = '2s'").await;
            while !done.is_cancelled() {
                sqlx::query("SELECT count(*) FROM shop.parts").execute(&mut session).await.unwrap();
                reads += 1;
            }
            reads
        }
    );
    let error = outcome.unwrap_err();
    assert!(matches!(error, ToolError::Timeout(_)), "{error}");
    assert!(error.to_string().contains("3 attempts") && error.to_string().contains("reader"), "{error}");
    assert!(told(&mut progress, "attempt 1 of 3").await.contains("again in"));
    assert!(reads > 0);
    assert_eq!(bench.indexes().await, "parts_1_at_idx, parts_at");
    // With the reader gone between two attempts, the next one succeeds.
    let (cx, _cancel, mut progress) = watched();
    let (outcome, ()) = tokio::join!(carry_out(&bench.db, &cx, &plan, false, patience()), async {
        told(&mut progress, "attempt 1 of 3").await;
        drop(holder);
    });
    assert_eq!(outcome.unwrap().undo, ["CREATE INDEX parts_at ON ONLY shop.parts USING btree (at)"]);
    assert_eq!(bench.indexes().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn partitioned_tables_get_the_recipe() {
    let bench = Bench::new(
        "recipe",
        "CREATE SCHEMA shop; CREATE TABLE shop.parts (id int, at date) PARTITION BY RANGE (at);
         CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    )
    .await;
    let refused = bench.run(&["CREATE INDEX parts_id ON shop.parts (id)"], &[]).await.unwrap_err();
    assert!(matches!(&refused, ToolError::Refused(words) if words.contains("ATTACH PARTITION")), "{refused}");
    let recipe = [
        "CREATE INDEX parts_id ON ONLY shop.parts (id)",
        "CREATE INDEX CONCURRENTLY parts_1_id ON shop.parts_1 (id)",
        "ALTER INDEX shop.parts_id ATTACH PARTITION shop.parts_1_id",
    ];
    let changed = bench.run(&recipe, &[]).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Applied, "{changed:#?}");
    assert_eq!(
        bench.fixture.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'shop.parts_id'::regclass").await,
        "true"
    );
    assert_eq!(bench.run(&recipe, &[]).await.unwrap().outcome, Outcome::AlreadyThere);
    let plain = bench.run(&["CREATE INDEX x ON ONLY shop.parts_1 (id)"], &[]).await.unwrap_err();
    assert!(plain.to_string().contains("CREATE INDEX CONCURRENTLY"), "{plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn options_statistics_and_settings_are_changed_with_their_way_back() {
    let bench = Bench::new("options", ORDERS).await;
    bench.fixture.sql("ALTER TABLE shop.orders SET (fillfactor = 80)").await;
    let role = format!("r_{}", bench.fixture.database.name());
    bench.fixture.sql(&format!("CREATE ROLE {role}")).await;
    for (statement, undo) in [
        ("ALTER TABLE shop.orders SET (fillfactor = 90)", "ALTER TABLE shop.orders SET (fillfactor = '80')"),
        (
            "ALTER TABLE shop.orders SET (toast.autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE shop.orders RESET (toast.autovacuum_enabled, autovacuum_vacuum_scale_factor)",
        ),
        (
            "ALTER TABLE shop.orders ALTER COLUMN status SET STATISTICS 500",
            "ALTER TABLE shop.orders ALTER COLUMN status SET STATISTICS -1",
        ),
        (
            "ALTER TABLE shop.orders ALTER COLUMN customer SET (n_distinct = 5000)",
            "ALTER TABLE shop.orders ALTER COLUMN customer RESET (n_distinct)",
        ),
        ("CREATE STATISTICS shop.s ON customer, status FROM shop.orders", "DROP STATISTICS shop.s"),
        (
            &format!("ALTER ROLE {role} SET statement_timeout = '30s'"),
            &format!("ALTER ROLE {role} RESET statement_timeout"),
        ),
    ] {
        let plan = bench.plan(&[statement], &[]);
        let before = way_back(&bench.db, &plan).await.unwrap();
        assert_eq!(before, [undo], "{statement}");
        let changed = carry_out(&bench.db, &support::cx(), &plan, false, patience()).await.unwrap();
        assert_eq!((changed.outcome, changed.undo), (Outcome::Applied, vec![undo.to_owned()]), "{statement}");
        assert!(changed.gaps.is_empty(), "{statement}: {:?}", changed.gaps);
        let again = bench.run(&[statement], &[]).await.unwrap();
        assert_eq!(again.outcome, Outcome::AlreadyThere, "{statement}: {again:#?}");
        let back = bench.run(&[undo], &[]).await.unwrap();
        assert_eq!(back.outcome, Outcome::Applied, "{undo}: {back:#?}");
    }
    assert_eq!(
        bench.fixture.value("SELECT reloptions::text FROM pg_class WHERE oid = 'shop.orders'::regclass").await,
        "{fillfactor=80}"
    );
    bench.fixture.sql("ALTER TABLE shop.orders ADD CONSTRAINT positive CHECK (id > 0) NOT VALID").await;
    let valid = bench.run(&["ALTER TABLE shop.orders VALIDATE CONSTRAINT positive"], &[]).await.unwrap();
    assert_eq!(valid.outcome, Outcome::Applied);
    bench.fixture.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

/// Several statements that may share a transaction do: one that fails takes the others with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_shares_a_transaction_is_done_whole_or_not_at_all() {
    let bench = Bench::new("whole", ORDERS).await;
    let error = bench
        .run(
            &[
                "ALTER TABLE shop.orders SET (fillfactor = 70)",
                "ALTER TABLE shop.orders ALTER COLUMN nothing SET STATISTICS 5",
            ],
            &[],
        )
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
    assert_eq!(
        bench.fixture.value("SELECT reloptions IS NULL FROM pg_class WHERE oid = 'shop.orders'::regclass").await,
        "true"
    );
    // Where they cannot, the error says what was done before.
    let error = bench
        .run(&["CREATE INDEX first ON shop.orders (customer)", "CREATE INDEX second ON shop.orders (nothing)"], &[])
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("done before and still there: CREATE INDEX CONCURRENTLY first"), "{error}");
    assert!(error.contains("DROP INDEX CONCURRENTLY shop.first"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_runs_where_it_is_permitted_and_clears_old_copies() {
    let bench = Bench::new("maintain", ORDERS).await;
    bench.fixture.sql("DELETE FROM shop.orders WHERE id % 3 = 0").await;
    let db = with(&bench.fixture, Access::Maintain, Environment::Production);
    let tool = Maintain::new(Databases::new([db])).patience(patience());
    for (operation, relation) in [
        ("vacuum", "shop.orders"),
        ("analyze", "shop.orders"),
        ("reindex_index", "shop.orders_pkey"),
        ("reindex_table", "shop.orders"),
    ] {
        let args: MaintainArgs = serde_json::from_value(json!({"operation": operation, "relation": relation})).unwrap();
        let assessment = tool.assess(&args);
        assert_eq!((assessment.effect, assessment.refusal), (Effect::Maintain, None));
        let changed = tool.call(&support::cx(), args.clone()).await.unwrap();
        assert_eq!(changed.outcome, Outcome::Applied, "{operation}");
        assert!(matches!(tool.look_up(&support::cx(), args).await.unwrap(), Landed::NotDone(_)));
    }
    assert_eq!(
        bench.fixture.value("SELECT relallvisible = relpages FROM pg_class WHERE oid = 'shop.orders'::regclass").await,
        "true"
    );
    // As a rebuild leaves it that was stopped.
    bench
        .fixture
        .sql(
            "CREATE INDEX orders_pkey_ccnew ON shop.orders (id);
              UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.orders_pkey_ccnew'::regclass",
        )
        .await;
    let args = serde_json::from_value(json!({"operation": "reindex_index", "relation": "shop.orders_pkey"})).unwrap();
    tool.call(&support::cx(), args).await.unwrap();
    assert_eq!(bench.indexes().await, "orders_pkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_only_if_it_is_still_the_one() {
    let bench = Bench::new("ended", "SELECT 1").await;
    let mut victim = bench.fixture.hold("SET application_name = 'stuck'; BEGIN").await;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut victim).await.unwrap();
    let start = session_start(&bench.db, pid).await.unwrap().unwrap();
    assert!(start.words.contains("stuck") && start.words.contains("idle in transaction"), "{}", start.words);
    const RULE: Rule = Rule { id: "r", group: "sessions", severity: Severity::High, summary: "s" };
    let fix = Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_terminate_backend({pid})")]);
    let plan = |backend_start: &str| {
        let finding = Finding::new(&RULE, Object::new(ObjectKind::Session, "s"), "t").fix(with_backend_start(
            &fix,
            pid,
            backend_start,
        ));
        plan_of(&finding, "app", Vec::new()).unwrap()
    };
    // Another backend start: the id has been given to somebody else since.
    let recycled = plan("2020-01-01T00:00:00.000000Z");
    assert_eq!(recycled.effect, Effect::Destroy);
    let untouched = carry_out(&bench.db, &support::cx(), &recycled, false, patience()).await.unwrap();
    assert_eq!(untouched.outcome, Outcome::AlreadyThere, "{untouched:#?}");
    sqlx::query("SELECT 1").execute(&mut victim).await.unwrap();
    let exact = plan(&start.backend_start);
    assert!(matches!(landed(&bench.db, &exact).await.unwrap(), Landed::NotDone(_)));
    let ended = carry_out(&bench.db, &support::cx(), &exact, false, patience()).await.unwrap();
    assert_eq!(ended.outcome, Outcome::Applied, "{ended:#?}");
    assert!(sqlx::query("SELECT 1").execute(&mut victim).await.is_err());
    assert!(matches!(landed(&bench.db, &exact).await.unwrap(), Landed::Done(_)));
    assert!(session_start(&bench.db, pid).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_decides_before_anything_is_touched() {
    let bench = Bench::new("permit", ORDERS).await;
    let args: ApplyChangeArgs = serde_json::from_value(
        json!({"change": {"kind": "create_index", "statement": "CREATE INDEX x ON shop.orders (customer)"}}),
    )
    .unwrap();
    for (access, environment, words) in [
        (Access::Read, Environment::Development, "write.access"),
        (Access::Maintain, Environment::Development, "write.access"),
        (Access::Change, Environment::Production, "write.production"),
    ] {
        let tool = ApplyChange::new(Databases::new([with(&bench.fixture, access, environment)])).patience(patience());
        let assessment = tool.assess(&args);
        assert!(assessment.refusal.as_deref().is_some_and(|reason| reason.contains(words)), "{assessment:?}");
        assert!(assessment.preview.is_some_and(|card| card.contains("hash: ")));
        let error = tool.call(&support::cx(), args.clone()).await.unwrap_err();
        assert!(matches!(&error, ToolError::Refused(reason) if reason.contains(words)), "{error}");
    }
    assert_eq!(bench.indexes().await, "orders_pkey");
    let allowed = Database::new(DatabaseConfig {
        access: Access::Change,
        allow_production_changes: true,
        ..DatabaseConfig::new("app", bench.fixture.database.url())
    })
    .unwrap();
    let tool = ApplyChange::new(Databases::new([allowed])).patience(patience());
    assert!(matches!(tool.look_up(&support::cx(), args.clone()).await.unwrap(), Landed::NotDone(_)));
    assert_eq!(tool.assess(&args).refusal, None);
    tool.call(&support::cx(), args.clone()).await.unwrap();
    assert!(matches!(tool.look_up(&support::cx(), args).await.unwrap(), Landed::Done(_)));
}

/// A role that may read only says so in the server's words, and a role that is read-only by
/// default is not stopped by its default.
#[tokio::test(flavor = "multi_thread")]
async fn the_role_decides_in_the_end() {
    let bench = Bench::new("role", ORDERS).await;
    let reader = bench.fixture.role_with("GRANT USAGE ON SCHEMA shop TO {role}; GRANT SELECT ON shop.orders TO {role}; ALTER ROLE {role} SET default_transaction_read_only = on").await;
    let reader = Database::new(DatabaseConfig {
        access: Access::Change,
        environment: Environment::Development,
        ..reader.config().clone()
    })
    .unwrap();
    let plan = bench.plan(&["CREATE INDEX x ON shop.orders (customer)"], &[]);
    let error = carry_out(&reader, &support::cx(), &plan, false, patience()).await.unwrap_err();
    assert!(matches!(error, ToolError::Privilege(_)), "{error}");
    bench
        .fixture
        .sql(&format!(
            "ALTER TABLE shop.orders OWNER TO r_{0}; GRANT CREATE ON SCHEMA shop TO r_{0}",
            bench.fixture.database.name()
        ))
        .await;
    let changed = carry_out(&reader, &support::cx(), &plan, false, patience()).await.unwrap();
    assert_eq!(changed.outcome, Outcome::Applied, "{changed:#?}");
    let name = bench.fixture.database.name();
    bench.fixture.sql(&format!("DROP OWNED BY r_{name}; DROP ROLE r_{name}")).await;
}
