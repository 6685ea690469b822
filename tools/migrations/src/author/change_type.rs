//! A change of type that would rewrite the table: a second column, kept equal, takes the place of
//! the first with everything that hangs on it.

use dbwright_sql::{quote_ident, quote_literal};

use crate::author::carry::{Carried, carried};
use crate::author::plan::{Step, backfill_step, plain, set_not_null, validate};
use crate::name::{Name, derived};
use crate::{ColumnFacts, Context};

/// A wanted change of type.
pub(crate) struct TypeSwap<'a> {
    pub(crate) table: &'a Name,
    pub(crate) column: &'a str,
    pub(crate) sql_type: &'a str,
    /// The new value, from the row's columns.
    pub(crate) value: &'a str,
    /// The type before, for the way back.
    pub(crate) present: &'a str,
}

/// The steps up to the swap and its checks, and the one that drops the old column a release later.
pub(crate) fn swap_type(swap: &TypeSwap<'_>, context: &Context) -> (Vec<Step>, Step) {
    let TypeSwap { table, column, sql_type, value, present } = *swap;
    let fresh_name = format!("{column}_new");
    let (quoted, fresh, retired) =
        (quote_ident(column), quote_ident(&fresh_name), quote_ident(&format!("{column}_old")));
    let slug = format!("change_{}_of_{}", plain(column), plain(&table.name));
    let facts = context.table(table).and_then(|facts| facts.column(column));
    let carried = carried(table, column, context);
    let sync = derived(&table.name, std::slice::from_ref(&fresh_name), "sync");
    let (function, trigger) = (table.sibling(&sync).sql(), quote_ident(&sync));
    let expand = vec![
        format!("ALTER TABLE {table} ADD COLUMN {fresh} {sql_type}"),
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $sync$\nBEGIN\n  SELECT {value} INTO NEW.{fresh} FROM (SELECT NEW.*) AS row_value;\n  RETURN NEW;\nEND\n$sync$"
        ),
        format!(
            "CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        ),
    ];
    let unsync = vec![format!("DROP TRIGGER {trigger} ON {table}"), format!("DROP FUNCTION {function}()")];
    let mut drop_expanded = unsync.clone();
    drop_expanded.push(format!("ALTER TABLE {table} DROP COLUMN {fresh}"));
    let mut steps = vec![
        Step::new(format!("{slug}_expand"), "The new column follows the old one.", expand.clone(), drop_expanded),
        backfill_step(table, &fresh_name, value, &format!("{fresh} IS NULL AND {quoted} IS NOT NULL")),
    ];
    if facts.is_some_and(|facts| !facts.nullable) {
        steps.extend(set_not_null(table, &fresh_name));
    }
    for twin in &carried.twins {
        steps.push(Step::alone(
            format!("create_{}", plain(&twin.name)),
            "Outside a transaction, alone. If it fails, drop the invalid index that it leaves and run it again.",
            twin.create.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1),
            Some(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", table.sibling(&twin.name).sql())),
        ));
    }
    let moves = Moves { swap, facts, carried: &carried };
    let rename = |from: &str, to: &str| format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}");
    let mut up = unsync;
    up.extend(moves.leave());
    up.extend([rename(&quoted, &retired), rename(&fresh, &quoted)]);
    up.extend(moves.arrive());
    let mut down = moves.leave_again();
    down.extend([rename(&quoted, &fresh), rename(&retired, &quoted)]);
    // What was written since the swap has no old value yet.
    down.push(format!("UPDATE {table} SET {quoted} = {fresh}::{present} WHERE ({value}) IS DISTINCT FROM {fresh}"));
    down.extend(moves.return_home());
    down.extend(expand.into_iter().skip(1));
    steps.push(Step::new(format!("{slug}_swap"), &moves.note(), up, down));
    for reference in carried.references.iter().filter(|reference| reference.validated) {
        steps.push(validate(&reference.table, &quote_ident(&reference.constraint)));
    }
    let index_rename =
        |from: &str, to: &str| format!("ALTER INDEX {} RENAME TO {}", table.sibling(from).sql(), quote_ident(to));
    // A key's index has taken the constraint's name at the swap.
    let plain_twins = || carried.twins.iter().filter(|twin| twin.key.is_none());
    let mut contract = vec![format!("ALTER TABLE {table} DROP COLUMN {retired}")];
    contract.extend(plain_twins().map(|twin| index_rename(&twin.name, &twin.index)));
    let mut back: Vec<String> = plain_twins().map(|twin| index_rename(&twin.index, &twin.name)).collect();
    back.push(format!("ALTER TABLE {table} ADD COLUMN {retired} {present}"));
    let last = Step::new(
        format!("{slug}_contract"),
        "A release later, when nothing needs the old values. The way back brings the column, not its data and indexes.",
        contract,
        back,
    );
    (steps, last)
}

/// What moves in the transaction of the swap.
struct Moves<'a> {
    swap: &'a TypeSwap<'a>,
    facts: Option<&'a ColumnFacts>,
    carried: &'a Carried,
}

