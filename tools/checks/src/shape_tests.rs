use super::*;

#[test]
fn orm_lookup_is_recognised() {
    let found = lookup(r#"SELECT "orders".* FROM "orders" WHERE "orders"."customer_id" = $1 LIMIT $2"#).unwrap();
    assert_eq!(found, Lookup { schema: None, table: "orders".into(), columns: vec!["customer_id".into()] });
    let found = lookup("/* a */ select id from shop.items i where (i.a = $1::bigint) and $2 = i.b order by 1").unwrap();
    assert_eq!(
        found,
        Lookup { schema: Some("shop".into()), table: "items".into(), columns: vec!["a".into(), "b".into()] }
    );
}

#[test]
fn ranges_lists_joins_and_writes_have_no_shape() {
    for sql in [
        "SELECT * FROM t WHERE a > $1",
        "SELECT * FROM t WHERE a IN ($1, $2)",
        "SELECT * FROM t WHERE a = ANY($1)",
        "SELECT * FROM t, u WHERE t.a = $1",
        "SELECT * FROM t JOIN u ON u.a = t.a WHERE t.a = $1",
        "SELECT * FROM t WHERE a = $1 OR b = $2",
        "SELECT a, count(*) FROM t WHERE a = $1 GROUP BY a",
        "UPDATE t SET a = $1 WHERE b = $2",
        "SELECT $1",
        "SELECT * FROM t WHERE a = $1 AND",
    ] {
        assert_eq!(lookup(sql), None, "{sql}");
    }
}
