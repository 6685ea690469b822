//! Policies, functions and grants; extensions and collations.

use dbwright_checks::Snapshot;

use super::reader::{Query, Reader};
use crate::PgError;

const POLICIES: Query = Query::new(
    "WITH locked AS MATERIALIZED ({locked})
    SELECT p.polname::text AS name, p.polrelid::int8 AS \"table\",
        json_build_object('schema', n.nspname, 'name', c.relname) AS relation, p.polpermissive AS permissive,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
            ELSE 'ALL' END AS command,
        ARRAY(SELECT coalesce(r.rolname::text, 'public') FROM unnest(p.polroles) o(oid)
              LEFT JOIN pg_roles r ON r.oid = o.oid) AS roles,
        CASE WHEN p.polrelid NOT IN (TABLE locked) THEN pg_get_expr(p.polqual, p.polrelid) END AS \"using\",
        CASE WHEN p.polrelid NOT IN (TABLE locked) THEN pg_get_expr(p.polwithcheck, p.polrelid) END AS \"check\",
        coalesce((SELECT json_agg(json_build_object('schema', fn.nspname, 'name', f.proname, 'volatility',
                CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END))
            FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid JOIN pg_namespace fn ON fn.oid = f.pronamespace
            WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_proc'::regclass), '[]')
            AS functions
    FROM pg_policy p
    JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {user_relation}
    ORDER BY n.nspname, c.relname, p.polname",
);

const DEFINER_FUNCTIONS: Query = Query::new(
    "SELECT json_build_object('schema', n.nspname, 'name', f.proname) AS function,
        pg_get_function_identity_arguments(f.oid) AS arguments, o.rolname::text AS owner,
        o.rolsuper AS owner_superuser,
        EXISTS (SELECT FROM unnest(f.proconfig) s WHERE s LIKE 'search_path=%') AS fixed_search_path,
        f.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(f.proacl) g
            WHERE g.grantee = 0 AND g.privilege_type = 'EXECUTE') AS public_execute,
        ARRAY(SELECT pg_get_userbyid(g.grantee)::text FROM aclexplode(f.proacl) g
              WHERE g.privilege_type = 'EXECUTE' AND g.grantee NOT IN (0, f.proowner)) AS executable_by
    FROM pg_proc f
    JOIN pg_namespace n ON n.oid = f.pronamespace
    JOIN pg_roles o ON o.oid = f.proowner
    WHERE f.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid
                      AND e.deptype = 'e')
    ORDER BY n.nspname, f.proname, 2",
);

// A view reads with its owner's rights: policies do not hold for superusers, for roles with
// BYPASSRLS and for the owner of the table.
const VIEWS: Query = Query::new(
    "SELECT json_build_object('schema', n.nspname, 'name', c.relname) AS name,
        CASE c.relkind WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign' ELSE 'view' END AS kind,
        o.rolname::text AS owner,
        coalesce((SELECT bool_or(lower(v.option_value) IN ('true', 'on', '1', 'yes'))
                  FROM pg_options_to_table(c.reloptions) v WHERE v.option_name = 'security_invoker'), false)
            AS security_invoker,
        ARRAY(SELECT DISTINCT quote_ident(tn.nspname) || '.' || quote_ident(t.relname)
              FROM pg_rewrite w
              JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                  AND d.refclassid = 'pg_class'::regclass
              JOIN pg_class t ON t.oid = d.refobjid AND t.relrowsecurity
              JOIN pg_namespace tn ON tn.oid = t.relnamespace
              WHERE w.ev_class = c.oid AND c.relkind = 'v'
                AND (o.rolsuper OR o.rolbypassrls OR (t.relowner = c.relowner AND NOT t.relforcerowsecurity))
              ORDER BY 1) AS bypassed,
        {grants} AS grants
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_roles o ON o.oid = c.relowner
    WHERE c.relkind IN ('v', 'm', 'f') AND {user_relation}
    ORDER BY n.nspname, c.relname",
);

const SCHEMA_GRANTS: Query = Query::new(
    "SELECT n.nspname::text AS schema, EXISTS (SELECT FROM aclexplode(n.nspacl) g
            WHERE g.grantee = 0 AND g.privilege_type = 'CREATE') AS public_create,
        ARRAY(SELECT CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee)::text END
              FROM aclexplode(n.nspacl) g WHERE g.privilege_type = 'USAGE') AS usage
    FROM pg_namespace n
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    ORDER BY n.nspname",
);

const EXTENSIONS: Query = Query::new(
    "SELECT e.extname::text AS name, n.nspname::text AS schema, e.extversion AS installed,
        v.default_version AS available
    FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace
    LEFT JOIN pg_available_extensions v ON v.name = e.extname
    ORDER BY e.extname",
);

// Only collations that columns use: asking the library about all of them takes long.
const COLLATIONS: Query = Query::new(
    "SELECT k.collname_quoted AS name, k.collversion AS recorded, pg_collation_actual_version(k.oid) AS actual
    FROM (SELECT l.oid, l.collversion, quote_ident(ln.nspname) || '.' || quote_ident(l.collname) AS collname_quoted
          FROM pg_collation l JOIN pg_namespace ln ON ln.oid = l.collnamespace
          WHERE l.collversion IS NOT NULL AND l.oid IN (
              SELECT a.attcollation FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
              JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE a.attcollation <> 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'i', 'I')
                AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'))
          OFFSET 0) k
    WHERE k.collversion <> pg_collation_actual_version(k.oid)
    ORDER BY 1",
);

pub(super) async fn read(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.policies = reader.rows(&POLICIES).await?;
    snapshot.definer_functions = reader.rows(&DEFINER_FUNCTIONS).await?;
    snapshot.views = reader.rows(&VIEWS).await?;
    snapshot.schema_grants = reader.rows(&SCHEMA_GRANTS).await?;
    Ok(())
}

pub(super) async fn read_extensions(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.extensions = reader.rows(&EXTENSIONS).await?;
    snapshot.collations = reader.rows(&COLLATIONS).await?;
    Ok(())
}
