//! Expressions in one spelling, so that the server's and ours can be compared.

use dbwright_sql::{NodeEnum, ast};

use crate::shape::{deparse_expression, visit_expressions_mut};

/// The expression without the casts between text types that the server writes out:
/// `lower((email)::text)` and `(status = 'open'::text)` as people write them. A text that does
/// not parse is returned as it is.
pub(crate) fn normalise(expression: &str) -> String {
    let parsed = dbwright_sql::parse(&format!("SELECT {expression}"));
    let Ok(parsed) = parsed else { return expression.to_owned() };
    let Ok(NodeEnum::SelectStmt(select)) = parsed.one() else { return expression.to_owned() };
    let Some(NodeEnum::ResTarget(target)) = select.target_list.first().and_then(|node| node.node.as_ref()) else {
        return expression.to_owned();
    };
    let Some(mut value) = target.val.as_deref().cloned() else { return expression.to_owned() };
    visit_expressions_mut(&mut value, &mut drop_text_cast);
    deparse_expression(value).unwrap_or_else(|| expression.to_owned())
}

fn drop_text_cast(node: &mut ast::Node) {
    while let Some(NodeEnum::TypeCast(cast)) = node.node.as_mut() {
        let to_text = cast.type_name.as_ref().is_some_and(|name| {
            let last = name.names.last().and_then(|part| match part.node.as_ref() {
                Some(NodeEnum::String(text)) => Some(text.sval.as_str()),
                _ => None,
            });
            name.array_bounds.is_empty() && matches!(last, Some("text" | "varchar" | "bpchar"))
        });
        let Some(inner) = cast.arg.take() else { return };
        if to_text {
            *node = *inner;
        } else {
            cast.arg = Some(inner);
            return;
        }
    }
}

#[cfg(test)]
#[path = "normal_tests.rs"]
mod tests;
