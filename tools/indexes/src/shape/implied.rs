//! Statements that the server runs on its own: the checks behind foreign keys.

use serde::{Deserialize, Serialize};

use super::types::QueryShape;
use crate::{Catalog, TableName};

/// A statement that another one makes the server run once for each row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpliedStatement {
    /// What the server runs, near enough to be planned.
    pub sql: String,
    /// The referencing table that is searched.
    pub table: TableName,
    /// The foreign key that asks for it.
    pub constraint: String,
    /// Its referencing columns.
    pub columns: Vec<String>,
}

/// Deleting a row makes the server look for rows that refer to it, in every referencing table.
/// EXPLAIN does not show that search, so it is planned as a statement of its own.
pub fn implied_statements(shape: &QueryShape, catalog: &Catalog) -> Vec<ImpliedStatement> {
    let Some(target) = &shape.deletes_from else { return Vec::new() };
    catalog
        .referencing(target)
        .map(|(table, key)| {
            let condition = key
                .columns
                .iter()
                .enumerate()
                .map(|(at, column)| format!("{} = ${}", dbwright_sql::quote_ident(column), at + 1))
                .collect::<Vec<_>>()
                .join(" AND ");
            ImpliedStatement {
                sql: format!("SELECT 1 FROM ONLY {} WHERE {condition}", table.name.quoted()),
                table: table.name.clone(),
                constraint: key.name.clone(),
                columns: key.columns.clone(),
            }
        })
        .collect()
}
