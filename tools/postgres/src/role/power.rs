//! Asks the server what our own role could do.

use serde::Serialize;
use sqlx::{PgConnection, types::Json};

use super::rights::{Excess, Held};
use crate::{Database, PgError};

/// A role's rights beyond what is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Power {
    /// The role.
    pub role: String,
    /// Rights in excess, the gravest first.
    pub excess: Vec<Excess>,
}

impl Power {
    /// Those that are this role's own: unattended work is refused because of them.
    pub fn own(&self) -> impl Iterator<Item = &Excess> {
        self.excess.iter().filter(|excess| !excess.from_public)
    }

    /// Those that everybody has.
    pub fn public(&self) -> impl Iterator<Item = &Excess> {
        self.excess.iter().filter(|excess| excess.from_public)
    }
}

/// Predefined roles, and those of managed services, that are more than reading statistics. Others
/// are found by what they can do.
const GROUPS: &[&str] = &[
    "pg_checkpoint",
    "pg_create_subscription",
    "pg_execute_server_program",
    "pg_maintain",
    "pg_read_all_data",
    "pg_read_server_files",
    "pg_signal_autovacuum_worker",
    "pg_signal_backend",
    "pg_write_all_data",
    "pg_write_server_files",
    "alloydbsuperuser",
    "azure_pg_admin",
    "cloudsqlsuperuser",
    "neon_superuser",
    "rds_password",
    "rds_replication",
    "rds_superuser",
    "supabase_admin",
];

