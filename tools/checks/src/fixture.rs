//! Small snapshots for the rules' tests.

use dbwright_finding::Finding;

use crate::{
    Column, ColumnStats, Constraint, ConstraintKind, DatabaseFacts, Index, IndexKey, Probe, Reference, RelationName,
    Server, Session, Setting, Settings, Snapshot, Statement, Statements, Table, TableActivity, Thresholds, run,
};

/// Findings of one rule with the default thresholds.
pub(crate) fn found(snapshot: &Snapshot, rule: &str) -> Vec<Finding> {
    run(snapshot, &Thresholds::default()).into_iter().filter(|finding| finding.rule == rule).collect()
}

/// The only finding of one rule.
pub(crate) fn only(snapshot: &Snapshot, rule: &str) -> Finding {
    let mut all = found(snapshot, rule);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

pub(crate) fn server() -> Probe<Server> {
    Probe::Ok(Server {
        version_num: 150_018,
        version: "15.18".into(),
        database: "shop".into(),
        user: "postgres".into(),
        unix_time: 1_790_000_000,
        uptime_s: 30.0 * 86_400.0,
        size_bytes: Some(8 << 30),
        ..Server::default()
    })
}

pub(crate) fn settings(values: &[(&str, &str, &str)]) -> Probe<Settings> {
    let setting = |value: &str, unit: &str| Setting {
        value: value.into(),
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        source: "default".into(),
        ..Setting::default()
    };
    Probe::Ok(Settings(values.iter().map(|(name, value, unit)| ((*name).into(), setting(value, unit))).collect()))
}

pub(crate) fn database() -> DatabaseFacts {
    DatabaseFacts { name: "shop".into(), current: true, ..DatabaseFacts::default() }
}

pub(crate) fn session(pid: i32, state: &str) -> Session {
    Session {
        pid,
        user: Some("app".into()),
        database: Some("shop".into()),
        application: "web".into(),
        backend_type: "client backend".into(),
        state: Some(state.into()),
        ..Session::default()
    }
}

/// A table of 100 rows a page that was analyzed and has nothing wrong with it.
pub(crate) fn table(oid: u32, name: &str, rows: i64) -> Table {
    Table {
        oid,
        name: RelationName::new("public", name),
        reltuples: rows as f64,
        relpages: rows / 100 + 1,
        all_visible_pages: rows / 100 + 1,
        heap_bytes: (rows / 100 + 1) * 8192,
        replica_identity: "default".into(),
        columns_with_stats: Some(3),
        column_count: 3,
        row_width: Some(50.0),
        activity: TableActivity {
            live_rows: rows,
            index_scans: 1_000,
            analyze_age_s: Some(3_600.0),
            vacuum_age_s: Some(3_600.0),
            ..TableActivity::default()
        },
        ..Table::default()
    }
}

pub(crate) fn index(oid: u32, table: &Table, name: &str, columns: &[&str]) -> Index {
    let keys = columns.iter().map(|column| IndexKey { column: Some((*column).into()), ..IndexKey::default() });
    Index {
        oid,
        name: RelationName::new("public", name),
        table: table.oid,
        relation: table.name.clone(),
        method: "btree".into(),
        keys: keys.collect(),
        valid: true,
        ready: true,
        bytes: 8 << 20,
        reltuples: table.reltuples,
        scans: 10,
        definition: format!("CREATE INDEX {name} ON {} USING btree ({})", table.name, columns.join(", ")),
        ..Index::default()
    }
}

pub(crate) fn primary_key(oid: u32, table: &Table, column: &str) -> Index {
    let name = format!("{}_pkey", table.name.name);
    Index {
        unique: true,
        primary: true,
        constraint: Some(name.clone()),
        definition: format!("CREATE UNIQUE INDEX {name} ON {} USING btree ({column})", table.name),
        ..index(oid, table, &name, &[column])
    }
}

pub(crate) fn column(table: &Table, name: &str, base_type: &str) -> Column {
    Column {
        table: table.oid,
        name: name.into(),
        type_name: base_type.into(),
        base_type: base_type.into(),
        ..Column::default()
    }
}

pub(crate) fn with_stats(mut column: Column, stats: ColumnStats) -> Column {
    column.stats = Some(stats);
    column
}

pub(crate) fn foreign_key(child: &Table, columns: &[&str], parent: &Table, theirs: &[&str]) -> Constraint {
    Constraint {
        name: format!("{}_{}_fkey", child.name.name, columns.join("_")),
        table: child.oid,
        relation: child.name.clone(),
        kind: ConstraintKind::ForeignKey,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        validated: true,
        references: Some(Reference {
            table: parent.oid,
            relation: parent.name.clone(),
            match_full: false,
            columns: theirs.iter().map(|column| (*column).to_owned()).collect(),
            on_delete: "no action".into(),
            on_update: "no action".into(),
        }),
        ..Constraint::default()
    }
}

pub(crate) fn statement(id: &str, query: &str, calls: i64, mean_ms: f64, rows: i64) -> Statement {
    Statement {
        query_id: id.into(),
        query: query.into(),
        calls,
        mean_ms,
        total_ms: calls as f64 * mean_ms,
        rows,
        ..Statement::default()
    }
}

pub(crate) fn statements(items: Vec<Statement>) -> Probe<Statements> {
    let total_ms = items.iter().map(|item| item.total_ms).sum();
    Probe::Ok(Statements { total_ms, count: items.len() as i64, items, ..Statements::default() })
}
