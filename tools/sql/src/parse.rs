//! Text to tree and back.

use pg_query::{DeparseOptions, NodeEnum, ParserOptions};

use crate::{Item, SqlError, ast, limits, tokens};

/// A text that the server's grammar accepts, with at least one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The tree as PostgreSQL 18 sees it.
    pub tree: ast::ParseResult,
}

/// One statement of a parsed text.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// Its node.
    pub node: &'a NodeEnum,
    /// Byte offset in the parsed text.
    pub start: usize,
    /// Length in bytes; the last statement runs to the end of the text.
    pub len: usize,
}

impl Parsed {
    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.tree.stmts.iter().filter_map(|raw| {
            let node = raw.stmt.as_ref()?.node.as_ref()?;
            let start = usize::try_from(raw.stmt_location).unwrap_or_default();
            let len = usize::try_from(raw.stmt_len).unwrap_or_default();
            Some(Statement { node, start, len: if len == 0 { usize::MAX - start } else { len } })
        })
    }

    /// The one statement.
    ///
    /// # Errors
    /// [`SqlError::NotOne`] when there are several.
    pub fn one(&self) -> Result<&NodeEnum, SqlError> {
        let mut statements = self.statements();
        match (statements.next(), statements.next()) {
            (Some(only), None) => Ok(only.node),
            _ => Err(SqlError::NotOne { found: self.statements().count() }),
        }
    }

    /// The uniform tree, for walks that must not miss a node.
    pub fn items(&self) -> Vec<Item> {
        self.statements().map(|statement| Item::of(statement.node)).collect()
    }
}

/// Parses one or more statements.
///
/// # Errors
/// [`SqlError::Syntax`] with the place; [`SqlError::Empty`] for a text without code; the bounds
/// of [`crate::MAX_BYTES`] and nesting.
pub fn parse(sql: &str) -> Result<Parsed, SqlError> {
    limits::check(sql)?;
    let tree = raw_parse(sql)?;
    if tree.stmts.is_empty() { Err(SqlError::Empty) } else { Ok(Parsed { tree }) }
}

/// Writes a tree back as SQL: canonical spelling, comments lost.
///
/// # Errors
/// [`SqlError::Parser`] for a tree that no SQL gives.
pub fn deparse(parsed: &Parsed) -> Result<String, SqlError> {
    pg_query::deparse(&parsed.tree, DeparseOptions::default()).map_err(|error| SqlError::Parser(words(&error)))
}

/// Writes one statement node back as SQL.
///
/// # Errors
/// [`SqlError::Parser`] for a node that is no statement.
pub fn deparse_node(node: &NodeEnum) -> Result<String, SqlError> {
    node.deparse(DeparseOptions::default()).map_err(|error| SqlError::Parser(words(&error)))
}

fn raw_parse(sql: &str) -> Result<ast::ParseResult, SqlError> {
    match pg_query::parse(sql, ParserOptions::DEFAULT) {
        Ok(result) => Ok(result.protobuf),
        Err(error) => Err(explain(sql, &error)),
    }
}

/// Turns the library's error into ours, with the place that it does not tell.
pub(crate) fn explain(sql: &str, error: &pg_query::Error) -> SqlError {
    match error {
        // The decoder stops at a hundred nested messages: its way of bounding the stack.
        pg_query::Error::Decode(_) => SqlError::TooDeep,
        pg_query::Error::Parse(message) if message.contains("stack depth limit") => SqlError::TooDeep,
        pg_query::Error::Parse(message) | pg_query::Error::Scan(message) => {
            SqlError::syntax_at(sql, failing_byte(sql, message), short(message))
        }
        other => SqlError::Parser(words(other)),
    }
}

/// A scanner error quotes the rest of the text, which may be long.
fn short(message: &str) -> String {
    const LONGEST: usize = 120;
    match message.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", message.get(..cut).unwrap_or_default()),
        None => message.to_owned(),
    }
}

/// The library reports the message of an error but not its position. The grammar stops at the
/// first token that it cannot take, so the shortest prefix of tokens with the same message ends
/// in that token; "is the message the same" is monotone in the length of the prefix.
fn failing_byte(sql: &str, message: &str) -> usize {
    if message.ends_with("at end of input") {
        return sql.trim_end().len();
    }
    if let Some((_, quoted)) = message.split_once(" at or near \"")
        && message.starts_with("unterminated")
    {
        return sql.len().saturating_sub(quoted.len().saturating_sub(1));
    }
    let code: Vec<_> = tokens(sql).filter(crate::Token::is_code).collect();
    let fails = |token: &crate::Token<'_>| {
        let prefix = sql.get(..token.start + token.text.len()).unwrap_or(sql);
        matches!(pg_query::parse(prefix, ParserOptions::DEFAULT), Err(pg_query::Error::Parse(found)) if found == message)
    };
    let first = code.partition_point(|token| !fails(token));
    code.get(first).map_or(0, |token| token.start)
}

fn words(error: &pg_query::Error) -> String {
    error.to_string()
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
