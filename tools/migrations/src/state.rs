//! What the chain of migrations has done so far: objects that it made itself, constraints and
//! their validity, the open transaction, timeouts in force.

use crate::expression;
use crate::name::Name;
use crate::operation::{AlterTable, Check, Column, Constraint, CreateTable, Operation, TableChange};
use crate::types::SqlType;
use crate::{Context, TransactionMode};

/// The simulated state before a statement.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tables: Vec<KnownTable>,
    indexes: Vec<KnownIndex>,
    dropped_indexes: Vec<String>,
    enums: Vec<Name>,
    pub(crate) domains: Vec<Name>,
    /// Enum values added in the open transaction.
    fresh_values: Vec<(Name, String)>,
    transactions: u64,
    pub(crate) open: Option<Open>,
    /// Session-wide `lock_timeout` in milliseconds.
    session_lock_timeout: Option<u64>,
    policies: Vec<Name>,
}

/// A table that the chain made or changed.
#[derive(Debug, Clone)]
pub(crate) struct KnownTable {
    pub(crate) name: Name,
    pub(crate) created: bool,
    pub(crate) partitioned: bool,
    pub(crate) columns: Vec<KnownColumn>,
    pub(crate) constraints: Vec<KnownConstraint>,
    dropped_constraints: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct KnownColumn {
    pub(crate) name: String,
    pub(crate) sql_type: Option<SqlType>,
    pub(crate) not_null: bool,
    /// Added to an existing table by this chain: nothing deployed knows it yet.
    pub(crate) added: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct KnownConstraint {
    pub(crate) name: String,
    pub(crate) check: Check,
    pub(crate) validated: bool,
    /// Number of the transaction that added it.
    pub(crate) transaction: Option<u64>,
}

#[derive(Debug, Clone)]
struct KnownIndex {
    name: String,
    table: Name,
    columns: Vec<String>,
}

/// The open transaction.
#[derive(Debug, Default)]
pub(crate) struct Open {
    pub(crate) number: u64,
    pub(crate) explicit: bool,
    /// Existing tables on which it holds an access exclusive lock, or another that blocks writes.
    pub(crate) locked: Vec<Name>,
    pub(crate) local_lock_timeout: Option<u64>,
    /// Tables whose rows it has changed in bulk.
    pub(crate) changed: Vec<Name>,
}

impl State {
    /// Opens a file: a runner's transaction where there is one.
    pub(crate) fn begin_script(&mut self, mode: TransactionMode, statements: usize) {
        self.session_lock_timeout = None;
        self.close();
        match mode {
            TransactionMode::File => self.begin(true),
            TransactionMode::OneQuery if statements > 1 => self.begin(false),
            TransactionMode::OneQuery | TransactionMode::Statement => {}
        }
    }

    pub(crate) fn end_script(&mut self) {
        self.close();
    }

    /// The application has taken what was made so far into use.
    pub(crate) fn deploy(&mut self) {
        for table in &mut self.tables {
            table.created = false;
            table.columns.iter_mut().for_each(|column| column.added = false);
        }
        self.enums.clear();
    }

    fn begin(&mut self, explicit: bool) {
        self.transactions += 1;
        self.open = Some(Open { number: self.transactions, explicit, ..Open::default() });
    }

    fn close(&mut self) {
        self.open = None;
        self.fresh_values.clear();
    }

    /// `lock_timeout` in force, in milliseconds; zero counts as none.
    pub(crate) fn lock_timeout(&self) -> Option<u64> {
        let local = self.open.as_ref().and_then(|open| open.local_lock_timeout);
        local.or(self.session_lock_timeout).filter(|milliseconds| *milliseconds > 0)
    }

    pub(crate) fn table(&self, name: &Name) -> Option<&KnownTable> {
        self.tables.iter().rev().find(|table| table.name.same(name))
    }

    /// Whether the chain itself made the table, so that nobody else uses it yet.
    pub(crate) fn created(&self, name: &Name) -> bool {
        self.table(name).is_some_and(|table| table.created)
    }

    pub(crate) fn column(&self, table: &Name, column: &str) -> Option<&KnownColumn> {
        self.table(table)?.columns.iter().rev().find(|known| known.name == column)
    }

    /// The constraint by name, as the chain knows it.
    pub(crate) fn constraint(&self, table: &Name, name: &str) -> Option<&KnownConstraint> {
        self.table(table)?.constraints.iter().rev().find(|constraint| constraint.name == name)
    }

    /// Whether a constraint of the catalog was dropped by the chain.
    pub(crate) fn dropped(&self, table: &Name, name: &str) -> bool {
        self.table(table).is_some_and(|table| table.dropped_constraints.iter().any(|dropped| dropped == name))
    }

    /// The table of an index that the chain made.
    pub(crate) fn index_table(&self, name: &str) -> Option<&Name> {
        self.indexes.iter().rev().find(|index| index.name == name).map(|index| &index.table)
    }

    pub(crate) fn index_columns(&self, name: &str) -> Option<&[String]> {
        self.indexes.iter().rev().find(|index| index.name == name).map(|index| index.columns.as_slice())
    }

    /// Whether the chain made an index on `table` whose first columns are `columns` in any order.
    pub(crate) fn has_index_on(&self, table: &Name, columns: &[String]) -> bool {
        self.indexes.iter().any(|index| index.table.same(table) && leads_with(&index.columns, columns))
    }

    /// Whether the chain dropped an index of this name.
    pub(crate) fn index_dropped(&self, name: &str) -> bool {
        self.dropped_indexes.iter().any(|dropped| dropped == name)
    }

    pub(crate) fn enum_created(&self, name: &Name) -> bool {
        self.enums.iter().any(|known| known.same(name))
    }

    pub(crate) fn fresh_values(&self) -> &[(Name, String)] {
        &self.fresh_values
    }

    pub(crate) fn has_policy(&self, table: &Name) -> bool {
        self.policies.iter().any(|known| known.same(table))
    }

    /// Follows one operation.
    pub(crate) fn apply(&mut self, operation: &Operation, context: &Context) {
        self.note_lock(operation);
        match operation {
            Operation::Begin if self.open.is_none() => self.begin(true),
            Operation::Begin => self.make_explicit(),
            Operation::Commit | Operation::Rollback => self.close(),
            Operation::SetTimeout { name, local, milliseconds } if name == "lock_timeout" => {
                match (&mut self.open, local) {
                    (Some(open), true) => open.local_lock_timeout = *milliseconds,
                    (None, true) => {}
                    (_, false) => self.session_lock_timeout = *milliseconds,
                }
            }
            Operation::CreateTable(created) => self.create_table(created),
            Operation::CreateIndex(index) => {
                let known = KnownIndex {
                    name: index.effective_name(),
                    table: index.table.clone(),
                    columns: index.columns.clone(),
                };
                self.indexes.push(known);
            }
            Operation::AlterTable(alter) => self.alter(alter, context),
            Operation::RenameTable { table, to } => {
                let renamed = table.sibling(to);
                self.known(table).name = renamed.clone();
                for index in self.indexes.iter_mut().filter(|index| index.table.same(table)) {
                    index.table = renamed.clone();
                }
            }
            Operation::RenameColumn { table, column, to } => {
                if let Some(known) = self.known(table).columns.iter_mut().find(|known| known.name == *column) {
                    known.name.clone_from(to);
                }
            }
            Operation::DropTables { names, .. } => {
                self.tables.retain(|table| !names.iter().any(|name| name.same(&table.name)));
            }
            Operation::DropIndexes { names, .. } => {
                self.indexes.retain(|index| !names.iter().any(|name| name.name == index.name));
                self.dropped_indexes.extend(names.iter().map(|name| name.name.clone()));
            }
            Operation::CreateEnum { name } => self.enums.push(name.clone()),
            Operation::AddEnumValue { type_name, value } if self.open.is_some() => {
                self.fresh_values.push((type_name.clone(), value.clone()));
            }
            Operation::CreateDomain { name, constrained: true } => self.domains.push(name.clone()),
            Operation::CreatePolicy { table } => self.policies.push(table.clone()),
            Operation::Update { table, filtered: false, .. } | Operation::Copy { table } => self.note_change(table),
            Operation::Delete { table, filtered: false } => self.note_change(table),
            _ => {}
        }
    }

    fn make_explicit(&mut self) {
        if let Some(open) = &mut self.open {
            open.explicit = true;
        }
    }

    fn note_change(&mut self, table: &Name) {
        if let Some(open) = &mut self.open {
            open.changed.push(table.clone());
        }
    }

    /// Remembers blocking locks on tables that exist outside the chain.
    fn note_lock(&mut self, operation: &Operation) {
        let Some((table, _)) = crate::locks::blocking(operation) else { return };
        if self.created(table) {
            return;
        }
        if let Some(open) = &mut self.open
            && !open.locked.iter().any(|known| known.same(table))
        {
            open.locked.push(table.clone());
        }
    }

    fn create_table(&mut self, created: &CreateTable) {
        let mut constraints = created.constraints.clone();
        constraints.extend(created.columns.iter().flat_map(|column| column.constraints.clone()));
        let columns = created.columns.iter().map(|column| known_column(column, false)).collect();
        self.tables.push(KnownTable {
            name: created.table.clone(),
            created: true,
            partitioned: created.partitioned,
            columns,
            constraints: Vec::new(),
            dropped_constraints: Vec::new(),
        });
        for constraint in &constraints {
            self.add_constraint(&created.table, constraint);
        }
    }

    fn add_constraint(&mut self, table: &Name, constraint: &Constraint) {
        let name = constraint.effective_name(table);
        if let Check::PrimaryKey { columns, .. } | Check::Unique { columns, .. } = &constraint.kind {
            let index = KnownIndex { name: name.clone(), table: table.clone(), columns: columns.clone() };
            self.indexes.push(index);
        }
        let transaction = self.open.as_ref().map(|open| open.number);
        self.known(table).constraints.push(KnownConstraint {
            name,
            check: constraint.kind.clone(),
            validated: !constraint.not_valid,
            transaction,
        });
    }

    fn alter(&mut self, alter: &AlterTable, context: &Context) {
        let table = &alter.table;
        match &alter.change {
            TableChange::AddColumn(column) => {
                let known = known_column(column, true);
                self.known(table).columns.push(known);
                for constraint in &column.constraints {
                    self.add_constraint(table, constraint);
                }
            }
            TableChange::DropColumn { column } => self.known(table).columns.retain(|known| known.name != *column),
            TableChange::AlterType { column, to, .. } => self.set_type(table, column, to),
            TableChange::SetNotNull { column } => self.set_not_null(table, column, context),
            TableChange::AddConstraint(constraint) => self.add_constraint(table, constraint),
            TableChange::ValidateConstraint { name } => {
                let known = self.known(table);
                match known.constraints.iter_mut().find(|constraint| constraint.name == *name) {
                    Some(constraint) => constraint.validated = true,
                    None => known.constraints.extend(from_catalog(context, table, name)),
                }
            }
            TableChange::DropConstraint { name } => {
                let known = self.known(table);
                known.constraints.retain(|constraint| constraint.name != *name);
                known.dropped_constraints.push(name.clone());
            }
            _ => {}
        }
    }

    fn set_type(&mut self, table: &Name, column: &str, to: &SqlType) {
        let known = self.known(table);
        match known.columns.iter_mut().find(|known| known.name == column) {
            Some(known) => known.sql_type = Some(to.clone()),
            None => known.columns.push(KnownColumn {
                name: column.to_owned(),
                sql_type: Some(to.clone()),
                not_null: false,
                added: false,
            }),
        }
    }

    fn set_not_null(&mut self, table: &Name, column: &str, context: &Context) {
        let sql_type = context
            .table(table)
            .and_then(|facts| facts.column(column))
            .and_then(|facts| SqlType::parse(&facts.type_name));
        let known = self.known(table);
        match known.columns.iter_mut().find(|known| known.name == column) {
            Some(known) => known.not_null = true,
            None => {
                let name = column.to_owned();
                known.columns.push(KnownColumn { name, sql_type, not_null: true, added: false });
            }
        }
    }

    /// The record of a table, made on first mention.
    fn known(&mut self, name: &Name) -> &mut KnownTable {
        let at = self.tables.iter().rposition(|table| table.name.same(name)).unwrap_or(self.tables.len());
        if at == self.tables.len() {
            self.tables.push(KnownTable {
                name: name.clone(),
                created: false,
                partitioned: false,
                columns: Vec::new(),
                constraints: Vec::new(),
                dropped_constraints: Vec::new(),
            });
        }
        let Some(table) = self.tables.get_mut(at) else { unreachable!("the record was pushed above") };
        table
    }
}

/// A constraint of the catalog that the chain validates.
fn from_catalog(context: &Context, table: &Name, name: &str) -> Option<KnownConstraint> {
    let facts = context.table(table)?.constraints.iter().find(|constraint| constraint.name == name)?;
    let check = catalog_check(facts)?;
    Some(KnownConstraint { name: name.to_owned(), check, validated: true, transaction: None })
}

/// A `CHECK` of the catalog by its definition.
pub(crate) fn catalog_check(facts: &crate::ConstraintFacts) -> Option<Check> {
    use dbwright_sql::{NodeEnum, ast, parse};
    let sql = format!("ALTER TABLE t ADD {}", facts.definition.as_ref()?);
    let parsed = parse(&sql).ok()?;
    let NodeEnum::AlterTableStmt(statement) = parsed.one().ok()? else { return None };
    let NodeEnum::AlterTableCmd(command) = statement.cmds.first()?.node.as_ref()? else { return None };
    let NodeEnum::Constraint(definition) = command.def.as_ref()?.node.as_ref()? else { return None };
    if definition.contype() != ast::ConstrType::ConstrCheck {
        return None;
    }
    let expression = definition.raw_expr.as_deref()?;
    Some(Check::Expression {
        expression: expression::deparsed(expression),
        columns: expression::columns(expression),
        not_null: expression::proves_not_null(expression),
    })
}

fn known_column(column: &Column, added: bool) -> KnownColumn {
    let key = column.constraints.iter().any(|constraint| matches!(constraint.kind, Check::PrimaryKey { .. }));
    KnownColumn {
        name: column.name.clone(),
        sql_type: column.sql_type.clone(),
        not_null: column.not_null || key || column.identity,
        added,
    }
}

/// Whether the first columns of an index are `wanted`, in any order.
pub(crate) fn leads_with(index: &[String], wanted: &[String]) -> bool {
    index.get(..wanted.len()).is_some_and(|head| wanted.iter().all(|column| head.contains(column)))
}
