//! Settings that cannot be used.

use std::path::PathBuf;

/// A fault in the configuration; names the layer and the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file exists and cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not YAML.
    #[error("{origin}: {message}")]
    Broken {
        /// File, or another layer's name.
        origin: String,
        /// What the parser says, with line and column.
        message: String,
    },
    /// A key that means nothing.
    #[error("{origin}: unknown setting `{key}`{}", nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey {
        /// File, or another layer's name.
        origin: String,
        /// Dotted path of the key.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A value of the wrong kind.
    #[error("{origin}: {message}")]
    Value {
        /// The layer that set it.
        origin: String,
        /// Key, value and what is expected.
        message: String,
    },
}
