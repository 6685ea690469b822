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
}

/// What PUBLIC may do in one schema.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SchemaGrant {
    /// The schema.
    pub schema: String,
    /// PUBLIC may create objects in it.
    pub public_create: bool,
}
