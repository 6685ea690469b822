//! Cards as text for the model.

use std::{borrow::Cow, fmt::Write};

use dbwright_contract::{Report, TokenBudget, clip};

use super::{
    card::RelationCard,
    index::IndexCard,
    list::{ListedRelation, Listing},
    overview::Overview,
    routine::{RoutineCard, SequenceCard},
    tool::{Answer, DescribeOutput},
    words::{age, bytes, count, short_type},
};

impl Report for DescribeOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = match &self.answer {
            Answer::Overview(overview) => write_overview(&mut text, &self.database, overview),
            Answer::List(listing) => write_listing(&mut text, listing),
            Answer::Relation(card) => write_relation(&mut text, card),
            Answer::Index(card) => write_index(&mut text, card),
            Answer::Sequence(card) => write_sequence(&mut text, card),
            Answer::Routine { overloads } => overloads.iter().try_for_each(|card| write_routine(&mut text, card)),
            Answer::Ambiguous { matches } => {
                text.push_str("several objects have this name; ask for one of them:\n");
                matches.iter().try_for_each(|found| writeln!(text, "  {} {}", found.kind, found.qualified()))
            }
        };
        Cow::Owned(clip(text.trim_end(), budget, "describe one object, or query the catalog").text.into_owned())
    }
}

type Written = std::fmt::Result;

fn write_overview(out: &mut String, database: &str, overview: &Overview) -> Written {
    writeln!(out, "database {database}: {}, PostgreSQL {}", bytes(overview.database_bytes), overview.version)?;
    for schema in &overview.schemas {
        writeln!(
            out,
            "schema {}: {} tables, {} views, {} functions",
            schema.name, schema.tables, schema.views, schema.functions
        )?;
    }
    let extensions: Vec<String> =
        overview.extensions.iter().map(|extension| format!("{} {}", extension.name, extension.version)).collect();
    writeln!(out, "extensions: {}", extensions.join(", "))?;
    if overview.total_relations == 0 {
        return writeln!(out, "no tables");
    }
    writeln!(out, "biggest of {} relations:", overview.total_relations)?;
    overview.relations.iter().try_for_each(|relation| write_listed(out, relation))
}

fn write_listing(out: &mut String, listing: &Listing) -> Written {
    writeln!(out, "{}: {} relations", listing.pattern, listing.total)?;
    listing.relations.iter().try_for_each(|relation| write_listed(out, relation))?;
    let shown = i64::try_from(listing.relations.len()).unwrap_or(i64::MAX);
    if shown < listing.total {
        writeln!(out, "[{} more relations: narrow the pattern]", listing.total - shown)?;
    }
    if !listing.functions.is_empty() {
        writeln!(out, "functions: {}", listing.functions.join(", "))?;
    }
    Ok(())
}

fn write_listed(out: &mut String, relation: &ListedRelation) -> Written {
    write!(out, "  {} {}", relation.relation_kind, relation.name)?;
    match relation.relation_kind.as_str() {
        "sequence" => return writeln!(out),
        "view" | "foreign table" => {}
        _ => match relation.estimated_rows {
            Some(rows) => write!(out, " ~{} rows, ~{}", count(rows), bytes(relation.estimated_bytes))?,
            None => write!(out, " never analysed")?,
        },
    }
    writeln!(out, ", {} columns, {} indexes", relation.columns, relation.indexes)
}

