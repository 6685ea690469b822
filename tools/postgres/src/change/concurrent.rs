//! CREATE, DROP and REINDEX INDEX CONCURRENTLY under a watch.
//!
//! A short lock timeout is wrong here: it strikes in the middle and leaves an invalid index. So
//! the old transactions that the build would wait for are waited for *before* it begins, when
//! stopping still leaves nothing behind; then the build is watched: what it waits for is named,
//! it gives way when others stand behind it, and what it leaves when stopped is dropped.

use std::{
    collections::HashMap,
    pin::pin,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, ToolError};

use super::{
    leftover, others,
    others::Look,
    step::{Step, StepKind},
    timing::Patience,
    writer::Writer,
};
use crate::{Database, PgError};

/// Between two looks.
const TICK: Duration = Duration::from_millis(300);
/// A cancelled statement must end within this time.
const CANCEL_GRACE: Duration = Duration::from_secs(10);

/// Runs one concurrent statement to its end, or leaves nothing of it.
pub(super) async fn run(database: &Database, cx: &CallCx, step: &Step, patience: &Patience) -> Result<(), ToolError> {
    let table = leftover::table_of(database, &step.kind).await?;
    leftover::remove_earlier(database, cx, step, patience).await?;
    quiet(database, cx, step, table, patience).await?;
    let mut writer = Writer::open(database, patience.long_statement, Duration::ZERO).await?;
    let pid = writer.pid();
    let mut watch = Watch { behind: HashMap::new(), waiting_since: None, told: String::new(), patience };
    let stopped = {
        let mut work = pin!(writer.run(database, step));
        let reason = loop {
            tokio::select! {
                biased;
                outcome = &mut work => break Stopped::ByItself(outcome),
                () = cx.cancel.cancelled() => break Stopped::ByUs(ToolError::Cancelled),
                () = tokio::time::sleep(TICK) => {
                    // A look that fails is repeated; the work goes on meanwhile.
                    if let Ok(look) = others::look(database, pid).await
                        && let Some(reason) = watch.judge(&look, cx)
                    {
                        break Stopped::ByUs(ToolError::Timeout(reason));
                    }
                }
            }
        };
        match reason {
            Stopped::ByItself(outcome) => Stopped::ByItself(outcome),
            Stopped::ByUs(error) => {
                crate::guard::InFlight::new(database.clone(), pid).cancel().await;
                match tokio::time::timeout(CANCEL_GRACE, work).await {
                    // It was done before the cancellation came.
                    Ok(Ok(())) => Stopped::ByItself(Ok(())),
                    Ok(Err(_)) | Err(_) => Stopped::ByUs(error),
                }
            }
        }
    };
    let error = match stopped {
        Stopped::ByItself(Ok(())) => {
            writer.close().await;
            return Ok(());
        }
        Stopped::ByItself(Err(error)) => ToolError::from(error),
        Stopped::ByUs(error) => error,
    };
    drop(writer);
    match leftover::remove(database, &step.kind, patience.clean_up).await {
        Ok(removed) if removed.is_empty() => Err(error),
        Ok(removed) => {
            cx.progress(format!("dropped what the stopped statement had left: {}", removed.join(", ")));
            Err(error)
        }
        Err(left) => Err(ToolError::Failed(format!("{error}; {left}"))),
    }
}

enum Stopped {
    ByItself(Result<(), PgError>),
    ByUs(ToolError),
}

/// Waits for the transactions that the statement would wait for in its middle.
async fn quiet(
    database: &Database,
    cx: &CallCx,
    step: &Step,
    table: Option<i64>,
    patience: &Patience,
) -> Result<(), ToolError> {
    let Some(table) = table else { return Ok(()) };
    let any_lock = !matches!(step.kind, StepKind::CreateIndex { .. });
    let began = Instant::now();
    let mut told = String::new();
    loop {
        let older = others::older_transactions(database, table, any_lock).await?;
        if older.is_empty() {
            return Ok(());
        }
        let names = others::named(&older);
        if began.elapsed() >= patience.old_transactions {
            return Err(ToolError::Timeout(format!(
                "not begun: it would wait for {names}; nothing was changed: let it end, then try again"
            )));
        }
        let pids: Vec<_> = older.iter().map(|other| other.pid).collect();
        let line = format!("{pids:?}");
        if line != told {
            cx.progress(format!("waiting, before it begins, for {names}"));
            told = line;
        }
        tokio::select! {
            () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// What was seen so far.
struct Watch<'a> {
    /// Since when each session stands behind us.
    behind: HashMap<i32, Instant>,
    /// Since when we wait for others.
    waiting_since: Option<Instant>,
    told: String,
    patience: &'a Patience,
}

impl Watch<'_> {
    /// Tells what happens; a reason to stop, where there is one.
    fn judge(&mut self, look: &Look, cx: &CallCx) -> Option<String> {
        self.tell(look, cx);
        let now = Instant::now();
        self.behind.retain(|pid, _| look.blocks.iter().any(|other| other.pid == Some(*pid)));
        for pid in look.blocks.iter().filter_map(|other| other.pid) {
            self.behind.entry(pid).or_insert(now);
        }
        if self.behind.values().any(|since| since.elapsed() >= self.patience.blocking) {
            return Some(format!(
                "stopped, because others stood behind it for {} s: {}; try again at a quieter time",
                self.patience.blocking.as_secs_f64(),
                others::named(&look.blocks)
            ));
        }
        if look.waits_for.is_empty() {
            self.waiting_since = None;
            return None;
        }
        let since = *self.waiting_since.get_or_insert(now);
        (since.elapsed() >= self.patience.old_transactions).then(|| {
            format!(
                "stopped, because it waited for {} s for {}; let that end, then try again",
                self.patience.old_transactions.as_secs_f64(),
                others::named(&look.waits_for)
            )
        })
    }

    fn tell(&mut self, look: &Look, cx: &CallCx) {
        let phase = look.phase.as_deref().unwrap_or("running");
        // Whole tens only, or every look would be a line.
        let percent = look.percent.map(|percent| format!(", {:.0} %", (percent / 10.0).floor() * 10.0));
        let mut line = format!("{phase}{}", percent.unwrap_or_default());
        let mut key = line.clone();
        for other in &look.waits_for {
            key.push_str(&format!(" {:?}", other.pid));
        }
        if !look.waits_for.is_empty() {
            line.push_str(&format!("; waits for {}", others::named(&look.waits_for)));
        }
        if key != self.told {
            cx.progress(line);
            self.told = key;
        }
    }
}
