//! What kind of statement a text is.

use pg_query::NodeEnum;

use crate::{Item, SqlError, parse};

/// The broad kind of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// `SELECT`, `VALUES`, `TABLE`; with `INTO` it is [`Self::Ddl`].
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// Everything that changes the catalog: `CREATE`, `ALTER`, `DROP`, `TRUNCATE`, `COMMENT`, …
    Ddl,
    /// `GRANT`, `REVOKE`, roles and default privileges.
    Privileges,
    /// `EXPLAIN`, with or without execution.
    Explain,
    /// `SHOW`.
    Show,
    /// `SET`, `RESET`, `DISCARD`: state of the session.
    Set,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, savepoints.
    Transaction,
    /// `COPY` in either direction.
    Copy,
    /// `VACUUM`, `ANALYZE`, `REINDEX`, `CLUSTER`, `REFRESH`, `CHECKPOINT`.
    Maintenance,
    /// `DO` and `CALL`: code that the text does not show.
    Code,
    /// `PREPARE`, `EXECUTE`, cursors, `LOCK`, `LISTEN`, `NOTIFY`, `LOAD`, `ALTER SYSTEM`.
    Utility,
}

/// A statement's kind and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Class {
    /// The broad kind.
    pub kind: StatementKind,
    /// The type of its node, `AlterTableStmt`.
    pub node: &'static str,
    /// Whether the text itself changes rows or catalog: also a data-changing common table
    /// expression, `SELECT INTO`, or `EXPLAIN ANALYZE` of such a statement. Functions that it
    /// calls may do more; only the catalog knows.
    pub writes: bool,
    /// Whether it locks rows: `FOR UPDATE` and the like.
    pub locks_rows: bool,
    /// Whether it is an `EXPLAIN` that executes.
    pub analyze: bool,
}

/// Classifies the one statement of a text.
///
/// # Errors
/// As [`crate::parse`], and [`SqlError::NotOne`].
pub fn classify(sql: &str) -> Result<Class, SqlError> {
    Ok(classify_node(parse(sql)?.one()?))
}

/// Classifies a parsed statement.
pub fn classify_node(node: &NodeEnum) -> Class {
    classify_item(&Item::of(node))
}

/// Classifies through the uniform tree.
pub fn classify_item(item: &Item) -> Class {
    let mut kind = kind_of(item.name);
    let analyze = kind == StatementKind::Explain && executes(item);
    let mut writes = kind_writes(kind);
    let mut locks_rows = false;
    let explained = kind == StatementKind::Explain && !analyze;
    item.walk(&mut |node| match node.name {
        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" | "IntoClause" if !explained => writes = true,
        "LockingClause" => locks_rows = true,
        _ => {}
    });
    if kind == StatementKind::Select && has_into(item) {
        kind = StatementKind::Ddl;
    }
    if let StatementKind::Copy = kind {
        writes |= item.field("is_from") == Some(&crate::Value::Bool(true));
    }
    Class { kind, node: item.name, writes, locks_rows, analyze }
}

/// Whether an `ExplainStmt` is `EXPLAIN (ANALYZE)`; the last mention wins, as on the server.
pub fn executes(explain: &Item) -> bool {
    explain.list("options").filter(|option| option.text("defname") == "analyze").last().is_some_and(|option| {
        match option.item("arg") {
            None => true,
            Some(argument) => match argument.name {
                "Integer" => argument.int("ival") != Some(0),
                "Boolean" => argument.field("boolval") == Some(&crate::Value::Bool(true)),
                _ => !matches!(argument.text("sval").to_ascii_lowercase().as_str(), "false" | "off" | "no"),
            },
        }
    })
}

/// `SELECT … INTO`, also where it stands in the left branch of a set operation.
fn has_into(select: &Item) -> bool {
    let mut current = Some(select);
    while let Some(item) = current {
        if item.item("into_clause").is_some() {
            return true;
        }
        current = item.item("larg");
    }
    false
}

fn kind_writes(kind: StatementKind) -> bool {
    use StatementKind::{
        Code, Copy, Ddl, Delete, Explain, Insert, Maintenance, Merge, Privileges, Select, Set, Show, Transaction,
        Update, Utility,
    };
    match kind {
        Insert | Update | Delete | Merge | Ddl | Privileges | Maintenance | Code => true,
        Select | Explain | Show | Set | Transaction | Copy | Utility => false,
    }
}

fn kind_of(node: &str) -> StatementKind {
    match node {
        "SelectStmt" => StatementKind::Select,
        "InsertStmt" => StatementKind::Insert,
        "UpdateStmt" => StatementKind::Update,
        "DeleteStmt" => StatementKind::Delete,
        "MergeStmt" => StatementKind::Merge,
        "ExplainStmt" => StatementKind::Explain,
        "VariableShowStmt" => StatementKind::Show,
        "VariableSetStmt" | "DiscardStmt" | "ConstraintsSetStmt" => StatementKind::Set,
        "TransactionStmt" => StatementKind::Transaction,
        "CopyStmt" => StatementKind::Copy,
        "VacuumStmt" | "ReindexStmt" | "ClusterStmt" | "RefreshMatViewStmt" | "CheckPointStmt" => {
            StatementKind::Maintenance
        }
        "DoStmt" | "CallStmt" => StatementKind::Code,
        "GrantStmt"
        | "GrantRoleStmt"
        | "AlterDefaultPrivilegesStmt"
        | "CreateRoleStmt"
        | "AlterRoleStmt"
        | "AlterRoleSetStmt"
        | "DropRoleStmt"
        | "DropOwnedStmt"
        | "ReassignOwnedStmt" => StatementKind::Privileges,
        "PrepareStmt" | "ExecuteStmt" | "DeallocateStmt" | "DeclareCursorStmt" | "FetchStmt" | "ClosePortalStmt"
        | "LockStmt" | "ListenStmt" | "UnlistenStmt" | "NotifyStmt" | "LoadStmt" | "AlterSystemStmt" => {
            StatementKind::Utility
        }
        // What remains of the grammar's statements creates, alters or drops something.
        _ => StatementKind::Ddl,
    }
}

#[cfg(test)]
#[path = "class_tests.rs"]
mod tests;
