//! Candidates as SQL.

use std::collections::BTreeSet;

use dbwright_sql::{quote_ident, quote_qualified};

use crate::{Candidate, Direction, KeyExpression, Method};

/// PostgreSQL cuts names at 63 bytes.
const LONGEST_NAME: usize = 63;

/// A name in the server's own style, `orders_tenant_id_created_at_idx`, within 63 bytes and not
/// among `taken` (the names of the schema).
pub fn index_name(candidate: &Candidate, taken: &BTreeSet<String>) -> String {
    let mut words = vec![candidate.table.name.clone()];
    words.extend(candidate.keys.iter().map(|key| match &key.expression {
        KeyExpression::Column(name) => name.clone(),
        KeyExpression::Expression { sql, .. } => word(sql),
    }));
    let tail = match (candidate.predicate.is_some(), candidate.include.is_empty(), candidate.method) {
        (true, _, _) => "_partial_idx",
        (false, false, _) => "_incl_idx",
        (false, true, Method::Gin) => "_gin_idx",
        (false, true, Method::Btree) => "_idx",
    };
    let stem = words.join("_");
    (0_u32..)
        .map(|number| {
            let tail = if number == 0 { tail.to_owned() } else { format!("{tail}{number}") };
            format!("{}{tail}", cut(&stem, LONGEST_NAME - tail.len()))
        })
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

/// `lower(email)` as a word of a name: `lower_email`.
fn word(sql: &str) -> String {
    let mut out = String::new();
    for c in sql.chars() {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The statement that builds the index without blocking writes.
pub fn create_statement(candidate: &Candidate, name: &str) -> String {
    format!("CREATE INDEX CONCURRENTLY {} ON {}", quote_ident(name), definition(candidate))
}

/// The statement that builds it plainly: on a copy that nobody else uses.
pub fn plain_create_statement(candidate: &Candidate, name: &str) -> String {
    format!("CREATE INDEX {} ON {}", quote_ident(name), definition(candidate))
}

/// What hypopg is given: no name, no CONCURRENTLY.
pub fn hypothetical_statement(candidate: &Candidate) -> String {
    format!("CREATE INDEX ON {}", definition(candidate))
}

/// The statement that takes an index away without blocking writes.
pub fn drop_statement(schema: &str, name: &str) -> String {
    format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote_qualified(Some(schema), name))
}

fn definition(candidate: &Candidate) -> String {
    let keys: Vec<String> = candidate.keys.iter().map(|key| key_sql(key, candidate.method)).collect();
    let mut sql = format!("{} USING {} ({})", candidate.table.quoted(), candidate.method.as_str(), keys.join(", "));
    if !candidate.include.is_empty() {
        let columns: Vec<String> = candidate.include.iter().map(|name| quote_ident(name)).collect();
        sql.push_str(&format!(" INCLUDE ({})", columns.join(", ")));
    }
    if let Some(predicate) = &candidate.predicate {
        sql.push_str(&format!(" WHERE {predicate}"));
    }
    sql
}

fn key_sql(key: &crate::IndexKey, method: Method) -> String {
    let mut sql = match &key.expression {
        KeyExpression::Column(name) => quote_ident(name),
        KeyExpression::Expression { sql, .. } => format!("({sql})"),
    };
    if let Some(opclass) = &key.opclass {
        sql.push(' ');
        sql.push_str(opclass);
    }
    if method == Method::Btree {
        let Direction { descending, nulls_first } = key.direction;
        sql.push_str(match (descending, nulls_first) {
            (false, false) => "",
            (false, true) => " NULLS FIRST",
            (true, true) => " DESC",
            (true, false) => " DESC NULLS LAST",
        });
    }
    sql
}

#[cfg(test)]
#[path = "ddl_tests.rs"]
mod tests;
