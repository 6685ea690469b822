//! What kind of place an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A kind of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// The open internet.
    Public,
    /// This machine.
    Loopback,
    /// A network of somebody's own.
    Private,
    /// This link only.
    LinkLocal,
    /// A service that tells a machine its credentials.
    Metadata,
    /// Everybody at once.
    Multicast,
    /// No address, or one that is kept for documents, tests and the future.
    Reserved,
}

impl AddressKind {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "this machine",
            Self::Private => "a private network",
            Self::LinkLocal => "the local link",
            Self::Metadata => "a cloud's metadata service",
            Self::Multicast => "a multicast group",
            Self::Reserved => "a reserved address",
        }
    }
}

/// The kind of `address`. An IPv4 address in an IPv6 one (mapped, compatible, translated, 6to4,
/// Teredo) is judged as the IPv4 address that packets would reach.
pub fn classify(address: IpAddr) -> AddressKind {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> AddressKind {
    match address.octets() {
        // AWS and others, AWS ECS and EKS, Azure, Alibaba, Oracle.
        [169, 254, 169, 254]
        | [169, 254, 170, 2 | 23]
        | [168, 63, 129, 16]
        | [100, 100, 100, 200]
        | [192, 0, 0, 192] => AddressKind::Metadata,
        [127, ..] => AddressKind::Loopback,
        // Linux takes 0.0.0.0 for this machine.
        [0, 0, 0, 0] => AddressKind::Loopback,
        [169, 254, ..] => AddressKind::LinkLocal,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => AddressKind::Private,
        [224..=239, ..] => AddressKind::Multicast,
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => AddressKind::Reserved,
        _ => AddressKind::Public,
    }
}

fn v6(address: Ipv6Addr) -> AddressKind {
    let low = |high: u16, low: u16| v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => AddressKind::Loopback,
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] => AddressKind::Metadata,
        // IPv4-mapped, IPv4-translated, IPv4-compatible.
        [0, 0, 0, 0, 0, 0xffff, a, b] | [0, 0, 0, 0, 0xffff, 0, a, b] | [0, 0, 0, 0, 0, 0, a, b] => low(a, b),
        // NAT64; the second prefix is a network's own.
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] => low(a, b),
        [0x64, 0xff9b, 1, ..] => AddressKind::Private,
        // 6to4 and Teredo.
        [0x2002, a, b, ..] => low(a, b),
        [0x2001, 0, _, _, _, _, a, b] => low(!a, !b),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressKind::Private,
        [0xfe80..=0xfebf, ..] => AddressKind::LinkLocal,
        [0xff00..=0xffff, ..] => AddressKind::Multicast,
        [0x2001, 0xdb8, ..] | [0x3ff0..=0x3fff, ..] | [0x100, 0, 0, 0, ..] | [0x5f00, ..] => AddressKind::Reserved,
        // What the registries have given out so far; the rest is nobody's.
        [0x2000..=0x3fff, ..] => AddressKind::Public,
        _ => AddressKind::Reserved,
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
