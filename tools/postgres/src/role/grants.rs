//! The statements that let a role read what it needs, and nothing that looks like a secret.

use dbwright_sql::quote_ident;

use super::{
    facts::{Facts, Relation},
    plan::Step,
    secret::{is_secret_column, is_secret_table},
};

/// Tables in one GRANT: short enough to read.
const TABLES: usize = 40;

/// What is granted, and what is not.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) steps: Vec<Step>,
    /// `public.api_keys`, `public.users (password_hash)`.
    pub(super) left_out: Vec<String>,
    pub(super) notes: Vec<String>,
}

pub(super) fn reading(facts: &Facts, role: &str) -> Reading {
    let me = quote_ident(role);
    let mut reading = Reading::default();
    for schema in &facts.schemas {
        let name = quote_ident(&schema.name);
        if !schema.has_usage {
            let why = if schema.is_extension {
                "an extension that the advice uses lives there"
            } else {
                "its objects can be named"
            };
            reading.steps.push(Step::new(
                format!("GRANT USAGE ON SCHEMA {name} TO {me}"),
                format!("REVOKE USAGE ON SCHEMA {name} FROM {me}"),
                why,
            ));
        }
        if !schema.is_extension {
            let relations: Vec<&Relation> =
                facts.relations.iter().filter(|relation| relation.schema == schema.name).collect();
            reading.schema(&name, &me, &relations);
            if schema.readable_sequences < schema.sequences {
                reading.steps.push(Step::new(
                    format!("GRANT SELECT ON ALL SEQUENCES IN SCHEMA {name} TO {me}"),
                    format!("REVOKE SELECT ON ALL SEQUENCES IN SCHEMA {name} FROM {me}"),
                    "how far they have come; SELECT cannot advance them",
                ));
            }
        }
    }
    let (ours, others): (Vec<_>, Vec<_>) = facts
        .defaults
        .iter()
        .filter(|default| !default.is_granted || !default.is_granted_on_sequences)
        .partition(|default| facts.is_superuser || default.is_ours);
    for default in ours {
        let (owner, schema) = (quote_ident(&default.owner), quote_ident(&default.schema));
        let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}");
        let mut step = |objects: &str, why: &str| {
            reading.steps.push(Step::new(
                format!("{head} GRANT SELECT ON {objects} TO {me}"),
                format!("{head} REVOKE SELECT ON {objects} FROM {me}"),
                why,
            ));
        };
        if !default.is_granted {
            step("TABLES", "tables that come later; also those with secrets, which then need a REVOKE");
        }
        if !default.is_granted_on_sequences {
            step("SEQUENCES", "sequences that come later");
        }
    }
    for default in others {
        reading.notes.push(format!(
            "tables that {} creates later in schema {} are not covered: it must run ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT SELECT ON TABLES TO {me} itself",
            default.owner,
            default.schema,
            quote_ident(&default.schema)
        ));
    }
    reading
}

impl Reading {
    fn schema(&mut self, schema: &str, me: &str, relations: &[&Relation]) {
        let mut whole = Vec::new();
        let mut has_exception = false;
        for relation in relations {
            let name = format!("{schema}.{}", quote_ident(&relation.name));
            if is_secret_table(&relation.name) {
                has_exception = true;
                self.left_out.push(name.clone());
                if relation.has_select {
                    self.notes.push(format!("{name} looks like a table of secrets and can be read already"));
                }
                continue;
            }
            let is_secret = |column: &super::facts::Column| column.is_text && is_secret_column(&column.name);
            let secrets: Vec<&str> =
                relation.columns.iter().filter(|column| is_secret(column)).map(|column| column.name.as_str()).collect();
            if secrets.is_empty() {
                whole.push((name, relation.has_select));
                continue;
            }
            has_exception = true;
            self.left_out.push(format!("{name} ({})", secrets.join(", ")));
            if relation.has_select {
                self.notes.push(format!("{name} can be read as a whole already, {} too", secrets.join(", ")));
                continue;
            }
            let missing: Vec<String> = relation
                .columns
                .iter()
                .filter(|column| !is_secret(column) && !column.has_select)
                .map(|column| quote_ident(&column.name))
                .collect();
            if !missing.is_empty() {
                let columns = missing.join(", ");
                self.steps.push(Step::new(
                    format!("GRANT SELECT ({columns}) ON {name} TO {me}"),
                    format!("REVOKE SELECT ({columns}) ON {name} FROM {me}"),
                    format!("all columns but {}", secrets.join(", ")),
                ));
            }
        }
        let missing: Vec<String> = whole.iter().filter(|(_, has)| !has).map(|(name, _)| name.clone()).collect();
        if missing.is_empty() {
            return;
        }
        if !has_exception && missing.len() == whole.len() && missing.len() > 1 {
            self.steps.push(Step::new(
                format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {me}"),
                format!("REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM {me}"),
                "plans and statistics of its tables",
            ));
            return;
        }
        for tables in missing.chunks(TABLES) {
            let tables = tables.join(", ");
            self.steps.push(Step::new(
                format!("GRANT SELECT ON {tables} TO {me}"),
                format!("REVOKE SELECT ON {tables} FROM {me}"),
                "plans and statistics of these tables",
            ));
        }
    }
}
