//! What earlier sessions learned.

use serde_json::json;

use super::{describe, learn};
use crate::model::playbook::{
    answer::{Answer, counted},
    run::{Pending, Run, Wanted},
};

/// Learnings shown.
const MOST: u32 = 20;

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let input = run.input();
    let words = subject(&input.prose);
    let names = describe::names(&input);
    let mut wanted: Vec<Wanted> =
        input.statements.iter().map(|sql| Wanted::new("memory_search", json!({"sql": sql, "limit": MOST}))).collect();
    if wanted.is_empty() {
        let text =
            if words.is_empty() { "index table query migration convention redis keys helps" } else { words.as_str() };
        wanted.push(Wanted::new("memory_search", json!({"text": text, "tables": names, "limit": MOST})));
    }
    let found = run.all("memory", wanted)?;
    let lines = learn::recalled(&found);
    let about = if words.is_empty() { String::new() } else { format!(" about {words}") };
    let headline = if found.iter().all(|search| search.result.is_err()) {
        "Memory could not be searched.".to_owned()
    } else if lines.is_empty() {
        format!("Nothing is known{about} yet.")
    } else {
        format!("{}{about}:", counted(lines.len(), "learning"))
    };
    let next = if input.prose.contains("forget") {
        "`dbwright memory forget ID` removes one; the playbook forgets nothing by itself"
    } else {
        "`dbwright memory show ID` shows one whole, `dbwright memory forget ID` removes one"
    };
    Ok(Answer::new(headline).list("", lines).close(&run.gaps, next))
}

/// The words that say what about.
fn subject(prose: &str) -> String {
    const PLAIN: [&str; 36] = [
        "what",
        "do",
        "you",
        "know",
        "remember",
        "about",
        "recall",
        "memory",
        "the",
        "a",
        "an",
        "have",
        "has",
        "did",
        "we",
        "i",
        "learn",
        "learned",
        "learnt",
        "from",
        "last",
        "time",
        "forget",
        "of",
        "is",
        "are",
        "there",
        "any",
        "anything",
        "everything",
        "all",
        "please",
        "tell",
        "me",
        "in",
        "this",
    ];
    let words = prose.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '{' | '}')));
    words.filter(|word| !word.is_empty() && !PLAIN.contains(word)).collect::<Vec<_>>().join(" ")
}
