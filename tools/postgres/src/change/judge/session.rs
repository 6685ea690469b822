//! The three functions that a fix may call: reload, cancel, terminate.

use dbwright_sql::{Item, NodeEnum, quote_literal};

use super::Judged;
use crate::change::step::{Lock, Step, StepKind};

/// `SELECT pg_reload_conf()`, and nothing else: a session is ended by process id *and* the start
/// of its backend, or the id may have passed to somebody else meanwhile.
pub(super) fn select(node: &NodeEnum) -> Judged {
    match (called(node), ended_session(node)) {
        (Some(("pg_reload_conf", None)), None) => {
            Ok(Step::new(StepKind::Reload, "SELECT pg_catalog.pg_reload_conf()".to_owned(), Lock::None, false))
        }
        (None, Some(step)) => Ok(step),
        (Some(("pg_cancel_backend" | "pg_terminate_backend", Some(_))), None) => {
            Err("a process id alone may belong to another session by now: name the start of its backend".to_owned())
        }
        _ => Err("it is a query".to_owned()),
    }
}

/// The process id in `SELECT pg_terminate_backend(4711)`, and whether it terminates.
pub(in crate::change) fn named_session(node: &NodeEnum) -> Option<(i32, bool)> {
    match called(node)? {
        ("pg_terminate_backend", Some(pid)) => Some((pid, true)),
        ("pg_cancel_backend", Some(pid)) => Some((pid, false)),
        _ => None,
    }
}

/// The statement that ends exactly this session, or none.
pub(in crate::change) fn render(pid: i32, backend_start: &str, terminate: bool) -> String {
    let function = if terminate { "pg_terminate_backend" } else { "pg_cancel_backend" };
    format!(
        "SELECT pg_catalog.{function}(pid) FROM pg_catalog.pg_stat_activity WHERE pid = {pid} AND backend_start = {}",
        quote_literal(backend_start)
    )
}

/// The step in the form of [`render`].
fn ended_session(node: &NodeEnum) -> Option<Step> {
    let sql = dbwright_sql::deparse_node(node).ok()?;
    let (_, start) = sql.split_once("backend_start = '")?;
    let backend_start = start.strip_suffix('\'')?.to_owned();
    let pid = sql.split_once("WHERE pid = ")?.1.split(' ').next()?.parse().ok()?;
    let terminate = sql.contains("pg_terminate_backend(");
    if !is_time(&backend_start) {
        return None;
    }
    // Compared as the parser prints both: anything more than the form itself is another statement.
    let exact = render(pid, &backend_start, terminate);
    let parsed = dbwright_sql::parse(&exact).ok()?;
    let same = dbwright_sql::deparse_node(parsed.one().ok()?).ok()? == sql;
    same.then(|| Step::new(StepKind::EndSession { pid, backend_start, terminate }, exact, Lock::None, false))
}

/// `2026-11-25T01:02:03.123456Z`, and other spellings of digits.
fn is_time(text: &str) -> bool {
    text.len() >= 19 && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T' | 'Z' | '+' | ' '))
}

/// The one function that a bare SELECT calls, with its one integer argument.
fn called(node: &NodeEnum) -> Option<(&'static str, Option<i32>)> {
    const KNOWN: [&str; 3] = ["pg_reload_conf", "pg_cancel_backend", "pg_terminate_backend"];
    let select = Item::of(node);
    let only = |field: &str| select.list(field).count() == 0;
    if ![
        "from_clause",
        "distinct_clause",
        "group_clause",
        "window_clause",
        "values_lists",
        "sort_clause",
        "locking_clause",
    ]
    .into_iter()
    .all(only)
        || [
            "where_clause",
            "having_clause",
            "into_clause",
            "with_clause",
            "larg",
            "rarg",
            "limit_count",
            "limit_offset",
        ]
        .into_iter()
        .any(|field| select.item(field).is_some())
    {
        return None;
    }
    let mut targets = select.list("target_list");
    let (Some(target), None) = (targets.next(), targets.next()) else { return None };
    let call = target.item("val").filter(|value| value.name == "FuncCall")?;
    let parts: Vec<&str> = call.list("funcname").map(|part| part.text("sval")).collect();
    let name = match parts.as_slice() {
        [name] | ["pg_catalog", name] => KNOWN.into_iter().find(|known| known == name)?,
        _ => return None,
    };
    let mut arguments = call.list("args");
    match (arguments.next(), arguments.next()) {
        (None, _) => Some((name, None)),
        (Some(argument), None) => {
            let number = argument.children().first().and_then(|value| value.int("ival"))?;
            Some((name, Some(i32::try_from(number).ok()?)))
        }
        _ => None,
    }
}
