//! `memory_save`: what is worth knowing next time, with its proof.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Landed, Report, TokenBudget, Tool, ToolError, clip, null_as_default};
use dbwright_finding::{Confidence, How, Measured, Measurement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Origin,
    evidence::{cited_results, holds_figure, was_said},
    show::render_learning,
};
use crate::{Learning, LearningKind, LearningStatus, NewLearning, Provenance, Saved, Store, StoreError};

/// The tool, bound to a scope and an author.
#[derive(Debug, Clone)]
pub struct MemorySave {
    store: Store,
    origin: Origin,
}

impl MemorySave {
    /// Saves to `store` in the origin's scope.
    pub const fn new(store: Store, origin: Origin) -> Self {
        Self { store, origin }
    }
}

/// One side of a measurement; at least one figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figures {
    /// Milliseconds.
    #[serde(default)]
    pub ms: Option<f64>,
    /// Pages touched.
    #[serde(default)]
    pub buffers: Option<u64>,
    /// Planner cost.
    #[serde(default)]
    pub cost: Option<f64>,
}

impl From<Figures> for Measurement {
    fn from(figures: Figures) -> Self {
        Self { ms: figures.ms, buffers: figures.buffers, cost: figures.cost }
    }
}

/// Arguments of `memory_save`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MemorySaveArgs {
    /// What it is about.
    pub kind: LearningKind,
    /// One sentence that says what was learned.
    pub title: String,
    /// Why, and when it applies. No literals, no secrets.
    #[serde(default, deserialize_with = "null_as_default")]
    pub body: String,
    /// Ids of this session's tool calls that prove it.
    #[serde(default, deserialize_with = "null_as_default")]
    pub evidence: Vec<String>,
    /// A person's words in this session.
    #[serde(default)]
    pub user_statement: Option<String>,
    /// Tables concerned.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tables: Vec<String>,
    /// Columns concerned.
    #[serde(default, deserialize_with = "null_as_default")]
    pub columns: Vec<String>,
    /// The statement concerned; its literals are dropped.
    #[serde(default)]
    pub sql: Option<String>,
    /// The Redis key pattern concerned: `cart:{id}`.
    #[serde(default)]
    pub key_template: Option<String>,
    /// Without the change, as in the evidence.
    #[serde(default)]
    pub before: Option<Figures>,
    /// With the change, as in the evidence.
    #[serde(default)]
    pub after: Option<Figures>,
    /// Where both were measured; hypothetical unless told.
    #[serde(default)]
    pub how: Option<How>,
    /// Statements that make the change, ready to run.
    #[serde(default, deserialize_with = "null_as_default")]
    pub ddl: Vec<String>,
    /// Statements that take it back.
    #[serde(default, deserialize_with = "null_as_default")]
    pub undo: Vec<String>,
    /// Where it stands: proposed unless told.
    #[serde(default)]
    pub status: Option<LearningStatus>,
}

/// What was stored.
#[derive(Debug, Clone, Serialize)]
pub struct MemorySaved {
    /// The row, read back.
    pub learning: Learning,
    /// It was known already and took the measurement in.
    pub merged: bool,
    /// The earlier learning that it contradicts.
    pub supersedes: Option<String>,
}

impl Report for MemorySaved {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let verb = match (&self.supersedes, self.merged) {
            (Some(old), _) => format!("Saved; it contradicts and supersedes {old}."),
            (None, true) => "Known already: merged.".to_owned(),
            (None, false) => "Saved.".to_owned(),
        };
        let text = format!("{verb}\n{}", render_learning(&self.learning));
        Cow::Owned(clip(&text, budget, "memory_search shows it whole").text.into_owned())
    }
}

impl Tool for MemorySave {
    const NAME: &'static str = "memory_save";
    const DESCRIPTION: &'static str = "Saves one learning for later sessions: a measured improvement, a try that did \
         not help, a convention, a fact. It needs proof: ids of this session's tool calls whose results hold its figures, \
         or a person's words.";
    const UNTRUSTED_OUTPUT: bool = false;
    type Args = MemorySaveArgs;
    type Output = MemorySaved;

    /// Our own memory is no part of the world that effects are about: a review, which nobody
    /// watches, may learn.
    fn assess(&self, args: &MemorySaveArgs) -> Assessment {
        Assessment::observe(format!("remember: {}", args.title))
    }

    async fn call(&self, cx: &CallCx, args: MemorySaveArgs) -> Result<MemorySaved, ToolError> {
        let new = self.checked(cx, args).await.map_err(tool_error)?;
        let Saved { learning, merged, supersedes } = self.store.save_learning(new).await.map_err(tool_error)?;
        Ok(MemorySaved { learning, merged, supersedes })
    }

