use a2a::{Part, Role};
use serde_json::json;

use super::*;

fn ask(parts: Vec<Part>) -> Result<Question, String> {
    read(&Message::new(Role::User, parts), "context")
}

#[test]
fn text_sql_and_data_become_one_question() {
    let question = ask(vec![
        Part::text("why is this slow?\n"),
        Part::text("select 1").with_media_type("application/sql"),
        Part::data(json!({"goal_ms": 5})),
    ])
    .unwrap();
    assert_eq!(question.text, "why is this slow?\n\n```sql\nselect 1\n```\n\n```json\n{\"goal_ms\":5}\n```");
    assert!(question.approved.is_empty());
}

#[test]
fn a_data_part_may_grant_approvals() {
    let question = ask(vec![Part::data(json!({"approve": ["a", "b"]}))]).unwrap();
    assert_eq!(question.approved, ["a", "b"]);
    assert!(!question.text.is_empty());
}

#[test]
fn what_cannot_be_read_is_said() {
    assert!(ask(vec![Part::url("http://127.0.0.1/x.sql")]).unwrap_err().contains("text part"));
    assert!(ask(vec![]).unwrap_err().contains("no text"));
    let message = Message::new(Role::User, vec![Part::text("hello")]);
    for context in ["", "a\nb", &"x".repeat(129)] {
        assert!(read(&message, context).unwrap_err().contains("contextId"), "{context:?}");
    }
}
