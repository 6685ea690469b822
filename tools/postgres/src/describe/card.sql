WITH /* dbwright */ RECURSIVE tree(oid) AS (
    SELECT $1::int8::oid
    UNION ALL
    SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.oid
        JOIN pg_class p ON p.oid = i.inhrelid AND p.relispartition
), locked(oid) AS (
    SELECT relation FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), block(size) AS (
    SELECT current_setting('block_size')::int8
), action(code, words) AS (
    VALUES ('c', 'cascade'), ('n', 'set null'), ('d', 'set default'), ('r', 'restrict')
), state(locked) AS (
    -- pg_get_expr and its kin lock the relation that they speak about.
    SELECT EXISTS (SELECT FROM tree JOIN locked USING (oid))
), sized AS (
    SELECT sum(CASE WHEN c.relkind IN ('r', 'm') THEN greatest(c.reltuples, 0) END)::int8 AS rows,
           bool_and(c.reltuples >= 0 AND (c.reltuples > 0 OR c.relpages > 0 OR current_setting('server_version_num')::int >= 140000)
                    OR CASE WHEN c.oid NOT IN (SELECT oid FROM locked) THEN pg_relation_size(c.oid) = 0 END) FILTER (WHERE c.relkind IN ('r', 'm')) AS analysed,
           sum(CASE WHEN c.oid IN (SELECT oid FROM locked)
                    THEN (greatest(c.relpages, 0) + coalesce(toast.relpages, 0)) * (SELECT size FROM block)
                    WHEN c.relkind IN ('r', 'm') THEN pg_table_size(c.oid) ELSE 0 END)::int8 AS table_bytes
    FROM tree JOIN pg_class c ON c.oid = tree.oid LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
), index_sized AS (
    SELECT i.indrelid, i.indexrelid,
           CASE WHEN i.indexrelid IN (SELECT oid FROM locked) OR i.indrelid IN (SELECT oid FROM locked)
                THEN ic.relpages * (SELECT size FROM block)
                WHEN ic.relkind = 'i' THEN pg_relation_size(i.indexrelid) ELSE 0 END::int8 AS bytes
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM tree)
)
SELECT row_to_json(card) FROM (SELECT
    CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END AS relation_kind,
    n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner,
    obj_description(c.oid, 'pg_class') AS comment,
    CASE WHEN sized.analysed THEN sized.rows END AS estimated_rows,
    coalesce(sized.table_bytes, 0) AS table_bytes,
    coalesce((SELECT sum(bytes)::int8 FROM index_sized), 0) AS index_bytes,
    state.locked,
    coalesce(c.reloptions, '{}') AS options,
    coalesce((SELECT json_agg(json_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
            'default', CASE WHEN NOT state.locked THEN pg_get_expr(d.adbin, d.adrelid) END,
            'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
            'generated', a.attgenerated <> '',
            'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
                       FROM (SELECT * FROM pg_enum WHERE enumtypid = a.atttypid ORDER BY enumsortorder LIMIT 20) e),
            'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns,
    coalesce((SELECT json_agg(a.attname ORDER BY k.at)
        FROM pg_constraint p CROSS JOIN unnest(p.conkey) WITH ORDINALITY AS k(attnum, at)
        JOIN pg_attribute a ON a.attrelid = p.conrelid AND a.attnum = k.attnum
        WHERE p.conrelid = c.oid AND p.contype = 'p'), '[]') AS primary_key,
    coalesce((SELECT json_agg(json_build_object(
            'name', f.conname,
            'columns', (SELECT json_agg(a.attname ORDER BY k.at) FROM unnest(f.conkey) WITH ORDINALITY AS k(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
            'references', format('%I.%I', rn.nspname, r.relname),
            'referenced_columns', (SELECT json_agg(a.attname ORDER BY k.at) FROM unnest(f.confkey) WITH ORDINALITY AS k(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.attnum),
            'on_delete', (SELECT words FROM action WHERE code = f.confdeltype::text),
            'validated', f.convalidated) ORDER BY f.conname)
        FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
        -- The copies that point at single partitions of the referenced table say nothing new.
        WHERE f.conrelid = c.oid AND f.contype = 'f'
          AND NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = f.conparentid AND up.conrelid = f.conrelid)), '[]') AS foreign_keys,
    coalesce((SELECT json_agg(json_build_object(
            'table', format('%I.%I', fn.nspname, fc.relname),
            'columns', (SELECT json_agg(a.attname ORDER BY k.at) FROM unnest(f.conkey) WITH ORDINALITY AS k(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.attnum),
            'on_delete', (SELECT words FROM action WHERE code = f.confdeltype::text)) ORDER BY fn.nspname, fc.relname, f.conname)
        FROM pg_constraint f JOIN pg_class fc ON fc.oid = f.conrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
        WHERE f.confrelid = c.oid AND f.contype = 'f' AND f.conparentid = 0), '[]') AS referenced_by,
    coalesce((SELECT json_agg(json_build_object(
            'name', ic.relname,
            'definition', CASE WHEN state.locked THEN (SELECT am.amname FROM pg_am am WHERE am.oid = ic.relam) || ' ('
                    || (SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid) || ')'
                ELSE substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$') END,
            'unique', i.indisunique, 'primary', i.indisprimary, 'valid', i.indisvalid AND i.indisready,
            'bytes', CASE WHEN ic.relkind = 'I' THEN coalesce((
                    WITH RECURSIVE parts(oid) AS (
                        SELECT i.indexrelid UNION ALL
                        SELECT h.inhrelid FROM pg_inherits h JOIN parts ON h.inhparent = parts.oid)
                    SELECT sum(p.bytes)::int8 FROM index_sized p JOIN parts ON parts.oid = p.indexrelid), 0)
                ELSE z.bytes END,
            'scans', CASE WHEN ic.relkind = 'i' THEN pg_stat_get_numscans(i.indexrelid) END)
            ORDER BY i.indisprimary DESC, ic.relname)
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN index_sized z USING (indexrelid)
        WHERE i.indrelid = c.oid), '[]') AS indexes,
    coalesce((SELECT json_agg(json_build_object(
            'name', k.conname, 'definition', CASE WHEN state.locked THEN '(not readable while the table is locked)' ELSE pg_get_constraintdef(k.oid, true) END, 'validated', k.convalidated) ORDER BY k.conname)
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'x')), '[]') AS checks,
    coalesce((SELECT json_agg(json_build_object(
            'name', t.tgname,
            'definition', CASE WHEN state.locked THEN '(not readable while the table is locked)'
                ELSE regexp_replace(pg_get_triggerdef(t.oid, true), '^CREATE (CONSTRAINT )?TRIGGER \S+ ', '') END,
            'enabled', t.tgenabled <> 'D') ORDER BY t.tgname)
        FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal), '[]') AS triggers,
    c.relrowsecurity AS row_security, c.relforcerowsecurity AS row_security_forced,
    coalesce((SELECT json_agg(json_build_object(
            'name', p.polname, 'permissive', p.polpermissive,
            'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                WHEN 'd' THEN 'delete' ELSE 'all' END,
            'roles', (SELECT json_agg(CASE WHEN role = 0 THEN 'public' ELSE pg_get_userbyid(role) END) FROM unnest(p.polroles) AS role),
            'using', CASE WHEN NOT state.locked THEN pg_get_expr(p.polqual, p.polrelid) END, 'with_check', CASE WHEN NOT state.locked THEN pg_get_expr(p.polwithcheck, p.polrelid) END) ORDER BY p.polname)
        FROM pg_policy p WHERE p.polrelid = c.oid), '[]') AS policies,
    CASE WHEN c.relkind = 'p' OR c.relispartition THEN json_build_object(
        'key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'parent', (SELECT format('%I.%I', pn.nspname, pc.relname) FROM pg_inherits h JOIN pg_class pc ON pc.oid = h.inhparent
                   JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE h.inhrelid = c.oid),
        'bound', CASE WHEN NOT state.locked THEN pg_get_expr(c.relpartbound, c.oid) END,
        'partitions', (SELECT count(*) FROM pg_inherits WHERE inhparent = c.oid),
        'first_partitions', coalesce((SELECT json_agg(line) FROM (
            SELECT pc.relname || ' ' || coalesce(CASE WHEN NOT state.locked THEN pg_get_expr(pc.relpartbound, pc.oid) END, '') AS line
            FROM pg_inherits h JOIN pg_class pc ON pc.oid = h.inhrelid WHERE h.inhparent = c.oid
            ORDER BY pc.relname LIMIT 12) parts), '[]')) END AS partitioning,
    CASE WHEN c.relkind IN ('r', 'm', 'p') THEN (SELECT json_build_object(
            'seq_scans', coalesce(sum(s.seq_scan), 0)::int8, 'index_scans', coalesce(sum(s.idx_scan), 0)::int8,
            'live_rows', coalesce(sum(s.n_live_tup), 0)::int8, 'dead_rows', coalesce(sum(s.n_dead_tup), 0)::int8,
            'inserts', coalesce(sum(s.n_tup_ins), 0)::int8, 'updates', coalesce(sum(s.n_tup_upd), 0)::int8,
            'deletes', coalesce(sum(s.n_tup_del), 0)::int8,
            'changed_since_analyze', coalesce(sum(s.n_mod_since_analyze), 0)::int8,
            'analyzed_seconds_ago', extract(epoch FROM clock_timestamp() - min(greatest(s.last_analyze, s.last_autoanalyze)))::int8,
            'vacuumed_seconds_ago', extract(epoch FROM clock_timestamp() - min(greatest(s.last_vacuum, s.last_autovacuum)))::int8)
        FROM tree JOIN pg_stat_all_tables s ON s.relid = tree.oid) END AS stats
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN sized CROSS JOIN state WHERE c.oid = $1::int8::oid) card
