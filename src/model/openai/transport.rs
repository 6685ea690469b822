//! The HTTP below async-openai: one attempt, failures as our errors, bodies that are always a
//! well-formed event stream or an error.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use futures_util::stream;
use reqwest::{Body, Client, Response, header::CONTENT_TYPE};
use serde_json::Value;

use super::{failure::Blame, lines::Lines};
use crate::model::ModelError;

/// Most bytes of one answer; more is a fault of the endpoint.
const ANSWER_BYTES: usize = 64 << 20;
/// Most bytes of a body that is not streamed.
const BODY_BYTES: usize = 4 << 20;

/// Where the reason is kept when a body breaks off: async-openai passes on only that it did.
pub(super) type Fault = Arc<Mutex<Option<ModelError>>>;

/// Sends requests of one answer.
#[derive(Clone)]
pub(super) struct Transport {
    pub(super) http: Client,
    pub(super) blame: Blame,
    pub(super) idle: Duration,
    pub(super) fault: Fault,
}

impl Transport {
    /// Sends the request once and returns its event stream.
    pub(super) async fn send(self, request: HttpRequestFactory) -> Result<Response, OpenAIError> {
        let request = request.build().await?;
        match self.exchange(request).await {
            Ok(response) => Ok(response),
            Err(error) => Err(OpenAIError::Boxed(Box::new(error))),
        }
    }

    async fn exchange(self, request: reqwest::Request) -> Result<Response, ModelError> {
        let mut response =
            within(self.idle, self.http.execute(request)).await?.map_err(|error| self.blame.no_response(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !status.is_success() {
            let body = self.whole(&mut response).await.unwrap_or_default();
            return Err(self.blame.status(status.as_u16(), &headers, &body));
        }
        if kind.contains("json") || kind.contains("html") {
            let body = self.whole(&mut response).await?;
            return self.events_of(body, kind).map(|events| rebuilt(Body::from(events)));
        }
        Ok(rebuilt(self.guarded(response)))
    }

    /// A body that did not come as a stream, as one event.
    fn events_of(&self, body: String, kind: &str) -> Result<String, ModelError> {
        let trimmed = body.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
        if ["data:", "event:", ":", "id:"].iter().any(|field| trimmed.starts_with(field)) {
            return Ok(format!("{trimmed}\n\n"));
        }
        if let Ok(value) = serde_json::from_str::<Value>(trimmed) {
            return Ok(format!("data: {value}\n\n"));
        }
        if kind.contains("html") || trimmed.starts_with('<') {
            let message = format!("{} answered with a web page: is the base URL right?", self.blame.endpoint);
            return Err(ModelError::Refused { status: 200, message });
        }
        Err(ModelError::BrokenOff(format!("neither events nor JSON: {}", self.blame.clean(&body))))
    }

    async fn whole(&self, response: &mut Response) -> Result<String, ModelError> {
        let mut bytes = Vec::new();
        while let Some(more) = within(self.idle, response.chunk()).await?.map_err(|error| broken(&error))? {
            bytes.extend_from_slice(&more);
            if bytes.len() > BODY_BYTES {
                return Err(ModelError::BrokenOff(format!("a body of more than {BODY_BYTES} bytes")));
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The body as whole lines of valid UTF-8, watched: every byte, comments too, counts as life.
    fn guarded(self, response: Response) -> Body {
        struct Reading {
            transport: Transport,
            response: Response,
            lines: Lines,
            bytes: usize,
            ended: bool,
        }
        let reading = Reading { transport: self, response, lines: Lines::default(), bytes: 0, ended: false };
        Body::wrap_stream(stream::unfold(reading, |mut reading| async move {
            if reading.ended {
                return None;
            }
            let next = match within(reading.transport.idle, reading.response.chunk()).await {
                Ok(Ok(next)) => Ok(next),
                Ok(Err(error)) => Err(broken(&error)),
                Err(stalled) => Err(stalled),
            };
            let item = match next {
                Ok(Some(bytes)) if reading.bytes + bytes.len() <= ANSWER_BYTES => {
                    reading.bytes += bytes.len();
                    reading.lines.push(&bytes).ok_or_else(|| ModelError::BrokenOff("an endless line".to_owned()))
                }
                Ok(Some(_)) => Err(ModelError::BrokenOff(format!("an answer of more than {ANSWER_BYTES} bytes"))),
                Ok(None) => {
                    reading.ended = true;
                    let rest = reading.lines.finish();
                    if reading.lines.replaced() > 0 {
                        tracing::warn!(replaced = reading.lines.replaced(), "the answer was not valid UTF-8");
                    }
                    // Some servers forget the empty line after their last event.
                    Ok(rest + "\n\n")
                }
                Err(error) => Err(error),
            };
            let item = item.map_err(|error| {
                reading.ended = true;
                let text = error.to_string();
                *reading.transport.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                std::io::Error::other(text)
            });
            Some((item, reading))
        }))
    }
}

async fn within<T>(idle: Duration, future: impl Future<Output = T>) -> Result<T, ModelError> {
    tokio::time::timeout(idle, future)
        .await
        .map_err(|_| ModelError::BrokenOff(format!("the endpoint sent nothing for {} s", idle.as_secs_f64())))
}

fn broken(error: &reqwest::Error) -> ModelError {
    let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    ModelError::BrokenOff(format!("the connection broke: {reason}"))
}

fn rebuilt(body: Body) -> Response {
    http::Response::new(body).into()
}
