-- Measures statements inside one backend: CPU time from the kernel's account of the process (not wall time, which says
-- little on a shared machine) and shared buffers from EXPLAIN. Needs a superuser on Linux.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.statement (n int, kind text, sql text, PRIMARY KEY (kind, n));
CREATE TABLE IF NOT EXISTS bench.run (
    label text, kind text, n int, cpu_ms float8, buffers bigint, cost float8, rows float8, indexes text[],
    PRIMARY KEY (label, kind, n));

CREATE OR REPLACE FUNCTION bench.cpu_ms() RETURNS float8 LANGUAGE sql VOLATILE AS
    $$ SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6 $$;

-- Runs one statement until it has used 100 ms of CPU in at least three runs, or 500 times, after one run that fills the
-- cache; once more where that took two seconds. A write is rolled back each time.
CREATE OR REPLACE FUNCTION bench.one(run_label text, run_kind text, at int, text_of text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    plan json; best float8; spent float8 := 0; began float8; used float8; runs int := 0; slow boolean := false;
BEGIN
    IF run_kind = 'read' THEN
        began := bench.cpu_ms();
        EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || text_of INTO plan;
        slow := bench.cpu_ms() - began > 2000;
    END IF;
    LOOP
        EXIT WHEN runs >= 500 OR (runs >= 3 AND spent > 100) OR (slow AND runs >= 1);
        BEGIN
            began := bench.cpu_ms();
            EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || text_of INTO plan;
            used := bench.cpu_ms() - began;
            IF run_kind = 'write' THEN RAISE EXCEPTION 'undo' USING ERRCODE = 'UNDO1'; END IF;
        EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
        END;
        runs := runs + 1;
        spent := spent + used;
    END LOOP;
    INSERT INTO bench.run SELECT run_label, run_kind, at, greatest(spent / runs, 0.001),
        (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint,
        (plan -> 0 -> 'Plan' ->> 'Total Cost')::float8, (plan -> 0 -> 'Plan' ->> 'Actual Rows')::float8,
        ARRAY(SELECT DISTINCT name #>> '{}' FROM jsonb_path_query(plan::jsonb, '$.**."Index Name"') name)
    ON CONFLICT (label, kind, n) DO UPDATE SET cpu_ms = least(bench.run.cpu_ms, excluded.cpu_ms), buffers = excluded.buffers,
        cost = excluded.cost, rows = excluded.rows, indexes = excluded.indexes;
END $$;

CREATE OR REPLACE PROCEDURE bench.measure(run_label text, run_kind text) LANGUAGE plpgsql AS $$
DECLARE item record;
BEGIN
    FOR item IN SELECT n, sql FROM bench.statement WHERE kind = run_kind ORDER BY n LOOP
        PERFORM bench.one(run_label, run_kind, item.n, item.sql);
        COMMIT;
    END LOOP;
END $$;
