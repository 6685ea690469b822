use super::*;

fn convention(tool: Tool) -> Convention {
    Convention { tool, ..Convention::plain("m") }
}

#[test]
fn goose_sections_keep_their_lines() {
    let text = "-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX i;\n-- +goose Down\nDROP TABLE t;\n";
    let loaded = load(&[("m/1_a.sql", text)], Some(&convention(Tool::Goose)));
    let script = &loaded.scripts[0];
    assert_eq!(script.transactional, TransactionMode::Statement);
    let statements = dbwright_sql::split(&script.sql).unwrap();
    assert_eq!((statements.len(), statements[0].text, statements[0].line), (1, "DROP INDEX i", 3));
}

#[test]
fn modes_follow_the_tool_and_its_marks() {
    let mode = |tool, path: &str, text: &str| load(&[(path, text)], Some(&convention(tool))).scripts[0].transactional;
    assert_eq!(mode(Tool::Sqlx, "m/1_a.sql", "SELECT 1"), TransactionMode::File);
    assert_eq!(mode(Tool::Sqlx, "m/1_a.sql", "-- no-transaction\nSELECT 1"), TransactionMode::OneQuery);
    assert_eq!(mode(Tool::Dbmate, "m/1_a.sql", "-- migrate:up\nSELECT 1"), TransactionMode::File);
    assert_eq!(mode(Tool::Dbmate, "m/1_a.sql", "-- migrate:up transaction:false\nSELECT 1"), TransactionMode::OneQuery);
    assert_eq!(mode(Tool::GolangMigrate, "m/1_a.up.sql", "SELECT 1"), TransactionMode::OneQuery);
    assert_eq!(mode(Tool::Prisma, "m/20240101000000_a/migration.sql", "SELECT 1"), TransactionMode::OneQuery);
    assert_eq!(mode(Tool::Flyway, "m/V1__a.sql", "SELECT 1"), TransactionMode::File);
    assert_eq!(mode(Tool::Flyway, "m/V1__a.sql", "CREATE INDEX CONCURRENTLY i ON t (a)"), TransactionMode::Statement);
    assert_eq!(mode(Tool::Plain, "m/1_a.sql", "SELECT 1"), TransactionMode::Statement);
    let diesel = [("m/1_a/up.sql", "SELECT 1"), ("m/1_a/metadata.toml", "run_in_transaction = false")];
    assert_eq!(load(&diesel, Some(&convention(Tool::Diesel))).scripts[0].transactional, TransactionMode::OneQuery);
}

#[test]
fn files_run_in_the_order_of_their_versions_without_the_way_back() {
    let files = [("m/V10__c.sql", ""), ("m/V9__b.sql", ""), ("m/V1.2__a.sql", ""), ("m/U10__c.sql", "")];
    let paths = |files: &[(&str, &str)], tool| -> Vec<String> {
        load(files, Some(&convention(tool))).scripts.into_iter().map(|script| script.path).collect()
    };
    assert_eq!(paths(&files, Tool::Flyway), ["m/V1.2__a.sql", "m/V9__b.sql", "m/V10__c.sql"]);
    let pairs = [("m/2_b.up.sql", ""), ("m/2_b.down.sql", ""), ("m/1_a.up.sql", "")];
    assert_eq!(paths(&pairs, Tool::GolangMigrate), ["m/1_a.up.sql", "m/2_b.up.sql"]);
    let chain = [
        ("m/a_second.py", "revision = 'a'\ndown_revision = 'z'\nop.execute('SELECT 2')"),
        ("m/z_first.py", "revision = 'z'\ndown_revision = None\nop.execute('SELECT 1')"),
    ];
    assert_eq!(paths(&chain, Tool::Alembic), ["m/z_first.py", "m/a_second.py"]);
}

#[test]
fn unread_parts_are_gaps() {
    let text = "def upgrade():\n    op.add_column('t', sa.Column('a'))\n    op.execute(f'DROP TABLE {x}')\n";
    let loaded = load(&[("m/a.py", text)], Some(&convention(Tool::Alembic)));
    assert_eq!((loaded.scripts.len(), loaded.gaps.len()), (0, 2));
}
