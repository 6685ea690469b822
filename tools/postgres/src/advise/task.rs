//! What is known before anything is tried: statements, catalog, candidates, weights and prices.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::How;
use dbwright_indexes::{
    Advice, AdvisedStatement, Candidate, Catalog, Conclusion, Limits as SearchLimits, Method, Proposals, QueryShape,
    Rejected, Search, SearchCandidate, Selection, Skipped, TableName, Verdict, WeightedQuery, WriteMix, candidates,
    conclude, estimated_bytes, hypothetical_statement, rewrites,
};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::{brief, quote_ident};

use super::{
    args::{AdviseArgs, Verify},
    catalog,
    parameters::{self, Planned},
    settings::AdviseSettings,
    statements::{self, Analysed, Reading, Source},
};
use crate::{Database, GuardedSession, PgError};

/// Characters of a statement with its sampled values.
const SAMPLED_BRIEF: usize = 300;
/// Candidates listed where nothing was tried.
const MOST_UNTRIED: usize = 20;

/// Everything that is known before anything is tried.
pub(super) struct Task {
    pub(super) catalog: Catalog,
    pub(super) analysed: Vec<Analysed>,
    pub(super) planned: Vec<Planned>,
    skipped: Vec<Skipped>,
    pub(super) proposals: Proposals,
    limits: SearchLimits,
    writes: WriteMix,
    pub(super) notes: Vec<String>,
    pub(super) gaps: Vec<String>,
}

/// What was found out about candidates that were built.
#[derive(Debug, Clone, Default)]
pub(super) struct Built {
    /// Sizes, where the table is there whole.
    pub(super) sizes: BTreeMap<usize, u64>,
    /// Seconds that building took, as if the table were there whole.
    pub(super) seconds: BTreeMap<usize, f64>,
}

impl Task {
    /// Reads statements and catalog and proposes candidates.
    pub(super) async fn prepare(
        database: &Database,
        cx: &CallCx,
        args: &AdviseArgs,
        settings: &AdviseSettings,
    ) -> Result<Self, ToolError> {
        let mut notes = Vec::new();
        let mut sources = if args.statements.is_empty() {
            let workload = statements::top(database, settings.statements).await?.map_err(ToolError::Unavailable)?;
            let looked_at = workload.sources.iter().filter(|source| !source.only_writes).count();
            if usize::try_from(workload.known).is_ok_and(|known| known > looked_at) {
                notes.push(format!(
                    "the {looked_at} heaviest of {} statements were looked at: {:.1} % of all execution time",
                    workload.known,
                    workload.covered * 100.0
                ));
            }
            workload.sources
        } else {
            args.statements.iter().map(|sql| Source { sql: sql.clone(), ..Source::default() }).collect()
        };
        for source in &mut sources {
            if let Cow::Owned(whole) = dbwright_sql::restore_typed_placeholders(&source.sql) {
                source.sql = whole;
            }
        }
        let mut task = Self::of(database, cx, args, sources).await?;
        task.notes.append(&mut notes);
        if args.statements.is_empty() && !database.identity().await?.reads_all_stats {
            let user = quote_ident(&database.identity().await?.user);
            task.gaps.push(format!("statements of other roles were not seen: GRANT pg_read_all_stats TO {user}"));
        }
        Ok(task)
    }

