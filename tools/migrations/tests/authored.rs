//! Authored migrations run up, down and up again, and pass the linter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod support;

use dbwright_migrations::{
    ColumnFacts, Context, Convention, NewFile, TableFacts, Tool, author, lint, load, parse_intent,
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
