//! Puts the answer together from the search, the trial and the catalog.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_finding::{How, Measured, Measurement};

use crate::{
    Advice, AdvisedIndex, Candidate, Catalog, Column, Gain, Method, Rejected, Replaced, Selection, Skipped, Table,
    TableKind, Verdict, Verified, WriteMix, WritePrice,
    ddl::{create_statements, drop_statement, hypothetical_statement, index_name, undo_statement},
    estimated_bytes,
    redundancy::covered_by,
};

/// Rejected candidates that are listed.
const MOST_REJECTED: usize = 20;

/// A statement that keeps more than this share of its price is not listed as a gain.
const BETTER: f64 = 0.95;

/// A statement as the answer names it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AdvisedStatement {
    /// On one line, shortened.
    pub brief: String,
    /// `pg_stat_statements.queryid`, where it came from there.
    pub query_id: Option<String>,
    /// Executions, where known.
    pub calls: Option<u64>,
    /// The statement as it was planned and executed, shortened, where values were put in for `$n`.
    pub sampled: Option<String>,
    /// Its weight in the search.
    pub weight: f64,
}

/// Everything that the answer is made of.
#[derive(Debug, Clone)]
pub struct Conclusion<'a> {
    /// The database.
    pub catalog: &'a Catalog,
    /// The statements that were analysed, by position.
    pub statements: &'a [AdvisedStatement],
    /// All candidates, by position.
    pub candidates: &'a [Candidate],
    /// What the search settled on.
    pub selection: &'a Selection,
    /// Where the plans came from.
    pub planned: How,
    /// What was executed, if anything.
    pub verdict: Option<&'a Verdict>,
    /// Real sizes of built candidates, where the copy was complete.
    pub sizes: &'a BTreeMap<usize, u64>,
    /// Seconds that building took on the copy, by candidate.
    pub builds: &'a BTreeMap<usize, f64>,
    /// How the tables are written.
    pub writes: &'a WriteMix,
    /// Statements that were passed over.
    pub skipped: Vec<Skipped>,
}

/// Puts the answer together.
pub fn conclude(input: &Conclusion<'_>) -> Advice {
    let selection = input.selection;
    let kept = |at: &usize| input.verdict.is_none_or(|verdict| verdict.kept.contains(at));
    let mut taken = names(input.catalog);
    let mut named: Vec<(usize, &Candidate, String)> = Vec::new();
    for at in selection.chosen.iter().copied().filter(kept) {
        if let Some(candidate) = input.candidates.get(at) {
            let name = index_name(candidate, &taken);
            taken.insert(name.clone());
            named.push((at, candidate, name));
        }
    }
    let indexes =
        named.iter().filter_map(|(at, candidate, name)| advised(input, *at, candidate, name, &named)).collect();
    let (total_ratio, mean_ratio) = ratios(input);
    Advice {
        indexes,
        droppable: Vec::new(),
        rewrites: Vec::new(),
        rejected: rejected(input),
        skipped: skipped(input),
        analysed: input.statements.len().saturating_sub(selection.failed.len()),
        total_ratio,
        mean_ratio,
        notes: Vec::new(),
        gaps: Vec::new(),
    }
}

/// One index; `None` where nothing uses it.
fn advised(
    input: &Conclusion<'_>,
    at: usize,
    candidate: &Candidate,
    name: &str,
    named: &[(usize, &Candidate, String)],
) -> Option<AdvisedIndex> {
    let table = input.catalog.table(&candidate.table)?;
    let gains = gains(input, at, named);
    if gains.is_empty() {
        return None;
    }
    let executed = gains.iter().any(|gain| gain.measured.how == How::Scratch && gain.measured.before.ms.is_some());
    let measured_bytes = input.sizes.get(&at).copied();
    let statements = create_statements(candidate, name, input.catalog);
    let price = input.writes.price(candidate, input.catalog);
    Some(AdvisedIndex {
        statement: statements.first().cloned().unwrap_or_default(),
        statements,
        undo: undo_statement(candidate, name, input.catalog),
        build_seconds: input.builds.get(&at).copied(),
        write_price: price,
        remarks: remarks(candidate, table, &price),
        bytes: measured_bytes.unwrap_or_else(|| estimated_bytes(candidate, input.catalog)),
        bytes_measured: measured_bytes.is_some(),
        verified: if executed { Verified::Executed } else { Verified::Planned },
        write_note: write_note(candidate, table),
        replaces: replaced(candidate, table),
        name: name.to_owned(),
        gains,
        candidate: candidate.clone(),
    })
}

