use dbwright_postgres::{Database, DatabaseConfig};
use dbwright_servers::testing;
use tokio_util::sync::CancellationToken;

use super::*;

fn workspace(files: &[(&str, &str)]) -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let workspace = Workspace::new(folder.path()).unwrap();
    (folder, workspace)
}

fn databases(url: &str) -> Databases {
    Databases::new([Database::new(DatabaseConfig::new("shop", url)).unwrap()])
}

async fn lint_with(tool: &LintMigration, args: LintMigrationArgs) -> LintReport {
    tool.call(&CallCx::detached(CancellationToken::new()), args).await.unwrap()
}

#[tokio::test]
async fn the_catalog_tells_what_a_change_costs() {
    let database = testing::postgres().await.database("lint").await;
    let url = database.url();
    let mut session = dbwright_postgres::ScriptSession::open(&url.clone().into(), "test").await.unwrap();
    session.run("CREATE TABLE orders (id int, code varchar(20)); INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) n; ANALYZE orders").await.unwrap();
    let (_folder, workspace) = workspace(&[]);
    let tool = LintMigration::new(workspace, databases(&url));
    let sql = |text: &str| LintMigrationArgs { sql: Some(text.to_owned()), ..LintMigrationArgs::default() };
    let widened =
        lint_with(&tool, sql("SET lock_timeout = '1s'; ALTER TABLE orders ALTER code TYPE varchar(40)")).await;
    assert_eq!(widened.sharpened_by.as_deref(), Some("shop"));
    assert!(widened.findings.is_empty(), "no rewrite from varchar(20): {:?}", widened.findings);
    let rewritten = lint_with(&tool, sql("SET lock_timeout = '1s'; ALTER TABLE orders ALTER id TYPE bigint")).await;
    assert_eq!(rewritten.findings[0].rule, "alter_column_type");
    let text = rewritten.for_model(TokenBudget::default());
    assert!(text.starts_with("1 findings in 1 scripts (sql); with the catalog of shop\n"), "{text}");
}

#[tokio::test]
async fn a_database_out_of_reach_is_a_gap() {
    let (_folder, workspace) = workspace(&[("migrations/1_a.sql", "CREATE INDEX i ON t (a)")]);
    let tool = LintMigration::new(workspace, databases("postgres://x:s3cret@127.0.0.1:1/x"));
    let report = lint_with(&tool, LintMigrationArgs::default()).await;
    assert_eq!(report.scripts, ["migrations/1_a.sql"]);
    assert!(report.gaps[0].starts_with("judged without the catalog of shop: "), "{:?}", report.gaps);
    assert!(!report.gaps[0].contains("s3cret"));
    assert_eq!(report.findings[0].rule, "create_index_not_concurrent");
}

#[tokio::test]
async fn nothing_to_judge_is_a_gap_and_nonsense_an_error() {
    let (_folder, workspace) = workspace(&[]);
    let tool = LintMigration::new(workspace, Databases::default());
    assert_eq!(
        lint_with(&tool, LintMigrationArgs::default()).await.gaps,
        ["no migrations were found in the workspace"]
    );
    let cx = CallCx::detached(CancellationToken::new());
    let both =
        LintMigrationArgs { sql: Some("SELECT 1".into()), path: Some("x".into()), ..LintMigrationArgs::default() };
    assert!(matches!(tool.call(&cx, both).await, Err(ToolError::Arguments(_))));
    let missing = LintMigrationArgs { path: Some("nope.sql".into()), ..LintMigrationArgs::default() };
    assert!(matches!(tool.call(&cx, missing).await, Err(ToolError::NotFound(_))));
    let outside = LintMigrationArgs { path: Some("../x".into()), ..LintMigrationArgs::default() };
    assert!(matches!(tool.call(&cx, outside).await, Err(ToolError::Refused(_))));
}

#[tokio::test]
async fn the_worst_comes_first() {
    let text = "ALTER TABLE t ADD COLUMN a int;\nDROP TABLE u;\nCREATE INDEX i ON t (a);\n";
    let (_folder, workspace) = workspace(&[("migrations/1_a.sql", text)]);
    let report = lint_with(&LintMigration::new(workspace, Databases::default()), LintMigrationArgs::default()).await;
    let severities: Vec<_> = report.findings.iter().map(|finding| std::cmp::Reverse(finding.severity)).collect();
    assert!(severities.len() > 1 && severities.is_sorted(), "{severities:?}");
}
