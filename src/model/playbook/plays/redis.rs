//! Redis: the keyspace and its server, and Lua scripts.

use dbwright_keyspace::lint_script;
use serde_json::{Value, json};

use super::learn;
use crate::model::playbook::{
    answer::{Answer, Unit, counted, figure, figure_of, plain},
    findings,
    run::{Answered, Pending, Run},
    view::View,
};

/// Templates and keys shown.
const SHOWN: usize = 8;

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let known = run.call("memory", "memory_search", json!({"text": "redis keys", "kinds": ["redis_pattern"]}))?;
    let keyspace = run.call("keyspace", "analyze_keyspace", json!({}))?;
    let saved = learn::save(run, learn::from_keyspace(&keyspace))?;
    run.gaps_of(&keyspace);
    let found = findings::collect([&keyspace]);
    let mut answer = Answer::new(headline(&keyspace, &found));
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer.list("Most memory", templates(&keyspace)).list("Largest keys", largest(&keyspace));
    }
    answer = findings::show(answer, &found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer
            .list("Known from earlier sessions", learn::recalled([&known]))
            .list("Saved for the next session", saved);
    }
    Ok(answer.close(&run.gaps, "a number for one finding in full, `why 1`, `more detail`; `design a cache for …`"))
}

fn headline(keyspace: &Answered, found: &[findings::Found]) -> String {
    let Some(version) = keyspace.text("/server/version") else {
        return "Redis could not be looked at.".to_owned();
    };
    let mut parts = Vec::new();
    parts.extend(plain(keyspace, "/dbsize", Unit::Count).map(|keys| format!("{keys} keys")));
    parts.extend(plain(keyspace, "/server/used_memory", Unit::Bytes).map(|size| format!("{size} used")));
    parts.extend(match keyspace.number("/server/maxmemory") {
        Some(0.0) => Some("no memory limit".to_owned()),
        Some(limit) => Some(format!("limit {}", figure(limit, Unit::Bytes))),
        None => None,
    });
    parts.extend(keyspace.text("/server/policy").map(str::to_owned));
    let tally = if found.is_empty() {
        "nothing found".to_owned()
    } else {
        format!("{}: {}", counted(found.len(), "finding"), findings::tally(found))
    };
    format!("Redis {version}: {} ({}). {tally}.", parts.join(", "), keyspace.source)
}

/// Families of keys, most memory first.
pub(super) fn templates(keyspace: &Answered) -> Vec<String> {
    keyspace
        .list("/templates")
        .iter()
        .take(SHOWN)
        .filter_map(|family| template_line(family, &keyspace.source))
        .collect()
}

/// One family: keys, memory, type, TTL.
pub(super) fn template_line(family: &Value, source: &str) -> Option<String> {
    let number = |field: &str| family.pointer(field).and_then(Value::as_f64);
    let mut parts = Vec::new();
    parts.extend(number("/keys").map(|keys| figure_of(keys, "key")));
    parts.extend(number("/bytes").map(|bytes| figure(bytes, Unit::Bytes)));
    parts.extend(number("/memory_share").map(|share| format!("{} of the memory", figure(share, Unit::Share))));
    parts.extend(family.get("type").and_then(Value::as_str).map(str::to_owned));
    parts.extend(number("/no_ttl_share").map(|share| format!("{} without TTL", figure(share, Unit::Share))));
    parts.extend(number("/ttl/p50_s").map(|seconds| format!("median TTL {} s", figure(seconds, Unit::Count))));
    Some(format!("`{}`: {} ({source})", family.get("template")?.as_str()?, parts.join(", ")))
}

fn largest(keyspace: &Answered) -> Vec<String> {
    let line = |key: &Value| {
        let size = figure(key.get("bytes")?.as_f64()?, Unit::Bytes);
        let kind = key.get("type").and_then(Value::as_str).unwrap_or("key");
        let length =
            key.get("length").and_then(Value::as_f64).map(|length| format!(", length {}", figure(length, Unit::Count)));
        Some(format!(
            "`{}`: {kind}, {size}{} ({})",
            key.get("name")?.as_str()?,
            length.unwrap_or_default(),
            keyspace.source
        ))
    };
    keyspace.list("/big_keys").iter().take(5).filter_map(line).collect()
}

/// A Lua script, pasted or in a file of the workspace.
pub(super) fn script(run: &mut Run<'_>) -> Result<String, Pending> {
    let input = run.input();
    let (name, text) = match (input.script, input.paths.first()) {
        (Some(script), _) => ("your script".to_owned(), script),
        (None, Some(path)) => {
            let file = run.call("read", "Read", json!({"path": path}))?;
            match file.text("/text") {
                Some(text) => (path.clone(), text.to_owned()),
                None => {
                    return Ok(Answer::new(format!("{path} could not be read.")).close(&run.gaps, "paste the script"));
                }
            }
        }
        (None, None) => {
            return Ok(
                Answer::new("Which script? Paste it, or name its file.").close(&[], "`/redis` looks at the server")
            );
        }
    };
    let result = Answered {
        call_id: String::new(),
        source: name.clone(),
        result: Ok(json!({"findings": serde_json::to_value(lint_script(&name, &text)).unwrap_or(Value::Null)})),
    };
    let found = findings::collect([&result]);
    let headline = if found.is_empty() {
        format!("No fault that the rules know in {name}.")
    } else {
        format!("{} in {name}: {}.", counted(found.len(), "finding"), findings::tally(&found))
    };
    run.gap("the script was read, not run");
    Ok(findings::show(Answer::new(headline), &found, run).close(&run.gaps, "a number for one finding in full, `why 1`"))
}
