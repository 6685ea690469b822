use super::*;

#[test]
fn cost_indexes_time_and_buffers_are_read() {
    let text = r#"[{"Plan": {"Node Type": "Nested Loop", "Total Cost": 12.5, "Shared Hit Blocks": 7, "Shared Read Blocks": 2,
        "Actual Loops": 1, "Plans": [
          {"Node Type": "Index Scan", "Index Name": "a_idx", "Actual Loops": 1},
          {"Node Type": "Index Scan", "Index Name": "never_idx", "Actual Loops": 0}]},
        "Execution Time": 0.25}]"#;
    let plan = read(text).unwrap();
    assert_eq!(plan, Plan { cost: 12.5, indexes: vec!["a_idx".into()], ms: Some(0.25), buffers: Some(9) });
    assert_eq!(read("[]"), None);
    assert_eq!(read("not json"), None);
}
