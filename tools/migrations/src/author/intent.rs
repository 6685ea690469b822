//! What a migration should achieve.

use crate::TableFacts;

/// A wanted change. Table and column names may be qualified (`sales.orders`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Intent {
    AddColumn { table: String, column: String, sql_type: String, not_null: bool, default: Option<String> },
    SetNotNull { table: String, column: String },
    AddForeignKey { table: String, columns: Vec<String>, references: String, referenced: Vec<String> },
    CreateIndex { table: String, columns: String, unique: bool, condition: Option<String> },
    RenameColumn { table: String, column: String, to: String },
    ChangeType { table: String, column: String, sql_type: String },
    DropColumn { table: String, column: String },
    Backfill { table: String, column: String, value: String, condition: Option<String> },
    AddCheck { table: String, expression: String },
    AddUnique { table: String, columns: Vec<String> },
    DropIndex { index: String },
    DropTable { table: String },
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewFile {
    /// Path relative to the repository.
    pub path: String,
    /// Its whole text.
    pub contents: String,
}

/// Why no migration could be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorError {
    /// The words fit no form.
    #[error("`{words}` is not understood; the forms are:\n{forms}")]
    Words {
        /// What was given.
        words: String,
        /// The accepted forms, one a line.
        forms: String,
    },
    /// A part of the intent is not SQL.
    #[error("{what} `{text}` is not valid SQL: {reason}")]
    Sql {
        /// Which part.
        what: &'static str,
        /// Its text.
        text: String,
        /// What the parser says.
        reason: String,
    },
    /// The change needs the present type of a column.
    #[error("the present type of {table}.{column} is not known: give a database")]
    UnknownType {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
    /// The column is not in the table that the catalog describes.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// Table.
        table: String,
        /// Column.
        column: String,
    },
}

/// The column's facts, where the table is known; an unknown column of a known table is an error.
pub(crate) fn known_column<'a>(
    facts: Option<&'a TableFacts>,
    table: &str,
    column: &str,
) -> Result<Option<&'a crate::ColumnFacts>, AuthorError> {
    let Some(facts) = facts.filter(|facts| !facts.columns.is_empty()) else { return Ok(None) };
    match facts.column(column) {
        Some(found) => Ok(Some(found)),
        None => Err(AuthorError::NoColumn { table: table.to_owned(), column: column.to_owned() }),
    }
}
