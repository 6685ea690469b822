//! The list as text for the model.

use std::{borrow::Cow, fmt::Write};

use dbwright_contract::{Report, TokenBudget, clip};
use dbwright_sql::brief;

use super::tool::WorkloadOutput;
use crate::describe::{bytes, count};

/// Characters of a statement's text.
const TEXT: usize = 300;

impl Report for WorkloadOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write_output(&mut text, self);
        Cow::Owned(clip(text.trim_end(), budget, "ask for a smaller limit").text.into_owned())
    }
}

fn write_output(out: &mut String, output: &WorkloadOutput) -> std::fmt::Result {
    // Gaps first: they decide how far the rest can be trusted, and must not be cut.
    for gap in &output.gaps {
        writeln!(out, "gap: {gap}")?;
    }
    if output.source == "pg_stat_activity" {
        return write_running(out, output);
    }
    writeln!(
        out,
        "{} of {} statements of {} by {}, since {}: {} calls, {} in all",
        output.statements.len(),
        output.distinct,
        output.database,
        output.order.as_str(),
        output.since.as_deref().unwrap_or("an unknown time"),
        count(output.calls),
        duration(output.total_ms)
    )?;
    for (index, line) in output.statements.iter().enumerate() {
        write!(
            out,
            "{}. {:.1}% = {}; {} calls of {} (max {}, sd {}); {} rows, {} blocks a call",
            index + 1,
            line.share * 100.0,
            duration(line.total_ms),
            count(line.calls),
            duration(line.mean_ms),
            duration(line.max_ms),
            duration(line.stddev_ms),
            short(line.rows_per_call),
            short(line.blocks_per_call)
        )?;
        if let Some(ratio) = line.hit_ratio {
            write!(out, ", {:.1}% hit", ratio * 100.0)?;
        }
        if let Some(read_ms) = line.read_ms.filter(|ms| *ms >= 1.0) {
            write!(out, ", {} reading", duration(read_ms))?;
        }
        if line.temp_bytes > 0 {
            write!(out, ", {} temp files", bytes(line.temp_bytes))?;
        }
        if let Some(wal) = line.wal_bytes.filter(|wal| *wal > 0.0) {
            #[expect(clippy::cast_possible_truncation, reason = "saturates at 8 EiB")]
            write!(out, ", {} WAL", bytes(wal as i64))?;
        }
        writeln!(out, "; id {}\n   {}", line.query_id, brief(&line.query, TEXT))?;
    }
    Ok(())
}

fn write_running(out: &mut String, output: &WorkloadOutput) -> std::fmt::Result {
    if output.running.is_empty() {
        return writeln!(out, "no statement was running in {}", output.database);
    }
    writeln!(out, "running in {}:", output.database)?;
    for line in &output.running {
        writeln!(
            out,
            "  seen {} times in {} looks, up to {:.1} s, {}\n   {}",
            line.seen,
            line.looks,
            line.longest_seconds,
            line.wait.as_deref().map_or("working".to_owned(), |wait| format!("waiting for {wait}")),
            brief(&line.query, TEXT)
        )?;
    }
    Ok(())
}

/// `0.123 ms`, `12.3 ms`, `4.5 s`, `3.2 min`, `7.1 h`.
fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.3} ms"),
        ms if ms < 1_000.0 => format!("{ms:.1} ms"),
        ms if ms < 120_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms if ms < 7_200_000.0 => format!("{:.1} min", ms / 60_000.0),
        ms => format!("{:.1} h", ms / 3_600_000.0),
    }
}

/// Whole above ten, else one digit.
fn short(value: f64) -> String {
    if value >= 10.0 || value.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        count(value.round() as i64)
    } else {
        format!("{value:.1}")
    }
}