    async fn of(database: &Database, cx: &CallCx, args: &AdviseArgs, sources: Vec<Source>) -> Result<Self, ToolError> {
        cx.progress(format!("reading the catalog for {} statements", sources.len()));
        let mut session = GuardedSession::open(database).await?;
        let search_path: Vec<String> =
            sqlx::query_scalar("SELECT /* dbwright */ pg_catalog.current_schemas(false)::text[]")
                .fetch_one(session.connection()?)
                .await
                .map_err(PgError::from)?;
        let catalog = catalog::read(database, &statements::relation_names(&sources), search_path).await?;
        let Reading { analysed, writes, skipped } = statements::analysed(sources, &catalog);
        // An update asks for rows and writes them: what its columns cost must be known to the generators too.
        let shapes: Vec<QueryShape> = analysed.iter().map(|statement| statement.shape.clone()).collect();
        let proposals = candidates(&shapes, &catalog);
        let mut planned = Vec::new();
        for (statement, relevant) in analysed.iter().zip(&proposals.relevant) {
            planned.push(if relevant.is_empty() {
                Planned::of(&statement.source.sql, &statement.shape)
            } else {
                parameters::planned(&mut session, cx, &statement.source.sql, &statement.shape, &catalog).await
            });
            if cx.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
        }
        session.close().await;
        let limits = SearchLimits {
            max_indexes: args.max_indexes.map_or(SearchLimits::default().max_indexes, |most| most as usize),
            budget_bytes: args.budget_bytes,
            ..SearchLimits::default()
        };
        let writes = WriteMix::of_statements(&catalog, &writes);
        let mut task = Self {
            catalog,
            analysed,
            planned,
            skipped,
            proposals,
            limits,
            writes,
            notes: Vec::new(),
            gaps: Vec::new(),
        };
        task.note_parameters();
        task.note_missing_statistics();
        if !task.writes.is_empty() && !task.proposals.candidates.is_empty() {
            task.notes.push(
                "what each index costs the writing statements of the workload was set against what it saves".to_owned(),
            );
        }
        Ok(task)
    }

