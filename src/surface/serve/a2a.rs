//! A2A 1.0: other agents hand the specialist whole tasks.
//!
//! The protocol is the official crates'; what is ours is the card, the turn behind a task, and
//! where tasks are kept. A context is a conversation of ours under the caller's name for it, so
//! it goes on after a restart.

mod card;
mod executor;
mod outcome;
mod push;
mod question;
mod tasks;

use std::sync::Arc;

use a2a::AgentCapabilities;
use a2a_server::{DefaultRequestHandler, jsonrpc::jsonrpc_router, rest::rest_router};
use axum::{
    Router,
    extract::Request,
    http::{Uri, header},
    response::IntoResponse,
    routing::get,
};
use tower::ServiceExt;

use self::executor::Executor;
use self::push::Pushing;
pub(super) use self::{push::Pushes, tasks::StoredTasks};
use super::super::delegate::Delegate;
use crate::persona::Persona;

/// Where the JSON-RPC binding is.
const JSONRPC: &str = "/jsonrpc";
/// Where the HTTP+JSON binding is.
const REST: &str = "/a2a";
/// Media types that questions may have.
const INPUT_MODES: &[&str] = &["text/plain", "text/markdown", "application/json", "application/sql"];
/// Media types of answers.
const OUTPUT_MODES: &[&str] = &["text/markdown", "application/json"];

fn capabilities() -> AgentCapabilities {
    AgentCapabilities {
        streaming: Some(true),
        push_notifications: Some(true),
        extensions: None,
        extended_agent_card: Some(false),
    }
}

/// Both bindings of the protocol; whoever mounts them sees to the token.
pub(super) fn router(delegate: &Delegate, tasks: StoredTasks, pushes: Pushes) -> Router {
    let modes: Vec<String> = INPUT_MODES.iter().map(|mode| (*mode).to_owned()).collect();
    let handler = DefaultRequestHandler::new(Executor::new(delegate.clone()), tasks)
        .with_capabilities(capabilities())
        .with_default_input_modes(modes)
        .with_push_config_store(pushes.clone());
    let handler = Arc::new(Pushing { inner: handler, pushes });
    // Clients differ on the slash at the end; the crate's router knows only its own root.
    let jsonrpc = jsonrpc_router(Arc::clone(&handler)).into_service().map_request(|mut request: Request| {
        *request.uri_mut() = Uri::from_static("/");
        request
    });
    Router::new()
        .route_service(JSONRPC, jsonrpc.clone())
        .route_service(&format!("{JSONRPC}/"), jsonrpc)
        .nest(REST, rest_router(handler))
}

/// The card, without a token: it holds nothing that the persona file does not.
pub(super) fn card_router(persona: &Persona) -> Router {
    let persona = Arc::new(persona.clone());
    let answer = move |request: Request| {
        // The name that the client knows us by, checked before: behind it, its next requests arrive.
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let card = card::card(&persona, host);
        let headers =
            [(header::CACHE_CONTROL, "max-age=300".to_owned()), (header::ETAG, format!("\"{}\"", card::tag(&card)))];
        async move { (headers, axum::Json(card)).into_response() }
    };
    Router::new().route(a2a_server::WELL_KNOWN_AGENT_CARD_PATH, get(answer))
}
