use super::*;

#[test]
fn every_way_to_write_an_inner_address_is_seen_through() {
    use AddressKind::{LinkLocal, Loopback, Metadata, Multicast, Private, Public, Reserved};
    for (text, kind) in [
        ("8.8.8.8", Public),
        ("127.0.0.1", Loopback),
        ("127.255.255.254", Loopback),
        ("0.0.0.0", Loopback),
        ("0.1.2.3", Reserved),
        ("10.0.0.1", Private),
        ("172.15.0.1", Public),
        ("172.16.0.1", Private),
        ("172.31.255.255", Private),
        ("172.32.0.1", Public),
        ("192.168.1.1", Private),
        ("100.64.0.1", Private),
        ("100.128.0.1", Public),
        ("169.254.1.1", LinkLocal),
        ("169.254.169.254", Metadata),
        ("168.63.129.16", Metadata),
        ("198.18.0.1", Reserved),
        ("192.0.2.1", Reserved),
        ("224.0.0.1", Multicast),
        ("255.255.255.255", Reserved),
        ("::", Loopback),
        ("::1", Loopback),
        ("::2", Reserved),
        ("::ffff:127.0.0.1", Loopback),
        ("::ffff:a9fe:a9fe", Metadata),
        ("::ffff:8.8.8.8", Public),
        ("::ffff:0:10.0.0.1", Private),
        ("::10.0.0.1", Private),
        ("64:ff9b::169.254.169.254", Metadata),
        ("64:ff9b:1::1", Private),
        ("2002:7f00:1::", Loopback),
        ("2002:808:808::1", Public),
        ("2001:0:1:2:3:4:f5ff:fffe", Private),
        ("fc00::1", Private),
        ("fd00:ec2::254", Metadata),
        ("fe80::1", LinkLocal),
        ("fec0::1", Private),
        ("ff02::1", Multicast),
        ("2001:db8::1", Reserved),
        ("2606:4700::1111", Public),
        ("4000::1", Reserved),
    ] {
        assert_eq!(classify(text.parse().unwrap()), kind, "{text}");
    }
}
