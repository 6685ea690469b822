//! `serve`: the daemon. MCP and A2A over HTTP, reviews by the clock; loopback, bearer token.

mod a2a;
mod courier;
mod gate;
mod listen;
mod rate;
mod schedule;
mod token;

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, middleware, routing::get};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{
    a2a::{Pushes, StoredTasks},
    courier::Courier,
    gate::Gate,
};
use super::{console::Console, delegate::Delegate, mcp::McpServer};
use crate::{assemble::Specialist, cli::ServeArgs, exit::Exit};

/// How long what runs may take to stop once the daemon is asked to end.
const GRACE: Duration = Duration::from_secs(4);

/// Runs the daemon until it is interrupted.
///
/// # Errors
/// When the address cannot be used, a schedule is not understood, or the address is not loopback
/// and no token is configured.
pub(crate) async fn run(
    args: &ServeArgs,
    mut specialist: Specialist,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let settings = &specialist.settings.serve;
    let address = args.listen.unwrap_or(settings.listen);
    if !address.ip().is_loopback() && settings.token.is_none() {
        return Err(Exit::Usage(format!(
            "{address} can be reached from outside: set serve.token (or DBWRIGHT_TOKEN) before listening there"
        )));
    }
    let courier = Courier::new(&settings.push_hosts);
    let plans =
        schedule::plans(&specialist.settings.schedules, &specialist.databases, specialist.redis.as_ref(), &courier)?;
    let token = token::load(settings.token.as_ref(), &specialist.paths.home, console)?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Exit::Failed(format!("cannot listen on {address}: {error}; pass --listen with another address"))
    })?;
    let address = listener.local_addr()?;
    let gate = Gate::new(token.clone(), address, &settings.hosts);
    specialist.redactor = specialist.redactor.knows(token);
    let specialist = Arc::new(specialist);
    specialist.notices.iter().for_each(|notice| console.say(notice));
    for plan in &plans {
        console.say(format!("scheduled: {}", plan.describe()));
    }
    console.say(format!("listening on http://{address}: /mcp, /a2a, /jsonrpc, /.well-known/agent-card.json, /healthz"));
    let delegate = Delegate::new(Arc::clone(&specialist), cancel.child_token());
    let pushes = Pushes::new(courier.clone(), specialist.redactor.clone());
    let tasks = StoredTasks::new(specialist.store.clone(), specialist.redactor.clone(), pushes.clone());
    let clock = tokio::spawn(schedule::keep(plans, specialist, console.clone(), courier, cancel.clone()));
    let serving = listen::serve(listener, app(&delegate, gate, tasks.clone(), pushes), cancel.clone());
    let all = async {
        serving.await;
        delegate.finished().await;
        tasks.settle().await;
        // A panic in the clock has been logged where it happened.
        let _ = clock.await;
    };
    tokio::select! {
        () = all => Ok(()),
        () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => {
            console.say("something did not stop in time; its journal says so when it is read");
            Ok(())
        }
    }
}

fn app(delegate: &Delegate, gate: Gate, tasks: StoredTasks, pushes: Pushes) -> Router {
    let server = McpServer::new(delegate.clone());
    // The gate has checked host, origin and length before anything gets here, by rules that know
    // where the daemon listens.
    let config = StreamableHttpServerConfig::default()
        .with_cancellation_token(delegate.stop().clone())
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let mcp = StreamableHttpService::new(move || Ok(server.clone()), Arc::new(LocalSessionManager::default()), config);
    let protected = Router::new()
        .route_service("/mcp", mcp.clone())
        .route_service("/mcp/", mcp)
        .merge(a2a::router(delegate, tasks, pushes))
        .layer(middleware::from_fn_with_state(gate.clone(), gate::inner));
    Router::new()
        .route("/healthz", get(|| async { Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})) }))
        .merge(a2a::card_router(&delegate.specialist().persona))
        .merge(protected)
        .layer(middleware::from_fn_with_state(gate, gate::outer))
}