    /// A learning on the same subject that this session wrote last.
    async fn look_up(&self, cx: &CallCx, args: MemorySaveArgs) -> Result<Landed, ToolError> {
        let new = self.checked(cx, args).await.map_err(tool_error)?;
        let known = self.store.known_learning(new).await.map_err(tool_error)?;
        let ours = known.filter(|known| known.provenance.session.as_deref() == Some(cx.session_id.as_str()));
        Ok(match ours {
            Some(learning) => Landed::Done(format!("learning {} is in memory", learning.id)),
            None => Landed::NotDone("memory holds no such learning of this session".to_owned()),
        })
    }
}

impl MemorySave {
    /// The learning, once its proof was found in the journal of the session.
    async fn checked(&self, cx: &CallCx, args: MemorySaveArgs) -> Result<NewLearning, StoreError> {
        let results = cited_results(&self.store, &cx.session_id, &args.evidence).await?;
        for (side, figures) in [("before", args.before), ("after", args.after)] {
            let Figures { ms, buffers, cost } = figures.unwrap_or_default();
            #[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
            let buffers = buffers.map(|buffers| buffers as f64);
            for (unit, figure) in [("ms", ms), ("buffers", buffers), ("cost", cost)] {
                if let Some(figure) = figure.filter(|figure| !holds_figure(&results, *figure)) {
                    return Err(StoreError::Refused(format!(
                        "{side}.{unit} = {figure} stands in none of the cited results: cite the call that measured it, or leave it out"
                    )));
                }
            }
        }
        if let Some(words) = &args.user_statement
            && !was_said(&self.store, &cx.session_id, words).await?
        {
            return Err(StoreError::Refused(
                "user_statement must quote what a person wrote in this session".to_owned(),
            ));
        }
        let measured = args.before.zip(args.after).map(|(before, after)| {
            Measured::compare(args.how.unwrap_or(How::Hypothetical), before.into(), after.into())
        });
        let measured = measured.filter(|measured| measured.ratio.is_some());
        promoted(args.status, measured.as_ref(), cx.tainted)?;
        let fingerprint = args.sql.as_deref().map(dbwright_sql::fingerprint).transpose();
        let fingerprint = fingerprint.map_err(|error| StoreError::Refused(format!("sql does not parse: {error}")))?;
        Ok(NewLearning {
            context: String::new(),
            scope: self.origin.scope.clone(),
            tables: args.tables,
            columns: args.columns,
            query_fingerprint: fingerprint,
            query_normalized: args.sql,
            key_template: args.key_template,
            confidence: confidence(measured.as_ref()),
            measured,
            server_version: self.origin.server_version.clone(),
            ddl_applied: args.ddl,
            ddl_undo: args.undo,
            status: args.status.unwrap_or(LearningStatus::Proposed),
            provenance: Provenance {
                session: Some(cx.session_id.clone()),
                tool_calls: args.evidence,
                agent: Some(self.origin.agent.clone()),
                user_statement: args.user_statement,
                tainted: cx.tainted,
            },
            ..NewLearning::new(args.kind, args.title, args.body)
        })
    }
}

/// Who may say that something holds, or never will: a measurement, or a person. In a session that
/// content from outside has entered, a quoted sentence is no longer a person's: it may stand for
/// anything.
fn promoted(status: Option<LearningStatus>, measured: Option<&Measured>, tainted: bool) -> Result<(), StoreError> {
    let was_measured = measured.is_some_and(|measured| matches!(measured.how, How::Scratch | How::Live));
    match status {
        None | Some(LearningStatus::Proposed) => Ok(()),
        Some(_) if was_measured || !tainted => Ok(()),
        Some(status) => Err(StoreError::Refused(format!(
            "{status} needs before and after as measured on a scratch copy or the database, because content from outside \
             is in this session; save it as proposed, and a person can say more with `dbwright memory`"
        ))),
    }
}

fn confidence(measured: Option<&Measured>) -> Confidence {
    match measured.map(|measured| measured.how) {
        Some(How::Scratch | How::Live) => Confidence::Measured,
        Some(How::Hypothetical) => Confidence::Estimated,
        None => Confidence::Rule,
    }
}

fn tool_error(error: StoreError) -> ToolError {
    match error {
        StoreError::Refused(reason) => ToolError::Refused(reason),
        other => ToolError::Failed(other.to_string()),
    }
}
