//! A URL as it is written: may a notification go there?

use std::net::IpAddr;

use url::{Host, Url};

use super::address::{AddressKind, classify};
use crate::Refusal;

/// Longest URL.
const LONGEST: usize = 2_048;
/// Ports of services that speak something else than HTTP, or that rule a machine: a request that
/// is sent there is an attack whatever it says.
const SERVICE_PORTS: &[u16] = &[
    1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5433, 5672, 5984, 6000, 6379, 6380, 6432, 6443,
    6667, 7000, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 27017,
];
/// Endings of names that only mean something inside.
const INNER_NAMES: &[&str] = &[
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
];
/// Names that are addresses in disguise: they resolve to whatever address stands in front.
const MIRRORS: &[&str] = &["nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com"];

/// A URL that was judged. What its name resolves to is judged with [`Vetted::admits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vetted {
    url: Url,
    host: String,
    port: u16,
    listed: bool,
}

impl Vetted {
    /// The URL as it is dialled.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the configuration names it: then it may be inside, and without encryption.
    pub const fn is_listed(&self) -> bool {
        self.listed
    }

    /// Whether this address of the host may be dialled.
    ///
    /// # Errors
    /// With the rule and where the address leads.
    pub fn admits(&self, address: IpAddr) -> Result<(), Refusal> {
        let kind = classify(address);
        if kind == AddressKind::Public || self.listed {
            return Ok(());
        }
        Err(Refusal {
            rule: "http.inner_address",
            reason: format!(
                "{} leads to {} ({address}); name it in serve.push_hosts if it is meant",
                self.host,
                kind.as_str()
            ),
        })
    }
}

/// Judges a URL. `listed` are hosts that may be inside (`hooks.lan`, `127.0.0.1:8080`,
/// `*.corp.example`); only these may be reached without encryption.
///
/// # Errors
/// With the rule that it breaks.
pub fn vet(written: &str, listed: &[String]) -> Result<Vetted, Refusal> {
    let refused = |rule: &'static str, reason: String| Err(Refusal { rule, reason });
    if written.len() > LONGEST {
        return refused("http.length", format!("the URL is longer than {LONGEST} bytes"));
    }
    // Parsers drop or turn these, each in its own way: one reads another host than the other.
    if written.chars().any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\') {
        return refused("http.odd_letters", "the URL holds spaces, controls or backslashes".to_owned());
    }
    let url = match Url::parse(written) {
        Ok(url) => url,
        Err(error) => return refused("http.malformed", format!("this is no URL: {error}")),
    };
    if !matches!(url.scheme(), "https" | "http") {
        return refused("http.scheme", format!("{}: is not HTTPS", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() || authority(written).contains('@') {
        return refused("http.userinfo", "a name before @ hides the host; send a token in a header".to_owned());
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return refused("http.malformed", "the URL names no host".to_owned());
    };
    let name = match &host {
        Host::Domain(name) => name.trim_end_matches('.').to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    if let Host::Ipv4(address) = &host
        && !bare_host(written).trim_end_matches('.').eq(&address.to_string())
    {
        return refused("http.disguised_address", format!("the host is {address}, written in another way"));
    }
    let vetted = Vetted { listed: is_listed(&name, port, listed), host: name, port, url: url.clone() };
    if vetted.listed {
        return Ok(vetted);
    }
    if url.scheme() != "https" {
        return refused("http.scheme", "plain http can be read and changed on the way: use https".to_owned());
    }
    if port == 0 || (port < 1024 && port != 443) || SERVICE_PORTS.contains(&port) {
        return refused("http.port", format!("port {port} belongs to a service that takes no notifications"));
    }
    match host {
        Host::Ipv4(address) => vetted.admits(IpAddr::V4(address))?,
        Host::Ipv6(address) => vetted.admits(IpAddr::V6(address))?,
        Host::Domain(_) => inner_name(&vetted.host)?,
    }
    Ok(vetted)
}

fn inner_name(name: &str) -> Result<(), Refusal> {
    let ends_with =
        |ending: &&str| name.strip_suffix(*ending).is_some_and(|before| before.is_empty() || before.ends_with('.'));
    let reason = if name.is_empty() {
        "the host has no name".to_owned()
    } else if !name.contains('.') {
        format!("{name} is a name of an inner network")
    } else if let Some(ending) = INNER_NAMES.iter().find(|ending| ends_with(ending)) {
        format!("{name}: names under {ending} mean something on the inside only")
    } else if let Some(mirror) = MIRRORS.iter().find(|mirror| ends_with(mirror)) {
        format!("{name}: {mirror} resolves to whatever address stands in the name")
    } else {
        return Ok(());
    };
    Err(Refusal { rule: "http.inner_name", reason: format!("{reason}; name it in serve.push_hosts if it is meant") })
}

/// `host`, `host:port` or `*.domain`.
fn is_listed(name: &str, port: u16, listed: &[String]) -> bool {
    let name = name.to_ascii_lowercase();
    listed.iter().any(|known| {
        let known = known.to_ascii_lowercase();
        let address = known.trim_start_matches('[').split(']').next().unwrap_or_default();
        let (host, wanted) = match known.rsplit_once(':') {
            // An IPv6 address with its port stands in brackets.
            Some((host, digits)) if !host.contains(':') || host.ends_with(']') => match digits.parse::<u16>() {
                Ok(wanted) => (host.trim_start_matches('[').trim_end_matches(']').to_owned(), Some(wanted)),
                Err(_) => (address.to_owned(), None),
            },
            _ => (address.to_owned(), None),
        };
        let same = match host.strip_prefix("*.") {
            Some(domain) => name.strip_suffix(domain).is_some_and(|before| before.ends_with('.')),
            None => host == name,
        };
        same && wanted.is_none_or(|wanted| wanted == port)
    })
}

/// The part between `//` and the path, as written.
fn authority(written: &str) -> &str {
    let rest = written.split_once(':').map_or("", |(_, rest)| rest).trim_start_matches('/');
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host as written, in lower case for comparing.
fn bare_host(written: &str) -> &str {
    let authority = authority(written);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(host, _)| host)
}

#[cfg(test)]
#[path = "vet_tests.rs"]
mod tests;
