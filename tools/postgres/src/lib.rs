//! PostgreSQL adapter: guarded execution, snapshots, EXPLAIN, hypothetical indexes and the typed tools
