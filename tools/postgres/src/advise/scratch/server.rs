//! The copy as a whole: made, filled, thrown away.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Candidate, Catalog, KeyExpression, Table, TableKind, TableName};
use dbwright_servers::PostgresBinaries;
use dbwright_sql::quote_ident;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{
    copy, definitions,
    definitions::Dependencies,
    host::{Host, ROLE, connect, run},
    sample::Sample,
};
use crate::{
    Database, DatabaseConfig, GuardedSession,
    advise::{hypothetical::Hypothetical, settings::ScratchPlace},
};

/// Building one index may take this long.
const BUILD_TIMEOUT: &str = "SET statement_timeout = '300s'";
/// Expressions that get statistics of their own.
const MOST_EXPRESSIONS: usize = 64;

/// A running copy. Stopping it removes it; a server of our own ends with its process too.
pub(in crate::advise) struct ScratchCopy {
    pub(super) host: Host,
    pub(super) admin: PgConnection,
    pub(super) owner: PgConnection,
    pub(super) session: GuardedSession,
    /// Hypothetical indexes on the copy, where hypopg is there: b-trees need not be built to be compared.
    pub(super) hypothetical: Option<Hypothetical>,
    pub(super) built: BTreeMap<usize, Built>,
    pub(super) shown: Option<Vec<usize>>,
    /// Candidates keyed by an expression whose statistics exist only with the index.
    pub(super) only_real: BTreeSet<usize>,
    sampled_tables: BTreeMap<TableName, f64>,
    version: u32,
    /// One execution may take this long.
    pub(in crate::advise) run_timeout: Duration,
    /// What the copy lacks, in words.
    pub(in crate::advise) notes: Vec<String>,
    /// Which tables are there in part, in words.
    pub(in crate::advise) sampled: Vec<String>,
}

/// A candidate that was built.
pub(super) struct Built {
    /// Its index, and on a parent of partitions theirs: schema and name.
    pub(super) names: Vec<(String, String)>,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) table: TableName,
}

impl ScratchCopy {
    /// Copies the tables; `Err` in words where that is not possible here.
    pub(in crate::advise) async fn create(
        database: &Database,
        cx: &CallCx,
        catalog: &Catalog,
        tables: &BTreeSet<TableName>,
        most_bytes: u64,
        place: &ScratchPlace,
    ) -> Result<Result<Self, String>, ToolError> {
        let major = catalog.server_version / 10_000;
        let mut chosen: Vec<&Table> = Vec::new();
        for name in tables {
            match catalog.table(name) {
                Some(table) if table.kind.is_indexable() => chosen.push(table),
                Some(table) => return Ok(Err(format!("{name} is a {}, which cannot be copied", table.kind.as_str()))),
                None => return Ok(Err(format!("{name} is not known"))),
            }
        }
        let dependencies = definitions::read(database, tables).await?;
        let sample = Sample::within(most_bytes, dependencies.bytes.unsigned_abs());
        let host = match place {
            ScratchPlace::Server(url) => {
                cx.progress("making a scratch database on the server of advise.scratch");
                Host::borrowed(url, database, &dependencies, major).await
            }
            ScratchPlace::Auto | ScratchPlace::Nowhere => {
                let Some(binaries) = PostgresBinaries::find_major(major) else {
                    return Ok(Err(format!("no PostgreSQL {major} programs are on this machine for a scratch server")));
                };
                if sample.is_too_thin() {
                    return Ok(Err(too_thin(&dependencies, most_bytes)));
                }
                cx.progress(format!("starting a scratch PostgreSQL {}", binaries.version));
                Host::own(&binaries, &dependencies).await
            }
        };
        let host = match host {
            Ok(host) => host,
            Err(ToolError::Cancelled) => return Err(ToolError::Cancelled),
            Err(error) => return Ok(Err(format!("the scratch server cannot be used: {error}"))),
        };
        if sample.is_too_thin() && !host.cloned {
            host.stop().await;
            return Ok(Err(too_thin(&dependencies, most_bytes)));
        }
        let mut copy = match Self::open(host, catalog, &dependencies).await {
            Ok(copy) => copy,
            Err((host, error)) => {
                host.stop().await;
                return Ok(Err(format!("the scratch server cannot be used: {error}")));
            }
        };
        let filled = if copy.host.cloned {
            copy.take_over(&chosen).await
        } else {
            copy.fill(database, cx, catalog, &chosen, &dependencies, most_bytes, sample).await
        };
        match filled {
            Ok(()) => Ok(Ok(copy)),
            Err(error) => {
                copy.stop().await;
                match error {
                    ToolError::Cancelled => Err(ToolError::Cancelled),
                    error => Ok(Err(format!("the tables cannot be copied: {error}"))),
                }
            }
        }
    }

