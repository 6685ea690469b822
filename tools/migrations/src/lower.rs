//! Parse trees to [`Operation`]s: everything but `ALTER TABLE` and column definitions.

use dbwright_sql::{NodeEnum, ast};

use crate::lower_table::{alter_table, column, constraint};
use crate::name::Name;
use crate::operation::{CreateIndex, CreateTable, DomainChange, Operation, ReindexTarget};

/// What a statement does; never empty.
pub(crate) fn operations(node: &NodeEnum) -> Vec<Operation> {
    let found = match node {
        NodeEnum::AlterTableStmt(statement) => alter_table(statement),
        NodeEnum::DropStmt(statement) => drop(statement),
        other => single(other).into_iter().collect(),
    };
    if found.is_empty() { vec![Operation::Other] } else { found }
}

fn single(node: &NodeEnum) -> Option<Operation> {
    Some(match node {
        NodeEnum::CreateStmt(statement) => create_table(statement)?,
        NodeEnum::CreateTableAsStmt(statement) => {
            let table = Name::of(statement.into.as_ref()?.rel.as_ref()?);
            created(table)
        }
        NodeEnum::SelectStmt(select) => created(Name::of(select.into_clause.as_ref()?.rel.as_ref()?)),
        NodeEnum::IndexStmt(statement) => create_index(statement)?,
        NodeEnum::ReindexStmt(statement) => reindex(statement),
        NodeEnum::RenameStmt(statement) => rename(statement)?,
        NodeEnum::AlterObjectSchemaStmt(statement) if statement.object_type() == ast::ObjectType::ObjectTable => {
            Operation::MoveTable { table: Name::of(statement.relation.as_ref()?), schema: statement.newschema.clone() }
        }
        NodeEnum::TruncateStmt(statement) => Operation::Truncate {
            tables: range_vars(&statement.relations),
            cascade: statement.behavior() == ast::DropBehavior::DropCascade,
        },
        NodeEnum::UpdateStmt(statement) => update(statement)?,
        NodeEnum::DeleteStmt(statement) => Operation::Delete {
            table: Name::of(statement.relation.as_ref()?),
            filtered: statement.where_clause.is_some(),
        },
        NodeEnum::InsertStmt(statement) => insert(statement)?,
        NodeEnum::VacuumStmt(statement) => vacuum(statement)?,
        NodeEnum::ClusterStmt(statement) => Operation::Cluster { table: statement.relation.as_ref().map(Name::of) },
        NodeEnum::LockStmt(statement) => Operation::LockTable {
            tables: range_vars(&statement.relations),
            mode: lock_mode(statement.mode).to_owned(),
        },
        NodeEnum::CreateEnumStmt(statement) => {
            Operation::CreateEnum { name: Name::from_parts(strings(&statement.type_name))? }
        }
        NodeEnum::AlterEnumStmt(statement) => alter_enum(statement)?,
        NodeEnum::RefreshMatViewStmt(statement) => Operation::RefreshView {
            view: Name::of(statement.relation.as_ref()?),
            concurrently: statement.concurrent || statement.skip_data,
        },
        NodeEnum::GrantStmt(statement) => grant(statement)?,
        NodeEnum::CreateDomainStmt(statement) => Operation::CreateDomain {
            name: Name::from_parts(strings(&statement.domainname))?,
            constrained: !statement.constraints.is_empty(),
        },
        NodeEnum::AlterDomainStmt(statement) => alter_domain(statement)?,
        NodeEnum::CreatePolicyStmt(statement) => Operation::CreatePolicy { table: Name::of(statement.table.as_ref()?) },
        NodeEnum::ViewStmt(statement) => Operation::CreateView { view: Name::of(statement.view.as_ref()?) },
        NodeEnum::CreateTrigStmt(statement) => {
            Operation::CreateTrigger { table: Name::of(statement.relation.as_ref()?) }
        }
        NodeEnum::DoStmt(statement) => Operation::Code { changes: schema_change(statement) },
        NodeEnum::VariableSetStmt(statement) => set(statement)?,
        NodeEnum::TransactionStmt(statement) => transaction(statement),
        _ => return None,
    })
}

