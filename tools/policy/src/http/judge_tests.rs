use super::*;

#[test]
fn methods_are_read_and_tunnels_refused() {
    let decision = |input: &str| judge(input, Mode::Readonly).decision;
    for input in ["https://hooks.example.org/x", "POST https://hooks.example.org/x", " get  https://example.org "] {
        assert_eq!(decision(input), Decision::Allow, "{input}");
    }
    for input in ["CONNECT https://example.org", "TRACE https://example.org", "", "POST", "POST http://127.0.0.1"] {
        assert_eq!(decision(input), Decision::Block, "{input}");
    }
    assert_eq!(judge("http://169.254.169.254/latest", Mode::Change).decision, Decision::Block);
}
