//! Which operations block readers or writers of a table that is already in use.

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Check, Operation, TableChange};

/// The table and the mode, for operations whose lock blocks at least writes.
pub(crate) fn blocking(operation: &Operation) -> Option<(&Name, Lock)> {
    match operation {
        Operation::AlterTable(alter) => {
            let lock = match &alter.change {
                TableChange::ValidateConstraint { .. }
                | TableChange::AttachPartition { .. }
                | TableChange::DetachPartition { concurrently: true, .. }
                | TableChange::Light => return None,
                TableChange::AddConstraint(constraint) if matches!(constraint.kind, Check::ForeignKey { .. }) => {
                    Lock::ShareRowExclusive
                }
                TableChange::DisableTrigger { .. } | TableChange::EnableTrigger => Lock::ShareRowExclusive,
                _ => Lock::AccessExclusive,
            };
            Some((&alter.table, lock))
        }
        Operation::CreateTrigger { table } => Some((table, Lock::ShareRowExclusive)),
        Operation::CreateIndex(index) if !index.concurrently => Some((&index.table, Lock::Share)),
        Operation::RenameTable { table, .. }
        | Operation::RenameColumn { table, .. }
        | Operation::MoveTable { table, .. } => Some((table, Lock::AccessExclusive)),
        Operation::DropTables { names, .. } => names.first().map(|table| (table, Lock::AccessExclusive)),
        Operation::Truncate { tables, .. } => tables.first().map(|table| (table, Lock::AccessExclusive)),
        Operation::CreateTable(created) => created.partition_of.as_ref().map(|parent| (parent, Lock::AccessExclusive)),
        _ => None,
    }
}