fn created(table: Name) -> Operation {
    Operation::CreateTable(CreateTable {
        table,
        columns: Vec::new(),
        constraints: Vec::new(),
        partitioned: false,
        partition_of: None,
    })
}

fn create_table(statement: &ast::CreateStmt) -> Option<Operation> {
    let mut columns = Vec::new();
    let mut constraints = Vec::new();
    for element in &statement.table_elts {
        match &element.node {
            Some(NodeEnum::ColumnDef(definition)) => columns.push(column(definition)),
            Some(NodeEnum::Constraint(definition)) => constraints.extend(constraint(definition, None)),
            _ => {}
        }
    }
    let parent = statement.partbound.as_ref().and_then(|_| range_vars(&statement.inh_relations).into_iter().next());
    Some(Operation::CreateTable(CreateTable {
        table: Name::of(statement.relation.as_ref()?),
        columns,
        constraints,
        partitioned: statement.partspec.is_some(),
        partition_of: parent,
    }))
}

fn create_index(statement: &ast::IndexStmt) -> Option<Operation> {
    let relation = statement.relation.as_ref()?;
    let columns = statement.index_params.iter().filter_map(|parameter| match &parameter.node {
        Some(NodeEnum::IndexElem(element)) if element.name.is_empty() => Some("expr".to_owned()),
        Some(NodeEnum::IndexElem(element)) => Some(element.name.clone()),
        _ => None,
    });
    Some(Operation::CreateIndex(CreateIndex {
        name: present(&statement.idxname),
        table: Name::of(relation),
        columns: columns.collect(),
        concurrently: statement.concurrent,
        only: !relation.inh,
        if_not_exists: statement.if_not_exists,
        node: Box::new(statement.clone()),
    }))
}

fn reindex(statement: &ast::ReindexStmt) -> Operation {
    let target = match statement.kind() {
        ast::ReindexObjectType::ReindexObjectIndex => ReindexTarget::Index,
        ast::ReindexObjectType::ReindexObjectTable => ReindexTarget::Table,
        _ => ReindexTarget::Wide,
    };
    let name = statement.relation.as_ref().map_or_else(|| Name::new(None, &statement.name), Name::of);
    Operation::Reindex { target, name, concurrently: option(&statement.params, "concurrently") }
}

fn rename(statement: &ast::RenameStmt) -> Option<Operation> {
    let relation = statement.relation.as_ref();
    match statement.rename_type() {
        ast::ObjectType::ObjectTable => {
            Some(Operation::RenameTable { table: Name::of(relation?), to: statement.newname.clone() })
        }
        ast::ObjectType::ObjectColumn if statement.relation_type() == ast::ObjectType::ObjectTable => {
            Some(Operation::RenameColumn {
                table: Name::of(relation?),
                column: statement.subname.clone(),
                to: statement.newname.clone(),
            })
        }
        _ => None,
    }
}

fn drop(statement: &ast::DropStmt) -> Vec<Operation> {
    let cascade = statement.behavior() == ast::DropBehavior::DropCascade;
    let names: Vec<Name> = statement.objects.iter().filter_map(|object| Name::from_parts(name_parts(object))).collect();
    let what = match statement.remove_type() {
        ast::ObjectType::ObjectTable => return vec![Operation::DropTables { names, cascade }],
        ast::ObjectType::ObjectIndex => {
            return vec![Operation::DropIndexes { names, concurrently: statement.concurrent }];
        }
        ast::ObjectType::ObjectSchema => "schema",
        ast::ObjectType::ObjectView => "view",
        ast::ObjectType::ObjectMatview => "materialized view",
        ast::ObjectType::ObjectType => "type",
        ast::ObjectType::ObjectDomain => "domain",
        ast::ObjectType::ObjectFunction => "function",
        ast::ObjectType::ObjectSequence => "sequence",
        ast::ObjectType::ObjectExtension => "extension",
        _ => "object",
    };
    names.into_iter().map(|name| Operation::DropOther { what, name: name.sql(), cascade }).collect()
}

