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
Index Scan using events_at_idx on events  (cost=0.43..9000.00 rows=4000 width=80) (actual time=0.9..640.0 rows=4100 loops=1)
  Index Cond: (at > '2026-01-01 00:00:00+00'::timestamp with time zone)
  Buffers: shared hit=120 read=3980
  I/O Timings: shared/local read=590.100
Execution Time: 642.0 ms";

pub(crate) const GOOD: &str = "
Index Scan using events_at_idx on events  (cost=0.43..9000.00 rows=4000 width=80) (actual time=0.9..6.0 rows=4100 loops=1)
  Index Cond: (at > '2026-01-01 00:00:00+00'::timestamp with time zone)
  Buffers: shared hit=4100
Execution Time: 6.2 ms";

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
