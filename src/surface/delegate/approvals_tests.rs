use dbwright_contract::Assessment;

use super::*;

fn call(preview: Option<&str>) -> PendingCall {
    let mut assessment = Assessment::new(Effect::Shell, "run a program");
    assessment.preview = preview.map(str::to_owned);
    let action = format!("hash of {preview:?}");
    PendingCall { call_id: "1".into(), tool: "Bash".into(), assessment, action, tainted: true }
}

#[tokio::test]
async fn an_approval_grants_the_action_that_was_shown_and_no_other() {
    let first = Approvals::new(Vec::new());
    assert_eq!(first.decide(&call(Some("ls"))).await, Decision::Pending);
    let asked = first.pending(&Redactor::new());
    assert_eq!(asked.len(), 1);
    let second = Approvals::new(vec![asked[0].id.clone()]);
    assert_eq!(second.decide(&call(Some("ls"))).await, Decision::Allow);
    assert_eq!(second.decide(&call(Some("ls /"))).await, Decision::Pending);
}

#[tokio::test]
async fn what_was_not_shown_cannot_be_granted() {
    let first = Approvals::new(Vec::new());
    first.decide(&call(None)).await;
    let id = first.pending(&Redactor::new())[0].id.clone();
    assert_eq!(Approvals::new(vec![id]).decide(&call(None)).await, Decision::Pending);
}
