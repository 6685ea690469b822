use super::*;

#[test]
fn sizes() {
    assert_eq!(bytes("500MB"), Ok(500 << 20));
    assert_eq!(bytes(" 2 gb "), Ok(2 << 30));
    assert_eq!(bytes("1.5kB"), Ok(1536));
    assert_eq!(bytes("65536"), Ok(65_536));
    for bad in ["", "MB", "-1MB", "0", "1PB", "1e400", "ten"] {
        assert!(bytes(bad).is_err(), "{bad}");
    }
}

#[test]
fn times() {
    assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
    assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
    assert_eq!(duration("1.5min"), Ok(Duration::from_secs(90)));
    for bad in ["", "s", "0s", "-1s", "10h", "100000s", "1..2s"] {
        assert!(duration(bad).is_err(), "{bad}");
    }
}
