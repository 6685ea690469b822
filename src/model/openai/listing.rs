//! Which models an endpoint has.

use std::time::Duration;

use async_openai::config::Config;
use serde_json::Value;

use super::failure::Blame;
use crate::model::ModelError;

/// A model that an endpoint lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    /// Its window in tokens, where the endpoint tells.
    pub(super) window: Option<u32>,
}

/// The models at the endpoint, in its order.
pub(super) async fn fetch(
    http: &reqwest::Client,
    config: &impl Config,
    blame: &Blame,
    patience: Duration,
) -> Result<Vec<Listed>, ModelError> {
    let request = http.get(config.url("/models")).headers(config.headers()).timeout(patience);
    let response = request.send().await.map_err(|error| blame.no_response(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.text().await.map_err(|error| blame.no_response(&error))?;
    if !status.is_success() {
        return Err(blame.status(status.as_u16(), &headers, &body));
    }
    let body: Value = serde_json::from_str(&body).map_err(|_| ModelError::Refused {
        status: 200,
        message: format!("{} lists no models as JSON", blame.endpoint),
    })?;
    Ok(read(&body))
}

fn read(body: &Value) -> Vec<Listed> {
    let entries = ["data", "models"].into_iter().find_map(|name| body.get(name)?.as_array());
    let entry = |entry: &Value| {
        let id = ["id", "name", "model"].into_iter().find_map(|name| entry.get(name)?.as_str())?;
        let window = ["max_model_len", "context_length", "max_context_length"]
            .into_iter()
            .find_map(|name| entry.get(name)?.as_u64())
            .or_else(|| entry.get("meta")?.get("n_ctx")?.as_u64());
        Some(Listed { id: id.to_owned(), window: window.and_then(|window| u32::try_from(window).ok()) })
    };
    entries.or_else(|| body.as_array()).map(|entries| entries.iter().filter_map(entry).collect()).unwrap_or_default()
}

/// The model that `alias` means: the one of that name, one whose name contains it, the first.
/// Models that only embed or rerank text are passed over.
pub(super) fn choose(listed: Vec<Listed>, alias: Option<&str>) -> Option<Listed> {
    let answers = |model: &&Listed| {
        let id = model.id.to_ascii_lowercase();
        !["embed", "rerank", "whisper", "tts", "moderation"].iter().any(|kind| id.contains(kind))
    };
    let alias = alias.map(str::to_ascii_lowercase);
    let by_alias = alias.and_then(|alias| {
        let exact = listed.iter().find(|model| model.id.eq_ignore_ascii_case(&alias));
        exact.or_else(|| listed.iter().filter(answers).find(|model| model.id.to_ascii_lowercase().contains(&alias)))
    });
    by_alias.or_else(|| listed.iter().find(answers)).cloned()
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
