//! A catalog of a shop, an order-entry schema and its awkward corners, with statistics.

use dbwright_indexes::{
    Catalog, Column, CommonValue, ForeignKey, Index, IndexColumn, Table, TableKind, TableName, WriteCounters,
};

pub(crate) fn column(name: &str, data_type: &str, n_distinct: f64, width: f64) -> Column {
    Column {
        nullable: false,
        n_distinct: Some(n_distinct),
        null_frac: Some(0.0),
        avg_width: Some(width),
        ..Column::new(name, data_type)
    }
}

fn with_values(mut column: Column, values: &[(&str, f64)]) -> Column {
    column.common =
        values.iter().map(|(value, frequency)| CommonValue { value: (*value).into(), frequency: *frequency }).collect();
    column
}

fn with_nulls(mut column: Column, share: f64) -> Column {
    column.nullable = true;
    column.null_frac = Some(share);
    column
}

pub(crate) fn btree(name: &str, columns: &[&str]) -> Index {
    Index {
        name: name.into(),
        method: "btree".into(),
        keys: columns
            .iter()
            .map(|key| IndexColumn {
                key: (*key).into(),
                expression: false,
                opclass: None,
                descending: false,
                nulls_first: false,
            })
            .collect(),
        include: Vec::new(),
        predicate: None,
        unique: false,
        constraint: false,
        valid: true,
        scans: 0,
        bytes: 1 << 20,
        definition: format!("CREATE INDEX {name} ON t ({})", columns.join(", ")),
    }
}

fn primary(name: &str, columns: &[&str]) -> Index {
    Index { unique: true, constraint: true, ..btree(name, columns) }
}

fn table(name: &str, rows: f64, pages: u64, columns: Vec<Column>) -> Table {
    Table { rows, pages, columns, ..Table::new("public", name) }
}