impl Moves<'_> {
    fn alter(&self, column: &str, change: &str) -> String {
        format!("ALTER TABLE {} ALTER COLUMN {} {change}", self.swap.table, quote_ident(column))
    }

    fn drop_constraints(&self) -> Vec<String> {
        let drop =
            |table: &Name, constraint: &str| format!("ALTER TABLE {table} DROP CONSTRAINT {}", quote_ident(constraint));
        let references = self.carried.references.iter().map(|known| drop(&known.table, &known.constraint));
        let keys = self.carried.twins.iter().filter_map(|twin| twin.key.as_ref());
        references.chain(keys.map(|key| drop(self.swap.table, &key.constraint))).collect()
    }

    /// The definitions name the column as it is called after the renaming.
    fn add_references(&self) -> impl Iterator<Item = String> {
        self.carried.references.iter().map(|known| {
            let constraint = quote_ident(&known.constraint);
            format!("ALTER TABLE {} ADD CONSTRAINT {constraint} {} NOT VALID", known.table, known.definition)
        })
    }

    /// The old column lets go: nothing fills it any more, so it has to take NULL.
    fn leave(&self) -> Vec<String> {
        let column = self.swap.column;
        let mut up = self.drop_constraints();
        if self.identity() {
            up.push(self.alter(column, "DROP IDENTITY"));
        }
        if self.facts.is_none_or(|facts| !facts.nullable) {
            up.push(self.alter(column, "DROP NOT NULL"));
        }
        if self.default().is_some() {
            up.push(self.alter(column, "DROP DEFAULT"));
        }
        up
    }

    /// The new column, by now under the old name, takes over.
    fn arrive(&self) -> Vec<String> {
        let TypeSwap { table, column, sql_type, .. } = *self.swap;
        let mut up = Vec::new();
        if let Some(default) = self.default() {
            up.push(self.alter(column, &format!("SET DEFAULT ({default})::{sql_type}")));
        }
        if let Some(sequence) = self.own_sequence() {
            up.push(format!("ALTER SEQUENCE {sequence} OWNED BY {table}.{}", quote_ident(column)));
        }
        if self.identity() {
            up.extend(self.new_identity());
        }
        for twin in &self.carried.twins {
            if let Some(key) = &twin.key {
                let (constraint, index) = (quote_ident(&key.constraint), quote_ident(&twin.name));
                up.push(format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} {} USING INDEX {index}", key.words));
            }
        }
        up.extend(self.add_references());
        up
    }

    fn leave_again(&self) -> Vec<String> {
        let column = self.swap.column;
        let mut down = self.drop_constraints();
        if self.identity() {
            down.push(self.alter(column, "DROP IDENTITY"));
        }
        if self.default().is_some() {
            down.push(self.alter(column, "DROP DEFAULT"));
        }
        down
    }

    fn return_home(&self) -> Vec<String> {
        let TypeSwap { table, column, .. } = *self.swap;
        let mut down = Vec::new();
        if self.facts.is_some_and(|facts| !facts.nullable) {
            down.push(self.alter(column, "SET NOT NULL"));
        }
        if let Some(default) = self.default() {
            down.push(self.alter(column, &format!("SET DEFAULT {default}")));
        }
        if let Some(sequence) = self.own_sequence() {
            down.push(format!("ALTER SEQUENCE {sequence} OWNED BY {table}.{}", quote_ident(column)));
        }
        if self.identity() {
            down.extend(self.new_identity());
        }
        for twin in &self.carried.twins {
            if let Some(key) = &twin.key {
                let listed: Vec<String> = key.columns.iter().map(|column| quote_ident(column)).collect();
                let constraint = quote_ident(&key.constraint);
                down.push(format!(
                    "ALTER TABLE {table} ADD CONSTRAINT {constraint} {} ({})",
                    key.words,
                    listed.join(", ")
                ));
                // It went with its constraint.
                down.push(twin.create.clone());
            }
        }
        down.extend(self.add_references());
        down
    }

    fn default(&self) -> Option<&str> {
        self.facts.and_then(|facts| facts.default.as_deref())
    }

    fn identity(&self) -> bool {
        self.facts.is_some_and(|facts| facts.identity)
    }

    fn new_identity(&self) -> [String; 2] {
        let TypeSwap { table, column, .. } = *self.swap;
        let (name, sequence_of) = (quote_ident(column), quote_literal(&table.sql()));
        [
            self.alter(column, "ADD GENERATED BY DEFAULT AS IDENTITY"),
            format!(
                "SELECT setval(pg_get_serial_sequence({sequence_of}, {}), (SELECT coalesce(max({name}), 0) + 1 FROM {table}), false)",
                quote_literal(column)
            ),
        ]
    }

    /// The sequence of a `serial`: it would go with the old column.
    fn own_sequence(&self) -> Option<&str> {
        let sequence = self.default()?.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?;
        let own = derived(&self.swap.table.name, &[self.swap.column.to_owned()], "seq");
        (sequence.rsplit('.').next()?.trim_matches('"') == own).then_some(sequence)
    }

    /// What people should know before the swap.
    fn note(&self) -> String {
        let mut note = match self.facts {
            Some(_) => "The new column takes the name, NOT NULL, default, keys and indexes; the old one takes NULL from here on.".to_owned(),
            None => UNSEEN.to_owned(),
        };
        if self.identity() {
            note.push_str(" Identity becomes BY DEFAULT and goes on after the highest value.");
        }
        if !self.carried.references.is_empty() {
            note.push_str(" Foreign keys move with it and are checked in the next migrations; one that was DEFERRABLE has to be made so again.");
        }
        if !self.carried.left.is_empty() {
            let left = self.carried.left.join(", ").replace(char::is_control, " ");
            note.push_str(&format!(" Not carried over, add it to the new column first: {left}."));
        }
        note.push_str(" Views, policies and other triggers keep to the old column: move them before it is dropped.");
        note
    }
}

/// Said where no catalog was at hand.
pub(crate) const UNSEEN: &str = "Without a catalog nothing else can be carried over: before the swap give the new column its default, NOT NULL (by CHECK NOT VALID, VALIDATE, SET NOT NULL), foreign keys (NOT VALID, then VALIDATE) and concurrently built twins of the indexes.";
