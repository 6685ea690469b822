use dbwright_contract::Effect;

use super::{super::super::super::delegate::PendingApproval, *};

fn consulted(stop: Stop) -> Consulted {
    Consulted {
        answer: "the answer".into(),
        session_id: "s".into(),
        stop,
        driver: "playbook".into(),
        findings: json!([]),
        pending_approvals: Vec::new(),
        escalations: Vec::new(),
        worked: true,
    }
}

fn names(outcome: &Outcome) -> Vec<&str> {
    outcome.artifacts.iter().filter_map(|artifact| artifact.name.as_deref()).collect()
}

#[test]
fn an_answer_completes_the_task() {
    let outcome = Outcome::of(&Consulted { findings: json!([{"id": "f_1"}]), ..consulted(Stop::Answered) });
    assert_eq!(outcome.state, TaskState::Completed);
    assert_eq!(names(&outcome), ["answer", "findings"]);
}

#[test]
fn an_approval_that_nobody_gave_asks_for_input() {
    let asked = PendingApproval {
        id: "abc".into(),
        tool: "Bash".into(),
        effect: Effect::Shell,
        summary: "run ls".into(),
        preview: Some("ls".into()),
    };
    let outcome = Outcome::of(&Consulted { pending_approvals: vec![asked], ..consulted(Stop::Answered) });
    assert_eq!(outcome.state, TaskState::InputRequired);
    let message = serde_json::to_value(outcome.message.unwrap()).unwrap();
    assert_eq!(message["parts"][1]["data"]["pending_approvals"][0]["id"], "abc");
}

#[test]
fn work_for_others_is_rejected_with_the_hand_over_and_shared_work_is_completed_with_it() {
    let handed = Consulted { escalations: vec![json!({"handle": "@architect"})], ..consulted(Stop::Answered) };
    let shared = Outcome::of(&handed);
    assert_eq!(shared.state, TaskState::Completed);
    assert_eq!(names(&shared), ["answer", "escalation"]);
    let rejected = Outcome::of(&Consulted { worked: false, ..handed });
    assert_eq!(rejected.state, TaskState::Rejected);
    let message = serde_json::to_value(rejected.message.unwrap()).unwrap();
    assert_eq!(message["parts"][1]["data"]["escalations"][0]["handle"], "@architect");
}

#[test]
fn limits_fail_the_task_and_say_so() {
    let outcome = Outcome::of(&Consulted { answer: String::new(), ..consulted(Stop::StepLimit { limit: 3 }) });
    assert_eq!(outcome.state, TaskState::Failed);
    assert!(serde_json::to_string(&outcome.message).unwrap().contains("3 exchanges"));
    assert_eq!(Outcome::of(&consulted(Stop::Cancelled)).state, TaskState::Canceled);
}