fn write_relation(out: &mut String, card: &RelationCard) -> Written {
    let name = dbwright_sql::quote_qualified(Some(&card.schema), &card.name);
    write!(out, "{} {name}", card.relation_kind)?;
    if card.relation_kind != "view" && card.relation_kind != "composite type" {
        match card.estimated_rows {
            Some(rows) => write!(out, " ~{} rows", count(rows))?,
            None => write!(out, " rows unknown (never analysed)")?,
        }
        write!(out, ", {} + {} indexes", bytes(card.table_bytes), bytes(card.index_bytes))?;
        if card.locked {
            write!(out, " (the table is locked now: sizes as of its last vacuum, expressions not shown)")?;
        }
    }
    writeln!(out, ", owner {}", card.owner)?;
    if let Some(comment) = &card.comment {
        writeln!(out, "comment: {}", line(comment))?;
    }
    if !card.options.is_empty() {
        writeln!(out, "options: {}", card.options.join(", "))?;
    }
    write_columns(out, card)?;
    write_keys(out, card)?;
    write_rules(out, card)?;
    write_stats(out, card)?;
    if let Some(query) = &card.view_definition {
        writeln!(out, "query:\n{query}")?;
    }
    Ok(())
}

fn write_columns(out: &mut String, card: &RelationCard) -> Written {
    writeln!(out, "columns (! = not null):")?;
    for column in &card.columns {
        let bang = if column.not_null { "!" } else { "" };
        write!(out, "  {} {}{bang}", dbwright_sql::quote_ident(&column.name), short_type(&column.type_name))?;
        if let Some(labels) = &column.labels {
            write!(out, " enum({})", labels.join("|"))?;
        }
        if let Some(identity) = &column.identity {
            write!(out, " identity {identity}")?;
        }
        match &column.default {
            Some(expression) if column.generated => write!(out, " generated as ({expression})")?,
            Some(expression) => write!(out, " default {}", line(expression))?,
            None => {}
        }
        if let Some(comment) = &column.comment {
            write!(out, " -- {}", line(comment))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_keys(out: &mut String, card: &RelationCard) -> Written {
    if !card.primary_key.is_empty() {
        writeln!(out, "primary key: ({})", card.primary_key.join(", "))?;
    } else if card.relation_kind.ends_with("table") {
        writeln!(out, "no primary key")?;
    }
    let on_delete =
        |action: &Option<String>| action.as_ref().map_or(String::new(), |action| format!(" on delete {action}"));
    for key in &card.foreign_keys {
        let invalid = if key.validated { "" } else { " NOT VALID" };
        writeln!(
            out,
            "foreign key {}: ({}) -> {}({}){}{invalid}",
            key.name,
            key.columns.join(", "),
            key.references,
            key.referenced_columns.join(", "),
            on_delete(&key.on_delete)
        )?;
    }
    for key in &card.referenced_by {
        writeln!(out, "referenced by {}({}){}", key.table, key.columns.join(", "), on_delete(&key.on_delete))?;
    }
    for index in &card.indexes {
        let unique = if index.unique { " unique" } else { "" };
        let invalid = if index.valid { "" } else { " INVALID" };
        write!(out, "index {}{unique} {}{invalid} {}", index.name, index.definition, bytes(index.bytes))?;
        match index.scans {
            Some(scans) => writeln!(out, ", {} scans", count(scans))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

fn write_rules(out: &mut String, card: &RelationCard) -> Written {
    for check in &card.checks {
        writeln!(out, "constraint {}: {}", check.name, line(&check.definition))?;
    }
    for trigger in &card.triggers {
        let off = if trigger.enabled { "" } else { " DISABLED" };
        writeln!(out, "trigger {}: {}{off}", trigger.name, line(&trigger.definition))?;
    }
    if card.row_security {
        writeln!(out, "row-level security on{}", if card.row_security_forced { ", forced for the owner" } else { "" })?;
    } else if !card.policies.is_empty() {
        writeln!(out, "row-level security is OFF although policies exist")?;
    }
    for policy in &card.policies {
        let restrictive = if policy.permissive { "" } else { " restrictive" };
        write!(out, "policy {}{restrictive} for {} to {}", policy.name, policy.command, policy.roles.join(", "))?;
        if let Some(expression) = &policy.using {
            write!(out, " using {}", line(expression))?;
        }
        if let Some(expression) = &policy.with_check {
            write!(out, " with check {}", line(expression))?;
        }
        writeln!(out)?;
    }
    if let Some(place) = &card.partitioning {
        if let (Some(parent), Some(bound)) = (&place.parent, &place.bound) {
            writeln!(out, "partition of {parent} {bound}")?;
        }
        if let Some(key) = &place.key {
            writeln!(out, "partitioned by {key}: {} partitions", place.partitions)?;
            place.first_partitions.iter().try_for_each(|partition| writeln!(out, "  {partition}"))?;
        }
    }
    Ok(())
}

fn write_stats(out: &mut String, card: &RelationCard) -> Written {
    let Some(stats) = &card.stats else { return Ok(()) };
    let ago = |seconds: Option<i64>| seconds.map_or("never".to_owned(), |seconds| format!("{} ago", age(seconds)));
    writeln!(
        out,
        "activity: {} seq scans, {} index scans, {} inserts, {} updates, {} deletes, {} dead rows",
        count(stats.seq_scans),
        count(stats.index_scans),
        count(stats.inserts),
        count(stats.updates),
        count(stats.deletes),
        count(stats.dead_rows)
    )?;
    writeln!(
        out,
        "statistics: analysed {}, {} rows changed since; vacuumed {}",
        ago(stats.analyzed_seconds_ago),
        count(stats.changed_since_analyze),
        ago(stats.vacuumed_seconds_ago)
    )
}

fn write_index(out: &mut String, card: &IndexCard) -> Written {
    writeln!(out, "index {}.{} on {}, {}", card.schema, card.name, card.table, bytes(card.bytes))?;
    writeln!(out, "{}", card.definition)?;
    if !card.valid {
        writeln!(out, "INVALID: a concurrent build failed; no query uses it, every write maintains it")?;
    }
    if let Some(constraint) = &card.constraint {
        writeln!(out, "behind constraint {constraint}")?;
    }
    if card.replica_identity {
        writeln!(out, "replica identity of its table")?;
    }
    if let (Some(scans), Some(read)) = (card.scans, card.entries_read) {
        write!(out, "{} scans read {} entries", count(scans), count(read))?;
        match &card.stats_reset {
            Some(reset) => writeln!(out, " since {reset}")?,
            None => writeln!(out, " since the statistics began")?,
        }
    }
    if let Some(last) = &card.last_scan {
        writeln!(out, "last scan {last}")?;
    }
    if let Some(comment) = &card.comment {
        writeln!(out, "comment: {}", line(comment))?;
    }
    Ok(())
}

fn write_sequence(out: &mut String, card: &SequenceCard) -> Written {
    write!(out, "sequence {}.{} {}, ", card.schema, card.name, card.type_name)?;
    match card.last_value {
        Some(last) => write!(out, "last value {} of {}", count(last), count(card.max_value))?,
        None => write!(out, "no value yet (or not visible to this role) of {}", count(card.max_value))?,
    }
    write!(out, ", step {}{}", card.increment, if card.cycles { ", cycles" } else { "" })?;
    match &card.owned_by {
        Some(column) => writeln!(out, ", feeds {column}"),
        None => writeln!(out),
    }
}

fn write_routine(out: &mut String, card: &RoutineCard) -> Written {
    write!(out, "{} {}", card.routine_kind, card.signature)?;
    if let Some(returns) = &card.returns {
        write!(out, " returns {returns}")?;
    }
    let definer = if card.security_definer { ", SECURITY DEFINER" } else { "" };
    writeln!(
        out,
        "; {}, {}, parallel {}{definer}, owner {}",
        card.language, card.volatility, card.parallel, card.owner
    )?;
    if let Some(comment) = &card.comment {
        writeln!(out, "comment: {}", line(comment))?;
    }
    match &card.definition {
        Some(definition) => writeln!(out, "{}", definition.trim_end()),
        None => Ok(()),
    }
}

/// Text from the catalog on one line, bounded.
fn line(text: &str) -> String {
    const MOST: usize = 200;
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= MOST { flat } else { format!("{}…", flat.chars().take(MOST).collect::<String>()) }
}