/// Names in use, of tables and indexes alike: they share one space in each schema.
fn names(catalog: &Catalog) -> BTreeSet<String> {
    let tables = catalog.tables.iter().map(|table| table.name.name.clone());
    let indexes = catalog.tables.iter().flat_map(|table| table.indexes.iter().map(|index| index.name.clone()));
    tables.chain(indexes).collect()
}

/// What the statements that use one index gain from the set: executed ones first, then those
/// that owe it to this index alone, then by what they save.
fn gains(input: &Conclusion<'_>, candidate: usize, named: &[(usize, &Candidate, String)]) -> Vec<Gain> {
    let statements = input.statements.iter().enumerate();
    let mut gains: Vec<Gain> =
        statements.filter_map(|(at, statement)| gain(input, candidate, at, statement, named)).collect();
    let order = |gain: &Gain| (gain.measured.before.ms.is_none(), gain.together_with.len());
    let saved = |gain: &Gain| {
        let of = |side: &Measurement| side.cost.or(side.ms).unwrap_or(0.0);
        of(&gain.measured.before) - of(&gain.measured.after)
    };
    gains.sort_by(|a, b| order(a).cmp(&order(b)).then(saved(b).total_cmp(&saved(a))));
    gains
}

/// `None` where the statement does not use the index or is no better for it.
fn gain(
    input: &Conclusion<'_>,
    candidate: usize,
    at: usize,
    statement: &AdvisedStatement,
    named: &[(usize, &Candidate, String)],
) -> Option<Gain> {
    let run = input.verdict.and_then(|verdict| verdict.runs.get(&at));
    let (measured, used) = if let Some((before, after)) = run {
        (Measured::compare(How::Scratch, before.measurement, after.measurement), &after.used)
    } else {
        let before = input.selection.before.get(at)?.as_ref()?;
        let after = input.selection.after.get(at)?.as_ref()?;
        let cost = |cost: f64| Measurement { cost: Some(cost), ..Measurement::default() };
        (Measured::compare(input.planned, cost(before.cost), cost(after.cost)), &after.used)
    };
    let faster = measured.before.ms.zip(measured.after.ms).is_some_and(|(before, after)| after < before * BETTER);
    let better = measured.ratio.is_some_and(|ratio| ratio * BETTER > 1.0) || faster;
    if !used.contains(&candidate) || !better {
        return None;
    }
    let others = named.iter().filter(|(other, _, _)| *other != candidate && used.contains(other));
    Some(Gain {
        statement: at,
        text: statement.brief.clone(),
        query_id: statement.query_id.clone(),
        calls: statement.calls,
        sampled: statement.sampled.clone(),
        measured,
        together_with: others.map(|(_, _, name)| name.clone()).collect(),
        before_range_ms: run.map(|(before, _)| (before.fastest_ms, before.slowest_ms)),
        after_range_ms: run.map(|(_, after)| (after.fastest_ms, after.slowest_ms)),
    })
}

fn write_note(candidate: &Candidate, table: &Table) -> String {
    let writes = table.writes;
    let changes = writes.inserts + writes.updates + writes.deletes;
    if changes == 0 {
        return format!("{} has no recorded writes since the statistics were reset", table.name);
    }
    let mut note = format!(
        "{} took {} inserts, {} updates and {} deletes since the statistics were reset; each insert, and each update that is not heap-only, writes one more index entry",
        table.name, writes.inserts, writes.updates, writes.deletes
    );
    if writes.updates > 0 && writes.hot_updates * 5 >= writes.updates {
        let share = writes.hot_updates * 100 / writes.updates;
        let columns: BTreeSet<&str> = candidate
            .keys
            .iter()
            .flat_map(|key| key.expression.columns())
            .chain(candidate.include.iter().map(String::as_str))
            .collect();
        let columns: Vec<&str> = columns.into_iter().collect();
        note.push_str(&format!(
            "; {share} % of the updates are heap-only, and those that change {} will no longer be",
            columns.join(" or ")
        ));
    }
    note
}

