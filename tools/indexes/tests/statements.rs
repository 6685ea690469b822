//! Golden: what real statements ask for, and which indexes are proposed for them.

mod common;

use dbwright_indexes::{ParameterUse, QueryShape, analyze, candidates, hypothetical_statement, implied_statements};

/// The shape on a few lines.
fn show(shape: &QueryShape) -> String {
    let mut out = String::new();
    for relation in &shape.relations {
        let reads = if relation.whole_row {
            "*".to_owned()
        } else {
            relation.reads.iter().cloned().collect::<Vec<_>>().join(",")
        };
        let limited = if relation.limited { " limited" } else { "" };
        out += &format!("  {} {} reads [{reads}]{limited}\n", relation.table, relation.alias);
        for predicate in &relation.predicates {
            let branch = if predicate.branch == 0 { String::new() } else { format!(" arm {}", predicate.branch) };
            out += &format!("    {} {:?} {:?}{branch}\n", predicate.key.sql(), predicate.kind, predicate.value);
        }
        for sort in &relation.sorts {
            let keys: Vec<String> = sort
                .iter()
                .map(|key| format!("{}{}", key.key.sql(), if key.direction.descending { " desc" } else { "" }))
                .collect();
            out += &format!("    sort {}\n", keys.join(", "));
        }
    }
    for note in &shape.notes {
        out += &format!("  note: {note}\n");
    }
    out
}

fn report(sql: &str) -> String {
    let catalog = common::catalog();
    let shape = match analyze(sql, &catalog) {
        Ok(shape) => shape,
        Err(error) => return format!("{sql}\n  skipped: {error}\n"),
    };
    let mut out = format!("{sql}\n{}", show(&shape));
    for implied in implied_statements(&shape, &catalog) {
        out += &format!("  implies: {}\n", implied.sql);
    }
    for candidate in candidates(&[shape], &catalog).candidates {
        let statement = hypothetical_statement(&candidate);
        out += &format!("  + {}\n", statement.strip_prefix("CREATE INDEX ON ").unwrap_or(&statement));
    }
    out
}

macro_rules! golden {
    ($($name:ident: $sql:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), report($sql));
        }
    )*};
}

