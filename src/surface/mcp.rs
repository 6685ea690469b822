//! MCP: the typed tools, and `consult`, a whole turn of the specialist.

mod server;

use rmcp::ServiceExt;
use tokio_util::sync::CancellationToken;

pub use self::server::McpServer;
use super::console::Console;
use crate::{assemble::Specialist, exit::Exit};

/// Serves standard input and output until the client leaves.
///
/// # Errors
/// When the client does not speak MCP.
pub async fn run_stdio(specialist: Specialist, console: &Console, cancel: &CancellationToken) -> Result<(), Exit> {
    specialist.notices.iter().for_each(|notice| console.say(notice));
    let server = McpServer::new(specialist.into());
    let service = tokio::select! {
        service = server.serve(rmcp::transport::stdio()) => {
            service.map_err(|error| Exit::Failed(format!("the client does not speak MCP: {error}")))?
        }
        () = cancel.cancelled() => return Err(Exit::Interrupted),
    };
    let stop = service.cancellation_token();
    tokio::select! {
        ended = service.waiting() => ended.map(|_| ()).map_err(|error| Exit::Failed(error.to_string())),
        () = cancel.cancelled() => {
            stop.cancel();
            Err(Exit::Interrupted)
        }
    }
}
