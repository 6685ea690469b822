//! Placeholders of a statement.

use crate::{SqlError, limits, parse};

/// The highest `$n` in the text, 0 when there is none.
///
/// # Errors
/// As [`crate::parse`].
pub fn max_parameter(sql: &str) -> Result<u32, SqlError> {
    limits::check(sql)?;
    let mut highest = 0;
    for item in parse(sql)?.items() {
        item.walk(&mut |node| {
            if node.name == "ParamRef" {
                highest = highest.max(node.int("number").unwrap_or_default());
            }
        });
    }
    Ok(u32::try_from(highest).unwrap_or_default())
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
