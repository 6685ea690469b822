//! Where journal and learnings go.

use dbwright_contract::Redactor;
use dbwright_memory::{Store, StoreUrl};
use secrecy::ExposeSecret;

use super::line::Line;
use crate::config::{Paths, Settings};

const TOPIC: &str = "state";

/// Opens the store where the settings say, and writes.
pub(super) async fn place(settings: &Settings, paths: &Paths) -> Line {
    let url = match &settings.state.url {
        Some(url) => url.expose_secret().parse::<StoreUrl>(),
        None => Ok(StoreUrl::from(paths.home.join("state.db"))),
    };
    let url = match url {
        Ok(url) => url,
        Err(error) => return Line::fail(TOPIC, error.to_string()),
    };
    let store = match Store::open(&url, Redactor::new()).await {
        Ok(store) => store,
        Err(error) => {
            let fallback = "sessions run without it and keep journal and learnings in memory only";
            return Line::fail(TOPIC, error.to_string()).hint(format!("{fallback}; set DBWRIGHT_HOME or --state"));
        }
    };
    if let StoreUrl::File(path) = &url {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(paths.home.as_path());
        if let Err(error) = tempfile::tempfile_in(folder) {
            return Line::fail(TOPIC, format!("{} cannot be written: {error}", folder.display()));
        }
    }
    match store.list_sessions(1000).await {
        Ok(sessions) => Line::ok(TOPIC, format!("{}, {} sessions", store.place(), sessions.len())),
        Err(error) => Line::fail(TOPIC, error.to_string()),
    }
}
