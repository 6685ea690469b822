//! Push notifications: a task that changed its state is told to whoever asked for it.
//!
//! The crate has a sender of its own; ours replaces it, because deliveries of this daemon go
//! through one place. A push holds the task as it now stands, once that is on record. What is to
//! be told to whom is kept as long as the daemon runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use a2a::{
    A2AError, AgentCard, CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest,
    GetTaskPushNotificationConfigRequest, GetTaskRequest, ListTaskPushNotificationConfigsRequest,
    ListTaskPushNotificationConfigsResponse, ListTasksRequest, ListTasksResponse, SendMessageRequest,
    SendMessageResponse, StreamResponse, SubscribeToTaskRequest, Task, TaskId, TaskPushNotificationConfig,
};
use a2a_server::{PushConfigStore, RequestHandler, ServiceParams};
use dbwright_contract::Redactor;
use dbwright_memory::new_id;
use futures_util::stream::BoxStream;
use reqwest::header::AUTHORIZATION;

use super::super::courier::{Courier, Notice};

/// Receivers of one task.
const RECEIVERS: usize = 8;
/// Tasks with receivers; the oldest are forgotten beyond that.
const TASKS: usize = 1_000;

/// Who wants to be told. Clones are the same.
#[derive(Clone)]
pub(in super::super) struct Pushes {
    courier: Courier,
    redactor: Redactor,
    known: Arc<Mutex<HashMap<TaskId, Vec<TaskPushNotificationConfig>>>>,
}

impl Pushes {
    pub(in super::super) fn new(courier: Courier, redactor: Redactor) -> Self {
        Self { courier, redactor, known: Arc::default() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TaskId, Vec<TaskPushNotificationConfig>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, task_id: &str) -> Vec<TaskPushNotificationConfig> {
        self.lock().get(task_id).cloned().unwrap_or_default()
    }

    /// Tells the receivers of a task what it has become. Nobody waits for them.
    pub(super) fn tell(&self, task: &Task) {
        let receivers = self.of(&task.id);
        if receivers.is_empty() {
            return;
        }
        if task.status.state.is_terminal() {
            self.lock().remove(&task.id);
        }
        let Ok(mut body) = serde_json::to_value(StreamResponse::Task(task.clone())) else { return };
        self.redactor.redact_json(&mut body);
        let body = body.to_string().into_bytes();
        for receiver in receivers {
            let (courier, task_id) = (self.courier.clone(), task.id.clone());
            let notice = notice(receiver, body.clone());
            // Bounded by its own time and tries; a daemon that stops does not wait for it.
            tokio::spawn(async move {
                if let Err(error) = courier.deliver(&notice).await {
                    tracing::warn!(task = task_id, %error, "a push notification did not arrive");
                }
            });
        }
    }
}

fn notice(receiver: TaskPushNotificationConfig, body: Vec<u8>) -> Notice {
    let mut headers = Vec::new();
    if let Some(authentication) = receiver.authentication
        && let Some(credentials) = authentication.credentials
    {
        headers.push((AUTHORIZATION, format!("{} {credentials}", authentication.scheme).into()));
    }
    Notice { url: receiver.url, body, token: receiver.token.map(Into::into), headers }
}

#[async_trait::async_trait]
impl PushConfigStore for Pushes {
    async fn save(&self, mut config: TaskPushNotificationConfig) -> Result<TaskPushNotificationConfig, A2AError> {
        self.courier.vet(&config.url).map_err(|refusal| A2AError::invalid_params(format!("push URL: {refusal}")))?;
        let header = |text: &Option<String>| text.as_deref().is_none_or(|text| !text.chars().any(char::is_control));
        let authentication = config.authentication.as_ref();
        let credentials = authentication.is_none_or(|given| {
            let scheme = &given.scheme;
            (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic"))
                && header(&given.credentials)
        });
        if !header(&config.token) || !credentials {
            return Err(A2AError::invalid_params("push: the token or the credentials cannot be sent as a header"));
        }
        let id = config.id.get_or_insert_with(new_id).clone();
        let mut known = self.lock();
        if !known.contains_key(&config.task_id) && known.len() >= TASKS {
            return Err(A2AError::invalid_params("push: too many tasks have receivers"));
        }
        let receivers = known.entry(config.task_id.clone()).or_default();
        receivers.retain(|receiver| receiver.id.as_deref() != Some(id.as_str()));
        if receivers.len() >= RECEIVERS {
            return Err(A2AError::invalid_params(format!("push: a task has at most {RECEIVERS} receivers")));
        }
        receivers.push(config.clone());
        Ok(config)
    }

    async fn get(&self, task_id: &str, config_id: &str) -> Result<TaskPushNotificationConfig, A2AError> {
        let found = self.of(task_id).into_iter().find(|known| known.id.as_deref() == Some(config_id));
        found.ok_or_else(|| A2AError::task_not_found(task_id))
    }

    /// Nobody, to the crate's own sender, which asks by this; clients ask [`Pushing`].
    async fn list(&self, _task_id: &str) -> Result<Vec<TaskPushNotificationConfig>, A2AError> {
        Ok(Vec::new())
    }

    async fn delete(&self, task_id: &str, config_id: &str) -> Result<(), A2AError> {
        let mut known = self.lock();
        if let Some(receivers) = known.get_mut(task_id) {
            receivers.retain(|receiver| receiver.id.as_deref() != Some(config_id));
            if receivers.is_empty() {
                known.remove(task_id);
            }
        }
        Ok(())
    }

    async fn delete_all(&self, task_id: &str) -> Result<(), A2AError> {
        self.lock().remove(task_id);
        Ok(())
    }
}

/// The crate's handler with our list of receivers.
pub(super) struct Pushing<H> {
    pub(super) inner: H,
    pub(super) pushes: Pushes,
}

#[async_trait::async_trait]
impl<H: RequestHandler> RequestHandler for Pushing<H> {
    async fn send_message(
        &self,
        params: &ServiceParams,
        request: SendMessageRequest,
    ) -> Result<SendMessageResponse, A2AError> {
        self.inner.send_message(params, request).await
    }

