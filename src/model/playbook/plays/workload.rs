//! The statements of the workload that are worth a closer look.

use dbwright_sql::{StatementKind, brief, classify, relations};
use serde_json::Value;

use crate::model::playbook::{
    answer::{Unit, figure, figure_of},
    run::Answered,
};

/// A statement and what is known of its cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) sql: String,
    /// Time of one call; `None` where nothing is recorded.
    pub(super) mean_ms: Option<f64>,
}

/// The statements of a workload.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Statements {
    /// Those that cost most, ours and the server's own left out.
    pub(super) top: Vec<Listed>,
    /// Whether their cost was recorded, or they were only seen running.
    pub(super) recorded: bool,
}

impl Statements {
    /// The first `most` statements that have a plan.
    pub(super) fn of(workload: Option<&Answered>, most: usize) -> Self {
        let Some(workload) = workload else { return Self::default() };
        let listed = |value: &Value, mean: &str| {
            let sql = value.get("query")?.as_str()?.to_owned();
            let mean_ms = value.get(mean).and_then(Value::as_f64);
            is_of_the_application(&sql).then_some(Listed { sql, mean_ms })
        };
        let recorded = workload.list("/statements");
        let running = workload.list("/running");
        let from = if recorded.is_empty() { running } else { recorded };
        Self {
            top: from.iter().filter_map(|value| listed(value, "mean_ms")).take(most).collect(),
            recorded: !recorded.is_empty(),
        }
    }

    /// Their texts.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.top.iter().map(|one| one.sql.as_str())
    }
}

/// Reads or changes rows of a table that is not the server's own, and is not our own work.
fn is_of_the_application(sql: &str) -> bool {
    const OWN: [&str; 2] = ["pg_catalog", "information_schema"];
    let plannable = classify(sql).is_ok_and(|class| {
        matches!(
            class.kind,
            StatementKind::Select
                | StatementKind::Insert
                | StatementKind::Update
                | StatementKind::Delete
                | StatementKind::Merge
        )
    });
    let names = relations(sql).unwrap_or_default();
    let foreign = names.iter().any(|name| {
        let qualified = name.qualified();
        let bare = qualified.rsplit('.').next().unwrap_or_default();
        !OWN.iter().any(|schema| qualified.starts_with(schema)) && !bare.starts_with("pg_")
    });
    plannable && foreign && !sql.contains("/* dbwright */")
}

/// Whether executing the statement would change something or lock rows.
pub(super) fn writes(sql: &str) -> bool {
    classify(sql).map_or(true, |class| class.writes || class.locks_rows)
}

/// The tables that statements speak of, sorted.
pub(super) fn tables<'a>(statements: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut tables: Vec<String> =
        statements.into_iter().filter_map(|sql| relations(sql).ok()).flatten().map(|name| name.qualified()).collect();
    tables.sort();
    tables.dedup();
    tables
}

/// The heaviest statements, one line each.
pub(super) fn lines(workload: &Answered) -> Vec<String> {
    numbered_lines(workload, 3)
}

/// The first `most` statements of the application, one line each.
pub(super) fn numbered_lines(workload: &Answered, most: usize) -> Vec<String> {
    let of = |value: &Value| {
        let number = |field: &str| value.get(field).and_then(Value::as_f64);
        let sql = value.get("query")?.as_str()?;
        let mut parts = Vec::new();
        parts.extend(number("share").map(|share| format!("{} of the time", figure(share, Unit::Share))));
        parts.extend(number("calls").map(|calls| figure_of(calls, "call")));
        parts.extend(number("mean_ms").map(|ms| format!("{} a call", figure(ms, Unit::Ms))));
        parts.extend(number("rows_per_call").map(|rows| figure_of(rows, "row")));
        parts.extend(number("blocks_per_call").map(|pages| figure(pages, Unit::Pages)));
        parts.extend(number("longest_seconds").map(|s| format!("running for {}", figure(s * 1_000.0, Unit::Ms))));
        Some(format!("{}: `{}` ({})", parts.join(", "), brief(sql, 110).replace('`', "'"), workload.source))
    };
    let recorded = workload.list("/statements");
    let from = if recorded.is_empty() { workload.list("/running") } else { recorded };
    let ours = |value: &&Value| value.get("query").and_then(Value::as_str).is_some_and(is_of_the_application);
    from.iter().filter(ours).take(most).filter_map(of).collect()
}
