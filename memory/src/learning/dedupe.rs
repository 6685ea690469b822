//! When two learnings are the same one.

use sha2::{Digest, Sha256};

use super::{Learning, LearningKind, Scope};

/// The same kind of learning about the same subject in the same scope has the same key.
pub(crate) fn dedupe_key(learning: &Learning) -> String {
    let Scope { project, db_fingerprint, schema } = &learning.scope;
    let scope = db_fingerprint.as_ref().or(project.as_ref());
    let mut hash = Sha256::new();
    for part in [Some(learning.kind.as_str()), scope.map(String::as_str), schema.as_deref(), Some(&subject(learning))] {
        hash.update(part.unwrap_or_default().as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The statement, the key pattern or the index that the learning is about; its words otherwise.
fn subject(learning: &Learning) -> String {
    let query = learning.query_fingerprint.as_ref().map(|fingerprint| format!("query {fingerprint}"));
    let keys = learning.key_template.as_ref().map(|template| format!("keys {template}"));
    let statements = (!learning.ddl_applied.is_empty()).then(|| {
        format!("ddl {}", learning.ddl_applied.iter().map(|sql| normalized(sql)).collect::<Vec<_>>().join(";"))
    });
    let words = || {
        let mut tables: Vec<String> = learning.tables.iter().map(|name| name.to_lowercase()).collect();
        tables.sort();
        format!("words {} {}", tables.join(" "), normalized(&learning.title))
    };
    // Two indexes for one statement are two learnings.
    match learning.kind {
        LearningKind::IndexStrategy => statements.or(query).or(keys),
        _ => query.or(keys).or(statements),
    }
    .unwrap_or_else(words)
}

/// Lower case, one space between words, without the words that do not change what is built.
fn normalized(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| c.is_whitespace() || c == ';' || c == '"').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").replace(" concurrently", "").replace(" if not exists", "")
}
