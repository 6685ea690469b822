//! What the catalog says about a role that is wanted, before anything is planned.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// Everything that the plan depends on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Facts {
    pub(super) version_num: i32,
    pub(super) database: String,
    /// Who would run the statements.
    pub(super) administrator: String,
    pub(super) is_superuser: bool,
    pub(super) may_connect: bool,
    /// The role, when it is there.
    pub(super) role: Option<Role>,
    pub(super) schemas: Vec<Schema>,
    pub(super) relations: Vec<Relation>,
    pub(super) defaults: Vec<Default>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Role {
    pub(super) can_login: bool,
    pub(super) attributes: Vec<String>,
    pub(super) connection_limit: i32,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) member_of: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) has_usage: bool,
    /// Whether only an extension of ours lives in it.
    pub(super) is_extension: bool,
    /// Sequences, and those of them whose last value can be read.
    pub(super) sequences: i64,
    pub(super) readable_sequences: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Relation {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) has_select: bool,
    pub(super) columns: Vec<Column>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// Of a type that can hold a secret: text, bytes, JSON, UUID.
    pub(super) is_text: bool,
    pub(super) has_select: bool,
}

/// Default privileges of one owner in one schema.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Default {
    pub(super) owner: String,
    pub(super) schema: String,
    pub(super) is_granted: bool,
    /// The same for reading sequences.
    pub(super) is_granted_on_sequences: bool,
    /// Whether we may set them.
    pub(super) is_ours: bool,
}

/// Role oid 0 is PUBLIC: what everybody has is not granted again.
const FACTS: &str = "
WITH me AS (SELECT coalesce((SELECT oid FROM pg_roles WHERE rolname = $1), 0)::oid AS oid),
named AS (
    SELECT n.oid, n.nspname::text AS name FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND CASE WHEN cardinality($2::text[]) > 0 THEN n.nspname = ANY ($2)
          ELSE EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r','p','v','m','f')
                       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                       AND d.objid = c.oid AND d.deptype = 'e')) END),
extended AS (
    SELECT DISTINCT n.oid, n.nspname::text AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname IN ('pg_stat_statements', 'hypopg', 'pgstattuple') AND n.oid NOT IN (SELECT oid FROM named)
      AND n.nspname <> 'pg_catalog'),
relations AS (
    SELECT c.oid, n.name AS schema, c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner, c.relowner,
        n.oid AS namespace, c.relkind, has_table_privilege(me.oid, c.oid, 'SELECT') AS has_select
    FROM pg_class c JOIN named n ON n.oid = c.relnamespace CROSS JOIN me
    WHERE c.relkind IN ('r','p','v','m','f')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
SELECT /* dbwright */ json_build_object(
    'version_num', current_setting('server_version_num')::int,
    'database', current_database(),
    'administrator', current_user,
    'is_superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'may_connect', (SELECT has_database_privilege(me.oid, d.oid, 'CONNECT') FROM pg_database d, me WHERE datname = current_database()),
    'role', (SELECT json_build_object('can_login', rolcanlogin, 'connection_limit', rolconnlimit,
            'attributes', array_remove(ARRAY[CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
                CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
                CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL),
            'settings', coalesce((SELECT json_object_agg(split_part(s, '=', 1), substr(s, strpos(s, '=') + 1))
                FROM pg_db_role_setting g, unnest(g.setconfig) s WHERE g.setrole = r.oid AND g.setdatabase = 0), '{}'),
            'member_of', ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                WHERE m.member = r.oid ORDER BY 1))
        FROM pg_roles r JOIN me ON me.oid = r.oid),
    'schemas', (SELECT coalesce(json_agg(json_build_object('name', s.name, 'is_extension', s.is_extension,
            'has_usage', has_schema_privilege(me.oid, s.oid, 'USAGE'),
            'sequences', (SELECT count(*) FROM pg_class q WHERE q.relnamespace = s.oid AND q.relkind = 'S'),
            'readable_sequences', (SELECT count(*) FROM pg_class q WHERE q.relnamespace = s.oid 
                AND CASE WHEN q.relkind = 'S' THEN has_sequence_privilege(me.oid, q.oid, 'SELECT') END)) ORDER BY s.name), '[]')
        FROM (SELECT oid, name, false AS is_extension FROM named UNION ALL SELECT oid, name, true FROM extended) s, me),
    'relations', (SELECT coalesce(json_agg(json_build_object('schema', r.schema, 'name', r.name, 'owner', r.owner,
            'has_select', r.has_select,
            'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'is_text', t.typcategory IN ('S', 'U', 'A'),
                    'has_select', has_column_privilege(me.oid, r.oid, a.attnum, 'SELECT')) ORDER BY a.attnum), '[]')
                FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)) ORDER BY r.schema, r.name), '[]')
        FROM relations r, me),
    'defaults', (SELECT coalesce(json_agg(json_build_object('owner', o.owner, 'schema', o.schema,
            'is_ours', pg_has_role(o.relowner, 'MEMBER'),
            'is_granted', EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) g
                WHERE d.defaclrole = o.relowner AND d.defaclnamespace IN (0, o.namespace) AND d.defaclobjtype = 'r'
                  AND g.privilege_type = 'SELECT' AND g.grantee IN (0, me.oid)),
            'is_granted_on_sequences', EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) g
                WHERE d.defaclrole = o.relowner AND d.defaclnamespace IN (0, o.namespace) AND d.defaclobjtype = 'S'
                  AND g.privilege_type = 'SELECT' AND g.grantee IN (0, me.oid))) ORDER BY o.schema, o.owner), '[]')
        FROM (SELECT DISTINCT owner, relowner, schema, namespace FROM relations) o, me))";

pub(super) async fn read(database: &Database, role: &str, schemas: &[String]) -> Result<Facts, PgError> {
    let mut probe = database.probe().await?;
    let Json(facts): Json<Facts> =
        sqlx::query_scalar(FACTS).bind(role).bind(schemas).fetch_one(probe.connection()).await?;
    probe.finish().await;
    Ok(facts)
}
