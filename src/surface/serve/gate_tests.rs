use super::*;

fn gate() -> Gate {
    Gate::new(SecretString::from("0123456789abcdef"), "127.0.0.1:7432".parse().unwrap())
}

#[test]
fn only_our_own_names_are_answered() {
    for host in ["localhost", "localhost:7432", "127.0.0.1:7432", "127.0.0.1", "[::1]:7432", "LOCALHOST:1"] {
        assert!(gate().knows_host(host), "{host}");
    }
    for host in ["evil.example", "evil.example:7432", "127.0.0.1.evil.example", "10.0.0.1:7432", "", "localhost.evil.example"] {
        assert!(!gate().knows_host(host), "{host}");
    }
}

#[test]
fn the_token_must_match_whole() {
    let with = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        gate().knows_token(&headers)
    };
    assert!(with("Bearer 0123456789abcdef"));
    assert!(with("bearer 0123456789abcdef"));
    for wrong in ["Bearer 0123456789abcde", "Bearer", "0123456789abcdef", "Basic 0123456789abcdef", "Bearer "] {
        assert!(!with(wrong), "{wrong}");
    }
    assert!(!gate().knows_token(&HeaderMap::new()));
}
