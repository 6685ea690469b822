//! The guard against its own corpus, on a real server: attacks do nothing, ordinary statements
//! run. `tests/guard/sql` holds both sets and the world that they are tried in.
//!
//! The short form also proves every tenth attack harmful without the guard; with
//! `DBWRIGHT_LONG_TESTS=1` all of them, each on a fresh copy of the world.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod world;

use std::collections::BTreeMap;

use dbwright_contract::{CallCx, ToolError};
use dbwright_postgres::{GuardedSession, Limits, Statement, run_untrusted};
use sqlx::{AssertSqlSafe, Connection, Row};
use tokio_util::sync::CancellationToken;
use world::{World, attacks, benign};

fn cx() -> CallCx {
    CallCx::detached(CancellationToken::new())
}

fn is_long() -> bool {
    std::env::var_os("DBWRIGHT_LONG_TESTS").is_some()
}

#[tokio::test]
async fn attacks_do_nothing_and_ordinary_statements_run() {
    let world = World::start().await;
    let attacks = attacks();
    let benign = benign();
    assert!(attacks.len() >= 250 && benign.len() >= 120, "{} attacks, {} benign", attacks.len(), benign.len());
    let before = world.fingerprint().await;
    for (who, db) in [("role", world.role()), ("superuser", world.superuser())] {
        let mut passed = Vec::new();
        for attack in &attacks {
            let sql = world.fill(attack);
            if run_untrusted(&db, &cx(), &sql, Limits::default()).await.is_ok() {
                passed.push(format!("{} {sql}", attack.id));
            }
        }
        let most = if who == "role" { 0 } else { attacks.len() / 200 };
        assert!(passed.len() <= most, "{who}: {} of {} attacks ran: {passed:#?}", passed.len(), attacks.len());
        let mut refused = Vec::new();
        for statement in &benign {
            if let Err(error) = run_untrusted(&db, &cx(), &statement.sql, Limits::default()).await {
                refused.push(format!("{} {}: {error}", statement.id, statement.sql));
            }
        }
        assert!(
            refused.len() * 100 <= benign.len(),
            "{who}: {} of {} ordinary statements did not run: {refused:#?}",
            refused.len(),
            benign.len()
        );
        eprintln!(
            "{who}: {}/{} attacks blocked, {}/{} ordinary statements ran",
            attacks.len() - passed.len(),
            attacks.len(),
            benign.len() - refused.len(),
            benign.len()
        );
    }
    assert_eq!(world.fingerprint().await, before, "something durable has changed");
}

/// Without the guard the attacks are real: what they do is compared, not assumed.
#[tokio::test]
async fn without_the_guard_the_attacks_do_harm() {
    let world = World::start().await;
    let mut harmless: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tried = 0;
    for (at, attack) in attacks().iter().enumerate() {
        // What fills the memory of a server is tried where there is time for it.
        if attack.class == "state" || !is_long() && (at % 10 != 0 || attack.class == "memory") {
            continue;
        }
        tried += 1;
        let harm = world.harm(attack).await;
        if let Err(why) = harm {
            harmless.entry(attack.class.clone()).or_default().push(format!("{} {}: {why}", attack.id, attack.sql));
        }
    }
    let harmless_count: usize = harmless.values().map(Vec::len).sum();
    eprintln!("{} of {tried} attacks did harm without the guard; the others: {harmless:#?}", tried - harmless_count);
    assert!(
        harmless_count * 50 <= tried,
        "{harmless_count} of {tried} do nothing even without the guard: {harmless:#?}"
    );
}

/// A thousand statements of both sets through one session: after each the connection is as new.
#[tokio::test]
async fn a_thousand_calls_leave_nothing_in_the_connection() {
    let world = World::start().await;
    let mut statements: Vec<String> = attacks().iter().map(|attack| world.fill(attack)).collect();
    statements.extend(benign().into_iter().map(|statement| statement.sql));
    let db = world.superuser();
    let mut session = GuardedSession::open(&db).await.unwrap();
    // Reproducible and mixed well enough: a step that has no factor in common with the count.
    let mut at = 0;
    let mut leaks = Vec::new();
    for _ in 0..1_000 {
        at = (at + 7_919) % statements.len();
        let sql = &statements[at];
        let outcome = session.run(&cx(), Statement::Verbatim(sql), Limits::default()).await;
        let Ok(connection) = session.connection() else {
            // Dropped because it was in doubt: that is what is promised.
            session = GuardedSession::open(&db).await.unwrap();
            continue;
        };
        let state = sqlx::query(AssertSqlSafe(world::SESSION_STATE))
            .persistent(false)
            .fetch_one(&mut *connection)
            .await
            .unwrap()
            .get::<String, _>(0);
        // Refused inside a transaction.
        let idle = sqlx::raw_sql("DISCARD ALL").execute(connection).await.is_ok();
        if state != world::CLEAN_STATE || !idle {
            leaks.push(format!("{sql}: {state} ({outcome:?})"));
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
    session.close().await;
}

/// Neither planning nor running takes much of the server's memory, and nothing runs for long.
#[tokio::test]
async fn what_would_fill_the_memory_is_refused_before_it_is_planned() {
    const MOST_KILOBYTES: u64 = 256 * 1024;
    let world = World::start().await;
    let db = world.superuser();
    let mut session = GuardedSession::open(&db).await.unwrap();
    let pid: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(session.connection().unwrap()).await.unwrap();
    for attack in attacks().iter().filter(|attack| attack.class == "memory") {
        let outcome = session.run(&cx(), Statement::Verbatim(&attack.sql), Limits::default()).await;
        assert!(matches!(outcome, Err(ToolError::Refused(_))), "{}: {outcome:?}", attack.sql);
    }
    for statement in benign() {
        session.run(&cx(), Statement::Verbatim(&statement.sql), Limits::default()).await.unwrap();
    }
    let peak = world::peak_kilobytes(pid);
    assert!(peak < MOST_KILOBYTES, "the backend took {peak} kB");
    session.close().await;
}

/// A connection of ours that would be left in another state than it was found.
#[tokio::test]
async fn the_session_state_that_the_test_reads_is_the_one_that_leaks() {
    let world = World::start().await;
    let mut connection = sqlx::PgConnection::connect(&world.url()).await.unwrap();
    for leak in [
        "SELECT pg_advisory_lock(1)",
        "PREPARE leak AS SELECT 1",
        "LISTEN leak",
        "SET work_mem = '1MB'",
        "DECLARE leak CURSOR WITH HOLD FOR SELECT 1",
        "SET ROLE pg_monitor",
    ] {
        sqlx::raw_sql(AssertSqlSafe(leak)).execute(&mut connection).await.unwrap();
        let state: String = sqlx::query_scalar(AssertSqlSafe(world::SESSION_STATE))
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_ne!(state, world::CLEAN_STATE, "{leak}");
        sqlx::raw_sql("RESET ROLE").execute(&mut connection).await.unwrap();
        sqlx::raw_sql("DISCARD ALL").execute(&mut connection).await.unwrap();
    }
}
