-- Every figure by its name in JSON: names differ between versions of the extension (total_time
-- before 1.8, blk_read_time before 1.11, toplevel from 1.9, wal_bytes from 1.8).
WITH /* dbwright */ raw AS (
    SELECT to_jsonb(s) AS j FROM pg_stat_statements s
    WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
), seen AS (
    SELECT j ->> 'queryid' AS query_id, j ->> 'query' AS query, coalesce((j ->> 'toplevel')::bool, true) AS toplevel,
        (j ->> 'calls')::int8 AS calls, (j ->> 'rows')::int8 AS rows,
        coalesce(j ->> 'total_exec_time', j ->> 'total_time')::float8 AS total_ms,
        coalesce(j ->> 'max_exec_time', j ->> 'max_time')::float8 AS max_ms,
        coalesce(j ->> 'stddev_exec_time', j ->> 'stddev_time')::float8 AS stddev_ms,
        coalesce(j ->> 'total_plan_time', '0')::float8 AS plan_ms,
        (j ->> 'shared_blks_hit')::int8 AS hit, (j ->> 'shared_blks_read')::int8 AS read,
        (j ->> 'temp_blks_read')::int8 + (j ->> 'temp_blks_written')::int8 AS temp,
        coalesce(j ->> 'shared_blk_read_time', j ->> 'blk_read_time')::float8 AS read_ms,
        (j ->> 'wal_bytes')::numeric::float8 AS wal_bytes
    FROM raw
), ours AS (
    SELECT *, coalesce(position('/* dbwright */' IN query) > 0, false) AS own FROM seen
), grouped AS (
    SELECT query_id, min(query) AS query, sum(calls)::int8 AS calls, sum(rows)::int8 AS rows, sum(total_ms) AS total_ms,
        max(max_ms) AS max_ms, sum(plan_ms) AS plan_ms, sum(hit)::int8 AS hit, sum(read)::int8 AS read,
        sum(temp)::int8 AS temp, sum(read_ms) AS read_ms, sum(wal_bytes) AS wal_bytes,
        sqrt(greatest(sum(calls * (stddev_ms ^ 2 + (total_ms / calls) ^ 2)) / sum(calls) - (sum(total_ms) / sum(calls)) ^ 2, 0)) AS stddev_ms
    FROM ours WHERE toplevel AND NOT own AND query_id IS NOT NULL AND calls > 0 GROUP BY query_id
), listed AS (
    SELECT * FROM grouped WHERE calls >= $2
    ORDER BY CASE $1 WHEN 'total' THEN total_ms WHEN 'mean' THEN total_ms / calls WHEN 'calls' THEN calls
                     WHEN 'io' THEN read WHEN 'temp' THEN temp END DESC, total_ms DESC, query_id LIMIT $3
)
SELECT row_to_json(answer) FROM (SELECT
    (SELECT coalesce(sum(total_ms), 0) FROM ours WHERE toplevel AND NOT own) AS total_ms,
    (SELECT coalesce(sum(calls), 0)::int8 FROM ours WHERE toplevel AND NOT own) AS calls,
    (SELECT count(*) FROM grouped) AS distinct_statements,
    (SELECT count(*) FROM ours WHERE toplevel AND query_id IS NULL) AS hidden,
    (SELECT coalesce(sum(total_ms), 0) FROM ours WHERE toplevel AND query_id IS NULL) AS hidden_ms,
    (SELECT count(*) FROM ours WHERE NOT toplevel) AS nested,
    (SELECT count(*) FROM raw) AS entries,
    current_setting('pg_stat_statements.track', true) = 'all'
        AND NOT EXISTS (SELECT FROM raw WHERE j ? 'toplevel') AS counts_twice,
    current_setting('pg_stat_statements.max', true)::int8 AS most_entries,
    current_setting('track_io_timing')::bool AS io_timing,
    current_setting('block_size')::int8 AS block_size,
    coalesce((SELECT json_agg(listed) FROM listed), '[]') AS statements) answer
