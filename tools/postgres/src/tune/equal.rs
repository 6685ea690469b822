//! Whether two statements return the same rows: as a multiset, NULLs and duplicates included.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use dbwright_sql::{NodeEnum, deparse_node, parse};

use super::bench::Bench;

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Equality {
    /// Both returned this many rows, the same.
    Same { rows: u64 },
    /// They differ.
    Different(String),
    /// It could not be found out.
    Unknown(String),
}

/// Compares both statements on one connection.
pub(super) async fn compare(
    bench: &mut Bench,
    cx: &CallCx,
    one: &str,
    other: &str,
    timeout: Duration,
) -> Result<Equality, ToolError> {
    // Which of several rows that tie a LIMIT keeps is nobody's promise: all rows are compared, and
    // the order's text is the same on both sides by construction.
    let whole = unlimited(one).zip(unlimited(other));
    let (first, second) = whole.as_ref().map_or((one, other), |(first, second)| (first, second));
    match digests(bench, cx, first, second, timeout).await {
        Err(ToolError::Timeout(_)) if whole.is_some() => digests(bench, cx, one, other, timeout).await.or_else(unknown),
        other => other.or_else(unknown),
    }
}

fn unknown(error: ToolError) -> Result<Equality, ToolError> {
    match error {
        ToolError::Cancelled | ToolError::Unreachable(_) => Err(error),
        error => Ok(Equality::Unknown(error.to_string())),
    }
}

async fn digests(
    bench: &mut Bench,
    cx: &CallCx,
    one: &str,
    other: &str,
    timeout: Duration,
) -> Result<Equality, ToolError> {
    let first = bench.row(cx, &digest(one), timeout).await?;
    let second = bench.row(cx, &digest(other), timeout).await?;
    let rows = |digest: &[Option<String>]| digest.first().and_then(Option::as_deref).unwrap_or("0").to_owned();
    if first == second {
        return Ok(Equality::Same { rows: rows(&first).parse().unwrap_or_default() });
    }
    let (before, after) = (rows(&first), rows(&second));
    Ok(Equality::Different(if before == after {
        format!("{before} rows each, but not the same")
    } else {
        format!("{before} rows became {after}")
    }))
}

/// Rows and two independent sums of hashes over their text: equal for equal multisets, and for
/// different ones practically never. In a row's text NULL and an empty string differ.
fn digest(sql: &str) -> String {
    format!(
        "SELECT pg_catalog.count(*)::text, \
         pg_catalog.sum(pg_catalog.hashtextextended(dbwright_row::text, 0)::numeric)::text, \
         pg_catalog.sum(pg_catalog.hashtextextended(dbwright_row::text, 7)::numeric)::text \
         FROM (\n{}\n) AS dbwright_row",
        sql.trim().trim_end_matches(';')
    )
}

/// The statement without its own LIMIT and OFFSET; `None` where it has none.
fn unlimited(sql: &str) -> Option<String> {
    let parsed = parse(sql).ok()?;
    let NodeEnum::SelectStmt(select) = parsed.one().ok()? else { return None };
    if select.limit_count.is_none() && select.limit_offset.is_none() {
        return None;
    }
    let mut whole = (**select).clone();
    whole.limit_count = None;
    whole.limit_offset = None;
    whole.limit_option = dbwright_sql::ast::LimitOption::Default as i32;
    deparse_node(&NodeEnum::SelectStmt(Box::new(whole))).ok()
}
