//! The hazards, one rule a file.

use dbwright_finding::{Rule, Severity};

use crate::site::HazardRule;

mod add_column_check;
mod add_column_constrained_domain;
mod add_column_generated_stored;
mod add_column_not_null_without_default;
mod add_column_serial;
mod add_column_volatile_default;
mod add_exclusion_constraint;
mod add_primary_key;
mod add_unique_constraint;
mod alter_column_type;
mod attach_partition_scan;
mod check_validated;
mod code_block_hides_ddl;
mod concurrent_index_if_not_exists;
mod concurrently_in_transaction;
mod create_index_not_concurrent;
mod create_partition_locks_parent;
mod data_change_under_ddl_lock;
mod detach_partition_not_concurrent;
mod disable_trigger;
mod domain_constraint_validated;
mod drop_cascade;
mod drop_column;
mod drop_index_not_concurrent;
mod drop_schema;
mod drop_table;
mod enum_value_in_transaction;
mod explicit_lock_table;
mod foreign_key_not_valid_on_partitioned;
mod foreign_key_validated;
mod foreign_key_without_index;
mod grant_to_public;
mod index_on_partitioned_table;
pub(crate) mod missing_lock_timeout;
mod refresh_not_concurrent;
mod reindex_not_concurrent;
mod rename_column;
mod rename_enum_value;
mod rename_table;
mod replica_identity_full;
mod rewriting_table_option;
mod row_security_without_policy;
mod set_not_null;
mod truncate_table;
mod unbatched_delete;
mod unbatched_update;
mod vacuum_full;
mod validate_in_same_transaction;

/// Text that the grammar refuses; declared here because it has no operation to check.
pub(crate) const INVALID_SQL: Rule = Rule {
    id: "invalid_sql",
    group: "migrations",
    severity: Severity::High,
    summary: "The statement does not parse, so the migration stops there",
};

/// Every rule, in the order in which findings on one statement appear.
pub(crate) const TABLE: &[&HazardRule] = &[
    &create_index_not_concurrent::RULE,
    &index_on_partitioned_table::RULE,
    &concurrently_in_transaction::RULE,
    &drop_index_not_concurrent::RULE,
    &reindex_not_concurrent::RULE,
    &foreign_key_validated::RULE,
    &foreign_key_not_valid_on_partitioned::RULE,
    &foreign_key_without_index::RULE,
    &check_validated::RULE,
    &add_column_check::RULE,
    &validate_in_same_transaction::RULE,
    &set_not_null::RULE,
    &add_primary_key::RULE,
    &add_unique_constraint::RULE,
    &add_exclusion_constraint::RULE,
    &add_column_volatile_default::RULE,
    &add_column_serial::RULE,
    &add_column_generated_stored::RULE,
    &add_column_not_null_without_default::RULE,
    &add_column_constrained_domain::RULE,
    &alter_column_type::RULE,
    &drop_column::RULE,
    &rename_column::RULE,
    &rename_table::RULE,
    &drop_table::RULE,
    &drop_cascade::RULE,
    &drop_schema::RULE,
    &truncate_table::RULE,
    &unbatched_update::RULE,
    &unbatched_delete::RULE,
    &data_change_under_ddl_lock::RULE,
    &missing_lock_timeout::RULE,
    &vacuum_full::RULE,
    &explicit_lock_table::RULE,
    &enum_value_in_transaction::RULE,
    &rename_enum_value::RULE,
    &refresh_not_concurrent::RULE,
    &attach_partition_scan::RULE,
    &detach_partition_not_concurrent::RULE,
    &create_partition_locks_parent::RULE,
    &rewriting_table_option::RULE,
    &row_security_without_policy::RULE,
    &disable_trigger::RULE,
    &grant_to_public::RULE,
    &domain_constraint_validated::RULE,
    &replica_identity_full::RULE,
    &concurrent_index_if_not_exists::RULE,
    &code_block_hides_ddl::RULE,
];

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
