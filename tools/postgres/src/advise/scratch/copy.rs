//! Rows from the database to the copy, through COPY, without touching a disk in between.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::Table;
use dbwright_sql::quote_ident;
use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::sample::Sample;
use crate::{Database, PgError, ProbeLimits};

/// One table may take this long.
const COPY_TIMEOUT: Duration = Duration::from_secs(300);

/// Bytes sent on at once.
const BUFFER: usize = 256 * 1024;

/// Copies the rows of the tables (of large ones a sample) within one snapshot. Stops with an error when more than
/// `most_bytes` arrive: sizes in the catalog can be old.
pub(super) async fn rows(
    database: &Database,
    cx: &CallCx,
    target: &mut PgConnection,
    tables: &[&Table],
    sample: Sample,
    most_bytes: u64,
) -> Result<u64, ToolError> {
    let limits = ProbeLimits { statement: COPY_TIMEOUT, ..ProbeLimits::default() };
    let mut probe = database.probe_with(limits).await?;
    let mut bytes = 0_u64;
    let mut buffer: Vec<u8> = Vec::with_capacity(BUFFER * 2);
    for table in tables {
        let percent = sample.percent_of(table);
        let part = percent.map_or_else(String::new, |percent| format!("{percent:.0} % of "));
        cx.progress(format!("copying {part}{} ({:.0} rows) to a scratch server", table.name, table.rows));
        // Whole pages by chance: the server reads only these. Repeatable, so that runs agree.
        let sampled =
            percent.map_or_else(String::new, |percent| format!(" TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)"));
        let (columns, name) = (column_list(table), table.name.quoted());
        let mut source = probe
            .connection()
            .copy_out_raw(&format!("COPY /* dbwright */ (SELECT {columns} FROM ONLY {name}{sampled}) TO STDOUT"))
            .await
            .map_err(PgError::from)?;
        let mut sink =
            target.copy_in_raw(&format!("COPY {name} ({columns}) FROM STDIN")).await.map_err(PgError::from)?;
        loop {
            if cx.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            let Some(chunk) = source.try_next().await.map_err(PgError::from)? else { break };
            bytes += chunk.len() as u64;
            if bytes > most_bytes {
                return Err(ToolError::Unavailable(format!(
                    "the tables hold more than the {} MB that may be copied",
                    most_bytes >> 20
                )));
            }
            // The server sends each row as a message of its own; sent on singly, most of the time
            // would go to system calls.
            buffer.extend_from_slice(&chunk);
            if buffer.len() >= BUFFER {
                sink.send(buffer.as_slice()).await.map_err(PgError::from)?;
                buffer.clear();
            }
        }
        sink.send(buffer.as_slice()).await.map_err(PgError::from)?;
        buffer.clear();
        sink.finish().await.map_err(PgError::from)?;
    }
    probe.finish().await;
    Ok(bytes)
}

fn column_list(table: &Table) -> String {
    table.columns.iter().map(|column| quote_ident(&column.name)).collect::<Vec<_>>().join(", ")
}
