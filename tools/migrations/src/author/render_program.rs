//! Steps as Python, Ruby and JavaScript migrations that carry plain SQL.

use sha2::{Digest, Sha256};

use crate::author::plan::Step;

const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '2s'";

/// The statements of one direction, lock timeout first where a transaction keeps it.
fn direction(step: &Step, statements: &[String]) -> Vec<String> {
    let timeout = (step.transactional && !statements.is_empty()).then(|| LOCK_TIMEOUT.to_owned());
    timeout.into_iter().chain(statements.iter().cloned()).collect()
}

/// A Knex migration.
pub(crate) fn knex(step: &Step) -> String {
    let part = |statements: &[String]| {
        let calls = direction(step, statements)
            .iter()
            .map(|statement| {
                format!(
                    "  await knex.raw(`{}`);\n",
                    statement.replace('?', "\\?").replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${")
                )
            })
            .collect::<String>();
        format!("async function (knex) {{\n{calls}}};\n")
    };
    let config = if step.transactional { "" } else { "\nexports.config = { transaction: false };\n" };
    format!("// {}\nexports.up = {}\nexports.down = {}{config}", step.note, part(&step.up), part(&step.down))
}

/// A Rails migration; `version` is the one of the project's other migrations.
pub(crate) fn rails(step: &Step, version: Option<&str>) -> String {
    let class: String = step.slug.split('_').map(capitalised).collect();
    let mark = if step.transactional { "" } else { "  disable_ddl_transaction!\n\n" };
    let part = |name: &str, statements: &[String]| {
        let calls = direction(step, statements)
            .iter()
            .map(|statement| format!("    execute <<~'SQL'\n{}\n    SQL\n", indented(statement, "      ")))
            .collect::<String>();
        format!("  def {name}\n{calls}  end\n")
    };
    format!(
        "# {}\nclass {class} < ActiveRecord::Migration[{}]\n{mark}{}\n{}end\n",
        step.note,
        version.unwrap_or("7.1"),
        part("up", &step.up),
        part("down", &step.down)
    )
}

/// A Django migration in the app that owns `directory`.
pub(crate) fn django(step: &Step, directory: &str, parent: Option<&str>) -> String {
    let app = directory.trim_end_matches("/migrations").rsplit('/').next().unwrap_or("app");
    let dependencies = parent.map(|parent| format!("(\"{app}\", \"{parent}\")")).unwrap_or_default();
    let list = |statements: &[String]| {
        let items = direction(step, statements)
            .iter()
            .map(|statement| format!("                {},\n", python(statement)))
            .collect::<String>();
        format!("[\n{items}            ]")
    };
    let atomic = if step.transactional { "" } else { "    atomic = False\n" };
    // An empty list of statements is how Django spells "nothing to take back".
    let reverse = if step.down.is_empty() { "migrations.RunSQL.noop".to_owned() } else { list(&step.down) };
    format!(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    # {}\n{atomic}    dependencies = [{dependencies}]\n    \
         operations = [\n        migrations.RunSQL(\n            {},\n            reverse_sql={reverse},\n        ),\n    ]\n",
        step.note,
        list(&step.up)
    )
}

/// An Alembic revision: its id, made from its content, and its text.
pub(crate) fn alembic(step: &Step, parent: Option<&str>) -> (String, String) {
    let digest = Sha256::digest(format!("{}\0{}\0{}", step.slug, parent.unwrap_or_default(), step.up.join("\0")));
    let revision: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let part = |statements: &[String]| {
        let indent = if step.transactional { "    " } else { "        " };
        let calls = direction(step, statements)
            .iter()
            .map(|statement| format!("{indent}op.execute({})\n", python(&without_parameters(statement))))
            .collect::<String>();
        match (calls.is_empty(), step.transactional) {
            (true, _) => "    pass\n".to_owned(),
            (false, true) => calls,
            (false, false) => format!("    with op.get_context().autocommit_block():\n{calls}"),
        }
    };
    let down = parent.map_or_else(|| "None".to_owned(), |parent| format!("\"{parent}\""));
    let text = format!(
        "\"\"\"{}\n\n{}\n\"\"\"\nfrom alembic import op\n\nrevision = \"{revision}\"\ndown_revision = {down}\nbranch_labels = None\ndepends_on = None\n\n\n\
         def upgrade():\n{}\n\ndef downgrade():\n{}",
        step.slug.replace('_', " "),
        step.note,
        part(&step.up),
        part(&step.down)
    );
    (revision, text)
}

/// SQLAlchemy reads `:name` as a parameter, in quotes too; a backslash keeps it text.
fn without_parameters(statement: &str) -> String {
    let mut text = String::with_capacity(statement.len());
    let mut before = ' ';
    let mut characters = statement.chars().peekable();
    while let Some(character) = characters.next() {
        let names = characters.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_');
        if character == ':' && names && before != ':' && !before.is_alphanumeric() && before != '_' {
            text.push('\\');
        }
        text.push(character);
        before = character;
    }
    text
}

/// A Python string literal.
fn python(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    if escaped.contains(['"', '\n']) {
        let end = if escaped.ends_with('"') { " " } else { "" };
        format!("\"\"\"{escaped}{end}\"\"\"")
    } else {
        format!("\"{escaped}\"")
    }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
}

fn indented(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n")
}
