//! `load_skill`: one procedure, when it is needed.

use std::{borrow::Cow, sync::Arc};

use dbwright_contract::{Assessment, CallCx, Report, TokenBudget, Tool, ToolError, clip};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::skills::Skills;

/// The tool.
pub struct LoadSkill(Arc<Skills>);

impl LoadSkill {
    /// A tool over the skills at hand.
    pub const fn new(skills: Arc<Skills>) -> Self {
        Self(skills)
    }
}

/// Arguments of `load_skill`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadSkillArgs {
    /// The skill's name.
    pub name: String,
}

/// A loaded skill.
#[derive(Debug, Serialize)]
pub struct LoadedSkill {
    name: String,
    origin: String,
    body: String,
    #[serde(skip)]
    of_project: bool,
}

impl Report for LoadedSkill {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        clip(&self.body, budget, "the skill is longer than the budget").text
    }

    fn is_from_outside(&self) -> bool {
        self.of_project
    }
}

impl Tool for LoadSkill {
    const NAME: &'static str = "load_skill";
    const DESCRIPTION: &'static str = "Loads one of the named skills: a short procedure to follow.";
    // Embedded skills are ours and the user's are his; the project's come with its files.
    const UNTRUSTED_OUTPUT: bool = true;
    const SOURCE: &'static str = "skill of the project";
    type Args = LoadSkillArgs;
    type Output = LoadedSkill;

    fn assess(&self, args: &LoadSkillArgs) -> Assessment {
        Assessment::observe(format!("load the skill {}", args.name))
    }

    async fn call(&self, _cx: &CallCx, args: LoadSkillArgs) -> Result<LoadedSkill, ToolError> {
        let skill = self.0.get(&args.name).ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|skill| skill.name.as_str()).collect();
            ToolError::NotFound(format!("skill {}; there are: {}", args.name, names.join(", ")))
        })?;
        Ok(LoadedSkill {
            name: skill.name.clone(),
            origin: skill.origin.clone(),
            body: skill.body.clone(),
            of_project: skill.of_project,
        })
    }
}
