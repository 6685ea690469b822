//! What a reading session is refused before the server sees it, as a table.
//!
//! The server's read-only transaction and the role are the real fence; this table refuses
//! early, with words, and covers what a read-only transaction still permits (ending sessions,
//! reading files, taking advisory locks). One [`RefusalRule`] is one row; rules that need the
//! catalog, such as the volatility of a user's function, do not belong here.

use dbwright_sql::{Item, Value};

use super::{growth, tree};
use crate::Refusal;

/// One row of the policy.
pub struct RefusalRule {
    /// Stable snake_case name.
    pub id: &'static str,
    /// What it keeps out, in one sentence.
    pub summary: &'static str,
    /// Statements that it refuses; run by the tests.
    pub refused: &'static [&'static str],
    /// Close neighbours that no rule refuses; run by the tests.
    pub allowed: &'static [&'static str],
    /// The check over the uniform tree: what it met, if it refuses.
    pub(super) check: fn(&Item) -> Option<String>,
}

/// The rules in the order they are tried.
pub fn refusal_rules() -> &'static [RefusalRule] {
    RULES
}

/// What the rules say of a tree that a statement reaches: a view's query, a policy's condition.
pub(super) fn nested_refusal(item: &Item) -> Option<Refusal> {
    RULES
        .iter()
        .filter(|rule| rule.id != "statement_kind")
        .find_map(|rule| (rule.check)(item).map(|reason| Refusal { rule: rule.id, reason }))
}

/// The reader of settings, some of which are secret.
pub(super) const CURRENT_SETTING: &str = "current_setting";

/// What the rules say of a call whose arguments are out of sight.
pub(super) fn unseen_call(name: &str) -> Option<Refusal> {
    if name == CURRENT_SETTING {
        let reason = "current_setting() must be called with the setting's name in sight".to_owned();
        return Some(Refusal { rule: "secret_setting", reason });
    }
    let part = Item { name: "String", fields: vec![("sval", Value::Text(name.to_owned()))] };
    let names = Value::List(vec![Value::Item(Box::new(part))]);
    nested_refusal(&Item { name: "FuncCall", fields: vec![("funcname", names)] })
}

/// What the rules say of a bare name in code that has no tree.
pub(super) fn secret_name(name: &str) -> Option<Refusal> {
    tree::SECRET_RELATIONS
        .contains(&name)
        .then(|| Refusal { rule: "secret_relation", reason: format!("{name} holds secrets of the server") })
}

