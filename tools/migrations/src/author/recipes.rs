//! Sequences that both the rules' fixes and the author use.

use dbwright_sql::quote_ident;

use crate::name::{Name, derived};
use crate::rewrite::{LOCK_TIMEOUT, backfill};

/// Statements forward and back.
pub(crate) struct Recipe {
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<String>,
}

/// A function and a trigger that keep two columns equal, whichever one the application writes.
pub(crate) fn keep_equal(table: &Name, old: &str, new: &str) -> Recipe {
    let sync = derived(&table.name, &[old.to_owned(), new.to_owned()], "sync");
    let (function, trigger) = (table.sibling(&sync).sql(), quote_ident(&sync));
    let (old, new) = (quote_ident(old), quote_ident(new));
    let body = format!(
        "BEGIN\n  IF TG_OP = 'INSERT' THEN\n    NEW.{new} := coalesce(NEW.{new}, NEW.{old});\n    NEW.{old} := coalesce(NEW.{old}, NEW.{new});\n  \
         ELSIF NEW.{new} IS DISTINCT FROM OLD.{new} THEN\n    NEW.{old} := NEW.{new};\n  ELSE\n    NEW.{new} := NEW.{old};\n  END IF;\n  RETURN NEW;\nEND"
    );
    Recipe {
        up: vec![
            format!("CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $sync$\n{body}\n$sync$"),
            format!(
                "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
            ),
        ],
        down: vec![format!("DROP TRIGGER {trigger} ON {table}"), format!("DROP FUNCTION {function}()")],
    }
}

/// The expanding half of a rename: both names work.
pub(crate) fn rename_column(table: &Name, column: &str, to: &str, sql_type: &str) -> Recipe {
    let (old, new) = (quote_ident(column), quote_ident(to));
    let sync = keep_equal(table, column, to);
    let mut up = vec![LOCK_TIMEOUT.to_owned(), format!("ALTER TABLE {table} ADD COLUMN {new} {sql_type}")];
    up.extend(sync.up);
    up.push(backfill(table, &format!("{new} = {old}"), &format!("{new} IS DISTINCT FROM {old}")));
    let mut down = sync.down;
    down.push(format!("ALTER TABLE {table} DROP COLUMN {new}"));
    Recipe { up, down }
}
