use super::*;

const LANDED: [fn(String) -> Landed; 3] = [Landed::Done, Landed::NotDone, Landed::Unclear];

#[test]
fn the_outcome_says_whether_the_call_may_be_made_again() {
    let told = |effect| LANDED.map(|landed| verdict(effect, &landed("the index idx is there".to_owned())));
    let [done, not_done, unclear] = told(Effect::Change);
    assert!(done.0 == ToolStatus::Ok && done.1.contains("the index idx is there. Do not make it again"), "{done:?}");
    assert!(not_done.0 == ToolStatus::Failed && not_done.1.ends_with("It may be made again"), "{not_done:?}");
    assert!(unclear.0 == ToolStatus::Unknown && unclear.1.contains("needs a person's approval"), "{unclear:?}");
    let [.., reading] = told(Effect::Observe);
    assert!(reading.0 == ToolStatus::Unknown && reading.1.ends_with("may be made again"), "{reading:?}");
}

#[test]
fn a_doubt_is_about_one_call_with_its_arguments() {
    let mut doubts = Doubts::default();
    doubts.add("apply", &serde_json::json!({"sql": "a", "wait": 1}));
    assert!(doubts.holds("apply", &serde_json::json!({"wait": 1, "sql": "a"})), "whatever the order of the keys");
    assert!(!doubts.holds("apply", &serde_json::json!({"sql": "b", "wait": 1})));
    assert!(!doubts.holds("other", &serde_json::json!({"sql": "a", "wait": 1})));
    doubts.clear("apply", &serde_json::json!({"sql": "a", "wait": 1}));
    assert_eq!(doubts, Doubts::default());
}
