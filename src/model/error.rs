//! Why a driver could not answer.

use std::time::Duration;

/// A failed exchange. [`ModelError::is_retryable`] says whether the same request may succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Nobody answers at the endpoint.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// Host of the endpoint.
        endpoint: String,
        /// What the network said.
        reason: String,
    },
    /// The endpoint refused the key.
    #[error("{endpoint} refused the key (HTTP {status}): {message}")]
    Unauthorized {
        /// Host of the endpoint.
        endpoint: String,
        /// 401 or 403.
        status: u16,
        /// The endpoint's words.
        message: String,
    },
    /// Too many requests, or the endpoint is overloaded.
    #[error("the endpoint is busy (HTTP {status}): {message}")]
    Busy {
        /// 408, 409, 429, or 5xx.
        status: u16,
        /// The endpoint's words.
        message: String,
        /// How long it asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The request does not suit the endpoint: unknown model, window exceeded, refused schema.
    #[error("the endpoint refused the request (HTTP {status}): {message}")]
    Refused {
        /// The status, 400-class.
        status: u16,
        /// The endpoint's words.
        message: String,
    },
    /// The stream broke off or stalled before the answer was complete.
    #[error("the answer broke off: {0}")]
    BrokenOff(String),
    /// The endpoint sent an error inside the stream.
    #[error("the endpoint reported: {0}")]
    InStream(String),
    /// The driver cannot work as configured.
    #[error("{0}")]
    Configuration(String),
}

impl ModelError {
    /// Whether sending the same request again may help.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. } | Self::BrokenOff(_) | Self::InStream(_))
    }

    /// How long the endpoint asked us to wait.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
