//! One case from set-up to score.

use std::time::{Duration, Instant};

use dbwright_servers::{Postgres, PostgresOptions, testing::own_postgres};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    case::Case,
    program::Home,
    proof,
    score::{Score, judge},
};

/// Longest time for a case; a hang is a failure, and says so.
const LONGEST: Duration = Duration::from_secs(180);

/// Statistics of a session are complete when its process has ended, which a client does not see.
const SETTLE: Duration = Duration::from_millis(400);

/// Sets the fault up, reviews, scores and proves.
pub(crate) async fn run(case: &Case) -> Score {
    match tokio::time::timeout(LONGEST, attempt(case)).await {
        Ok(score) => score,
        Err(_) => Score::broken(case, "it did not end in time"),
    }
}

async fn attempt(case: &Case) -> Score {
    // As a server in use is set up; autovacuum is on and looks in once an hour, so that nothing
    // changes while a case is looked at.
    let mut options = PostgresOptions { durable: true, autovacuum: true, ..PostgresOptions::default() }
        .setting("autovacuum_naptime", "1h");
    for setting in &case.settings {
        let (name, value) = setting.split_once('=').unwrap();
        options = options.setting(name.trim(), value.trim());
    }
    let server = own_postgres(options).await;
    if let Err(error) = set_up(case, &server).await {
        return Score::broken(case, &format!("set-up: {error}"));
    }
    let mut held = Vec::new();
    for script in &case.hold {
        let mut session = open(&server, None).await;
        if let Err(error) = session.execute(sqlx::raw_sql(AssertSqlSafe(script.clone()))).await {
            return Score::broken(case, &format!("hold: {error}"));
        }
        held.push(session);
    }
    let stuck: Vec<_> = case
        .stuck
        .iter()
        .map(|script| {
            let (script, url) = (script.clone(), server.url("postgres"));
            tokio::spawn(async move {
                let mut session = PgConnection::connect(&url).await.unwrap();
                // It waits for a lock; how it ends does not matter.
                let _ = session.execute(sqlx::raw_sql(AssertSqlSafe(script))).await;
            })
        })
        .collect();
    if !stuck.is_empty() {
        tokio::time::sleep(Duration::from_millis(1200)).await;
    }
    let home = Home::new();
    if let Some(config) = &case.config {
        std::fs::create_dir(home.project().join(".dbwright")).unwrap();
        std::fs::write(home.project().join(".dbwright/config.yaml"), config).unwrap();
    }
    for (path, content) in &case.files {
        let path = home.project().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let url = server.url("postgres");
    let url = match &case.role {
        Some(role) => url.replace("postgres@", &format!("{role}@")),
        None => url,
    };
    let mut arguments = vec!["review", "--db", url.as_str(), "--format", "json", "--quiet"];
    let file = home.path().join("statement.sql");
    let path = file.display().to_string();
    if let Some(sql) = &case.sql {
        std::fs::write(&file, sql).unwrap();
        arguments.extend(["--sql", path.as_str()]);
    }
    let started = Instant::now();
    let ended = home.run(&arguments).await;
    let seconds = started.elapsed().as_secs_f64();
    let Ok(review) = serde_json::from_str::<Value>(&ended.stdout) else {
        return Score::broken(case, &format!("review ended with {}: {}", ended.code, ended.stderr));
    };
    let mut score = judge(case, &review, seconds);
    if let (Some(wanted), Some(finding)) = (&case.proof, score.finding.clone()) {
        score.proven = Some(proof::prove(case, wanted, &finding, &server, held, &home).await);
    }
    stuck.iter().for_each(tokio::task::JoinHandle::abort);
    score
}

async fn set_up(case: &Case, server: &Postgres) -> Result<(), sqlx::Error> {
    let mut session = open(server, None).await;
    session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
    // One at a time: VACUUM, ALTER SYSTEM and PREPARE TRANSACTION take no company.
    for statement in dbwright_sql::split(&case.setup).unwrap_or_else(|error| panic!("{}: {error}", case.name)) {
        let text = statement.text;
        if ["VACUUM", "ANALYZE"].iter().any(|word| text.to_uppercase().starts_with(word)) {
            // What a session has changed counts when it ends: not after it was analysed.
            std::mem::replace(&mut session, open(server, None).await).close().await?;
            tokio::time::sleep(SETTLE).await;
        }
        session.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned()))).await?;
    }
    session.execute("SELECT pg_stat_statements_reset()").await?;
    for load in &case.workload {
        let mut session = open(server, load.role.as_deref()).await;
        for _ in 0..load.times {
            session.execute(AssertSqlSafe(load.sql.clone())).await?;
        }
        session.close().await?;
    }
    tokio::time::sleep(SETTLE).await;
    Ok(())
}

pub(crate) async fn open(server: &Postgres, role: Option<&str>) -> PgConnection {
    let url = server.url("postgres");
    let url = role.map_or_else(|| url.clone(), |role| url.replace("postgres@", &format!("{role}@")));
    PgConnection::connect(&url).await.unwrap()
}
