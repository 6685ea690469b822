//! One model at one endpoint.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_openai::{config::Config, error::OpenAIError};
use dbwright_contract::Redactor;
use futures_util::{Stream, StreamExt, future::BoxFuture, stream};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{
    assembler::Assembler,
    chunk::Chunk,
    concession::Concessions,
    failure::Blame,
    listing,
    request::body,
    transport::{Fault, Transport},
};
use crate::model::{
    Delta, DeltaStream, Model, ModelError, Profile, Request,
    catalog::{Catalog, EndpointProfile},
    endpoint::{Endpoint, WantedModel, host_of},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long figures may take after the answer is complete: some servers never close the stream.
const FIGURES_TIMEOUT: Duration = Duration::from_secs(3);

type Events = Pin<Box<dyn Stream<Item = Result<Chunk, OpenAIError>> + Send>>;

/// A model behind an OpenAI-compatible endpoint.
pub struct OpenAi {
    name: String,
    model: String,
    endpoint: EndpointProfile,
    profile: Profile,
    config: WireConfig,
    http: reqwest::Client,
    blame: Blame,
    idle: Duration,
    output_limit: Option<u32>,
    /// What the endpoint turned out not to take.
    granted: Mutex<Concessions>,
}

impl OpenAi {
    /// Prepares the model. Goes to the network only where the endpoint must say which models it
    /// has. `idle` is the longest silence within an answer.
    ///
    /// # Errors
    /// When the key cannot be sent, or the endpoint does not name a model.
    pub async fn connect(endpoint: &Endpoint, idle: Duration) -> Result<Self, ModelError> {
        let configuration = |what: String| ModelError::Configuration(what);
        let url = Url::parse(&endpoint.base_url).map_err(|error| configuration(format!("the base URL: {error}")))?;
        let host = host_of(&url);
        let mut redactor = Redactor::new();
        if let Some(key) = &endpoint.key {
            redactor = redactor.knows(key.clone());
        }
        let blame = Blame { endpoint: host.clone(), redactor };
        let config = WireConfig::new(endpoint).map_err(configuration)?;
        // A redirect would carry the transcript to a host that nobody chose.
        let mut http = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(Policy::none());
        if endpoint.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| configuration(format!("no HTTP client: {error}")))?;
        let (model, listed_window) = match &endpoint.model {
            WantedModel::Named(name) => (name.clone(), None),
            WantedModel::Listed { alias } => {
                let listed = listing::fetch(&http, &config, &blame, idle).await?;
                let chosen = listing::choose(listed, alias.as_deref()).ok_or_else(|| {
                    configuration(format!("{host} lists no model: load one, or name it with --model"))
                })?;
                (chosen.id, chosen.window)
            }
        };
        let mut profile = Catalog::embedded()?.profile(&endpoint.profile, &model);
        profile.window = listed_window.or(profile.window);
        let name = format!("{model} at {host}");
        let endpoint = endpoint.profile.clone();
        Ok(Self {
            name,
            model,
            endpoint,
            profile,
            config,
            http,
            blame,
            idle,
            output_limit: None,
            granted: Mutex::default(),
        })
    }

    /// Limits every answer to `tokens`, unless its request sets a limit of its own.
    #[must_use]
    pub fn with_output_limit(mut self, tokens: Option<u32>) -> Self {
        self.output_limit = tokens;
        self
    }

    /// Opens the stream of one answer, in the dialect that the endpoint has been found to speak.
    async fn open(&self, request: &Request) -> Result<(Events, Fault, usize), ModelError> {
        loop {
            let granted = *self.granted.lock().unwrap_or_else(PoisonError::into_inner);
            let body = body(&self.model, &self.endpoint, granted, self.output_limit, request);
            let error = match self.send(&body).await {
                Ok((events, fault)) => return Ok((events, fault, body.to_string().len())),
                Err(error) => error,
            };
            let Some(more) = granted.and_one_for(&error, &body) else { return Err(error) };
            tracing::debug!(endpoint = %self.blame.endpoint, %error, "speaking a plainer dialect from here on");
            *self.granted.lock().unwrap_or_else(PoisonError::into_inner) = more;
        }
    }

    async fn send(&self, body: &Value) -> Result<(Events, Fault), ModelError> {
        let fault = Fault::default();
        let transport = Transport {
            http: self.http.clone(),
            blame: self.blame.clone(),
            idle: self.idle,
            fault: Arc::clone(&fault),
        };
        // A service of our own replaces async-openai's, which would repeat failed requests.
        let service = tower::service_fn(move |request| transport.clone().send(request));
        let client = async_openai::Client::build(self.http.clone(), self.config.clone()).with_http_service(service);
        let events: Events = client
            .chat()
            .create_stream_byot::<&Value, Chunk>(body)
            .await
            .map_err(|error| translate(error, &self.blame))?;
        Ok((events, fault))
    }
}