    fn note_parameters(&mut self) {
        let count = |test: &dyn Fn(&Planned) -> bool| self.planned.iter().filter(|planned| test(planned)).count();
        let sampled = count(&|planned| matches!(planned, Planned::Complete { sampled: true, .. }));
        let generic = count(&|planned| matches!(planned, Planned::Generic { .. }));
        if sampled > 0 {
            self.notes.push(format!("{sampled} statements with $n were planned with values sampled from their tables"));
        }
        if generic > 0 {
            self.notes.push(format!(
                "{generic} statements with $n have only a generic plan: they are planned but not executed"
            ));
        }
        for note in self.analysed.iter().flat_map(|statement| &statement.shape.notes) {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    fn note_missing_statistics(&mut self) {
        for table in &self.catalog.tables {
            let concerned = self.proposals.candidates.iter().any(|candidate| candidate.table == table.name);
            if concerned && table.columns.iter().all(|column| column.n_distinct.is_none()) {
                self.gaps.push(format!("{} was never analyzed: run ANALYZE {} first", table.name, table.name.quoted()));
            }
        }
    }

    /// A search over the candidates that may be used.
    pub(super) fn search(&self, usable: impl Fn(usize) -> bool) -> Search {
        let queries = self
            .analysed
            .iter()
            .zip(&self.proposals.relevant)
            .map(|(statement, relevant)| WeightedQuery {
                weight: weight(statement),
                relevant: relevant.iter().copied().filter(|candidate| usable(*candidate)).collect(),
            })
            .collect();
        let mut tables: BTreeMap<&TableName, usize> = BTreeMap::new();
        let candidates = self
            .proposals
            .candidates
            .iter()
            .zip(&self.proposals.plain)
            .map(|(candidate, plain)| {
                let number = tables.len();
                SearchCandidate {
                    bytes: estimated_bytes(candidate, &self.catalog),
                    price: self.writes.price(candidate, &self.catalog).cost,
                    plain: *plain,
                    always_asked: candidate.method == Method::Brin,
                    table: *tables.entry(&candidate.table).or_insert(number),
                }
            })
            .collect();
        Search::new(queries, candidates, self.limits)
    }

    /// Whether hypopg can pretend to have a candidate.
    pub(super) fn is_hypothetical(&self, candidate: usize) -> bool {
        self.proposals.candidates.get(candidate).is_some_and(|candidate| candidate.method.is_hypothetical())
    }

    /// Whether a statement may be run on a copy.
    pub(super) fn may_execute(&self, query: usize) -> bool {
        let reads_only = self.analysed.get(query).is_some_and(|statement| statement.shape.reads_only);
        let complete = match self.planned.get(query) {
            Some(planned @ Planned::Complete { .. }) => matches!(read_only_refusal(planned.sql()), Ok(None)),
            Some(Planned::Generic { .. }) | None => false,
        };
        reads_only && complete
    }

    /// The tables that some statements read, partitions and heirs included.
    pub(super) fn tables_of(&self, queries: &[usize]) -> BTreeSet<TableName> {
        let mut open: Vec<TableName> = queries
            .iter()
            .filter_map(|&query| self.analysed.get(query))
            .flat_map(|statement| statement.shape.tables())
            .cloned()
            .collect();
        let mut found = BTreeSet::new();
        while let Some(name) = open.pop() {
            open.extend(self.catalog.children(&name).map(|child| child.name.clone()));
            found.insert(name);
        }
        found
    }

    /// Says which candidates nobody could judge.
    pub(super) fn note_unplanned(&mut self) {
        let all = 0..self.proposals.candidates.len();
        let untried = all.filter(|&at| !self.is_hypothetical(at)).count();
        if untried > 0 {
            self.gaps.push(format!(
                "{untried} GIN and GiST candidates could not be judged: such indexes cannot be hypothetical"
            ));
        }
    }

    /// Puts the answer together.
    pub(super) fn conclude(
        self,
        selection: &Selection,
        planned: How,
        verdict: Option<&Verdict>,
        built: &Built,
    ) -> Advice {
        let statements: Vec<AdvisedStatement> = self
            .analysed
            .iter()
            .zip(&self.planned)
            .map(|(statement, planned)| AdvisedStatement {
                brief: statement.brief.clone(),
                query_id: statement.source.query_id.clone(),
                calls: statement.source.calls,
                sampled: planned.sampled().map(|sql| brief(sql, SAMPLED_BRIEF)),
                weight: weight(statement),
            })
            .collect();
        let rewrites = self.rewrites();
        let mut advice = conclude(&Conclusion {
            catalog: &self.catalog,
            statements: &statements,
            candidates: &self.proposals.candidates,
            selection,
            planned,
            verdict,
            sizes: &built.sizes,
            builds: &built.seconds,
            writes: &self.writes,
            skipped: self.skipped,
        });
        advice.rewrites = rewrites;
        advice.notes = self.notes;
        advice.gaps = self.gaps;
        advice
    }

    fn rewrites(&self) -> Vec<dbwright_indexes::Rewrite> {
        let of =
            |statement: &Analysed| rewrites(&statement.source.sql, &statement.brief, &statement.shape, &self.catalog);
        self.analysed.iter().flat_map(of).collect()
    }

    /// Candidates as candidates: nothing is advised that nothing has tried.
    pub(super) fn untried(mut self, verify: Verify) -> Advice {
        if !self.proposals.candidates.is_empty() {
            self.gaps.push(match verify {
                Verify::None => "nothing was tried, as asked: the candidates are only possible indexes".to_owned(),
                Verify::Auto | Verify::Hypothetical | Verify::Scratch => {
                    "neither hypothetical indexes nor a scratch copy could be used: the candidates are only possible indexes"
                        .to_owned()
                }
            });
        }
        let untried = |candidate: &Candidate| Rejected {
            statement: hypothetical_statement(candidate),
            why: "not tried".to_owned(),
        };
        Advice {
            rejected: self.proposals.candidates.iter().take(MOST_UNTRIED).map(untried).collect(),
            rewrites: self.rewrites(),
            skipped: self.skipped,
            analysed: self.analysed.len(),
            notes: self.notes,
            gaps: self.gaps,
            ..Advice::default()
        }
    }
}

/// Executions where they are known; a statement that was only given counts once.
fn weight(statement: &Analysed) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    statement.source.calls.map_or(1.0, |calls| calls.max(1) as f64)
}
