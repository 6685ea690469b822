use super::*;

fn rule(url: &str) -> &'static str {
    vet(url, &[]).map_or_else(|refusal| refusal.rule, |_| "allowed")
}

#[test]
fn what_is_outside_and_encrypted_is_allowed() {
    for url in [
        "https://hooks.example.org/x?y=1",
        "https://hooks.slack.com/services/a/b",
        "https://example.org:8443/hook",
        "https://sub.domain.example.co.uk./x",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
        "https://xn--bcher-kva.example.org/",
        "https://bücher.example.org/",
        "HTTPS://Example.ORG/",
        "https://internal-tools.example.org/local",
        "https://localhost.example.org/",
    ] {
        assert_eq!(rule(url), "allowed", "{url}");
    }
}

#[test]
fn every_trick_is_refused_by_its_rule() {
    for (expected, urls) in [
        (
            "http.scheme",
            &[
                "http://example.org",
                "ftp://example.org/x",
                "file:///etc/passwd",
                "gopher://example.org:70/_x",
                "javascript:alert(1)",
                "redis://example.org",
                "ws://example.org",
            ][..],
        ),
        (
            "http.inner_address",
            &[
                "https://127.0.0.1/",
                "https://127.0.0.1./",
                "https://0.0.0.0/",
                "https://10.1.2.3/",
                "https://172.20.0.1/",
                "https://192.168.0.1:8443/",
                "https://169.254.169.254/latest/meta-data/",
                "https://100.64.0.1/",
                "https://[::1]/",
                "https://[::]/",
                "https://[::ffff:127.0.0.1]/",
                "https://[::ffff:7f00:1]/",
                "https://[::127.0.0.1]/",
                "https://[64:ff9b::a9fe:a9fe]/",
                "https://[2002:7f00:1::]/",
                "https://[fe80::1]/",
                "https://[fd00:ec2::254]/",
                "https://[0:0:0:0:0:ffff:10.0.0.1]/",
                "https://224.0.0.1/",
                "https://255.255.255.255/",
                "https://168.63.129.16/",
            ],
        ),
        (
            "http.disguised_address",
            &[
                "https://2130706433/",
                "https://0x7f000001/",
                "https://017700000001/",
                "https://0177.0.0.1/",
                "https://0x7f.0.0.1/",
                "https://127.1/",
                "https://127.0.1/",
                "https://１２７.0.0.1/",
                "https://127。0。0。1/",
                "https://①②⑦.0.0.1/",
                "https://0/",
                "https://134744072/",
                "https://%31%32%37.0.0.1/",
            ],
        ),
        (
            "http.inner_name",
            &[
                "https://localhost/",
                "https://LOCALHOST./",
                "https://foo.localhost/",
                "https://db/",
                "https://metadata.google.internal/",
                "https://printer.local/",
                "https://wiki.corp/",
                "https://router.lan/",
                "https://127.0.0.1.nip.io/",
                "https://a.sslip.io/",
                "https://localtest.me/",
                "https://ｌocalhost/",
                "https://1.0.0.127.in-addr.arpa/",
            ],
        ),
        (
            "http.userinfo",
            &[
                "https://example.org@127.0.0.1/",
                "https://user:pass@example.org/",
                "https://example.org%40evil@127.0.0.1/",
                "https://@127.0.0.1/",
                "https://a:b@[::1]/",
            ],
        ),
        (
            "http.odd_letters",
            &[
                "https://example.org\\@127.0.0.1/",
                "https://exam\tple.org/",
                "https://example.org/\r\nHost: x",
                "https:\\\\127.0.0.1/",
                "https://example.org /",
                "ht\ntps://127.0.0.1",
            ],
        ),
        (
            "http.port",
            &[
                "https://example.org:22/",
                "https://example.org:25/",
                "https://example.org:5432/",
                "https://example.org:6379/",
                "https://example.org:0/",
                "https://example.org:80/",
            ],
        ),
        (
            "http.malformed",
            &[
                "",
                "https://",
                "https:///",
                "//example.org",
                "example.org",
                "https://[::1",
                "https://256.256.256.256/",
                "https://1.2.3.4.5/",
                "https://example.org:99999/",
            ],
        ),
    ] {
        for url in urls {
            assert_eq!(rule(url), expected, "{url}");
        }
    }
    assert_eq!(rule(&format!("https://example.org/{}", "x".repeat(2_048))), "http.length");
}

#[test]
fn what_a_name_resolves_to_is_judged_again() {
    let vetted = vet("https://rebind.example.org/x", &[]).unwrap();
    assert!(vetted.admits("8.8.8.8".parse().unwrap()).is_ok());
    for inner in ["127.0.0.1", "10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"] {
        assert_eq!(vetted.admits(inner.parse().unwrap()).unwrap_err().rule, "http.inner_address", "{inner}");
    }
}

#[test]
fn the_configuration_may_name_inner_hosts_and_only_those() {
    let listed: Vec<String> =
        ["127.0.0.1:8080", "hooks.lan", "*.corp.example", "[::1]:9000", "10.0.0.7"].map(String::from).into();
    for url in [
        "http://127.0.0.1:8080/x",
        "https://hooks.lan/",
        "http://a.corp.example:81/",
        "http://[::1]:9000/",
        "http://10.0.0.7/",
        "http://HOOKS.lan./x",
    ] {
        let vetted = vet(url, &listed).unwrap_or_else(|refusal| panic!("{url}: {refusal}"));
        assert!(vetted.is_listed() && vetted.admits("127.0.0.1".parse().unwrap()).is_ok());
    }
    for url in [
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "http://xhooks.lan/",
        "http://corp.example/",
        "http://evilcorp.example/",
        "http://[::1]:9001/",
        "http://10.0.0.8/",
        "http://user@hooks.lan/",
        "http://0x7f000001:8080/",
    ] {
        assert!(vet(url, &listed).is_err(), "{url}");
    }
}
