//! Existing indexes that can go: found by their definitions, proven by running the statements
//! without them.

use std::time::Instant;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Droppable, Redundant, Run, TableKind, TrialQuestion, drop_statement, redundant};

use super::{scratch::ScratchCopy, task::Task};

/// Redundant indexes without which no statement of the workload was worse on the copy.
pub(super) async fn droppable(
    cx: &CallCx,
    copy: &mut ScratchCopy,
    task: &Task,
    kept: &[usize],
    concerned: &[usize],
    deadline: Instant,
) -> Result<Vec<Droppable>, ToolError> {
    let mut set = kept.to_vec();
    set.sort_unstable();
    let mut found = Vec::new();
    for one in redundant(&task.catalog) {
        let queries: Vec<usize> = concerned
            .iter()
            .copied()
            .filter(|&query| {
                let reads = task.analysed.get(query).is_some_and(|known| known.shape.tables().contains(&one.table));
                reads && task.may_execute(query)
            })
            .collect();
        if Instant::now() >= deadline {
            break;
        }
        if let Some(executed) = harmless(cx, copy, task, &set, &one, &queries).await? {
            found.extend(described(task, &one, executed));
        }
    }
    Ok(found)
}

/// Executes the statements with and without an index; the number of them, if none was worse.
async fn harmless(
    cx: &CallCx,
    copy: &mut ScratchCopy,
    task: &Task,
    set: &[usize],
    one: &Redundant,
    queries: &[usize],
) -> Result<Option<usize>, ToolError> {
    if queries.is_empty() {
        return Ok(None);
    }
    cx.progress(format!("executing {} statements without {}", queries.len(), one.index));
    let with = runs(cx, copy, task, set, queries).await?;
    let hidden = [(one.table.schema.clone(), one.index.clone())];
    copy.set_existing(&hidden, false).await?;
    let without = runs(cx, copy, task, set, queries).await;
    copy.set_existing(&hidden, true).await?;
    let without = without?;
    let worse = with.iter().zip(&without).any(|pair| match pair {
        (Some(with), Some(without)) => without.is_worse_than(with),
        (Some(_), None) => true,
        (None, _) => false,
    });
    let executed = without.iter().flatten().count();
    Ok((!worse && executed > 0).then_some(executed))
}

async fn runs(
    cx: &CallCx,
    copy: &mut ScratchCopy,
    task: &Task,
    set: &[usize],
    queries: &[usize],
) -> Result<Vec<Option<Run>>, ToolError> {
    let mut runs = Vec::new();
    for &query in queries {
        let question = TrialQuestion { query, set: set.to_vec() };
        runs.push(match task.planned.get(query) {
            Some(statement) => copy.run(cx, &question, statement, &task.proposals.candidates).await?,
            None => None,
        });
    }
    Ok(runs)
}

fn described(task: &Task, one: &Redundant, executed: usize) -> Option<Droppable> {
    let table = task.catalog.table(&one.table)?;
    let index = table.indexes.iter().find(|index| index.name == one.index)?;
    // The index of a parent of partitions goes with all of theirs, and not concurrently.
    let statement = if table.kind == TableKind::Partitioned {
        drop_statement(&one.table.schema, &one.index).replacen("CONCURRENTLY ", "", 1)
    } else {
        drop_statement(&one.table.schema, &one.index)
    };
    Some(Droppable {
        table: one.table.clone(),
        name: one.index.clone(),
        bytes: index.bytes,
        served_by: one.served_by.clone(),
        why: one.why.clone(),
        statement,
        undo: index.definition.replacen("CREATE INDEX ", "CREATE INDEX CONCURRENTLY ", 1),
        executed,
    })
}
