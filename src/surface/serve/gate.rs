//! Who may come in: the right host name, no foreign origin, the right token.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What requests are held against.
#[derive(Clone)]
pub(super) struct Gate {
    token: Arc<SecretString>,
    address: SocketAddr,
}

impl Gate {
    pub(super) fn new(token: SecretString, address: SocketAddr) -> Self {
        Self { token: Arc::new(token), address }
    }

    /// A browser page that resolved its own name to our address sends its own name: only ours are
    /// answered.
    fn knows_host(&self, host: &str) -> bool {
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == self.address.ip())
    }

    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        // Digests are compared, so that the time says nothing about the token.
        given.is_some_and(|(_, token)| {
            Sha256::digest(token.trim().as_bytes()) == Sha256::digest(self.token.expose_secret().as_bytes())
        })
    }
}

/// Refuses requests for other hosts and from pages of other origins.
pub(super) async fn host_and_origin(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let authority = request.uri().authority().map(ToString::to_string);
    if !host.map(str::to_owned).or(authority).is_some_and(|host| gate.knows_host(&host)) {
        return (StatusCode::FORBIDDEN, "this daemon does not answer for that host name\n").into_response();
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let known = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| gate.knows_host(host));
        if !known {
            return (StatusCode::FORBIDDEN, "pages of other origins may not ask this daemon\n").into_response();
        }
    }
    next.run(request).await
}

/// Refuses requests without the token.
pub(super) async fn token(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if gate.knows_token(request.headers()) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"dbwright\"")];
    (StatusCode::UNAUTHORIZED, challenge, "a bearer token is needed: see the daemon's first lines\n").into_response()
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