    async fn send_streaming_message(
        &self,
        params: &ServiceParams,
        request: SendMessageRequest,
    ) -> Result<BoxStream<'static, Result<StreamResponse, A2AError>>, A2AError> {
        self.inner.send_streaming_message(params, request).await
    }

    async fn get_task(&self, params: &ServiceParams, request: GetTaskRequest) -> Result<Task, A2AError> {
        self.inner.get_task(params, request).await
    }

    async fn list_tasks(
        &self,
        params: &ServiceParams,
        request: ListTasksRequest,
    ) -> Result<ListTasksResponse, A2AError> {
        self.inner.list_tasks(params, request).await
    }

    async fn cancel_task(&self, params: &ServiceParams, request: CancelTaskRequest) -> Result<Task, A2AError> {
        self.inner.cancel_task(params, request).await
    }

    async fn subscribe_to_task(
        &self,
        params: &ServiceParams,
        request: SubscribeToTaskRequest,
    ) -> Result<BoxStream<'static, Result<StreamResponse, A2AError>>, A2AError> {
        self.inner.subscribe_to_task(params, request).await
    }

    async fn create_push_config(
        &self,
        params: &ServiceParams,
        request: TaskPushNotificationConfig,
    ) -> Result<TaskPushNotificationConfig, A2AError> {
        self.inner.create_push_config(params, request).await
    }

    async fn get_push_config(
        &self,
        params: &ServiceParams,
        request: GetTaskPushNotificationConfigRequest,
    ) -> Result<TaskPushNotificationConfig, A2AError> {
        self.inner.get_push_config(params, request).await
    }

    async fn list_push_configs(
        &self,
        params: &ServiceParams,
        request: ListTaskPushNotificationConfigsRequest,
    ) -> Result<ListTaskPushNotificationConfigsResponse, A2AError> {
        let task_id = request.task_id.clone();
        // The crate's answer, for its checks of the task and the page; it holds no receivers.
        let mut answer = self.inner.list_push_configs(params, request).await?;
        answer.configs = self.pushes.of(&task_id);
        Ok(answer)
    }

    async fn delete_push_config(
        &self,
        params: &ServiceParams,
        request: DeleteTaskPushNotificationConfigRequest,
    ) -> Result<(), A2AError> {
        self.inner.delete_push_config(params, request).await
    }

    async fn get_extended_agent_card(
        &self,
        params: &ServiceParams,
        request: GetExtendedAgentCardRequest,
    ) -> Result<AgentCard, A2AError> {
        self.inner.get_extended_agent_card(params, request).await
    }
}