fn update(statement: &ast::UpdateStmt) -> Option<Operation> {
    let columns = statement.target_list.iter().filter_map(|target| match &target.node {
        Some(NodeEnum::ResTarget(target)) => Some(target.name.clone()),
        _ => None,
    });
    Some(Operation::Update {
        table: Name::of(statement.relation.as_ref()?),
        filtered: statement.where_clause.is_some(),
        columns: columns.collect(),
    })
}

fn insert(statement: &ast::InsertStmt) -> Option<Operation> {
    let NodeEnum::SelectStmt(select) = statement.select_stmt.as_ref()?.node.as_ref()? else { return None };
    let reads = !select.from_clause.is_empty();
    reads.then(|| Some(Operation::Copy { table: Name::of(statement.relation.as_ref()?) })).flatten()
}

fn vacuum(statement: &ast::VacuumStmt) -> Option<Operation> {
    let full = statement.is_vacuumcmd && option(&statement.options, "full");
    let table = statement.rels.iter().find_map(|relation| match &relation.node {
        Some(NodeEnum::VacuumRelation(vacuumed)) => vacuumed.relation.as_ref().map(Name::of),
        _ => None,
    });
    full.then_some(Operation::VacuumFull { table })
}

fn alter_enum(statement: &ast::AlterEnumStmt) -> Option<Operation> {
    let type_name = Name::from_parts(strings(&statement.type_name))?;
    Some(match present(&statement.old_val) {
        Some(value) => Operation::RenameEnumValue { type_name, value, to: statement.new_val.clone() },
        None => Operation::AddEnumValue { type_name, value: statement.new_val.clone() },
    })
}

fn grant(statement: &ast::GrantStmt) -> Option<Operation> {
    let public = statement.grantees.iter().any(|grantee| {
        matches!(&grantee.node, Some(NodeEnum::RoleSpec(role)) if role.roletype() == ast::RoleSpecType::RolespecPublic)
    });
    let writes = statement.privileges.is_empty()
        || statement.privileges.iter().any(|privilege| {
            matches!(&privilege.node, Some(NodeEnum::AccessPriv(access))
                if !matches!(access.priv_name.as_str(), "usage" | "execute" | "connect" | "temporary"))
        });
    let what = statement.objects.iter().map(object_name).collect::<Vec<_>>().join(", ");
    (statement.is_grant && public && writes).then_some(Operation::GrantToPublic { what })
}

fn alter_domain(statement: &ast::AlterDomainStmt) -> Option<Operation> {
    let change = match statement.subtype.as_str() {
        "C" => {
            let Some(NodeEnum::Constraint(definition)) = statement.def.as_ref().and_then(|def| def.node.as_ref())
            else {
                return None;
            };
            let sql = definition.raw_expr.as_deref().map(crate::expression::deparsed).unwrap_or_default();
            DomainChange::AddConstraint {
                name: present(&definition.conname),
                not_valid: definition.skip_validation,
                sql,
            }
        }
        "O" => DomainChange::SetNotNull,
        _ => DomainChange::Other,
    };
    Some(Operation::AlterDomain { name: Name::from_parts(strings(&statement.type_name))?, change })
}

fn set(statement: &ast::VariableSetStmt) -> Option<Operation> {
    if !matches!(statement.name.as_str(), "lock_timeout" | "statement_timeout") {
        return None;
    }
    let milliseconds = statement.args.first().and_then(timeout_milliseconds);
    Some(Operation::SetTimeout { name: statement.name.clone(), local: statement.is_local, milliseconds })
}

