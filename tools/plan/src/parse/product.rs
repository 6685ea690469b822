//! Plans of products that speak almost like PostgreSQL: read with a word of caution, or refused by
//! name where figures and remedies mean something else.

use std::sync::LazyLock;

use regex::Regex;

use super::value::Object;
use crate::{Node, Plan, PlanError};

/// A text that marks another product's plan, and what to say.
const FOREIGN: [(&str, &str, &str); 7] = [
    (
        r"(?m)^\W*XN [A-Z]",
        "Amazon Redshift",
        "it has no indexes and other costs; look at SVL_QUERY_SUMMARY and the distribution keys",
    ),
    (
        r"(?m)\b(Redistribute|Broadcast|Gather) Motion \d+:\d+",
        "Greenplum",
        "its figures are those of segments; look at skew and motions with its own tools",
    ),
    (
        r"(?m)^\W*(distribution: (full|local|partial)|vectorized: (true|false))\s*$",
        "CockroachDB",
        "use EXPLAIN ANALYZE (DEBUG) there",
    ),
    (
        r"(?m)^\W*-> .*\(cost=[\d.e+]+ rows=[\d.e+]+\)",
        "MySQL",
        "only plans of PostgreSQL and what descends from it are read",
    ),
    (r"(?m)^Plan hash value: \d+", "Oracle", "only plans of PostgreSQL and what descends from it are read"),
    (r"(?m)^\W*--\s?(SCAN|SEARCH) \w+", "SQLite", "only plans of PostgreSQL and what descends from it are read"),
    (r"<ShowPlanXML", "SQL Server", "only plans of PostgreSQL and what descends from it are read"),
];

static PATTERNS: LazyLock<Vec<(Regex, &'static str, &'static str)>> = LazyLock::new(|| {
    FOREIGN.iter().filter_map(|&(text, product, hint)| Some((Regex::new(text).ok()?, product, hint))).collect()
});

/// The refusal of a text that is another product's plan.
pub(super) fn of_text(text: &str) -> Option<PlanError> {
    let found = PATTERNS.iter().find(|(pattern, ..)| pattern.is_match(text))?;
    Some(PlanError::Product { product: found.1, hint: found.2 })
}

/// The refusal of a JSON document without `Plan`.
pub(super) fn of_document(document: &Object) -> Option<PlanError> {
    let hint = "only plans of PostgreSQL and what descends from it are read";
    document.contains_key("query_block").then_some(PlanError::Product { product: "MySQL", hint })
}

/// The refusal of a tree with nodes that only another product has.
pub(super) fn of_nodes(nodes: &[Node]) -> Option<PlanError> {
    let found = nodes.iter().any(|node| node.node_type.ends_with(" Motion"));
    found.then_some(PlanError::Product {
        product: "Greenplum",
        hint: "its figures are those of segments; look at skew and motions with its own tools",
    })
}

/// What to keep in mind of a plan that is read although another product made or extended it.
pub(super) fn notes(plan: &Plan, text: &str) -> Vec<String> {
    let has_node = |name: &str| plan.nodes().iter().any(|node| node.node_type.contains(name));
    let mut out = Vec::new();
    if has_node("Citus") || text.contains("(Citus ") {
        out.push(
            "Citus: below a Task stands one shard's plan; its times and rows are not those of all shards".to_owned(),
        );
    }
    if text.contains("Storage Table Read Requests") || text.contains("Storage Index Read Requests") || has_node("YB ") {
        out.push(
            "YugabyteDB: rows live in a distributed store; what is said of pages, VACUUM and CLUSTER does not apply"
                .to_owned(),
        );
    }
    if text.contains("aurora_") {
        out.push(
            "Amazon Aurora: its own I/O counters are left out; pages read may come from a remote volume".to_owned(),
        );
    }
    if ["(ChunkAppend)", "(DecompressChunk)", "(ColumnarScan)", "(SkipScan)"].iter().any(|node| text.contains(node)) {
        out.push("TimescaleDB: its custom nodes are shown as they are; no rule judges them".to_owned());
    }
    out
}
