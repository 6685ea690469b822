//! `serve`: the daemon. MCP and A2A over HTTP, reviews by the clock; loopback, bearer token.

mod a2a;
mod gate;
mod schedule;
mod token;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Json, Router, extract::DefaultBodyLimit, middleware, routing::get};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::gate::Gate;
use super::{console::Console, mcp::McpServer};
use crate::{assemble::Specialist, cli::ServeArgs, exit::Exit};

/// Longest request.
const MAX_BODY: usize = 1024 * 1024;
/// How long running turns may take to stop once the daemon is asked to end.
const GRACE: Duration = Duration::from_secs(4);

/// Runs the daemon until it is interrupted.
///
/// # Errors
/// When the address cannot be used, a schedule is not understood, or the address is not loopback
/// and no token is configured.
pub async fn run(
    args: &ServeArgs,
    specialist: Specialist,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let address = args.listen.unwrap_or(specialist.settings.serve.listen);
    if !address.ip().is_loopback() && specialist.settings.serve.token.is_none() {
        return Err(Exit::Usage(format!(
            "{address} can be reached from outside: set serve.token (or DBWRIGHT_TOKEN) before listening there"
        )));
    }
    let schedules = schedule::parse(&specialist.settings.schedules)?;
    let token = token::load(&specialist.settings.serve, &specialist.paths.home, console)?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Exit::Failed(format!("cannot listen on {address}: {error}; pass --listen with another port"))
    })?;
    let address = listener.local_addr()?;
    let specialist = Arc::new(specialist);
    specialist.notices.iter().for_each(|notice| console.say(notice));
    console.say(format!("listening on http://{address}: /mcp, /a2a, /.well-known/agent-card.json, /healthz"));
    for schedule in &schedules {
        console.say(format!("scheduled: {}", schedule.describe()));
    }
    let clock = tokio::spawn(schedule::keep(schedules, Arc::clone(&specialist), console.clone(), cancel.clone()));
    let app = app(&specialist, address, Gate::new(token, address), cancel);
    let stopping = cancel.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move { stopping.cancelled().await });
    let ended = tokio::select! {
        ended = serving => ended.map_err(Exit::from),
        // Streams that clients hold open must not keep the daemon alive.
        () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => Ok(()),
    };
    cancel.cancel();
    // Its running review is cancelled with the token; a panic in it has been logged.
    let _ = tokio::time::timeout(GRACE, clock).await;
    ended
}

fn app(specialist: &Arc<Specialist>, address: SocketAddr, gate: Gate, cancel: &CancellationToken) -> Router {
    let shared = Arc::clone(specialist);
    let mut config = StreamableHttpServerConfig::default();
    config.cancellation_token = cancel.clone();
    let mcp = StreamableHttpService::new(
        move || Ok(McpServer::new(Arc::clone(&shared))),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let protected = Router::new()
        .nest_service("/mcp", mcp)
        .merge(a2a::router(specialist, cancel))
        .layer(middleware::from_fn_with_state(gate.clone(), gate::token));
    Router::new()
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .merge(a2a::card_router(specialist, address))
        .merge(protected)
        .layer(middleware::from_fn_with_state(gate, gate::host_and_origin))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}
