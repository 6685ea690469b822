//! What a statement does, in the words of the rules.
//!
//! Rules match on these instead of on the parse tree; the tree stays at hand where a fix
//! rewrites the statement itself.

use dbwright_sql::ast;

use crate::name::Name;
use crate::types::SqlType;

/// One thing that a statement does. `ALTER TABLE` with several actions gives several.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    CreateTable(CreateTable),
    CreateIndex(CreateIndex),
    DropIndexes {
        names: Vec<Name>,
        concurrently: bool,
    },
    Reindex {
        target: ReindexTarget,
        name: Name,
        concurrently: bool,
    },
    AlterTable(AlterTable),
    DropTables {
        names: Vec<Name>,
        cascade: bool,
    },
    /// `DROP` of anything else.
    DropOther {
        what: &'static str,
        name: String,
        cascade: bool,
    },
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
    },
    RenameTable {
        table: Name,
        to: String,
    },
    MoveTable {
        table: Name,
        schema: String,
    },
    RenameColumn {
        table: Name,
        column: String,
        to: String,
    },
    Update {
        table: Name,
        filtered: bool,
        columns: Vec<String>,
    },
    Delete {
        table: Name,
        filtered: bool,
    },
    /// `INSERT … SELECT`.
    Copy {
        table: Name,
    },
    VacuumFull {
        table: Option<Name>,
    },
    Cluster {
        table: Option<Name>,
    },
    LockTable {
        tables: Vec<Name>,
        mode: String,
    },
    CreateEnum {
        name: Name,
    },
    AddEnumValue {
        type_name: Name,
        value: String,
    },
    RenameEnumValue {
        type_name: Name,
        value: String,
        to: String,
    },
    RefreshView {
        view: Name,
        concurrently: bool,
    },
    GrantToPublic {
        what: String,
    },
    CreateDomain {
        name: Name,
        constrained: bool,
    },
    AlterDomain {
        name: Name,
        change: DomainChange,
    },
    CreatePolicy {
        table: Name,
    },
    CreateView {
        view: Name,
    },
    SetTimeout {
        name: String,
        local: bool,
        milliseconds: Option<u64>,
    },
    CreateTrigger {
        table: Name,
    },
    /// `DO`: the first word in its body that changes the schema or makes SQL at run time.
    Code {
        changes: Option<String>,
    },
    Begin,
    Commit,
    Rollback,
    /// Something that no rule looks at, but that may stand in a transaction.
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct CreateTable {
    pub(crate) table: Name,
    pub(crate) columns: Vec<Column>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) partitioned: bool,
    pub(crate) partition_of: Option<Name>,
}

#[derive(Debug, Clone)]
pub(crate) struct CreateIndex {
    pub(crate) name: Option<String>,
    pub(crate) table: Name,
    pub(crate) columns: Vec<String>,
    pub(crate) concurrently: bool,
    pub(crate) only: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) node: Box<ast::IndexStmt>,
}

impl CreateIndex {
    /// The name that the server gives it.
    pub(crate) fn effective_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| crate::name::derived(&self.table.name, &self.columns, "idx"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReindexTarget {
    Index,
    Table,
    /// Schema, system or database.
    Wide,
}

#[derive(Debug, Clone)]
pub(crate) struct AlterTable {
    pub(crate) table: Name,
    pub(crate) change: TableChange,
    /// The statement with this action alone.
    pub(crate) node: Box<ast::AlterTableStmt>,
}

#[derive(Debug, Clone)]
pub(crate) enum TableChange {
    AddColumn(Box<Column>),
    DropColumn {
        column: String,
    },
    AlterType {
        column: String,
        to: SqlType,
        using: Option<Using>,
    },
    SetNotNull {
        column: String,
    },
    DropNotNull,
    AddIdentity,
    AddConstraint(Box<Constraint>),
    ValidateConstraint {
        name: String,
    },
    DropConstraint {
        name: String,
    },
    AttachPartition {
        child: Name,
        default: bool,
    },
    DetachPartition {
        child: Name,
        concurrently: bool,
    },
    /// `SET LOGGED`, `SET UNLOGGED`, `SET ACCESS METHOD`, `SET TABLESPACE`.
    Rewrite {
        words: &'static str,
    },
    DisableTrigger {
        trigger: Option<String>,
    },
    EnableTrigger,
    EnableRowSecurity,
    ReplicaIdentityFull,
    /// Takes a lock that is weaker than access exclusive (statistics targets, storage
    /// parameters), or is of no interest.
    Light,
    /// Catalog only, under access exclusive.
    Brief,
}

/// `USING` of a type change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Using {
    /// The column itself, or a plain cast of it to the new type: what happens without `USING`.
    Plain,
    /// Any other expression.
    Expression(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) sql_type: Option<SqlType>,
    pub(crate) not_null: bool,
    pub(crate) default: Option<ast::Node>,
    pub(crate) identity: bool,
    pub(crate) generated: Option<Generated>,
    pub(crate) constraints: Vec<Constraint>,
}

impl Column {
    pub(crate) fn default_sql(&self) -> Option<String> {
        self.default.as_ref().map(crate::expression::deparsed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Generated {
    Stored(String),
    Virtual,
}

#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) name: Option<String>,
    pub(crate) kind: Check,
    pub(crate) not_valid: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Check {
    Expression { expression: String, columns: Vec<String>, not_null: Vec<String> },
    ForeignKey { columns: Vec<String>, references: Name },
    PrimaryKey { columns: Vec<String>, index: Option<String> },
    Unique { columns: Vec<String>, index: Option<String> },
    Exclusion,
    NotNull { column: String },
}

impl Constraint {
    /// The name that the server gives it, near enough to be used in a fix.
    pub(crate) fn effective_name(&self, table: &Name) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let (columns, suffix) = match &self.kind {
            Check::Expression { columns, .. } => (columns.clone(), "check"),
            Check::ForeignKey { columns, .. } => (columns.clone(), "fkey"),
            Check::PrimaryKey { .. } => (Vec::new(), "pkey"),
            Check::Unique { columns, .. } => (columns.clone(), "key"),
            Check::Exclusion => (Vec::new(), "excl"),
            Check::NotNull { column } => (vec![column.clone()], "not_null"),
        };
        crate::name::derived(&table.name, &columns, suffix)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum DomainChange {
    AddConstraint { name: Option<String>, not_valid: bool, sql: String },
    SetNotNull,
    Other,
}
