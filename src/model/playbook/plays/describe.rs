//! What a table, view, index, sequence or function looks like, and how big it is.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use crate::model::playbook::{
    answer::{Answer, Unit, figure, plain},
    input::{Input, pattern},
    run::{Answered, Pending, Run, Wanted},
};

/// A name behind the word that announces it, or in quotes, or with a dot or underscore in it.
static ANNOUNCED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(?:table|view|index|sequence|function|schema of|definition of|size of|columns of|structure of|describe|about|on|of|for|is) (?:the )?(?:table |view |index |sequence )?[`"']?([a-z_][\w$]*(?:\.[a-z_][\w$]*)?\*?)[`"']?"#,
    )
});
static SHAPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"[`"']([a-z_][\w.$]*\*?)[`"']|\b([a-z][\w$]*[_.][\w$.]*\w)\b|\A\\d\+?\s+([\w.$]+)"#));
/// Words that follow such an announcement without being a name.
const WORDS: &[&str] = &[
    "the",
    "a",
    "an",
    "my",
    "our",
    "this",
    "that",
    "it",
    "all",
    "every",
    "each",
    "database",
    "db",
    "schema",
    "table",
    "tables",
    "index",
    "indexes",
    "column",
    "columns",
    "view",
    "size",
    "sizes",
    "tenant",
    "used",
    "unused",
    "structure",
    "redis",
    "postgres",
    "postgresql",
    "safe",
    "there",
    "still",
    "what",
    "which",
    "biggest",
    "largest",
    "is",
    "in",
    "row",
    "public_schema",
    "tenant_id",
];

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let names = names(&run.input());
    let cards = if names.is_empty() {
        vec![run.call("describe", "describe", json!({}))?]
    } else {
        let wanted = names.iter().take(3).map(|name| Wanted::new("describe", json!({"name": name})));
        run.all("describe", wanted.collect())?
    };
    let mut answer = match cards.as_slice() {
        [only] => Answer::new(headline(only)),
        many => Answer::new(format!("{} objects:", many.len())),
    };
    for card in &cards {
        answer = body(answer, card, cards.len() > 1);
    }
    Ok(answer.close(&run.gaps, "`/index SELECT …` tries indexes for a statement, `/health` checks everything"))
}

/// The names of objects in a question.
pub(super) fn names(input: &Input<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let announced = ANNOUNCED.captures_iter(&input.prose);
    for found in SHAPED.captures_iter(&input.prose).chain(announced) {
        let Some(name) = (1..found.len()).find_map(|group| found.get(group)) else { continue };
        let name = name.as_str().trim_end_matches('.').to_owned();
        if !WORDS.contains(&name.as_str()) && !names.contains(&name) && !name.ends_with(".sql") {
            names.push(name);
        }
    }
    names
}

fn headline(card: &Answered) -> String {
    match card.text("/kind") {
        Some("overview") => {
            let size = plain(card, "/database_bytes", Unit::Bytes).unwrap_or_default();
            let version = card.text("/version").unwrap_or_default();
            format!("PostgreSQL {version}, {size} ({}).", card.source)
        }
        Some("relation") => relation_line(card).unwrap_or_default(),
        Some("index") => index_line(card).unwrap_or_default(),
        Some("list") => format!("What fits {} ({}):", card.text("/pattern").unwrap_or_default(), card.source),
        Some("ambiguous") => format!("The name fits several objects ({}):", card.source),
        Some(kind) => format!("A {kind} ({}):", card.source),
        None => "Nothing could be described.".to_owned(),
    }
}

fn body(mut answer: Answer, card: &Answered, with_head: bool) -> Answer {
    if with_head && card.result.is_ok() {
        answer = answer.paragraph(headline(card));
    }
    match card.text("/kind") {
        Some("overview" | "list") => answer.list("", card.list("/relations").iter().take(25).filter_map(listed)),
        Some("relation") => relation(answer, card),
        Some("index") => answer.code("sql", card.text("/definition").unwrap_or_default()),
        Some("ambiguous") => answer.list(
            "",
            card.list("/matches").iter().filter_map(|found| {
                let text = |field: &str| found.get(field).and_then(Value::as_str);
                Some(format!("{} {}.{}", text("kind")?, text("schema")?, text("name")?))
            }),
        ),
        Some("routine") => card.list("/overloads").iter().fold(answer, |answer, one| {
            answer.code("sql", one.get("definition").and_then(Value::as_str).unwrap_or_default())
        }),
        Some(_) => answer.code(
            "json",
            &card.result.as_ref().ok().and_then(|json| serde_json::to_string_pretty(json).ok()).unwrap_or_default(),
        ),
        None => answer,
    }
}

