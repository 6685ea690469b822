//! Statements that share a transaction, and single ones that must not be in one (VACUUM, ALTER
//! SYSTEM): short waits for locks, several attempts.
//!
//! Whoever asks for a strong lock and waits holds up everybody who comes after, so the wait is
//! short and the pause between attempts grows.

use std::{
    convert::Infallible,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use dbwright_contract::{CallCx, ToolError};

use super::{
    others::{self, Other},
    step::Step,
    timing::Patience,
    writer::Writer,
};
use crate::{Database, PgError};

/// Looks at who is in the way, within one wait for a lock.
const LOOKS: u32 = 5;

/// Runs all of them or none; several only if all may share a transaction.
pub(super) async fn run(
    database: &Database,
    cx: &CallCx,
    steps: &[Step],
    patience: &Patience,
) -> Result<(), ToolError> {
    let long = steps.iter().any(|step| step.kind.is_long());
    let limit = if long { patience.long_statement } else { patience.short_statement };
    let mut blockers = Vec::new();
    for attempt in 1..=patience.attempts {
        let mut writer = Writer::open(database, limit, patience.lock).await?;
        let pid = writer.pid();
        let outcome = tokio::select! {
            biased;
            // Dropping the work cancels it on the server; nothing was committed.
            () = cx.cancel.cancelled() => Err(PgError::Cancelled),
            outcome = together(&mut writer, database, steps) => outcome,
            never = watch(database, pid, patience.lock / LOOKS, &mut blockers) => match never {},
        };
        match outcome {
            Ok(()) => {
                writer.close().await;
                return Ok(());
            }
            Err(PgError::Cancelled) => {
                drop(writer);
                database.settle().await;
                return Err(ToolError::Cancelled);
            }
            // Deadlocks and failed serializations are as short-lived as locks.
            Err(error) if matches!(error.code(), Some("55P03" | "40P01" | "40001")) && attempt < patience.attempts => {
                writer.close().await;
                let pause = jittered(patience.pause * 2_u32.saturating_pow(attempt - 1));
                cx.progress(format!(
                    "no lock within {} ms (attempt {attempt} of {}){}; again in {} ms",
                    patience.lock.as_millis(),
                    patience.attempts,
                    behind(&blockers),
                    pause.as_millis()
                ));
                tokio::select! {
                    () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Err(error) if error.is_locked() => {
                return Err(ToolError::Timeout(format!(
                    "no lock in {} attempts of {} ms{}; nothing was changed: try again when it has ended",
                    patience.attempts,
                    patience.lock.as_millis(),
                    behind(&blockers)
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ToolError::Timeout("no attempt was allowed".to_owned()))
}

async fn together(writer: &mut Writer, database: &Database, steps: &[Step]) -> Result<(), PgError> {
    if let [only] = steps
        && !only.transactional
    {
        return writer.run(database, only).await;
    }
    writer.plain("BEGIN /* dbwright */").await?;
    for step in steps {
        if let Err(error) = writer.run(database, step).await {
            // The connection is closed next, which rolls back as well.
            let _ = writer.plain("ROLLBACK /* dbwright */").await;
            return Err(error);
        }
    }
    writer.plain("COMMIT /* dbwright */").await
}

/// Remembers who stood in the way: after the timeout the server no longer says.
async fn watch(database: &Database, pid: i32, every: Duration, blockers: &mut Vec<Other>) -> Infallible {
    loop {
        tokio::time::sleep(every).await;
        // A look that fails costs a name in a message.
        if let Ok(look) = others::look(database, pid).await
            && !look.waits_for.is_empty()
        {
            *blockers = look.waits_for;
        }
    }
}

fn behind(blockers: &[Other]) -> String {
    if blockers.is_empty() { String::new() } else { format!(", held by {}", others::named(blockers)) }
}

/// Between half and one and a half times the pause, so that two of us do not meet again and again.
fn jittered(pause: Duration) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a fraction needs no more than 52 bits")]
    let fraction = RandomState::new().hash_one(0) as f64 / u64::MAX as f64;
    pause.mul_f64(0.5 + fraction)
}
