//! The MCP server over one assembled specialist.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, Effect, ErasedTool, Fence, TokenBudget, Toolbox, visible};
use dbwright_memory::Door;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
        ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::RequestContext,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    super::delegate::{Asked, Consulted, Conversation, Delegate, Update},
    progress::Reporter,
};
use crate::exit::Exit;

/// The tool that runs a whole turn.
const CONSULT: &str = "consult";
/// Tools that only make sense inside a session of ours: the client has its own.
const INTERNAL: &[&str] = &["Bash", "Edit", "Glob", "Grep", "Read", "Write", "escalate", "load_skill", "memory_save"];
/// Longest silence of a typed call.
const LONGEST_SILENCE: Duration = Duration::from_secs(8);

/// Arguments of `consult`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsultArgs {
    /// The task, in words, with the SQL, plan or paths that it is about.
    task: String,
    /// The `session_id` of an earlier answer, to go on with that conversation.
    #[serde(default)]
    session_id: Option<String>,
    /// Ids of `pending_approvals` of an earlier answer that you grant.
    #[serde(default, deserialize_with = "dbwright_contract::null_as_default")]
    approve: Vec<String>,
}

/// The handler; one for each connection.
#[derive(Clone)]
pub(crate) struct McpServer {
    delegate: Delegate,
    tools: Toolbox,
}

impl McpServer {
    /// A server over `delegate` and its specialist's tools.
    pub(crate) fn new(delegate: Delegate) -> Self {
        let tools = delegate.specialist().toolbox.filtered(|name| !INTERNAL.contains(&name));
        Self { delegate, tools }
    }

    /// By name: clients cache the list, and compare it.
    fn announced(&self) -> Vec<Tool> {
        let consult = Tool::new(
            CONSULT,
            "Asks the database specialist: one whole task, worked on with its own tools and memory. Use it for slow \
             queries, index and migration questions, reviews of a database or Redis. Returns the answer, findings with \
             evidence and fixes, and a session_id for follow-ups.",
            object(dbwright_contract::parameters_schema::<ConsultArgs>()),
        )
        .with_annotations(ToolAnnotations::new().destructive(false));
        let typed = self.tools.specs().iter().map(|spec| {
            Tool::new(spec.name, spec.description, object(spec.parameters.clone()))
                .with_annotations(ToolAnnotations::new().read_only(true).destructive(false))
        });
        let mut tools: Vec<Tool> = std::iter::once(consult).chain(typed).collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        tools
    }

    async fn consult(&self, arguments: Value, context: &RequestContext<RoleServer>) -> CallToolResult {
        let args: ConsultArgs = match serde_json::from_value(arguments) {
            Ok(args) => args,
            Err(error) => {
                let takes = "consult takes task and, for follow-ups, session_id and approve";
                return failed(format!("invalid arguments: {error}; {takes}"));
            }
        };
        if args.task.trim().is_empty() {
            return failed("invalid arguments: `task` is empty".to_owned());
        }
        let mut turn = self.delegate.begin(Asked {
            door: Door::Mcp,
            question: args.task,
            conversation: args.session_id.map_or(Conversation::New, Conversation::Existing),
            approved: args.approve,
        });
        let mut reporter = Reporter::new(context);
        let mut cancelled = false;
        loop {
            let update = tokio::select! {
                update = turn.next() => update,
                () = context.ct.cancelled(), if !cancelled => {
                    cancelled = true;
                    turn.cancel();
                    continue;
                }
            };
            match update {
                Some(Update::Progress(line)) => reporter.tell(line).await,
                Some(Update::Ended(ended)) => return self.answered(*ended),
                None => return failed("the turn ended without a result".to_owned()),
            }
        }
    }

    fn answered(&self, ended: Result<Consulted, Exit>) -> CallToolResult {
        let consulted = match ended {
            Ok(consulted) => consulted,
            Err(exit) => return failed(self.delegate.specialist().redactor.redact(&exit.to_string()).into_owned()),
        };
        let mut text = consulted.text();
        for asked in &consulted.pending_approvals {
            text.push_str(&format!("\n\nneeds your approval ({}): {}", asked.id, asked.summary));
        }
        text.push_str(&format!("\n\nsession_id: {}", consulted.session_id));
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.is_error = Some(Exit::of_stop(&consulted.stop).is_some() && consulted.answer.is_empty());
        result.structured_content = serde_json::to_value(&consulted).ok();
        result
    }

    async fn typed(
        &self,
        tool: &Arc<dyn ErasedTool>,
        arguments: Value,
        context: &RequestContext<RoleServer>,
    ) -> CallToolResult {
        let assessment = match tool.assess(&arguments) {
            Ok(assessment) => assessment,
            Err(error) => return failed(error.to_string()),
        };
        if let Some(reason) = assessment.refusal {
            return failed(format!("refused: {reason}"));
        }
        if assessment.effect > Effect::Rehearse {
            let effect = assessment.effect;
            return failed(format!(
                "refused: this would {effect}, which needs an approval; ask for it through {CONSULT}"
            ));
        }
        let cancel = self.delegate.stop().child_token();
        let (lines, mut progress) = mpsc::unbounded_channel();
        let cx = CallCx::new("mcp", format!("{:?}", context.id), cancel.clone(), Some(lines));
        // A client that goes away drops this future: the call's server-side query must not outlive it.
        let _guard = cancel.clone().drop_guard();
        let call = tool.call(&cx, arguments, TokenBudget::default());
        tokio::pin!(call);
        let mut reporter = Reporter::new(context);
        let began = Instant::now();
        let redactor = &self.delegate.specialist().redactor;
        let result = loop {
            tokio::select! {
                result = &mut call => break result,
                Some(line) = progress.recv() => reporter.tell(redactor.redact(&line.message).into_owned()).await,
                () = tokio::time::sleep(LONGEST_SILENCE) => {
                    reporter.tell(format!("still working, {} s", began.elapsed().as_secs())).await;
                }
                () = context.ct.cancelled(), if !cancel.is_cancelled() => cancel.cancel(),
            }
        };
        match result {
            Ok(mut outcome) => {
                redactor.redact_json(&mut outcome.json);
                let text = redactor.redact(&outcome.text);
                // The client's model reads it: it should know that these are no words of ours.
                let text = match outcome.untrusted {
                    true => Fence::random().enclose(tool.name(), tool.source(), true, &text),
                    false => text.into_owned(),
                };
                let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                // Before 2026-07-28 structured content is an object.
                result.structured_content =
                    Some(if outcome.json.is_object() { outcome.json } else { json!({"result": outcome.json}) });
                result
            }
            Err(error) => failed(visible(&redactor.redact(&error.to_string())).into_owned()),
        }
    }
}

impl ServerHandler for McpServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("dbwright", env!("CARGO_PKG_VERSION")))
            .with_instructions(self.delegate.specialist().persona.description.clone())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.announced()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let result = if request.name == CONSULT {
            self.consult(arguments, &context).await
        } else if let Some(tool) = self.tools.get(&request.name) {
            self.typed(tool, arguments, &context).await
        } else {
            let names: Vec<String> = self.announced().iter().map(|tool| tool.name.to_string()).collect();
            let message = format!("there is no tool {}; there are: {}", request.name, names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        Ok(CallToolResponse::Complete(result))
    }
}

fn failed(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(object) => object,
        _ => JsonObject::default(),
    }
}
