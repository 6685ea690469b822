use super::*;

fn refused(sql: &str) -> Option<String> {
    dbwright_sql::parse(sql).unwrap().items().iter().find_map(refusal)
}

#[test]
fn sizes_are_bounded_through_every_disguise() {
    for sql in [
        "SELECT repeat(repeat(repeat('x', 100), 100), 100)",
        "SELECT length(rpad('x', 1000000000))",
        "SELECT repeat('x', (SELECT 1000000000))",
        "SELECT repeat('x', 10000 * 100000)",
        "SELECT repeat(s, 10000) FROM (SELECT repeat('x', 10000) AS s) q",
        "WITH a AS (SELECT repeat('x', 1000) s), b AS (SELECT repeat(s, 1000) s FROM a), c AS (SELECT repeat(s, 1000) s FROM b) SELECT length(s) FROM c",
        "SELECT replace(repeat('x', 100000), 'x', repeat('y', 1000))",
        "SELECT string_agg(repeat('x', 100000), '') FROM generate_series(1, 10000)",
        "SELECT array_agg(repeat('x', 10000)) FROM pg_class",
        "SELECT array_fill(1, '{100000,100000}'::int[])",
        "SELECT 'x'::char(10485760) || 'y'::char(10485760)",
        "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT concat(s, s) FROM r) SELECT max(length(s)) FROM r",
        "WITH RECURSIVE r(s, n) AS (SELECT 'x', 1 UNION ALL SELECT repeat(s, 2), n + 1 FROM r WHERE n < 40) SELECT * FROM r",
        "SELECT generate_series(1, 1000000000000)",
        "SELECT ARRAY(SELECT generate_series(1, 9999999))",
    ] {
        assert!(refused(sql).is_some(), "{sql}");
    }
}

#[test]
fn ordinary_formatting_passes() {
    for sql in [
        "SELECT rpad(name, 20) || lpad(total::text, 12) FROM t",
        "SELECT repeat('#', 40), repeat('-', 60), repeat(' ', 8) || name FROM t",
        "SELECT string_agg(rpad(name, 20), E'\\n') FROM t",
        "SELECT d FROM generate_series(now() - interval '30 days', now(), '1 day') d",
        "SELECT first || ' ' || last FROM people",
        "SELECT jsonb_agg(t) FROM t",
        "SELECT array_fill(0, ARRAY[10, 10])",
        "SELECT replace(name, 'a', 'bb') FROM t",
        "SELECT string_agg(n::text, ',') FROM generate_series(1, 1000) n",
        "SELECT count(*) FROM generate_series(1, 1000) a CROSS JOIN generate_series(1, 1000) b",
        "WITH RECURSIVE r AS (SELECT id, name::text AS path FROM t WHERE up IS NULL UNION ALL SELECT t.id, r.path || '/' || t.name FROM t JOIN r ON t.up = r.id) SELECT * FROM r",
    ] {
        assert_eq!(refused(sql), None, "{sql}");
    }
}
