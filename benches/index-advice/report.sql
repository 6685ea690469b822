-- Before, with and after: `psql -f report.sql` after the three measurements.
\pset footer off
\echo Statements (CPU in ms; ratio is with / before; control is after the indexes were dropped again / before)
SELECT b.n, round(b.cpu_ms::numeric, 2) AS before, round(w.cpu_ms::numeric, 2) AS "with",
    round((w.cpu_ms / b.cpu_ms)::numeric, 4) AS ratio, round((a.cpu_ms / b.cpu_ms)::numeric, 2) AS control,
    b.buffers AS buffers_before, w.buffers AS buffers_with, CASE WHEN b.rows <> w.rows THEN 'ROWS DIFFER' END AS problem,
    left(s.sql, 70) AS statement
FROM bench.run b JOIN bench.run w USING (kind, n) LEFT JOIN bench.run a ON a.label = 'after' AND (a.kind, a.n) = (b.kind, b.n)
JOIN bench.statement s ON (s.kind, s.n) = (b.kind, b.n)
WHERE b.label = 'before' AND w.label = 'with' AND b.kind = 'read' ORDER BY w.cpu_ms DESC;
\echo Totals
SELECT b.kind, count(*) AS statements, round(sum(b.cpu_ms)::numeric, 1) AS cpu_before, round(sum(w.cpu_ms)::numeric, 1) AS cpu_with,
    round((sum(w.cpu_ms) / sum(b.cpu_ms))::numeric, 5) AS total_ratio,
    round(exp(avg(ln(w.cpu_ms / b.cpu_ms)))::numeric, 5) AS geometric_mean,
    round((sum(w.buffers) / sum(b.buffers))::numeric, 5) AS buffers_ratio,
    count(*) FILTER (WHERE w.cpu_ms > b.cpu_ms * 1.1 AND w.cpu_ms - b.cpu_ms > 0.5 AND w.buffers > b.buffers) AS worse
FROM bench.run b JOIN bench.run w USING (kind, n) WHERE b.label = 'before' AND w.label = 'with' GROUP BY 1 ORDER BY 1;
\echo Indexes
SELECT count(*) AS indexes, pg_size_pretty(coalesce(sum(pg_relation_size(format('%I.%I', schemaname, indexname)::regclass)), 0)) AS size
FROM pg_indexes WHERE schemaname = 'public' AND indexname IN (SELECT unnest(indexes) FROM bench.run WHERE label = 'with')
  AND indexname NOT LIKE '%pkey';
