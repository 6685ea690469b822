//! Learnings about indexes, checked against the indexes that exist now.

use dbwright_checks::{Index, Part};
use dbwright_memory::{Learning, LearningFilter, LearningKind, LearningStatus, Scope};
use dbwright_sql::{NodeEnum, ast, deparse_node, parse};

use crate::assemble::Specialist;

/// Learnings of one kind that one review checks.
const MOST: u32 = 200;
/// Who changed the status, in its history.
const ACTOR: &str = "review";

/// What became of known learnings, one line each: id and title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Verified {
    /// Their index exists.
    pub(super) holding: Vec<String>,
    /// Their index was there and is gone.
    pub(super) gone: Vec<String>,
}

/// Compares what memory advised with the database's indexes, and writes down where it stands.
///
/// # Errors
/// A sentence for the review's gaps: the review itself stands without it.
pub(super) async fn verify(specialist: &Specialist) -> Result<Verified, String> {
    let mut out = Verified::default();
    let Some(database) = specialist.databases.iter().next() else { return Ok(out) };
    let failed = |error: &dyn std::fmt::Display| format!("learnings were not checked again: {error}");
    let identity = database.identity().await.map_err(|error| failed(&error))?;
    let scope = Scope {
        project: Some(specialist.project.display().to_string()),
        db_fingerprint: Some(identity.key()),
        ..Scope::default()
    };
    let mut known = Vec::new();
    for kind in [LearningKind::IndexStrategy, LearningKind::QueryOptimization] {
        let filter = LearningFilter { scope: scope.clone(), kind: Some(kind), status: None };
        known.extend(specialist.store.list_learnings(&filter, MOST).await.map_err(|error| failed(&error))?);
    }
    // A learning that names no database may speak of another one.
    known.retain(|learning| learning.scope.db_fingerprint.is_some() && !wanted(learning).is_empty());
    if known.is_empty() {
        return Ok(out);
    }
    let snapshot = dbwright_postgres::snapshot(database, &[Part::Indexes]).await.map_err(|error| failed(&error))?;
    let Some(indexes) = snapshot.indexes.get() else {
        return Err(failed(&snapshot.indexes.reason().unwrap_or("the indexes were not read")));
    };
    for learning in known {
        let Some((status, reason)) = judge(&learning, indexes) else { continue };
        specialist.store.set_status(&learning.id, status, ACTOR, &reason).await.map_err(|error| failed(&error))?;
        let line = format!("{} {}", learning.id, learning.title);
        if status == LearningStatus::Stale { out.gone.push(line) } else { out.holding.push(line) }
    }
    Ok(out)
}

/// Where a learning stands now, and why; `None` where the indexes say nothing about it.
fn judge(learning: &Learning, indexes: &[Index]) -> Option<(LearningStatus, String)> {
    use LearningStatus::{Applied, Proposed, Regressed, Rejected, Stale, Superseded, Verified};
    let wanted = wanted(learning);
    let first = wanted.first()?;
    let found: Vec<Option<&Index>> = wanted.iter().map(|wanted| wanted.find(indexes)).collect();
    match (learning.status, found.iter().all(Option::is_some)) {
        // A person, or a measurement, has the last word.
        (Rejected | Superseded | Regressed, _) | (Proposed | Stale, false) => None,
        (before, true) => {
            let found: Vec<&Index> = found.into_iter().flatten().collect();
            let scans: i64 = found.iter().map(|index| index.scans).sum();
            let names = found.iter().map(|index| index.name.to_string()).collect::<Vec<_>>().join(", ");
            Some(if scans > 0 {
                (Verified, format!("{names} exists; queries have scanned it {scans} times"))
            } else if before == Verified {
                (Verified, format!("{names} exists"))
            } else {
                (Applied, format!("{names} exists; no query has scanned it yet"))
            })
        }
        // What could not be read whole may be the one that is missed.
        (Applied | Verified, false) if indexes.iter().any(|index| index.incomplete && first.is_on(index)) => None,
        (Applied | Verified, false) => Some((Stale, format!("no valid index on {} does this any more", first.table()))),
    }
}

/// An index as a learning's statement creates it.
struct Wanted {
    statement: ast::IndexStmt,
    shape: String,
}

impl Wanted {
    fn read(statement: &ast::IndexStmt) -> Option<Self> {
        Some(Self { shape: shape(statement)?, statement: statement.clone() })
    }

    /// The valid index of this name on this table, or one that is the same but for its name.
    fn find<'a>(&self, indexes: &'a [Index]) -> Option<&'a Index> {
        let mut here = indexes.iter().filter(|index| index.valid && self.is_on(index));
        here.find(|index| {
            (!self.statement.idxname.is_empty() && index.name.name == self.statement.idxname)
                || created(&index.definition).iter().any(|known| known.shape == self.shape)
        })
    }

    fn is_on(&self, index: &Index) -> bool {
        self.statement.relation.as_ref().is_some_and(|table| {
            table.relname == index.relation.name
                && (table.schemaname.is_empty() || table.schemaname == index.relation.schema)
        })
    }

    fn table(&self) -> String {
        let Some(table) = &self.statement.relation else { return String::new() };
        [table.schemaname.as_str(), table.relname.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// The indexes that a learning's statements create.
fn wanted(learning: &Learning) -> Vec<Wanted> {
    learning.ddl_applied.iter().flat_map(|ddl| created(ddl)).collect()
}

/// The indexes that a script creates; none for a text that does not parse.
fn created(sql: &str) -> Vec<Wanted> {
    let Ok(parsed) = parse(sql) else { return Vec::new() };
    let statements = parsed.statements().filter_map(|statement| match statement.node {
        NodeEnum::IndexStmt(index) => Wanted::read(index),
        _ => None,
    });
    statements.collect()
}

/// What an index does, without its name, its table's schema, and how it was built. Casts and
/// parentheses go too: the server adds its own when it prints an index.
fn shape(statement: &ast::IndexStmt) -> Option<String> {
    let mut relation = statement.relation.clone()?;
    relation.schemaname.clear();
    relation.inh = true;
    let bare = ast::IndexStmt {
        idxname: String::new(),
        concurrent: false,
        if_not_exists: false,
        relation: Some(relation),
        options: Vec::new(),
        table_space: String::new(),
        ..statement.clone()
    };
    let text = deparse_node(&NodeEnum::IndexStmt(Box::new(bare))).ok()?;
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("::");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_lowercase() || matches!(c, '_' | ' ' | '[' | ']')));
    }
    out.retain(|c| !matches!(c, '(' | ')' | ' '));
    Some(out)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
