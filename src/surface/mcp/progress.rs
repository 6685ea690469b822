//! Progress notifications: they also keep clients from giving up on a call.

use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::{Peer, RequestContext},
};

/// Tells one client how one of its calls goes, if it asked for that.
pub(super) struct Reporter {
    peer: Peer<RoleServer>,
    token: Option<ProgressToken>,
    sent: f64,
}

impl Reporter {
    pub(super) fn new(context: &RequestContext<RoleServer>) -> Self {
        Self { peer: context.peer.clone(), token: context.meta.get_progress_token(), sent: 0.0 }
    }

    /// Sends one line.
    pub(super) async fn tell(&mut self, line: String) {
        let Some(token) = &self.token else { return };
        self.sent += 1.0;
        let note = ProgressNotificationParam::new(token.clone(), self.sent).with_message(line);
        // A client that stopped listening is no reason to stop working.
        let _ = self.peer.notify_progress(note).await;
    }
}
