use super::*;

#[test]
fn like_patterns_know_prefix_and_longest_run() {
    assert_eq!(like("abc%"), LikeShape { prefix: true, longest: 3 });
    assert_eq!(like("%abc%de"), LikeShape { prefix: false, longest: 3 });
    assert_eq!(like("\\%ab%"), LikeShape { prefix: true, longest: 3 });
    assert_eq!(like("_abc"), LikeShape { prefix: false, longest: 3 });
    assert_eq!(like("%"), LikeShape { prefix: false, longest: 0 });
}
