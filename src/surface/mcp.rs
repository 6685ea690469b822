//! MCP: the typed tools, and `consult`, a whole turn of the specialist.
//!
//! The official SDK speaks both eras of the protocol on one endpoint: sessions that begin with
//! `initialize` (2024-11-05 and later) and the stateless one (2026-07-28).

mod progress;
mod server;

use std::time::Duration;

use rmcp::ServiceExt;
use tokio_util::sync::CancellationToken;

pub(crate) use self::server::McpServer;
use super::{console::Console, delegate::Delegate};
use crate::{assemble::Specialist, exit::Exit};

/// How long running turns may take to stop once the client has left.
const GRACE: Duration = Duration::from_secs(4);

/// Serves standard input and output until the client leaves.
///
/// # Errors
/// When the client does not speak MCP, or on interruption.
pub(crate) async fn run_stdio(
    specialist: Specialist,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    specialist.notices.iter().for_each(|notice| console.say(notice));
    let stop = CancellationToken::new();
    let delegate = Delegate::new(specialist.into(), stop.clone());
    let ended = tokio::select! {
        ended = conversation(McpServer::new(delegate.clone())) => ended,
        () = cancel.cancelled() => Err(Exit::Interrupted),
    };
    stop.cancel();
    // What still runs after this ends with the process; its journal says as much when it is read.
    let _ = tokio::time::timeout(GRACE, delegate.finished()).await;
    ended
}

async fn conversation(server: McpServer) -> Result<(), Exit> {
    let service = server
        .serve(rmcp::transport::stdio())
        .await
        .map_err(|error| Exit::Failed(format!("the client does not speak MCP: {error}")))?;
    service.waiting().await.map(drop).map_err(|error| Exit::Failed(error.to_string()))
}