pub(crate) fn catalog() -> Catalog {
    let mut orders = table(
        "orders",
        1_000_000.0,
        16_000,
        vec![
            column("id", "bigint", -1.0, 8.0),
            column("tenant_id", "bigint", 200.0, 8.0),
            column("customer_id", "bigint", 100_000.0, 8.0),
            with_values(column("status", "text", 4.0, 7.0), &[("done", 0.95), ("open", 0.04), ("failed", 0.005)]),
            column("total", "numeric(12,2)", -0.4, 6.0),
            column("created_at", "timestamp with time zone", -1.0, 8.0),
            with_nulls(column("deleted_at", "timestamp with time zone", -0.02, 8.0), 0.98),
            column("data", "jsonb", -0.9, 180.0),
            with_values(column("flagged", "boolean", 2.0, 1.0), &[("f", 0.99), ("t", 0.01)]),
            column("tags", "text[]", 500.0, 40.0),
            column("local_at", "timestamp without time zone", -1.0, 8.0),
        ],
    );
    orders.indexes = vec![primary("orders_pkey", &["id"]), btree("orders_customer_id_idx", &["customer_id"])];
    orders.foreign_keys = vec![ForeignKey {
        name: "orders_customer_id_fkey".into(),
        columns: vec!["customer_id".into()],
        references: TableName::new("public", "customers"),
        referenced_columns: vec!["id".into()],
    }];
    orders.writes = WriteCounters { inserts: 1_000_000, updates: 400_000, hot_updates: 300_000, deletes: 10 };
    let mut customers = table(
        "customers",
        100_000.0,
        2_000,
        vec![
            column("id", "bigint", -1.0, 8.0),
            column("tenant_id", "bigint", 200.0, 8.0),
            column("email", "character varying(200)", -1.0, 24.0),
            column("name", "text", -0.9, 14.0),
            column("document", "tsvector", -1.0, 200.0),
            column("country", "character(2)", 90.0, 3.0),
        ],
    );
    customers.indexes = vec![primary("customers_pkey", &["id"])];
    let mut items = table(
        "order_items",
        3_000_000.0,
        30_000,
        vec![
            column("order_id", "bigint", -0.33, 8.0),
            column("product_id", "bigint", 5_000.0, 8.0),
            column("quantity", "integer", 10.0, 4.0),
            column("price", "numeric(12,2)", 3_000.0, 6.0),
        ],
    );
    items.foreign_keys = vec![ForeignKey {
        name: "order_items_order_id_fkey".into(),
        columns: vec!["order_id".into()],
        references: TableName::new("public", "orders"),
        referenced_columns: vec!["id".into()],
    }];
    let products = table(
        "products",
        5_000.0,
        120,
        vec![
            column("id", "bigint", -1.0, 8.0),
            column("sku", "text", -1.0, 12.0),
            column("price", "numeric(12,2)", 900.0, 6.0),
        ],
    );
    let mut quoted = table(
        "User Events",
        500_000.0,
        8_000,
        vec![
            column("userId", "uuid", 40_000.0, 16.0),
            column("Kind", "text", 30.0, 8.0),
            column("at", "date", 700.0, 4.0),
        ],
    );
    quoted.name = TableName::new("App", "User Events");
    let mut view = table(
        "open_orders",
        0.0,
        0,
        vec![
            column("id", "bigint", -1.0, 8.0),
            column("tenant", "bigint", -1.0, 8.0),
            column("customer", "text", -1.0, 8.0),
        ],
    );
    view.kind = TableKind::View;
    view.definition = Some(
        "SELECT o.id, o.tenant_id, c.name FROM (public.orders o JOIN public.customers c ON ((c.id = o.customer_id))) \
         WHERE (o.status = 'open'::text);"
            .into(),
    );
    let mut events =
        table("events", 9_000_000.0, 90_000, vec![column("id", "bigint", -1.0, 8.0), column("kind", "text", 9.0, 6.0)]);
    events.kind = TableKind::Partitioned;
    events.columns.push(Column { correlation: Some(0.99), ..column("at", "timestamp with time zone", -1.0, 8.0) });
    let mut events_2024 = events.clone();
    events.partition_key = Some("RANGE (at)".into());
    events_2024.name = TableName::new("public", "events_2024");
    events_2024.kind = TableKind::Table;
    events_2024.parent = Some(TableName::new("public", "events"));
    events_2024.bound = Some("DEFAULT".into());
    let mut visits = table(
        "visits",
        400_000.0,
        9_000,
        vec![column("page", "text", -0.9, 60.0), column("during", "tstzrange", -0.9, 22.0)],
    );
    let mut old_visits = visits.clone();
    visits.pages = 3;
    old_visits.name = TableName::new("public", "old_visits");
    old_visits.parent = Some(TableName::new("public", "visits"));
    let lineitem = table(
        "lineitem",
        6_000_000.0,
        112_000,
        vec![
            column("l_orderkey", "bigint", -0.25, 8.0),
            column("l_partkey", "bigint", 200_000.0, 8.0),
            column("l_suppkey", "bigint", 10_000.0, 8.0),
            column("l_quantity", "numeric(15,2)", 50.0, 5.0),
            column("l_extendedprice", "numeric(15,2)", 900_000.0, 8.0),
            column("l_discount", "numeric(15,2)", 11.0, 4.0),
            column("l_shipdate", "date", 2_500.0, 4.0),
            column("l_shipmode", "character(10)", 7.0, 11.0),
            column("l_shipinstruct", "character(25)", 4.0, 26.0),
        ],
    );
    let part = table(
        "part",
        200_000.0,
        4_100,
        vec![
            column("p_partkey", "bigint", -1.0, 8.0),
            column("p_brand", "character(10)", 25.0, 11.0),
            column("p_container", "character(10)", 40.0, 11.0),
            column("p_size", "integer", 50.0, 4.0),
            column("p_name", "character varying(55)", -1.0, 33.0),
        ],
    );
    Catalog {
        search_path: vec!["public".into()],
        server_version: 150_000,
        tables: vec![
            orders,
            customers,
            items,
            products,
            quoted,
            view,
            events,
            events_2024,
            visits,
            old_visits,
            lineitem,
            part,
        ],
        extensions: ["pg_trgm".to_owned(), "plpgsql".to_owned()].into(),
        immutable_functions: ["app_slug".to_owned()].into(),
    }
}
