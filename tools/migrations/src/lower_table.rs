//! `ALTER TABLE` actions, columns and constraints to [`Operation`]s.

use dbwright_sql::{NodeEnum, ast};

use crate::expression;
use crate::lower::{present, strings};
use crate::name::Name;
use crate::operation::{AlterTable, Check, Column, Constraint, Generated, Operation, TableChange, Using};
use crate::types::SqlType;

/// The actions of an `ALTER TABLE`, in order.
pub(crate) fn alter_table(statement: &ast::AlterTableStmt) -> Vec<Operation> {
    let Some(relation) = &statement.relation else { return Vec::new() };
    if statement.objtype() != ast::ObjectType::ObjectTable {
        return Vec::new();
    }
    let table = Name::of(relation);
    let mut found = Vec::new();
    for node in &statement.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = &node.node else { continue };
        let alone = ast::AlterTableStmt { cmds: vec![node.clone()], ..statement.clone() };
        if let Some(change) = change(command) {
            found.push(Operation::AlterTable(AlterTable { table: table.clone(), change, node: Box::new(alone) }));
        }
    }
    found
}

fn change(command: &ast::AlterTableCmd) -> Option<TableChange> {
    use ast::AlterTableType as Type;
    let name = || command.name.clone();
    Some(match command.subtype() {
        Type::AtAddColumn => TableChange::AddColumn(Box::new(column(column_def(command)?))),
        Type::AtDropColumn => TableChange::DropColumn { column: name() },
        Type::AtAlterColumnType => alter_type(command)?,
        Type::AtSetNotNull => TableChange::SetNotNull { column: name() },
        Type::AtDropNotNull => TableChange::DropNotNull,
        Type::AtAddIdentity => TableChange::AddIdentity,
        Type::AtAddConstraint => {
            let Some(NodeEnum::Constraint(definition)) = definition(command) else { return None };
            TableChange::AddConstraint(Box::new(constraint(definition, None)?))
        }
        Type::AtValidateConstraint => TableChange::ValidateConstraint { name: name() },
        Type::AtDropConstraint => TableChange::DropConstraint { name: name() },
        Type::AtAttachPartition => {
            let partition = partition(command)?;
            let default = partition.bound.as_ref().is_some_and(|bound| bound.is_default);
            TableChange::AttachPartition { child: Name::of(partition.name.as_ref()?), default }
        }
        Type::AtDetachPartition => {
            let partition = partition(command)?;
            TableChange::DetachPartition {
                child: Name::of(partition.name.as_ref()?),
                concurrently: partition.concurrent,
            }
        }
        Type::AtSetLogged => TableChange::Rewrite { words: "SET LOGGED" },
        Type::AtSetUnLogged => TableChange::Rewrite { words: "SET UNLOGGED" },
        Type::AtSetAccessMethod => TableChange::Rewrite { words: "SET ACCESS METHOD" },
        Type::AtSetTableSpace => TableChange::Rewrite { words: "SET TABLESPACE" },
        Type::AtDisableTrig => TableChange::DisableTrigger { trigger: Some(name()) },
        Type::AtDisableTrigAll | Type::AtDisableTrigUser => TableChange::DisableTrigger { trigger: None },
        Type::AtEnableTrig
        | Type::AtEnableAlwaysTrig
        | Type::AtEnableReplicaTrig
        | Type::AtEnableTrigAll
        | Type::AtEnableTrigUser => TableChange::EnableTrigger,
        Type::AtEnableRowSecurity => TableChange::EnableRowSecurity,
        Type::AtReplicaIdentity => match definition(command) {
            Some(NodeEnum::ReplicaIdentityStmt(identity)) if identity.identity_type == "f" => {
                TableChange::ReplicaIdentityFull
            }
            _ => TableChange::Brief,
        },
        // These take ShareUpdateExclusiveLock only.
        Type::AtSetStatistics
        | Type::AtSetOptions
        | Type::AtResetOptions
        | Type::AtSetRelOptions
        | Type::AtResetRelOptions
        | Type::AtClusterOn
        | Type::AtDropCluster
        | Type::AtDetachPartitionFinalize => TableChange::Light,
        _ => TableChange::Brief,
    })
}