impl Model for OpenAi {
    fn name(&self) -> &str {
        &self.name
    }

    fn profile(&self) -> Profile {
        self.profile
    }

    fn stream<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<DeltaStream<'a>, ModelError>> {
        Box::pin(async move {
            let (events, fault, prompt_bytes) = self.open(request).await?;
            let assembler = Assembler::new(self.endpoint.echo.clone(), prompt_bytes);
            let answer =
                Answer { events, fault, assembler: Some(assembler), ready: VecDeque::new(), blame: &self.blame };
            let deltas: DeltaStream<'a> = Box::pin(stream::unfold(answer, |mut answer| async move {
                let delta = answer.next().await?;
                Some((delta, answer))
            }));
            Ok(deltas)
        })
    }
}

/// An answer as it arrives.
struct Answer<'a> {
    events: Events,
    fault: Fault,
    /// Gone once the answer is complete or broken.
    assembler: Option<Assembler>,
    ready: VecDeque<Delta>,
    blame: &'a Blame,
}

impl Answer<'_> {
    async fn next(&mut self) -> Option<Result<Delta, ModelError>> {
        loop {
            if let Some(delta) = self.ready.pop_front() {
                return Some(Ok(delta));
            }
            let assembler = self.assembler.as_mut()?;
            let event = if assembler.is_finished() {
                tokio::time::timeout(FIGURES_TIMEOUT, self.events.next()).await.unwrap_or_default()
            } else {
                self.events.next().await
            };
            let deltas = match event {
                Some(Ok(chunk)) => assembler.push(chunk),
                // What goes wrong after the answer is complete takes nothing from it.
                Some(Err(_)) if assembler.is_finished() => self.assembler.take()?.close(),
                Some(Err(error)) => {
                    let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
                    Err(fault.unwrap_or_else(|| translate(error, self.blame)))
                }
                None => self.assembler.take()?.close(),
            };
            match deltas {
                Ok(deltas) => self.ready.extend(deltas),
                Err(error) => {
                    self.assembler = None;
                    return Some(Err(clean(error, self.blame)));
                }
            }
        }
    }
}

/// Words of the endpoint inside a stream, made fit for people.
fn clean(error: ModelError, blame: &Blame) -> ModelError {
    match error {
        ModelError::InStream(message) => ModelError::InStream(blame.clean(&message)),
        ModelError::Refused { status: status @ (401 | 403), message } => {
            ModelError::Unauthorized { endpoint: blame.endpoint.clone(), status, message: blame.clean(&message) }
        }
        ModelError::Refused { status, message } => ModelError::Refused { status, message: blame.clean(&message) },
        other => other,
    }
}

fn translate(error: OpenAIError, blame: &Blame) -> ModelError {
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<ModelError>() {
            Ok(error) => *error,
            Err(other) => ModelError::BrokenOff(blame.clean(&other.to_string())),
        },
        OpenAIError::Reqwest(error) => blame.no_response(&error),
        OpenAIError::JSONDeserialize(_, content) => {
            ModelError::BrokenOff(format!("an event is not JSON: {}", blame.clean(&content)))
        }
        OpenAIError::InvalidArgument(message) => ModelError::Configuration(blame.clean(&message)),
        other => ModelError::BrokenOff(blame.clean(&other.to_string())),
    }
}

/// Address and headers, without async-openai's own reading of the environment.
#[derive(Debug, Clone)]
pub(super) struct WireConfig {
    base_url: String,
    headers: HeaderMap,
    key: SecretString,
}

impl WireConfig {
    fn new(endpoint: &Endpoint) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &endpoint.key {
            let (name, value) = match &endpoint.profile.key_header {
                Some(name) => (
                    HeaderName::try_from(name.as_str()).map_err(|error| format!("header {name}: {error}"))?,
                    key.expose_secret().to_owned(),
                ),
                None => (AUTHORIZATION, format!("Bearer {}", key.expose_secret())),
            };
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| "the model key contains characters that HTTP does not allow".to_owned())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let key = endpoint.key.clone().unwrap_or_default();
        Ok(Self { base_url: endpoint.base_url.clone(), headers, key })
    }
}

impl Config for WireConfig {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
