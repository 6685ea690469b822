//! Authored migrations run up, down and up again, and pass the linter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod support;

use dbwright_migrations::{
    ColumnFacts, ConstraintFacts, ConstraintKind, Context, Convention, IndexFacts, NewFile, Script, TableFacts, Tool,
    author, lint, load, parse_intent,
};
use support::Fixture;

const INTENTS: [&str; 15] = [
    "add column email text to t",
    "add column active boolean not null default true to t",
    "add column token uuid default gen_random_uuid() not null to t",
    "set not null on t.a",
    "add foreign key on t (a) to p",
    "add foreign key on t (a) to p (id)",
    "create index on t (a, b) where b > 10",
    "create unique index on t (lower(s), id)",
    "rename column s to label in t",
    "change type of t.b to bigint",
    "change type of t.s to text",
    "backfill t.a with b % 10 where a is distinct from b % 10",
    "add check (a >= 0) to t",
    "add unique on public.t (id)",
    "drop index i",
];

fn context() -> Context {
    let column = |name: &str, type_name: &str, nullable| ColumnFacts {
        name: name.into(),
        type_name: type_name.into(),
        nullable,
        default: None,
        identity: false,
    };
    let columns = vec![
        column("id", "integer", false),
        column("a", "integer", true),
        column("b", "integer", false),
        column("s", "character varying(20)", true),
    ];
    let t = TableFacts { schema: "public".into(), name: "t".into(), columns, ..TableFacts::default() };
    Context { server_major: Some(15), tables: vec![t], ..Context::default() }
}

fn write(intent: &str, convention: &Convention) -> Vec<NewFile> {
    author(&parse_intent(intent).unwrap(), convention, &context()).unwrap_or_else(|error| panic!("{intent}: {error}"))
}

#[tokio::test]
async fn files_of_one_query_each_run_up_down_and_up() {
    let convention = Convention { tool: Tool::GolangMigrate, ..Convention::plain("migrations") };
    for intent in INTENTS {
        let files = write(intent, &convention);
        let mut fixture = Fixture::new("authored").await;
        let ups: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".up.sql")).collect();
        let downs: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".down.sql")).rev().collect();
        for file in ups.iter().chain(&downs).chain(&ups) {
            fixture.run(&file.contents).await.unwrap_or_else(|error| panic!("{intent}: {}: {error}", file.path));
        }
    }
}

#[tokio::test]
async fn statements_sent_one_by_one_run_up_down_and_up() {
    for intent in INTENTS {
        let files = write(intent, &Convention::plain("db"));
        let mut fixture = Fixture::new("plain").await;
        let ups: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".up.sql")).collect();
        let downs: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".down.sql")).rev().collect();
        for file in ups.iter().chain(&downs).chain(&ups) {
            for statement in dbwright_sql::split(&file.contents).unwrap() {
                fixture.run(statement.text).await.unwrap_or_else(|error| panic!("{intent}: {}: {error}", file.path));
            }
        }
    }
}

/// A key with an identity, a foreign key to it, a serial and indexes, as the catalog tells them.
fn shop() -> Context {
    let column = |name: &str, nullable, default: Option<&str>, identity| ColumnFacts {
        name: name.into(),
        type_name: "bigint".into(),
        nullable,
        default: default.map(str::to_owned),
        identity,
    };
    let key = |name: &str, kind, column: &str, definition: Option<&str>| ConstraintFacts {
        name: name.into(),
        kind,
        columns: vec![column.into()],
        validated: true,
        definition: definition.map(str::to_owned),
    };
    let index = |name: &str, column: &str, rest: &str, constraint: Option<&str>| IndexFacts {
        name: name.into(),
        columns: vec![column.into()],
        unique: constraint.is_some(),
        valid: true,
        constraint: constraint.map(str::to_owned),
        definition: Some(format!("CREATE INDEX {name} ON public.x USING btree {rest}")),
    };
    let table = |name: &str, columns, indexes, constraints| TableFacts {
        schema: "public".into(),
        name: name.into(),
        columns,
        indexes,
        constraints,
        ..TableFacts::default()
    };
    let reference = "FOREIGN KEY (customer_id) REFERENCES public.customers (id) ON DELETE CASCADE";
    let customers = table(
        "customers",
        vec![column("id", false, None, true)],
        vec![index("customers_pkey", "id", "(id)", Some("customers_pkey"))],
        vec![key("customers_pkey", ConstraintKind::PrimaryKey, "id", None)],
    );
    let orders = table(
        "orders",
        vec![
            column("customer_id", false, Some("7"), false),
            column("number", false, Some("nextval('orders_number_seq'::regclass)"), false),
        ],
        vec![
            index("orders_customer", "customer_id", "(customer_id) WHERE (customer_id > 0)", None),
            index("orders_number_key", "number", "(number)", Some("orders_number_key")),
        ],
        vec![
            key("orders_customer_id_fkey", ConstraintKind::ForeignKey, "customer_id", Some(reference)),
            key("orders_number_key", ConstraintKind::Unique, "number", None),
        ],
    );
    Context { server_major: Some(15), tables: vec![customers, orders], ..Context::default() }
}

