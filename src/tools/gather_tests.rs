use dbwright_finding::Finding;
use dbwright_migrations::Context;

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

fn rules(gathered: &Gathered) -> Vec<(String, String)> {
    let found = gathered.lint(&Context::default());
    let file = |finding: &Finding| finding.location.as_ref().map(|at| at.file.clone()).unwrap_or_default();
    found.iter().map(|finding| (file(finding), finding.rule.clone())).collect()
}

const UP: &str = "-- migrate:up\n";

#[test]
fn the_whole_workspace_is_its_migrations_and_scripts() {
    let (_folder, workspace) = workspace(&[
        ("db/migrations/20240101000000_a.sql", &format!("{UP}CREATE TABLE t (id bigint)")),
        ("db/migrations/20240102000000_b.sql", &format!("{UP}CREATE INDEX i ON t (id)")),
        ("queries/report.sql", "SELECT 1"),
        ("seeds/001_users.sql", "DELETE FROM t"),
        ("lib/take.lua", "return 1"),
        ("node_modules/x/y.sql", "DELETE FROM t"),
        (".gitignore", "node_modules"),
    ]);
    let gathered = gather(&workspace, None).unwrap();
    assert_eq!(gathered.conventions(), ["dbmate in db/migrations"]);
    assert_eq!(
        gathered.paths(),
        ["db/migrations/20240101000000_a.sql", "db/migrations/20240102000000_b.sql", "lib/take.lua"]
    );
    assert!(gathered.gaps.is_empty(), "{:?}", gathered.gaps);
    // The table was made by an earlier deployment: it is in use.
    let expected = ("db/migrations/20240102000000_b.sql".to_owned(), "create_index_not_concurrent".to_owned());
    assert!(rules(&gathered).contains(&expected), "{:?}", rules(&gathered));
}

#[test]
fn several_services_keep_their_own_conventions() {
    let (_folder, workspace) = workspace(&[
        ("a/migrations/20240101000000_a.sql", UP),
        ("a/migrations/20240101000001_b.sql", UP),
        (
            "b/shop/migrations/0001_initial.py",
            "class Migration(migrations.Migration):\n    operations = [migrations.RunSQL('SELECT 1')]\n",
        ),
        ("c/db/V1__a.sql", "SELECT 1"),
    ]);
    let mut conventions = gather(&workspace, None).unwrap().conventions();
    conventions.sort();
    assert_eq!(conventions, ["Django in b/shop/migrations", "Flyway in c/db", "dbmate in a/migrations"]);
}

#[test]
fn a_named_file_is_judged_after_what_runs_before_it() {
    let (_folder, workspace) = workspace(&[
        ("m/migrations/1_a.up.sql", "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID"),
        ("m/migrations/2_b.up.sql", "ALTER TABLE t VALIDATE CONSTRAINT c"),
        ("m/migrations/3_c.up.sql", "SET lock_timeout = '1s'; ALTER TABLE t ALTER a SET NOT NULL"),
        ("m/migrations/3_c.down.sql", "DROP TABLE t"),
    ]);
    let third = gather(&workspace, Some("m/migrations/3_c.up.sql")).unwrap();
    assert_eq!(third.paths(), ["m/migrations/3_c.up.sql"]);
    let found: Vec<String> = rules(&third).into_iter().map(|(_, rule)| rule).collect();
    assert!(!found.contains(&"set_not_null".to_owned()), "the proof stands in an earlier file: {found:?}");
    let back = gather(&workspace, Some("m/migrations/3_c.down.sql")).unwrap();
    assert_eq!(back.paths(), ["m/migrations/3_c.down.sql"]);
}

#[test]
fn a_named_folder_without_a_tool_is_plain_sql() {
    let (_folder, workspace) = workspace(&[("sql/setup.sql", "CREATE INDEX i ON t (a)"), ("sql/x.txt", "no")]);
    assert!(gather(&workspace, None).unwrap().paths().is_empty());
    assert_eq!(gather(&workspace, Some("sql")).unwrap().paths(), ["sql/setup.sql"]);
}

#[test]
fn what_is_no_migration_of_the_tool_is_a_gap() {
    let (_folder, workspace) =
        workspace(&[("migrations/20240101000000_a.sql", UP), ("reports/a.sql", "SELECT 1"), ("b.sql", "SELECT 1")]);
    let gathered = gather(&workspace, Some(".")).unwrap();
    assert_eq!(gathered.paths(), ["migrations/20240101000000_a.sql"]);
    assert!(
        gathered.gaps[0].starts_with("2 SQL files are no migrations of dbmate in migrations"),
        "{:?}",
        gathered.gaps
    );
}

#[test]
fn two_files_of_one_folder_are_one_chain() {
    let (_folder, workspace) = workspace(&[
        ("migrations/1_a.sql", "SELECT 1"),
        ("migrations/2_b.sql", "SELECT 1"),
        ("migrations/3_c.sql", "SELECT 1"),
    ]);
    let mut gathered = gather(&workspace, Some("migrations/3_c.sql")).unwrap();
    gathered.extend(gather(&workspace, Some("migrations/1_a.sql")).unwrap());
    assert_eq!(gathered.chains.len(), 1);
    assert_eq!(gathered.paths(), ["migrations/1_a.sql", "migrations/3_c.sql"]);
    gathered.extend(gather(&workspace, Some("migrations")).unwrap());
    assert_eq!(gathered.paths().len(), 3);
}

#[test]
fn what_is_missing_or_outside_is_an_error() {
    let (_folder, workspace) = workspace(&[("a.sql", "SELECT 1")]);
    for path in ["nope.sql", "../x", "/etc/passwd"] {
        assert!(gather(&workspace, Some(path)).is_err(), "{path}");
    }
}

#[test]
fn where_nobody_knows_what_ran_only_the_newest_are_judged() {
    let names: Vec<String> = (1..=30).map(|n| format!("migrations/{n:03}_a.sql")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "SELECT 1")).collect();
    let (_folder, workspace) = workspace(&files);
    let mut gathered = gather(&workspace, None).unwrap();
    gathered.leave_out_old();
    assert_eq!(gathered.paths().len(), 25);
    assert_eq!(gathered.paths()[0], "migrations/006_a.sql");
    assert!(gathered.gaps[0].starts_with("the 5 oldest migrations are only read"), "{:?}", gathered.gaps);
}
