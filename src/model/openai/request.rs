//! The body of a request: the neutral transcript in the endpoint's dialect.
//!
//! Deterministic, and the beginning never changes as the transcript grows: endpoints cache it.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use dbwright_contract::{ToolSpec, strict_schema};

use super::concession::Concessions;
use crate::model::{
    Item, Provenance, Request, ToolCall, ToolReply,
    catalog::{EndpointProfile, OutputLimit},
};

/// Longest call id and function name that every endpoint takes.
const ID_CHARS: usize = 40;
const NAME_CHARS: usize = 64;

/// The request as it is sent to `model` at an endpoint with `profile`. `output_limit` counts where
/// the request sets none.
pub(super) fn body(
    model: &str,
    profile: &EndpointProfile,
    granted: Concessions,
    output_limit: Option<u32>,
    request: &Request,
) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    let schema_in_prompt = request.output_schema.as_ref().filter(|_| !profile.json_schema || granted.no_json_schema);
    body.insert("messages".to_owned(), Value::Array(messages(profile, request, schema_in_prompt)));
    if !request.tools.is_empty() {
        let strict = profile.strict_tools && !granted.no_strict;
        body.insert("tools".to_owned(), request.tools.iter().map(|tool| function(tool, strict)).collect());
        if profile.parallel && !granted.no_parallel {
            body.insert("parallel_tool_calls".to_owned(), true.into());
        }
        if granted.no_reasoning {
            body.insert("reasoning_effort".to_owned(), "none".into());
        }
    }
    if let Some(limit) = request.max_output_tokens.or(output_limit) {
        let modern = (profile.output_limit == OutputLimit::MaxCompletionTokens) != granted.other_limit;
        let field = if modern { "max_completion_tokens" } else { "max_tokens" };
        body.insert(field.to_owned(), limit.into());
    }
    if let Some(schema) = &request.output_schema
        && schema_in_prompt.is_none()
    {
        // Strict mode takes only schemas that already are what it would make of them.
        let strict = strict_schema(schema) == *schema;
        let format =
            json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}});
        body.insert("response_format".to_owned(), format);
    }
    body.insert("stream".to_owned(), true.into());
    if !granted.no_usage {
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    }
    Value::Object(body)
}

fn function(tool: &ToolSpec, strict: bool) -> Value {
    let mut function = Map::new();
    function.insert("name".to_owned(), tool.name.into());
    function.insert("description".to_owned(), tool.description.into());
    function.insert("parameters".to_owned(), if strict { tool.strict_parameters() } else { tool.parameters.clone() });
    if strict {
        function.insert("strict".to_owned(), true.into());
    }
    json!({"type": "function", "function": function})
}

fn messages(profile: &EndpointProfile, request: &Request, schema_in_prompt: Option<&Value>) -> Vec<Value> {
    let mut system = request.system.clone();
    if let Some(schema) = schema_in_prompt {
        let sentence = format!(
            "Your final answer is one JSON object, with no text around it, that follows this JSON schema:\n{schema}"
        );
        system = if system.is_empty() { sentence } else { format!("{system}\n\n{sentence}") };
    }
    let mut messages = Vec::with_capacity(request.items.len() + 1);
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    // Endpoints refuse a call without its result and a result without its call.
    let mut awaited: Vec<&ToolCall> = Vec::new();
    for item in &request.items {
        if !matches!(item, Item::Tool(_)) {
            close(&mut messages, &mut awaited);
        }
        match item {
            Item::User { text } => messages.push(json!({"role": "user", "content": text})),
            Item::Assistant { text, calls, .. } if text.is_empty() && calls.is_empty() => {}
            Item::Assistant { text, calls, extra } => {
                messages.push(assistant(profile, text, calls, extra));
                awaited.extend(calls);
            }
            Item::Tool(reply) => match awaited.iter().position(|call| call.id == reply.call_id) {
                Some(position) => {
                    awaited.remove(position);
                    messages.push(result(&reply.call_id, &fenced(reply)));
                }
                None => messages.push(json!({"role": "user", "content": fenced(reply)})),
            },
        }
    }
    close(&mut messages, &mut awaited);
    messages
}

fn close(messages: &mut Vec<Value>, awaited: &mut Vec<&ToolCall>) {
    for call in awaited.drain(..) {
        messages.push(result(&call.id, "No result: the call was interrupted."));
    }
}

fn assistant(profile: &EndpointProfile, text: &str, calls: &[ToolCall], extra: &Value) -> Value {
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), if text.is_empty() { Value::Null } else { text.into() });
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), calls.iter().map(|call| tool_call(profile, call)).collect());
    }
    echo(&mut message, extra, |name| profile.echo.of_message(name));
    Value::Object(message)
}

fn tool_call(profile: &EndpointProfile, call: &ToolCall) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), wire_id(&call.id).into());
    out.insert("type".to_owned(), "function".into());
    out.insert("function".to_owned(), json!({"name": wire_name(&call.name), "arguments": arguments(&call.arguments)}));
    echo(&mut out, &call.extra, |name| profile.echo.of_call(name));
    Value::Object(out)
}

fn echo(into: &mut Map<String, Value>, extra: &Value, wanted: impl Fn(&str) -> bool) {
    let Value::Object(extra) = extra else { return };
    for (name, value) in extra {
        if wanted(name) && !into.contains_key(name) {
            into.insert(name.clone(), value.clone());
        }
    }
}

fn result(call_id: &str, content: &str) -> Value {
    json!({"role": "tool", "tool_call_id": wire_id(call_id), "content": content})
}

/// The result between tags. What came from outside ends where its mark says, which it cannot know.
fn fenced(reply: &ToolReply) -> String {
    let name = wire_name(&reply.name);
    match &reply.provenance {
        Some(Provenance { source, fence }) => fence.enclose(&name, source, reply.ok, &reply.text),
        None => {
            let status = if reply.ok { "" } else { " status=\"failed\"" };
            let text = reply.text.replace("</tool_result", "<\\/tool_result");
            format!("<tool_result tool=\"{name}\"{status}>\n{text}\n</tool_result>")
        }
    }
}

/// Arguments that endpoints can parse: several do, and refuse the whole request over one broken call.
fn arguments(written: &str) -> String {
    if serde_json::from_str::<Map<String, Value>>(written).is_ok() {
        return written.to_owned();
    }
    if written.trim().is_empty() { "{}".to_owned() } else { json!({"unreadable": written}).to_string() }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// An id that every endpoint takes: those of other drivers may be longer or contain dots.
fn wire_id(id: &str) -> String {
    if is_plain(id) && id.len() <= ID_CHARS {
        return id.to_owned();
    }
    let digest = Sha256::digest(id.as_bytes());
    digest.iter().take(8).fold("call_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// A name that every endpoint takes, even where a model made one up.
fn wire_name(name: &str) -> String {
    if is_plain(name) && name.len() <= NAME_CHARS {
        return name.to_owned();
    }
    let plain: String = name
        .chars()
        .take(NAME_CHARS)
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .collect();
    if plain.is_empty() { "unnamed".to_owned() } else { plain }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
