//! Remedies that several rules share.

use dbwright_finding::{Fix, FixKind};

use crate::{Node, Plan, node::count, units::size_kb};

/// The largest `work_mem` that is proposed: beyond it one statement's memory, times its nodes
/// and sessions, endangers the server.
const MOST_MB: u64 = 512;

/// An index whose exact form the index adviser is to find and try.
pub(crate) fn index(table: &str, columns: &[String], why: &str) -> Fix {
    let quoted: Vec<String> = columns.iter().map(|column| quote_identifier(column)).collect();
    let columns = if quoted.is_empty() {
        String::new()
    } else {
        format!(" Candidate: {} ({}).", quote_name(table), quoted.join(", "))
    };
    Fix::advice(FixKind::CreateIndex, format!("{why}{columns} Let the index adviser try it before it is built."))
        .lock("ShareUpdateExclusiveLock")
}

/// `work_mem` for one session, so that `needed_kb` fit; in words when that is too much.
pub(crate) fn work_mem(plan: &Plan, needed_kb: u64, first: &str) -> Fix {
    let megabytes = needed_kb.div_ceil(1024).max(1).next_power_of_two();
    let current = plan.setting("work_mem").map(|value| format!(" (now {value})")).unwrap_or_default();
    if megabytes > MOST_MB {
        return Fix::advice(
            FixKind::SetOption,
            format!(
                "{first} It would need about {} of work_mem{current}: too much to grant, reduce rows or columns first.",
                size_kb(needed_kb)
            ),
        );
    }
    Fix::sql(FixKind::SetOption, [format!("SET work_mem = '{megabytes}MB'")])
        .undo(["RESET work_mem"])
        .transactional()
        .notes(format!(
            "{first} Set it for this statement's session or role{current}, not globally: each sort and hash of each session may take as much."
        ))
}

/// Pages of temporary files as kB.
pub(crate) fn temp_kb(node: &Node) -> u64 {
    // What is written once is read back once or more; the written side is the size.
    node.own.temp_written.max(node.own.temp_read) * 8
}

/// How many times `node` ran, as a float.
pub(crate) fn loops(node: &Node) -> f64 {
    count(node.loops())
}

/// A dotted name with each part quoted where it must be.
pub(crate) fn quote_name(name: &str) -> String {
    name.split('.').map(quote_identifier).collect::<Vec<_>>().join(".")
}

/// An identifier, quoted unless it is plain lower case.
pub(crate) fn quote_identifier(name: &str) -> String {
    // Reserved words that make likely column and table names.
    const RESERVED: [&str; 24] = [
        "all",
        "analyse",
        "array",
        "asc",
        "both",
        "case",
        "check",
        "column",
        "constraint",
        "default",
        "desc",
        "end",
        "from",
        "group",
        "limit",
        "offset",
        "order",
        "primary",
        "references",
        "select",
        "table",
        "to",
        "user",
        "when",
    ];
    let plain = !RESERVED.contains(&name)
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A name for extended statistics on `columns`, in the table's schema.
pub(crate) fn statistics_name(table: &str, columns: &[String]) -> String {
    let (schema, bare) = table.rsplit_once('.').map_or((None, table), |(schema, bare)| (Some(schema), bare));
    let name: String = format!("{bare}_{}_stats", columns.join("_")).chars().take(63).collect();
    match schema {
        Some(schema) => format!("{}.{}", quote_name(schema), quote_identifier(&name)),
        None => quote_identifier(&name),
    }
}

/// `relation.column` as `column`, for expressions that go into DDL.
pub(crate) fn unqualified(expression: &str, relation: &str) -> String {
    if relation.is_empty() {
        return expression.to_owned();
    }
    // Conditions print the name as SQL needs it.
    expression.replace(&format!("{}.", quote_identifier(relation)), "").replace(&format!("{relation}."), "")
}
