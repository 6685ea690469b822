//! The part of a file that goes forward, and how it is sent.
//!
//! What is not SQL of the up direction is blanked, not cut, so that lines and columns stay those
//! of the file.

use dbwright_sql::split;

use crate::{Tool, TransactionMode};

/// The forward SQL of a file and its transaction mode.
pub(crate) fn up(tool: Tool, text: &str) -> (String, TransactionMode) {
    match tool {
        Tool::Goose => {
            let mode = if text.contains("-- +goose NO TRANSACTION") {
                TransactionMode::Statement
            } else {
                TransactionMode::File
            };
            (between(text, "-- +goose Up", "-- +goose Down"), mode)
        }
        Tool::Dbmate => {
            let forward = between(text, "-- migrate:up", "-- migrate:down");
            let alone =
                text.lines().any(|line| line.starts_with("-- migrate:up") && line.contains("transaction:false"));
            (forward, if alone { TransactionMode::OneQuery } else { TransactionMode::File })
        }
        Tool::Sqlx => {
            let alone = text.trim_start_matches('\u{feff}').starts_with("-- no-transaction");
            (text.to_owned(), if alone { TransactionMode::OneQuery } else { TransactionMode::File })
        }
        Tool::GolangMigrate | Tool::Prisma => (text.to_owned(), TransactionMode::OneQuery),
        Tool::Flyway => (text.to_owned(), flyway_mode(text)),
        Tool::Diesel | Tool::Knex | Tool::Alembic | Tool::Django | Tool::Rails => {
            (text.to_owned(), TransactionMode::File)
        }
        Tool::Plain => (text.to_owned(), TransactionMode::Statement),
    }
}

/// Flyway looks at the statements itself: a file of nothing but non-transactional ones runs
/// without a transaction.
fn flyway_mode(text: &str) -> TransactionMode {
    let outside = |sql: &str| {
        let sql = sql.to_ascii_uppercase();
        sql.contains("CONCURRENTLY") || sql.starts_with("VACUUM") || sql.starts_with("ALTER SYSTEM")
    };
    match split(text) {
        Ok(statements) if !statements.is_empty() && statements.iter().all(|statement| outside(statement.text)) => {
            TransactionMode::Statement
        }
        _ => TransactionMode::File,
    }
}

/// The text between two marker lines, everything else blanked.
fn between(text: &str, from: &str, to: &str) -> String {
    let mut forward = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with(from) {
            forward = true;
        } else if line.trim_start().starts_with(to) {
            forward = false;
        }
        if forward { kept.push_str(line) } else { kept.push_str(&blank(line)) }
    }
    kept
}

/// The text with every character but line breaks replaced by a blank.
pub(crate) fn blank(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect()
}
