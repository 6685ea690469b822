//! Partitions that are missing, left over, too many, or that no query can leave out.

use std::collections::BTreeMap;

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Table, TableKind, calendar, facts::Facts, shape, words};

pub(crate) const RULE: Rule = Rule {
    id: "partition_missing_next",
    group: "tables",
    severity: Severity::Medium,
    summary: "The last partition in time is about to end: inserts will fail or fill the default partition",
};

pub(crate) const PENDING: Rule = Rule {
    id: "partition_detach_pending",
    group: "tables",
    severity: Severity::Medium,
    summary: "DETACH PARTITION CONCURRENTLY was interrupted: no other partition can be detached",
};

pub(crate) const MANY: Rule = Rule {
    id: "too_many_partitions",
    group: "tables",
    severity: Severity::Low,
    summary: "A table has so many partitions that planning and locking them costs more than reading one",
};

pub(crate) const INDEX: Rule = Rule {
    id: "partitioned_index_incomplete",
    group: "indexes",
    severity: Severity::Medium,
    summary: "The index of a partitioned table is invalid: some partitions have none",
};

pub(crate) const UNPRUNED: Rule = Rule {
    id: "lookup_without_partition_key",
    group: "queries",
    severity: Severity::Medium,
    summary: "A frequent look-up does not name the partition key: it searches every partition",
};

/// Partitions above which searching each of them is felt.
const FELT: usize = 8;

/// A range partition by time: its bounds in seconds since 1970.
struct Span {
    from: i64,
    to: i64,
    upper: String,
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(server) = facts.server() else { return Vec::new() };
    let children = children(facts);
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.kind == TableKind::Partitioned)
        .filter_map(|table| {
            let partitions = children.get(&table.oid)?;
            let last = partitions.iter().filter_map(|child| span(child)).max_by_key(|span| span.to)?;
            let left = last.to - server.unix_time;
            let width = last.to - last.from;
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            let lead = width as f64 * facts.thresholds.partition_lead_share;
            // Long past its end the table is an archive that nobody writes to.
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            if left as f64 > lead || left < -2 * width {
                return None;
            }
            let name = table.name.to_string();
            let default = partitions.iter().any(|child| child.default_partition);
            let consequence = if default { "rows fall into the default partition" } else { "inserts fail" };
            let title = if left <= 0 {
                format!("{name} has had no partition since {}: {consequence}", last.upper)
            } else {
                #[expect(clippy::cast_precision_loss, reason = "seconds")]
                let rest = words::seconds(left as f64);
                format!("the last partition of {name} ends in {rest}, at {}: then {consequence}", last.upper)
            };
            let severity = if left <= 0 && !default { Severity::High } else { RULE.severity };
            Some(
                Finding::new(&RULE, Object::new(ObjectKind::Table, &name), title)
                    .severity(severity)
                    .why("Partitions do not make themselves: a job that creates them ahead of time has not run.")
                    .evidence(Evidence::new("pg_class", "last_upper_bound", last.upper))
                    .evidence(Evidence::new("pg_class", "partition_width_s", width))
                    .evidence(Evidence::new("pg_class", "has_default_partition", default))
                    .fix(Fix::advice(
                        FixKind::Migration,
                        format!(
                            "Create the next partitions of {name} now (CREATE TABLE ... (LIKE {name} INCLUDING ALL), then \
                             ATTACH PARTITION, which takes SHARE UPDATE EXCLUSIVE on {name}), and a scheduled job that \
                             keeps several ahead.",
                        ),
                    )),
            )
        })
        .collect()
}

pub(crate) fn check_pending(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.detach_pending)
        .filter_map(|table| {
            let parent = facts.table(table.partition_of?)?.name.to_string();
            let name = table.name.to_string();
            Some(
                Finding::new(
                    &PENDING,
                    Object::new(ObjectKind::Table, &name),
                    format!("{name} is half detached from {parent}: its rows are hidden from new queries of {parent}"),
                )
                .why("The command waits for old snapshots between its two transactions; it was stopped there.")
                .evidence(Evidence::new("pg_inherits", "inhdetachpending", true))
                .fix(
                    Fix::sql(FixKind::Migration, [format!("ALTER TABLE {parent} DETACH PARTITION {name} FINALIZE")])
                        .lock("ShareUpdateExclusiveLock")
                        .transactional()
                        .notes("It then is a table of its own; ATTACH PARTITION with its old bound brings it back."),
                ),
            )
        })
        .collect()
}

pub(crate) fn check_many(facts: &Facts<'_>) -> Vec<Finding> {
    children(facts)
        .into_iter()
        .filter(|(_, partitions)| partitions.len() > facts.thresholds.partitions)
        .filter_map(|(parent, partitions)| {
            let name = facts.table(parent)?.name.to_string();
            Some(
                Finding::new(
                    &MANY,
                    Object::new(ObjectKind::Table, &name),
                    format!("{name} has {} partitions", partitions.len()),
                )
                .why(
                    "Each session that plans over all of them loads all their descriptions; locks beyond the sixteen \
                     fast ones (13 to 17) go through the shared table.",
                )
                .evidence(Evidence::new("pg_inherits", "partitions", partitions.len()))
                .fix(Fix::advice(FixKind::Migration, "Detach and archive the old ones, or use wider ranges for them.")),
            )
        })
        .collect()
}

