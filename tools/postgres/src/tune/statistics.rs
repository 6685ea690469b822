//! Statistics objects and targets that may mend a wrong estimate: each kind is tried by itself,
//! since a list of common values can undo what functional dependencies mend.

use dbwright_plan::{ConditionKind, Kind, Plan, Predicate};
use dbwright_sql::{quote_ident, quote_qualified};

/// Estimates that are off by less lead to few wrong plans.
const WRONG: f64 = 8.0;
/// Columns of one object; the server takes eight.
const MOST_COLUMNS: usize = 4;
const MOST: usize = 8;

/// One thing to try, with its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatisticsTrial {
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// What is made.
    pub(super) statement: String,
    /// What takes it back.
    pub(super) undo: String,
    /// Id of the finding that it remedies.
    pub(super) rule: &'static str,
}

impl StatisticsTrial {
    pub(super) fn analyze(&self) -> String {
        format!("ANALYZE {}", quote_qualified(Some(&self.schema), &self.table))
    }
}

/// What is worth trying for a plan that was executed.
pub(super) fn trials(plan: &Plan) -> Vec<StatisticsTrial> {
    let mut out: Vec<StatisticsTrial> = Vec::new();
    for node in plan.nodes() {
        if node.q_error.is_none_or(|error| error < WRONG) || node.never_executed() {
            continue;
        }
        // A scan's own conditions, or the groups of an aggregate above one scan.
        let scan = match node.kind {
            Kind::Aggregate => plan.subtree(node).find(|below| below.relation.is_some()),
            _ => node.relation.is_some().then_some(node),
        };
        let Some(scan) = scan else { continue };
        let (Some(schema), Some(table)) = (scan.schema.clone(), scan.relation.clone()) else { continue };
        if node.kind == Kind::Aggregate {
            let columns: Vec<String> =
                node.group_key.iter().map(|key| bare(key)).collect::<Option<_>>().unwrap_or_default();
            if (2..=MOST_COLUMNS).contains(&columns.len()) {
                out.push(object(&schema, &table, &columns, Some("ndistinct"), "row_misestimate"));
            }
            continue;
        }
        let conditions =
            plan.subtree(node).filter(|below| below.id == node.id || below.relation.is_none()).flat_map(|below| {
                [ConditionKind::IndexCond, ConditionKind::Filter, ConditionKind::RecheckCond]
                    .map(|kind| below.condition(kind))
            });
        let (mut columns, mut expressions) = (Vec::new(), Vec::new());
        for part in conditions.flatten().flat_map(|text| Predicate::parse(text).conjuncts) {
            match part.column {
                Some(column) if part.function.is_none() && !part.arithmetic && columns.contains(&column) => {}
                Some(column) if part.function.is_none() && !part.arithmetic => columns.push(column),
                Some(_) if !expressions.contains(&part.left) => {
                    expressions.push(unqualified(&part.left, scan.alias.as_deref().unwrap_or(&table)));
                }
                _ => {}
            }
        }
        columns.truncate(MOST_COLUMNS);
        if columns.len() >= 2 {
            for kind in ["dependencies", "mcv"] {
                out.push(object(&schema, &table, &columns, Some(kind), "correlated_columns"));
            }
        }
        for expression in expressions.into_iter().take(2) {
            out.push(object(&schema, &table, &[format!("({expression})")], None, "expression_misestimate"));
        }
        for column in columns.iter().take(2) {
            out.push(target(&schema, &table, column));
        }
    }
    let mut unique: Vec<StatisticsTrial> = Vec::new();
    for trial in out {
        if !unique.contains(&trial) {
            unique.push(trial);
        }
    }
    unique.truncate(MOST);
    unique
}

fn object(schema: &str, table: &str, columns: &[String], kind: Option<&str>, rule: &'static str) -> StatisticsTrial {
    let words: Vec<String> = columns
        .iter()
        .map(|column| {
            column
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
                .collect::<String>()
        })
        .map(|word| word.trim_matches('_').to_owned())
        .collect();
    let name: String = format!("{table}_{}_stats", words.join("_")).chars().take(63).collect();
    let name = quote_qualified(Some(schema), &name);
    let listed: Vec<String> = columns
        .iter()
        .map(|column| if column.starts_with('(') { column.clone() } else { quote_ident(column) })
        .collect();
    let kinds = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
    StatisticsTrial {
        schema: schema.to_owned(),
        table: table.to_owned(),
        columns: columns.to_vec(),
        statement: format!(
            "CREATE STATISTICS {name}{kinds} ON {} FROM {}",
            listed.join(", "),
            quote_qualified(Some(schema), table)
        ),
        undo: format!("DROP STATISTICS {name}"),
        rule,
    }
}

fn target(schema: &str, table: &str, column: &str) -> StatisticsTrial {
    let alter = |value: i32| {
        format!(
            "ALTER TABLE {} ALTER COLUMN {} SET STATISTICS {value}",
            quote_qualified(Some(schema), table),
            quote_ident(column)
        )
    };
    StatisticsTrial {
        schema: schema.to_owned(),
        table: table.to_owned(),
        columns: vec![column.to_owned()],
        statement: alter(1000),
        undo: alter(-1),
        rule: "row_misestimate",
    }
}

/// `o.status` as `status`; `None` for an expression.
fn bare(key: &str) -> Option<String> {
    Predicate::parse(&format!("{key} IS NULL"))
        .conjuncts
        .into_iter()
        .next()
        .filter(|part| part.function.is_none() && !part.arithmetic)?
        .column
}

fn unqualified(expression: &str, name: &str) -> String {
    expression.replace(&format!("{}.", quote_ident(name)), "")
}
