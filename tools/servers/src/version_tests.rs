use super::*;

#[test]
fn versions_as_the_programs_print_them() {
    for (text, expected) in [
        ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", "15.20"),
        ("postgres (PostgreSQL) 19beta1", "19.0"),
        ("postgres (PostgreSQL) 18devel", "18.0"),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0", "7.0.15"),
        ("Valkey server v=8.1.3 sha=00000000:0", "8.1.3"),
    ] {
        assert_eq!(Version::find_in(text).unwrap().to_string(), expected, "{text}");
    }
    assert_eq!(Version::find_in("command not found"), None);
}

#[test]
fn versions_order_by_number() {
    let old = Version::find_in("9.6").unwrap();
    assert!(old < Version::find_in("15.9").unwrap());
    assert!(Version::find_in("15.9").unwrap() < Version::find_in("15.20").unwrap());
}
