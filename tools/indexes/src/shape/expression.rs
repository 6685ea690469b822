//! Is a side of a comparison a key of one relation, or a value that is fixed for its scan?

use dbwright_sql::{NodeEnum, ast};

use super::{
    literal,
    scope::{Located, Resolved},
    tree,
    types::Value,
    volatility,
    walk::Walk,
};
use crate::KeyExpression;

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    /// A column or an immutable expression of one relation.
    Key(Located),
    /// No column of a relation in it.
    Value(Value),
    /// Columns, but no key: several relations, an aggregate, a volatile or stable function.
    Other,
}

impl Walk<'_> {
    /// Classifies one side of a comparison. Changes nothing.
    pub(super) fn operand(&self, node: &ast::Node) -> Operand {
        let Some(references) = tree::column_references(node) else { return Operand::Other };
        if references.is_empty() {
            return Operand::Value(literal::value(node));
        }
        self.expression_key(node).map_or(Operand::Other, Operand::Key)
    }

    /// The key that an expression is, if it is one.
    pub(super) fn expression_key(&self, node: &ast::Node) -> Option<Located> {
        if let Some(NodeEnum::ColumnRef(reference)) = node.node.as_ref() {
            return match self.resolve(reference) {
                Resolved::Located(located) => Some(located),
                Resolved::Computed | Resolved::Unknown => None,
            };
        }
        let mut relation = None;
        let mut columns: Vec<String> = Vec::new();
        for reference in tree::column_references(node)? {
            // Only plain columns: an expression over another expression would nest two texts.
            let Resolved::Located(Located { relation: found, key: KeyExpression::Column(column) }) =
                self.resolve(reference)
            else {
                return None;
            };
            if *relation.get_or_insert(found) != found {
                return None;
            }
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let relation = relation?;
        let table = self.table_of(relation)?;
        let column_of = |reference: &ast::ColumnRef| match self.resolve(reference) {
            Resolved::Located(Located { key: KeyExpression::Column(column), .. }) => Some(column),
            _ => None,
        };
        let data_type = volatility::immutable_type(node, self.catalog, &|reference| {
            column_of(reference).and_then(|column| table.column(&column)).map(|column| column.data_type.clone())
        })?;
        let sql = tree::expression_sql(node, &column_of)?;
        Some(Located {
            relation,
            key: KeyExpression::Expression { sql, columns, data_type: data_type.name().map(str::to_owned) },
        })
    }
}
