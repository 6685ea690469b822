//! Where the state lives.

use std::{fmt, path::PathBuf, str::FromStr};

use secrecy::{ExposeSecret, SecretString};

use crate::StoreError;

/// A place for the state: a file, or a PostgreSQL database. Displays without its password.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// A SQLite file; its folders are created as needed.
    File(PathBuf),
    /// A PostgreSQL database; the tables go to its schema `dbwright`.
    Postgres(SecretString),
}

impl FromStr for StoreUrl {
    type Err = StoreError;

    /// Reads `postgres://…`, `sqlite:///path/state.db` or a plain path.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("postgres://") || lower.starts_with("postgresql://") {
            return Ok(Self::Postgres(SecretString::from(text)));
        }
        let path = match lower.strip_prefix("sqlite:") {
            Some(_) => text.get("sqlite:".len()..).map(|rest| rest.strip_prefix("//").unwrap_or(rest)),
            None if text.contains("://") => None,
            None => Some(text),
        };
        match path {
            Some(path) if !path.is_empty() && !path.starts_with(':') && !path.contains('?') => {
                Ok(Self::File(PathBuf::from(path)))
            }
            _ => Err(StoreError::Url(format!("`{}`", without_userinfo(text)))),
        }
    }
}

impl From<PathBuf> for StoreUrl {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_userinfo(url.expose_secret())),
        }
    }
}

/// The URL up to its query, without user and password: passwords may hide in either.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_are_told_apart() {
        let file = |text: &str| match text.parse::<StoreUrl>() {
            Ok(StoreUrl::File(path)) => path.display().to_string(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(file("sqlite:///var/lib/x/state.db"), "/var/lib/x/state.db");
        assert_eq!(file("sqlite:state.db"), "state.db");
        assert_eq!(file("/tmp/state.db"), "/tmp/state.db");
        assert!(matches!("postgres://h/db".parse(), Ok(StoreUrl::Postgres(_))));
        for bad in ["mysql://h/db", "", "sqlite::memory:", "sqlite:///x?mode=ro"] {
            assert!(matches!(bad.parse::<StoreUrl>(), Err(StoreError::Url(_))), "{bad}");
        }
    }

    #[test]
    fn passwords_are_never_displayed() {
        let url: StoreUrl = "postgres://me:s3cr@et@h:5/db?password=s3cret".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://h:5/db");
        assert!(!format!("{url:?}").contains("s3cr"));
        let error = "mysql://me:s3cret@h/db".parse::<StoreUrl>().unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }
}
