//! Which expressions may stand in an index, judged without a server.
//!
//! Only what is immutable for the types at hand: `lower(text)` is, `timestamptz::date` is not
//! (it depends on the time zone). Unknown means no; the server has the last word when the index
//! is tried.

use dbwright_sql::{NodeEnum, ast};

use super::{literal, tree};
use crate::Catalog;

/// Types, as far as volatility depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeClass {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    Timestamp,
    TimestampTz,
    Json,
    Uuid,
    TsVector,
    /// A type that has no say in volatility here.
    Other,
}

impl TypeClass {
    /// The class of a `format_type` name.
    fn of(name: &str) -> Self {
        let base = name.split('(').next().unwrap_or(name).trim_end();
        match base {
            "text" | "character varying" | "varchar" | "character" | "bpchar" | "citext" | "name" => Self::Text,
            "smallint" | "integer" | "bigint" | "int2" | "int4" | "int8" | "int" => Self::Integer,
            "numeric" | "real" | "double precision" | "float4" | "float8" => Self::Number,
            "boolean" | "bool" => Self::Boolean,
            "date" => Self::Date,
            "jsonb" | "json" => Self::Json,
            "uuid" => Self::Uuid,
            "tsvector" => Self::TsVector,
            "timestamptz" => Self::TimestampTz,
            _ if name.starts_with("timestamp") => {
                if name.ends_with("with time zone") {
                    Self::TimestampTz
                } else {
                    Self::Timestamp
                }
            }
            _ => Self::Other,
        }
    }

    /// A type name for reports and operator classes.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Text => Some("text"),
            Self::Integer => Some("bigint"),
            Self::Number => Some("numeric"),
            Self::Boolean => Some("boolean"),
            Self::Date => Some("date"),
            Self::Timestamp => Some("timestamp without time zone"),
            Self::TimestampTz => Some("timestamp with time zone"),
            Self::Json => Some("jsonb"),
            Self::Uuid => Some("uuid"),
            Self::TsVector => Some("tsvector"),
            Self::Other => None,
        }
    }
}

/// Built-in functions that are immutable for text and number arguments.
const IMMUTABLE: &[&str] = &[
    "abs",
    "ascii",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "floor",
    "initcap",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "octet_length",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "strpos",
    "substr",
    "substring",
    "translate",
    "trunc",
    "upper",
];

/// The type of an immutable expression; `None` where it is not (known to be) immutable.
/// `column_type` gives the type of a column.
pub(super) fn immutable_type(
    node: &ast::Node,
    catalog: &Catalog,
    column_type: &impl Fn(&ast::ColumnRef) -> Option<String>,
) -> Option<TypeClass> {
    let recurse = |node: &ast::Node| immutable_type(node, catalog, column_type);
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(reference) => column_type(reference).map(|name| TypeClass::of(&name)),
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            ast::a_const::Val::Ival(_) => Some(TypeClass::Integer),
            ast::a_const::Val::Fval(_) => Some(TypeClass::Number),
            ast::a_const::Val::Boolval(_) => Some(TypeClass::Boolean),
            ast::a_const::Val::Sval(_) => Some(TypeClass::Text),
            ast::a_const::Val::Bsval(_) => None,
        },
        NodeEnum::TypeCast(cast) => {
            let from = recurse(cast.arg.as_deref()?)?;
            let name = cast.type_name.as_ref()?;
            if !name.array_bounds.is_empty() {
                return None;
            }
            let constant = literal::text(cast.arg.as_deref()?).is_some();
            cast_type(from, TypeClass::of(tree::last_name(&name.names)), constant)
        }
        NodeEnum::CollateClause(collate) => recurse(collate.arg.as_deref()?),
        NodeEnum::CoalesceExpr(coalesce) => {
            let types: Option<Vec<TypeClass>> = coalesce.args.iter().map(recurse).collect();
            types?.first().copied()
        }
        NodeEnum::FuncCall(call) => function_type(call, catalog, &recurse),
        NodeEnum::AExpr(expression) => operator_type(expression, &recurse),
        _ => None,
    }
}

