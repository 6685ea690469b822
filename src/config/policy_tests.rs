use super::*;

fn paths(folder: &Path) -> Paths {
    Paths {
        home: folder.join("home"),
        system_config: folder.join("etc/config.yaml"),
        user_config: folder.join("user/config.yaml"),
    }
}

#[test]
fn the_embedded_rules_hold_together() {
    let folder = tempfile::tempdir().unwrap();
    let rules = policy_rules(&paths(folder.path()), folder.path()).unwrap().list();
    assert!(rules.iter().any(|(id, _, origin)| id == "data.drop_database" && origin == "config/policy.yaml"));
    assert!(rules.iter().any(|(id, _, origin)| id == "sql.row_locks" && origin == "code"));
}

#[test]
fn a_faulty_rule_is_named_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join(".dbwright")).unwrap();
    let file = folder.path().join(".dbwright/policy.yaml");
    for (text, expected) in [
        (
            "rules:\n  - id: a\n    kind: sql\n    when: {relations: [t]}\n    decision: block\n    reason: x\n    allow: [TABLE t]\n    block: [TABLE t]\n",
            ":2: rule a: the example \"TABLE t\" under allow meets its conditions",
        ),
        ("rules:\n  - id: a\n    kind: telnet\n", "unknown variant `telnet`"),
        ("rules: [", "policy.yaml"),
        ("rule: []", "unknown field `rule`"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = policy_rules(&paths(folder.path()), folder.path()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("policy.yaml"), "{error}");
    }
}
