use super::*;

fn statements(program: &str) -> Vec<String> {
    let found = extract(program);
    assert_eq!(found.sql.lines().count(), program.lines().count(), "lines must stay those of the file");
    let split = dbwright_sql::split(&found.sql).unwrap();
    split.iter().map(|statement| dbwright_sql::collapse_whitespace(statement.text)).collect()
}

#[test]
fn plain_strings_of_every_language_are_taken() {
    let alembic = "def upgrade():\n    op.execute(\"DROP INDEX i\")\n    op.execute(sa.text('''\n      UPDATE t\n      SET a = 1\n    '''))\n\ndef downgrade():\n    op.execute('DROP TABLE t')\n";
    assert_eq!(statements(alembic), ["DROP INDEX i", "UPDATE t SET a = 1"]);
    let rails = "class A < ActiveRecord::Migration[7.0]\n  def up\n    execute <<~SQL\n      CREATE INDEX i ON t (a)\n    SQL\n    execute \"SELECT 1\"\n  end\n  def down\n    execute 'DROP INDEX i'\n  end\nend\n";
    assert_eq!(statements(rails), ["CREATE INDEX i ON t (a)", "SELECT 1"]);
    let django = "operations = [\n  migrations.RunSQL(\"DROP INDEX i\", reverse_sql=\"SELECT 1\"),\n  migrations.RunSQL([\n    \"SELECT 2\",\n    \"SELECT 3\",\n  ]),\n]\n";
    assert_eq!(statements(django), ["DROP INDEX i", "SELECT 2", "SELECT 3"]);
    let knex = "exports.up = async (knex) => {\n  await knex.raw(`ALTER TABLE t\n    DROP COLUMN a`);\n};\nexports.down = async (knex) => {\n  await knex.raw('SELECT 9');\n};\n";
    assert_eq!(statements(knex), ["ALTER TABLE t DROP COLUMN a"]);
}

#[test]
fn what_is_made_at_run_time_is_counted_not_guessed() {
    let program = "op.execute(f\"DROP TABLE {name}\")\nop.execute(\"DROP TABLE \" + name)\nop.execute(STATEMENT)\nop.add_column('t', sa.Column('a'))\n";
    let found = extract(program);
    assert_eq!((found.taken, found.skipped, found.builder_calls), (0, 3, 1));
}

#[test]
fn marks_of_running_outside_a_transaction_are_seen() {
    assert!(extract("execute 'SELECT 1'").transactional);
    assert!(!extract("disable_ddl_transaction!\nexecute 'SELECT 1'").transactional);
    assert!(!extract("with op.get_context().autocommit_block():\n  op.execute('SELECT 1')").transactional);
}