    async fn open(mut host: Host, catalog: &Catalog, dependencies: &Dependencies) -> Result<Self, (Host, ToolError)> {
        let opened = async {
            let mut admin = connect(&host.admin).await?;
            let path: Vec<String> = catalog.search_path.iter().map(|schema| quote_ident(schema)).collect();
            let database: String = sqlx::query_scalar("SELECT current_database()::text")
                .fetch_one(&mut admin)
                .await
                .map_err(crate::PgError::from)?;
            run(&mut admin, &format!("ALTER DATABASE {database} SET search_path = {}", path.join(", "))).await?;
            let mut notes = Vec::new();
            if !host.cloned {
                for (extension, schema) in &dependencies.extensions {
                    let statement = format!(
                        "CREATE SCHEMA IF NOT EXISTS {0}; GRANT ALL ON SCHEMA {0} TO {ROLE}; CREATE EXTENSION {1} SCHEMA {0} CASCADE",
                        quote_ident(schema),
                        quote_ident(extension)
                    );
                    if sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut admin).await.is_err() {
                        notes.push(format!("the scratch server has no extension {extension}"));
                    }
                }
                run(&mut admin, &format!("GRANT ALL ON SCHEMA public TO {ROLE}")).await?;
            }
            // In a schema of its own, so that it takes no name of the database's.
            let hypopg = "CREATE SCHEMA IF NOT EXISTS dbwright_hypopg; GRANT USAGE ON SCHEMA dbwright_hypopg TO PUBLIC;
                CREATE EXTENSION IF NOT EXISTS hypopg SCHEMA dbwright_hypopg";
            let has_hypopg = sqlx::raw_sql(hypopg).execute(&mut admin).await.is_ok();
            let mut owner = connect(&host.owner).await?;
            run(&mut owner, BUILD_TIMEOUT).await?;
            let handle = Database::new(DatabaseConfig::new("scratch", host.owner.clone()))?;
            let session = GuardedSession::open(&handle).await?;
            let hypothetical = if has_hypopg { Hypothetical::open(&handle).await?.ok() } else { None };
            Ok::<_, ToolError>((admin, owner, session, hypothetical, notes))
        };
        match opened.await {
            Ok((admin, owner, session, hypothetical, mut notes)) => {
                notes.append(&mut host.notes);
                Ok(Self {
                    host,
                    admin,
                    owner,
                    session,
                    hypothetical,
                    built: BTreeMap::new(),
                    shown: None,
                    only_real: BTreeSet::new(),
                    sampled_tables: BTreeMap::new(),
                    version: catalog.server_version,
                    run_timeout: Duration::from_secs(5),
                    notes,
                    sampled: Vec::new(),
                })
            }
            Err(error) => Err((host, error)),
        }
    }

    /// A clone holds everything; its tables must be the scratch role's to build indexes on.
    async fn take_over(&mut self, tables: &[&Table]) -> Result<(), ToolError> {
        let mut schemas: BTreeSet<&str> = BTreeSet::new();
        for table in tables {
            run(&mut self.admin, &format!("ALTER TABLE {} OWNER TO {ROLE}", table.name.quoted())).await?;
            schemas.insert(&table.name.schema);
        }
        for schema in schemas {
            let schema = quote_ident(schema);
            run(&mut self.admin, &format!("GRANT ALL ON SCHEMA {schema} TO {ROLE}")).await?;
            run(&mut self.admin, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {ROLE}")).await?;
        }
        for table in tables.iter().filter(|table| table.parent.is_none()) {
            run(&mut self.owner, &format!("VACUUM (ANALYZE) {}", table.name.quoted())).await?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "each is one thing that the copy is made of")]
    async fn fill(
        &mut self,
        database: &Database,
        cx: &CallCx,
        catalog: &Catalog,
        tables: &[&Table],
        dependencies: &Dependencies,
        most_bytes: u64,
        sample: Sample,
    ) -> Result<(), ToolError> {
        for statement in definitions::statements(tables, dependencies) {
            run(&mut self.owner, &statement).await?;
        }
        // Text is wider than what is stored: twice the size is no sign of old statistics.
        let with_rows: Vec<&Table> =
            tables.iter().copied().filter(|table| table.kind != TableKind::Partitioned).collect();
        copy::rows(database, cx, &mut self.owner, &with_rows, sample, most_bytes * 3).await?;
        for table in &with_rows {
            if let Some(percent) = sample.percent_of(table) {
                self.sampled_tables.insert(table.name.clone(), percent / 100.0);
                self.sampled.push(format!(
                    "{}: {percent:.0} % of its pages were copied, by chance, so what a scan of it costs without an \
                     index was measured that much too small",
                    table.name
                ));
            }
        }
        cx.progress("building the existing indexes on the scratch copy");
        let (functions, views) = (dependencies.functions.clone(), definitions::views(catalog));
        self.create_what_can_be(functions).await;
        self.create_what_can_be(views).await;
        // Those of partitions come with their parent's.
        let own = tables.iter().filter(|table| table.bound.is_none());
        for index in own.flat_map(|table| &table.indexes).filter(|index| index.valid) {
            if run(&mut self.owner, &index.definition).await.is_err() {
                self.notes.push(format!("the scratch copy lacks the index {}", index.name));
            }
        }
        for index in tables.iter().filter(|table| table.bound.is_some()).flat_map(|table| &table.indexes) {
            // Fails where it came with the parent's already.
            let _ = run(&mut self.owner, &index.definition).await;
        }
        for statistics in &dependencies.statistics {
            if run(&mut self.owner, statistics).await.is_err() {
                self.notes.push("the scratch copy lacks an extended statistics object".to_owned());
            }
        }
        // Visibility for index-only scans, statistics for the planner; a parent's vacuum goes through
        // its partitions.
        for table in tables.iter().filter(|table| table.bound.is_none()) {
            run(&mut self.owner, &format!("VACUUM (ANALYZE) {}", table.name.quoted())).await?;
        }
        Ok(())
    }

    /// Functions and views may stand on each other in any order: goes over them until none succeeds.
    async fn create_what_can_be(&mut self, mut statements: Vec<String>) {
        let _ = run(&mut self.owner, "SET check_function_bodies = off").await;
        loop {
            let mut left = Vec::new();
            for statement in &statements {
                if run(&mut self.owner, statement).await.is_err() {
                    left.push(statement.clone());
                }
            }
            if left.is_empty() || left.len() == statements.len() {
                return;
            }
            statements = left;
        }
    }

    /// Gives the planner statistics about the expressions of the candidates, which otherwise come
    /// with a built index alone. Before PostgreSQL 14 they do, so such indexes must be built there.
    pub(in crate::advise) async fn describe_expressions(
        &mut self,
        cx: &CallCx,
        candidates: &[(usize, Candidate)],
    ) -> Result<(), ToolError> {
        let mut expressions: BTreeSet<(&TableName, &str)> = BTreeSet::new();
        for (at, candidate) in candidates {
            for key in &candidate.keys {
                let KeyExpression::Expression { sql, .. } = &key.expression else { continue };
                if self.version < 140_000 {
                    self.only_real.insert(*at);
                } else if candidate.method.is_hypothetical() {
                    expressions.insert((&candidate.table, sql.as_str()));
                }
            }
        }
        if self.hypothetical.is_none() || expressions.is_empty() {
            return Ok(());
        }
        cx.progress(format!("sampling {} expressions on the scratch copy", expressions.len().min(MOST_EXPRESSIONS)));
        let mut tables: BTreeSet<&TableName> = BTreeSet::new();
        for (number, (table, sql)) in expressions.into_iter().take(MOST_EXPRESSIONS).enumerate() {
            let schema = quote_ident(&table.schema);
            let statement =
                format!("CREATE STATISTICS {schema}.dbwright_expression_{number} ON ({sql}) FROM {}", table.quoted());
            if run(&mut self.owner, &statement).await.is_ok() {
                tables.insert(table);
            }
        }
        for table in tables {
            run(&mut self.owner, &format!("ANALYZE {}", table.quoted())).await?;
        }
        Ok(())
    }

    /// Sizes and build times of the candidates that were built: sizes only of tables that are there
    /// whole, times as if they were.
    pub(in crate::advise) fn found(&self) -> crate::advise::task::Built {
        let mut found = crate::advise::task::Built::default();
        for (at, built) in &self.built {
            let share = self.sampled_tables.get(&built.table).copied();
            if share.is_none() {
                found.sizes.insert(*at, built.bytes);
            }
            found.seconds.insert(*at, built.seconds / share.unwrap_or(1.0));
        }
        found
    }

    /// Removes the copy.
    pub(in crate::advise) async fn stop(self) {
        self.session.close().await;
        if let Some(hypothetical) = self.hypothetical {
            hypothetical.close().await;
        }
        drop((self.admin, self.owner));
        self.host.stop().await;
    }
}

fn too_thin(dependencies: &Dependencies, most_bytes: u64) -> String {
    format!(
        "the tables take {} MB; the {} MB that are copied to a scratch server would be too thin a sample",
        dependencies.bytes >> 20,
        most_bytes >> 20
    )
}