/// `public.orders, table: 1,000,000 rows, 120 MB and 80 MB of indexes (describe#1)`.
fn relation_line(card: &Answered) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(plain(card, "/estimated_rows", Unit::Count).map(|rows| format!("{rows} rows by the statistics")));
    parts.extend(plain(card, "/table_bytes", Unit::Bytes));
    parts.extend(plain(card, "/index_bytes", Unit::Bytes).map(|size| format!("{size} of indexes")));
    Some(format!(
        "{}.{}, {}: {} ({}).",
        card.text("/schema")?,
        card.text("/name")?,
        card.text("/relation_kind")?,
        parts.join(", "),
        card.source
    ))
}

fn relation(answer: Answer, card: &Answered) -> Answer {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let columns = card.list("/columns").iter().filter_map(|column| {
        let required = if column.get("not_null").and_then(Value::as_bool) == Some(true) { " not null" } else { "" };
        let default = text(column, "default").map(|default| format!(" default {default}")).unwrap_or_default();
        Some(format!("`{} {}{required}{default}`", text(column, "name")?, text(column, "type")?))
    });
    let indexes = card.list("/indexes").iter().filter_map(|index| {
        let flag = |field: &str, word: &'static str, wanted: bool| {
            (index.get(field).and_then(Value::as_bool) == Some(wanted)).then_some(word)
        };
        let flags =
            [flag("primary", "primary key", true), flag("unique", "unique", true), flag("valid", "INVALID", false)];
        let mut parts: Vec<String> = flags.into_iter().flatten().map(str::to_owned).collect();
        parts.extend(index.get("bytes").and_then(Value::as_f64).map(|bytes| figure(bytes, Unit::Bytes)));
        parts.extend(
            index.get("scans").and_then(Value::as_f64).map(|scans| format!("{} scans", figure(scans, Unit::Count))),
        );
        Some(format!("{} `{}`: {}", text(index, "name")?, text(index, "definition")?, parts.join(", ")))
    });
    let keys = card.list("/foreign_keys").iter().filter_map(|key| {
        let columns: Vec<&str> = key.get("columns")?.as_array()?.iter().filter_map(Value::as_str).collect();
        Some(format!("({}) to {}", columns.join(", "), text(key, "references")?))
    });
    let users = card.list("/referenced_by").iter().filter_map(|key| text(key, "table"));
    let mut facts = Vec::new();
    for (pointer, words) in [
        ("/stats/seq_scans", "sequential scans"),
        ("/stats/index_scans", "index scans"),
        ("/stats/live_rows", "live rows"),
        ("/stats/dead_rows", "dead rows"),
        ("/stats/updates", "updates"),
        ("/stats/changed_since_analyze", "rows changed since the last ANALYZE"),
    ] {
        facts.extend(plain(card, pointer, Unit::Count).map(|value| format!("{value} {words}")));
    }
    answer
        .list("Columns", columns)
        .list("Indexes", indexes)
        .list("Foreign keys", keys)
        .list("Referenced by", users)
        .list("Activity", (!facts.is_empty()).then(|| format!("{} ({})", facts.join(", "), card.source)))
}

/// One index: whether it is valid, how big it is, how often it was scanned.
pub(super) fn index_line(card: &Answered) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(plain(card, "/bytes", Unit::Bytes));
    parts.extend(plain(card, "/scans", Unit::Count).map(|scans| format!("{scans} scans")));
    parts.extend(card.text("/last_scan").map(|at| format!("last scanned {at}")));
    parts.extend(card.text("/stats_reset").map(|at| format!("counted since {at}")));
    if card.field("/valid").and_then(Value::as_bool) == Some(false) {
        parts.push("INVALID: a concurrent build failed".to_owned());
    }
    Some(format!(
        "{}.{} on {}: {} ({}).",
        card.text("/schema")?,
        card.text("/name")?,
        card.text("/table")?,
        parts.join(", "),
        card.source
    ))
}

/// One relation of a list: kind, rows, size.
pub(super) fn listed(relation: &Value) -> Option<String> {
    let number = |field: &str| relation.get(field).and_then(Value::as_f64);
    let mut parts = vec![relation.get("relation_kind")?.as_str()?.to_owned()];
    parts.extend(number("estimated_rows").map(|rows| format!("{} rows", figure(rows, Unit::Count))));
    parts.extend(number("estimated_bytes").map(|bytes| figure(bytes, Unit::Bytes)));
    parts.extend(number("indexes").map(|indexes| format!("{} indexes", figure(indexes, Unit::Count))));
    Some(format!("{}: {}", relation.get("name")?.as_str()?, parts.join(", ")))
}
