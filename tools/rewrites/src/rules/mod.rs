//! The rules, one a file: what it looks for, the other form, why they are equal, examples.

mod grouped;

use dbwright_finding::{Rule, Severity};

use crate::block::{Block, Outcome};

/// A statement on the tables of [`crate::EXAMPLE_SCHEMA`] and the form that the rule gives it.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The statement.
    pub before: &'static str,
    /// Its other form; none where the rule must leave it alone or refuse.
    pub after: Option<&'static str>,
}

impl Example {
    const fn new(before: &'static str, after: &'static str) -> Self {
        Self { before, after: Some(after) }
    }

    const fn untouched(before: &'static str) -> Self {
        Self { before, after: None }
    }
}

/// A way to write a statement differently.
#[derive(Clone, Copy)]
pub struct RewriteRule {
    /// Id of the finding that it remedies.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    pub(crate) apply: fn(&Block<'_>) -> Vec<Outcome>,
    /// What it does and what it leaves alone; the tests run them.
    pub examples: &'static [Example],
}

impl std::fmt::Debug for RewriteRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RewriteRule").field(&self.name).finish()
    }
}

macro_rules! rules {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every rewrite.
        pub const RULES: &[&RewriteRule] = &[$(&RewriteRule {
            id: $name::ID,
            name: stringify!($name),
            apply: $name::apply,
            examples: $name::EXAMPLES,
        },)*];
    };
}

rules! {
    date_range
    date_trunc_range
    year_range
    epoch_range
    elapsed_time
    column_arithmetic
    coalesce_filter
    prefix_pattern
    implicit_cast
    or_chain
    or_union
    not_in
    count_exists
    correlated_aggregate
    select_subquery
    cte_fence
    keyset
    distinct_fanout
    count_distinct
    union_all
    latest_per_group
    redundant_join
    stable_function
    order_fence
}

/// Findings that no plan rule has a name for.
pub const FINDING_RULES: &[&Rule] = &[
    &Rule {
        id: "count_instead_of_exists",
        group: "plans",
        severity: Severity::Medium,
        summary: "A subquery counts all rows where it only matters whether there is one",
    },
    &Rule {
        id: "union_without_duplicates",
        group: "plans",
        severity: Severity::Low,
        summary: "UNION sorts or hashes all rows to find duplicates that cannot exist",
    },
    &Rule {
        id: "latest_per_group",
        group: "plans",
        severity: Severity::Medium,
        summary: "A table is joined with its own maxima, so it is read twice",
    },
    &Rule {
        id: "redundant_join",
        group: "plans",
        severity: Severity::Low,
        summary: "A join reads a table of which nothing is used and that a foreign key proves to match",
    },
];

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
