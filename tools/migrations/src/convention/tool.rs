//! The tools that are known, and what is particular about each.

use serde::{Deserialize, Serialize};

use crate::convention::naming::Versioning;

/// A migration tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the tools' own names")]
pub enum Tool {
    Sqlx,
    Flyway,
    Goose,
    Dbmate,
    GolangMigrate,
    Diesel,
    Prisma,
    Knex,
    Alembic,
    Django,
    Rails,
    /// Numbered SQL files without a tool that is recognised.
    Plain,
}

impl Tool {
    /// Its name as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Flyway => "Flyway",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
            Self::Diesel => "Diesel",
            Self::Prisma => "Prisma",
            Self::Knex => "Knex",
            Self::Alembic => "Alembic",
            Self::Django => "Django",
            Self::Rails => "Rails",
            Self::Plain => "plain SQL files",
        }
    }

    /// What marks a migration that runs outside a transaction, where the tool has a mark.
    pub const fn no_transaction_marker(self) -> Option<&'static str> {
        match self {
            Self::Sqlx => Some("-- no-transaction"),
            Self::Goose => Some("-- +goose NO TRANSACTION"),
            Self::Dbmate => Some("-- migrate:up transaction:false"),
            Self::Diesel => Some("run_in_transaction = false"),
            Self::Knex => Some("exports.config = { transaction: false }"),
            Self::Alembic => Some("with op.get_context().autocommit_block():"),
            Self::Django => Some("atomic = False"),
            Self::Rails => Some("disable_ddl_transaction!"),
            Self::Flyway | Self::GolangMigrate | Self::Prisma | Self::Plain => None,
        }
    }
}

/// What a project's migrations look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convention {
    /// The tool.
    pub tool: Tool,
    /// Folder of the migrations, without a trailing slash; empty for the root.
    pub directory: String,
    /// How versions are written.
    pub versioning: Versioning,
    /// The highest version present.
    pub last_version: Option<String>,
    /// Whether the project writes the way back (a down file or section).
    pub reversible: bool,
    /// What a new file must name besides its version: Alembic's `down_revision`, the name of
    /// Django's last migration, Rails' version (`7.1`).
    pub parent: Option<String>,
    /// The present as `YYYYMMDDhhmmss`, given by a caller with a clock: the version of new files
    /// where versions are times. Without it the last version is counted up.
    #[serde(default)]
    pub now: Option<String>,
    /// What it was recognised by.
    pub evidence: Vec<String>,
}

impl Convention {
    /// A folder of numbered SQL files with down files.
    pub fn plain(directory: impl Into<String>) -> Self {
        Self {
            tool: Tool::Plain,
            directory: directory.into(),
            versioning: Versioning::Sequence { width: 4 },
            last_version: None,
            reversible: true,
            parent: None,
            now: None,
            evidence: Vec::new(),
        }
    }
}
