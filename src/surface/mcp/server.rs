//! The MCP server over one assembled specialist.

use std::sync::Arc;

use dbwright_contract::{CallCx, ErasedTool, TokenBudget, Toolbox};
use dbwright_memory::Door;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
        ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ServerCapabilities, ServerConfig, Tool,
        ToolAnnotations,
    },
    service::RequestContext,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::super::delegate::{Conversation, consult};
use crate::{agent::Verdict, assemble::Specialist};

/// The tool that runs a whole turn.
const CONSULT: &str = "consult";
/// Tools that only make sense inside a session of ours: the client has its own.
const INTERNAL: &[&str] = &["Bash", "Edit", "Glob", "Grep", "Read", "Write", "escalate", "load_skill", "memory_save"];

/// Arguments of `consult`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsultArgs {
    /// The task, in words, with the SQL, plan or paths that it is about.
    task: String,
    /// The `session_id` of an earlier answer, to go on with that conversation.
    #[serde(default)]
    session_id: Option<String>,
}

/// The handler; one for each connection.
#[derive(Clone)]
pub struct McpServer {
    specialist: Arc<Specialist>,
    tools: Toolbox,
}

impl McpServer {
    /// A server over `specialist`.
    pub fn new(specialist: Arc<Specialist>) -> Self {
        let tools = specialist.toolbox.filtered(|name| !INTERNAL.contains(&name));
        Self { specialist, tools }
    }

    fn announced(&self) -> Vec<Tool> {
        let consult = Tool::new(
            CONSULT,
            "Asks the database specialist: one whole task, worked on with its own tools and memory. Use it for slow \
             queries, index and migration questions, reviews of a database or Redis. Returns the answer, findings with \
             evidence and fixes, and a session_id for follow-ups.",
            object(dbwright_contract::parameters_schema::<ConsultArgs>()),
        );
        let typed = self.tools.specs().iter().map(|spec| {
            Tool::new(spec.name, spec.description, object(spec.parameters.clone()))
                .with_annotations(ToolAnnotations::new().read_only(true).destructive(false))
        });
        std::iter::once(consult).chain(typed).collect()
    }

    async fn consult(&self, arguments: Value, context: RequestContext<RoleServer>) -> CallToolResult {
        let args: ConsultArgs = match serde_json::from_value(arguments) {
            Ok(args) => args,
            Err(error) => return failed(format!("invalid arguments: {error}; consult takes task and, for follow-ups, session_id")),
        };
        let (lines, mut progress) = mpsc::unbounded_channel::<String>();
        let token = context.meta.get_progress_token();
        let peer = context.peer.clone();
        let notify = async move {
            let mut count = 0.0;
            while let Some(line) = progress.recv().await {
                count += 1.0;
                if let Some(token) = &token {
                    // A client that stopped listening is no reason to stop working.
                    let note = ProgressNotificationParam::new(token.clone(), count).with_message(line);
                    let _ = peer.notify_progress(note).await;
                }
            }
        };
        let work = async move {
            let progress = |line: String| {
                let _ = lines.send(line);
            };
            let conversation = args.session_id.as_deref().map_or(Conversation::New, Conversation::Existing);
            consult(&self.specialist, Door::Mcp, &args.task, conversation, progress, &context.ct).await
        };
        match tokio::join!(work, notify).0 {
            Ok(consulted) => {
                let text = if consulted.answer.is_empty() { format!("no answer: {:?}", consulted.stop) } else { consulted.answer.clone() };
                let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                result.structured_content = serde_json::to_value(&consulted).ok();
                result
            }
            Err(exit) => failed(exit.to_string()),
        }
    }

    async fn typed(&self, tool: &Arc<dyn ErasedTool>, arguments: Value, context: RequestContext<RoleServer>) -> CallToolResult {
        let assessment = match tool.assess(&arguments) {
            Ok(assessment) => assessment,
            Err(error) => return failed(error.to_string()),
        };
        if let Some(reason) = assessment.refusal {
            return failed(format!("refused: {reason}"));
        }
        if self.specialist.persona.permission_mode.verdict(assessment.effect) != Verdict::Allow {
            return failed(format!("not run: {} calls need an approval, which cannot be given here", assessment.effect));
        }
        let cx = CallCx::new("mcp", format!("{:?}", context.id), context.ct.clone(), None);
        match tool.call(&cx, arguments, TokenBudget::default()).await {
            Ok(mut outcome) => {
                self.specialist.redactor.redact_json(&mut outcome.json);
                let text = self.specialist.redactor.redact(&outcome.text).into_owned();
                let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
                result.structured_content = Some(outcome.json);
                result
            }
            Err(error) => failed(self.specialist.redactor.redact(&error.to_string()).into_owned()),
        }
    }
}

impl ServerHandler for McpServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("dbwright", env!("CARGO_PKG_VERSION")))
            .with_instructions(self.specialist.persona.description.clone())
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
            self.consult(arguments, context).await
        } else if let Some(tool) = self.tools.get(&request.name) {
            self.typed(tool, arguments, context).await
        } else {
            let names: Vec<&str> = std::iter::once(CONSULT).chain(self.tools.names()).collect();
            return Err(ErrorData::invalid_params(format!("there is no tool {}; there are: {}", request.name, names.join(", ")), None));
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
