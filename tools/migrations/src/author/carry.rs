//! What hangs on a column whose type changes, and moves to the column that takes its place.

use dbwright_sql::{NodeEnum, TokenKind, ast, parse, quote_ident, tokens};

use crate::name::{Name, derived};
use crate::{ConstraintKind, Context, IndexFacts, TableFacts};

/// An index rebuilt on the new column beside the old one.
pub(crate) struct Twin {
    pub(crate) index: String,
    pub(crate) name: String,
    /// The whole `CREATE INDEX`, without `CONCURRENTLY`.
    pub(crate) create: String,
    /// `PRIMARY KEY` or `UNIQUE` with the constraint's name and columns, where it serves one.
    pub(crate) key: Option<Key>,
}

/// A constraint that an index serves.
pub(crate) struct Key {
    pub(crate) constraint: String,
    pub(crate) words: &'static str,
    pub(crate) columns: Vec<String>,
}

/// A foreign key from or to the column.
pub(crate) struct Reference {
    /// The table that it stands on.
    pub(crate) table: Name,
    pub(crate) constraint: String,
    /// Without `NOT VALID`.
    pub(crate) definition: String,
    pub(crate) validated: bool,
}

/// Everything that moves, and what has to be moved by hand.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) twins: Vec<Twin>,
    pub(crate) references: Vec<Reference>,
    pub(crate) left: Vec<String>,
}

/// What the catalog knows to hang on `column`.
pub(crate) fn carried(table: &Name, column: &str, context: &Context) -> Carried {
    let mut carried = Carried::default();
    let Some(facts) = context.table(table) else { return carried };
    for index in facts.indexes.iter().filter(|index| index.valid) {
        match (twin(table, column, facts, index), index.columns.iter().any(|key| key == column)) {
            (Some(twin), _) => carried.twins.push(twin),
            (None, true) => carried.left.push(format!("index {}", index.name)),
            (None, false) => {}
        }
    }
    for constraint in &facts.constraints {
        let mentions = constraint.columns.iter().any(|mentioned| mentioned == column);
        let known = constraint.definition.as_deref();
        match (constraint.kind, known) {
            (ConstraintKind::ForeignKey, Some(definition)) if mentions => carried.references.push(Reference {
                table: table.clone(),
                constraint: constraint.name.clone(),
                definition: definition.trim_end_matches(" NOT VALID").to_owned(),
                validated: constraint.validated,
            }),
            (ConstraintKind::ForeignKey | ConstraintKind::Check | ConstraintKind::Exclusion, _) if mentions => {
                carried.left.push(format!("constraint {}", constraint.name));
            }
            _ => {}
        }
    }
    for other in context.tables.iter().filter(|other| !std::ptr::eq(*other, facts)) {
        carried.references.extend(incoming(table, column, other));
    }
    carried
}

/// The foreign keys of another table that point at the column.
fn incoming<'a>(table: &'a Name, column: &'a str, other: &'a TableFacts) -> impl Iterator<Item = Reference> + 'a {
    other.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey).filter_map(
        move |constraint| {
            let definition = constraint.definition.as_deref()?;
            let (target, columns) = target(definition)?;
            (target.same(table) && columns.iter().any(|referenced| referenced == column)).then(|| Reference {
                table: Name::new(Some(&other.schema), &other.name),
                constraint: constraint.name.clone(),
                definition: definition.trim_end_matches(" NOT VALID").to_owned(),
                validated: constraint.validated,
            })
        },
    )
}

/// The table and columns that a foreign key's definition names.
fn target(definition: &str) -> Option<(Name, Vec<String>)> {
    let parsed = parse(&format!("ALTER TABLE t ADD {definition}")).ok()?;
    let NodeEnum::AlterTableStmt(statement) = parsed.one().ok()? else { return None };
    let NodeEnum::AlterTableCmd(command) = statement.cmds.first()?.node.as_ref()? else { return None };
    let NodeEnum::Constraint(constraint) = command.def.as_ref()?.node.as_ref()? else { return None };
    let name = |node: &ast::Node| match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.clone()),
        _ => None,
    };
    Some((Name::of(constraint.pktable.as_ref()?), constraint.pk_attrs.iter().filter_map(name).collect()))
}

fn twin(table: &Name, column: &str, facts: &TableFacts, index: &IndexFacts) -> Option<Twin> {
    let (_, rest) = index.definition.as_deref()?.split_once(" USING ")?;
    let moved = renamed(rest, column, &quote_ident(&format!("{column}_new")));
    if moved == rest {
        return None;
    }
    let name = derived(&index.name, &[], "new");
    let word = if index.unique { "UNIQUE INDEX" } else { "INDEX" };
    let key = index.constraint.as_ref().map(|constraint| {
        let primary =
            |known: &crate::ConstraintFacts| known.kind == ConstraintKind::PrimaryKey && known.name == *constraint;
        let words = if facts.constraints.iter().any(primary) { "PRIMARY KEY" } else { "UNIQUE" };
        Key { constraint: constraint.clone(), words, columns: index.columns.clone() }
    });
    Some(Twin {
        index: index.name.clone(),
        create: format!("CREATE {word} {} ON {table} USING {moved}", quote_ident(&name)),
        name,
        key,
    })
}

/// The text with the column under its new name. Types, functions and qualified names that are
/// spelled like it stay.
fn renamed(text: &str, column: &str, new: &str) -> String {
    let all: Vec<_> = tokens(text).collect();
    let quoted = format!("\"{}\"", column.replace('"', "\"\""));
    let mut out = String::new();
    let mut before = "::";
    for (at, token) in all.iter().enumerate() {
        let named = match token.kind {
            TokenKind::Word => token.text == column,
            TokenKind::QuotedIdent => token.text == quoted,
            _ => false,
        };
        let called = all.get(at + 1).is_some_and(|next| next.text == "(");
        let kept = called || before.ends_with("::") || before.ends_with('.');
        out.push_str(if named && !kept { new } else { token.text });
        if token.is_code() {
            before = token.text;
            if token.text == ":" && out.ends_with("::") {
                before = "::";
            }
        }
    }
    out
}

#[cfg(test)]
#[path = "carry_tests.rs"]
mod tests;
