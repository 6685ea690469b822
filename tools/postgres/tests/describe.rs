//! Schema cards on a real server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use dbwright_contract::{Report, TokenBudget, Tool, ToolError};
use dbwright_postgres::{Answer, Databases, Describe, DescribeArgs, DescribeOutput, RelationCard};
use support::{Fixture, cx};

const SHOP: &str = "
    CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent');
    CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(200) NOT NULL UNIQUE);
    CREATE TABLE orders (
        id bigserial PRIMARY KEY,
        customer_id int NOT NULL REFERENCES customers ON DELETE CASCADE,
        status order_status NOT NULL DEFAULT 'new',
        total numeric(10,2) CHECK (total >= 0),
        total_cents bigint GENERATED ALWAYS AS ((total * 100)::bigint) STORED,
        created_at timestamptz DEFAULT now()
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE orders IS 'Every order ever';
    COMMENT ON COLUMN orders.total IS 'gross';
    CREATE INDEX orders_open ON orders (customer_id, created_at DESC) INCLUDE (total) WHERE status = 'new';
    CREATE TABLE order_items (order_id bigint NOT NULL, line int NOT NULL, PRIMARY KEY (order_id, line));
    INSERT INTO order_items VALUES (1, 1);
    ALTER TABLE order_items ADD CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
    ALTER TABLE orders DISABLE TRIGGER orders_touch;
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON orders FOR SELECT TO PUBLIC USING (customer_id = 1);
    CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE status = 'new';
    CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE events_rest PARTITION OF events DEFAULT;
    CREATE INDEX events_at ON events (at);
    INSERT INTO customers (email) SELECT 'c' || i FROM generate_series(1, 100) i;
    INSERT INTO orders (customer_id, total) SELECT 1 + i % 100, i FROM generate_series(1, 1000) i;
    INSERT INTO events SELECT i, date '2026-01-01' + i % 365 FROM generate_series(1, 500) i;
    ANALYZE customers; ANALYZE orders; ANALYZE events; ANALYZE events_2026; ANALYZE events_rest";

async fn shop(hint: &str) -> Fixture {
    let fixture = Fixture::new(hint).await;
    fixture.sql(SHOP).await;
    fixture
}

async fn describe(fixture: &Fixture, name: &str) -> Result<DescribeOutput, ToolError> {
    let tool = Describe::new(Databases::new([fixture.db.clone()]));
    let name = (!name.is_empty()).then(|| name.to_owned());
    Tool::call(&tool, &cx(), DescribeArgs { name, database: None }).await
}

async fn relation(fixture: &Fixture, name: &str) -> RelationCard {
    match describe(fixture, name).await.unwrap().answer {
        Answer::Relation(card) => *card,
        other => panic!("{name}: {other:?}"),
    }
}

async fn text(fixture: &Fixture, name: &str) -> String {
    describe(fixture, name).await.unwrap().for_model(TokenBudget::default()).into_owned()
}

#[tokio::test]
async fn a_table_card_has_everything() {
    let fixture = shop("card").await;
    let text = text(&fixture, "orders").await;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("table public.orders ~1,000 rows, "), "{text}");
    for expected in [
        "comment: Every order ever",
        "options: fillfactor=70",
        "  id bigint! default nextval('public.orders_id_seq'::regclass)",
        "  status public.order_status! enum(new|paid|sent) default 'new'::public.order_status",
        "  total numeric(10,2) -- gross",
        "  total_cents bigint generated as (((total * (100)::numeric))::bigint)",
        "  created_at timestamptz default now()",
        "primary key: (id)",
        "foreign key orders_customer_id_fkey: (customer_id) -> public.customers(id) on delete cascade",
        "referenced by public.order_items(order_id)",
        "constraint orders_total_check: CHECK (total >= 0::numeric)",
        "trigger orders_touch: BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION public.touch() DISABLED",
        "row-level security on",
        "policy own for select to public using (customer_id = 1)",
    ] {
        assert!(lines.contains(&expected), "missing {expected:?} in\n{text}");
    }
    assert!(text.contains("index orders_open btree (customer_id, created_at DESC) INCLUDE (total) WHERE (status = 'new'::public.order_status) "), "{text}");
    assert!(text.contains("statistics: analysed 0 s ago") || text.contains(" s ago, "), "{text}");
    assert!(text.len() < 2_000, "{} bytes:\n{text}", text.len());
}

#[tokio::test]
async fn foreign_keys_know_whether_they_are_valid() {
    let fixture = shop("fk").await;
    let card = relation(&fixture, "public.order_items").await;
    assert!(!card.foreign_keys[0].validated);
    assert_eq!(card.primary_key, ["order_id", "line"]);
    assert_eq!(card.estimated_rows, None);
}

