//! Why a statement has no shape.

/// A statement that the advisor passes over. Never ends a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The text is not SQL that the server would accept.
    #[error("does not parse: {0}")]
    Parse(#[from] dbwright_sql::SqlError),
    /// A statement that no index can help: DDL, SET, COPY and the like.
    #[error("is {0}, which no index can serve")]
    NotAQuery(String),
    /// A relation that the catalog does not list.
    #[error("reads {0}, which is not a known table of this database")]
    UnknownRelation(String),
    /// Nothing in it reads a table that can be indexed.
    #[error("reads no table that can be indexed{0}")]
    NoTables(String),
}
