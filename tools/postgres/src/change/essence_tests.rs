use super::*;

#[test]
fn the_servers_own_spelling_is_the_same_index() {
    for (ours, servers) in [
        (
            "CREATE INDEX CONCURRENTLY i ON shop.t (lower(email))",
            "CREATE INDEX x ON shop.t USING btree (lower((email)::text))",
        ),
        (
            "CREATE INDEX i ON t (a DESC, b)",
            "CREATE INDEX i ON public.t USING btree (a DESC NULLS FIRST, b ASC NULLS LAST)",
        ),
        (
            "CREATE INDEX i ON t (a) WHERE state = 'open' AND b IS NULL",
            "CREATE INDEX i ON t USING btree (a) WHERE ((state = 'open'::text) AND (b IS NULL))",
        ),
        ("CREATE UNIQUE INDEX i ON t (a) INCLUDE (b)", "CREATE UNIQUE INDEX i ON t USING btree (a) INCLUDE (b)"),
    ] {
        assert!(essence(ours).is_some(), "{ours}");
        assert_eq!(essence(ours), essence(servers), "{ours}");
    }
}

#[test]
fn another_index_is_another() {
    let one = essence("CREATE INDEX i ON t (a, b)");
    for other in [
        "CREATE INDEX i ON t (b, a)",
        "CREATE INDEX i ON t (a)",
        "CREATE UNIQUE INDEX i ON t (a, b)",
        "CREATE INDEX i ON t (a, b DESC)",
        "CREATE INDEX i ON t (a) INCLUDE (b)",
        "CREATE INDEX i ON u (a, b)",
        "CREATE INDEX i ON t USING gin (a, b)",
        "CREATE INDEX i ON t (a, b) WHERE a = 1",
        "CREATE INDEX i ON t (a text_pattern_ops, b)",
    ] {
        assert_ne!(one, essence(other), "{other}");
    }
    assert_eq!(essence("SELECT 1"), None);
}
