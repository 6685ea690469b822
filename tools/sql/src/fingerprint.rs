//! Which statements are the same but for their literals.

use pg_query::{FingerprintOptions, ParserOptions};

use crate::{SqlError, TokenKind, limits, parse::explain, tokens};

/// Sixteen hex digits, equal for statements that differ only in literals, comments, white space
/// and the length of `IN` lists. Unlike the server's `queryid`, schema and full table name
/// count and aliases do not: two tables are two fingerprints, whatever they are called in the
/// query.
///
/// # Errors
/// As [`crate::parse`].
pub fn fingerprint(sql: &str) -> Result<String, SqlError> {
    limits::check(sql)?;
    let options = FingerprintOptions::RANGEVAR_PG17_COMPAT | FingerprintOptions::FULL_RELNAME;
    pg_query::fingerprint(sql, ParserOptions::DEFAULT, options)
        .map(|fingerprint| fingerprint.hex)
        .map_err(|error| explain(sql, &error))
}

/// The statement with literals replaced by `$n` on one line, comments dropped: the form that
/// `pg_stat_statements` shows. Placeholders already present keep their numbers.
///
/// # Errors
/// As [`crate::parse`].
pub fn normalize(sql: &str) -> Result<String, SqlError> {
    limits::check(sql)?;
    let normalized = pg_query::normalize(sql).map_err(|error| explain(sql, &error))?;
    if tokens(&normalized).all(|token| !token.is_code() || token.kind == TokenKind::Semicolon) {
        return Err(SqlError::Empty);
    }
    Ok(crate::collapse_whitespace(&normalized))
}

#[cfg(test)]
#[path = "fingerprint_tests.rs"]
mod tests;