#[tokio::test]
async fn a_change_of_type_keeps_writes_and_everything_on_the_column() {
    const TABLES: &str = "CREATE TABLE customers (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY);
        INSERT INTO customers SELECT FROM generate_series(1, 20);
        CREATE TABLE orders (customer_id bigint NOT NULL DEFAULT 7 REFERENCES customers ON DELETE CASCADE, number bigserial UNIQUE);
        CREATE INDEX orders_customer ON orders (customer_id) WHERE customer_id > 0;
        INSERT INTO orders SELECT n % 20 + 1 FROM generate_series(1, 500) n;";
    const SHAPE: &str = "SELECT md5(string_agg(d, E'\\n' ORDER BY d))::text FROM (
        SELECT conrelid::regclass || conname || convalidated || pg_get_constraintdef(oid) AS d FROM pg_constraint
        WHERE conrelid IN ('customers'::regclass, 'orders'::regclass) AND connamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename IN ('customers', 'orders')
        UNION ALL SELECT column_name || is_nullable || is_identity || (column_default IS NOT NULL)
        FROM information_schema.columns WHERE table_name IN ('customers', 'orders')) x";
    const WRITE: &str = "INSERT INTO customers DEFAULT VALUES; INSERT INTO orders DEFAULT VALUES; INSERT INTO orders (customer_id) VALUES (3)";
    let convention = Convention { tool: Tool::GolangMigrate, ..Convention::plain("migrations") };
    for (table, column) in [("orders", "customer_id"), ("orders", "number"), ("customers", "id")] {
        let intent = parse_intent(&format!("change type of {table}.{column} to int")).unwrap();
        let files = author(&intent, &convention, &shop()).unwrap();
        let mut fixture = Fixture::new("swap").await;
        fixture.run(TABLES).await.unwrap();
        let before = fixture.text(SHAPE).await;
        let ups: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".up.sql")).collect();
        let downs: Vec<&NewFile> = files.iter().filter(|file| file.path.ends_with(".down.sql")).rev().collect();
        // Up to the swap, back, and all the way.
        let swapped = ups.iter().position(|file| file.path.contains("_swap")).unwrap();
        let back = downs.iter().position(|file| file.path.contains("_swap")).unwrap();
        for file in ups[..=swapped].iter().chain(&downs[back..]).chain(&ups) {
            fixture.run(&file.contents).await.unwrap_or_else(|error| panic!("{}: {error}", file.path));
            fixture.run(WRITE).await.unwrap_or_else(|error| panic!("after {}: {error}", file.path));
            let refused = fixture.run("INSERT INTO orders (customer_id) VALUES (0)").await.unwrap_err();
            assert!(refused.contains("orders_customer_id_fkey"), "after {}: {refused}", file.path);
        }
        assert_eq!(fixture.text(SHAPE).await, before, "{table}.{column}: {files:#?}");
        let kind = format!(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = '{column}'"
        );
        assert_eq!(fixture.text(&kind).await, "integer");
    }
}

#[tokio::test]
async fn the_sequence_of_the_rule_keeps_writes_too() {
    for context in [Context::default(), context()] {
        let findings = lint(&[Script::new("m.sql", "ALTER TABLE t ALTER b TYPE bigint")], &context);
        let finding = findings.iter().find(|finding| finding.rule == "alter_column_type").unwrap();
        let mut fixture = Fixture::new("rule").await;
        for statement in &finding.fix.as_ref().unwrap().statements {
            for part in dbwright_sql::split(statement).unwrap() {
                fixture.run(part.text).await.unwrap();
            }
            fixture.run("INSERT INTO t (id, b) VALUES (1, 1)").await.unwrap();
        }
    }
}

#[test]
fn authored_files_pass_the_linter_in_every_convention() {
    // Contracting and taking away are what these intents ask for.
    const WANTED: [&str; 4] = ["drop_column", "rename_column", "drop_table", "concurrent_index_if_not_exists"];
    for tool in [
        Tool::Sqlx,
        Tool::Flyway,
        Tool::Goose,
        Tool::Dbmate,
        Tool::GolangMigrate,
        Tool::Diesel,
        Tool::Prisma,
        Tool::Knex,
        Tool::Alembic,
        Tool::Django,
        Tool::Rails,
        Tool::Plain,
    ] {
        let convention = Convention { tool, ..Convention::plain("app/migrations") };
        for intent in INTENTS {
            let files = write(intent, &convention);
            let pairs: Vec<(&str, &str)> =
                files.iter().map(|file| (file.path.as_str(), file.contents.as_str())).collect();
            let loaded = load(&pairs, Some(&convention));
            assert!(!loaded.scripts.is_empty(), "{tool:?}: {intent}: {files:#?}");
            assert!(loaded.gaps.is_empty(), "{tool:?}: {intent}: {:?}", loaded.gaps);
            for finding in lint(&loaded.scripts, &context()) {
                assert!(WANTED.contains(&finding.rule.as_str()), "{tool:?}: {intent}: {finding:#?}\n{files:#?}");
            }
        }
    }
}
