//! The time goes into reading pages from outside shared buffers.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Node,
    insight::{Insight, Scope},
    node::count,
    units::{grouped, ms, percent, size_kb},
};

pub(crate) const RULE: Rule = Rule {
    id: "io_bound",
    group: "plans",
    severity: Severity::Low,
    summary: "Half of the pages, or half of the time, of a scan is reading from outside shared buffers",
};

pub(crate) const BAD: &str = "
Aggregate  (cost=73493.29..73493.30 rows=1 width=8) (actual time=244.721..244.722 rows=1 loops=1)
  Buffers: shared read=60000
  I/O Timings: shared read=120.943
  ->  Seq Scan on big  (cost=0.00..71250.00 rows=897318 width=0) (actual time=0.020..207.267 rows=897704 loops=1)
        Filter: (score > 2)
        Rows Removed by Filter: 2296
        Buffers: shared read=60000
        I/O Timings: shared read=120.943
Execution Time: 244.778 ms";

pub(crate) const GOOD: &str = "
Aggregate  (cost=73493.29..73493.30 rows=1 width=8) (actual time=124.721..124.722 rows=1 loops=1)
  Buffers: shared hit=60000
  ->  Seq Scan on big  (cost=0.00..71250.00 rows=897318 width=0) (actual time=0.020..97.267 rows=897704 loops=1)
        Filter: (score > 2)
        Rows Removed by Filter: 2296
        Buffers: shared hit=60000
Execution Time: 124.778 ms";

/// Pages read from which a cold cache is more than a first look.
const LEAST_READ: u64 = 1000;
/// Share of the pages, or of the node's time where I/O is timed.
const LEAST_SHARE: f64 = 0.5;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    // The coldest scan stands for all: the remedy is the same.
    scope
        .live()
        .filter(|node| node.kind.is_scan())
        .filter_map(|node| insight(scope, node))
        .max_by_key(|(read, _)| *read)
        .map(|(_, insight)| insight)
        .into_iter()
        .collect()
}

fn insight(scope: &Scope<'_>, node: &Node) -> Option<(u64, Insight)> {
    let (read, touched) = (node.own.read, node.own.touched());
    let stake = scope.own(node);
    if read < LEAST_READ || !stake.is_worth() {
        return None;
    }
    let timed = node.own_io_ms > 0.0;
    let share = if timed {
        node.own_io_ms / node.processes.max(1.0) / node.self_ms.max(0.001)
    } else {
        count(read) / count(touched.max(1))
    };
    if share < LEAST_SHARE {
        return None;
    }
    let table = scope.relation_name(node);
    let reading = if timed { format!(", {} of it waiting for reads", percent(share)) } else { String::new() };
    let title = format!(
        "{} of {} pages of {table} came from outside shared buffers ({}): {}{reading}",
        grouped(count(read)),
        grouped(count(touched)),
        size_kb(read * 8),
        stake.describe()
    );
    let mut insight = scope
        .insight(&RULE, node, scope.table(node, Vec::new()), stake, title)
        .severity(Severity::Low)
        .with(scope, "pages_read", read)
        .with(scope, "pages_touched", touched);
    if timed {
        insight = insight.with(scope, "io_read_ms", ms(node.own_io_ms));
    }
    Some((
        read,
        insight
            .why("A first run pays for what later runs find in memory; only a second run tells which of the two this is.")
            .fix(Fix::advice(
                FixKind::None,
                "Run it twice and compare the second run. If it still reads, touch fewer pages (index, narrower range) before giving shared_buffers more memory.",
            )),
    ))
}
