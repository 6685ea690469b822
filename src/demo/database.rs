//! The shop's database: tables, a million rows, keys, indexes, and the accidents of its history.

use dbwright_postgres::{PgError, ScriptSession};
use dbwright_servers::Progress;
use secrecy::SecretString;

use super::step::Step;

/// In the order in which they run: rows go in before keys and indexes are built, which is several
/// times faster.
const STEPS: &[(&str, &[&str])] = &[
    ("tables", &[include_str!("../../demo/setup.sql"), include_str!("../../demo/repository/db/schema/tables.sql")]),
    ("1.1 million rows", &[include_str!("../../demo/data.sql")]),
    (
        "keys and indexes",
        &[
            include_str!("../../demo/repository/db/schema/keys.sql"),
            include_str!("../../demo/repository/db/schema/indexes.sql"),
            include_str!("../../demo/repository/db/schema/references.sql"),
            include_str!("../../demo/repository/db/schema/security.sql"),
            include_str!("../../demo/grants.sql"),
        ],
    ),
];

/// Fails on two rows with the same code, and leaves an invalid index, as it does in real life.
const FAILED_INDEX: &str = "CREATE UNIQUE INDEX CONCURRENTLY coupons_tenant_code_key ON coupons (tenant_id, code)";

/// Settles statistics and the visibility map as autovacuum would have done long ago.
const VACUUM: &str = "VACUUM (ANALYZE)";

/// VACUUM does it for partitions only.
const ANALYZE_PARENT: &str = "ANALYZE audit_events";

/// Loading is not the application's work: its statements do not belong into the statistics.
const FORGET_LOADING: &str = "SELECT pg_stat_statements_reset()";

/// Fills an empty database.
pub(super) async fn load(url: &SecretString, progress: &mut dyn Progress) -> Result<(), PgError> {
    let mut session = ScriptSession::open(url, "shop-setup").await?;
    for (name, scripts) in STEPS {
        let step = Step::start(name, progress);
        for script in *scripts {
            session.run(script).await?;
        }
        step.done("", progress);
    }
    let step = Step::start("statistics", progress);
    match session.run(FAILED_INDEX).await {
        Err(PgError::Server(error)) if error.code == "23505" => {}
        Err(error) => return Err(error),
        Ok(()) => {
            return Err(PgError::Answer("the unique index on coupons was built although codes repeat".to_owned()));
        }
    }
    for script in [VACUUM, ANALYZE_PARENT, FORGET_LOADING] {
        session.run(script).await?;
    }
    session.close().await;
    step.done("", progress);
    Ok(())
}