/// `$1` is the role's oid, 0 for what everybody has. Catalogs are left out: PUBLIC may UPDATE
/// pg_settings, which is SET.
const HELD: &str = "
WITH me AS (SELECT $1::int8::oid AS oid),
ours AS (SELECT g.oid, g.rolname FROM pg_roles g, me WHERE g.oid = me.oid OR (me.oid <> 0 AND pg_has_role(me.oid, g.oid, 'USAGE'))),
space AS (SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
tables AS (
    SELECT c.oid, c.relname, c.relowner, c.relacl, n.nspname FROM pg_class c JOIN space n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm')),
granted AS (
    SELECT t.nspname, t.relname, g.privilege_type, CASE WHEN g.grantee = 0 THEN 'public' ELSE o.rolname END AS grantee
    FROM tables t CROSS JOIN LATERAL (
        SELECT a.grantee, a.privilege_type FROM aclexplode(t.relacl) a
        UNION SELECT b.grantee, b.privilege_type FROM pg_attribute x, aclexplode(x.attacl) b
        WHERE x.attrelid = t.oid AND x.attacl IS NOT NULL) g
    LEFT JOIN ours o ON o.oid = g.grantee
    WHERE (g.grantee = 0 OR o.oid IS NOT NULL) AND t.relowner NOT IN (SELECT oid FROM ours)
      AND g.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'MAINTAIN')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e'))
SELECT /* dbwright */ json_build_object(
    'role', coalesce((SELECT rolname FROM pg_roles, me WHERE pg_roles.oid = me.oid), 'PUBLIC'),
    'database', current_database(),
    'superuser', coalesce((SELECT rolsuper FROM pg_roles, me WHERE pg_roles.oid = me.oid), false),
    'attributes', (SELECT array_remove(ARRAY[max(CASE WHEN rolcreaterole THEN 'CREATEROLE' END), max(CASE WHEN rolcreatedb THEN 'CREATEDB' END),
            max(CASE WHEN rolreplication THEN 'REPLICATION' END), max(CASE WHEN rolbypassrls THEN 'BYPASSRLS' END)], NULL)
        FROM pg_roles, me WHERE pg_roles.oid = me.oid),
    'member_of', ARRAY(SELECT g.rolname::text FROM pg_roles g, me
        WHERE me.oid <> 0 AND g.oid <> me.oid AND pg_has_role(me.oid, g.oid, 'MEMBER')
          AND (g.rolname = ANY ($2) OR g.rolsuper OR g.rolcreaterole OR g.rolcreatedb OR g.rolreplication OR g.rolbypassrls)
        ORDER BY 1),
    'owned', (SELECT count(*) FROM tables WHERE relowner IN (SELECT oid FROM ours)),
    'owned_example', (SELECT min(format('%I.%I', nspname, relname)) FROM tables WHERE relowner IN (SELECT oid FROM ours)),
    'owned_schemas', ARRAY(SELECT nspname::text FROM space WHERE nspowner IN (SELECT oid FROM ours) ORDER BY 1 LIMIT 5),
    'owns_database', (SELECT datdba IN (SELECT oid FROM ours) FROM pg_database WHERE datname = current_database()),
    'writable', (SELECT coalesce(json_agg(w), '[]') FROM (
        SELECT nspname AS schema, grantee, array_agg(DISTINCT privilege_type) AS privileges, count(DISTINCT relname) AS tables,
            min(format('%I.%I', nspname, relname)) AS example
        FROM granted GROUP BY nspname, grantee ORDER BY nspname, grantee LIMIT 20) w),
    'sequences', (SELECT coalesce(json_agg(s), '[]') FROM (
        SELECT n.nspname AS schema, CASE WHEN g.grantee = 0 THEN 'public' ELSE o.rolname END AS grantee,
            count(DISTINCT c.oid) AS count, min(format('%I.%I', n.nspname, c.relname)) AS example
        FROM pg_class c JOIN space n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) g
        LEFT JOIN ours o ON o.oid = g.grantee
        WHERE c.relkind = 'S' AND g.privilege_type IN ('USAGE', 'UPDATE') AND (g.grantee = 0 OR o.oid IS NOT NULL)
          AND c.relowner NOT IN (SELECT oid FROM ours)
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 20) s),
    'creates_in', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname,
            'public', has_schema_privilege('public', n.oid, 'CREATE')) ORDER BY n.nspname), '[]')
        FROM space n, me WHERE has_schema_privilege(me.oid, n.oid, 'CREATE') AND n.nspowner NOT IN (SELECT oid FROM ours)),
    'creates_schemas', (SELECT has_database_privilege(me.oid, d.oid, 'CREATE') AND d.datdba NOT IN (SELECT oid FROM ours)
        FROM pg_database d, me WHERE datname = current_database()),
    'temporary', (SELECT has_database_privilege(me.oid, d.oid, 'TEMPORARY') FROM pg_database d, me WHERE datname = current_database()),
    'temporary_public', (SELECT has_database_privilege('public', d.oid, 'TEMPORARY') FROM pg_database d WHERE datname = current_database()),
    'definers_count', (SELECT count(*) FROM pg_proc f JOIN space n ON n.oid = f.pronamespace JOIN pg_roles o ON o.oid = f.proowner, me
        WHERE f.prosecdef AND o.rolsuper AND has_function_privilege(me.oid, f.oid, 'EXECUTE')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')),
    'definers', ARRAY(SELECT f.oid::regprocedure::text FROM pg_proc f JOIN space n ON n.oid = f.pronamespace
        JOIN pg_roles o ON o.oid = f.proowner, me
        WHERE f.prosecdef AND o.rolsuper AND has_function_privilege(me.oid, f.oid, 'EXECUTE')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
        ORDER BY 1 LIMIT 5))";

/// What the role of this connection could do beyond reading.
///
/// # Errors
/// When the server does not answer.
pub async fn power(database: &Database) -> Result<Power, PgError> {
    let mut probe = database.probe().await?;
    let power = of_session(probe.connection()).await?;
    probe.finish().await;
    Ok(power)
}

/// The same for whoever a session belongs to.
pub(super) async fn of_session(connection: &mut PgConnection) -> Result<Power, PgError> {
    let oid: i64 = sqlx::query_scalar("SELECT /* dbwright */ oid::int8 FROM pg_roles WHERE rolname = current_user")
        .fetch_one(&mut *connection)
        .await?;
    let held = held(connection, oid).await?;
    Ok(Power { role: held.role.clone(), excess: held.excess() })
}

/// What everybody may do here.
pub(super) async fn public(database: &Database) -> Result<Vec<Excess>, PgError> {
    let mut probe = database.probe().await?;
    let held = held(probe.connection(), 0).await?;
    probe.finish().await;
    Ok(held.excess())
}

async fn held(connection: &mut PgConnection, oid: i64) -> Result<Held, PgError> {
    let Json(held): Json<Held> = sqlx::query_scalar(HELD).bind(oid).bind(GROUPS).fetch_one(connection).await?;
    Ok(held)
}