#[tokio::test]
async fn a_partitioned_table_sums_its_partitions() {
    let fixture = shop("partitions").await;
    let card = relation(&fixture, "events").await;
    assert_eq!(card.estimated_rows, Some(500));
    let place = card.partitioning.unwrap();
    assert_eq!((place.key.as_deref(), place.partitions), (Some("RANGE (at)"), 2));
    assert_eq!(place.first_partitions[1], "events_rest DEFAULT");
    assert!(card.indexes[0].bytes > 0 && card.index_bytes == card.indexes[0].bytes);
    let card = relation(&fixture, "events_2026").await;
    assert_eq!(card.partitioning.unwrap().parent.as_deref(), Some("public.events"));
}

#[tokio::test]
async fn views_show_their_query() {
    let fixture = shop("views").await;
    let text = text(&fixture, "open_orders").await;
    assert!(text.starts_with("view public.open_orders, owner postgres"), "{text}");
    assert!(text.contains("FROM public.orders") && text.contains("query:"), "{text}");
}

#[tokio::test]
async fn indexes_functions_and_sequences_have_cards() {
    let fixture = shop("others").await;
    let index = text(&fixture, "orders_open").await;
    assert!(index.contains("on public.orders") && index.contains("CREATE INDEX orders_open"), "{index}");
    let function = text(&fixture, "touch()").await;
    assert!(function.contains("function public.touch() returns trigger; plpgsql, volatile"), "{function}");
    let sequence = text(&fixture, "orders_id_seq").await;
    assert!(
        sequence.contains("last value 1,000 of 9,223,372,036,854,775,807, step 1, feeds public.orders.id"),
        "{sequence}"
    );
    let system = text(&fixture, "pg_stat_activity").await;
    assert!(system.starts_with("view pg_catalog.pg_stat_activity"), "{system}");
}

#[tokio::test]
async fn overviews_schemas_and_patterns_list() {
    let fixture = shop("lists").await;
    fixture.sql("CREATE SCHEMA crm; CREATE TABLE crm.leads (id int)").await;
    let overview = text(&fixture, "").await;
    assert!(overview.contains("schema public: 4 tables, 1 views"), "{overview}");
    assert!(overview.contains("table public.orders ~1,000 rows"), "{overview}");
    for (name, relations) in [("crm", 1), ("crm.*", 1), ("order*", 3), ("public.order%", 3), ("CRM", 1)] {
        match describe(&fixture, name).await.unwrap().answer {
            Answer::List(listing) => assert_eq!(listing.total, relations, "{name}: {listing:?}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn ambiguous_and_unknown_names_help_along() {
    let fixture = shop("names").await;
    fixture.sql("CREATE SCHEMA crm; CREATE TABLE crm.orders (id int); CREATE TABLE \"Mixed Case\" (id int)").await;
    let answer = text(&fixture, "orders").await;
    assert_eq!(
        answer,
        "several objects have this name; ask for one of them:\n  table crm.orders\n  table public.orders"
    );
    assert_eq!(relation(&fixture, "crm.orders").await.schema, "crm");
    assert_eq!(relation(&fixture, "mixed case").await.name, "Mixed Case");
    let error = describe(&fixture, "custmers").await.unwrap_err();
    assert_eq!(error.to_string(), "not found: nothing is called custmers here; did you mean customers?");
    for name in ["nowhere.orders", "'; DROP TABLE orders; --", "zzz*", "a.b.c.d", "\"", "zz%s", "\0"] {
        let outcome = describe(&fixture, name).await;
        assert!(matches!(outcome, Err(ToolError::NotFound(_) | ToolError::Failed(_))), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_locked_table_is_described_without_waiting() {
    let fixture = shop("locked").await;
    let _holder = fixture.hold("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await;
    let card = relation(&fixture, "orders").await;
    assert!(card.locked && card.table_bytes > 0);
    assert_eq!(card.indexes[1].definition, "btree (customer_id, created_at, total)");
    let card = relation(&fixture, "open_orders").await;
    assert_eq!(card.view_definition, None);
    describe(&fixture, "").await.unwrap();
    describe(&fixture, "orders_open").await.unwrap();
}

#[tokio::test]
async fn an_empty_database_is_described() {
    let fixture = Fixture::new("nothing").await;
    assert!(text(&fixture, "").await.ends_with("no tables"));
}

#[tokio::test]
async fn a_role_without_rights_still_gets_the_catalog() {
    let fixture = shop("plain").await;
    let plain = fixture.role_with("").await;
    let tool = Describe::new(Databases::new([plain]));
    for name in [None, Some("orders"), Some("orders_id_seq"), Some("open_orders")] {
        let args = DescribeArgs { name: name.map(str::to_owned), database: None };
        Tool::call(&tool, &cx(), args).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }
}
