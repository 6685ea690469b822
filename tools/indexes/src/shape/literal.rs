//! Values: constants, parameters and the rest.

use dbwright_sql::{NodeEnum, ast};

use super::{tree, types::Value};

/// What a side without columns is.
pub(super) fn value(node: &ast::Node) -> Value {
    match node.node.as_ref() {
        Some(NodeEnum::ParamRef(parameter)) => Value::Parameter(parameter.number),
        Some(NodeEnum::TypeCast(cast)) => match cast.arg.as_deref().map(value) {
            Some(Value::Literal { text, .. }) => match tree::deparse_expression(node.clone()) {
                Some(sql) => Value::Literal { text, sql },
                None => Value::Other,
            },
            Some(Value::Parameter(number)) => Value::Parameter(number),
            _ => Value::Other,
        },
        Some(NodeEnum::AConst(_)) => match (text(node), tree::deparse_expression(node.clone())) {
            (Some(text), Some(sql)) => Value::Literal { text, sql },
            _ => Value::Other,
        },
        _ => Value::Other,
    }
}

/// The text of a constant, as the statistics would show it.
pub(super) fn text(node: &ast::Node) -> Option<String> {
    use ast::a_const::Val;
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            Val::Ival(value) => Some(value.ival.to_string()),
            Val::Fval(value) => Some(value.fval.clone()),
            Val::Boolval(value) => Some(if value.boolval { "t" } else { "f" }.to_owned()),
            Val::Sval(value) => Some(value.sval.clone()),
            Val::Bsval(_) => None,
        },
        NodeEnum::TypeCast(cast) => text(cast.arg.as_deref()?),
        _ => None,
    }
}

/// How a LIKE pattern can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LikeShape {
    /// It starts with at least one literal character.
    pub(super) prefix: bool,
    /// Literal characters in a row at most.
    pub(super) longest: usize,
}

/// Reads a LIKE pattern with the default escape character.
pub(super) fn like(pattern: &str) -> LikeShape {
    let mut shape = LikeShape { prefix: false, longest: 0 };
    let mut run = 0;
    let mut escaped = false;
    for (at, c) in pattern.chars().enumerate() {
        if !escaped && c == '\\' {
            escaped = true;
            continue;
        }
        if !escaped && matches!(c, '%' | '_') {
            run = 0;
        } else {
            run += 1;
            shape.prefix |= at == 0 || (escaped && at == 1);
        }
        escaped = false;
        shape.longest = shape.longest.max(run);
    }
    shape
}

#[cfg(test)]
#[path = "literal_tests.rs"]
mod tests;
