//! `escalate`: a structured hand-over to whoever is right for the rest of the work.

use std::borrow::Cow;

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who can take over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandOver {
    /// Service boundaries, sharding, another kind of store.
    Architect,
    /// Time that is not the database's.
    PerformanceOptimizer,
    /// Code changes in Go services.
    BackendGo,
    /// Code changes in Node services.
    BackendNode,
    /// Mapping and loading in an ORM.
    OrmExpert,
    /// Hardware, kernel, backups, failover, poolers.
    DevopsEngineer,
}

impl HandOver {
    const fn handle(self) -> &'static str {
        match self {
            Self::Architect => "@architect",
            Self::PerformanceOptimizer => "@performance-optimizer",
            Self::BackendGo => "@backend-go",
            Self::BackendNode => "@backend-node",
            Self::OrmExpert => "@orm-expert",
            Self::DevopsEngineer => "@devops-engineer",
        }
    }
}

/// Arguments of `escalate`: the hand-over itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Who should take over.
    pub to: HandOver,
    /// Why this is not the database's to solve.
    pub reason: String,
    /// The facts it rests on, each with its source (`explain#3: 98 % of the time in the client`).
    pub evidence: Vec<String>,
    /// What they should do first.
    pub next_step: String,
}

/// The hand-over as it goes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    handle: &'static str,
    #[serde(flatten)]
    escalation: Escalation,
    #[serde(skip)]
    text: String,
}

impl Report for HandedOver {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        clip(&self.text, budget, "shorten the evidence").text
    }
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct Escalate;

impl Tool for Escalate {
    const NAME: &'static str = "escalate";
    const DESCRIPTION: &'static str = "Hands work outside databases over to another specialist: reason, evidence and a \
                                       proposed next step. The caller decides; nothing runs.";
    const UNTRUSTED_OUTPUT: bool = false;
    type Args = Escalation;
    type Output = HandedOver;

    fn assess(&self, args: &Escalation) -> Assessment {
        Assessment::observe(format!("hand over to {}", args.to.handle()))
    }

    async fn call(&self, _cx: &CallCx, args: Escalation) -> Result<HandedOver, ToolError> {
        for (field, text) in [("reason", &args.reason), ("next_step", &args.next_step)] {
            if text.trim().is_empty() {
                return Err(ToolError::Arguments(format!("`{field}` is empty: a hand-over needs it")));
            }
        }
        let handle = args.to.handle();
        let evidence: String = args.evidence.iter().map(|fact| format!("\n  - {fact}")).collect();
        let text = format!(
            "handed over to {handle}\nreason: {}\nevidence:{evidence}\nnext step: {}",
            args.reason, args.next_step
        );
        Ok(HandedOver { handle, escalation: args, text })
    }
}