golden! {
    equality: "SELECT * FROM orders WHERE tenant_id = $1 AND total = 5";
    equality_and_range: "SELECT id FROM orders WHERE tenant_id = $1 AND created_at > now() - interval '1 day'";
    equality_and_order: "SELECT * FROM orders o WHERE o.tenant_id = $1 ORDER BY o.created_at DESC LIMIT 20";
    mixed_directions: "SELECT id FROM orders WHERE tenant_id = 7 ORDER BY total DESC, created_at LIMIT 5";
    in_list_and_order: "SELECT * FROM orders WHERE tenant_id IN (1, 2, 3) AND status = $1 ORDER BY created_at LIMIT 5";
    rare_constant: "SELECT id, total FROM orders WHERE status = 'failed' AND tenant_id = $1";
    frequent_constant: "SELECT id, total FROM orders WHERE status = 'done'";
    literal_keeps_its_case: "SELECT id FROM orders WHERE status = 'FAILED'";
    not_deleted: "SELECT id FROM orders WHERE deleted_at IS NOT NULL AND customer_id = $1";
    rare_boolean: "SELECT id FROM orders WHERE flagged ORDER BY created_at LIMIT 10";
    negated_boolean: "SELECT id FROM orders WHERE NOT flagged AND tenant_id = 3";
    lower_email: "SELECT id FROM customers WHERE lower(email) = lower($1)";
    json_field: "SELECT id FROM orders WHERE data->>'source' = 'web' AND tenant_id = $1";
    json_cast: "SELECT id FROM orders WHERE (data->>'priority')::int > 3";
    json_contains: "SELECT id FROM orders WHERE data @> '{\"vip\": true}'";
    array_contains: "SELECT id FROM orders WHERE tags @> ARRAY['rush'] OR tags && ARRAY['vip']";
    full_text: "SELECT id FROM customers WHERE document @@ plainto_tsquery('english', $1)";
    prefix_like: "SELECT id FROM customers WHERE name LIKE 'Mar%'";
    inner_like: "SELECT id FROM customers WHERE name ILIKE '%smith%'";
    unsargable_cast: "SELECT count(*) FROM orders WHERE created_at::date = '2024-01-01'";
    local_cast: "SELECT count(*) FROM orders WHERE local_at::date = '2024-01-01'";
    join: "SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.tenant_id = 4 AND o.status = 'open'";
    join_using: "SELECT count(*) FROM orders JOIN customers USING (tenant_id) WHERE country = 'DE'";
    left_join_two_keys: "SELECT i.* FROM orders o LEFT JOIN order_items i ON i.order_id = o.id AND i.product_id = $2 WHERE o.id = $1";
    cte: "WITH recent AS (SELECT * FROM orders WHERE created_at > $1) SELECT r.id FROM recent r WHERE r.tenant_id = $2 ORDER BY r.total";
    derived_columns: "SELECT x.t FROM (SELECT tenant_id AS t, lower(email) AS mail FROM customers) x WHERE x.mail = $1 AND x.t = 4";
    lateral: "SELECT c.id, last.total FROM customers c, LATERAL (SELECT o.total FROM orders o WHERE o.customer_id = c.id ORDER BY o.created_at DESC LIMIT 1) last WHERE c.tenant_id = $1";
    exists: "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.product_id = 9)";
    in_subquery: "SELECT * FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE country = 'CH')";
    scalar_subquery: "SELECT * FROM orders o WHERE total > (SELECT avg(i.price) FROM order_items i WHERE i.order_id = o.id)";
    or_arms: "SELECT id FROM orders WHERE (tenant_id = 1 AND status = 'open') OR (tenant_id = 2 AND total > 9)";
    or_as_list: "SELECT id FROM orders WHERE customer_id = 1 OR customer_id = 2";
    union: "SELECT id FROM orders WHERE total = 1 UNION ALL SELECT id FROM customers WHERE country = 'FR'";
    grouping: "SELECT tenant_id, count(*) FROM orders GROUP BY tenant_id";
    min_max: "SELECT max(created_at) FROM orders WHERE tenant_id = 3";
    distinct_on: "SELECT DISTINCT ON (customer_id) customer_id, total FROM orders ORDER BY customer_id, created_at DESC";
    window: "SELECT id, row_number() OVER (PARTITION BY tenant_id ORDER BY created_at) FROM orders";
    keyset: "SELECT * FROM orders WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 20";
    quoted_names: "SELECT \"Kind\" FROM \"App\".\"User Events\" e WHERE e.\"userId\" = $1 AND e.at >= '2024-01-01'";
    update: "UPDATE orders SET status = 'done' WHERE tenant_id = $1 AND status = 'open'";
    delete_and_its_checks: "DELETE FROM customers WHERE tenant_id = $1";
    insert_select: "INSERT INTO products (id) SELECT product_id FROM order_items WHERE quantity = 9";
    own_function: "SELECT id FROM customers WHERE app_slug(name) = $1";
    volatile_function: "SELECT id FROM customers WHERE md5(name || random()::text) = $1";
    existing_index_serves: "SELECT * FROM orders WHERE customer_id = $1";
    tpch_q17: "SELECT sum(l_extendedprice) / 7.0 FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand = 'Brand#23' AND p_container = 'MED BOX' AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem WHERE l_partkey = p_partkey)";
    tpch_q19: "SELECT sum(l_extendedprice * (1 - l_discount)) FROM lineitem, part WHERE (p_partkey = l_partkey AND p_brand = 'Brand#12' AND l_quantity >= 1 AND l_shipmode IN ('AIR', 'AIR REG')) OR (p_partkey = l_partkey AND p_brand = 'Brand#23' AND l_quantity >= 10 AND l_shipmode IN ('AIR', 'AIR REG'))";
    tpch_q6: "SELECT sum(l_extendedprice * l_discount) FROM lineitem WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1994-01-01' + interval '1 year' AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24";
    recursive: "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT o.id FROM t JOIN orders o ON o.tenant_id = t.n";
    small_table: "SELECT id FROM products WHERE sku = 'a'";
    view: "SELECT v.id FROM open_orders v WHERE v.tenant = 3 ORDER BY v.id DESC LIMIT 5";
    partitions: "SELECT id FROM events WHERE kind = 'a' AND at > $1";
    heirs_hash_and_ranges: "SELECT during FROM visits WHERE page = $1 AND during @> now()";
    not_equal: "SELECT id FROM orders WHERE status <> 'done' AND tenant_id = $1";
    insert_values: "INSERT INTO orders (id) VALUES (1)";
    skipped_syntax: "SELEC id FROM orders";
    skipped_unknown: "SELECT * FROM nowhere.orders";
    skipped_ddl: "ALTER TABLE orders ADD COLUMN x int";
    skipped_constant: "SELECT 1";
    skipped_two: "SELECT 1; SELECT 2";
    skipped_system: "SELECT * FROM pg_class WHERE relname = 'x'";
}

