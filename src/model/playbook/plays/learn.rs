//! What is worth knowing next time: each learning cites the call that proves it.

use std::sync::LazyLock;

use dbwright_finding::Finding;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::playbook::{
    input::pattern,
    run::{Answered, Pending, Run, Wanted},
};

/// Learnings saved in one turn.
const MOST: usize = 20;
/// Trials of one statement worth remembering.
const MOST_TUNED: usize = 4;
/// Key templates worth remembering.
const TEMPLATES: usize = 4;
/// How the adviser shortens statements.
const BRIEF: usize = 160;

/// How the adviser says that a candidate was executed and did not help.
static TRIED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(\d+) to (\d+) buffers, (\d+(?:\.\d+)?) to (\d+(?:\.\d+)?) ms"));

/// Saves one after the other, and returns one line for each learning that memory took. One at a
/// time, because two of the same merge only if the second sees the first.
pub(super) fn save(run: &mut Run<'_>, learnings: Vec<Wanted>) -> Result<Vec<String>, Pending> {
    let mut lines = Vec::new();
    for (n, Wanted { tool, arguments }) in learnings.into_iter().take(MOST).enumerate() {
        let saved = run.call(&format!("learn{n}"), tool, arguments)?;
        lines.extend(line(&saved));
    }
    Ok(lines)
}

fn line(saved: &Answered) -> Option<String> {
    let title = saved.text("/learning/title")?;
    let known = saved.field("/merged").and_then(Value::as_bool).unwrap_or(false);
    let how = if known { "known already, seen again" } else { "new" };
    Some(format!("{title} ({how}, {})", saved.source))
}

/// Indexes that were tried: those that help, and those that do not. `statements` are the full
/// texts behind the shortened ones of the advice.
pub(super) fn from_advice(advice: &Answered, statements: &[String]) -> Vec<Wanted> {
    let findings = advice.list("/findings").iter().map(|value| Finding::deserialize(value).ok());
    let helped = advice
        .list("/indexes")
        .iter()
        .zip(findings)
        .filter_map(|(index, finding)| helped(advice, index, &finding?, statements));
    let tried = advice.list("/rejected").iter().filter_map(|rejected| did_not_help(advice, rejected));
    helped.chain(tried).collect()
}

fn helped(advice: &Answered, index: &Value, finding: &Finding, statements: &[String]) -> Option<Wanted> {
    let text = |pointer: &str| index.pointer(pointer).and_then(Value::as_str);
    let gain = index.pointer("/gains/0")?;
    let measured = gain.get("measured")?;
    let statement = full_text(gain, statements);
    let table = &finding.object.name;
    let columns = finding.object.columns.join(", ");
    let helps = gain.get("text").and_then(Value::as_str).map(|text| dbwright_sql::brief(&without_literals(text), 100));
    let helps = helps.unwrap_or_default();
    Some(Wanted::new(
        "memory_save",
        json!({
            "kind": "index_strategy",
            "title": format!("Index on table {} ({}) helps: {helps}", table, dbwright_sql::brief(&columns, 80)),
            "body": text("/write_note").unwrap_or_default(),
            "evidence": [advice.call_id],
            "tables": [table],
            "columns": finding.object.columns.iter().filter(|part| !part.contains(' ')).collect::<Vec<_>>(),
            "sql": statement,
            "before": measured.get("before")?,
            "after": measured.get("after")?,
            "how": measured.get("how")?,
            "ddl": [text("/statement")?],
            "undo": [text("/undo")?],
        }),
    ))
}

/// Literals are data of the application: they do not belong in memory.
fn without_literals(sql: &str) -> String {
    dbwright_sql::normalize(sql).unwrap_or_else(|_| dbwright_sql::redact_literals(sql))
}

fn full_text(gain: &Value, statements: &[String]) -> Option<String> {
    let short = gain.get("text")?.as_str()?;
    let full = statements.iter().find(|sql| dbwright_sql::brief(sql, BRIEF) == short);
    full.cloned().or_else(|| dbwright_sql::classify(short).is_ok().then(|| short.to_owned()))
}

