//! Indexes for one form of the statement, really built on the copy.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::{Fix, FixKind};
use dbwright_indexes::{
    Candidate, Catalog, KeyExpression, analyze, candidates, create_statements, estimated_bytes, index_name,
    plain_create_statement, undo_statement,
};
use dbwright_plan::Plan;

use super::bench::{Bench, Sample};
use crate::{PgError, advise::scratch::LentCopy};

/// Candidates that are built for one form.
const MOST: usize = 8;
/// What an index must save of the cost to stay in a set.
const WORTH: f64 = 1.05;
const PREFIX: &str = "dbwright_tune_";

/// Indexes that the planner uses, and what the statement costs with them.
pub(super) struct Indexed {
    pub(super) candidates: Vec<Candidate>,
    pub(super) after: Sample,
}

impl Indexed {
    /// `orders (status, created_at)`.
    pub(super) fn words(&self) -> String {
        let each: Vec<String> = self
            .candidates
            .iter()
            .map(|candidate| plain_create_statement(candidate, "x").replacen("CREATE INDEX x ON ", "", 1))
            .collect();
        format!("index on {}", each.join(" and on "))
    }

    /// The statements to build them, and the way back.
    pub(super) fn fix(&self, catalog: &Catalog) -> Fix {
        let mut taken: BTreeSet<String> =
            catalog.tables.iter().flat_map(|table| table.indexes.iter().map(|index| index.name.clone())).collect();
        let (mut statements, mut undo) = (Vec::new(), Vec::new());
        for candidate in &self.candidates {
            let name = index_name(candidate, &taken);
            statements.extend(create_statements(candidate, &name, catalog));
            undo.push(undo_statement(candidate, &name, catalog));
            if candidate.keys.iter().any(|key| is_expression(&key.expression)) {
                statements.push(format!("ANALYZE {}", candidate.table.quoted()));
            }
            taken.insert(name);
        }
        Fix::sql(FixKind::CreateIndex, statements).undo(undo).lock("ShareUpdateExclusiveLock")
    }
}

/// Builds what could help, keeps what the planner uses, measures, and drops everything again.
pub(super) async fn try_indexes(
    copy: &mut LentCopy,
    bench: &mut Bench,
    cx: &CallCx,
    catalog: &Catalog,
    (template, filled): (&str, &str),
    timeout: Duration,
    deadline: Instant,
) -> Result<Option<Indexed>, ToolError> {
    let Ok(shape) = analyze(template, catalog) else { return Ok(None) };
    let proposals = candidates(&[shape], catalog);
    let mut relevant: Vec<&Candidate> =
        proposals.relevant.first().into_iter().flatten().filter_map(|&at| proposals.candidates.get(at)).collect();
    relevant.sort_by_key(|candidate| (candidate.predicate.is_some(), estimated_bytes(candidate, catalog)));
    relevant.truncate(MOST);
    let mut built: Vec<(String, &Candidate)> = Vec::new();
    for (at, candidate) in relevant.into_iter().enumerate() {
        if Instant::now() > deadline {
            break;
        }
        let name = format!("{PREFIX}{at}");
        match copy.run(&plain_create_statement(candidate, &name)).await {
            Ok(()) => {
                if candidate.keys.iter().any(|key| is_expression(&key.expression)) {
                    copy.run(&format!("ANALYZE {}", candidate.table.quoted())).await?;
                }
                built.push((name, candidate));
            }
            // What the server refuses is no candidate.
            Err(PgError::Server(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let found = settle(copy, bench, cx, filled, &mut built).await;
    let outcome = match found {
        Ok(true) => {
            let after = bench.measure(cx, filled, timeout).await?;
            Ok(Some(Indexed { candidates: built.iter().map(|(_, candidate)| (*candidate).clone()).collect(), after }))
        }
        Ok(false) => Ok(None),
        Err(error) => Err(error),
    };
    for (name, candidate) in &built {
        drop_index(copy, name, candidate).await?;
    }
    outcome
}

/// Drops what the planner leaves aside, then what it can do without; false where nothing is left.
async fn settle(
    copy: &mut LentCopy,
    bench: &mut Bench,
    cx: &CallCx,
    filled: &str,
    built: &mut Vec<(String, &Candidate)>,
) -> Result<bool, ToolError> {
    let mut plan = bench.plan(cx, filled).await?;
    let used = names(&plan);
    let (kept, unused): (Vec<_>, Vec<_>) = std::mem::take(built).into_iter().partition(|(name, _)| used.contains(name));
    *built = kept;
    for (name, candidate) in &unused {
        drop_index(copy, name, candidate).await?;
    }
    let mut at = 0;
    while built.len() > 1 && at < built.len() {
        let Some((name, candidate)) = built.get(at).cloned() else { break };
        drop_index(copy, &name, candidate).await?;
        let without = bench.plan(cx, filled).await?;
        if without.root().total_cost <= plan.root().total_cost * WORTH {
            built.remove(at);
            plan = without;
        } else {
            copy.run(&plain_create_statement(candidate, &name)).await?;
            at += 1;
        }
    }
    Ok(!built.is_empty())
}

async fn drop_index(copy: &mut LentCopy, name: &str, candidate: &Candidate) -> Result<(), PgError> {
    copy.run(&format!("DROP INDEX IF EXISTS {}", dbwright_sql::quote_qualified(Some(&candidate.table.schema), name)))
        .await
}

fn names(plan: &Plan) -> BTreeSet<String> {
    plan.nodes().iter().filter_map(|node| node.index.clone()).collect()
}

fn is_expression(key: &KeyExpression) -> bool {
    key.column().is_none()
}