/// Casts between types whose text forms depend on no setting. A constant is folded at parse
/// time, so its cast is always fine.
fn cast_type(from: TypeClass, to: TypeClass, constant: bool) -> Option<TypeClass> {
    use TypeClass::{Boolean, Date, Integer, Json, Number, Text, Timestamp, TimestampTz, Uuid};
    let immutable = constant
        || from == to
        || match (from, to) {
            (Text | Integer | Number | Boolean | Uuid | Json, Text | Integer | Number | Boolean | Uuid) => true,
            (Timestamp, Date) | (Date, Timestamp) => true,
            (Date | Timestamp | TimestampTz, _) | (_, Date | Timestamp | TimestampTz) => false,
            _ => false,
        };
    immutable.then_some(to)
}

fn function_type(
    call: &ast::FuncCall,
    catalog: &Catalog,
    recurse: &impl Fn(&ast::Node) -> Option<TypeClass>,
) -> Option<TypeClass> {
    if call.over.is_some()
        || call.agg_star
        || call.agg_distinct
        || call.agg_filter.is_some()
        || !call.agg_order.is_empty()
    {
        return None;
    }
    let types: Vec<TypeClass> = call.args.iter().map(recurse).collect::<Option<_>>()?;
    let Some(name) = tree::plain_name(&call.funcname) else {
        return catalog.immutable_functions.contains(tree::last_name(&call.funcname)).then_some(TypeClass::Other);
    };
    match (name, types.as_slice()) {
        ("date_trunc", [TypeClass::Text, TypeClass::Timestamp]) => Some(TypeClass::Timestamp),
        ("extract" | "date_part", [TypeClass::Text, TypeClass::Timestamp | TypeClass::Date]) => Some(TypeClass::Number),
        ("timezone", [TypeClass::Text, TypeClass::TimestampTz]) => Some(TypeClass::Timestamp),
        ("timezone", [TypeClass::Text, TypeClass::Timestamp]) => Some(TypeClass::TimestampTz),
        // With the configuration as a constant; the one-argument form depends on a setting.
        ("to_tsvector", [_, TypeClass::Text | TypeClass::Json])
            if call.args.first().is_some_and(|first| literal::text(first).is_some()) =>
        {
            Some(TypeClass::TsVector)
        }
        ("length" | "char_length" | "character_length" | "octet_length" | "ascii" | "strpos", [first, ..])
            if *first == TypeClass::Text =>
        {
            Some(TypeClass::Integer)
        }
        (name, [first, ..]) if IMMUTABLE.contains(&name) => {
            let fixed = |class: &TypeClass| matches!(class, TypeClass::Text | TypeClass::Integer | TypeClass::Number);
            types.iter().all(fixed).then_some(*first)
        }
        (name, _) => catalog.immutable_functions.contains(name).then_some(TypeClass::Other),
    }
}

fn operator_type(expression: &ast::AExpr, recurse: &impl Fn(&ast::Node) -> Option<TypeClass>) -> Option<TypeClass> {
    if expression.kind != ast::AExprKind::AexprOp as i32 {
        return None;
    }
    let right = recurse(expression.rexpr.as_deref()?)?;
    let left = match expression.lexpr.as_deref() {
        Some(left) => recurse(left)?,
        None => right,
    };
    let numeric = |class: TypeClass| matches!(class, TypeClass::Integer | TypeClass::Number);
    match tree::last_name(&expression.name) {
        "->>" | "#>>" if left == TypeClass::Json => Some(TypeClass::Text),
        "->" | "#>" if left == TypeClass::Json => Some(TypeClass::Json),
        // `text || anything` formats the other side, which may depend on a setting.
        "||" if left == TypeClass::Text && right == TypeClass::Text => Some(TypeClass::Text),
        "+" | "-" | "*" | "/" | "%" if numeric(left) && numeric(right) => {
            Some(if left == TypeClass::Number { left } else { right })
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "volatility_tests.rs"]
mod tests;
