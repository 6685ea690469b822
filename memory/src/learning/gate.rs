//! What may be written at all. Most of what agents note down unasked is noise; only what was
//! measured, observed by a tool, or said by a person gets in.

use dbwright_contract::Redactor;

use super::{LearningKind, NewLearning};
use crate::StoreError;

const TITLE_BYTES: usize = 300;
const BODY_BYTES: usize = 8 * 1024;
const CONTEXT_BYTES: usize = 4 * 1024;
const STATEMENT_BYTES: usize = 16 * 1024;
const LIST_ITEMS: usize = 64;

/// The learning without secrets, or why it is refused.
pub(super) fn admit(mut new: NewLearning, redactor: &Redactor) -> Result<NewLearning, StoreError> {
    clean(&mut new, redactor);
    proof(&new)?;
    bounds(&new)?;
    Ok(new)
}

fn proof(new: &NewLearning) -> Result<(), StoreError> {
    let said = new.provenance.user_statement.as_deref().is_some_and(|said| !said.trim().is_empty());
    let observed = new.provenance.session.is_some() && !new.provenance.tool_calls.is_empty();
    let must_be_measured = match new.kind {
        LearningKind::QueryOptimization | LearningKind::IndexStrategy | LearningKind::AntiPattern => true,
        LearningKind::Migration
        | LearningKind::RedisPattern
        | LearningKind::Convention
        | LearningKind::SchemaFact
        | LearningKind::Incident => false,
    };
    let refusal = match (said, observed, must_be_measured && new.measured.is_none()) {
        (true, _, _) | (false, true, false) => return Ok(()),
        (false, false, _) => "it names no tool call of its session as evidence and quotes no statement of a person",
        (false, true, true) => "this kind of learning needs a measurement: before and after",
    };
    Err(StoreError::Refused(refusal.to_owned()))
}

fn bounds(new: &NewLearning) -> Result<(), StoreError> {
    if new.title.trim().is_empty() {
        return Err(StoreError::Refused("the title is empty".to_owned()));
    }
    let statements = new.ddl_applied.iter().chain(&new.ddl_undo).chain(&new.query_normalized);
    let sizes = [
        ("title", new.title.len(), TITLE_BYTES),
        ("body", new.body.len(), BODY_BYTES),
        ("context", new.context.len(), CONTEXT_BYTES),
        ("statements", statements.map(String::len).sum(), STATEMENT_BYTES),
    ];
    if let Some((part, size, limit)) = sizes.into_iter().find(|(_, size, limit)| size > limit) {
        return Err(StoreError::Refused(format!(
            "the {part} has {size} bytes, the limit is {limit}: keep the essence"
        )));
    }
    let lists = [new.tables.len(), new.columns.len(), new.provenance.tool_calls.len(), new.ddl_applied.len()];
    if lists.into_iter().any(|count| count > LIST_ITEMS) {
        return Err(StoreError::Refused(format!("a list has more than {LIST_ITEMS} items")));
    }
    Ok(())
}

fn clean(new: &mut NewLearning, redactor: &Redactor) {
    let texts = [&mut new.title, &mut new.body, &mut new.context].into_iter();
    let optional = [&mut new.query_normalized, &mut new.provenance.user_statement].into_iter().flatten();
    let statements = new.ddl_applied.iter_mut().chain(new.ddl_undo.iter_mut());
    for text in texts.chain(optional).chain(statements) {
        // A NUL comes from nowhere good and neither database stores it.
        *text = redactor.redact(&text.replace('\0', "")).into_owned();
    }
    // Literals are data of the application. A statement that does not parse loses them too.
    if let Some(sql) = &mut new.query_normalized {
        *sql = dbwright_sql::normalize(sql).unwrap_or_else(|_| dbwright_sql::redact_literals(sql));
    }
}
