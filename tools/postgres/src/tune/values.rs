//! Sets of values for `$n`: what was given; else a sampled row, the commonest and a rare value.

use std::collections::BTreeMap;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Catalog, ParameterUse, QueryShape};
use dbwright_sql::{max_parameter, quote_literal};

use crate::{
    GuardedSession,
    advise::parameters::{Planned, planned, substitute},
};

/// One way to fill the placeholders.
#[derive(Debug, Clone)]
pub(super) struct ValueSet {
    /// `as written`, `given values`, `sampled values`, `common values`, `rare values`.
    pub(super) label: &'static str,
    values: BTreeMap<i32, String>,
    whole: Option<String>,
}

impl ValueSet {
    /// Any form of the statement with these values.
    pub(super) fn fill(&self, sql: &str) -> Option<String> {
        if self.values.is_empty() { Some(sql.to_owned()) } else { substitute(sql, &self.values) }
    }

    /// The statement with the values in place, where there are any.
    pub(super) fn shown(&self) -> Option<&str> {
        self.whole.as_deref()
    }

    fn of(label: &'static str, sql: &str, values: BTreeMap<i32, String>) -> Self {
        let whole = if values.is_empty() { None } else { substitute(sql, &values) };
        Self { label, values, whole }
    }
}

/// Which end of what is known.
#[derive(Clone, Copy)]
enum Taste {
    Common,
    Rare,
}

/// The sets for one statement; empty where values for its placeholders cannot be found.
pub(super) async fn sets(
    session: &mut GuardedSession,
    cx: &CallCx,
    sql: &str,
    given: &[String],
    shape: Option<&QueryShape>,
    catalog: &Catalog,
) -> Result<Vec<ValueSet>, ToolError> {
    let count = max_parameter(sql).unwrap_or_default() as usize;
    if !given.is_empty() && given.len() != count {
        return Err(ToolError::Arguments(format!(
            "the statement has {count} placeholders and {} values were given",
            given.len()
        )));
    }
    if count == 0 {
        return Ok(vec![ValueSet::of("as written", sql, BTreeMap::new())]);
    }
    if !given.is_empty() {
        let values = (1..).zip(given.iter().map(|value| quote_literal(value))).collect();
        return Ok(vec![ValueSet::of("given values", sql, values)]);
    }
    let Some(shape) = shape else { return Ok(Vec::new()) };
    let mut found: Vec<ValueSet> = Vec::new();
    // The sampler puts values into a text; a list of the placeholders gives them one by one.
    let listed: Vec<String> = (1..=count).map(|number| format!("${number}")).collect();
    let list = format!("SELECT {}", listed.join(LIST));
    if let Planned::Complete { sql: filled, .. } = planned(session, cx, &list, shape, catalog).await
        && let Some(values) = filled.strip_prefix("SELECT ").map(|rest| rest.split(LIST).collect::<Vec<_>>())
        && values.len() == count
    {
        let values = (1..).zip(values.into_iter().map(str::to_owned)).collect();
        found.push(ValueSet::of("sampled values", sql, values));
    }
    for (label, taste) in [("common values", Taste::Common), ("rare values", Taste::Rare)] {
        let values: Option<BTreeMap<i32, String>> = shape
            .bindings
            .iter()
            .map(|(number, binding)| Some((*number, value(binding, taste, shape, catalog)?)))
            .collect();
        if let Some(values) = values.filter(|values| values.len() == count) {
            let set = ValueSet::of(label, sql, values);
            if !found.iter().any(|known| known.whole == set.whole) {
                found.push(set);
            }
        }
    }
    Ok(found)
}

/// Between listed placeholders; no value holds it unquoted.
const LIST: &str = " /* | */, ";

fn value(binding: &ParameterUse, taste: Taste, shape: &QueryShape, catalog: &Catalog) -> Option<String> {
    let (relation, key, operator) = match binding {
        ParameterUse::Limit => return Some("20".to_owned()),
        ParameterUse::Offset => return Some("0".to_owned()),
        ParameterUse::Compared { relation, key, operator } => (*relation, key, operator.as_str()),
    };
    let table = catalog.table(&shape.relations.get(relation)?.table)?;
    let column = table.column(key.column()?)?;
    let middle = column.quantiles.as_ref().map(|[_, middle, _]| middle.clone());
    let text = match (operator, taste) {
        ("=", Taste::Common) => column.common.first().map(|common| common.value.clone()).or(middle)?,
        ("=", Taste::Rare) => middle.or_else(|| column.common.last().map(|common| common.value.clone()))?,
        (">" | ">=", Taste::Common) | ("<" | "<=", Taste::Rare) => {
            column.quantiles.as_ref().map(|[low, ..]| low.clone())?
        }
        ("<" | "<=", Taste::Common) | (">" | ">=", Taste::Rare) => {
            column.quantiles.as_ref().map(|[.., high]| high.clone())?
        }
        _ => return None,
    };
    Some(quote_literal(&text))
}
