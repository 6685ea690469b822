//! Policies of row security: functions that are called for every row.

use dbwright_sql::NodeEnum;

use crate::{Facts, Volatility, block::is_built_in, build, tree};

/// The expression with every call of a STABLE function of the application that reads no column
/// wrapped into a scalar subquery, so that it is made once a statement; `None` where there is
/// none to wrap. Comparisons stay comparisons, so an index on the column is still used.
///
/// ```
/// use dbwright_rewrites::{Facts, Volatility, wrap_policy};
///
/// let mut facts = Facts::default();
/// facts.functions.insert("current_tenant".to_owned(), Volatility::Stable);
/// let wrapped = wrap_policy("tenant_id = app.current_tenant()", &facts);
/// assert_eq!(wrapped.as_deref(), Some("tenant_id = (SELECT app.current_tenant())"));
/// ```
pub fn wrap_policy(expression: &str, facts: &Facts) -> Option<String> {
    let mut root = build::expression(expression)?;
    let mut wrapped = false;
    wrap(&mut root, facts, &mut wrapped);
    wrapped.then(|| build::sql(&root))?
}

fn wrap(node: &mut dbwright_sql::ast::Node, facts: &Facts, wrapped: &mut bool) {
    let call = match node.node.as_ref() {
        // Inside a subquery it is called once already.
        Some(NodeEnum::SubLink(_)) => return,
        Some(NodeEnum::FuncCall(call)) => call.funcname.last().and_then(tree::string_of).filter(|name| {
            facts.functions.get(*name) == Some(&Volatility::Stable)
                && !is_built_in(name)
                && tree::column_references(node).is_empty()
        }),
        _ => None,
    };
    if call.is_some() {
        if let Some(once) = build::sql(node).and_then(|sql| build::expression(&format!("(SELECT {sql})"))) {
            *node = once;
            *wrapped = true;
        }
        return;
    }
    if let Some(inner) = node.node.as_mut() {
        for child in tree::children_mut(inner) {
            wrap(child, facts, wrapped);
        }
    }
}