fn remarks(candidate: &Candidate, table: &Table, price: &WritePrice) -> Vec<String> {
    let mut remarks = Vec::new();
    if table.kind == TableKind::Partitioned {
        remarks.push(format!(
            "{} is partitioned: each partition gets its index without blocking writes, then it is attached; the \
            parent's index is valid once all are",
            table.name
        ));
    }
    if price.lost_hot >= 1.0 {
        remarks.push(format!(
            "about {:.0} updates in the time that the workload covers will no longer be heap-only and will write to all \
            {} indexes of {}",
            price.lost_hot,
            table.indexes.len() + 1,
            table.name
        ));
    }
    if let [key] = candidate.keys.as_slice()
        && candidate.method == Method::Btree
        && candidate.predicate.is_none()
        && key.expression.column().and_then(|name| table.column(name)).is_some_and(is_unique_so_far)
    {
        remarks.push(
            "every value in the statistics occurs once: if that is a rule, build it UNIQUE, which costs the same and \
            keeps it so"
                .to_owned(),
        );
    }
    if candidate.method == Method::Gin {
        remarks.push(
            "its pending list is merged by vacuum and by unlucky inserts; fastupdate = off makes inserts slower and even"
                .to_owned(),
        );
    }
    remarks
}

fn is_unique_so_far(column: &Column) -> bool {
    column.n_distinct == Some(-1.0) && column.null_frac == Some(0.0)
}

fn replaced(candidate: &Candidate, table: &Table) -> Vec<Replaced> {
    table
        .indexes
        .iter()
        .filter(|index| covered_by(index, candidate))
        .map(|index| Replaced {
            name: index.name.clone(),
            bytes: index.bytes,
            statement: drop_statement(&table.name.schema, &index.name),
            undo: index.definition.replacen("CREATE INDEX ", "CREATE INDEX CONCURRENTLY ", 1),
        })
        .collect()
}

fn rejected(input: &Conclusion<'_>) -> Vec<Rejected> {
    let executed = input.verdict.map(|verdict| verdict.dropped.as_slice()).unwrap_or_default();
    executed
        .iter()
        .chain(&input.selection.rejected)
        .filter_map(|(at, why)| {
            input
                .candidates
                .get(*at)
                .map(|candidate| Rejected { statement: hypothetical_statement(candidate), why: why.clone() })
        })
        .take(MOST_REJECTED)
        .collect()
}

fn skipped(input: &Conclusion<'_>) -> Vec<Skipped> {
    let failed = input.selection.failed.iter().filter_map(|(at, why)| {
        input.statements.get(*at).map(|statement| Skipped { text: statement.brief.clone(), why: why.clone() })
    });
    input.skipped.iter().cloned().chain(failed).collect()
}

/// After by before: of the weighted sum, and the geometric mean of each statement's own ratio.
fn ratios(input: &Conclusion<'_>) -> (Option<f64>, Option<f64>) {
    let mut sums = (0.0, 0.0);
    let mut logarithms = Vec::new();
    for (at, statement) in input.statements.iter().enumerate() {
        let plan = |plans: &[Option<crate::PlanCost>]| plans.get(at).and_then(Option::as_ref).map(|plan| plan.cost);
        if let (Some(before), Some(after)) = (plan(&input.selection.before), plan(&input.selection.after)) {
            sums = (sums.0 + before * statement.weight, sums.1 + after * statement.weight);
            logarithms.push((after.max(0.01) / before.max(0.01)).ln());
        }
    }
    if logarithms.is_empty() || sums.0 <= 0.0 {
        return (None, None);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of statements")]
    let mean = (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp();
    (Some(sums.1 / sums.0), Some(mean))
}
