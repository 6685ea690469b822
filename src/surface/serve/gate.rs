//! Who may come in: the right host name, no foreign origin, the right token, not too many at
//! once, nothing too long.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::rate::Rate;

/// Longest body of a request.
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Requests that are answered at the same time.
const AT_ONCE: usize = 64;

/// Requests that come at once, and a second.
const RATE: (u32, f64) = (400, 100.0);
/// Wrong tokens at once, and a second: nobody mistypes more often, and guessing takes for ever.
const WRONG_RATE: (u32, f64) = (60, 1.0);

/// What requests are held against.
#[derive(Clone)]
pub(super) struct Gate {
    token: Arc<SecretString>,
    address: SocketAddr,
    hosts: Arc<[String]>,
    room: Arc<Semaphore>,
    rate: Arc<Rate>,
    wrong: Arc<Rate>,
}

impl Gate {
    /// A gate before `address`, which clients may also know by one of the names `hosts`.
    pub(super) fn new(token: SecretString, address: SocketAddr, hosts: &[String]) -> Self {
        Self {
            token: Arc::new(token),
            address,
            hosts: hosts.into(),
            room: Arc::new(Semaphore::new(AT_ONCE)),
            rate: Arc::new(Rate::new(RATE.0, RATE.1)),
            wrong: Arc::new(Rate::new(WRONG_RATE.0, WRONG_RATE.1)),
        }
    }

    /// A browser page that resolved its own name to our address sends its own name: only ours are
    /// answered. An IP address is no name that somebody could resolve otherwise.
    fn knows_host(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let ours = |ip: IpAddr| ip.is_loopback() || ip == self.address.ip() || self.address.ip().is_unspecified();
        name.eq_ignore_ascii_case("localhost")
            || name.parse().is_ok_and(ours)
            || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given =
            given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        // Digests are compared, so that the time says nothing about the token.
        given.is_some_and(|(_, token)| {
            Sha256::digest(token.trim().as_bytes()) == Sha256::digest(self.token.expose_secret().as_bytes())
        })
    }
}

/// Refuses requests for other hosts, from pages of other origins, and more than can be answered.
pub(super) async fn outer(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if !gate.rate.take() {
        return too_often();
    }
    let headers = request.headers();
    // Two names: whoever reads the other one than we do is answered for the wrong host.
    if headers.get_all(header::HOST).iter().count() > 1 {
        return (StatusCode::BAD_REQUEST, "a request is for one host\n").into_response();
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let host = host.or_else(|| request.uri().authority().map(ToString::to_string));
    if !host.is_some_and(|host| gate.knows_host(&host)) {
        return (StatusCode::FORBIDDEN, "this daemon does not answer for that host name; see serve.hosts\n")
            .into_response();
    }
    for origin in headers.get_all(header::ORIGIN) {
        let known = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| gate.knows_host(host));
        if !known {
            return (StatusCode::FORBIDDEN, "pages of other origins may not ask this daemon\n").into_response();
        }
    }
    let Ok(_room) = gate.room.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "too many requests at once\n")
            .into_response();
    };
    next.run(request).await
}

/// Refuses requests without the token, then reads the body of those that have it: a body that is
/// too long or too slow never reaches a protocol.
pub(super) async fn inner(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if !gate.knows_token(request.headers()) {
        if !gate.wrong.take() {
            return too_often();
        }
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"dbwright\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "a bearer token is needed: see the daemon's first lines\n")
            .into_response();
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 1 MiB, or broke off\n").into_response(),
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "the body took too long\n").into_response(),
    }
}

fn too_often() -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")], "too many requests\n").into_response()
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
