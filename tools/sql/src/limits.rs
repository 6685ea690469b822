//! Bounds on what is given to the parser.

use crate::SqlError;

/// Largest text that is parsed, in bytes. Statements written by people and mappers stay far
/// below it; bulk `INSERT` dumps are cut off here on purpose.
pub const MAX_BYTES: usize = 256 * 1024;

/// Refuses what must not reach the C parser at all.
pub(crate) fn check(sql: &str) -> Result<(), SqlError> {
    if sql.len() > MAX_BYTES {
        return Err(SqlError::TooLarge { bytes: sql.len(), limit: MAX_BYTES });
    }
    check_nul(sql)
}

/// PostgreSQL takes no NUL byte in any text.
pub(crate) fn check_nul(sql: &str) -> Result<(), SqlError> {
    match sql.find('\0') {
        Some(at) => Err(SqlError::Nul { at }),
        None => Ok(()),
    }
}
