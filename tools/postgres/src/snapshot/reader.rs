//! Runs one catalog query at a time and turns what goes wrong into a reason.

use std::time::Duration;

use dbwright_checks::Probe as Part;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;

use super::row;
use crate::{Database, Identity, PgError, Probe, ProbeLimits};

/// A query whose text depends on the server's version. The text is ours and fixed: versions
/// choose between constants, values are never written into it.
pub(super) struct Query {
    /// The statement, with `{placeholders}`.
    pub(super) text: &'static str,
    /// Placeholders: name, first major version that knows the new form, new form, old form.
    pub(super) variants: &'static [(&'static str, i32, &'static str, &'static str)],
}

impl Query {
    /// A query that is the same for all versions.
    pub(super) const fn new(text: &'static str) -> Self {
        Self { text, variants: &[] }
    }

    fn for_major(&self, major: i32) -> String {
        self.variants.iter().fold(self.text.to_owned(), |text, (name, since, new, old)| {
            text.replace(name, if major >= *since { new } else { old })
        })
    }
}

/// Relations that an application owns: not the server's, not temporary, not an extension's.
/// Stands in for `{user_relation}` in queries over `pg_class c JOIN pg_namespace n`.
const USER_RELATION: &str = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND n.nspname !~ '^pg_(temp|toast_temp)_'
    AND c.oid NOT IN (SELECT e.objid FROM pg_depend e
                      WHERE e.classid = 'pg_class'::regclass AND e.deptype = 'e')";

/// Relations of this database whose file cannot be measured without waiting: somebody holds or
/// wants an exclusive lock. Stands in for `{locked}`.
const LOCKED: &str = "SELECT DISTINCT l.relation FROM pg_locks l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())";

/// What roles other than the owner may do with the relation `c`. Stands in for `{grants}`.
const GRANTS: &str = "CASE WHEN c.relacl IS NULL THEN '[]'::json ELSE coalesce((
            SELECT json_agg(json_build_object('role', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,
                'read', g.read, 'write', g.write))
            FROM (SELECT x.grantee, bool_or(x.privilege_type = 'SELECT') AS read,
                      bool_or(x.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) AS write
                  FROM aclexplode(c.relacl) x WHERE x.grantee <> c.relowner GROUP BY x.grantee) g), '[]') END";

/// How a statement begins, without and with the mark.
const MARKED: [(&str, &str); 2] = [("SELECT ", "SELECT /* dbwright */ "), ("WITH ", "WITH /* dbwright */ ")];

/// Attempts at a query that meets a new lock each time.
const ATTEMPTS: u32 = 3;

/// Reads parts of one database.
pub(super) struct Reader<'a> {
    database: &'a Database,
    identity: &'a Identity,
}

impl<'a> Reader<'a> {
    pub(super) async fn new(database: &'a Database) -> Result<Self, PgError> {
        Ok(Self { database, identity: database.identity().await? })
    }

    pub(super) fn major(&self) -> i32 {
        self.identity.major()
    }

    pub(super) fn user(&self) -> &str {
        &self.identity.user
    }

    pub(super) async fn begin(&self) -> Result<Probe, PgError> {
        let limits = ProbeLimits { statement: Duration::from_secs(15), ..ProbeLimits::default() };
        self.database.probe_with(limits).await
    }

    /// All rows of a query in a transaction of their own, or the reason why there are none.
    ///
    /// A lock that comes after the query made its list of locked relations ends it after 200 ms;
    /// the next attempt has that lock on its list.
    pub(super) async fn rows<T: DeserializeOwned>(&self, query: &Query) -> Result<Part<Vec<T>>, PgError> {
        let mut attempt = 1;
        loop {
            let mut probe = self.begin().await?;
            let outcome = self.fetch(&mut probe, query).await;
            probe.finish().await;
            match outcome {
                Err(error) if error.is_locked() && attempt < ATTEMPTS => attempt += 1,
                outcome => return settle(outcome),
            }
        }
    }

    /// The one row of a query.
    pub(super) async fn row<T: DeserializeOwned>(&self, query: &Query) -> Result<Part<T>, PgError> {
        Ok(match self.rows::<T>(query).await? {
            Part::Ok(rows) => {
                rows.into_iter().next().map_or_else(|| Part::skipped("the server returned no row"), Part::Ok)
            }
            Part::Skipped { reason } => Part::Skipped { reason },
            Part::NotAsked => Part::NotAsked,
        })
    }

    /// Runs a query in an open transaction.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, probe: &mut Probe, query: &Query) -> Result<Vec<T>, PgError> {
        let text = query
            .for_major(self.major())
            .replace("{user_relation}", USER_RELATION)
            .replace("{locked}", LOCKED)
            .replace("{grants}", GRANTS);
        // After the first keyword, where every statement of ours carries it.
        let sql = MARKED.iter().find_map(|(plain, marked)| Some(format!("{marked}{}", text.strip_prefix(plain)?)));
        let rows = sqlx::query(AssertSqlSafe(sql.unwrap_or(text))).fetch_all(probe.connection()).await?;
        rows.iter().map(row::decode).collect()
    }
}

/// Separates what is a gap from what ends the reading.
pub(super) fn settle<T>(outcome: Result<T, PgError>) -> Result<Part<T>, PgError> {
    match outcome {
        Ok(value) => Ok(Part::Ok(value)),
        Err(error) if error.is_privilege() => {
            Ok(Part::skipped(format!("missing privilege: {error}; GRANT pg_monitor to the role gives it")))
        }
        Err(error) if error.is_locked() => Ok(Part::skipped(
            "another session holds a lock that the probe would have to wait for; run it again when the lock is gone",
        )),
        Err(error @ (PgError::Server(_) | PgError::Timeout(_) | PgError::Answer(_))) => {
            Ok(Part::skipped(error.to_string()))
        }
        Err(error) => Err(error),
    }
}
