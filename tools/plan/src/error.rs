//! Why a text is not a plan.

/// Why EXPLAIN output could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nothing but white space.
    #[error("the plan is empty: paste the whole output of EXPLAIN")]
    Empty,
    /// Looks like JSON and is not.
    #[error("the plan is not valid JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// JSON, but not EXPLAIN's: no `Plan` object.
    #[error("the JSON holds no \"Plan\" object: pass the output of EXPLAIN (FORMAT JSON) as it is")]
    NoPlan,
    /// A node without its type.
    #[error("a plan node has no \"Node Type\": the plan was cut or edited")]
    NoNodeType,
    /// Nesting beyond what any real plan has.
    #[error("the plan is nested {found} levels deep, more than the {limit} that are read")]
    TooDeep {
        /// Levels found.
        found: usize,
        /// Levels accepted.
        limit: usize,
    },
    /// Text in which no line is a plan node.
    #[error("no line looks like a plan node (`Seq Scan on t  (cost=…)`): paste the whole output of EXPLAIN")]
    NoNode,
    /// Another product's plan.
    #[error("this is a plan of {product}, not of PostgreSQL: {hint}")]
    Product {
        /// Whose it is.
        product: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// A format that is not read.
    #[error("EXPLAIN (FORMAT {0}) is not read: use FORMAT JSON or TEXT")]
    Format(&'static str),
}
