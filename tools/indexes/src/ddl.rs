//! Candidates as SQL.

use std::collections::BTreeSet;

use dbwright_sql::{quote_ident, quote_qualified};

use crate::{Candidate, Catalog, Direction, KeyExpression, Method, TableKind, TableName};

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
        (false, true, Method::Btree) => "_idx",
        (false, true, Method::Hash) => "_hash_idx",
        (false, true, Method::Brin) => "_brin_idx",
        (false, true, Method::Gin) => "_gin_idx",
        (false, true, Method::Gist) => "_gist_idx",
    };
    free_name(&words.join("_"), tail, taken)
}

/// The first free name of a stem and a tail.
fn free_name(stem: &str, tail: &str, taken: &BTreeSet<String>) -> String {
    (0_u32..)
        .map(|number| {
            let tail = if number == 0 { tail.to_owned() } else { format!("{tail}{number}") };
            format!("{}{tail}", cut(stem, LONGEST_NAME - tail.len()))
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

/// The statements that build the index without blocking writes, in order.
///
/// A parent of partitions allows no CONCURRENTLY: it gets an empty index first, each partition one
/// of its own, and attaching the last makes the parent's valid.
pub fn create_statements(candidate: &Candidate, name: &str, catalog: &Catalog) -> Vec<String> {
    let partitioned = catalog.table(&candidate.table).is_some_and(|table| table.kind == TableKind::Partitioned);
    if !partitioned {
        return vec![format!(
            "CREATE INDEX CONCURRENTLY {} ON {}",
            quote_ident(name),
            definition(candidate, &candidate.table.quoted())
        )];
    }
    let mut taken = BTreeSet::from([name.to_owned()]);
    let mut out = Vec::new();
    on_partitions(candidate, &candidate.table, name, catalog, &mut taken, &mut out);
    out
}

/// The index of one parent, then those of its partitions, each attached at once.
fn on_partitions(
    candidate: &Candidate,
    parent: &TableName,
    name: &str,
    catalog: &Catalog,
    taken: &mut BTreeSet<String>,
    out: &mut Vec<String>,
) {
    out.push(format!("CREATE INDEX {} ON ONLY {}", quote_ident(name), definition(candidate, &parent.quoted())));
    for partition in catalog.children(parent).filter(|child| child.bound.is_some()) {
        let stem = name.replacen(&parent.name, &partition.name.name, 1);
        let known: BTreeSet<String> =
            taken.iter().cloned().chain(partition.indexes.iter().map(|index| index.name.clone())).collect();
        let own = free_name(stem.strip_suffix("_idx").unwrap_or(&stem), "_idx", &known);
        taken.insert(own.clone());
        if partition.kind == TableKind::Partitioned {
            on_partitions(candidate, &partition.name, &own, catalog, taken, out);
        } else {
            out.push(format!(
                "CREATE INDEX CONCURRENTLY {} ON {}",
                quote_ident(&own),
                definition(candidate, &partition.name.quoted())
            ));
        }
        out.push(format!(
            "ALTER INDEX {} ATTACH PARTITION {}",
            quote_qualified(Some(&parent.schema), name),
            quote_qualified(Some(&partition.name.schema), &own)
        ));
    }
}

/// The statement that builds it plainly: on a copy that nobody else uses.
pub fn plain_create_statement(candidate: &Candidate, name: &str) -> String {
    format!("CREATE INDEX {} ON {}", quote_ident(name), definition(candidate, &candidate.table.quoted()))
}

/// What hypopg is given: no name, no CONCURRENTLY.
pub fn hypothetical_statement(candidate: &Candidate) -> String {
    format!("CREATE INDEX ON {}", definition(candidate, &candidate.table.quoted()))
}

/// The statement that takes a candidate's index away: that of partitions cannot go concurrently.
pub fn undo_statement(candidate: &Candidate, name: &str, catalog: &Catalog) -> String {
    match catalog.table(&candidate.table) {
        Some(table) if table.kind == TableKind::Partitioned => {
            format!("DROP INDEX IF EXISTS {}", quote_qualified(Some(&candidate.table.schema), name))
        }
        _ => drop_statement(&candidate.table.schema, name),
    }
}

/// The statement that takes an index away without blocking writes.
pub fn drop_statement(schema: &str, name: &str) -> String {
    format!("DROP INDEX CONCURRENTLY IF EXISTS {}", quote_qualified(Some(schema), name))
}

fn definition(candidate: &Candidate, table: &str) -> String {
    let keys: Vec<String> = candidate.keys.iter().map(|key| key_sql(key, candidate.method)).collect();
    let mut sql = format!("{table} USING {} ({})", candidate.method.as_str(), keys.join(", "));
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
