//! Comparisons with the interesting side on the left, and kinds of types and constants.

use dbwright_sql::{NodeEnum, ast};

use crate::{build, tree};

/// `left operator right`.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a> {
    pub(crate) left: &'a ast::Node,
    pub(crate) operator: &'a str,
    pub(crate) right: &'a ast::Node,
}

impl<'a> Comparison<'a> {
    /// A comparison by one of the six operators.
    pub(crate) fn of(node: &'a ast::Node) -> Option<Self> {
        let NodeEnum::AExpr(expression) = node.node.as_ref()? else { return None };
        if expression.kind != ast::AExprKind::AexprOp as i32 {
            return None;
        }
        let operator = expression.name.last().and_then(tree::string_of)?;
        if !matches!(operator, "=" | "<" | ">" | "<=" | ">=" | "<>") || expression.name.len() != 1 {
            return None;
        }
        Some(Self { left: expression.lexpr.as_deref()?, operator, right: expression.rexpr.as_deref()? })
    }

    /// The same with the sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        let operator = match self.operator {
            "<" => ">",
            ">" => "<",
            "<=" => ">=",
            ">=" => "<=",
            same => same,
        };
        Self { left: self.right, operator, right: self.left }
    }

    /// Both ways to read it.
    pub(crate) fn both(node: &'a ast::Node) -> impl Iterator<Item = Self> {
        let found = Self::of(node);
        found.into_iter().chain(found.map(Self::flipped))
    }
}

/// Arithmetic or another binary operator: the operator and its sides.
pub(crate) fn binary(node: &ast::Node) -> Option<(&ast::Node, &str, &ast::Node)> {
    let NodeEnum::AExpr(expression) = node.node.as_ref()? else { return None };
    if expression.kind != ast::AExprKind::AexprOp as i32 || expression.name.len() != 1 {
        return None;
    }
    let operator = expression.name.last().and_then(tree::string_of)?;
    Some((expression.lexpr.as_deref()?, operator, expression.rexpr.as_deref()?))
}

/// `x BETWEEN low AND high`.
pub(crate) fn between(node: &ast::Node) -> Option<(&ast::Node, &ast::Node, &ast::Node)> {
    let NodeEnum::AExpr(expression) = node.node.as_ref()? else { return None };
    if expression.kind != ast::AExprKind::AexprBetween as i32 {
        return None;
    }
    let NodeEnum::List(bounds) = expression.rexpr.as_deref()?.node.as_ref()? else { return None };
    let [low, high] = bounds.items.as_slice() else { return None };
    Some((expression.lexpr.as_deref()?, low, high))
}

/// A string constant, bare or cast to a type: its text.
pub(crate) fn text(node: &ast::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            ast::a_const::Val::Sval(text) => Some(&text.sval),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => text(cast.arg.as_deref()?),
        _ => None,
    }
}

/// An integer constant, its sign included.
pub(crate) fn integer(node: &ast::Node) -> Option<i64> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            ast::a_const::Val::Ival(number) => Some(i64::from(number.ival)),
            ast::a_const::Val::Fval(number) => number.fval.parse().ok(),
            _ => None,
        },
        NodeEnum::AExpr(expression)
            if expression.lexpr.is_none() && expression.name.first().and_then(tree::string_of) == Some("-") =>
        {
            integer(expression.rexpr.as_deref()?).and_then(i64::checked_neg)
        }
        _ => None,
    }
}

/// The expression below a cast and the type's last name in lower case.
pub(crate) fn cast(node: &ast::Node) -> Option<(&ast::Node, &str)> {
    let NodeEnum::TypeCast(cast) = node.node.as_ref()? else { return None };
    let name = cast.type_name.as_ref()?;
    if !name.array_bounds.is_empty() {
        return None;
    }
    Some((cast.arg.as_deref()?, name.names.last().and_then(tree::string_of)?))
}

/// Whether the node is `$n`, bare.
pub(crate) fn is_parameter(node: &ast::Node) -> bool {
    matches!(node.node.as_ref(), Some(NodeEnum::ParamRef(_)))
}

/// Types as far as rules depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Numeric,
    Text,
    Date,
    Timestamp,
    TimestampTz,
    Uuid,
    Boolean,
    Other,
}

/// The kind of a `format_type` name.
pub(crate) fn kind(data_type: &str) -> Kind {
    let base = data_type.split('(').next().unwrap_or(data_type).trim_end();
    match base {
        "smallint" | "integer" | "bigint" => Kind::Integer,
        "numeric" => Kind::Numeric,
        "text" | "character varying" => Kind::Text,
        "date" => Kind::Date,
        "uuid" => Kind::Uuid,
        "boolean" => Kind::Boolean,
        "timestamp" | "timestamp without time zone" | "timestamp with time zone" => {
            if data_type.ends_with("with time zone") { Kind::TimestampTz } else { Kind::Timestamp }
        }
        _ => Kind::Other,
    }
}

impl Kind {
    /// The short name for casts.
    pub(crate) const fn cast_name(self) -> &'static str {
        match self {
            Self::Integer => "bigint",
            Self::Numeric => "numeric",
            Self::Text | Self::Other => "text",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Uuid => "uuid",
            Self::Boolean => "boolean",
        }
    }

    /// Whether it is a point in time with a time of day.
    pub(crate) const fn is_timestamp(self) -> bool {
        matches!(self, Self::Timestamp | Self::TimestampTz)
    }
}

/// `YYYY-MM-DD` at the start of a text, with what follows.
pub(crate) fn calendar_date(text: &str) -> Option<(&str, &str)> {
    let (day, rest) = text.split_at_checked(10)?;
    let shape = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shape.then_some((day, rest))
}

/// The expression as text, cast to a type; a string constant is cast as it is.
pub(crate) fn as_type(node: &ast::Node, type_name: &str) -> Option<String> {
    let operand = match cast(node) {
        Some((inner, name)) if name == type_name => return Some(format!("{}::{name}", build::operand(inner)?)),
        _ => build::operand(node)?,
    };
    Some(format!("{operand}::{type_name}"))
}
