//! The shop at work: real connections that call real statements, so that the server's statistics
//! look like those of an application.

use dbwright_postgres::{PgError, ScriptSession, ScriptValue};
use secrecy::SecretString;

use super::{
    chance::Chance,
    shapes::{CARTS, JOBS, Shape, Values, WEB},
};

/// The demo may lose its last transactions in a crash: one flush for each click would take longer
/// than everything else. Only these sessions are told so; the server's own setting is untouched.
const QUICK_COMMITS: &str = "SET synchronous_commit = off";

/// What a checkout did before it forgot its transaction: it locked a cart and wrote to it.
const FORGOTTEN: &str = "BEGIN; UPDATE carts SET status = 'checkout' WHERE id = 1";

/// Runs every statement of the shop on three connections at once.
pub(super) async fn run(url: &SecretString) -> Result<(), PgError> {
    let web = work(url, "shop-web", WEB, 1);
    let carts = work(url, "shop-carts", CARTS, 2);
    let jobs = work(url, "shop-jobs", JOBS, 3);
    tokio::try_join!(web, carts, jobs).map(|_| ())
}

/// A session that stays in its transaction for as long as it is held.
pub(super) async fn forget_transaction(url: &SecretString) -> Result<ScriptSession, PgError> {
    let mut session = ScriptSession::open(url, "shop-checkout").await?;
    session.run(FORGOTTEN).await?;
    Ok(session)
}

async fn work(url: &SecretString, application: &str, shapes: &[Shape], seed: u64) -> Result<(), PgError> {
    let mut session = ScriptSession::open(url, application).await?;
    session.run(QUICK_COMMITS).await?;
    let mut chance = Chance::new(seed);
    for shape in shapes {
        for _ in 0..shape.calls {
            let values: Vec<ScriptValue> = shape.values.iter().map(|values| value(values, &mut chance)).collect();
            let rows = session.call(shape.sql, &values).await?;
            let Some(child) = shape.for_each_row else { continue };
            for row in rows {
                session.call(child, &[ScriptValue::Integer(row)]).await?;
            }
        }
    }
    session.close().await;
    Ok(())
}

fn value(values: &Values, chance: &mut Chance) -> ScriptValue {
    match values {
        Values::Integer(low, high) => {
            ScriptValue::Integer(i64::try_from(chance.between(*low, *high)).unwrap_or(i64::MAX))
        }
        Values::Word(words) => ScriptValue::Text(chance.one_of(words).to_owned()),
        Values::Pattern(pattern, low, high) => {
            ScriptValue::Text(pattern.replace("{}", &chance.between(*low, *high).to_string()))
        }
    }
}
