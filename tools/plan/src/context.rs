//! What the caller knows beside the plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is known of a statement and its relations. All of it is optional.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Name of the tool result in evidence: `explain`, `explain#3`.
    pub source: String,
    /// `pg_stat_statements.queryid` as text.
    pub query_id: Option<String>,
    /// How reports name the statement; its first words, say.
    pub label: Option<String>,
    /// Facts by `schema.relation`, or by bare relation name.
    pub relations: BTreeMap<String, RelationFacts>,
}

impl Default for Context {
    fn default() -> Self {
        Self { source: "explain".to_owned(), query_id: None, label: None, relations: BTreeMap::new() }
    }
}

impl Context {
    /// A context whose evidence is called `source`.
    pub fn new(source: impl Into<String>) -> Self {
        Self { source: source.into(), ..Self::default() }
    }

    /// Facts about the node's relation.
    pub(crate) fn relation(&self, node: &crate::Node) -> Option<&RelationFacts> {
        let bare = node.relation.as_deref()?;
        node.qualified_relation()
            .and_then(|name| self.relations.get(&name))
            .or_else(|| self.relations.get(bare))
            .or_else(|| {
                // The plan knows no schema without VERBOSE; a single match is no guess.
                let mut matches = self
                    .relations
                    .iter()
                    .filter(|(name, _)| name.rsplit('.').next() == Some(bare) && node.schema.is_none());
                matches.next().filter(|_| matches.next().is_none()).map(|(_, facts)| facts)
            })
    }
}

/// What is known of a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RelationFacts {
    /// Name with its schema, as it is to appear in reports and SQL.
    pub name: Option<String>,
    /// Rows, as the planner believes.
    pub rows: Option<f64>,
    /// Size of the heap in bytes.
    pub bytes: Option<u64>,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: Option<f64>,
    /// Bytes of a row, as `pg_stats.avg_width` adds up; absent where statistics are not readable.
    pub row_bytes: Option<f64>,
    /// Functions that a row security policy of the table calls for each row: not IMMUTABLE, not
    /// in a scalar subquery.
    pub policy_functions: Vec<String>,
    /// Whether it was ever analysed.
    pub analyzed: Option<bool>,
    /// Columns that the plan may name.
    pub columns: Vec<ColumnFacts>,
    /// Indexes, in any order.
    pub indexes: Vec<IndexFacts>,
}

/// What is known of a column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` prints it.
    pub data_type: Option<String>,
    /// Whether its collation orders by bytes (`C`, `POSIX`), so that any b-tree serves patterns.
    pub byte_order: Option<bool>,
    /// `pg_stats.n_distinct`: a count, or a negated share of the rows.
    pub n_distinct: Option<f64>,
    /// `pg_stats.null_frac`.
    pub null_fraction: Option<f64>,
    /// `pg_stats.correlation`.
    pub correlation: Option<f64>,
}

/// What is known of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexFacts {
    /// Its name.
    pub name: String,
    /// Key columns in order; expressions are empty strings.
    pub columns: Vec<String>,
    /// Whether its first key compares by bytes (`text_pattern_ops` and its kin).
    pub pattern_ops: bool,
    /// Its access method: `btree`, `gin`.
    pub method: String,
    /// Whether the planner may use it.
    pub valid: bool,
    /// Whether it has a predicate.
    pub partial: bool,
}
