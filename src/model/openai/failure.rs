//! HTTP failures as [`ModelError`]s, with the endpoint's words and never the key.

use std::{error::Error, time::Duration};

use chrono::{DateTime, Utc};
use dbwright_contract::Redactor;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::model::ModelError;

/// Longest message that is passed on.
const MESSAGE_CHARS: usize = 500;

/// Who failed, and what must not be repeated.
#[derive(Clone)]
pub(super) struct Blame {
    /// Host and port of the endpoint.
    pub(super) endpoint: String,
    /// Knows the key.
    pub(super) redactor: Redactor,
}

impl Blame {
    /// The error behind a response that is not a success.
    pub(super) fn status(&self, status: u16, headers: &HeaderMap, body: &str) -> ModelError {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        let message = self.clean(&body_words(&json, body));
        let quota = ["insufficient_quota", "billing_hard_limit_reached"].iter().any(|code| body.contains(code));
        match status {
            401 | 403 => ModelError::Unauthorized { endpoint: self.endpoint.clone(), status, message },
            // Waiting does not fill an account.
            429 if quota => ModelError::Refused { status, message },
            408 | 409 | 429 | 500..=599 => {
                ModelError::Busy { status, message, retry_after: retry_after(headers, &json, Utc::now()) }
            }
            300..=399 => {
                let message = format!("{} redirects elsewhere; set the base URL to where it leads", self.endpoint);
                ModelError::Refused { status, message }
            }
            _ => ModelError::Refused { status, message },
        }
    }

    /// The error behind a request that got no response.
    pub(super) fn no_response(&self, error: &reqwest::Error) -> ModelError {
        if !error.is_connect() {
            return ModelError::BrokenOff(format!("the connection broke: {}", self.clean(&root_cause(error))));
        }
        ModelError::Unreachable { endpoint: self.endpoint.clone(), reason: self.clean(&root_cause(error)) }
    }

    /// `text` fit for people: no key, no control characters, one bounded line.
    pub(super) fn clean(&self, text: &str) -> String {
        let clean = self.redactor.redact(text);
        let mut line = String::new();
        for word in clean.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
            if word.is_empty() {
                continue;
            }
            if line.len() + word.len() > MESSAGE_CHARS {
                line.push('…');
                break;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        line
    }
}

/// The innermost reason: "connection refused", not "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.is_timeout() { format!("no connection in time ({cause})") } else { cause.to_string() }
}

/// What an error object says, in any of the shapes in use.
pub(super) fn error_words(error: &Value) -> Option<String> {
    match error {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(items) => items.first().and_then(error_words),
        Value::Object(object) => {
            let words = ["message", "error", "detail", "msg", "errors", "error_description"]
                .into_iter()
                .find_map(|name| error_words(object.get(name)?))?;
            // Routers put the words of the provider behind them beside their own.
            let raw = object.get("metadata").and_then(|metadata| metadata.get("raw")).and_then(Value::as_str);
            Some(raw.map_or_else(|| words.clone(), |raw| format!("{words}: {raw}")))
        }
        _ => None,
    }
}

fn body_words(json: &Value, body: &str) -> String {
    if let Some(words) = error_words(json) {
        return words;
    }
    let trimmed = body.trim();
    if trimmed.starts_with('<') {
        let title = trimmed.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        return title.map_or_else(|| "a web page instead of an answer".to_owned(), |(title, _)| title.to_owned());
    }
    if trimmed.is_empty() { "no explanation".to_owned() } else { trimmed.to_owned() }
}

fn retry_after(headers: &HeaderMap, body: &Value, now: DateTime<Utc>) -> Option<Duration> {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let seconds = |text: &str| text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    if let Some(wait) = header("retry-after-ms").and_then(|text| text.parse().ok()) {
        return Some(Duration::from_millis(wait));
    }
    if let Some(text) = header(RETRY_AFTER.as_str()) {
        return seconds(text).or_else(|| (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().ok());
    }
    // Google says it in the body: {"error":{"details":[{"retryDelay":"17s"}]}}
    let error = body.get(0).unwrap_or(body).get("error")?;
    let delay = error.get("details")?.as_array()?.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
    seconds(delay.strip_suffix('s')?)
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
