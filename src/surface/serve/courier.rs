//! Notifications to addresses that others gave us.
//!
//! The one way out of the daemon. A URL is judged as it is written, its name is resolved once,
//! every address is judged, and exactly these addresses are dialled: no proxy, no redirect, no
//! second look at a name that may say something else by then.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use dbwright_policy::{
    Refusal,
    http::{Vetted, vet},
};
use futures_util::future::BoxFuture;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How often a notification is tried.
const ATTEMPTS: u32 = 3;
/// How long a name may take to resolve.
const RESOLVE_TIME: Duration = Duration::from_secs(5);
/// How long one try may take.
const SEND_TIME: Duration = Duration::from_secs(10);
/// Pause before the second try; the third waits four times as long.
const PAUSE: Duration = Duration::from_millis(500);
/// The body's HMAC-SHA-256, keyed with the token that the receiver gave.
const SIGNATURE: HeaderName = HeaderName::from_static("x-dbwright-signature");

type Resolve = Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Why a notification did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undelivered {
    /// It may not go there.
    #[error("{0}")]
    Refused(Refusal),
    /// The name has no address.
    #[error("{host} does not resolve: {error}")]
    Unresolved {
        /// The name.
        host: String,
        /// Why.
        error: io::Error,
    },
    /// A header cannot be sent.
    #[error("the token or credentials hold letters that no header can")]
    Header,
    /// Nobody took it.
    #[error("{host}: {reason}")]
    Failed {
        /// The name.
        host: String,
        /// What happened at the last try.
        reason: String,
    },
}

impl From<Refusal> for Undelivered {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What is sent, and to whom.
pub(super) struct Notice {
    /// The receiver, as he gave it.
    pub(super) url: String,
    /// JSON.
    pub(super) body: Vec<u8>,
    /// The receiver's token: sent along, and the key of the signature.
    pub(super) token: Option<SecretString>,
    /// Further headers; their values are secret.
    pub(super) headers: Vec<(HeaderName, SecretString)>,
}

/// Takes notifications out.
#[derive(Clone)]
pub(super) struct Courier {
    listed: Arc<[String]>,
    resolve: Resolve,
}

impl Courier {
    /// A courier that may also go to the inner hosts `listed`.
    pub(super) fn new(listed: &[String]) -> Self {
        let resolve: Resolve = Arc::new(|host, port| {
            Box::pin(async move { Ok(tokio::net::lookup_host((host.as_str(), port)).await?.collect()) })
        });
        Self { listed: listed.into(), resolve }
    }

    /// Judges a URL before anything is promised.
    pub(super) fn vet(&self, url: &str) -> Result<Vetted, Refusal> {
        vet(url, &self.listed)
    }

    /// Delivers, trying again a few times where that can help.
    pub(super) async fn deliver(&self, notice: &Notice) -> Result<(), Undelivered> {
        let vetted = self.vet(&notice.url)?;
        let addresses = self.addresses(&vetted).await?;
        let headers = headers(notice)?;
        let client = client(&vetted, &addresses)?;
        let failed = |reason: String| Undelivered::Failed { host: vetted.host().to_owned(), reason };
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let sent =
                client.post(vetted.url().clone()).headers(headers.clone()).body(notice.body.clone()).send().await;
            let (reason, again) = match sent {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => (format!("it answered {}", answer.status()), worth_another(answer.status())),
                // The URL may hold a token.
                Err(error) => (innermost(&error.without_url()), true),
            };
            if !again || attempt == ATTEMPTS {
                return Err(failed(reason));
            }
            tokio::time::sleep(pause).await;
            pause *= 4;
            attempt += 1;
        }
    }

    /// The addresses behind the name; all of them must be allowed: one that is not says that
    /// somebody plays with the name.
    async fn addresses(&self, vetted: &Vetted) -> Result<Vec<SocketAddr>, Undelivered> {
        if let Ok(address) = vetted.host().parse::<IpAddr>() {
            vetted.admits(address)?;
            return Ok(vec![SocketAddr::new(address, vetted.port())]);
        }
        let unresolved = |error| Undelivered::Unresolved { host: vetted.host().to_owned(), error };
        let resolving = (self.resolve)(vetted.host().to_owned(), vetted.port());
        let found = tokio::time::timeout(RESOLVE_TIME, resolving)
            .await
            .map_err(|_| unresolved(io::ErrorKind::TimedOut.into()))?;
        let found = found.map_err(unresolved)?;
        if found.is_empty() {
            return Err(unresolved(io::ErrorKind::NotFound.into()));
        }
        for address in &found {
            vetted.admits(address.ip())?;
        }
        Ok(found)
    }
}

fn client(vetted: &Vetted, addresses: &[SocketAddr]) -> Result<Client, Undelivered> {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .https_only(!vetted.is_listed())
        .timeout(SEND_TIME)
        .connect_timeout(RESOLVE_TIME)
        .user_agent(concat!("dbwright/", env!("CARGO_PKG_VERSION")))
        // The name goes into the request and the certificate check; these are what is dialled.
        .resolve_to_addrs(vetted.url().host_str().unwrap_or_default(), addresses)
        .build()
        .map_err(|error| Undelivered::Failed { host: vetted.host().to_owned(), reason: innermost(&error) })
}

fn headers(notice: &Notice) -> Result<HeaderMap, Undelivered> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let secret = |value: &str| {
        let mut value = HeaderValue::from_str(value).map_err(|_| Undelivered::Header)?;
        value.set_sensitive(true);
        Ok::<_, Undelivered>(value)
    };
    if let Some(token) = &notice.token {
        let token = token.expose_secret();
        headers.insert(HeaderName::from_static("x-a2a-notification-token"), secret(token)?);
        headers.insert(SIGNATURE, secret(&format!("sha256={}", signature(token.as_bytes(), &notice.body)))?);
    }
    for (name, value) in &notice.headers {
        headers.insert(name.clone(), secret(value.expose_secret())?);
    }
    Ok(headers)
}

/// HMAC-SHA-256 in hexadecimal.
fn signature(key: &[u8], body: &[u8]) -> String {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(body).finalize();
    let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn worth_another(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

/// The cause at the bottom: the ones above repeat each other.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.to_string()
}

#[cfg(test)]
#[path = "courier_tests.rs"]
mod tests;
