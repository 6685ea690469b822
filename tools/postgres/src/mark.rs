//! How our own statements are told from the application's.

/// Stands after the first keyword of every statement of ours: `SELECT /* dbwright */ …`. Not
/// before it: PostgreSQL 18 drops a leading comment from what `pg_stat_statements` keeps.
pub const MARK: &str = "/* dbwright */";

/// What `pg_stat_activity` shows for our sessions.
pub const APPLICATION_NAME: &str = "dbwright";
