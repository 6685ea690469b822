use super::*;

fn left<'a>(tool: Tool, paths: &[&'a str], recorded: &[&str]) -> Vec<&'a str> {
    let recorded: Vec<String> = recorded.iter().map(|name| (*name).to_owned()).collect();
    let applied = applied(tool, paths, &recorded);
    paths.iter().copied().filter(|path| !applied.contains(path)).collect()
}

#[test]
fn every_tool_has_its_own_names() {
    for (tool, old, new, recorded) in [
        (Tool::Sqlx, "migrations/0009_a.up.sql", "migrations/0010_b.up.sql", "9"),
        (Tool::Flyway, "db/V1_02__a.sql", "db/V1.10__b.sql", "1.2"),
        (Tool::Goose, "m/00001_a.sql", "m/00002_b.sql", "1"),
        (Tool::Dbmate, "m/20240101000000_a.sql", "m/20240102000000_b.sql", "20240101000000"),
        (Tool::Rails, "db/migrate/20240101000000_a.rb", "db/migrate/20240102000000_b.rb", "20240101000000"),
        (
            Tool::Diesel,
            "migrations/2024-01-01-000000_a/up.sql",
            "migrations/2024-01-02-000000_b/up.sql",
            "20240101000000",
        ),
        (
            Tool::Prisma,
            "prisma/migrations/20240101000000_a/migration.sql",
            "prisma/migrations/20240102000000_b/migration.sql",
            "20240101000000_a",
        ),
        (Tool::Knex, "migrations/20240101000000_a.js", "migrations/20240102000000_b.js", "20240101000000_a.js"),
        (Tool::Django, "shop/migrations/0001_initial.py", "cart/migrations/0001_initial.py", "shop/0001_initial"),
        (Tool::Alembic, "versions/ab12_make_orders.py", "versions/cd34_more.py", "ab12"),
        (Tool::GolangMigrate, "m/000001_a.up.sql", "m/000002_b.up.sql", "1"),
    ] {
        assert_eq!(left(tool, &[old, new], &[recorded]), [new], "{tool:?}");
        assert_eq!(left(tool, &[old, new], &["77_unknown"]), [old, new], "{tool:?}");
    }
}

#[test]
fn tools_that_record_the_last_one_have_run_all_before_it() {
    let paths = ["m/1_a.up.sql", "m/2_b.up.sql", "m/3_c.up.sql"];
    assert_eq!(left(Tool::GolangMigrate, &paths, &["2"]), ["m/3_c.up.sql"]);
    assert_eq!(left(Tool::Sqlx, &paths, &["2"]), ["m/1_a.up.sql", "m/3_c.up.sql"]);
}

#[test]
fn plain_files_are_never_recorded() {
    assert_eq!(left(Tool::Plain, &["1_a.sql"], &["1"]), ["1_a.sql"]);
}
