//! From a refused statement to an error that says where and what to do.

use dbwright_contract::ToolError;

use super::{
    rows::Limits,
    statement::{Plan, Statement},
};
use crate::{Database, PgError};

pub(super) async fn explain(
    _database: &Database,
    _statement: &Statement<'_>,
    _plan: &Plan,
    _limits: Limits,
    error: PgError,
) -> ToolError {
    error.into()
}
