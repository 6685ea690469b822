use serde_json::json;

use super::*;
use crate::model::ToolReply;

fn transcript() -> Vec<Item> {
    vec![
        Item::User { text: "why does it take 90 seconds?".into() },
        Item::Tool(ToolReply {
            call_id: "c1".into(),
            name: "explain".into(),
            ok: true,
            text: "Seq Scan on orders  1843.217 ms  hit=41200".into(),
            json: json!({"rows_removed": 880_171, "bytes": 52_428_800}),
            provenance: None,
        }),
    ]
}

#[test]
fn figures_from_results_and_questions_are_grounded() {
    let answer =
        "It reads 41200 buffers in 1843.2 ms (1.84 s) and discards 880,171 rows of a 50 MB table; you said 90.";
    assert_eq!(ungrounded_figures(answer, &transcript()), Vec::<String>::new());
}

#[test]
fn an_invented_figure_is_named() {
    assert_eq!(ungrounded_figures("This will take 37 ms.", &transcript()), ["37 ms"]);
}

#[test]
fn code_and_counting_numbers_are_no_claims() {
    let answer = "Do 3 steps:\n```sql\nSET work_mem = '777MB';\n```\nthen use `LIMIT 5000`.";
    assert_eq!(ungrounded_figures(answer, &transcript()), Vec::<String>::new());
}
