//! Orders that a statement could read instead of sorting.

use dbwright_sql::{NodeEnum, ast};

use super::{
    literal,
    scope::{Located, OutputColumn},
    tree,
    types::SortKey,
    walk::Walk,
};
use crate::Direction;

impl Walk<'_> {
    /// ORDER BY, GROUP BY and DISTINCT of one block.
    pub(super) fn block_sorts(&mut self, select: &ast::SelectStmt, columns: &[OutputColumn]) {
        let order = self.sort_list(&select.sort_clause, columns);
        self.keep(order);
        let group = self.plain_list(&select.group_clause, columns);
        self.keep(group);
        // `DISTINCT` without ON sorts by all output columns, where they are few.
        let distinct = match select.distinct_clause.as_slice() {
            [] => Vec::new(),
            [only] if only.node.is_none() && columns.len() <= 3 => {
                columns.iter().map(|column| ascending(column.origin.clone())).collect()
            }
            on => self.plain_list(on, columns),
        };
        if select.sort_clause.is_empty() {
            self.keep(distinct);
        }
    }

    /// Window functions want their partitions together and in order; min and max want an end.
    pub(super) fn function_sorts(&mut self, call: &ast::FuncCall) {
        if let Some(over) = call.over.as_deref() {
            let mut keys = self.plain_list(&over.partition_clause, &[]);
            keys.extend(self.sort_list(&over.order_clause, &[]));
            self.keep(keys);
        } else if matches!(tree::plain_name(&call.funcname), Some("min" | "max"))
            && let [argument] = call.args.as_slice()
        {
            let key = ascending(self.expression_key(argument));
            self.keep(vec![key]);
        }
    }

    fn sort_list(&self, nodes: &[ast::Node], columns: &[OutputColumn]) -> Vec<Option<(Located, Direction)>> {
        nodes
            .iter()
            .map(|node| {
                let Some(NodeEnum::SortBy(sort)) = node.node.as_ref() else { return None };
                let descending = sort.sortby_dir == ast::SortByDir::SortbyDesc as i32;
                let nulls_first = match ast::SortByNulls::try_from(sort.sortby_nulls) {
                    Ok(ast::SortByNulls::SortbyNullsFirst) => true,
                    Ok(ast::SortByNulls::SortbyNullsLast) => false,
                    _ => descending,
                };
                let located = self.sort_key(sort.node.as_deref()?, columns)?;
                Some((located, Direction { descending, nulls_first }))
            })
            .collect()
    }

    fn plain_list(&self, nodes: &[ast::Node], columns: &[OutputColumn]) -> Vec<Option<(Located, Direction)>> {
        nodes.iter().map(|node| ascending(self.sort_key(node, columns))).collect()
    }

    /// A sort expression: an output column by number or name, else an expression of the block.
    fn sort_key(&self, node: &ast::Node, columns: &[OutputColumn]) -> Option<Located> {
        if let Some(position) = literal::text(node) {
            let position: usize = position.parse().ok()?;
            return columns.get(position.checked_sub(1)?)?.origin.clone();
        }
        if let Some(NodeEnum::ColumnRef(reference)) = node.node.as_ref()
            && let Some([name]) = tree::column_parts(reference).as_deref()
            && let Some(column) = columns.iter().find(|column| column.name == *name)
        {
            return column.origin.clone();
        }
        self.expression_key(node)
    }

    /// Keeps the leading keys that belong to one relation: an incremental sort does the rest.
    fn keep(&mut self, keys: Vec<Option<(Located, Direction)>>) {
        let mut relation = None;
        let mut sort: Vec<SortKey> = Vec::new();
        for key in keys {
            let Some((located, direction)) = key else { break };
            if *relation.get_or_insert(located.relation) != located.relation {
                break;
            }
            if !sort.iter().any(|known| known.key == located.key) {
                sort.push(SortKey { key: located.key, direction });
            }
        }
        if let Some(relation) = relation {
            self.add_sort(relation, sort);
        }
    }
}

fn ascending(located: Option<Located>) -> Option<(Located, Direction)> {
    located.map(|located| (located, Direction::ASCENDING))
}