const RULES: &[RefusalRule] = &[
    RefusalRule {
        id: "statement_kind",
        summary: "only SELECT, VALUES, TABLE, SHOW and EXPLAIN read",
        refused: &[
            "DELETE FROM t",
            "CREATE TABLE t ()",
            "DO 'begin end'",
            "COPY t TO PROGRAM 'sh'",
            "SET ROLE postgres",
            "BEGIN",
            "PREPARE p AS SELECT 1",
            "CALL p()",
            "LOCK TABLE t",
            "VACUUM t",
            "NOTIFY c",
        ],
        allowed: &["SELECT 1", "VALUES (1)", "TABLE t", "SHOW work_mem", "EXPLAIN SELECT 1"],
        check: tree::statement_kind,
    },
    RefusalRule {
        id: "explain_executes",
        summary: "EXPLAIN ANALYZE runs the statement, so it is for SELECT only",
        refused: &[
            "EXPLAIN ANALYZE DELETE FROM t",
            "EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1",
            "EXPLAIN (ANALYZE) CREATE TABLE x AS SELECT 1",
            "EXPLAIN EXECUTE p",
        ],
        allowed: &["EXPLAIN ANALYZE SELECT 1", "EXPLAIN DELETE FROM t", "EXPLAIN (ANALYZE false) DELETE FROM t"],
        check: tree::explain_executes,
    },
    RefusalRule {
        id: "data_changing_cte",
        summary: "a common table expression may not change data",
        refused: &[
            "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
            "SELECT * FROM (WITH w AS (INSERT INTO t VALUES (1) RETURNING 1) SELECT * FROM w) s",
            "EXPLAIN ANALYZE WITH w AS (UPDATE t SET a = 1 RETURNING 1) SELECT * FROM w",
        ],
        allowed: &["WITH w AS (SELECT 1) SELECT * FROM w"],
        check: tree::data_changing_cte,
    },
    RefusalRule {
        id: "select_into",
        summary: "SELECT INTO creates a table",
        refused: &["SELECT * INTO copy FROM t", "SELECT 1 INTO TEMP x UNION SELECT 2"],
        allowed: &["SELECT 'into'"],
        check: tree::select_into,
    },
    RefusalRule {
        id: "row_locks",
        summary: "FOR UPDATE, FOR SHARE and their kin take row locks that block writers",
        refused: &["SELECT * FROM t FOR UPDATE", "SELECT * FROM (SELECT * FROM t FOR KEY SHARE) s"],
        allowed: &["SELECT * FROM t", "EXPLAIN SELECT * FROM t FOR UPDATE"],
        check: tree::row_locks,
    },
    RefusalRule {
        id: "secret_relation",
        summary: "catalogs that hold password hashes, connection strings or raw large objects",
        refused: &[
            "SELECT rolpassword FROM pg_authid",
            "SELECT * FROM pg_catalog.pg_shadow",
            "SELECT (SELECT umoptions::text FROM pg_user_mapping LIMIT 1)",
            "TABLE pg_subscription",
        ],
        allowed: &["SELECT rolname FROM pg_roles", "WITH pg_shadow AS (SELECT 1) SELECT * FROM pg_shadow"],
        check: tree::secret_relation,
    },
    RefusalRule {
        id: "secret_setting",
        summary: "settings whose value may hold a password",
        refused: &["SHOW primary_conninfo", "SELECT current_setting('primary_conninfo')"],
        allowed: &["SHOW work_mem", "SELECT current_setting('work_mem')"],
        check: tree::secret_setting,
    },
    RefusalRule {
        id: "server_files",
        summary: "functions that read or write the server's files or large objects",
        refused: &[
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT * FROM pg_catalog.pg_ls_dir('/')",
            "SELECT 1 LIMIT (SELECT lo_import('/etc/passwd'))",
            "VALUES (pg_stat_file('x'))",
        ],
        allowed: &["SELECT lower('x')", "SELECT pg_relation_filepath('t')"],
        check: tree::server_files,
    },
    RefusalRule {
        id: "foreign_session",
        summary: "functions that end, signal or reach other sessions",
        refused: &[
            "SELECT pg_terminate_backend(1)",
            "SELECT count(*) OVER (ORDER BY pg_cancel_backend(pid)) FROM pg_stat_activity",
            "SELECT pg_notify('c', 'x')",
        ],
        allowed: &["SELECT pg_backend_pid()", "SELECT pg_blocking_pids(1)"],
        check: tree::foreign_session,
    },
    RefusalRule {
        id: "foreign_server",
        summary: "functions that connect to other servers",
        refused: &[
            "SELECT * FROM dblink('host=x', 'select 1') AS t (a int)",
            "SELECT dblink_connect('host=x')",
            "SELECT postgres_fdw_disconnect_all()",
        ],
        allowed: &["SELECT inet_server_addr()"],
        check: tree::foreign_server,
    },
    RefusalRule {
        id: "server_state",
        summary: "functions that change settings, sequences, statistics, slots or WAL",
        refused: &[
            "SELECT set_config('log_statement', 'none', false)",
            "SELECT nextval('s')",
            "SELECT pg_stat_statements_reset()",
            "SELECT pg_reload_conf()",
            "SELECT pg_drop_replication_slot('x')",
            "EXPLAIN SELECT setval('s', 1)",
        ],
        allowed: &["SELECT last_value FROM s", "SELECT pg_current_wal_lsn()", "SELECT pg_stat_get_numscans(1)"],
        check: tree::server_state,
    },
    RefusalRule {
        id: "advisory_lock",
        summary: "advisory locks that applications rely on",
        refused: &["SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_xact_lock(1)"],
        allowed: &["SELECT * FROM pg_locks WHERE locktype = 'advisory'"],
        check: tree::advisory_lock,
    },
    RefusalRule {
        id: "hidden_query",
        summary: "functions that run a query given as text, out of sight of this policy",
        refused: &["SELECT query_to_xml('delete from t', true, true, '')", "SELECT * FROM ts_stat('select 1')"],
        allowed: &["SELECT xmlelement(name a)"],
        check: tree::hidden_query,
    },
    RefusalRule {
        id: "long_sleep",
        summary: "sleeping holds a connection and the horizon; ten seconds are the most",
        refused: &["SELECT pg_sleep(60)", "SELECT pg_sleep(x) FROM t", "SELECT pg_sleep_for('1 hour')"],
        allowed: &["SELECT pg_sleep(0.5)"],
        check: tree::long_sleep,
    },
    RefusalRule {
        id: "memory_growth",
        summary: "values and series whose size is huge, or not written out, exhaust the server's memory",
        refused: &[
            "SELECT repeat('x', 1000000000)",
            "SELECT lpad('x', 500000000, 'y')",
            "EXPLAIN SELECT repeat(repeat('x', 10000), 30000)",
            "SELECT repeat('x', n) FROM t",
            "SELECT array_fill(0, ARRAY[10000, 100000])",
            "SELECT array_agg(n) FROM generate_series(1, 9000000) n",
            "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
            "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT * FROM r",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r) SELECT count(*) FROM r",
            "SELECT string_agg('x'::char(1000000), '') FROM generate_series(1, 1000)",
        ],
        allowed: &[
            "SELECT repeat('x', 1000)",
            "SELECT lpad('x', 10, 'y')",
            "SELECT rpad(name, 20), repeat('-', 80) FROM t",
            "SELECT repeat('#', least(n, 50)) FROM t",
            "SELECT string_agg(name, ', ') FROM t",
            "SELECT sum(n) FROM generate_series(1, 1000000) n",
            "WITH RECURSIVE r AS (SELECT id, ARRAY[id] AS p FROM t UNION ALL SELECT t.id, p || t.id FROM r JOIN t ON t.up = r.id) SELECT * FROM r",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r LIMIT 5",
        ],
        check: growth::refusal,
    },
];

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
