//! The contract itself, and its erased twin.

use std::{future::Future, pin::Pin, sync::Arc};

use dbwright_finding::Finding;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Assessment, CallCx, Effect, Report, TokenBudget, ToolError,
    schema::{parameters_schema, strict_schema},
};

/// A typed tool. Implement this; the toolbox stores it erased.
pub trait Tool: Send + Sync + 'static {
    /// Name in the protocol: at most 40 characters of `[A-Za-z0-9_]`.
    const NAME: &'static str;
    /// What it does and when to use it, for the model: two or three sentences.
    const DESCRIPTION: &'static str;
    /// Whether results carry content from outside (rows, files, keys): shown fenced as data.
    const UNTRUSTED_OUTPUT: bool = true;
    /// Where results come from, in a word or two for the model: `database`, `Redis`, `file`. Stands
    /// on the fence around them.
    const SOURCE: &'static str = "";
    /// The most that any call can do. A tool that can do more than rehearse is not offered where
    /// nobody can answer.
    const MOST: Effect = Effect::Rehearse;

    /// Arguments; doc comments of the fields become the descriptions in the schema. No maps and
    /// no `Value` (strict mode cannot express them); every optional field takes `null`.
    type Args: DeserializeOwned + JsonSchema + Send + Sync + 'static;
    /// The result's two faces.
    type Output: Serialize + Report + Send + 'static;

    /// Judges the call before it runs. Pure.
    fn assess(&self, args: &Self::Args) -> Assessment;

    /// Runs the call. Must return promptly once `cx.cancel` is cancelled.
    fn call(&self, cx: &CallCx, args: Self::Args) -> impl Future<Output = Result<Self::Output, ToolError>> + Send;

    /// Whether an earlier run of this very call took effect, when the process ended before anybody
    /// saw how it went. Reads only. A tool that changes something outside should override it: an
    /// effect that cannot be looked up is asked about, never repeated.
    fn look_up(&self, _cx: &CallCx, _args: Self::Args) -> impl Future<Output = Result<Landed, ToolError>> + Send {
        async { Ok(Landed::Unclear("this tool cannot look up what an interrupted call did".to_owned())) }
    }
}

/// What looking for the effect of an interrupted call found. The text says what was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// The effect is there, whole.
    Done(String),
    /// Nothing of it is there; the call may be made again.
    NotDone(String),
    /// Part of it may be there, or nobody can tell.
    Unclear(String),
}

/// How a tool is announced to a model or a protocol client.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpec {
    /// Name in the protocol.
    pub name: &'static str,
    /// What it does and when to use it.
    pub description: &'static str,
    /// Canonical JSON schema of the arguments.
    pub parameters: Value,
}

impl ToolSpec {
    /// The schema for endpoints with strict structured outputs.
    pub fn strict_parameters(&self) -> Value {
        strict_schema(&self.parameters)
    }
}

/// What a call produced: the JSON face, the bounded text face, and the findings in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Everything, for programs, people and the playbook.
    pub json: Value,
    /// What the model sees.
    pub text: String,
    /// Findings among the result.
    pub findings: Vec<Finding>,
    /// Whether any of it came from outside: data, never an instruction.
    pub untrusted: bool,
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The object-safe twin of [`Tool`], implemented for every one of them.
pub trait ErasedTool: Send + Sync {
    /// See [`Tool::NAME`].
    fn name(&self) -> &'static str;
    /// The announcement, computed once when the toolbox is built.
    fn spec(&self) -> ToolSpec;
    /// See [`Tool::UNTRUSTED_OUTPUT`].
    fn untrusted_output(&self) -> bool;
    /// See [`Tool::SOURCE`].
    fn source(&self) -> &'static str;
    /// See [`Tool::MOST`].
    fn most(&self) -> Effect;
    /// Judges a call from raw arguments.
    ///
    /// # Errors
    /// [`ToolError::Arguments`] with the schema's fault when the arguments do not fit.
    fn assess(&self, args: &Value) -> Result<Assessment, ToolError>;
    /// Runs a call from raw arguments and renders its text within `budget`.
    fn call<'a>(
        &'a self,
        cx: &'a CallCx,
        args: Value,
        budget: TokenBudget,
    ) -> BoxFuture<'a, Result<Outcome, ToolError>>;
    /// See [`Tool::look_up`].
    fn look_up<'a>(&'a self, cx: &'a CallCx, args: Value) -> BoxFuture<'a, Result<Landed, ToolError>>;
}

impl<T: Tool> ErasedTool for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn spec(&self) -> ToolSpec {
        ToolSpec { name: T::NAME, description: T::DESCRIPTION, parameters: parameters_schema::<T::Args>() }
    }

    fn untrusted_output(&self) -> bool {
        T::UNTRUSTED_OUTPUT
    }

    fn source(&self) -> &'static str {
        T::SOURCE
    }

    fn most(&self) -> Effect {
        T::MOST
    }

    fn assess(&self, args: &Value) -> Result<Assessment, ToolError> {
        Ok(Tool::assess(self, &parse::<T>(args.clone())?))
    }

    fn call<'a>(
        &'a self,
        cx: &'a CallCx,
        args: Value,
        budget: TokenBudget,
    ) -> BoxFuture<'a, Result<Outcome, ToolError>> {
        Box::pin(async move {
            let output = Tool::call(self, cx, parse::<T>(args)?).await?;
            let json = serde_json::to_value(&output).map_err(|error| {
                ToolError::Failed(format!("{} produced a result that is not JSON: {error}", T::NAME))
            })?;
            let text = output.for_model(budget).into_owned();
            let untrusted = T::UNTRUSTED_OUTPUT && output.is_from_outside();
            Ok(Outcome { json, text, findings: output.findings().to_vec(), untrusted })
        })
    }

    fn look_up<'a>(&'a self, cx: &'a CallCx, args: Value) -> BoxFuture<'a, Result<Landed, ToolError>> {
        Box::pin(async move { Tool::look_up(self, cx, parse::<T>(args)?).await })
    }
}

/// A tool shared between doors (an MCP server and a session, say) stays one tool.
impl<T: Tool> Tool for Arc<T> {
    const NAME: &'static str = T::NAME;
    const DESCRIPTION: &'static str = T::DESCRIPTION;
    const UNTRUSTED_OUTPUT: bool = T::UNTRUSTED_OUTPUT;
    const SOURCE: &'static str = T::SOURCE;
    const MOST: Effect = T::MOST;
    type Args = T::Args;
    type Output = T::Output;

    fn assess(&self, args: &Self::Args) -> Assessment {
        T::assess(self, args)
    }

    fn call(&self, cx: &CallCx, args: Self::Args) -> impl Future<Output = Result<Self::Output, ToolError>> + Send {
        T::call(self, cx, args)
    }

    fn look_up(&self, cx: &CallCx, args: Self::Args) -> impl Future<Output = Result<Landed, ToolError>> + Send {
        T::look_up(self, cx, args)
    }
}

fn parse<T: Tool>(args: Value) -> Result<T::Args, ToolError> {
    serde_json::from_value(args).map_err(|error| {
        let schema = parameters_schema::<T::Args>();
        ToolError::Arguments(format!("{error}. {} takes {schema}", T::NAME))
    })
}