pub(crate) fn check_index(facts: &Facts<'_>) -> Vec<Finding> {
    let children = children(facts);
    facts
        .snapshot
        .indexes
        .rows()
        .iter()
        .filter(|index| index.partitioned && !index.valid && !index.building)
        .filter_map(|index| {
            let partitions = children.get(&index.table)?;
            let without: Vec<&Table> = partitions
                .iter()
                .copied()
                .filter(|child| {
                    !facts.indexes(child.oid).iter().any(|own| own.partition_of == Some(index.oid) && own.valid)
                })
                .collect();
            let first = without.first()?;
            let name = index.name.to_string();
            Some(
                Finding::new(
                    &INDEX,
                    Object::new(ObjectKind::Index, &name).columns(index.key_names()),
                    format!(
                        "{name} is invalid: {} of {} partitions have no valid index attached to it, {} is the first",
                        without.len(),
                        partitions.len(),
                        first.name
                    ),
                )
                .why("Queries on those partitions read them whole, and a new foreign key or ON CONFLICT cannot use it.")
                .evidence(Evidence::new("pg_index", "indisvalid", false))
                .evidence(Evidence::new("pg_inherits", "partitions_without", without.len()))
                .fix(Fix::advice(
                    FixKind::CreateIndex,
                    format!(
                        "On each of these partitions CREATE INDEX CONCURRENTLY ({}), then ALTER INDEX {name} ATTACH \
                         PARTITION the new one; after the last the index becomes valid.",
                        index.key_list()
                    ),
                )),
            )
        })
        .collect()
}

pub(crate) fn check_unpruned(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(statements) = facts.snapshot.statements.get() else { return Vec::new() };
    let children = children(facts);
    statements
        .items
        .iter()
        .filter(|statement| statement.calls >= facts.thresholds.partition_calls)
        .filter_map(|statement| {
            let lookup = shape::lookup(&statement.query)?;
            let mut named = facts.snapshot.tables.rows().iter().filter(|table| {
                table.name.name == lookup.table
                    && lookup.schema.as_ref().is_none_or(|schema| *schema == table.name.schema)
            });
            // An unqualified name that two schemas know could be either.
            let (Some(table), None) = (named.next(), named.next()) else { return None };
            let key = key_column(table)?;
            let partitions = children.get(&table.oid)?.len();
            if partitions < FELT || lookup.columns.contains(&key) {
                return None;
            }
            let name = table.name.to_string();
            Some(
                Finding::new(
                    &UNPRUNED,
                    Object::new(ObjectKind::Query, words::brief(&statement.query, 80))
                        .query_id(statement.query_id.clone()),
                    format!(
                        "a look-up by {} was called {} times and searches all {partitions} partitions of {name}: it does \
                         not name {}",
                        lookup.columns.join(", "),
                        words::count(statement.calls),
                        quote_ident(&key)
                    ),
                )
                .confidence(Confidence::Estimated)
                .why("Only a condition on the partition key lets the server leave partitions out.")
                .evidence(Evidence::new("pg_stat_statements", "calls", statement.calls))
                .evidence(Evidence::new("pg_stat_statements", "mean_ms", statement.mean_ms))
                .evidence(Evidence::new("pg_partitioned_table", "partition_key", table.partition_key.clone()))
                .fix(Fix::advice(
                    FixKind::RewriteQuery,
                    format!("Add {} to the condition, where the caller knows it or a range of it.", quote_ident(&key)),
                )),
            )
        })
        .collect()
}

fn children<'a>(facts: &Facts<'a>) -> BTreeMap<u32, Vec<&'a Table>> {
    let mut children: BTreeMap<u32, Vec<&Table>> = BTreeMap::new();
    for table in facts.snapshot.tables.rows() {
        if let Some(parent) = table.partition_of {
            children.entry(parent).or_default().push(table);
        }
    }
    children
}

/// The one column of a key like `RANGE (created_at)`; none for several columns or an expression.
fn key_column(table: &Table) -> Option<String> {
    let (_, rest) = table.partition_key.as_deref()?.split_once('(')?;
    let column = rest.strip_suffix(')')?;
    let plain = column.chars().all(|char| char.is_alphanumeric() || char == '_');
    (plain && !column.is_empty()).then(|| column.to_owned())
}

/// The bounds of `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01 00:00:00+00')`.
fn span(table: &Table) -> Option<Span> {
    let bound = table.partition_bound.as_deref()?;
    let (from, to) = bound.strip_prefix("FOR VALUES FROM ('")?.split_once("') TO ('")?;
    let upper = to.strip_suffix("')")?;
    Some(Span { from: calendar::day(from)?, to: calendar::day(upper)?, upper: upper.to_owned() })
}

#[cfg(test)]
#[path = "partitions_tests.rs"]
mod tests;