fn definition(command: &ast::AlterTableCmd) -> Option<&NodeEnum> {
    command.def.as_ref()?.node.as_ref()
}

fn column_def(command: &ast::AlterTableCmd) -> Option<&ast::ColumnDef> {
    match definition(command)? {
        NodeEnum::ColumnDef(definition) => Some(definition),
        _ => None,
    }
}

fn partition(command: &ast::AlterTableCmd) -> Option<&ast::PartitionCmd> {
    match definition(command)? {
        NodeEnum::PartitionCmd(partition) => Some(partition),
        _ => None,
    }
}

fn alter_type(command: &ast::AlterTableCmd) -> Option<TableChange> {
    let definition = column_def(command)?;
    let to = SqlType::of(definition.type_name.as_ref()?);
    let using = definition.raw_default.as_deref().map(|expression| using(expression, &command.name, &to));
    Some(TableChange::AlterType { column: command.name.clone(), to, using })
}

fn using(expression: &ast::Node, name: &str, to: &SqlType) -> Using {
    let cast = match &expression.node {
        Some(NodeEnum::TypeCast(cast)) if cast.type_name.as_ref().map(SqlType::of).as_ref() == Some(to) => {
            cast.arg.as_deref()
        }
        _ => Some(expression),
    };
    match cast.and_then(expression::column) {
        Some(column) if column == name => Using::Plain,
        _ => Using::Expression(expression::deparsed(expression)),
    }
}

/// A column definition with what its constraints say about it.
pub(crate) fn column(definition: &ast::ColumnDef) -> Column {
    let mut column = Column {
        name: definition.colname.clone(),
        sql_type: definition.type_name.as_ref().map(SqlType::of),
        not_null: definition.is_not_null,
        default: definition.raw_default.as_deref().cloned(),
        identity: false,
        generated: None,
        constraints: Vec::new(),
    };
    for node in &definition.constraints {
        let Some(NodeEnum::Constraint(inline)) = &node.node else { continue };
        match inline.contype() {
            ast::ConstrType::ConstrNotnull => column.not_null = true,
            ast::ConstrType::ConstrDefault => column.default = inline.raw_expr.as_deref().cloned(),
            ast::ConstrType::ConstrIdentity => column.identity = true,
            ast::ConstrType::ConstrGenerated => column.generated = Some(generated(inline)),
            _ => column.constraints.extend(constraint(inline, Some(&definition.colname))),
        }
    }
    column
}

fn generated(inline: &ast::Constraint) -> Generated {
    if inline.generated_kind == "v" {
        return Generated::Virtual;
    }
    Generated::Stored(inline.raw_expr.as_deref().map(expression::deparsed).unwrap_or_default())
}

/// A constraint of a table, or of `column` where it stands in a column's definition.
pub(crate) fn constraint(definition: &ast::Constraint, column: Option<&str>) -> Option<Constraint> {
    let columns = |listed: &[ast::Node]| match column {
        Some(column) if listed.is_empty() => vec![column.to_owned()],
        _ => strings(listed),
    };
    let index = present(&definition.indexname);
    let kind = match definition.contype() {
        ast::ConstrType::ConstrCheck => {
            let expression = definition.raw_expr.as_deref()?;
            Check::Expression {
                expression: expression::deparsed(expression),
                columns: expression::columns(expression),
                not_null: expression::proves_not_null(expression),
            }
        }
        ast::ConstrType::ConstrForeign => Check::ForeignKey {
            columns: columns(&definition.fk_attrs),
            references: Name::of(definition.pktable.as_ref()?),
        },
        ast::ConstrType::ConstrPrimary => Check::PrimaryKey { columns: columns(&definition.keys), index },
        ast::ConstrType::ConstrUnique => Check::Unique { columns: columns(&definition.keys), index },
        ast::ConstrType::ConstrExclusion => Check::Exclusion,
        ast::ConstrType::ConstrNotnull => Check::NotNull { column: columns(&definition.keys).into_iter().next()? },
        _ => return None,
    };
    Some(Constraint { name: present(&definition.conname), kind, not_valid: definition.skip_validation })
}