/// One candidate list for a workload: shared columns lead, nothing twice.
#[test]
fn workload_shares_candidates() {
    let catalog = common::catalog();
    let shapes: Vec<QueryShape> = [
        "SELECT id FROM orders WHERE tenant_id = $1 AND total = $2",
        "SELECT id FROM orders WHERE tenant_id = $1 AND flagged",
        "SELECT id FROM orders WHERE tenant_id = $1",
    ]
    .iter()
    .map(|sql| analyze(sql, &catalog).unwrap())
    .collect();
    let proposals = candidates(&shapes, &catalog);
    for (at, candidate) in proposals.candidates.iter().enumerate() {
        assert!(!proposals.candidates.iter().skip(at + 1).any(|other| other.is_same_index(candidate)));
    }
    let shared = proposals.candidates.iter().position(|candidate| candidate.key_texts() == ["tenant_id", "total"]);
    let shared = shared.expect("the popular column leads in one variant");
    assert!(proposals.relevant.iter().all(|relevant| relevant.contains(&shared)));
}

/// Every placeholder of ordinary statements is tied to a key or to LIMIT and OFFSET.
#[test]
fn placeholders_are_bound_to_what_they_are_compared_with() {
    let catalog = common::catalog();
    let sql = "SELECT id FROM orders o WHERE tenant_id = $1 AND created_at BETWEEN $2 AND $3 AND status IN ($4, $5) \
        AND customer_id = ANY($6::bigint[]) AND EXISTS (SELECT 1 FROM customers WHERE lower(email) = lower($7)) LIMIT $8 OFFSET $9";
    let shape = analyze(sql, &catalog).unwrap();
    assert_eq!(shape.parameters, 9);
    let bound: Vec<String> = shape
        .bindings
        .values()
        .map(|binding| match binding {
            ParameterUse::Compared { key, operator, .. } => format!("{} {operator}", key.sql()),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "tenant_id =",
        "created_at >=",
        "created_at <=",
        "status =",
        "status =",
        "customer_id any",
        "lower(email) =",
        "Limit",
        "Offset",
    ];
    assert_eq!(bound, expected);
}

/// A column that the workload updates is no payload: its updates would have to write the index.
#[test]
fn updated_columns_are_never_included() {
    let catalog = common::catalog();
    let shapes: Vec<QueryShape> = [
        "SELECT total FROM orders WHERE tenant_id = $1 AND created_at > $2",
        "UPDATE orders SET total = total + $1 WHERE id = $2",
    ]
    .iter()
    .map(|sql| analyze(sql, &catalog).unwrap())
    .collect();
    let alone = candidates(shapes.get(..1).unwrap(), &catalog).candidates;
    assert!(alone.iter().any(|candidate| candidate.include.contains(&"total".to_owned())));
    let together = candidates(&shapes, &catalog).candidates;
    assert!(together.iter().all(|candidate| !candidate.include.contains(&"total".to_owned())));
}
