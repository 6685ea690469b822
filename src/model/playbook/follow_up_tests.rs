use super::*;

fn read(text: &str) -> Option<FollowUp> {
    follow_up(&Input::read(text))
}

#[test]
fn short_words_are_follow_ups() {
    use FollowUp::{Apply, Continue, Detail, Number, Plan, Undo, Why, Yes};
    for (text, wanted) in [
        ("2", Number(2)),
        ("#3", Number(3)),
        ("2.", Number(2)),
        ("finding 4", Number(4)),
        ("show 4", Number(4)),
        ("tell me about finding 7", Number(7)),
        ("why?", Why(None)),
        ("Why is that?", Why(None)),
        ("why 2", Why(Some(2))),
        ("show me the evidence for finding 3", Why(Some(3))),
        ("show the plan", Plan),
        ("Show me the plans, please", Plan),
        ("more detail", Detail),
        ("more details", Detail),
        ("more", Detail),
        ("show all", Detail),
        ("yes", Yes),
        ("Ok!", Yes),
        ("apply it", Apply(None)),
        ("please apply 2", Apply(Some(2))),
        ("apply fix 12", Apply(Some(12))),
        ("undo script", Undo),
        ("rollback script", Undo),
        ("continue", Continue),
        ("no", FollowUp::Remark(Remark::No)),
        ("stop", FollowUp::Remark(Remark::Stop)),
        ("thanks!", FollowUp::Remark(Remark::Thanks)),
    ] {
        assert_eq!(read(text), Some(wanted), "{text}");
    }
}

#[test]
fn questions_of_their_own_are_not() {
    for text in [
        "why is the database slow",
        "show the schema of orders",
        "apply for what",
        "2 indexes on orders",
        "no ttl",
        "stop the world",
        "more connections",
        "/review",
        "undo the rename of column a",
        "",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}
