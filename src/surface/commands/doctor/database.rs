//! Each database: reachable, recent enough, with the extensions and rights that the tools use.

use dbwright_contract::{CallCx, Tool};
use dbwright_postgres::{Database, Databases, Identity, Psql, PsqlArgs};
use dbwright_sql::quote_ident;
use tokio_util::sync::CancellationToken;

use super::line::Line;
use crate::rights::Rights;

/// The oldest server version that the tools are tested on.
const OLDEST: i32 = 13;

/// Where the extensions stand: available, created, in which schema.
const EXTENSIONS: &str = "SELECT a.name, n.nspname FROM pg_available_extensions a
    LEFT JOIN pg_extension e ON e.extname = a.name LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE a.name IN ('hypopg', 'pg_stat_statements')";

/// All databases of the run.
pub(super) async fn all(databases: &Databases, cancel: &CancellationToken) -> Vec<Line> {
    if databases.is_empty() {
        return vec![
            Line::warn("database", "none is configured")
                .hint("pass --db URL, set DATABASE_URL, or add one to the config"),
        ];
    }
    let mut lines = Vec::new();
    for database in databases.iter() {
        lines.extend(one(database, databases, cancel).await);
    }
    lines
}

async fn one(database: &Database, databases: &Databases, cancel: &CancellationToken) -> Vec<Line> {
    let topic = format!("database {}", database.name());
    let identity = match database.identity().await {
        Ok(identity) => identity,
        Err(error) => return vec![Line::fail(topic, error.to_string())],
    };
    let server = format!("PostgreSQL {} at {}", identity.version, database.endpoint());
    let mut lines = vec![if identity.major() < OLDEST {
        Line::warn(&topic, format!("{server}: versions before {OLDEST} are not tested"))
    } else {
        Line::ok(&topic, server)
    }];
    lines.push(statistics(&topic, identity));
    lines.push(match Rights::on_database(database).await {
        Ok(held) => rights(&topic, &held),
        Err(error) => Line::warn(&topic, format!("what our role may do: {error}")),
    });
    let asker = Asker { topic: &topic, psql: Psql::new(databases.clone()), database, cancel };
    lines.extend(asker.extensions().await);
    lines
}

fn statistics(topic: &str, identity: &Identity) -> Line {
    let user = &identity.user;
    if identity.reads_all_stats {
        Line::ok(topic, format!("{user} reads all statistics"))
    } else {
        Line::warn(topic, format!("{user} does not see other users' sessions and statements"))
            .hint(format!("GRANT pg_read_all_stats TO {};", quote_ident(user)))
    }
}

/// What our role or user could do beyond reading.
pub(super) fn rights(topic: &str, held: &Rights) -> Line {
    if held.own.is_empty() {
        let public =
            if held.public.is_empty() { String::new() } else { format!("; everybody {}", held.public.join(", ")) };
        return Line::ok(topic, format!("{} can do no harm here{public}", held.role));
    }
    let revoke = held.revoke.iter().map(|statement| format!(" {statement};")).collect::<String>();
    Line::warn(topic, format!("{} {}", held.role, held.own.join("; ")))
        .hint(format!("{}, or take it away:{revoke}", held.remedy))
}

struct Asker<'a> {
    topic: &'a str,
    psql: Psql,
    database: &'a Database,
    cancel: &'a CancellationToken,
}

impl Asker<'_> {
    async fn ask(&self, sql: String) -> Result<Vec<Vec<Option<String>>>, String> {
        let args = PsqlArgs { sql, max_rows: None, database: Some(self.database.name().to_owned()) };
        let answer = self.psql.call(&CallCx::detached(self.cancel.clone()), args).await;
        answer.map(|output| output.rows.rows).map_err(|error| error.to_string())
    }

    async fn extensions(&self) -> Vec<Line> {
        let rows = match self.ask(EXTENSIONS.to_owned()).await {
            Ok(rows) => rows,
            Err(error) => return vec![Line::warn(self.topic, format!("extensions: {error}"))],
        };
        // Outside: whether it is available. Inside: the schema that it was created in.
        let schema = |wanted: &str| {
            rows.iter().find_map(|row| match row.as_slice() {
                [Some(name), schema] if name == wanted => Some(schema.clone()),
                _ => None,
            })
        };
        vec![self.statements(schema("pg_stat_statements")).await, self.hypopg(schema("hypopg"))]
    }

    async fn statements(&self, known: Option<Option<String>>) -> Line {
        match known {
            Some(Some(schema)) => {
                let sql = format!("SELECT 1 FROM {}.pg_stat_statements LIMIT 1", quote_ident(&schema));
                match self.ask(sql).await {
                    Ok(_) => Line::ok(self.topic, "pg_stat_statements counts statements"),
                    Err(error) => Line::warn(self.topic, format!("pg_stat_statements: {error}"))
                        .hint("add it to shared_preload_libraries and restart the server"),
                }
            }
            Some(None) => Line::warn(self.topic, "pg_stat_statements is not created here: the workload is unknown")
                .hint("CREATE EXTENSION pg_stat_statements; with shared_preload_libraries = 'pg_stat_statements'"),
            None => Line::warn(self.topic, "pg_stat_statements is not installed: the workload is unknown")
                .hint("install the server's contrib package"),
        }
    }

    fn hypopg(&self, known: Option<Option<String>>) -> Line {
        match known {
            Some(Some(_)) => Line::ok(self.topic, "hypopg is there: indexes are tried without building them"),
            Some(None) => Line::warn(
                self.topic,
                "hypopg is installed and not created here: indexes are tried on scratch copies only",
            )
            .hint("CREATE EXTENSION hypopg;"),
            None => Line::warn(self.topic, "hypopg is not installed: indexes are tried on scratch copies only"),
        }
    }
}
