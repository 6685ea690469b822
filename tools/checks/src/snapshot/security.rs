//! Policies, functions and grants that decide who may do what.

use serde::{Deserialize, Serialize};

use crate::RelationName;

/// One row level security policy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Name, unique within the table.
    pub name: String,
    /// Oid of the table.
    pub table: u32,
    /// The table.
    pub relation: RelationName,
    /// `PERMISSIVE` or `RESTRICTIVE`.
    pub permissive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE`, `DELETE`.
    pub command: String,
    /// Roles that it applies to; `public` for everybody.
    pub roles: Vec<String>,
    /// The USING expression as the server prints it.
    pub using: Option<String>,
    /// The WITH CHECK expression.
    pub check: Option<String>,
    /// User-defined functions that the expressions call.
    pub functions: Vec<PolicyFunction>,
}

/// A function that a policy depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyFunction {
    /// Schema.
    pub schema: String,
    /// Name without arguments.
    pub name: String,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
}

/// A `SECURITY DEFINER` function.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DefinerFunction {
    /// Qualified name.
    pub function: RelationName,
    /// Argument types, as `ALTER FUNCTION` needs them.
    pub arguments: String,
    /// Owner: whose rights it has.
    pub owner: String,
    /// Whether the owner is a superuser.
    pub owner_superuser: bool,
    /// Whether the function fixes its own `search_path`.
    pub fixed_search_path: bool,
    /// Whether PUBLIC may execute it.
    pub public_execute: bool,
    /// Roles other than its owner that it was granted to.
    pub executable_by: Vec<String>,
}

/// What PUBLIC may do in one schema.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SchemaGrant {
    /// The schema.
    pub schema: String,
    /// PUBLIC may create objects in it.
    pub public_create: bool,
    /// Roles that may look objects up in it; `public` for everybody.
    pub usage: Vec<String>,
}

/// What one role may do with a relation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Grant {
    /// The role; `public` for everybody.
    pub role: String,
    /// May read.
    pub read: bool,
    /// May insert, update, delete or truncate.
    pub write: bool,
}

/// What kind of relation stands between a role and the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewKind {
    /// A view.
    #[default]
    View,
    /// A materialized view: rows copied with its owner's rights.
    Materialized,
    /// A foreign table: rows of another server.
    Foreign,
}

/// A view, materialized view or foreign table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// Qualified name.
    pub name: RelationName,
    /// Which of the three.
    pub kind: ViewKind,
    /// Owner: whose rights a view has unless it is a security invoker.
    pub owner: String,
    /// Runs with the caller's rights (15+).
    pub security_invoker: bool,
    /// Tables with row level security whose policies the owner is exempt from.
    pub bypassed: Vec<String>,
    /// Roles other than the owner with rights on it.
    pub grants: Vec<Grant>,
}
