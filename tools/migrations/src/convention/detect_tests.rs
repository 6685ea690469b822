use super::*;
use crate::Versioning;

fn found(paths: &[(&str, &str)]) -> Convention {
    detect(paths).unwrap_or_else(|| panic!("nothing detected in {paths:?}"))
}

#[test]
fn tools_are_told_apart() {
    let cases: [(Tool, &[(&str, &str)]); 12] = [
        (Tool::Sqlx, &[("Cargo.toml", "sqlx = \"0.8\""), ("migrations/20240101000000_a.sql", "")]),
        (Tool::Sqlx, &[("Cargo.toml", "sqlx"), ("migrations/1_a.up.sql", ""), ("migrations/1_a.down.sql", "")]),
        (Tool::GolangMigrate, &[("db/1_a.up.sql", ""), ("db/1_a.down.sql", "")]),
        (Tool::Flyway, &[("db/migration/V1__a.sql", ""), ("db/migration/V1.2__b.sql", "")]),
        (Tool::Goose, &[("m/00001_a.sql", "-- +goose Up\nSELECT 1;")]),
        (Tool::Dbmate, &[("db/migrations/20240101000000_a.sql", "-- migrate:up\n")]),
        (
            Tool::Diesel,
            &[("migrations/2024-01-01-000000_a/up.sql", ""), ("migrations/2024-01-01-000000_a/down.sql", "")],
        ),
        (Tool::Prisma, &[("prisma/migrations/20240101000000_a/migration.sql", "")]),
        (Tool::Knex, &[("migrations/20240101000000_a.js", "exports.up = async function (knex) {")]),
        (Tool::Alembic, &[("alembic/versions/ab12_x.py", "revision = 'ab12'\ndown_revision = None")]),
        (Tool::Django, &[("shop/migrations/0001_initial.py", "class Migration(migrations.Migration):")]),
        (Tool::Rails, &[("db/migrate/20240101000000_a.rb", "class A < ActiveRecord::Migration[7.0]")]),
    ];
    for (tool, paths) in cases {
        assert_eq!(found(paths).tool, tool, "{paths:?}");
    }
    assert_eq!(found(&[("sql/001_a.sql", ""), ("sql/002_b.sql", "")]).tool, Tool::Plain);
    assert_eq!(detect(&[("src/main.rs", ""), ("queries/report.sql", "")]), None);
}

#[test]
fn numbering_folder_and_way_back_are_learned() {
    let convention = found(&[("db/m/0009_a.up.sql", ""), ("db/m/0009_a.down.sql", ""), ("db/m/0010_b.up.sql", "")]);
    assert_eq!(convention.directory, "db/m");
    assert_eq!(convention.versioning, Versioning::Sequence { width: 4 });
    assert_eq!(convention.last_version.as_deref(), Some("0010"));
    assert!(convention.reversible);
    let flyway = found(&[("V1.9__a.sql", ""), ("V1.10__b.sql", "")]);
    assert_eq!((flyway.versioning, flyway.last_version.as_deref()), (Versioning::Dotted, Some("1.10")));
    assert!(!flyway.reversible);
}

#[test]
fn parents_are_the_ends_of_the_chain() {
    let alembic = found(&[
        ("versions/b_y.py", "revision: str = 'b'\ndown_revision: Union[str, None] = 'a'"),
        ("versions/a_x.py", "revision = 'a'\ndown_revision = None"),
    ]);
    assert_eq!(alembic.parent.as_deref(), Some("b"));
    let django = found(&[
        ("shop/migrations/0001_initial.py", "migrations.Migration"),
        ("shop/migrations/0002_more.py", "migrations.Migration"),
    ]);
    assert_eq!(django.parent.as_deref(), Some("0002_more"));
    let rails = found(&[("db/migrate/20240101000000_a.rb", "class A < ActiveRecord::Migration[7.0]")]);
    assert_eq!(rails.parent.as_deref(), Some("7.0"));
}

#[test]
fn versions_count_up() {
    use crate::convention::next_version as next;
    assert_eq!(next(Versioning::Sequence { width: 4 }, Some("0010"), None, 2), "0012");
    assert_eq!(next(Versioning::Sequence { width: 1 }, None, None, 1), "1");
    assert_eq!(next(Versioning::Dotted, Some("1.10"), None, 1), "1.11");
    assert_eq!(next(Versioning::Timestamp, Some("20240101235958"), None, 1), "20240101235959");
    assert_eq!(next(Versioning::Timestamp, Some("20240101120000"), Some("20250101120059"), 1), "20250101120059");
    assert_eq!(next(Versioning::Timestamp, Some("20240101120000"), Some("20250101120059"), 2), "20250101120100");
    assert_eq!(next(Versioning::Timestamp, Some("20260101120000"), Some("20250101120059"), 1), "20260101120001");
}