/// `2000`, `'2s'`, `'500 ms'`, `'1min'` in milliseconds.
fn timeout_milliseconds(argument: &ast::Node) -> Option<u64> {
    let Some(NodeEnum::AConst(constant)) = &argument.node else { return None };
    let text = match constant.val.as_ref()? {
        ast::a_const::Val::Ival(integer) => return u64::try_from(integer.ival).ok(),
        ast::a_const::Val::Sval(text) => text.sval.trim().to_ascii_lowercase(),
        _ => return None,
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = match text.get(digits..)?.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// The first statement word of a `DO` body that the rules would have wanted to see.
fn schema_change(statement: &ast::DoStmt) -> Option<String> {
    const WORDS: [&str; 7] = ["alter", "create", "drop", "truncate", "reindex", "lock", "execute"];
    let body = statement.args.iter().find_map(|argument| match &argument.node {
        Some(NodeEnum::DefElem(option)) if option.defname == "as" => match option.arg.as_ref()?.node.as_ref()? {
            NodeEnum::String(text) => Some(text.sval.as_str()),
            _ => None,
        },
        _ => None,
    })?;
    let found = dbwright_sql::tokens(body).find(|token| WORDS.iter().any(|word| token.is_word(word)))?;
    Some(found.text.to_ascii_uppercase())
}

fn transaction(statement: &ast::TransactionStmt) -> Operation {
    match statement.kind() {
        ast::TransactionStmtKind::TransStmtBegin | ast::TransactionStmtKind::TransStmtStart => Operation::Begin,
        ast::TransactionStmtKind::TransStmtCommit | ast::TransactionStmtKind::TransStmtPrepare => Operation::Commit,
        ast::TransactionStmtKind::TransStmtRollback => Operation::Rollback,
        _ => Operation::Other,
    }
}

const fn lock_mode(mode: i32) -> &'static str {
    match mode {
        1 => "AccessShareLock",
        2 => "RowShareLock",
        3 => "RowExclusiveLock",
        4 => "ShareUpdateExclusiveLock",
        5 => "ShareLock",
        6 => "ShareRowExclusiveLock",
        7 => "ExclusiveLock",
        _ => "AccessExclusiveLock",
    }
}

/// Whether an option is on: named without a value or with a true one.
fn option(options: &[ast::Node], name: &str) -> bool {
    options.iter().any(|node| match &node.node {
        Some(NodeEnum::DefElem(option)) if option.defname == name => {
            !matches!(option.arg.as_ref().and_then(|arg| arg.node.as_ref()),
                Some(NodeEnum::String(text)) if matches!(text.sval.as_str(), "false" | "off"))
        }
        _ => false,
    })
}

pub(crate) fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(crate) fn range_vars(nodes: &[ast::Node]) -> Vec<Name> {
    let named = nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::RangeVar(relation)) => Some(Name::of(relation)),
        _ => None,
    });
    named.collect()
}

pub(crate) fn strings(nodes: &[ast::Node]) -> Vec<String> {
    let texts = nodes.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::String(text)) => Some(text.sval.clone()),
        _ => None,
    });
    texts.collect()
}

/// The parts of a name, whichever way the grammar holds it.
fn name_parts(node: &ast::Node) -> Vec<String> {
    match &node.node {
        Some(NodeEnum::List(list)) => strings(&list.items),
        Some(NodeEnum::String(text)) => vec![text.sval.clone()],
        Some(NodeEnum::TypeName(name)) => strings(&name.names),
        Some(NodeEnum::ObjectWithArgs(object)) => strings(&object.objname),
        _ => Vec::new(),
    }
}

fn object_name(node: &ast::Node) -> String {
    match &node.node {
        Some(NodeEnum::RangeVar(relation)) => Name::of(relation).sql(),
        _ => Name::from_parts(name_parts(node)).map(|name| name.sql()).unwrap_or_default(),
    }
}
