//! What a role can do that dbwright does not need, as the catalog tells it.

use dbwright_sql::quote_ident;
use serde::{Deserialize, Serialize};

/// A kind of right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Everything.
    Superuser,
    /// An attribute of the role: CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS.
    Attribute,
    /// Membership in a role that is more than reading statistics.
    Membership,
    /// Ownership of relations, schemas or the database.
    Ownership,
    /// Writing to tables.
    WriteTables,
    /// Advancing sequences.
    Sequences,
    /// Creating objects in a schema or the database.
    Create,
    /// Creating temporary tables.
    Temporary,
    /// Running functions with a superuser's rights.
    DefinerFunctions,
}

/// A right in excess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excess {
    /// Its kind.
    pub right: Right,
    /// What the role may do, with the objects.
    pub what: String,
    /// Whether everybody has it (PUBLIC): no matter of this role, so it is told and nothing is
    /// refused because of it.
    pub from_public: bool,
    /// What takes it away. Empty where only another role helps.
    pub revoke: Vec<String>,
}

/// The catalog's answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Held {
    pub(super) role: String,
    superuser: bool,
    attributes: Vec<String>,
    member_of: Vec<String>,
    owned: i64,
    owned_example: Option<String>,
    owned_schemas: Vec<String>,
    owns_database: bool,
    database: String,
    writable: Vec<Writable>,
    sequences: Vec<Sequences>,
    creates_in: Vec<Creates>,
    creates_schemas: bool,
    temporary: bool,
    temporary_public: bool,
    definers: Vec<String>,
    definers_count: i64,
}

/// Tables of one schema that may be written, by whom they were granted to.
#[derive(Debug, Clone, Deserialize)]
struct Writable {
    schema: String,
    /// The role itself, a role that it is a member of, or `public`.
    grantee: String,
    privileges: Vec<String>,
    tables: i64,
    example: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Sequences {
    schema: String,
    grantee: String,
    count: i64,
    example: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Creates {
    schema: String,
    public: bool,
}

impl Held {
    /// The rights in excess, the gravest first.
    pub(super) fn excess(&self) -> Vec<Excess> {
        let me = quote_ident(&self.role);
        if self.superuser {
            return vec![Excess {
                right: Right::Superuser,
                what: "is a superuser: no rule of the server binds it".to_owned(),
                from_public: false,
                revoke: vec![format!("ALTER ROLE {me} NOSUPERUSER")],
            }];
        }
        let own = |right, what: String, revoke: Vec<String>| Excess { right, what, from_public: false, revoke };
        let mut excess = Vec::new();
        for attribute in &self.attributes {
            excess.push(own(
                Right::Attribute,
                format!("has {attribute}"),
                vec![format!("ALTER ROLE {me} NO{attribute}")],
            ));
        }
        for group in &self.member_of {
            excess.push(own(
                Right::Membership,
                format!("is a member of {group}"),
                vec![format!("REVOKE {} FROM {me}", quote_ident(group))],
            ));
        }
        excess.extend(self.owned().map(|what| own(Right::Ownership, what, Vec::new())));
        excess.extend(self.writable.iter().map(|writable| self.write(writable)));
        excess.extend(self.sequences.iter().map(|sequences| Excess {
            right: Right::Sequences,
            what: format!(
                "may advance {} of schema {} ({}){}",
                counted(sequences.count, "sequence"),
                sequences.schema,
                sequences.example,
                through(&sequences.grantee, &self.role)
            ),
            from_public: sequences.grantee == "public",
            revoke: self.revoke("USAGE, UPDATE", "SEQUENCES", &sequences.schema, &sequences.grantee),
        }));
        excess.extend(self.creates());
        excess
    }

    fn owned(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.owns_database {
            parts.push(format!("the database {}", self.database));
        }
        if !self.owned_schemas.is_empty() {
            parts.push(format!("the schemas {}", self.owned_schemas.join(", ")));
        }
        if let Some(example) = &self.owned_example {
            parts.push(format!("{} (such as {example})", counted(self.owned, "relation")));
        }
        (!parts.is_empty()).then(|| format!("owns {}, and may drop what it owns", parts.join(" and ")))
    }

    fn write(&self, writable: &Writable) -> Excess {
        let privileges = writable.privileges.join(", ");
        Excess {
            right: Right::WriteTables,
            what: format!(
                "may {privileges} on {} of schema {} (such as {}){}",
                counted(writable.tables, "table"),
                writable.schema,
                writable.example,
                through(&writable.grantee, &self.role)
            ),
            // Whoever may write may do harm, whether or not everybody else may too.
            from_public: false,
            revoke: self.revoke(&privileges, "TABLES", &writable.schema, &writable.grantee),
        }
    }

    /// Rights of a group end with the membership.
    fn revoke(&self, privileges: &str, objects: &str, schema: &str, grantee: &str) -> Vec<String> {
        let me = quote_ident(&self.role);
        let from = match grantee {
            "public" => "PUBLIC".to_owned(),
            role if role == self.role => me,
            group => return vec![format!("REVOKE {} FROM {me}", quote_ident(group))],
        };
        vec![format!("REVOKE {privileges} ON ALL {objects} IN SCHEMA {} FROM {from}", quote_ident(schema))]
    }

    fn creates(&self) -> Vec<Excess> {
        let (me, database) = (quote_ident(&self.role), quote_ident(&self.database));
        let who = |public: bool| if public { "PUBLIC".to_owned() } else { me.clone() };
        let mut excess = Vec::new();
        if self.creates_schemas {
            excess.push(Excess {
                right: Right::Create,
                what: format!("may create schemas in the database {}", self.database),
                from_public: false,
                revoke: vec![format!("REVOKE CREATE ON DATABASE {database} FROM {me}")],
            });
        }
        for Creates { schema, public } in &self.creates_in {
            excess.push(Excess {
                right: Right::Create,
                what: format!(
                    "may create objects in schema {schema}{}",
                    if *public { " (as everybody may)" } else { "" }
                ),
                from_public: *public,
                revoke: vec![format!("REVOKE CREATE ON SCHEMA {} FROM {}", quote_ident(schema), who(*public))],
            });
        }
        if self.temporary {
            let public = self.temporary_public;
            excess.push(Excess {
                right: Right::Temporary,
                what: format!("may create temporary tables{}", if public { " (as everybody may)" } else { "" }),
                from_public: public,
                revoke: vec![format!("REVOKE TEMPORARY ON DATABASE {database} FROM {}", who(public))],
            });
        }
        if !self.definers.is_empty() {
            excess.push(Excess {
                right: Right::DefinerFunctions,
                what: format!(
                    "may run {} with a superuser's rights (such as {})",
                    counted(self.definers_count, "function"),
                    self.definers.first().map_or("", String::as_str)
                ),
                from_public: true,
                revoke: self
                    .definers
                    .iter()
                    .map(|function| format!("REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC, {me}"))
                    .collect(),
            });
        }
        excess
    }
}

fn counted(count: i64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn through(grantee: &str, me: &str) -> String {
    match grantee {
        "public" => ", as everybody may".to_owned(),
        role if role == me => String::new(),
        group => format!(", as a member of {group}"),
    }
}
