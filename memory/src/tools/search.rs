//! `memory_search`: what is known, before anything is measured again.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Origin, show::render_hit};
use crate::{Hit, LearningKind, Query, Store};

/// The tool, bound to a scope.
#[derive(Debug, Clone)]
pub struct MemorySearch {
    store: Store,
    origin: Origin,
}

impl MemorySearch {
    /// Searches `store` within the origin's scope.
    pub const fn new(store: Store, origin: Origin) -> Self {
        Self { store, origin }
    }
}

/// Arguments of `memory_search`. Give at least one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct MemorySearchArgs {
    /// Words to look for: names, symptoms, a topic.
    #[serde(default, deserialize_with = "null_as_default")]
    pub text: String,
    /// A statement, for others of its shape.
    #[serde(default)]
    pub sql: Option<String>,
    /// Table names.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tables: Vec<String>,
    /// Only these kinds.
    #[serde(default, deserialize_with = "null_as_default")]
    pub kinds: Vec<LearningKind>,
    /// How many at most; 5 unless told.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct MemorySearchResult {
    /// Best first.
    pub hits: Vec<Hit>,
}

impl Report for MemorySearchResult {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        if self.hits.is_empty() {
            return Cow::Borrowed("Nothing is known about this yet.");
        }
        let text: String = self.hits.iter().map(render_hit).collect();
        Cow::Owned(clip(&text, budget, "search more narrowly or with a lower limit").text.into_owned())
    }
}

impl Tool for MemorySearch {
    const NAME: &'static str = "memory_search";
    const DESCRIPTION: &'static str = "Finds what earlier sessions learned about this database: by the shape of a \
         statement, by tables, or by words. Search before you measure. Each hit says where it stands: only `verified` and \
         `applied` still hold.";
    const SOURCE: &'static str = "memory of earlier sessions";
    type Args = MemorySearchArgs;
    type Output = MemorySearchResult;

    fn assess(&self, args: &MemorySearchArgs) -> Assessment {
        let subject = args.sql.as_deref().map(|sql| dbwright_sql::brief(sql, 80));
        let subject = subject.unwrap_or_else(|| format!("{} {}", args.text, args.tables.join(" ")));
        Assessment::observe(format!("search memory: {}", subject.trim()))
    }

    async fn call(&self, _: &CallCx, args: MemorySearchArgs) -> Result<MemorySearchResult, ToolError> {
        if args.text.trim().is_empty() && args.sql.is_none() && args.tables.is_empty() {
            return Err(ToolError::Arguments("give text, sql or tables".to_owned()));
        }
        let mut tables = args.tables;
        // A statement that was reshaped since has another fingerprint, but the same tables.
        let relations = args.sql.as_deref().and_then(|sql| dbwright_sql::relations(sql).ok()).unwrap_or_default();
        tables.extend(relations.into_iter().map(|relation| relation.name));
        tables.sort();
        tables.dedup();
        let query = Query {
            text: args.text,
            scope: self.origin.scope.clone(),
            tables,
            fingerprint: args.sql.as_deref().and_then(|sql| dbwright_sql::fingerprint(sql).ok()),
            kinds: args.kinds,
            limit: args.limit.unwrap_or(5).clamp(1, 20),
        };
        let hits = self.store.search(&query).await.map_err(|error| ToolError::Failed(error.to_string()))?;
        Ok(MemorySearchResult { hits })
    }
}
