//! The writing tools: `maintain` and `apply_change`.

use std::{future::Future, pin::Pin, sync::Arc};

use dbwright_contract::{Assessment, CallCx, Effect, Landed, Tool, ToolError};

use super::{
    args::{ApplyChangeArgs, MaintainArgs},
    catalog::There,
    conduct::{carry_out, states, words},
    output::Changed,
    permit::permit,
    plan::ActionPlan,
    timing::Patience,
};
use crate::{Database, Databases};

/// Keeps what a measured change taught. Its future gives the learning's id, where one was saved.
pub trait Remember: Send + Sync {
    /// Saves what is worth knowing next time.
    fn remember<'a>(
        &'a self,
        cx: &'a CallCx,
        changed: &'a Changed,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;
}

/// `maintain`: ANALYZE, VACUUM and REINDEX CONCURRENTLY on one relation.
#[derive(Debug, Clone)]
pub struct Maintain {
    databases: Databases,
    patience: Patience,
}

impl Maintain {
    /// Offers the databases that may be maintained.
    pub fn new(databases: Databases) -> Self {
        Self { databases, patience: Patience::default() }
    }

    /// With other limits of waiting.
    #[must_use]
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    fn plan<'a>(&'a self, args: &MaintainArgs) -> Result<(&'a Database, ActionPlan), ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        Ok((database, args.plan(database.name())?))
    }
}

impl Tool for Maintain {
    const NAME: &'static str = "maintain";
    const MOST: Effect = Effect::Maintain;
    const DESCRIPTION: &'static str = "Maintains one table or index: ANALYZE, VACUUM, REINDEX CONCURRENTLY. Reads and \
         writes go on meanwhile. Needs approval.";
    const SOURCE: &'static str = "database";
    type Args = MaintainArgs;
    type Output = Changed;

    fn assess(&self, args: &MaintainArgs) -> Assessment {
        assess(self.plan(args), Effect::Maintain)
    }

    async fn call(&self, cx: &CallCx, args: MaintainArgs) -> Result<Changed, ToolError> {
        let (database, plan) = self.plan(&args)?;
        carry_out(database, cx, &plan, false, self.patience).await
    }

    async fn look_up(&self, _cx: &CallCx, args: MaintainArgs) -> Result<Landed, ToolError> {
        let (database, plan) = self.plan(&args)?;
        landed(database, &plan).await
    }
}

/// `apply_change`: one typed change, measured, kept or taken back.
#[derive(Clone)]
pub struct ApplyChange {
    databases: Databases,
    patience: Patience,
    memory: Option<Arc<dyn Remember>>,
}

impl ApplyChange {
    /// Offers the databases that may be changed.
    pub fn new(databases: Databases) -> Self {
        Self { databases, patience: Patience::default(), memory: None }
    }

    /// With other limits of waiting.
    #[must_use]
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// With a place for what was measured.
    #[must_use]
    pub fn remembering(mut self, memory: Arc<dyn Remember>) -> Self {
        self.memory = Some(memory);
        self
    }

    fn plan<'a>(&'a self, args: &ApplyChangeArgs) -> Result<(&'a Database, ActionPlan), ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        Ok((database, args.plan(database.name())?))
    }
}

impl Tool for ApplyChange {
    const NAME: &'static str = "apply_change";
    const MOST: Effect = Effect::Destroy;
    const DESCRIPTION: &'static str = "Carries out one change that can be taken back: an index (CONCURRENTLY), extended \
         statistics, storage options, a setting, validation, ending a session, or a finding's fix. Statements in `measure` \
         are run before and after; the change stays only if they gain. Everything else is a migration. Needs approval.";
    const SOURCE: &'static str = "database";
    type Args = ApplyChangeArgs;
    type Output = Changed;

    fn assess(&self, args: &ApplyChangeArgs) -> Assessment {
        assess(self.plan(args), Effect::Change)
    }

    async fn call(&self, cx: &CallCx, args: ApplyChangeArgs) -> Result<Changed, ToolError> {
        let (database, plan) = self.plan(&args)?;
        let mut changed = carry_out(database, cx, &plan, args.keep, self.patience).await?;
        if let Some(memory) = &self.memory {
            changed.learning = memory.remember(cx, &changed).await;
        }
        Ok(changed)
    }

    async fn look_up(&self, _cx: &CallCx, args: ApplyChangeArgs) -> Result<Landed, ToolError> {
        let (database, plan) = self.plan(&args)?;
        landed(database, &plan).await
    }
}

fn assess(planned: Result<(&Database, ActionPlan), ToolError>, least: Effect) -> Assessment {
    match planned {
        Ok((database, plan)) => {
            let assessment = Assessment::new(plan.effect, plan.summary()).preview(plan.preview());
            match permit(database.config(), plan.effect) {
                Ok(()) => assessment,
                Err(reason) => assessment.refuse(reason),
            }
        }
        Err(error) => Assessment::new(least, "an action that cannot be carried out").refuse(match error {
            ToolError::Refused(reason) => reason,
            other => other.to_string(),
        }),
    }
}

/// What became of a run that nobody saw the end of.
pub async fn landed(database: &Database, plan: &ActionPlan) -> Result<Landed, ToolError> {
    let states = states(database, plan).await?;
    let said = words(&states);
    let all = |wanted: fn(&There) -> bool| states.iter().all(wanted);
    Ok(if all(|state| matches!(state, There::Yes(_))) {
        Landed::Done(said)
    } else if states.iter().any(|state| matches!(state, There::Building { .. } | There::InTheWay(_))) {
        Landed::Unclear(said)
    } else if all(|state| matches!(state, There::No(_) | There::Leftover(_) | There::Repeatable(_))) {
        Landed::NotDone(said)
    } else {
        Landed::Unclear(format!("in part: {said}; calling it again runs only what is missing"))
    })
}