fn did_not_help(advice: &Answered, rejected: &Value) -> Option<Wanted> {
    let (statement, why) = (rejected.get("statement")?.as_str()?, rejected.get("why")?.as_str()?);
    let figures = TRIED.captures(why)?;
    let number = |n: usize| figures.get(n)?.as_str().parse::<f64>().ok();
    let (pages_before, pages_after) = (number(1)?, number(2)?);
    let (ms_before, ms_after) = (number(3)?, number(4)?);
    if pages_before <= 0.0 && ms_before <= 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "page counts, written without fraction"
    )]
    let pages = |pages: f64| pages as u64;
    let tables: Vec<String> = dbwright_sql::relations(statement)
        .map(|found| found.iter().map(dbwright_sql::RelationRef::qualified).collect())
        .unwrap_or_default();
    Some(Wanted::new(
        "memory_save",
        json!({
            "kind": "anti_pattern",
            "title": format!("Tried and did not help: {}", dbwright_sql::brief(statement, 200)),
            "body": why,
            "evidence": [advice.call_id],
            "tables": tables,
            "before": {"buffers": pages(pages_before), "ms": ms_before},
            "after": {"buffers": pages(pages_after), "ms": ms_after},
            "how": "scratch",
        }),
    ))
}

/// Fixes of a statement that were measured: the one that helps, and those that do not.
pub(super) fn from_tuning(tuned: &Answered) -> Vec<Wanted> {
    let Some(statement) = tuned.text("/statement") else { return Vec::new() };
    let tables: Vec<String> = dbwright_sql::relations(statement)
        .map(|found| found.iter().map(dbwright_sql::RelationRef::qualified).collect())
        .unwrap_or_default();
    let about = dbwright_sql::brief(&without_literals(statement), 100);
    let line = |tried: &Value| {
        let text = |key: &str| tried.get(key).and_then(Value::as_str);
        let (kind, what) = (text("kind")?, dbwright_sql::brief(&without_literals(text("what")?), 80));
        let helps = match text("outcome")? {
            "advised" => true,
            "no_gain" => false,
            _ => return None,
        };
        // What an index brings is the adviser's to remember.
        (kind != "index" || !helps).then_some(())?;
        let how = if matches!(kind, "rewrite" | "setting" | "advice") { "live" } else { "scratch" };
        let title = if helps {
            format!("{what} ({kind}) helps: {about}")
        } else {
            format!("{what} ({kind}) did not help: {about}")
        };
        Some(Wanted::new(
            "memory_save",
            json!({
                "kind": if helps { "query_optimization" } else { "anti_pattern" },
                "title": title,
                "body": text("result")?,
                "evidence": [tuned.call_id],
                "tables": tables,
                "sql": statement,
                "before": tried.get("before")?,
                "after": tried.get("after")?,
                "how": how,
            }),
        ))
    };
    tuned.list("/tried").iter().filter_map(line).take(MOST_TUNED).collect()
}

/// How this project writes migrations.
pub(super) fn from_migrations(lint: &Answered) -> Option<Wanted> {
    let convention = lint.text("/convention")?;
    Some(Wanted::new(
        "memory_save",
        json!({
            "kind": "convention",
            "title": format!("Convention of migrations here: {}", dbwright_sql::brief(convention, 200)),
            "evidence": [lint.call_id],
        }),
    ))
}

/// What the keys of this application look like: the templates with most memory.
pub(super) fn from_keyspace(keyspace: &Answered) -> Vec<Wanted> {
    keyspace
        .list("/templates")
        .iter()
        .filter(|family| family.get("keys").and_then(Value::as_u64).is_some_and(|keys| keys > 1))
        .take(TEMPLATES)
        .filter_map(|family| {
            let template = family.get("template")?.as_str()?;
            let kind = family.get("type")?.as_str()?;
            Some(Wanted::new(
                "memory_save",
                json!({
                    "kind": "redis_pattern",
                    "title": format!("Redis keys {} hold a {kind} each", dbwright_sql::brief(template, 120)),
                    "evidence": [keyspace.call_id],
                    "key_template": template,
                }),
            ))
        })
        .collect()
}

/// What memory gave, one line a learning, each with where it stands.
pub(super) fn recalled<'a>(searches: impl IntoIterator<Item = &'a Answered>) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for search in searches {
        for hit in search.list("/hits") {
            let text = |pointer: &str| hit.pointer(pointer).and_then(Value::as_str);
            let (Some(id), Some(title), Some(status)) =
                (text("/learning/id"), text("/learning/title"), text("/learning/status"))
            else {
                continue;
            };
            if lines.iter().any(|(known, _)| known == id) {
                continue;
            }
            let reason = text("/learning/status_reason").map(|why| format!(", {why}")).unwrap_or_default();
            let seen = text("/learning/last_seen").and_then(|at| at.get(..10)).unwrap_or_default();
            lines.push((
                id.to_owned(),
                format!("{title} — {status}{reason}, last seen {seen} ({}, `{id}`)", search.source),
            ));
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}
