//! A large scan runs in one process although the server could use several.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Kind, Node,
    insight::{Insight, Scope},
    units::size_kb,
};

pub(crate) const RULE: Rule = Rule {
    id: "parallel_missing",
    group: "plans",
    severity: Severity::Low,
    summary: "A table of hundreds of megabytes is read by one process only",
};

pub(crate) const BAD: &str = "
Aggregate  (cost=400000.00..400000.01 rows=1 width=8) (actual time=2900.0..2900.0 rows=1 loops=1)
  Buffers: shared hit=1000 read=120000
  ->  Seq Scan on events  (cost=0.00..350000.00 rows=9000000 width=8) (actual time=0.02..2200.0 rows=9000000 loops=1)
        Filter: app_score(payload) > 3
        Buffers: shared hit=1000 read=120000
Settings: max_parallel_workers_per_gather = '0'
Execution Time: 2900.5 ms";

pub(crate) const GOOD: &str = "
Finalize Aggregate  (cost=200000.00..200000.01 rows=1 width=8) (actual time=1000.0..1000.0 rows=1 loops=1)
  Buffers: shared hit=1000 read=120000
  ->  Gather  (cost=199999.00..200000.00 rows=2 width=8) (actual time=999.0..999.9 rows=3 loops=1)
        Workers Planned: 2
        Workers Launched: 2
        Buffers: shared hit=1000 read=120000
        ->  Partial Aggregate  (cost=198999.00..199000.00 rows=1 width=8) (actual time=990.0..990.0 rows=1 loops=3)
              Buffers: shared hit=1000 read=120000
              ->  Parallel Seq Scan on events  (cost=0.00..150000.00 rows=3750000 width=8) (actual time=0.02..800.0 rows=3000000 loops=3)
                    Buffers: shared hit=1000 read=120000
Settings: max_parallel_workers_per_gather = '2'
Execution Time: 1000.5 ms";

/// Heap pages from which parallel workers pay: 400 MB, far above the server's own 8 MB.
const LEAST_PAGES: u64 = 51_200;
/// Milliseconds of the scan.
const LEAST_MS: f64 = 500.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    if scope.plan.nodes().iter().any(|node| node.parallel_aware || matches!(node.kind, Kind::Gather | Kind::GatherMerge)) {
        return Vec::new();
    }
    scope.of_kind(Kind::SeqScan).filter_map(|node| insight(scope, node)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<Insight> {
    let pages = node.own.touched();
    let stake = scope.own(node);
    // Executed once: an inner side that is scanned over and over has another problem.
    if pages < LEAST_PAGES || node.loops() > 1 || stake.ms? < LEAST_MS || !stake.is_worth() {
        return None;
    }
    let writes = scope.plan.nodes().iter().any(|node| node.kind == Kind::ModifyTable);
    let off = scope.plan.setting("max_parallel_workers_per_gather") == Some("0");
    let table = scope.relation_name(node);
    let title = format!("One process alone reads {} of {table}: {}", size_kb(pages * 8), stake.describe());
    let insight = scope
        .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
        .severity(Severity::Low)
        .with(scope, "shared_pages", pages);
    Some(if off {
        insight
            .with(scope, "max_parallel_workers_per_gather", 0)
            .why("max_parallel_workers_per_gather is 0 in this session.")
            .fix(
                Fix::sql(FixKind::SetOption, ["SET max_parallel_workers_per_gather = 2"])
                    .undo(["RESET max_parallel_workers_per_gather"])
                    .transactional()
                    .notes("For reports; short statements of many sessions are better off without workers."),
            )
    } else {
        let why = if writes {
            "A statement that writes never scans in parallel."
        } else {
            "A function that is not PARALLEL SAFE, a cursor, a serializable transaction or a table with parallel_workers = 0 keeps a statement in one process."
        };
        insight.why(why).fix(Fix::advice(
            FixKind::RewriteQuery,
            "Find what forbids workers: mark functions of the statement PARALLEL SAFE if they are, fetch without a cursor, or select into the application and write in a second statement.",
        ))
    })
}
