//! Column types, and which changes between them leave the stored bytes alone.

use dbwright_sql::{NodeEnum, ast, parse};

/// A type as the grammar normalises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlType {
    /// Internal name without schema: `int4`, `varchar`, `timestamptz`.
    pub(crate) name: String,
    /// Length, precision and scale.
    pub(crate) modifiers: Vec<i64>,
    pub(crate) array: bool,
    /// As SQL text.
    pub(crate) sql: String,
}

/// What a change of type costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeChange {
    /// Catalog only.
    Free,
    /// Catalog only under `TimeZone = 'UTC'`, a rewrite otherwise (PostgreSQL 12 and newer).
    FreeUnderUtc,
    /// Every row is written anew.
    Rewrite,
}

impl SqlType {
    pub(crate) fn of(node: &ast::TypeName) -> Self {
        let name = node.names.last().and_then(text).unwrap_or_default();
        let modifiers = node.typmods.iter().filter_map(integer).collect();
        Self { name, modifiers, array: !node.array_bounds.is_empty(), sql: spelled(node) }
    }

    /// From text as `format_type` gives it.
    pub(crate) fn parse(sql: &str) -> Option<Self> {
        let parsed = parse(&format!("SELECT NULL::{sql}")).ok()?;
        let NodeEnum::SelectStmt(select) = parsed.one().ok()? else { return None };
        let NodeEnum::ResTarget(target) = select.target_list.first()?.node.as_ref()? else { return None };
        let NodeEnum::TypeCast(cast) = target.val.as_ref()?.node.as_ref()? else { return None };
        cast.type_name.as_ref().map(Self::of)
    }

    /// `serial` and its kin are no types: they expand to an integer, a sequence and a default.
    pub(crate) fn is_serial(&self) -> bool {
        matches!(self.name.as_str(), "serial" | "serial2" | "serial4" | "serial8" | "bigserial" | "smallserial")
    }

    /// The cost of changing a column from `self` to `to` without `USING`.
    pub(crate) fn change_to(&self, to: &Self) -> TypeChange {
        if self.array || to.array {
            return if self.name == to.name && self.modifiers == to.modifiers && self.array == to.array {
                TypeChange::Free
            } else {
                TypeChange::Rewrite
            };
        }
        match (self.name.as_str(), to.name.as_str()) {
            ("varchar", "text") | ("text", "text") | ("cidr", "inet") => TypeChange::Free,
            // `text` has no length, so only an unbounded `varchar` takes it as it is.
            ("text", "varchar") => free_if(to.modifiers.is_empty()),
            ("varchar", "varchar") | ("varbit", "varbit") => free_if(widens(&self.modifiers, &to.modifiers)),
            ("numeric", "numeric") => free_if(numeric_widens(&self.modifiers, &to.modifiers)),
            ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => TypeChange::FreeUnderUtc,
            ("timestamp", "timestamp")
            | ("timestamptz", "timestamptz")
            | ("time", "time")
            | ("timetz", "timetz")
            | ("interval", "interval") => free_if(precision_widens(&self.modifiers, &to.modifiers)),
            (from, into) => free_if(from == into && self.modifiers == to.modifiers),
        }
    }
}

fn free_if(free: bool) -> TypeChange {
    if free { TypeChange::Free } else { TypeChange::Rewrite }
}

fn widens(from: &[i64], to: &[i64]) -> bool {
    match (from.first(), to.first()) {
        (_, None) => true,
        (Some(from), Some(to)) => to >= from,
        (None, Some(_)) => false,
    }
}

/// Precision may grow while the scale stays; without modifiers anything fits.
fn numeric_widens(from: &[i64], to: &[i64]) -> bool {
    let scale = |modifiers: &[i64]| modifiers.get(1).copied().unwrap_or_default();
    match (from.first(), to.first()) {
        (_, None) => true,
        (Some(old), Some(new)) => new >= old && scale(from) == scale(to),
        (None, Some(_)) => false,
    }
}

/// Six digits are the most and the default.
fn precision_widens(from: &[i64], to: &[i64]) -> bool {
    let digits = |modifiers: &[i64]| modifiers.last().copied().unwrap_or(6);
    digits(to) >= digits(from)
}

fn text(node: &ast::Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(text.sval.clone()),
        _ => None,
    }
}

fn integer(node: &ast::Node) -> Option<i64> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            ast::a_const::Val::Ival(integer) => Some(i64::from(integer.ival)),
            _ => None,
        },
        _ => None,
    }
}

/// The type as SQL, by way of a cast.
fn spelled(node: &ast::TypeName) -> String {
    let null = ast::Node { node: Some(NodeEnum::AConst(ast::AConst { isnull: true, location: -1, val: None })) };
    let cast = ast::Node {
        node: Some(NodeEnum::TypeCast(Box::new(ast::TypeCast {
            arg: Some(Box::new(null)),
            type_name: Some(node.clone()),
            location: -1,
        }))),
    };
    let sql = crate::expression::deparsed(&cast);
    sql.strip_prefix("NULL::").map_or(sql.clone(), str::to_owned)
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
