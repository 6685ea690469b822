use super::*;

fn gate(address: &str, hosts: &[&str]) -> Gate {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    Gate::new(SecretString::from("0123456789abcdef"), address.parse().unwrap(), &hosts)
}

#[test]
fn on_loopback_only_loopback_names_are_answered() {
    let gate = gate("127.0.0.1:7432", &[]);
    for host in ["localhost", "localhost:7432", "127.0.0.1:7432", "127.0.0.1", "[::1]:7432", "[::1]", "LOCALHOST:1"] {
        assert!(gate.knows_host(host), "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:7432",
        "127.0.0.1.evil.example",
        "10.0.0.1:7432",
        "",
        "localhost.evil.example",
        "localhost:7432@evil.example",
        ":7432",
    ] {
        assert!(!gate.knows_host(host), "{host}");
    }
}

#[test]
fn elsewhere_addresses_and_configured_names_are_answered() {
    let gate = gate("0.0.0.0:7432", &["db.internal"]);
    assert!(gate.knows_host("10.0.0.1:7432"));
    assert!(gate.knows_host("DB.internal:7432"));
    assert!(!gate.knows_host("evil.example"));
}

#[test]
fn the_token_must_match_whole() {
    let with = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        gate("127.0.0.1:7432", &[]).knows_token(&headers)
    };
    assert!(with("Bearer 0123456789abcdef"));
    assert!(with("bearer 0123456789abcdef"));
    for wrong in ["Bearer 0123456789abcde", "Bearer", "0123456789abcdef", "Basic 0123456789abcdef", "Bearer "] {
        assert!(!with(wrong), "{wrong}");
    }
    assert!(!gate("127.0.0.1:7432", &[]).knows_token(&HeaderMap::new()));
}
